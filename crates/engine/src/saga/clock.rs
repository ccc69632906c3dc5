//! The clock of a cutover. Its deadlines reach the journal, so they are times of day; but
//! a clock that is set while a cutover goes on must not make users wait longer.

use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// Tells the time and waits.
pub trait Clock {
    /// Milliseconds since 1970.
    fn now_ms(&self) -> u64;

    /// Lets up to `milliseconds` pass.
    fn pause(&self, milliseconds: u64);
}

/// The time of day when it was made, moved on by a clock that nobody sets and that also
/// counts while the host sleeps.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    offset_ms: u64,
}

impl SystemClock {
    /// Reads the time of day, once.
    #[must_use]
    pub fn new() -> Self {
        let day_ms = milliseconds(ClockId::Realtime);
        SystemClock { offset_ms: day_ms.saturating_sub(milliseconds(ClockId::Boottime)) }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        SystemClock::new()
    }
}

impl Clock for SystemClock {
    fn now_ms(&self) -> u64 {
        self.offset_ms.saturating_add(milliseconds(ClockId::Boottime))
    }

    fn pause(&self, milliseconds: u64) {
        std::thread::sleep(Duration::from_millis(milliseconds));
    }
}

fn milliseconds(clock: ClockId) -> u64 {
    let time = clock_gettime(clock);
    let (seconds, nanos) = (time.tv_sec.max(0) as u64, time.tv_nsec.max(0) as u64);
    seconds.saturating_mul(1_000).saturating_add(nanos / 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_begins_with_the_time_of_day() {
        let day_ms = milliseconds(ClockId::Realtime);
        assert!(SystemClock::new().now_ms().abs_diff(day_ms) < 60_000);
    }
}
