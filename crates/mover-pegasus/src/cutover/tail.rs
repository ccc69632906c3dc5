//! A tail that sticks: on 2.6 the newest mutation is now and then not shipped before a later one
//! comes. It is looked for before the fence, and cured by a pause of the duplication, which then
//! reads its log again. That takes up to 20 s, so it is not done behind the fence: writes are let
//! in again there, and it is tried once more.

use super::drain::{Standing, shipping};
use super::in_time;
use crate::duplication;
use crate::failures::failed;
use crate::inventory::Shared;
use crate::positions::{self, Position};
use boatlift_clients::pegasus::structs::DuplicationStatus;
use boatlift_core::error::{Code, Error, Result, Retry};
use boatlift_core::saga::{CutoverContext, Evidence, SagaStep};
use futures_util::future::try_join_all;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Within this servers hear of a duplication that was paused or started: they ask every 10 s.
const HEARD_WITHIN: Duration = Duration::from_secs(60);
/// Between two requests while the meta server still stores the one before.
const BUSY_REST: Duration = Duration::from_millis(300);

/// Waits until what was decided when it was called is on UPPER, and cures what sticks. Tells how
/// many tables had to be cured.
///
/// # Errors
/// When a tail is stuck after the cure too, or time runs out.
pub(super) async fn ship(shared: &Shared, context: &CutoverContext<'_>) -> Result<usize> {
    let tables = shared.config.tables.iter().map(|table| ship_table(shared, table));
    let cured = in_time(try_join_all(tables), context).await?;
    Ok(cured.into_iter().filter(|cured| *cured).count())
}

async fn ship_table(shared: &Shared, table: &str) -> Result<bool> {
    let app_id = shared.clusters.lower.table_there(table).await?.app_id;
    let dupid = shipping(shared, table).await?.dupid;
    let decided: BTreeMap<u32, i64> = of_table(shared, app_id, dupid)
        .await?
        .into_iter()
        .filter(|(_, position)| position.counts_all)
        .map(|(partition, position)| (partition, position.committed))
        .collect();
    let (mut standing, mut is_cured) = (Standing::default(), false);
    loop {
        let now = of_table(shared, app_id, dupid).await?;
        let lacks = decided.iter().map(|(partition, decree)| {
            now.get(partition)
                .and_then(|position| position.shipped)
                .map_or(i64::MAX, |at| decree - at)
        });
        let open: Vec<i64> = lacks.filter(|lack| *lack > 0).collect();
        if open.is_empty() {
            return Ok(is_cured);
        }
        if standing.is_stuck(&open, shared.config.cutover.stuck_after.0) {
            if is_cured {
                return Err(stuck(table, open.len()));
            }
            restart(shared, table, app_id, dupid).await?;
            (standing, is_cured) = (Standing::default(), true);
        }
        sleep(LOOK_EVERY).await;
    }
}

/// Pauses the duplication and starts it again, each until every primary has heard of it.
async fn restart(shared: &Shared, table: &str, app_id: i32, dupid: i32) -> Result<()> {
    tracing::info!(table, "a tail sticks: its duplication is paused and started again");
    set_status(shared, table, dupid, DuplicationStatus::Pause).await?;
    let paused = heard(shared, table, app_id, dupid, |position| position.shipped.is_none()).await;
    set_status(shared, table, dupid, DuplicationStatus::Log).await?;
    paused?;
    heard(shared, table, app_id, dupid, |position| position.shipped.is_some()).await
}

/// Waits until every partition is as it is to be.
async fn heard(
    shared: &Shared,
    table: &str,
    app_id: i32,
    dupid: i32,
    is_so: impl Fn(&Position) -> bool,
) -> Result<()> {
    let begun = Instant::now();
    while !of_table(shared, app_id, dupid).await?.values().all(&is_so) {
        if begun.elapsed() >= HEARD_WITHIN {
            let waited = HEARD_WITHIN.as_secs();
            return Err(Error::new(Code::PegasusStuck, "cannot restart the duplication of")
                .on(table)
                .because(format!("a primary has not heard of it for {waited} s"))
                .retry(Retry::Later));
        }
        sleep(LOOK_EVERY).await;
    }
    Ok(())
}

async fn set_status(
    shared: &Shared,
    table: &str,
    dupid: i32,
    status: DuplicationStatus,
) -> Result<()> {
    let begun = Instant::now();
    loop {
        match shared.clusters.lower.meta.set_duplication_status(table, dupid, status).await {
            Err(error) if error.code() == Some("ERR_BUSY") && begun.elapsed() < HEARD_WITHIN => {
                sleep(BUSY_REST).await;
            }
            asked => return asked.map_err(failed("cannot pause or start a duplication")),
        }
    }
}

async fn of_table(shared: &Shared, app_id: i32, dupid: i32) -> Result<BTreeMap<u32, Position>> {
    let positions = positions::of_table(&shared.clusters.lower, app_id, dupid).await;
    positions.map_err(failed("cannot ask how far partitions are"))
}

/// Starts duplications again that a cure left paused: one that was not brought to its end. Precheck
/// found them shipping.
pub(super) async fn start_again(
    shared: &Shared,
    evidence: &BTreeMap<SagaStep, Evidence>,
) -> Result<()> {
    let is_past = evidence.contains_key(&SagaStep::Arm);
    if is_past || !evidence.contains_key(&SagaStep::Precheck) {
        return Ok(());
    }
    for table in &shared.config.tables {
        if let Some(entry) = duplication::find(&shared.clusters, table).await?
            && entry.status == DuplicationStatus::Pause
        {
            set_status(shared, table, entry.dupid, DuplicationStatus::Log).await?;
        }
    }
    Ok(())
}

fn stuck(table: &str, partitions: usize) -> Error {
    Error::new(Code::PegasusStuck, "a tail does not move on:")
        .on(table)
        .because(format!(
            "{partitions} partitions lack their last mutation, also after their duplication was \
             paused and started again"
        ))
        .retry(Retry::Later)
}
