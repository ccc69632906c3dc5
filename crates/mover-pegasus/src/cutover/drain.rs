//! The proof that UPPER has every write that LOWER ever acknowledged.
//!
//! Behind the fence each partition gets a bound: the last decree that may hold a write of a
//! client. When UPPER has acknowledged the bound, in the same term of the same primary that
//! refused writes, nothing is missing. Rates and what the meta server tells prove nothing.

use super::fence::{self, Seals};
use crate::duplication;
use crate::failures::failed;
use crate::inventory::Shared;
use crate::positions::{self, Position};
use crate::preflight::{self, HOLD};
use crate::safeguards::Safeguard;
use boatlift_clients::pegasus::structs::{DuplicationEntry, DuplicationStatus};
use boatlift_core::error::{Code, Error, Result, Retry};
use boatlift_core::saga::{Condition, CutoverContext, Evidence};
use futures_util::future::try_join_all;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Between two looks: also how long nothing may change before a bound is one.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Whether UPPER is so near that a cutover is worth beginning.
pub(super) async fn near(shared: &Shared, table: &str) -> Result<Condition> {
    let max = shared.config.duplication.max_lag;
    let condition = |holds: bool, seen: String| Condition {
        what: format!(
            "{} lags no more than {max} mutations in any partition of `{table}`",
            shared.clusters.upper.side
        ),
        holds,
        seen,
    };
    let app = shared.clusters.lower.table_there(table).await?;
    let Some(entry) = duplication::find(&shared.clusters, table).await? else {
        let side = shared.clusters.lower.side;
        return Ok(condition(false, format!("{side} does not duplicate it")));
    };
    let positions = positions::of_table(&shared.clusters.lower, app.app_id, entry.dupid).await;
    let positions = positions.map_err(failed("cannot ask how far partitions are"))?;
    let lags: Vec<u64> = positions.values().filter_map(Position::lag).collect();
    let worst = lags.iter().copied().max().unwrap_or(0);
    Ok(match usize::try_from(app.partition_count) == Ok(lags.len()) {
        false => condition(false, format!("{} partitions are shipped", lags.len())),
        true => condition(worst <= max, format!("{worst} in the worst")),
    })
}

/// Waits until every partition of every table is proved.
///
/// # Errors
/// When a primary moved, a tail is stuck, or no time is left: the fence must come down then.
pub(super) async fn prove(
    shared: &Shared,
    unused: &str,
    context: &CutoverContext<'_>,
) -> Result<Evidence> {
    let tables = shared.config.tables.iter().map(|table| async move {
        let seals = fence::seals(context, table)?;
        let app = shared.clusters.lower.table_there(table).await?;
        let entry = shipping(shared, table).await?;
        let empty_every = preflight::shortest_group_check(&shared.clusters.lower).await?;
        let mut drain = Drain {
            shared,
            table,
            unused,
            app_id: app.app_id,
            dupid: entry.dupid,
            seals,
            empty_every,
            begun: Instant::now(),
            last: BTreeMap::new(),
            held_since: BTreeMap::new(),
            bounds: BTreeMap::new(),
        };
        drain.run().await
    });
    let proofs = try_join_all(tables).await?;
    let told = shared.config.tables.iter().zip(proofs);
    Ok(told.fold(Evidence::default(), |evidence, (table, proof)| evidence.with(table, proof)))
}

/// The duplication, if it ships its log.
///
/// # Errors
/// When it does not, or is not there any more.
pub(super) async fn shipping(shared: &Shared, table: &str) -> Result<DuplicationEntry> {
    let entry = duplication::find(&shared.clusters, table).await?;
    entry.filter(|entry| entry.status == DuplicationStatus::Log).ok_or_else(|| {
        let side = shared.clusters.lower.side;
        Error::new(Code::SagaFailed, "cannot drain")
            .on(table)
            .because(format!("{side} stopped shipping it"))
    })
}

/// The drain of one table.
struct Drain<'a> {
    shared: &'a Shared,
    table: &'a str,
    /// Leads names of records that never were.
    unused: &'a str,
    app_id: i32,
    dupid: i32,
    seals: Seals,
    /// A partition makes an empty mutation no more often than this.
    empty_every: Duration,
    begun: Instant,
    /// Positions at the last look.
    last: BTreeMap<u32, Position>,
    /// Since when partitions are held whose bound was given up, from the begin.
    held_since: BTreeMap<u32, Duration>,
    bounds: BTreeMap<u32, Bound>,
}

/// The last decree of a partition that may hold a write of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bound {
    decree: i64,
    /// When it was fixed, from the begin.
    fixed: Duration,
}

impl Bound {
    /// Whether more came behind it than empty mutations can be: a write that was on its way when
    /// its partition came to rest. From 2.6 on nothing may come, since the next bound costs little.
    fn is_outgrown(&self, now: &Position, at: Duration, empty_every: Duration) -> bool {
        let grown = now.prepared.max(now.committed) - self.decree;
        let passed = at.saturating_sub(self.fixed).as_millis();
        let empty = match now.counts_all {
            true => 0,
            false => 1 + i64::try_from(passed / empty_every.as_millis().max(1)).unwrap_or(i64::MAX),
        };
        grown > empty
    }
}

impl Drain<'_> {
    /// Looks until all is proved; tells the bounds, and what UPPER has acknowledged.
    async fn run(&mut self) -> Result<String> {
        let mut standing = Standing::default();
        loop {
            // Answers may take long: what they tell is as old as the question.
            let asked = self.begun.elapsed();
            let now = positions::of_table(&self.shared.clusters.lower, self.app_id, self.dupid);
            let now = now.await.map_err(failed("cannot ask how far partitions are"))?;
            if self.has(Safeguard::Ballot) {
                refuse_moved(self.table, &self.seals, &now)?;
            }
            self.bound(&now, asked);
            let open: Vec<i64> = self.open(&now);
            self.last = now;
            if open.is_empty() {
                self.refuse_moved_since().await?;
                return Ok(self.proof());
            }
            // Before 2.6 a tail stands still until the next empty mutation.
            let moves_by_itself = self.last.values().all(|position| position.counts_all);
            let limit = self.shared.config.cutover.stuck_after.0;
            if moves_by_itself && standing.is_stuck(&open, limit) {
                return Err(self.stuck(open.len()));
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// The same, as the meta server has it now; that the duplication still ships, and that the
    /// fence still stands.
    async fn refuse_moved_since(&self) -> Result<()> {
        let refused = |why: &str| {
            let error = Error::new(Code::SagaFailed, "cannot drain").on(self.table).because(why);
            Err(error.retry(Retry::Later))
        };
        if shipping(self.shared, self.table).await?.dupid != self.dupid {
            return refused("its duplication is another one now");
        }
        let lost = preflight::losses(&self.shared.clusters.lower, self.table, self.app_id).await?;
        if !lost.holds {
            return refused(&lost.seen);
        }
        if !fence::stands(self.shared, self.table, self.unused, &self.seals).await? {
            return refused("a primary moved behind the fence, or takes writes again");
        }
        Ok(())
    }

    /// Fixes the bound of each partition that has come to rest, and gives up one that was outgrown.
    fn bound(&mut self, now: &BTreeMap<u32, Position>, asked: Duration) {
        let answered = self.begun.elapsed();
        for (partition, position) in now {
            let bound = self.bounds.get(partition);
            let is_outgrown =
                |bound: &Bound| bound.is_outgrown(position, answered, self.empty_every);
            if self.has(Safeguard::Rest) && bound.is_some_and(is_outgrown) {
                self.bounds.remove(partition);
                self.held_since.insert(*partition, answered);
            }
            let held_since = self.held_since.get(partition).copied().unwrap_or_default();
            let is_at_rest = position.prepared == position.committed;
            let is_bound = match position.counts_all {
                true => self.last.get(partition).is_some_and(|last| {
                    last.prepared == last.committed && last.committed == position.committed
                }),
                // What was not in the log yet when writes were refused has come, or was given up.
                false => asked >= held_since + HOLD,
            };
            if (is_at_rest && is_bound) || !self.has(Safeguard::Rest) {
                let bound = Bound { decree: position.committed, fixed: asked };
                self.bounds.entry(*partition).or_insert(bound);
            }
        }
    }

    /// What each partition that is not proved lacks; without a bound, more than any lacks.
    fn open(&self, now: &BTreeMap<u32, Position>) -> Vec<i64> {
        let lacks = self.seals.keys().map(|partition| {
            let shipped = now.get(partition).and_then(|position| position.shipped);
            match (self.bounds.get(partition), shipped) {
                (Some(bound), Some(shipped)) => bound.decree - shipped,
                _ => i64::MAX,
            }
        });
        lacks.filter(|lack| *lack > 0).collect()
    }

    fn has(&self, safeguard: Safeguard) -> bool {
        self.shared.config.cutover.safeguards.has(safeguard)
    }

    fn proof(&self) -> String {
        let told = self.bounds.iter().map(|(partition, bound)| {
            let shipped = self.last.get(partition).and_then(|position| position.shipped);
            format!("{partition}: {} of {}", shipped.unwrap_or_default(), bound.decree)
        });
        told.collect::<Vec<_>>().join(", ")
    }

    fn stuck(&self, open: usize) -> Error {
        Error::new(Code::PegasusStuck, "a tail does not move on:")
            .on(self.table)
            .because(format!(
                "the last mutation of {open} partitions is not shipped before a later one comes"
            ))
            .retry(Retry::Later)
    }
}

/// A primary that is another now, or in another term, never said that it refuses writes.
pub(super) fn refuse_moved(
    table: &str,
    seals: &Seals,
    now: &BTreeMap<u32, Position>,
) -> Result<()> {
    let moved = seals.iter().find(|(partition, seal)| {
        now.get(partition).is_none_or(|position| {
            position.primary != seal.primary || position.ballot != seal.ballot
        })
    });
    match moved {
        None => Ok(()),
        Some((partition, _)) => Err(Error::new(Code::SagaFailed, "cannot drain")
            .on(table)
            .because(format!("the primary of partition {partition} moved behind the fence"))
            .retry(Retry::Later)),
    }
}

/// Notices a tail that stands still. Partitions without a bound are no tail yet.
#[derive(Default)]
pub(super) struct Standing {
    since: Option<(Vec<i64>, Instant)>,
}

impl Standing {
    /// Whether what partitions lack has been the same for so long.
    pub(super) fn is_stuck(&mut self, open: &[i64], limit: Duration) -> bool {
        if open.contains(&i64::MAX) {
            self.since = None;
            return false;
        }
        match &self.since {
            Some((last, since)) if last == open => since.elapsed() >= limit,
            _ => {
                self.since = Some((open.to_vec(), Instant::now()));
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boatlift_clients::pegasus::wire::Address;

    fn position(prepared: i64, counts_all: bool) -> Position {
        let primary = Address::INVALID;
        let committed = prepared.min(10);
        Position { primary, ballot: 3, prepared, committed, shipped: Some(9), counts_all }
    }

    #[test]
    fn only_empty_mutations_may_come_behind_a_bound() {
        let seconds = Duration::from_secs;
        let bound = Bound { decree: 10, fixed: seconds(5) };
        let is_outgrown = |prepared, counts_all, at| {
            bound.is_outgrown(&position(prepared, counts_all), seconds(at), seconds(2))
        };
        assert!(!is_outgrown(10, true, 6) && is_outgrown(11, true, 6));
        // Of 2.5: one at once, and one more every two seconds.
        assert!(!is_outgrown(11, false, 5) && is_outgrown(12, false, 5));
        assert!(!is_outgrown(13, false, 9) && is_outgrown(14, false, 9));
    }

    #[test]
    fn a_tail_is_stuck_when_it_lacks_the_same_for_long() {
        let mut standing = Standing::default();
        assert!(!standing.is_stuck(&[1, i64::MAX], Duration::ZERO));
        assert!(!standing.is_stuck(&[1], Duration::ZERO), "it is seen for the first time");
        assert!(standing.is_stuck(&[1], Duration::ZERO));
        assert!(!standing.is_stuck(&[2], Duration::ZERO), "it moved");
    }
}
