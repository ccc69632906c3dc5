//! The proof of a copy, behind the fence: every row of both sides is read, and what differs is
//! written, until a whole reading finds no difference.
//!
//! LOWER changes no more then: writes are refused by primaries that stay what they are, and what
//! they had accepted before is decided, or given up.

use super::kept::Kept;
use super::lane::Copy;
use super::reconcile::Tally;
use super::target;
use super::writer::Rate;
use crate::failures::failed;
use crate::inventory::Shared;
use crate::positions::{self, Position};
use crate::preflight::HOLD;
use crate::unpaced::Unpaced;
use boatlift_core::error::{Code, Error, Result, Retry};
use boatlift_core::lane::Halt;
use boatlift_core::outcome::Outcome;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Between two looks at partitions that come to rest.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Readings of a class, beyond which somebody writes to UPPER.
const MOST_READINGS: u32 = 5;

/// How long the comparison behind the fence takes, by how long the last copy took.
///
/// # Errors
/// When LOWER does not answer, or the state cannot be read.
pub(crate) async fn foreseen(shared: &Shared) -> Result<Duration> {
    let mut all_ms = 0;
    for table in &shared.config.tables {
        let app = shared.clusters.lower.table_there(table).await?;
        let Some(ours) = target::ours(shared, table).await? else { continue };
        let kept = Kept::of(shared.state.as_deref(), table);
        all_ms += kept.took_ms(target::classes(shared, &app), &ours)?;
    }
    let parallel = u64::from(shared.config.copy.parallel_partitions);
    Ok(HOLD + Duration::from_millis(all_ms / parallel.max(1)))
}

/// Brings a fenced table in line, and tells what was compared. `holds` says which partitions refuse
/// writes: it is asked when each has come to rest, with all of them.
pub(crate) async fn prove(
    shared: &Shared,
    table: &str,
    holds: impl Fn(&BTreeMap<u32, Position>) -> Result<()>,
) -> Result<String> {
    wait_for_rest(shared, table, holds).await?;
    let copy = Copy::open(shared, table).await?;
    let rate = Rate::new(shared.config.copy.rows_per_second);
    let classes = 0..copy.pair.classes.count();
    let parallel = shared.config.copy.parallel_partitions as usize;
    let (copy, rate) = (&copy, &rate);
    let proved = classes.map(|class| prove_class(copy, table, class, rate));
    let tallies: Vec<(Tally, u64)> =
        stream::iter(proved).buffer_unordered(parallel).try_collect().await?;
    let (mut all, mut written) = (Tally::default(), 0);
    for (tally, wrote) in tallies {
        all.merge(tally);
        written += wrote;
    }
    Ok(format!("{} rows are the same; {written} had to be written or removed", all.rows))
}

/// The last reading of a class, and what differed before it.
async fn prove_class(
    copy: &Copy<'_>,
    table: &str,
    class: u32,
    rate: &Rate,
) -> Result<(Tally, u64)> {
    let mut written = 0;
    for _ in 0..MOST_READINGS {
        let reached = |_: &[u8]| Ok(());
        let read = copy.pair.reconcile(class, None, rate, &Unpaced, reached).await;
        let tally = read.map_err(|halt| match halt {
            Halt::Told(Outcome::Failed(error)) => error,
            _ => Error::new(Code::Interrupted, "a comparison was not completed"),
        })?;
        if tally.differed == 0 {
            return Ok((tally, written));
        }
        written += tally.differed;
    }
    Err(Error::new(Code::SagaFailed, "UPPER does not come to rest:").on(table).because(format!(
        "each of {MOST_READINGS} readings found rows that differ: who writes there?"
    )))
}

/// Waits until everything that was accepted before the fence is decided or given up.
async fn wait_for_rest(
    shared: &Shared,
    table: &str,
    holds: impl Fn(&BTreeMap<u32, Position>) -> Result<()>,
) -> Result<()> {
    let lower = &shared.clusters.lower;
    let app = lower.table_there(table).await?;
    // What is not in a log yet shows nowhere.
    sleep(HOLD).await;
    let begun = Instant::now();
    loop {
        let now = positions::of_primaries(lower, app.app_id).await;
        let now = now.map_err(failed("cannot ask how far partitions are"))?;
        holds(&now)?;
        if now.values().all(|position| position.prepared == position.committed) {
            return Ok(());
        }
        if begun.elapsed() >= HOLD {
            return Err(Error::new(Code::SagaFailed, "writes do not come to rest on")
                .on(table)
                .because("a partition decides nothing; does it have its replicas?")
                .retry(Retry::Later));
        }
        sleep(LOOK_EVERY).await;
    }
}
