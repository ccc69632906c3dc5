//! An alarm: stops the workers when the deadline of a cutover comes, wherever they are.

use crate::pace::Limiter;
use crate::saga::{Clock, SystemClock};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// The longest sleep between two looks at the clock: it also counts while the host sleeps.
const LOOK_EVERY_MS: u64 = 1_000;

/// Stops a run's workers at a time, unless it is dropped before.
pub(super) struct Alarm {
    off: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Alarm {
    /// Rings at `deadline_ms`, in milliseconds since 1970.
    pub(super) fn set(pace: &Arc<Limiter>, deadline_ms: u64) -> Alarm {
        let (off, is_off) = channel();
        let pace = Arc::clone(pace);
        let thread = std::thread::spawn(move || {
            let clock = SystemClock::new();
            loop {
                let left_ms = deadline_ms.saturating_sub(clock.now_ms());
                if left_ms == 0 {
                    return pace.stop();
                }
                let nap = Duration::from_millis(left_ms.min(LOOK_EVERY_MS));
                if is_off.recv_timeout(nap) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
            }
        });
        Alarm { off: Some(off), thread: Some(thread) }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        drop(self.off.take());
        if let Some(thread) = self.thread.take() {
            // It only sleeps and stops; a panic of it has nothing to tell.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boatlift_core::limits::Limits;

    #[test]
    fn it_rings_at_its_time_and_not_when_it_was_put_off() {
        let pace = Arc::new(Limiter::new(Limits::default()));
        let soon_ms = SystemClock::new().now_ms() + 60_000;
        drop(Alarm::set(&pace, soon_ms));
        assert!(!pace.is_stopped());
        let _alarm = Alarm::set(&pace, 0);
        let waited = pace.wait(Duration::from_secs(60));
        assert!(waited.is_err() && pace.is_stopped());
    }
}
