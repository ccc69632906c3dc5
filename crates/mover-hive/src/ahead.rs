//! Work done ahead by a few threads and taken in order.
//!
//! A metastore answers one call per connection at a time; a listing that waits for each
//! answer in turn would be as slow as one connection.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;

/// The results of jobs, in the order of the jobs.
pub(crate) struct Ahead<R> {
    shared: Arc<Shared<R>>,
    workers: Vec<JoinHandle<()>>,
    taken: u64,
}

struct Shared<R> {
    state: Mutex<State<R>>,
    changed: Condvar,
}

struct State<R> {
    /// Jobs that nobody has begun, each with its number.
    waiting: VecDeque<(u64, Box<dyn FnOnce() -> R + Send>)>,
    /// Results that are not taken; `None` where a job panicked.
    ready: BTreeMap<u64, Option<R>>,
    given: u64,
    /// Jobs with this number or above wait until earlier results are taken.
    horizon: u64,
    closed: bool,
}

impl<R: Send + 'static> Ahead<R> {
    /// Starts `threads` workers that run at most `window` jobs ahead of the taker.
    pub(crate) fn new(threads: usize, window: u64) -> Self {
        let state = State {
            waiting: VecDeque::new(),
            ready: BTreeMap::new(),
            given: 0,
            horizon: window.max(1),
            closed: false,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let workers = (0..threads.max(1))
            .map(|_| {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || shared.work())
            })
            .collect();
        Ahead { shared, workers, taken: 0 }
    }

    /// Adds a job after all others.
    pub(crate) fn push(&self, job: impl FnOnce() -> R + Send + 'static) {
        let mut state = self.shared.lock();
        let number = state.given;
        state.given += 1;
        state.waiting.push_back((number, Box::new(job)));
        self.shared.changed.notify_all();
    }

    /// The result of the next job, or `None` after the last one that was pushed.
    ///
    /// # Panics
    /// When the job panicked.
    pub(crate) fn next(&mut self) -> Option<R> {
        let mut state = self.shared.lock();
        if self.taken == state.given {
            return None;
        }
        loop {
            if let Some(result) = state.ready.remove(&self.taken) {
                self.taken += 1;
                state.horizon += 1;
                self.shared.changed.notify_all();
                return Some(result.expect("a job done ahead panicked"));
            }
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl<R> Shared<R> {
    fn lock(&self) -> std::sync::MutexGuard<'_, State<R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let mut state = self.lock();
        loop {
            if state.closed {
                return;
            }
            let next = state.waiting.front().map(|(number, _)| *number);
            if next.is_none_or(|number| number >= state.horizon) {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let Some((number, job)) = state.waiting.pop_front() else { continue };
            drop(state);
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(job)).ok();
            state = self.lock();
            state.ready.insert(number, result);
            self.changed.notify_all();
        }
    }
}

impl<R> Drop for Ahead<R> {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
        for worker in self.workers.drain(..) {
            // A worker catches the panics of its jobs.
            let _ = worker.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn results_come_in_the_order_of_the_jobs() {
        let mut ahead = Ahead::new(4, 8);
        for number in 0..100u64 {
            ahead.push(move || {
                std::thread::yield_now();
                number
            });
        }
        let all: Vec<u64> = std::iter::from_fn(|| ahead.next()).collect();
        assert_eq!(all, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn nobody_runs_further_ahead_than_the_window() {
        let begun = Arc::new(AtomicU64::new(0));
        let mut ahead = Ahead::new(3, 5);
        for _ in 0..50 {
            let begun = Arc::clone(&begun);
            ahead.push(move || {
                begun.fetch_add(1, Ordering::SeqCst);
            });
        }
        for taken in 1..=50 {
            ahead.next();
            assert!(begun.load(Ordering::SeqCst) <= taken + 5);
        }
        assert!(ahead.next().is_none());
    }
}
