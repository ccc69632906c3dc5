//! What clients follow: the entry that meta-proxies read in ZooKeeper.

use super::Server;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Meta-proxies and the ZooKeeper that tells them where a table is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Authority {
    /// ZooKeeper's servers, as `host:port`.
    pub zookeeper: Vec<Server>,
    /// The path below which each table has an entry: `zookeeper.root` of the meta-proxies.
    pub root: Root,
    /// The meta-proxies, as `host:port`: each is asked after the switch. Those that are not named
    /// are not proved to follow.
    #[serde(default)]
    pub proxies: Vec<Server>,
    /// UPPER's meta servers as the entries shall name them; otherwise as `upper.metas` has them. A
    /// meta-proxy wants at least two, which may be the same one twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upper_metas: Option<Vec<Server>>,
}

/// A path of ZooKeeper's, from its root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Root(pub String);

impl Authority {
    /// Where the entry of a table is.
    #[must_use]
    pub fn path_of(&self, table: &str) -> String {
        format!("{}/{table}", self.root.0.trim_end_matches('/'))
    }

    /// UPPER's meta servers, as the entries shall name them.
    #[must_use]
    pub fn metas<'a>(&'a self, upper: &'a [Server]) -> &'a [Server] {
        self.upper_metas.as_deref().unwrap_or(upper)
    }

    pub(super) fn check(&self, upper: &[Server]) -> Result<(), String> {
        if self.metas(upper).len() < 2 {
            return Err(
                "upper-metas: a meta-proxy wants at least two, or the same one twice".into()
            );
        }
        if self.zookeeper.is_empty() {
            return Err("zookeeper: there are no servers".into());
        }
        let root = &self.root.0;
        let parts = root.trim_end_matches('/').split('/').skip(1);
        let is_path = root.starts_with('/')
            && parts.clone().all(|part| !matches!(part, "" | "." | "..") && !part.contains('\0'));
        match is_path {
            true => Ok(()),
            false => {
                Err(format!("root: `{root}` is no path of ZooKeeper's, such as /pegasus/proxy"))
            }
        }
    }
}
