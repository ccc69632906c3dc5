//! Verification: UPPER's content read back and compared with what was agreed.
//!
//! A journaled job over the pages of AGREED: it can be stopped and goes on where it was.
//! It changes nothing; what differs is noted, and the next survey looks at it again.

use crate::journal::Journal;
use crate::pace::{Counted, Limiter};
use crate::schedule::interrupted;
use crate::segment::Segment;
use crate::status::Progress;
use boatlift_core::error::Result;
use boatlift_core::event::{Event, Note, Tally};
use boatlift_core::facets::{FacetsRef, Kind};
use boatlift_core::lane::{Lane, Step, Turn, VerifyJob};
use boatlift_core::outcome::{Indexed, Outcome};
use boatlift_core::page::{Entry, Page};
use boatlift_core::plan::SegmentRef;
use boatlift_core::policy::Verify;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

/// Files that a sample reads back.
pub const SAMPLE_FILES: u64 = 1_000;
/// The stage's name in notes and in progress.
pub const STAGE: &str = "verify";
/// Pages after which progress is journaled.
const PAGES_PER_PASS: u32 = 32;
/// Items of one verification that are noted one by one.
const MOST_NOTES: usize = 10_000;

/// One verification of one route.
pub struct Verification<'a> {
    /// The group.
    pub group: u32,
    /// The route.
    pub route: u32,
    /// The newest plan's number: notes are filed under it.
    pub plan: u64,
    /// Look at every entry, or read a sample of the files back, or all of them.
    pub mode: Verify,
    /// Tells this verification from others, and draws the sample.
    pub seed: u64,
    /// What both sides held.
    pub agreed: &'a Segment,
    /// Its name.
    pub agreed_ref: &'a SegmentRef,
    /// Reads UPPER, and LOWER where no digest is known.
    pub lane: &'a dyn Lane,
    /// The journal.
    pub journal: &'a Journal,
    /// Grants operations and bytes.
    pub pace: &'a Limiter,
    /// Told what is done.
    pub progress: &'a Progress,
    /// Workers.
    pub jobs: usize,
    /// Owner and group count.
    pub owners: bool,
}

impl Verification<'_> {
    /// Verifies from page `begin` on, where `before` was counted on the pages before it.
    ///
    /// # Errors
    /// [`boatlift_core::Code::Interrupted`] when a stop was asked.
    pub fn run(&self, begin: u32, before: Tally) -> Result<Tally> {
        let (group, route) = (self.group, self.route);
        if begin == 0 {
            let agreed = self.agreed_ref.clone();
            let (mode, seed) = (self.mode, Some(self.seed));
            self.journal.commit(Event::VerifyBegun { group, route, mode, agreed, seed })?;
        }
        self.progress.stage(STAGE, self.agreed_ref.entries, 0);
        let mut all = before;
        let mut notes = 0;
        let mut next = begin;
        while next < self.agreed.pages() {
            let end = (next + PAGES_PER_PASS).min(self.agreed.pages());
            let results = self.pass(next, end)?;
            let mut tally = Tally::default();
            for (note, outcome) in results {
                tally.add(&outcome);
                if let Some(note) = note.filter(|_| notes < MOST_NOTES) {
                    notes += 1;
                    self.journal.record(Event::Noted(note));
                }
            }
            all.merge(&tally);
            self.journal.record(Event::VerifyPassed { group, route, pages: end, tally });
            next = end;
        }
        let tally = all.clone();
        self.journal.commit(Event::VerifyDone { group, route, tally })?;
        Ok(all)
    }

    /// Verifies some pages with all workers.
    fn pass(&self, begin: u32, end: u32) -> Result<Vec<(Option<Note>, Outcome)>> {
        let next = AtomicU32::new(begin);
        let results = Mutex::new(Ok(Vec::new()));
        std::thread::scope(|scope| {
            for _ in 0..self.jobs.max(1) {
                scope.spawn(|| {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= end {
                            return;
                        }
                        let verified = self.page(number);
                        let mut all = results.lock().unwrap_or_else(PoisonError::into_inner);
                        match (verified, all.as_mut()) {
                            (Ok(verified), Ok(all)) => all.extend(verified),
                            (Err(error), _) => {
                                *all = Err(error);
                                next.store(end, Ordering::Relaxed);
                                return;
                            }
                            _ => return,
                        }
                    }
                });
            }
        });
        results.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn page(&self, number: u32) -> Result<Vec<(Option<Note>, Outcome)>> {
        let page = self.agreed.read_page(number)?;
        let steps: Vec<(u32, Step)> = (0..)
            .zip(page.iter())
            .filter(|(_, entry)| self.takes_part(entry))
            .map(|(index, _)| (index, self.step()))
            .collect();
        let turn = Turn { page: &page, steps: &steps, owners: self.owners };
        let job = VerifyJob { mode: self.mode, seed: self.seed };
        let pace = Counted { pace: self.pace, progress: self.progress };
        let outcomes = self.lane.verify(&turn, job, &pace);
        if outcomes.len() < steps.len() {
            return Err(interrupted());
        }
        self.progress.done(page.len() as u64, 0);
        Ok(outcomes.into_iter().map(|outcome| self.noted(&page, outcome)).collect())
    }

    fn step(&self) -> Step {
        match self.mode {
            Verify::Listing => Step::Look,
            Verify::Sample | Verify::Content => Step::ReadBack,
        }
    }

    /// Every item, or those files that the sample's seed draws.
    fn takes_part(&self, entry: &Entry<'_>) -> bool {
        if self.mode != Verify::Sample {
            return true;
        }
        if entry.lower.map(FacetsRef::kind) != Some(Kind::File) {
            return false;
        }
        let mut hash = blake3::Hasher::new();
        hash.update(&self.seed.to_le_bytes());
        hash.update(entry.key.as_bytes());
        let drawn = hash.finalize();
        let drawn = drawn.as_bytes().first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let entries = u128::from(self.agreed_ref.entries.max(1));
        u128::from(drawn) * entries < u128::from(SAMPLE_FILES) << 64
    }

    fn noted(&self, page: &Page, (index, outcome): Indexed) -> (Option<Note>, Outcome) {
        if outcome.is_good() {
            return (None, outcome);
        }
        let entry = page.get(index as usize);
        let note = Note::of((self.plan, self.route), STAGE, &entry, &outcome, 1);
        (Some(note), outcome)
    }
}
