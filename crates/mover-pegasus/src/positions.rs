//! How far each partition of a duplicated table is: what its primary has decided, and what
//! UPPER has acknowledged.
//!
//! Only the primaries know. What the meta server, or its HTTP page, tells as progress is what was
//! last reported to it, and says nothing of a tail.

use crate::cluster::Cluster;
use boatlift_clients::pegasus::structs::ReplicaStatus;
use boatlift_clients::pegasus::wire::Address;
use boatlift_clients::pegasus::{Backlog, PegasusError, Server};
use futures_util::future::try_join_all;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How a primary calls the way in which nothing is skipped.
const FAIL_SLOW: &str = "FAIL_SLOW";

/// Where one partition stands, as its primary tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Position {
    /// The primary.
    pub(crate) primary: Address,
    /// The term of the primary: another one, and nothing said before holds any more.
    pub(crate) ballot: i64,
    /// The last decree that was begun.
    pub(crate) prepared: i64,
    /// The last decree that is decided.
    pub(crate) committed: i64,
    /// The last decree that UPPER has acknowledged, if the partition is being duplicated.
    pub(crate) shipped: Option<i64>,
    /// Whether everything that was begun is told in `prepared`. Before 2.6 a mutation counts only
    /// once it is in the log.
    pub(crate) counts_all: bool,
}

impl Position {
    /// Mutations that UPPER lacks; none is known where the partition is not being duplicated.
    pub(crate) fn lag(&self) -> Option<u64> {
        let lag = self.committed.saturating_sub(self.shipped?);
        Some(u64::try_from(lag).unwrap_or(0))
    }
}

/// The positions of all partitions of a table that have a primary which answers, by number.
///
/// # Errors
/// When a server that is said to be alive does not answer.
pub(crate) async fn of_table(
    cluster: &Cluster,
    app_id: i32,
    dupid: i32,
) -> Result<BTreeMap<u32, Position>, PegasusError> {
    let servers = cluster.servers().await?;
    let asked =
        servers.into_iter().map(|(address, server)| of_server(address, server, app_id, dupid));
    Ok(newest(try_join_all(asked).await?))
}

/// The same of a table that need not be duplicated: nothing is told of what was shipped.
///
/// # Errors
/// When a server that is said to be alive does not answer.
pub(crate) async fn of_primaries(
    cluster: &Cluster,
    app_id: i32,
) -> Result<BTreeMap<u32, Position>, PegasusError> {
    let servers = cluster.servers().await?;
    let asked = servers.iter().map(|(address, server)| primaries_of(*address, server, app_id));
    Ok(newest(try_join_all(asked).await?))
}

/// A server that was cut off may still take itself for the primary.
fn newest(told: Vec<Vec<(u32, Position)>>) -> BTreeMap<u32, Position> {
    let mut all: BTreeMap<u32, Position> = BTreeMap::new();
    for (partition, position) in told.into_iter().flatten() {
        match all.get(&partition) {
            Some(known) if known.ballot >= position.ballot => {}
            _ => drop(all.insert(partition, position)),
        }
    }
    all
}

async fn of_server(
    primary: Address,
    server: Arc<Server>,
    app_id: i32,
    dupid: i32,
) -> Result<Vec<(u32, Position)>, PegasusError> {
    // First what is committed, then what is shipped: what comes between counts as not shipped.
    let mut found = primaries_of(primary, &server, app_id).await?;
    if !found.is_empty() {
        add_shipped(&server, app_id, dupid, &mut found).await?;
    }
    Ok(found)
}

async fn primaries_of(
    primary: Address,
    server: &Server,
    app_id: i32,
) -> Result<Vec<(u32, Position)>, PegasusError> {
    let replicas = server.replicas(primary).await?;
    let mine = replicas
        .iter()
        .filter(|replica| replica.pid.app_id == app_id && replica.status == ReplicaStatus::Primary);
    let mut found = Vec::new();
    for replica in mine {
        let Ok(partition) = u32::try_from(replica.pid.partition_index) else { continue };
        let position = Position {
            primary,
            ballot: replica.ballot,
            prepared: replica.last_prepared_decree,
            committed: replica.last_committed_decree,
            shipped: None,
            counts_all: false,
        };
        found.push((partition, position));
    }
    Ok(found)
}

/// Adds what UPPER has acknowledged, where the primary duplicates at all.
async fn add_shipped(
    server: &Server,
    app_id: i32,
    dupid: i32,
    found: &mut [(u32, Position)],
) -> Result<(), PegasusError> {
    let backlogs = server.backlogs(app_id).await?;
    let ours = backlogs.get(&dupid);
    let progress = match server.progress(app_id).await {
        Ok(progress) => Some(progress),
        // An older server knows no such command, and answers with its help.
        Err(PegasusError::Malformed { .. }) => None,
        Err(error) => return Err(error),
    };
    for (partition, position) in found {
        let name = format!("{app_id}.{partition}");
        // One that may skip what UPPER refuses proves nothing by its numbers.
        let proves = |backlog: &&Backlog| backlog.duplicating && backlog.fail_mode == FAIL_SLOW;
        let backlog = ours.and_then(|ours| ours.get(&name)).filter(proves);
        let Some(backlog) = backlog else { continue };
        position.shipped = Some(position.committed - backlog.not_duplicated);
        let told = progress.iter().flatten().find(|(place, progress)| {
            place.role == "P"
                && place.gpid.app_id == app_id
                && u32::try_from(place.gpid.partition_index) == Ok(*partition)
                && progress.duplications.iter().any(|told| told.dupid == i64::from(dupid))
        });
        if let Some((_, told)) = told {
            position.prepared = told.max_prepared_decree;
            position.committed = told.last_committed_decree;
            position.counts_all = true;
            let ship = told.duplications.iter().find(|told| told.dupid == i64::from(dupid));
            position.shipped = ship.map(|ship| ship.replica_confirmed_decree);
        }
    }
    Ok(())
}
