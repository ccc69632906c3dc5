//! The lane of the catalogue: carries objects from LOWER's metastore to UPPER's, a page per
//! turn, over several connections, and reads back what it wrote.
//!
//! Idempotent: whatever is to be written is looked at first, and what is there already as it
//! should be counts as done. LOWER is only read.

use super::catalogue::Catalogue;
use super::facets::Describe;
use super::presence::Presence;
use super::slots::Slots;
use super::source::Source;
use crate::config::{Carry, Overwrite};
use crate::data::Orphans;
use crate::keys::Name;
use crate::translate::Translator;
use boatlift_core::error::{Code, Error};
use boatlift_core::lane::{Lane, Pace, Step, Stopped, Turn};
use boatlift_core::mover::Agreements;
use boatlift_core::outcome::{Indexed, Outcome};
use boatlift_core::page::Entry;
use boatlift_core::side::Side;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Tables that one connection carries between two looks at the others.
const TABLES_PER_WORK: usize = 16;

/// From one metastore to the other.
pub(crate) struct CatalogueLane {
    pub(crate) source: Source,
    pub(crate) upper: Arc<Catalogue>,
    pub(crate) translator: Arc<Translator>,
    pub(crate) describe: Arc<Describe>,
    pub(crate) presence: Arc<Presence>,
    /// Removes the copies of what LOWER dropped, where files are carried at all.
    pub(crate) orphans: Option<Orphans>,
    pub(crate) agreements: Arc<dyn Agreements>,
    /// What else comes along.
    pub(crate) carry: Carry,
    /// Whether what is there may be written anew.
    pub(crate) overwrite: Overwrite,
    /// Connections to each metastore.
    pub(crate) connections: usize,
    /// As many slots.
    pub(crate) slots: Slots,
    /// Partitions per call.
    pub(crate) batch: usize,
}

/// One step of a turn.
#[derive(Clone, Copy)]
pub(super) struct Item<'a> {
    pub(super) index: u32,
    pub(super) step: Step,
    pub(super) entry: Entry<'a>,
    pub(super) name: Name<'a>,
}

/// Items that one connection carries together: of one kind, in one database or table.
type Work<'a> = Vec<Item<'a>>;

impl Lane for CatalogueLane {
    fn name(&self) -> &'static str {
        "metastore"
    }

    fn carry(&self, turn: &Turn<'_>, pace: &dyn Pace) -> Vec<Indexed> {
        let mut outcomes = Vec::with_capacity(turn.steps.len());
        let mut items = Vec::with_capacity(turn.steps.len());
        for (index, step) in turn.steps {
            let entry = turn.page.get(*index as usize);
            match Name::of(entry.key) {
                Some(name) => items.push(Item { index: *index, step: *step, entry, name }),
                None => outcomes.push((*index, unnamed(&entry))),
            }
        }
        let removes = items.iter().any(|item| item.step == Step::Remove);
        let threads = if removes { 1 } else { self.connections };
        if let Some(orphans) = &self.orphans {
            orphans.look_again();
        }
        let is_view =
            |item: &Item<'_>| item.step == Step::Carry && matches!(item.name, Name::View(..));
        let (views, others): (Vec<_>, Vec<_>) = items.into_iter().partition(is_view);
        outcomes.extend(self.carry_items(others, threads, pace));
        for level in self.in_order(views) {
            if self.make_bases(&level, pace).is_err() {
                break;
            }
            outcomes.extend(self.carry_items(level.items, threads, pace));
        }
        outcomes
    }
}

impl CatalogueLane {
    fn carry_items(&self, items: Vec<Item<'_>>, threads: usize, pace: &dyn Pace) -> Vec<Indexed> {
        let works = self.works(items);
        in_parallel(&works, threads, |work| self.work(work, pace))
    }

    /// Cuts items, in their order, into what one connection carries together.
    pub(super) fn works<'a>(&self, items: Vec<Item<'a>>) -> Vec<Work<'a>> {
        let mut works: Vec<Work<'a>> = Vec::new();
        for item in items {
            let most = match item.name {
                Name::Partition(..) => self.batch,
                _ => TABLES_PER_WORK,
            };
            match works.last_mut() {
                Some(work) if work.len() < most && goes_with(&work[0], &item) => work.push(item),
                _ => works.push(vec![item]),
            }
        }
        works
    }

    fn work(&self, work: &[Item<'_>], pace: &dyn Pace) -> Result<Vec<Indexed>, Stopped> {
        let _slot = self.slots.take();
        match (work[0].step, work[0].name) {
            (Step::Remove, _) => self.remove(work, pace),
            (Step::Look | Step::ReadBack, _) => self.look(work, pace),
            (_, Name::Database(_)) => self.databases(work, pace),
            (_, Name::Function(..)) => self.functions(work, pace),
            (_, Name::Table(database, _) | Name::View(database, _)) => {
                self.tables(database, work, pace)
            }
            (_, Name::Partition(database, table, _)) => {
                self.partitions(database, table, work, pace)
            }
        }
    }

    /// What a database is called on UPPER.
    pub(super) fn above(&self, database: &str) -> String {
        self.translator.scope().upper_database(database)
    }

    /// Asks for pace before calls that concern `objects` on both sides.
    pub(super) fn spend(&self, pace: &dyn Pace, objects: usize) -> Result<(), Stopped> {
        pace.spend(Side::Lower, objects as u64, 0)?;
        pace.spend(Side::Upper, objects as u64, 0)
    }
}

/// Gives every item of a work the same failed outcome: the call for all of them failed.
pub(super) fn all_failed(work: &[Item<'_>], error: &Error) -> Vec<Indexed> {
    work.iter().map(|item| (item.index, Outcome::Failed(error.clone()))).collect()
}

/// Whether a call for several items may have failed because of one of them.
pub(super) fn is_about_one(error: &Error, work: &[Item<'_>]) -> bool {
    work.len() > 1 && !matches!(error.code, Code::ServerUnreachable | Code::ServerRefused)
}

/// Carries each item of a work by itself.
pub(super) fn one_by_one<'a>(
    work: &[Item<'a>],
    carry: impl Fn(&[Item<'a>]) -> Result<Vec<Indexed>, Stopped>,
) -> Result<Vec<Indexed>, Stopped> {
    let mut outcomes = Vec::with_capacity(work.len());
    for item in work.chunks(1) {
        outcomes.extend(carry(item)?);
    }
    Ok(outcomes)
}

fn goes_with(first: &Item<'_>, item: &Item<'_>) -> bool {
    let partition_of = |name: Name<'_>| match name {
        Name::Partition(_, table, _) => Some(table.to_owned()),
        _ => None,
    };
    first.step == item.step
        && std::mem::discriminant(&first.name) == std::mem::discriminant(&item.name)
        && first.name.database() == item.name.database()
        && partition_of(first.name) == partition_of(item.name)
}

fn unnamed(entry: &Entry<'_>) -> Outcome {
    Outcome::Failed(Error::new(Code::Bug, "no name of the catalogue is").on(entry.key))
}

/// Carries works out on some threads; the outcomes come in no order. Once the pace said
/// stop nothing more is begun.
fn in_parallel<'a>(
    works: &[Work<'a>],
    threads: usize,
    carry: impl Fn(&[Item<'a>]) -> Result<Vec<Indexed>, Stopped> + Sync,
) -> Vec<Indexed> {
    let (next, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
    let outcomes = Mutex::new(Vec::new());
    let run = || {
        while !stopped.load(Ordering::Relaxed) {
            let Some(work) = works.get(next.fetch_add(1, Ordering::Relaxed)) else { return };
            match carry(work) {
                Err(Stopped) => stopped.store(true, Ordering::Relaxed),
                Ok(done) => {
                    outcomes.lock().unwrap_or_else(PoisonError::into_inner).extend(done);
                }
            }
        }
    };
    match threads.min(works.len()) {
        0 | 1 => run(),
        threads => std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(run)))),
    }
    outcomes.into_inner().unwrap_or_else(PoisonError::into_inner)
}
