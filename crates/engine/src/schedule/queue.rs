//! The embedded queue: bundles for the threads of this process.
//!
//! It lives as long as one stage; what was taken and never acknowledged is found again
//! from the plan and the receipts, so it keeps nothing on disk.

use boatlift_core::error::Result;
use boatlift_core::queue::{Bundle, Queue, Taken};
use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A queue in memory.
#[derive(Debug, Default)]
pub struct EmbeddedQueue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Bundle>,
    taken: HashMap<u64, Bundle>,
    next_tag: u64,
    closed: bool,
}

impl EmbeddedQueue {
    /// An empty queue.
    #[must_use]
    pub fn new() -> Self {
        EmbeddedQueue::default()
    }

    /// Says that nothing more will be published.
    pub fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue for EmbeddedQueue {
    fn publish(&self, bundle: Bundle) -> Result<()> {
        self.lock().waiting.push_back(bundle);
        self.changed.notify_one();
        Ok(())
    }

    fn take(&self) -> Result<Option<Taken>> {
        let mut state = self.lock();
        loop {
            if let Some(bundle) = state.waiting.pop_front() {
                let tag = state.next_tag;
                state.next_tag += 1;
                state.taken.insert(tag, bundle.clone());
                return Ok(Some(Taken { tag, bundle }));
            }
            if state.closed {
                return Ok(None);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn acknowledge(&self, tag: u64) -> Result<()> {
        self.lock().taken.remove(&tag);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boatlift_core::side::Term;

    fn bundle(number: u32) -> Bundle {
        let move_id = String::new();
        Bundle { move_id, term: Term(1), plan: 1, route: 0, stage: 0, number, pages: vec![] }
    }

    #[test]
    fn bundles_come_once_each_and_then_the_end() {
        let queue = EmbeddedQueue::new();
        for number in 0..3 {
            queue.publish(bundle(number)).expect("embedded");
        }
        queue.close();
        let mut numbers = Vec::new();
        while let Some(taken) = queue.take().expect("embedded") {
            numbers.push(taken.bundle.number);
            queue.acknowledge(taken.tag).expect("embedded");
        }
        assert_eq!(numbers, [0, 1, 2]);
    }

    #[test]
    fn a_taker_waits_for_the_next_bundle() {
        let queue = std::sync::Arc::new(EmbeddedQueue::new());
        let other = std::sync::Arc::clone(&queue);
        let taker = std::thread::spawn(move || other.take());
        queue.publish(bundle(7)).expect("embedded");
        let taken = taker.join().expect("no panic").expect("embedded");
        assert_eq!(taken.map(|taken| taken.bundle.number), Some(7));
    }
}
