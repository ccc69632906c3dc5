//! The two clusters as a move knows them: their servers, connected to when they are needed.

use crate::config::{self, PegasusConfig};
use crate::failures::failed;
use boatlift_clients::pegasus::structs::{AppInfo, NodeStatus};
use boatlift_clients::pegasus::wire::Address;
use boatlift_clients::pegasus::{Meta, Options, PegasusError, Server, Table};
use boatlift_clients::wire::Endpoint;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::side::Side;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::Runtime;

/// What a cluster says of itself: the key of its name in `RPC_CM_CLUSTER_INFO`.
pub(crate) const CLUSTER_NAME: &str = "cluster_name";

/// Both clusters, and the runtime that speaks with them.
///
/// For users who are led back they are exchanged: `lower` is the cluster that users come from, and
/// only [`Cluster::side`] says which one that is.
#[derive(Debug)]
pub(crate) struct Clusters {
    runtime: Arc<Runtime>,
    pub(crate) lower: Cluster,
    pub(crate) upper: Cluster,
}

/// One cluster.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) side: Side,
    pub(crate) meta: Arc<Meta>,
    options: Options,
    /// The name that the move file gives it.
    named: Option<String>,
    servers: Mutex<BTreeMap<Address, Arc<Server>>>,
}

impl Clusters {
    /// The clusters of a move. Nothing is connected to yet.
    #[must_use]
    pub(crate) fn new(
        config: &PegasusConfig,
        options: &Options,
        runtime: Arc<Runtime>,
    ) -> Clusters {
        Clusters {
            runtime,
            lower: Cluster::new(Side::Lower, &config.lower, options),
            upper: Cluster::new(Side::Upper, &config.upper, options),
        }
    }

    /// The same clusters for the way back.
    #[must_use]
    pub(crate) fn exchanged(self) -> Clusters {
        Clusters { runtime: self.runtime, lower: self.upper, upper: self.lower }
    }

    /// Drives a conversation to its end, from a thread that is not the runtime's.
    pub(crate) fn wait<T>(&self, conversation: impl Future<Output = T>) -> T {
        self.runtime.block_on(conversation)
    }

    pub(crate) fn of(&self, side: Side) -> &Cluster {
        match self.lower.side == side {
            true => &self.lower,
            false => &self.upper,
        }
    }
}

impl Cluster {
    fn new(side: Side, config: &config::Cluster, options: &Options) -> Cluster {
        let metas = config.metas.iter().map(|server| server.0.clone());
        Cluster {
            side,
            meta: Arc::new(Meta::new(metas, options)),
            options: options.clone(),
            named: config.name.clone(),
            servers: Mutex::default(),
        }
    }

    /// Its name: the move file's, or else its own.
    pub(crate) async fn name(&self) -> Result<String> {
        if let Some(name) = &self.named {
            return Ok(name.clone());
        }
        let about = self.meta.cluster_info().await;
        let mut about = about.map_err(failed("cannot ask a cluster for its name"))?;
        about.remove(CLUSTER_NAME).ok_or_else(|| {
            let side = if self.side == Side::Lower { "lower" } else { "upper" };
            Error::new(Code::ServerFailed, "cannot learn the name of")
                .on(self.side)
                .because(format!("it does not say; give it as `{side}.name`"))
        })
    }

    /// The table of that name, while it serves.
    pub(crate) async fn table(&self, name: &str) -> Result<Option<AppInfo>> {
        self.meta.table(name).await.map_err(failed("cannot look for a table"))
    }

    /// The same; that there is none is an error.
    pub(crate) async fn table_there(&self, name: &str) -> Result<AppInfo> {
        self.table(name).await?.ok_or_else(|| {
            Error::new(Code::RootMissing, "cannot find the table")
                .on(format!("{name} on {}", self.side))
                .because("there is none of that name that serves")
        })
    }

    /// The table as its clients see it.
    pub(crate) async fn open(&self, name: &str) -> Result<Table> {
        let table = Table::open(Arc::clone(&self.meta), name, self.options.clone()).await;
        table.map_err(failed("cannot open a table"))
    }

    /// The replica servers that are alive, by the addresses that they are listed under.
    pub(crate) async fn servers(&self) -> Result<Vec<(Address, Arc<Server>)>, PegasusError> {
        let nodes = self.meta.list_nodes(NodeStatus::Alive).await?;
        Ok(nodes.iter().filter_map(|node| Some((node.node, self.server(node.node)?))).collect())
    }

    /// Whether no server of the cluster that is alive is there.
    pub(crate) async fn has_lost(&self, endpoint: &Endpoint) -> Result<bool> {
        let alive = self.servers().await.map_err(failed("cannot list the replica servers"))?;
        Ok(!alive.iter().any(|(_, server)| server.endpoint() == endpoint))
    }

    /// The server at an address.
    pub(crate) fn server(&self, address: Address) -> Option<Arc<Server>> {
        let (ip, port) = address.target()?;
        let mut known = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || {
            let endpoint = Endpoint::new(ip.to_string(), port);
            Arc::new(Server::new(endpoint, self.options.clone()))
        };
        Some(Arc::clone(known.entry(address).or_insert_with(new)))
    }

    /// How its servers are spoken to.
    pub(crate) fn options(&self) -> &Options {
        &self.options
    }
}
