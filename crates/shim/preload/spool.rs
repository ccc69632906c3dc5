//! The spool: a file on a disk of the node that takes the events for which there is no ring,
//! or no room in it. One record is one `write` at the file's end.
//!
//! The file is opened for each record: a descriptor that stayed open could be closed by the
//! program, and its number given to a file of the program's.

use super::{settings, sys};

/// A spool that long is a sign that nobody reads it; what comes then is dropped and counted.
const MOST_BYTES: u64 = 4 << 30;
/// The file's mode; with the sticky bit, which needs no space: an event was lost.
const MODE: usize = 0o600;
const MODE_LOST: usize = 0o1600;
/// The reader holds the lock, for good: it has taken this file.
const EWOULDBLOCK: isize = -11;

/// Appends a record; whether the spool took all of it.
pub(crate) fn append(record: &[u8]) -> bool {
    let Some(path) = settings::spool() else { return false };
    // A second try only where the reader has just taken the file away.
    append_once(path, record).or_else(|| append_once(path, record)).unwrap_or(false)
}

/// `None` when the file is no longer the spool.
fn append_once(path: *const u8, record: &[u8]) -> Option<bool> {
    let flags = sys::O_WRONLY | sys::O_APPEND | sys::O_CREAT | sys::O_CLOEXEC;
    let careful = sys::O_NOFOLLOW | sys::O_NONBLOCK | sys::O_NOCTTY;
    // SAFETY: a setting ends with a zero byte.
    let descriptor = unsafe { sys::open(path, flags | careful, MODE) };
    if descriptor < 0 {
        return Some(false);
    }
    let outcome = append_to(descriptor, record);
    sys::close(descriptor);
    outcome
}

fn append_to(descriptor: i32, record: &[u8]) -> Option<bool> {
    if sys::lock_shared(descriptor) == EWOULDBLOCK {
        return None;
    }
    let Some(stat) = sys::fstat(descriptor) else { return Some(false) };
    if !stat.is_regular() || stat.owner != sys::geteuid() {
        return Some(false);
    }
    if stat.links == 0 {
        return None;
    }
    let size = stat.size.saturating_add(record.len() as u64);
    let allowed = size <= MOST_BYTES && size <= sys::file_size_limit();
    let whole = allowed && sys::write(descriptor, record) == record.len() as isize;
    if !whole {
        sys::fchmod(descriptor, MODE_LOST);
    }
    Some(whole)
}
