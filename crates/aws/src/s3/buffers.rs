//! Memory for bodies that pass through, taken again when what sent them has ended.
//!
//! Memory of tens of MiB that comes fresh from the system costs a fault and a cleared page for
//! every 4 KiB: a fifth of the processor time of a stream, before.

use bytes::Bytes;
use std::sync::{Arc, Mutex, PoisonError};

/// What is smaller comes from the allocator, which keeps it by itself.
const LEAST: usize = 1 << 20;
/// The most bytes that lie idle.
const MOST_IDLE: usize = 128 << 20;

/// Buffers that nobody uses at the moment.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    idle: Mutex<Vec<Vec<u8>>>,
}

/// A buffer that finds its way back.
struct Lent {
    bytes: Vec<u8>,
    home: Arc<Buffers>,
}

impl Buffers {
    /// An empty buffer that holds `length` bytes without growing: an idle one that wastes the
    /// least. Where none is large enough all idle ones are let go, since other sizes are wanted.
    pub(crate) fn take(&self, length: usize) -> Vec<u8> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let fitting = idle.iter().enumerate().filter(|(_, buffer)| buffer.capacity() >= length);
        let best = fitting.min_by_key(|(_, buffer)| buffer.capacity()).map(|(place, _)| place);
        match best {
            Some(place) if length >= LEAST => idle.swap_remove(place),
            _ if length >= LEAST => {
                idle.clear();
                Vec::with_capacity(length)
            }
            _ => Vec::with_capacity(length),
        }
    }

    /// The bytes to share. Their buffer is idle again when the last who holds them lets go.
    pub(crate) fn share(self: &Arc<Self>, bytes: Vec<u8>) -> Bytes {
        match bytes.capacity() {
            LEAST.. => Bytes::from_owner(Lent { bytes, home: Arc::clone(self) }),
            _ => bytes.into(),
        }
    }

    fn take_back(&self, mut buffer: Vec<u8>) {
        buffer.clear();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept: usize = idle.iter().map(Vec::capacity).sum();
        if kept + buffer.capacity() <= MOST_IDLE {
            idle.push(buffer);
        }
    }
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.home.take_back(std::mem::take(&mut self.bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn idle(buffers: &Buffers) -> Vec<usize> {
        buffers.idle.lock().expect("not poisoned").iter().map(Vec::capacity).collect()
    }

    fn filled(buffers: &Arc<Buffers>, length: usize) -> Bytes {
        let mut bytes = buffers.take(length);
        bytes.resize(length, 7);
        buffers.share(bytes)
    }

    #[test]
    fn a_buffer_comes_back_when_the_last_holder_lets_go() {
        let buffers = Arc::new(Buffers::default());
        let body = filled(&buffers, 2 << 20);
        let (held, place) = (body.slice(10..20), body.as_ptr());
        drop(body);
        assert!(idle(&buffers).is_empty() && held[..] == [7; 10]);
        drop(held);
        assert_eq!(idle(&buffers), [2 << 20]);
        let again = filled(&buffers, 1 << 20);
        assert_eq!((again.as_ptr(), again.len()), (place, 1 << 20));
    }

    #[test]
    fn small_ones_are_not_kept_and_other_sizes_make_room() {
        let buffers = Arc::new(Buffers::default());
        drop(filled(&buffers, 1_000));
        assert!(idle(&buffers).is_empty());
        drop((filled(&buffers, 1 << 20), filled(&buffers, 1 << 20)));
        assert_eq!(idle(&buffers).len(), 2);
        let larger = filled(&buffers, 3 << 20);
        assert!(idle(&buffers).is_empty());
        drop(larger);
        drop(filled(&buffers, MOST_IDLE));
        assert_eq!(idle(&buffers), [MOST_IDLE]);
    }
}
