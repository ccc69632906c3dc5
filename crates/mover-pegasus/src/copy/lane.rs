//! The lane of a copy: tables are made on UPPER, classes of rows are brought in line.

use super::kept::{Kept, Ours, Progress, UnderWay};
use super::reconcile::{Pair, Tally};
use super::target;
use super::writer::Rate;
use crate::inventory::{Shared, facets};
use crate::plan::About;
use crate::verify::Differences;
use boatlift_core::error::{Code, Error, Result, Retry};
use boatlift_core::facets::FacetsRef;
use boatlift_core::lane::{Halt, Lane, Pace, Part, Step, Turn};
use boatlift_core::outcome::{Indexed, Outcome, Proof, Receipt};
use futures_util::StreamExt;
use futures_util::stream;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

/// The way from one cluster to the other, row by row.
pub(crate) struct CopyLane {
    pub(crate) shared: Arc<Shared>,
}

/// What is to be done about one entry.
struct Item<'a> {
    index: u32,
    about: About<'a>,
    step: Step,
    /// As of what LOWER has it.
    version: Vec<u8>,
}

impl Lane for CopyLane {
    fn name(&self) -> &'static str {
        "copy"
    }

    fn carry(&self, turn: &Turn<'_>, pace: &dyn Pace) -> Vec<Indexed> {
        let mut done = Vec::new();
        let mut work: BTreeMap<&str, Vec<Item<'_>>> = BTreeMap::new();
        for (index, step) in turn.steps {
            let entry = turn.page.get(*index as usize);
            let version = entry.lower.map(FacetsRef::decode).and_then(|facets| facets.version);
            let version = version.unwrap_or_default().to_vec();
            match About::read(entry.key.as_bytes()) {
                Some(about) => {
                    let item = Item { index: *index, about, step: *step, version };
                    work.entry(about.table).or_default().push(item);
                }
                None => {
                    let why = Error::new(Code::Bug, "cannot copy what is no table:").on(entry.key);
                    done.push((*index, Outcome::Failed(why)));
                }
            }
        }
        let rate = Rate::new(self.shared.config.copy.rows_per_second);
        for (table, items) in work {
            let carried = self.shared.clusters.wait(carry(&self.shared, table, items, &rate, pace));
            done.extend(carried);
        }
        done
    }
}

/// The table itself first, then its classes, some at a time.
async fn carry(
    shared: &Shared,
    table: &str,
    items: Vec<Item<'_>>,
    rate: &Rate,
    pace: &dyn Pace,
) -> Vec<Indexed> {
    let mut done = Vec::new();
    let (tables, classes): (Vec<_>, Vec<_>) =
        items.into_iter().partition(|item| item.about.partition.is_none());
    for item in tables {
        let made = match item.step {
            Step::Carry => target::make(shared, table).await,
            _ => Ok(()),
        };
        done.push((item.index, outcome(made.map(|()| Receipt::of(Proof::Listed)))));
    }
    if classes.is_empty() {
        return done;
    }
    let opened = Copy::open(shared, table).await;
    let copy = match &opened {
        Ok(copy) => copy,
        Err(error) => {
            let failed = |item: Item<'_>| (item.index, Outcome::Failed(error.clone()));
            return done.into_iter().chain(classes.into_iter().map(failed)).collect();
        }
    };
    let carried = classes.into_iter().map(|item| async move {
        let class = item.about.partition.unwrap_or_default();
        let carried = match item.step {
            Step::ReadBack => copy.compare(class, pace).await,
            Step::Look => Ok(Receipt::of(Proof::Listed)),
            _ => copy.carry(class, item.version, rate, pace).await,
        };
        match carried {
            Ok(receipt) => Some((item.index, Outcome::Done(receipt))),
            Err(Halt::Told(outcome)) => Some((item.index, outcome)),
            Err(Halt::Stopped) => None,
        }
    });
    let parallel = shared.config.copy.parallel_partitions as usize;
    let carried: Vec<_> = stream::iter(carried).buffer_unordered(parallel).collect().await;
    done.extend(carried.into_iter().flatten());
    done
}

fn outcome(result: Result<Receipt>) -> Outcome {
    match result {
        Ok(receipt) => Outcome::Done(receipt),
        Err(error) => Outcome::Failed(error),
    }
}

/// A table that is copied.
pub(super) struct Copy<'a> {
    shared: &'a Shared,
    table: &'a str,
    pub(super) pair: Pair,
    kept: Kept,
    /// The table on UPPER.
    ours: Ours,
}

impl<'a> Copy<'a> {
    /// Opens both sides; UPPER's must be ours.
    pub(super) async fn open(shared: &'a Shared, table: &'a str) -> Result<Copy<'a>> {
        let clusters = &shared.clusters;
        let app = clusters.lower.table_there(table).await?;
        let ours = target::ours(shared, table).await?.ok_or_else(|| {
            Error::new(Code::PegasusForeign, "cannot copy into the table")
                .on(table)
                .because("UPPER has none that this move made or took")
        })?;
        let (lower, upper) = (clusters.lower.open(table).await?, clusters.upper.open(table).await?);
        let classes = target::classes(shared, &app);
        let pair = Pair { lower: Arc::new(lower), upper: Arc::new(upper), classes };
        let kept = Kept::of(shared.state.as_deref(), table);
        Ok(Copy { shared, table, pair, kept, ours })
    }

    /// Brings a class in line, from where a copy that was ended stood.
    async fn carry(
        &self,
        class: u32,
        version: Vec<u8>,
        rate: &Rate,
        pace: &dyn Pace,
    ) -> Part<Receipt> {
        let before = self.kept.progress(class, &self.ours)?;
        let begun = Instant::now();
        let earlier_ms = before.under_way.as_ref().map_or(0, |way| way.took_ms);
        let took_ms = || {
            let leg_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            earlier_ms.saturating_add(leg_ms)
        };
        let since = before.under_way.as_ref().map_or(version, |way| way.since.clone());
        let reached = |key: &[u8]| {
            let (since, reached) = (since.clone(), key.to_vec());
            let under_way = Some(UnderWay { since, reached, took_ms: took_ms() });
            self.kept.keep_progress(class, &Progress { under_way, ..before.clone() })
        };
        let from = before.under_way.as_ref().map(|way| way.reached.as_slice());
        let tally = self.pair.reconcile(class, from, rate, pace, reached).await?;
        let took_ms = took_ms();
        // What came before the place where this went on is as of when the copy was begun.
        let facets: Box<[u8]> = facets(&since).into();
        let (of, copied) = (self.ours.clone(), Some(since));
        let now = Progress { of, copied, took_ms, under_way: None };
        self.kept.keep_progress(class, &now)?;
        let Tally { rows, bytes, differed } = tally;
        tracing::info!(table = self.table, class, rows, differed, took_ms, "rows are copied");
        let (lower, upper) = (Some(facets.clone()), Some(facets));
        Ok(Receipt { bytes, lower, upper, ..Receipt::of(Proof::Claimed) })
    }

    /// Compares a class as both sides have it now: what clients wrote since the copy differs.
    async fn compare(&self, class: u32, pace: &dyn Pace) -> Part<Receipt> {
        let (tally, found) = self.pair.compare(class, pace).await?;
        let list = Differences::of(self.shared.state.as_deref(), self.table, class);
        let place = list.write(&found)?;
        match found.is_empty() {
            true => Ok(Receipt { bytes: tally.bytes, ..Receipt::of(Proof::Rows) }),
            false => Err(Error::new(Code::ContentDiffers, "UPPER differs from LOWER in")
                .on(format!("{} of {} rows of {}", found.len(), tally.rows, self.table))
                .because(format!("{place}; a copy does not follow what clients write"))
                .retry(Retry::Later)
                .into()),
        }
    }
}
