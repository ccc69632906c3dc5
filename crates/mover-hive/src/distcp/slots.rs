//! Slots: how many jobs run at once. Later turns wait for one.

use boatlift_core::lane::{Pace, Stopped};
use boatlift_core::side::Side;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How often a waiting turn asks whether to go on.
pub(super) const GLANCE: Duration = Duration::from_millis(250);

/// A number of free slots.
#[derive(Debug)]
pub(super) struct Slots {
    free: Mutex<u16>,
    freed: Condvar,
}

/// A slot that is taken; free again when dropped.
#[derive(Debug)]
pub(super) struct Slot<'a>(&'a Slots);

impl Slots {
    pub(super) fn new(free: u16) -> Slots {
        Slots { free: Mutex::new(free), freed: Condvar::new() }
    }

    /// Waits for a free slot.
    ///
    /// # Errors
    /// [`Stopped`] when the work is to end before there is one.
    pub(super) fn take(&self, pace: &dyn Pace) -> Result<Slot<'_>, Stopped> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        while *free == 0 {
            let waited = self.freed.wait_timeout(free, GLANCE);
            free = waited.unwrap_or_else(PoisonError::into_inner).0;
            go_on(pace)?;
        }
        *free -= 1;
        Ok(Slot(self))
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}

/// Whether to go on, which costs nothing.
pub(super) fn go_on(pace: &dyn Pace) -> Result<(), Stopped> {
    pace.spend(Side::Upper, 0, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    struct Switch(AtomicBool);

    impl Pace for Switch {
        fn spend(&self, _: Side, _: u64, _: u64) -> Result<(), Stopped> {
            match self.0.load(Ordering::SeqCst) {
                true => Ok(()),
                false => Err(Stopped),
            }
        }
    }

    #[test]
    fn a_slot_is_waited_for_until_one_is_free_or_a_stop_is_asked() {
        let (slots, pace) = (Slots::new(1), Switch(AtomicBool::new(true)));
        let taken = slots.take(&pace).expect("a free one");
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| slots.take(&pace).map(drop));
            drop(taken);
            assert_eq!(waiting.join().expect("no panic"), Ok(()));
        });
        let _taken = slots.take(&pace).expect("free again");
        pace.0.store(false, Ordering::SeqCst);
        assert!(slots.take(&pace).is_err());
    }
}
