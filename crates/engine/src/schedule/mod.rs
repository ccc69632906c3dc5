//! The schedule: one stage of a plan, carried out by bounded workers, with receipts.
//!
//! A page is a turn and the unit of a receipt. Receipts become durable after the data
//! they speak of. Retries live here and nowhere else.

mod bundles;
mod queue;
mod receipts;
mod retries;

pub use queue::EmbeddedQueue;

use crate::fault;
use crate::journal::Journal;
use crate::live::Live;
use crate::pace::{Counted, Limiter};
use crate::segment::Segment;
use crate::status::Progress;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::event::{Event, Note, Tally};
use boatlift_core::facets::FacetsRef;
use boatlift_core::key::KeyBuf;
use boatlift_core::lane::{Lane, Step, Turn};
use boatlift_core::mover::{Mover, Order, Stage};
use boatlift_core::outcome::{Indexed, Outcome, Receipt};
use boatlift_core::page::{Entry, Page, PageBuilder};
use boatlift_core::plan::Plan;
use boatlift_core::queue::{Bundle, Queue, Taken};
use boatlift_core::store::Store;
use receipts::{PageDone, Receipts};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};

/// Pages that workers may be ahead of the receipts.
const PAGES_AHEAD: usize = 256;
/// Items of one stage that are noted one by one; the rest is only counted.
const MOST_NOTES: usize = 10_000;
/// Items of one stage that are tried again in this run; the next run sees the rest.
const MOST_AGAIN: usize = 100_000;

/// One stage of a plan on one route, and all that it works with.
pub struct StageWork<'a> {
    /// Derives steps from entries.
    pub mover: &'a dyn Mover,
    /// The move's id.
    pub move_id: &'a str,
    /// The plan.
    pub plan: &'a Plan,
    /// Index of the route in the plan.
    pub route: u32,
    /// Index of the stage.
    pub stage: usize,
    /// The plan's difference on this route.
    pub difference: &'a Segment,
    /// The way from LOWER to UPPER.
    pub lane: &'a dyn Lane,
    /// Where it goes.
    pub upper: &'a dyn Store,
    /// The journal.
    pub journal: &'a Journal,
    /// Where receipts go.
    pub live: &'a Live,
    /// Grants operations and bytes.
    pub pace: &'a Limiter,
    /// Told what is done.
    pub progress: &'a Progress,
    /// Workers.
    pub jobs: usize,
    /// Items that a person wants left out, with the reason.
    pub skips: &'a BTreeMap<KeyBuf, String>,
    /// Owner and group are to be kept.
    pub owners: bool,
    /// Asked before receipts: is UPPER still this run's to write?
    pub fence: &'a (dyn Fn() -> Result<()> + Sync),
}

/// How far the receipts of a page go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    Part,
    Whole,
}

/// Outcomes that are final, counted and noted.
#[derive(Debug, Default)]
pub(crate) struct Results {
    tally: Tally,
    notes: Vec<Note>,
    /// Items to be tried again: page and index.
    again: Vec<(u32, u32)>,
}

impl StageWork<'_> {
    /// Carries the stage out from where its receipts end.
    ///
    /// # Errors
    /// [`Code::TermNewer`] when UPPER was taken by another run; what was done since the last
    /// receipts has none then. [`Code::Interrupted`] when a stop was asked, [`Code::NoSpace`] and
    /// [`Code::FlushFailed`] when UPPER takes no more; all receipts so far are durable
    /// then. What fails for single items is no error but an outcome.
    pub fn run(&self) -> Result<Tally> {
        let (plan, route, stage) = (self.plan.number, self.route, self.stage as u32);
        let pages = self.pages();
        if !pages.is_empty() {
            self.journal.commit(Event::StageBegun { plan, route, stage })?;
        }
        let mut results = Results::default();
        let receipted = self.known(&mut results)?;
        let open: Vec<u32> =
            pages.into_iter().filter(|page| receipted.get(page) != Some(&Extent::Whole)).collect();
        self.first_pass(&open, &receipted, &mut results)?;
        retries::run(self, &mut results)?;
        for note in std::mem::take(&mut results.notes) {
            self.journal.record(Event::Noted(note));
        }
        fault::point("stage-done");
        let tally = results.tally;
        self.journal.commit(Event::StageDone { plan, route, stage, tally: tally.clone() })?;
        Ok(tally)
    }

    /// The stage itself.
    fn stage(&self) -> &'static Stage {
        &self.mover.stages(self.plan.group)[self.stage]
    }

    /// The pages that have a step in this stage, in the stage's order.
    fn pages(&self) -> Vec<u32> {
        let all = 0..self.difference.pages();
        let marked = all.filter(|page| self.has_steps(*page, self.stage));
        match self.stage().order {
            Order::Forward => marked.collect(),
            Order::Backward => marked.rev().collect(),
        }
    }

    /// What receipts of an earlier run say, and how far they go in each page.
    fn known(&self, results: &mut Results) -> Result<BTreeMap<u32, Extent>> {
        let (plan, route, stage) = (self.plan.number, self.route, self.stage as u32);
        let mut extents = BTreeMap::new();
        for page in self.live.pages_done(plan, route, stage)? {
            let receipts = self.live.get(plan, route, stage, page)?.unwrap_or_default();
            let entries = self.difference.read_page(page)?;
            results.take(self, page, &entries, &receipts, 1);
            let steps = entries.iter().filter(|entry| self.step(entry).is_some()).count();
            extents.insert(
                page,
                match receipts.len() < steps {
                    true => Extent::Part,
                    false => Extent::Whole,
                },
            );
        }
        self.progress.already(results.tally.done + results.tally.same, results.tally.bytes);
        Ok(extents)
    }

    fn step(&self, entry: &Entry<'_>) -> Option<Step> {
        self.mover.step(self.plan.group, self.stage, entry, &self.plan.policy)
    }

    fn first_pass(
        &self,
        pages: &[u32],
        receipted: &BTreeMap<u32, Extent>,
        results: &mut Results,
    ) -> Result<()> {
        if pages.is_empty() {
            return Ok(());
        }
        let workers = match self.stage().order {
            Order::Forward => self.jobs.max(1),
            // Who may change owners is not locked out by a directory's mode.
            Order::Backward if self.owners && !self.stage().removes => self.jobs.max(1),
            Order::Backward => 1,
        };
        let queue = EmbeddedQueue::new();
        let like = Bundle {
            move_id: self.move_id.to_owned(),
            term: self.plan.term,
            plan: self.plan.number,
            route: self.route,
            stage: self.stage as u32,
            number: 0,
            pages: Vec::new(),
        };
        for bundle in bundles::cut(pages, workers, &like) {
            queue.publish(bundle)?;
        }
        queue.close();
        let failure = Failure::default();
        let (sender, receiver) = sync_channel(PAGES_AHEAD);
        let written = std::thread::scope(|scope| {
            for _ in 0..workers {
                let (sender, queue, failure) = (sender.clone(), &queue, &failure);
                scope.spawn(move || failure.keep(self.work(queue, receipted, &sender, failure)));
            }
            drop(sender);
            Receipts::new(self, &queue, &failure).run(&receiver, results)
        });
        failure.keep(written);
        failure.into_result()
    }

    /// One worker: takes bundles until there are no more.
    fn work(
        &self,
        queue: &EmbeddedQueue,
        receipted: &BTreeMap<u32, Extent>,
        sender: &SyncSender<PageDone>,
        failure: &Failure,
    ) -> Result<()> {
        while let Some(Taken { tag, bundle }) = queue.take()? {
            for (index, page) in bundle.pages.iter().enumerate() {
                if failure.is_set() {
                    return Ok(());
                }
                let former = match receipted.get(page) {
                    Some(_) => self.receipts(*page, self.stage)?,
                    None => Vec::new(),
                };
                let made: BTreeSet<u32> = former.iter().map(|(index, _)| *index).collect();
                let entries = self.entries(*page)?;
                let (outcomes, broken) = self.carry(&entries, |index| !made.contains(&index));
                let done = PageDone {
                    tag,
                    bundle: bundle.number,
                    bundle_ends: index + 1 == bundle.pages.len() && broken.is_none(),
                    page: *page,
                    encoded: retries::encode_merged(former, &outcomes),
                    entries,
                    outcomes,
                };
                if sender.send(done).is_err() {
                    return Ok(());
                }
                if let Some(broken) = broken {
                    return Err(broken);
                }
            }
        }
        Ok(())
    }

    fn receipts(&self, page: u32, stage: usize) -> Result<Vec<Indexed>> {
        let receipts = self.live.get(self.plan.number, self.route, stage as u32, page)?;
        Ok(receipts.unwrap_or_default())
    }

    /// A page of the difference. A stage that verifies compares with what both sides said, and
    /// with the hash that was taken, when the item was carried: newer than the survey.
    fn entries(&self, number: u32) -> Result<Page> {
        let page = self.difference.read_page(number)?;
        if !self.stage().verifies {
            return Ok(page);
        }
        let mut newer: BTreeMap<u32, Receipt> = BTreeMap::new();
        for stage in (0..self.stage).filter(|stage| self.has_steps(number, *stage)) {
            for (index, outcome) in self.receipts(number, stage)? {
                if let Some(receipt) = outcome.receipt() {
                    let lower = receipt.lower.clone();
                    let lower = lower.or_else(|| newer.remove(&index).and_then(|r| r.lower));
                    newer.insert(index, Receipt { lower, ..receipt.clone() });
                }
            }
        }
        if newer.is_empty() {
            return Ok(page);
        }
        let mut builder = PageBuilder::new();
        for (index, mut entry) in (0..).zip(page.iter()) {
            if let Some(receipt) = newer.get(&index) {
                let lower = receipt.lower.as_deref().and_then(FacetsRef::checked);
                entry.lower = lower.or(entry.lower);
                entry.digest = receipt.digest;
                if entry.lower.is_some() {
                    // What UPPER said before the step is no longer true.
                    entry.upper = receipt.upper.as_deref().and_then(FacetsRef::checked);
                }
            }
            builder.push(&entry);
        }
        Ok(builder.take())
    }

    fn has_steps(&self, page: u32, stage: usize) -> bool {
        self.difference.meta(page).mask & (1 << stage) != 0
    }

    /// One turn: the steps of those entries of a page that `take` names. When it cannot be
    /// completed, what was done comes with the reason.
    fn carry(&self, page: &Page, take: impl Fn(u32) -> bool) -> (Vec<Indexed>, Option<Error>) {
        let mut outcomes = Vec::new();
        let mut skipped = false;
        let mut steps: Vec<(u32, Step)> = Vec::with_capacity(page.len());
        for (index, entry) in (0..).zip(page.iter()).filter(|(index, _)| take(*index)) {
            let Some(step) = self.step(&entry) else { continue };
            let skip = match self.skips.is_empty() {
                true => None,
                false => self.skips.get(&entry.key.to_owned()),
            };
            match skip {
                Some(reason) => {
                    skipped = true;
                    outcomes.push((index, Outcome::Skipped(reason.clone())));
                }
                None => steps.push((index, step)),
            }
        }
        if self.stage().order == Order::Backward {
            steps.reverse();
        }
        // A run that died may have left something beside an item that is skipped by now.
        if skipped && let Err(error) = self.upper.sweep(page) {
            return (outcomes, Some(error));
        }
        let turn = Turn { page, steps: &steps, owners: self.owners };
        let carried = self.lane.carry(&turn, &Counted { pace: self.pace, progress: self.progress });
        let mut broken = match (carried.len() < steps.len(), self.pace.is_stopped()) {
            (false, _) => None,
            (true, true) => Some(interrupted()),
            (true, false) => Some(Error::new(Code::Bug, "a lane left steps without an outcome")),
        };
        for (index, outcome) in carried {
            match out_of_space(&outcome) {
                Some(full) => broken = Some(full.clone()),
                None => outcomes.push((index, outcome)),
            }
        }
        (outcomes, broken)
    }
}

/// The error of work that was asked to stop.
pub(crate) fn interrupted() -> Error {
    Error::new(Code::Interrupted, "the run was asked to stop")
}

/// A full UPPER fails every item that is left: the stage ends instead, to go on later.
fn out_of_space(outcome: &Outcome) -> Option<&Error> {
    match outcome {
        Outcome::Failed(error) if error.code == Code::NoSpace => Some(error),
        _ => None,
    }
}

/// The first error of any thread of a stage; the others end when they see it.
#[derive(Debug, Default)]
struct Failure {
    first: Mutex<Option<Error>>,
}

impl Failure {
    fn keep(&self, result: Result<()>) {
        if let Err(error) = result {
            self.first.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
    }

    fn is_set(&self) -> bool {
        self.first.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn into_result(self) -> Result<()> {
        match self.first.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}

impl Results {
    /// Takes the outcomes of one page in: counts the final ones, keeps those to be tried
    /// again, notes those that people should know of.
    fn take(
        &mut self,
        work: &StageWork<'_>,
        page: u32,
        entries: &Page,
        outcomes: &[Indexed],
        attempts: u32,
    ) {
        for (index, outcome) in outcomes {
            let may_again = attempts < retries::ATTEMPTS && self.again.len() < MOST_AGAIN;
            if outcome.wants_retry() && may_again {
                self.again.push((page, *index));
                continue;
            }
            self.tally.add(outcome);
            if !outcome.is_good() && self.notes.len() < MOST_NOTES {
                let at = (work.plan.number, work.route);
                let entry = entries.get(*index as usize);
                self.notes.push(Note::of(at, work.stage().name, &entry, outcome, attempts));
            }
        }
    }
}
