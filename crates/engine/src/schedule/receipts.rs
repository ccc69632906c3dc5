//! Receipts: outcomes made durable, after the data they speak of.
//!
//! One flush of UPPER and one commit stand for many files; one of each per file would
//! cost more than the copying.

use super::{EmbeddedQueue, Failure, Results, StageWork};
use crate::fault;
use crate::live::LiveOutcomes;
use boatlift_core::error::Result;
use boatlift_core::event::{Event, Tally};
use boatlift_core::outcome::Indexed;
use boatlift_core::page::Page;
use boatlift_core::queue::Queue;
use std::collections::HashMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// A flush is due after this many items,
const FLUSH_ITEMS: usize = 20_000;
/// or this many bytes,
const FLUSH_BYTES: u64 = 1 << 30;
/// or so long after the first of them: ten times as long as the last flush took, so that
/// flushing stays a small part of the work, but within these bounds.
const FLUSH_SOONEST: Duration = Duration::from_millis(20);
const FLUSH_LATEST: Duration = Duration::from_secs(2);

/// The outcomes of one page on their way to the disk.
pub(super) struct PageDone {
    pub(super) tag: u64,
    pub(super) bundle: u32,
    pub(super) bundle_ends: bool,
    pub(super) page: u32,
    pub(super) entries: Page,
    pub(super) outcomes: Vec<Indexed>,
    pub(super) encoded: Vec<u8>,
}

/// Collects outcomes of all workers and makes them durable in batches.
pub(super) struct Receipts<'a> {
    work: &'a StageWork<'a>,
    queue: &'a EmbeddedQueue,
    failure: &'a Failure,
    waiting: Vec<PageDone>,
    items: usize,
    bytes: u64,
    since: Instant,
    pause: Duration,
    bundles: HashMap<u32, Tally>,
}

impl<'a> Receipts<'a> {
    pub(super) fn new(
        work: &'a StageWork<'a>,
        queue: &'a EmbeddedQueue,
        failure: &'a Failure,
    ) -> Self {
        Receipts {
            work,
            queue,
            failure,
            waiting: Vec::new(),
            items: 0,
            bytes: 0,
            since: Instant::now(),
            pause: FLUSH_SOONEST,
            bundles: HashMap::new(),
        }
    }

    /// Runs until every worker has ended, whatever the reason; what came in is durable
    /// then.
    pub(super) fn run(
        mut self,
        receiver: &Receiver<PageDone>,
        results: &mut Results,
    ) -> Result<()> {
        loop {
            match receiver.recv_timeout(self.pause) {
                Ok(done) => self.take(done, results),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.flush(),
            }
            let due = self.items >= FLUSH_ITEMS
                || self.bytes >= FLUSH_BYTES
                || self.since.elapsed() >= self.pause;
            if due && let Err(error) = self.flush() {
                self.failure.keep(Err(error));
                // Workers see the failure and end; their last pages are not receipted.
                for _ in receiver {}
                return Ok(());
            }
        }
    }

    fn take(&mut self, done: PageDone, results: &mut Results) {
        if self.waiting.is_empty() {
            self.since = Instant::now();
        }
        let mut tally = Tally::default();
        done.outcomes.iter().for_each(|(_, outcome)| tally.add(outcome));
        self.items += done.outcomes.len();
        self.bytes += tally.bytes;
        self.work.progress.done(done.outcomes.len() as u64, 0);
        results.take(self.work, done.page, &done.entries, &done.outcomes, 1);
        self.bundles.entry(done.bundle).or_default().merge(&tally);
        self.waiting.push(done);
    }

    /// First the data, then the receipts, then the journal, then the queue.
    fn flush(&mut self) -> Result<()> {
        let begun = Instant::now();
        if self.waiting.is_empty() {
            self.since = begun;
            return Ok(());
        }
        let (plan, route) = (self.work.plan.number, self.work.route);
        let stage = self.work.stage as u32;
        (self.work.fence)()?;
        if !self.work.stage().verifies {
            self.work.upper.flush()?;
        }
        fault::point("receipts-flushed");
        let batch: Vec<LiveOutcomes> = self
            .waiting
            .iter_mut()
            .map(|done| {
                let outcomes = std::mem::take(&mut done.encoded);
                LiveOutcomes { plan, route, stage, page: done.page, outcomes }
            })
            .collect();
        self.work.live.put(&batch)?;
        fault::point("receipts-durable");
        for done in self.waiting.drain(..).filter(|done| done.bundle_ends) {
            let tally = self.bundles.remove(&done.bundle).unwrap_or_default();
            let bundle = done.bundle;
            self.work.journal.record(Event::BundleDone { plan, route, stage, bundle, tally });
            self.queue.acknowledge(done.tag)?;
        }
        (self.items, self.bytes) = (0, 0);
        self.since = Instant::now();
        self.pause = (begun.elapsed() * 10).clamp(FLUSH_SOONEST, FLUSH_LATEST);
        Ok(())
    }
}
