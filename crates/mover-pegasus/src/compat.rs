//! The command line of Table-Migrator, as a part of a move file.

use crate::config::{
    Authority, Cluster, CopySettings, CutoverSettings, DuplicationSettings, Mode, PegasusConfig,
    Root, Server,
};
use crate::failures::failed;
use boatlift_clients::pegasus::{Meta, Options, ProxyEntry};
use boatlift_clients::zookeeper::{self, Nodes, ZooKeeper};
use boatlift_core::error::{Code, Error, Result};
use tokio::runtime::Builder;

/// What is typed, in its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableMigrator {
    /// The table.
    pub table: String,
    /// ZooKeeper's servers; without any, those that LOWER itself uses.
    pub node: Vec<Server>,
    /// The path of the meta-proxies' entries; without it clients are led by hand.
    pub root: Option<String>,
    /// UPPER, as LOWER's servers know it.
    pub cluster: String,
    /// UPPER's meta servers.
    pub meta: Vec<Server>,
    /// Mutations of a partition that may be pending when writes are refused.
    pub threshold: u64,
    /// LOWER's meta servers; without any, those that the table's entry names. The tool itself is
    /// told by the shell that it runs in.
    pub lower: Vec<Server>,
}

impl TableMigrator {
    /// The move that it amounts to. Asks ZooKeeper, or LOWER, for what was not typed.
    ///
    /// # Errors
    /// [`Code::Usage`] when LOWER is named by nothing; otherwise when it cannot be learnt.
    pub fn into_config(self) -> Result<PegasusConfig> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime
            .map_err(|error| Error::new(Code::Bug, "cannot speak with servers").because(error))?;
        runtime.block_on(self.complete())
    }

    async fn complete(mut self) -> Result<PegasusConfig> {
        if self.lower.is_empty() {
            self.lower = self.entry_names().await?;
        }
        if self.node.is_empty() && self.root.is_some() {
            self.node = self.lower_uses().await?;
        }
        let authority = self.root.take().map(|root| Authority {
            zookeeper: self.node,
            root: Root(root),
            proxies: Vec::new(),
            upper_metas: None,
        });
        let max_lag = self.threshold;
        let config = PegasusConfig {
            lower: Cluster { metas: self.lower, name: None },
            upper: Cluster { metas: self.meta, name: Some(self.cluster) },
            tables: vec![self.table],
            mode: Mode::Duplication,
            copy: CopySettings::default(),
            duplication: DuplicationSettings { max_lag, ..DuplicationSettings::default() },
            authority,
            cutover: CutoverSettings::default(),
        };
        let checked = config.check();
        checked.map_err(|why| Error::new(Code::Usage, "cannot migrate").because(why))?;
        Ok(config)
    }

    /// LOWER's meta servers, as the table's entry has them.
    async fn entry_names(&self) -> Result<Vec<Server>> {
        let (Some(root), false) = (&self.root, self.node.is_empty()) else {
            return Err(Error::new(Code::Usage, "cannot tell which cluster has the table:")
                .because("give its meta servers with --lower, or both --node and --root"));
        };
        let path = format!("{}/{}", root.trim_end_matches('/'), self.table);
        let servers: Vec<_> = self.node.iter().map(|server| server.0.clone()).collect();
        let zookeeper = ZooKeeper::new(&servers, zookeeper::Options::default());
        let cannot = |why: String| {
            Error::new(Code::ServerFailed, "cannot read where clients go:").on(&path).because(why)
        };
        let node = zookeeper.read(&path).await.map_err(|error| cannot(error.to_string()))?;
        let node = node.ok_or_else(|| cannot("ZooKeeper has no such node".to_owned()))?;
        let entry = ProxyEntry::read(&node.bytes).map_err(|error| cannot(error.to_string()))?;
        let metas = entry.metas().map(|meta| meta.parse().map(Server));
        metas.collect::<std::result::Result<_, _>>().map_err(|error| cannot(error.to_string()))
    }

    /// The ZooKeeper that LOWER itself uses.
    async fn lower_uses(&self) -> Result<Vec<Server>> {
        let metas = self.lower.iter().map(|server| server.0.clone());
        let about = Meta::new(metas, &Options::default()).cluster_info().await;
        let about = about.map_err(failed("cannot ask LOWER for its ZooKeeper"))?;
        let hosts = about.get("zookeeper_hosts").map(String::as_str).unwrap_or_default();
        let hosts = hosts.split(',').map(|host| host.trim().parse().map(Server));
        hosts.collect::<std::result::Result<_, _>>().map_err(|error| {
            Error::new(Code::Usage, "cannot tell which ZooKeeper leads clients: give --node")
                .because(error)
        })
    }
}
