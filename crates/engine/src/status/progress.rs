//! Live counters of a running lift. Workers add to them on the hot path: a page or a
//! mebibyte at a time, without a lock. Never a source of truth: what they tell is gone with
//! the process, and the journal knows better.

use boatlift_core::Side;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Seconds over which a rate is taken.
const WINDOW: u64 = 10;
/// One mark a second; more than the window, so that a mark is not reused while it is read.
const MARKS: usize = 16;

/// What a running lift counts while it runs.
#[derive(Debug)]
pub struct Progress {
    started: Instant,
    listing: AtomicBool,
    listed: [AtomicU64; 2],
    items: AtomicU64,
    bytes: AtomicU64,
    /// The newest second, counted from 1, that has a mark.
    newest: AtomicU64,
    marks: [Mark; MARKS],
    stage: Mutex<Stage>,
}

/// What was counted before the first work of one second.
#[derive(Debug, Default)]
struct Mark {
    second: AtomicU64,
    items: AtomicU64,
    bytes: AtomicU64,
}

#[derive(Debug, Default)]
struct Stage {
    name: Option<&'static str>,
    items_total: u64,
    bytes_total: u64,
    /// Counted before this stage began.
    items_before: u64,
    bytes_before: u64,
    /// Found finished when this stage began.
    items_already: u64,
    bytes_already: u64,
}

/// The counters at one instant: the field `progress` of a status.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Snapshot {
    /// Whether a side is still being listed: counts are lower bounds then.
    pub listing: bool,
    /// Entries listed on LOWER.
    pub listed_lower: u64,
    /// Entries listed on UPPER.
    pub listed_upper: u64,
    /// The stage being carried out.
    pub stage: Option<String>,
    /// Items of it that are behind us.
    pub items_done: u64,
    /// Items it has.
    pub items_total: u64,
    /// Bytes of content of it that are behind us.
    pub bytes_done: u64,
    /// Bytes of content it has.
    pub bytes_total: u64,
    /// Items a second over the last seconds, rounded down.
    pub items_per_second: u64,
    /// Bytes a second over the last seconds, rounded down.
    pub bytes_per_second: u64,
    /// Seconds until this stage ends at the present rate; absent while listing, and when
    /// nothing moves.
    pub eta_seconds: Option<u64>,
}

impl Default for Progress {
    fn default() -> Self {
        Progress::new()
    }
}

impl Progress {
    /// Counters at zero. The clock starts here.
    #[must_use]
    pub fn new() -> Self {
        Progress {
            started: Instant::now(),
            listing: AtomicBool::new(false),
            listed: Default::default(),
            items: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            newest: AtomicU64::new(0),
            marks: Default::default(),
            stage: Mutex::default(),
        }
    }

    /// Says whether a side is being listed. When a listing begins its counts start over.
    pub fn listing(&self, now: bool) {
        if now && !self.listing.load(Ordering::Relaxed) {
            self.listed.iter().for_each(|side| side.store(0, Ordering::Relaxed));
        }
        self.listing.store(now, Ordering::Relaxed);
    }

    /// Counts entries that were listed on a side.
    pub fn listed(&self, side: Side, entries: u64) {
        self.listed[side as usize].fetch_add(entries, Ordering::Relaxed);
    }

    /// Begins a stage that has so many items and bytes of content.
    pub fn stage(&self, name: &'static str, items_total: u64, bytes_total: u64) {
        *self.stage_now() = Stage {
            name: Some(name),
            items_total,
            bytes_total,
            items_before: self.items.load(Ordering::Relaxed),
            bytes_before: self.bytes.load(Ordering::Relaxed),
            ..Stage::default()
        };
    }

    /// Counts items and bytes of this stage that an earlier run finished: they are behind us,
    /// and say nothing of the rate.
    pub fn already(&self, items: u64, bytes: u64) {
        let mut stage = self.stage_now();
        stage.items_already += items;
        stage.bytes_already += bytes;
    }

    /// Counts items and bytes that this process finished. Bytes may come before the item
    /// they belong to.
    pub fn done(&self, items: u64, bytes: u64) {
        self.done_at(self.started.elapsed(), items, bytes);
    }

    /// The counters now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.snapshot_at(self.started.elapsed())
    }

    fn done_at(&self, at: Duration, items: u64, bytes: u64) {
        let second = at.as_secs() + 1;
        if self.newest.load(Ordering::Relaxed) < second
            && self.newest.fetch_max(second, Ordering::Relaxed) < second
        {
            let mark = &self.marks[second as usize % MARKS];
            mark.items.store(self.items.load(Ordering::Relaxed), Ordering::Relaxed);
            mark.bytes.store(self.bytes.load(Ordering::Relaxed), Ordering::Relaxed);
            mark.second.store(second, Ordering::Release);
        }
        self.items.fetch_add(items, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn snapshot_at(&self, at: Duration) -> Snapshot {
        let stage = self.stage_now();
        let items = self.items.load(Ordering::Relaxed);
        let bytes = self.bytes.load(Ordering::Relaxed);
        let (items_per_second, bytes_per_second) = self.rates_at(at, items, bytes);
        let mut now = Snapshot {
            listing: self.listing.load(Ordering::Relaxed),
            listed_lower: self.listed[Side::Lower as usize].load(Ordering::Relaxed),
            listed_upper: self.listed[Side::Upper as usize].load(Ordering::Relaxed),
            stage: stage.name.map(str::to_owned),
            items_done: items - stage.items_before.min(items) + stage.items_already,
            items_total: stage.items_total,
            bytes_done: bytes - stage.bytes_before.min(bytes) + stage.bytes_already,
            bytes_total: stage.bytes_total,
            items_per_second,
            bytes_per_second,
            eta_seconds: None,
        };
        now.eta_seconds = now.eta();
        now
    }

    /// What was done since the first mark of the window, over the length of the window: a
    /// standstill inside it counts.
    fn rates_at(&self, at: Duration, items: u64, bytes: u64) -> (u64, u64) {
        let begin = at.as_secs().saturating_sub(WINDOW);
        let first = (begin + 1..=at.as_secs() + 1).find_map(|second| {
            let mark = &self.marks[second as usize % MARKS];
            (mark.second.load(Ordering::Acquire) == second).then_some(mark)
        });
        let Some(mark) = first else { return (0, 0) };
        let seconds = (at.as_secs_f64() - begin as f64).max(0.1);
        let rate = |now: u64, then: &AtomicU64| {
            (now.saturating_sub(then.load(Ordering::Relaxed)) as f64 / seconds) as u64
        };
        (rate(items, &mark.items), rate(bytes, &mark.bytes))
    }

    fn stage_now(&self) -> std::sync::MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Snapshot {
    /// The slower of the two, items and bytes, decides.
    fn eta(&self) -> Option<u64> {
        if self.listing || self.stage.is_none() {
            return None;
        }
        let seconds = |done: u64, total: u64, rate: u64| match (total.saturating_sub(done), rate) {
            (0, _) => Some(0),
            (_, 0) => None,
            (left, rate) => Some(left.div_ceil(rate)),
        };
        let items = seconds(self.items_done, self.items_total, self.items_per_second)?;
        let bytes = seconds(self.bytes_done, self.bytes_total, self.bytes_per_second)?;
        Some(items.max(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn the_rate_is_that_of_the_window_and_falls_to_zero_at_a_standstill() {
        let progress = Progress::new();
        progress.stage("contents", 1_000, 100_000);
        for second in 0..20 {
            progress.done_at(at(f64::from(second) + 0.5), 10, 1_000);
        }
        let now = progress.snapshot_at(at(20.0));
        assert_eq!((now.items_per_second, now.bytes_per_second), (10, 1_000));
        assert_eq!(now.eta_seconds, Some(80));
        let slower = progress.snapshot_at(at(25.0));
        assert_eq!(slower.items_per_second, 5);
        let still = progress.snapshot_at(at(60.0));
        assert_eq!((still.items_per_second, still.eta_seconds), (0, None));
    }

    #[test]
    fn a_burst_after_a_standstill_does_not_promise_its_own_speed() {
        let progress = Progress::new();
        progress.done_at(at(0.5), 1, 1);
        progress.done_at(at(99.5), 100, 0);
        assert_eq!(progress.snapshot_at(at(100.0)).items_per_second, 10);
    }

    #[test]
    fn a_stage_counts_from_its_own_beginning() {
        let progress = Progress::new();
        progress.stage("contents", 10, 100);
        progress.done_at(at(0.1), 10, 100);
        progress.stage("links", 4, 0);
        progress.already(1, 0);
        progress.done_at(at(0.2), 2, 0);
        let now = progress.snapshot_at(at(1.0));
        assert_eq!(now.stage.as_deref(), Some("links"));
        assert_eq!((now.items_done, now.items_total), (3, 4));
        assert_eq!((now.bytes_done, now.bytes_total), (0, 0));
        assert_eq!(now.items_per_second, 12);
    }

    #[test]
    fn there_is_no_estimate_while_listing() {
        let progress = Progress::new();
        progress.stage("contents", 10, 0);
        progress.done_at(at(0.5), 5, 0);
        assert!(progress.snapshot_at(at(1.0)).eta_seconds.is_some());
        progress.listing(true);
        progress.listed(Side::Upper, 7);
        let now = progress.snapshot_at(at(1.0));
        assert_eq!((now.listing, now.listed_upper, now.eta_seconds), (true, 7, None));
    }

    #[test]
    fn no_count_is_lost_between_threads() {
        let progress = Progress::new();
        progress.stage("contents", 0, 0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..10_000).for_each(|_| progress.done(1, 3)));
            }
        });
        let now = progress.snapshot();
        assert_eq!((now.items_done, now.bytes_done), (40_000, 120_000));
    }
}
