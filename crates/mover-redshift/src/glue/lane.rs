//! The lane between two catalogues: carries objects, a page per turn, and reads back what it
//! wrote.
//!
//! Idempotent: whatever is to be written is looked at first, and what is there already as it
//! should be counts as done. LOWER is only read.

use super::catalogue::Catalogue;
use super::names::Name;
use super::parallel::in_parallel;
use boatlift_core::lane::{Lane, Pace, Step, Stopped, Turn};
use boatlift_core::outcome::{Indexed, Outcome, Proof, Receipt};
use boatlift_core::page::Entry;
use boatlift_core::side::Side;
use boatlift_core::{Code, Error, Result};
use std::sync::Arc;

/// Partitions that are carried together: what one call reads.
const TOGETHER: usize = 1000;

/// From one catalogue to the other.
pub struct CatalogueLane {
    pub(super) lower: Arc<Catalogue>,
    pub(super) upper: Arc<Catalogue>,
}

/// One step of a turn.
#[derive(Clone)]
pub(super) struct Item<'a> {
    pub(super) index: u32,
    pub(super) step: Step,
    pub(super) entry: Entry<'a>,
    pub(super) name: Name,
}

/// Items that are carried together: one, or partitions of one table.
type Work<'a> = Vec<Item<'a>>;

impl Lane for CatalogueLane {
    fn name(&self) -> &'static str {
        "catalogue"
    }

    fn carry(&self, turn: &Turn<'_>, pace: &dyn Pace) -> Vec<Indexed> {
        let mut outcomes = Vec::with_capacity(turn.steps.len());
        let mut works: Vec<Work<'_>> = Vec::new();
        for (index, step) in turn.steps {
            let entry = turn.page.get(*index as usize);
            let Some(name) = Name::of(entry.key) else {
                let error = Error::new(Code::Bug, "no name of the catalogue is").on(entry.key);
                outcomes.push((*index, Outcome::Failed(error)));
                continue;
            };
            let item = Item { index: *index, step: *step, entry, name };
            match works.last_mut() {
                Some(work) if work.len() < TOGETHER && goes_with(&work[0], &item) => {
                    work.push(item)
                }
                _ => works.push(vec![item]),
            }
        }
        // Removals go in their order: what is inside comes first.
        let removes = turn.steps.iter().any(|(_, step)| *step == Step::Remove);
        let threads = if removes { 1 } else { self.lower.terms.connections };
        let carried = in_parallel(threads, &works, |work| self.work(work, pace));
        outcomes.extend(carried.into_iter().flatten());
        outcomes
    }
}

impl CatalogueLane {
    /// What is not begun because the pace said stop has no outcome.
    fn work(&self, work: &[Item<'_>], pace: &dyn Pace) -> Vec<Indexed> {
        match spend(work, pace) {
            Ok(()) => self.begun(work),
            Err(Stopped) => Vec::new(),
        }
    }

    fn begun(&self, work: &[Item<'_>]) -> Vec<Indexed> {
        let first = &work[0];
        let one =
            |outcome: Result<Outcome>| vec![(first.index, outcome.unwrap_or_else(Outcome::Failed))];
        match (first.step, &first.name) {
            (Step::Remove, Name::Partition(database, table, _)) => {
                all_or(work, self.remove_partitions(database, table, work))
            }
            (Step::Look | Step::ReadBack, Name::Partition(database, table, _)) => {
                all_or(work, self.look_at_partitions(database, table, work))
            }
            (_, Name::Partition(database, table, _)) => {
                all_or(work, self.partitions(database, table, work))
            }
            (Step::Remove, _) => one(self.remove(first)),
            (Step::Look | Step::ReadBack, _) => one(self.look(first)),
            (_, Name::Database(database)) => one(self.database(first, database)),
            (_, Name::Table(database, table)) => one(self.table(first, database, table)),
            (_, Name::Schema(_)) => one(Ok(self.schema(first))),
        }
    }

    /// An external schema of something else than a Data Catalog always stays behind.
    fn schema(&self, item: &Item<'_>) -> Outcome {
        let reason = item.entry.lower.map(|facets| facets.decode());
        let reason = reason.and_then(|facets| facets.target).unwrap_or_default();
        Outcome::Skipped(String::from_utf8_lossy(reason).into_owned())
    }
}

fn spend(work: &[Item<'_>], pace: &dyn Pace) -> Result<(), Stopped> {
    pace.spend(Side::Lower, work.len() as u64, 0)?;
    pace.spend(Side::Upper, work.len() as u64, 0)
}

/// The outcomes, or the same failed outcome for each: the call for all of them failed.
fn all_or(work: &[Item<'_>], outcomes: Result<Vec<Indexed>>) -> Vec<Indexed> {
    outcomes.unwrap_or_else(|error| same_for_all(work, &Outcome::Failed(error)))
}

/// Gives every item of a work the same outcome.
pub(super) fn same_for_all(work: &[Item<'_>], outcome: &Outcome) -> Vec<Indexed> {
    work.iter().map(|item| (item.index, outcome.clone())).collect()
}

fn goes_with(first: &Item<'_>, item: &Item<'_>) -> bool {
    let same_table = match (&first.name, &item.name) {
        (Name::Partition(database, table, _), Name::Partition(other, another, _)) => {
            database == other && table == another
        }
        _ => false,
    };
    same_table && first.step == item.step
}

/// What both sides show, after UPPER was read.
pub(super) fn receipt(lower: Vec<u8>, upper: Vec<u8>) -> Receipt {
    Receipt { lower: Some(lower.into()), upper: Some(upper.into()), ..Receipt::of(Proof::ReadBack) }
}

/// What the catalogue lost of an object.
pub(super) fn not_kept(item: &Item<'_>, losses: String) -> Outcome {
    let error = Error::new(Code::GlueNotKept, "the target catalogue did not keep");
    Outcome::Failed(error.on(item.entry.key).because(losses))
}
