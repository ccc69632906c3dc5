//! Readers of the cluster that clients were led away from, while a way back is kept: they are
//! refused alone, so that it takes what is shipped there.
//!
//! Where the clusters are exchanged for the way back, `upper` is that cluster.

use super::fence::{LIFT_PATIENCE, PROBE_EVERY, places, set_all, still_refused};
use crate::duplication::DENY;
use crate::failures::failed;
use crate::inventory::Shared;
use boatlift_clients::pegasus::Table;
use boatlift_core::error::Result;
use boatlift_core::saga::{Evidence, SagaStep};
use futures_util::future::join_all;
use std::collections::BTreeMap;
use tokio::time::{Instant, sleep};

/// Refuses readers, and takes what another cluster ships; also what its own clients write.
pub(super) const REFUSE_READS: &str = "reconfig*read";

/// The name under which Precheck keeps what was refused.
fn readers(table: &str) -> String {
    format!("readers:{table}")
}

/// The cluster that clients were led away from refuses readers alone from now on, so that it takes
/// what is shipped there.
pub(super) async fn refuse_alone(shared: &Shared) -> Result<()> {
    set_all(&shared.clusters, &shared.config.tables, REFUSE_READS).await
}

/// Lets readers in again where clients will be led back to, and waits until every partition serves
/// them.
pub(super) async fn serve(back: &Shared, unused: &str) -> Result<()> {
    let to = &back.clusters.upper;
    for table in &back.config.tables {
        let asked = to.meta.delete_envs(table, &[DENY]).await;
        asked.map_err(failed("cannot let a table's clients in again"))?;
    }
    for name in &back.config.tables {
        wait_until_served(&to.open(name).await?, name, unused).await?;
    }
    Ok(())
}

async fn wait_until_served(table: &Table, name: &str, unused: &str) -> Result<()> {
    let begun = Instant::now();
    loop {
        let partitions: Vec<u32> = places(table).await?.into_keys().collect();
        let asked = partitions.iter().map(|partition| table.probe_reads(*partition, unused));
        let refusing = join_all(asked).await.iter().filter(|told| told.is_err()).count();
        match refusing {
            0 => return Ok(()),
            _ if begun.elapsed() >= LIFT_PATIENCE => return Err(still_refused(name, refusing)),
            _ => sleep(PROBE_EVERY).await,
        }
    }
}

/// Takes that back: readers are refused as before.
pub(super) async fn refuse(back: &Shared, evidence: &BTreeMap<SagaStep, Evidence>) -> Result<()> {
    let noted = evidence.get(&SagaStep::Precheck);
    for table in &back.config.tables {
        if noted.and_then(|noted| noted.get(&readers(table))) == Some(REFUSE_READS) {
            let meta = &back.clusters.upper.meta;
            let asked = meta.set_envs(table, &[(DENY, REFUSE_READS)]).await;
            asked.map_err(failed("cannot refuse a table's readers"))?;
        }
    }
    Ok(())
}

/// Notes whether readers are refused where clients will be led back to.
pub(super) async fn note(back: &Shared, mut evidence: Evidence) -> Result<Evidence> {
    for table in &back.config.tables {
        let app = back.clusters.upper.table_there(table).await?;
        let value = app.envs.get(DENY).map_or("", String::as_str);
        evidence = evidence.with(&readers(table), value);
    }
    Ok(evidence)
}
