//! Pace: the limits of a move, enforced while it runs.
//!
//! One limiter serves survey, copy and verification. It never learns what is done
//! with the operations and bytes that it grants.

use crate::status::Progress;
use boatlift_core::lane::{Pace, Stopped};
use boatlift_core::limits::{Limits, SideLimits, Timetable};
use boatlift_core::side::Side;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

const STOPPED: u8 = 1;
const PAUSED: u8 = 2;
const LIMITED: u8 = 4;

/// How long a limit may be exceeded at once, in seconds of its rate.
const BURST_SECONDS: f64 = 0.1;
/// How often the time of day is looked at.
const TIMETABLE_CHECK: Duration = Duration::from_secs(10);

/// Grants operations and bytes to the workers of a run.
#[derive(Debug)]
pub struct Limiter {
    /// Zero as long as nothing holds the workers back: the one load on the fast path.
    state: AtomicU8,
    buckets: Mutex<Buckets>,
    woken: Condvar,
    /// Wakes nobody by itself; it tells a waiting follow loop that a stop was asked.
    stop: AtomicBool,
}

#[derive(Debug)]
struct Buckets {
    limits: Limits,
    checked: Instant,
    lower: [Bucket; 2],
    upper: [Bucket; 2],
}

/// Tokens of one kind on one side. Debt is allowed once and waited off by the next.
#[derive(Debug)]
struct Bucket {
    per_second: Option<f64>,
    tokens: f64,
    filled: Instant,
}

impl Limiter {
    /// A limiter with these limits, neither paused nor stopped.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let now = Instant::now();
        let mut buckets = Buckets {
            limits,
            checked: now,
            lower: [Bucket::new(now), Bucket::new(now)],
            upper: [Bucket::new(now), Bucket::new(now)],
        };
        let limited = buckets.read_timetables(minute_of_day());
        Limiter {
            state: AtomicU8::new(if limited { LIMITED } else { 0 }),
            buckets: Mutex::new(buckets),
            woken: Condvar::new(),
            stop: AtomicBool::new(false),
        }
    }

    /// The limits in force.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.lock().limits.clone()
    }

    /// Replaces the limits of one side, at once.
    pub fn set(&self, side: Side, limits: SideLimits) {
        let mut buckets = self.lock();
        *buckets.limits.of_mut(side) = limits;
        buckets.read_timetables(minute_of_day());
        let limited = buckets.limits.lower != SideLimits::default()
            || buckets.limits.upper != SideLimits::default();
        self.change(LIMITED, limited);
        self.woken.notify_all();
    }

    /// Holds every worker before its next act, or lets them go on.
    pub fn pause(&self, paused: bool) {
        let _buckets = self.lock();
        self.change(PAUSED, paused);
        self.woken.notify_all();
    }

    /// Makes every worker end before its next act.
    pub fn stop(&self) {
        let _buckets = self.lock();
        self.stop.store(true, Ordering::SeqCst);
        self.change(STOPPED, true);
        self.woken.notify_all();
    }

    /// Whether a stop was asked.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// Whether the workers are held.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.state.load(Ordering::SeqCst) & PAUSED != 0
    }

    /// Waits for `duration`.
    ///
    /// # Errors
    /// [`Stopped`] as soon as a stop is asked.
    pub fn wait(&self, duration: Duration) -> Result<(), Stopped> {
        let deadline = Instant::now() + duration;
        let mut buckets = self.lock();
        loop {
            if self.is_stopped() {
                return Err(Stopped);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            buckets = self.sleep(buckets, left);
        }
    }

    fn change(&self, flag: u8, on: bool) {
        match on {
            true => self.state.fetch_or(flag, Ordering::SeqCst),
            false => self.state.fetch_and(!flag, Ordering::SeqCst),
        };
    }

    fn lock(&self) -> MutexGuard<'_, Buckets> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleep<'a>(&self, held: MutexGuard<'a, Buckets>, left: Duration) -> MutexGuard<'a, Buckets> {
        let woken = self.woken.wait_timeout(held, left);
        woken.map_or_else(|poisoned| poisoned.into_inner().0, |(held, _)| held)
    }

    /// The slow path: something holds the workers back.
    fn spend_slowly(&self, side: Side, operations: u64, bytes: u64) -> Result<(), Stopped> {
        let mut buckets = self.lock();
        loop {
            let state = self.state.load(Ordering::SeqCst);
            if state & STOPPED != 0 {
                return Err(Stopped);
            }
            let wait = match state & PAUSED != 0 {
                true => TIMETABLE_CHECK,
                false => buckets.spend(side, operations, bytes),
            };
            if wait.is_zero() {
                return Ok(());
            }
            buckets = self.sleep(buckets, wait);
        }
    }
}

impl Pace for Limiter {
    fn spend(&self, side: Side, operations: u64, bytes: u64) -> Result<(), Stopped> {
        match self.state.load(Ordering::Relaxed) {
            0 => Ok(()),
            _ => self.spend_slowly(side, operations, bytes),
        }
    }
}

/// A limiter whose granted bytes are counted for the progress display.
pub(crate) struct Counted<'a> {
    pub(crate) pace: &'a Limiter,
    pub(crate) progress: &'a Progress,
}

impl Pace for Counted<'_> {
    fn spend(&self, side: Side, operations: u64, bytes: u64) -> Result<(), Stopped> {
        self.pace.spend(side, operations, bytes)?;
        if side == Side::Upper && bytes > 0 {
            self.progress.done(0, bytes);
        }
        Ok(())
    }
}

impl Buckets {
    /// Spends and returns zero, or returns how long to wait before asking again.
    fn spend(&mut self, side: Side, operations: u64, bytes: u64) -> Duration {
        let now = Instant::now();
        if now.duration_since(self.checked) >= TIMETABLE_CHECK {
            self.checked = now;
            self.read_timetables(minute_of_day());
        }
        let [ops, rate] = match side {
            Side::Lower => &mut self.lower,
            Side::Upper => &mut self.upper,
        };
        let wait = ops.wait(now).max(rate.wait(now));
        if wait.is_zero() {
            ops.tokens -= operations as f64;
            rate.tokens -= bytes as f64;
        }
        wait
    }

    /// Puts the limits of this minute in force; says whether there is any limit at all.
    fn read_timetables(&mut self, minute: u16) -> bool {
        let at = |table: &Timetable| table.at(minute).map(|limit| limit as f64);
        self.lower[0].per_second = at(&self.limits.lower.ops);
        self.lower[1].per_second = at(&self.limits.lower.rate);
        self.upper[0].per_second = at(&self.limits.upper.ops);
        self.upper[1].per_second = at(&self.limits.upper.rate);
        self.limits.lower != SideLimits::default() || self.limits.upper != SideLimits::default()
    }
}

impl Bucket {
    fn new(now: Instant) -> Self {
        Bucket { per_second: None, tokens: 0.0, filled: now }
    }

    /// Fills up to now; zero when tokens may be taken.
    fn wait(&mut self, now: Instant) -> Duration {
        let Some(rate) = self.per_second else {
            (self.tokens, self.filled) = (0.0, now);
            return Duration::ZERO;
        };
        let elapsed = now.duration_since(self.filled).as_secs_f64();
        self.tokens = (self.tokens + elapsed * rate).min(rate * BURST_SECONDS);
        self.filled = now;
        match self.tokens >= 0.0 {
            true => Duration::ZERO,
            false => Duration::from_secs_f64((-self.tokens / rate).clamp(0.001, 3600.0)),
        }
    }
}

fn minute_of_day() -> u16 {
    let now = jiff::Zoned::now();
    now.hour() as u16 * 60 + now.minute() as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn limited(ops: &str) -> Limiter {
        let mut limits = Limits::default();
        limits.lower.ops = ops.parse().expect("a limit");
        Limiter::new(limits)
    }

    #[test]
    fn a_limit_is_kept_over_time() {
        let limiter = limited("1000");
        let begun = Instant::now();
        for _ in 0..40 {
            limiter.spend(Side::Lower, 10, 0).expect("not stopped");
        }
        // 400 operations, of which 100 may come at once.
        assert!(begun.elapsed() >= Duration::from_millis(250), "{:?}", begun.elapsed());
    }

    #[test]
    fn the_other_side_is_not_limited() {
        let limiter = limited("1");
        let begun = Instant::now();
        for _ in 0..1000 {
            limiter.spend(Side::Upper, 10, 1 << 20).expect("not stopped");
        }
        assert!(begun.elapsed() < Duration::from_millis(500));
    }

    #[test]
    fn a_stop_wakes_who_waits_for_tokens_and_who_is_paused() {
        for paused in [false, true] {
            let limiter = Arc::new(limited("1"));
            limiter.pause(paused);
            let other = Arc::clone(&limiter);
            let waiting =
                std::thread::spawn(move || while other.spend(Side::Lower, 1000, 0).is_ok() {});
            limiter.stop();
            assert!(waiting.join().is_ok());
        }
    }

    #[test]
    fn a_changed_limit_is_in_force_at_once() {
        let limiter = Arc::new(limited("1"));
        limiter.spend(Side::Lower, 3600, 0).expect("the first may run into debt");
        let other = Arc::clone(&limiter);
        let waiting = std::thread::spawn(move || other.spend(Side::Lower, 1, 0));
        limiter.set(Side::Lower, SideLimits::default());
        assert_eq!(waiting.join().expect("no panic"), Ok(()));
    }
}
