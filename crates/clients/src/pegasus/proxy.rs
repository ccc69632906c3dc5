//! Meta-proxies: which cluster a table's clients are sent to.
//!
//! A proxy keeps nothing itself. It reads the node `<root>/<table>` of ZooKeeper, whose JSON
//! names a cluster and its meta servers, and passes the question for the table's partitions on.
//! A node that it cannot read ends all proxies at once, so nothing is written here that was not
//! read back before.

mod entry;

pub use entry::{EntryError, ProxyEntry};

use super::error::PegasusError;
use super::meta::Meta;
use super::server::Options;
use super::structs::{PartitionConfiguration, QueryConfigResponse};
use super::wire::Address;
use crate::wire::Endpoint;

/// Where a meta-proxy sends the clients of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Routing {
    /// To the wanted table: every partition's primary is one of that partition's replicas there.
    Wanted,
    /// To another one, or to one that is not wholly served.
    Other {
        /// The id of the table in the cluster that the proxy asked.
        app_id: i32,
        /// The primaries, by partition.
        primaries: Vec<Address>,
    },
    /// Nowhere: the cluster that the proxy asked has no such table.
    Missing,
}

/// Asks one meta-proxy where it sends the clients of a table, and holds its answer against what
/// the wanted cluster says of the table.
///
/// # Errors
/// When the proxy does not answer, or refuses: `ERR_ZOOKEEPER_OPERATION` where it cannot read
/// the node, `ERR_INVALID_DATA` where the node names fewer than two meta servers.
pub async fn ask_proxy(
    proxy: &Endpoint,
    options: &Options,
    table: &str,
    wanted: &QueryConfigResponse,
) -> Result<Routing, PegasusError> {
    let proxy = Meta::new([proxy.clone()], options);
    let Some(answer) = proxy.query_config(table).await? else {
        return Ok(Routing::Missing);
    };
    let is_wanted = answer.app_id == wanted.app_id
        && answer.partition_count == wanted.partition_count
        && answer.partitions.len() == wanted.partitions.len()
        && answer.partitions.iter().all(|partition| is_served(partition, &wanted.partitions));
    let primaries = || answer.partitions.iter().map(|partition| partition.primary).collect();
    Ok(match is_wanted {
        true => Routing::Wanted,
        false => Routing::Other { app_id: answer.app_id, primaries: primaries() },
    })
}

/// Whether a partition's primary is one of the replicas that it is said to have.
fn is_served(partition: &PartitionConfiguration, by: &[PartitionConfiguration]) -> bool {
    let there = by.iter().find(|there| there.pid == partition.pid);
    there.is_some_and(|there| {
        let mut replicas = there.secondaries.iter().chain([&there.primary]);
        partition.primary.target().is_some()
            && replicas.any(|replica| *replica == partition.primary)
    })
}
