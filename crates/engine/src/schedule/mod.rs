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
use crate::pace::Limiter;
use crate::segment::Segment;
use crate::status::Progress;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::event::{Event, Note, Tally};
use boatlift_core::key::KeyBuf;
use boatlift_core::lane::{Lane, Pace, Step, Stopped, Turn};
use boatlift_core::mover::{Mover, Order, Stage};
use boatlift_core::outcome::{Indexed, Outcome};
use boatlift_core::page::Page;
use boatlift_core::plan::Plan;
use boatlift_core::queue::{Bundle, Queue, Taken};
use boatlift_core::side::Side;
use boatlift_core::store::Store;
use receipts::{PageDone, Receipts};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};

/// Pages that workers may be ahead of the receipts.
const PAGES_AHEAD: usize = 256;
/// Items of one stage that are noted one by one; the rest is only counted.
const MOST_NOTES: usize = 10_000;

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
    /// [`Code::Interrupted`] when a stop was asked, [`Code::NoSpace`] and
    /// [`Code::FlushFailed`] when UPPER takes no more; all receipts so far are durable
    /// then. What fails for single items is no error but an outcome.
    pub fn run(&self) -> Result<Tally> {
        let (plan, route, stage) = (self.plan.number, self.route, self.stage as u32);
        let pages = self.pages();
        if !pages.is_empty() {
            self.journal.commit(Event::StageBegun { plan, route, stage })?;
        }
        let done = self.live.pages_done(plan, route, stage)?;
        let mut results = self.known(&done)?;
        let open: Vec<u32> = pages.into_iter().filter(|page| !done.contains(page)).collect();
        self.first_pass(&open, &mut results)?;
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
        &self.mover.stages()[self.stage]
    }

    /// The pages that have a step in this stage, in the stage's order.
    fn pages(&self) -> Vec<u32> {
        let bit = 1 << self.stage;
        let all = 0..self.difference.pages();
        let marked = all.filter(|page| self.difference.meta(*page).mask & bit != 0);
        match self.stage().order {
            Order::Forward => marked.collect(),
            Order::Backward => marked.rev().collect(),
        }
    }

    /// What receipts of an earlier run say.
    fn known(&self, done: &BTreeSet<u32>) -> Result<Results> {
        let mut results = Results::default();
        for page in done {
            let receipts =
                self.live.get(self.plan.number, self.route, self.stage as u32, *page)?;
            let entries = self.difference.read_page(*page)?;
            results.take(self, *page, &entries, &receipts.unwrap_or_default(), 1);
        }
        self.progress.already(results.tally.done + results.tally.same, results.tally.bytes);
        Ok(results)
    }

    fn first_pass(&self, pages: &[u32], results: &mut Results) -> Result<()> {
        if pages.is_empty() {
            return Ok(());
        }
        let workers = match self.stage().order {
            Order::Forward => self.jobs.max(1),
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
                scope.spawn(move || failure.keep(self.work(queue, &sender, failure)));
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
        sender: &SyncSender<PageDone>,
        failure: &Failure,
    ) -> Result<()> {
        while let Some(Taken { tag, bundle }) = queue.take()? {
            for (index, page) in bundle.pages.iter().enumerate() {
                if failure.is_set() {
                    return Ok(());
                }
                let entries = self.difference.read_page(*page)?;
                let outcomes = self.carry(&entries, None)?;
                let bundle_ends = index + 1 == bundle.pages.len();
                let done = PageDone {
                    tag,
                    bundle: bundle.number,
                    bundle_ends,
                    page: *page,
                    encoded: boatlift_core::outcome::encode(&outcomes),
                    entries,
                    outcomes,
                };
                if sender.send(done).is_err() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// One turn: all steps of a page, or those of the entries named in `only`.
    fn carry(&self, page: &Page, only: Option<&BTreeSet<u32>>) -> Result<Vec<Indexed>> {
        let mut outcomes = Vec::new();
        let mut steps: Vec<(u32, Step)> = Vec::with_capacity(page.len());
        for (index, entry) in (0..).zip(page.iter()) {
            if only.is_some_and(|only| !only.contains(&index)) {
                continue;
            }
            let Some(step) = self.mover.step(self.stage, &entry, &self.plan.policy) else {
                continue;
            };
            let skip = match self.skips.is_empty() {
                true => None,
                false => self.skips.get(&entry.key.to_owned()),
            };
            match skip {
                Some(reason) => outcomes.push((index, Outcome::Skipped(reason.clone()))),
                None => steps.push((index, step)),
            }
        }
        if self.stage().order == Order::Backward {
            steps.reverse();
        }
        let turn = Turn { page, steps: &steps, owners: self.owners };
        let carried = self.lane.carry(&turn, &Counted { work: self });
        if carried.len() < steps.len() {
            return Err(match self.pace.is_stopped() {
                true => interrupted(),
                false => Error::new(Code::Bug, "a lane left steps without an outcome"),
            });
        }
        outcomes.extend(carried);
        match outcomes.iter().find_map(|(_, outcome)| out_of_space(outcome)) {
            Some(full) => Err(full.clone()),
            None => Ok(outcomes),
        }
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

/// The pace, with what it grants counted for the progress display.
struct Counted<'a> {
    work: &'a StageWork<'a>,
}

impl Pace for Counted<'_> {
    fn spend(&self, side: Side, operations: u64, bytes: u64) -> Result<(), Stopped> {
        self.work.pace.spend(side, operations, bytes)?;
        if side == Side::Upper && bytes > 0 {
            self.work.progress.done(0, bytes);
        }
        Ok(())
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
            if outcome.wants_retry() && attempts < retries::ATTEMPTS {
                self.again.push((page, *index));
                continue;
            }
            self.tally.add(outcome);
            if !outcome.is_good() && self.notes.len() < MOST_NOTES {
                self.notes.push(note(work, entries, *index, outcome, attempts));
            }
        }
    }
}

fn note(
    work: &StageWork<'_>,
    entries: &Page,
    index: u32,
    outcome: &Outcome,
    attempts: u32,
) -> Note {
    let entry = entries.get(index as usize);
    let (reason, error) = match outcome {
        Outcome::Skipped(reason) => (Some(reason.clone()), None),
        Outcome::Failed(error) => (None, Some(error.clone())),
        _ => (None, None),
    };
    Note {
        plan: work.plan.number,
        route: work.route,
        key: entry.key.to_owned(),
        verdict: entry.verdict,
        stage: work.stage().name.to_owned(),
        state: outcome.word().to_owned(),
        attempts,
        reason,
        error,
    }
}
