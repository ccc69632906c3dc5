//! What the replica servers say: versions of the data, and room for a table.

use super::window::tells_all;
use crate::cluster::Cluster;
use crate::failures::failed;
use boatlift_clients::pegasus::Server;
use boatlift_clients::pegasus::structs::{AppInfo, NodeStatus};
use boatlift_clients::pegasus::wire::Address;
use boatlift_core::error::Result;
use boatlift_core::saga::Condition;
use futures_util::future::{join_all, try_join_all};
use std::sync::Arc;

/// The only version of data that duplication takes: older records carry no time.
const DATA_VERSION: &str = "1";

/// The replica servers of a cluster.
pub(super) struct Nodes {
    alive: Vec<Arc<Server>>,
    dead: Vec<Address>,
}

impl Nodes {
    pub(super) async fn of(cluster: &Cluster) -> Result<Nodes> {
        let cannot = "cannot list the replica servers";
        let alive = cluster.servers().await.map_err(failed(cannot))?;
        let dead = cluster.meta.list_nodes(NodeStatus::Unalive).await.map_err(failed(cannot))?;
        Ok(Nodes {
            alive: alive.into_iter().map(|(_, server)| server).collect(),
            dead: dead
                .into_iter()
                .filter(|node| node.status == NodeStatus::Unalive)
                .map(|node| node.node)
                .collect(),
        })
    }
}

/// Every replica of the table is of the version that can be duplicated. A server that holds
/// none of it says so by saying nothing; one that is dead and counted on cannot be asked.
pub(super) async fn version(cluster: &Cluster, app: &AppInfo, nodes: &Nodes) -> Result<Condition> {
    let asked = nodes.alive.iter().map(|server| async move {
        let versions = server.data_versions(app.app_id).await;
        (server.endpoint().to_string(), versions)
    });
    let mut against = Vec::new();
    let mut seen = 0_usize;
    for (server, versions) in join_all(asked).await {
        match versions {
            Err(error) => against.push(format!("{server} does not say: {error}")),
            Ok(versions) => {
                seen += versions.len();
                let mut others = versions.iter().filter(|(_, version)| *version != DATA_VERSION);
                against.extend(others.next().map(|(partition, version)| {
                    format!("{server} has partition {partition} in version {version}")
                }));
            }
        }
    }
    let config = cluster.open(&app.app_name).await?.config();
    let holds_one = |server: &&Address| {
        let mut partitions = config.partitions.iter();
        partitions.any(|at| at.primary == **server || at.secondaries.contains(server))
    };
    // A dead server that no partition counts on has nothing to say any more.
    against.extend(nodes.dead.iter().filter(holds_one).map(|server| {
        let server = cluster.server(*server).map(|server| server.endpoint().to_string());
        format!("{} is dead", server.unwrap_or_default())
    }));
    if seen == 0 && against.is_empty() {
        against.push("no server has a replica of it".to_owned());
    }
    Ok(Condition {
        what: format!(
            "every replica of `{}` on {} has data of version {DATA_VERSION}",
            app.app_name, cluster.side
        ),
        holds: against.is_empty(),
        seen: match against.is_empty() {
            true => format!("{seen} replicas"),
            false => against.join(", "),
        },
    })
}

/// Every partition has a primary, and none is being split: a child that has not registered yet has
/// no ballot.
pub(super) async fn whole(cluster: &Cluster, app: &AppInfo) -> Result<Condition> {
    let config = cluster.open(&app.app_name).await?.config();
    let is_split = config.partitions.iter().any(|partition| partition.ballot < 0);
    let without = config.partitions.iter().filter(|at| at.primary.target().is_none()).count();
    Ok(Condition {
        what: format!(
            "every partition of `{}` on {} has a primary, and none is being split",
            app.app_name, cluster.side
        ),
        holds: !is_split && without == 0,
        seen: match (is_split, without) {
            (true, _) => "it is being split: wait for its end".to_owned(),
            (false, 0) => format!("{} partitions", config.partitions.len()),
            (false, without) => format!("{without} partitions have none"),
        },
    })
}

/// No backup of the table is under way: it holds the checkpoints that the duplication makes.
pub(super) async fn no_backup(cluster: &Cluster, app: &AppInfo) -> Result<Condition> {
    let running = cluster.meta.running_backup(app.app_id).await;
    let running = running.map_err(failed("cannot ask for backups of a table"))?;
    Ok(Condition {
        what: format!("`{}` is not being backed up", app.app_name),
        holds: running.is_none(),
        seen: match running {
            Some(id) => format!("the backup {id} is under way: wait for its end"),
            None => "no backup is under way".to_owned(),
        },
    })
}

/// LOWER can have UPPER make the table with as many replicas as is said. Before 2.6 it asks for as many
/// as it has itself, whatever it is told; and waits for a secondary of each partition.
pub(super) async fn replicas(
    lower: &Cluster,
    app: &AppInfo,
    wanted: Option<i32>,
) -> Result<Condition> {
    let servers = lower.servers().await.map_err(failed("cannot list the replica servers"))?;
    let told = try_join_all(servers.iter().map(|(_, server)| tells_all(server))).await?;
    let is_old = told.contains(&false);
    let against = match (is_old, wanted) {
        (true, Some(_)) => {
            Some("LOWER heeds `duplication.upper-replicas` from 2.6 on: leave it out")
        }
        (true, None) if app.max_replica_count < 2 => Some(
            "it has one on LOWER, which before 2.6 would wait for a second one for ever: give it two \
             there",
        ),
        _ => None,
    };
    Ok(Condition {
        what: format!("LOWER can have UPPER make `{}` with its replicas", app.app_name),
        holds: against.is_none(),
        seen: against.map_or_else(
            || format!("with {}", wanted.unwrap_or(app.max_replica_count)),
            str::to_owned,
        ),
    })
}

/// UPPER has servers enough for the replicas of a table.
pub(crate) async fn room(upper: &Cluster, app: &AppInfo, wanted: Option<i32>) -> Result<Condition> {
    let servers = upper.servers().await.map_err(failed("cannot list the replica servers"))?.len();
    let replicas = wanted.unwrap_or(app.max_replica_count);
    let holds = usize::try_from(replicas).is_ok_and(|replicas| replicas <= servers);
    Ok(Condition {
        what: format!("UPPER has servers for {replicas} replicas of `{}`", app.app_name),
        holds,
        seen: match holds {
            true => format!("{servers} are alive"),
            false => format!(
                "{servers} are alive: set fewer replicas on LOWER, or `duplication.upper-replicas` \
                 (Pegasus 2.6)"
            ),
        },
    })
}
