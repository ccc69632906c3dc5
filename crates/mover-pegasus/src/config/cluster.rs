//! A Pegasus cluster.

use boatlift_clients::wire::Endpoint;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::fmt;

/// A cluster, by its meta servers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Cluster {
    /// Its meta servers, as `host:port`.
    pub metas: Vec<Server>,
    /// Its name, where another is meant than the one it gives itself: of UPPER, the one under
    /// `[pegasus.clusters]` in the configuration of LOWER's servers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Cluster {
    pub(super) fn check(&self) -> Result<(), String> {
        match self.metas.is_empty() {
            true => Err("metas: there are none".into()),
            false => Ok(()),
        }
    }

    /// The meta servers as an entry of meta-proxies may have them: at least two, and so one of them
    /// twice where there is no other.
    pub(crate) fn metas_for_entries(&self) -> Vec<Server> {
        let twice = self.metas.len().max(2);
        self.metas.iter().cycle().take(twice).cloned().collect()
    }

    /// The meta servers in one line, as Pegasus and its meta-proxy write them.
    #[must_use]
    pub fn metas_in_line(&self) -> String {
        let metas: Vec<String> = self.metas.iter().map(ToString::to_string).collect();
        metas.join(",")
    }
}

/// A server, as `host:port`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server(pub Endpoint);

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Server {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Server {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.trim().parse().map(Server).map_err(de::Error::custom)
    }
}

impl JsonSchema for Server {
    fn schema_name() -> Cow<'static, str> {
        "Server".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "A server: `host:port`." })
    }
}
