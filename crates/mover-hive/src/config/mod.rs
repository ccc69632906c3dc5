//! The hive part of a move file: two clusters, what of them is moved, and how.
//!
//! Text in, structures out. Nothing here opens a file or a connection, and no secret is
//! looked up.

mod carry;
mod cluster;
mod cutover;
mod places;
mod secret;
mod selection;
mod storage;

pub use carry::{Carry, OnDrop, Overwrite, PartitionDiscovery};
pub use cluster::{
    Auth, Cluster, HiveServer2, Kerberos, Metastore, Plain, Service, Tls, Transport,
};
pub use cutover::{CutoverSettings, Fence, PropertyOnly, Reverse};
pub use places::{DEFAULT_PROPERTIES, LocationRule, LocationSettings, Warehouse};
pub use secret::{Held, Secret};
pub use selection::{DatabaseNames, Pattern, ScopeSettings, Views};
pub use storage::{
    DistCp, Hybrid, PathStrategy, Snapshots, Staging, Storage, Strategy, TransactionalTables,
};

use crate::locations::Locations;
use crate::scope::Scope;
use boatlift_core::{Result, Side, reading};
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A commented hive part with every key, those with a default at their default.
pub const EXAMPLE: &str = include_str!("../example-hive.yaml");

/// The most connections to one metastore; it has a thread for each (200 by default).
const MOST_CONNECTIONS: u16 = 128;
/// The most objects of one request; a metastore reads them all before it answers.
const MOST_BATCHED: u32 = 10_000;

/// What is moved between two Hive clusters, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(title = "boatlift.yaml, hive")]
pub struct HiveConfig {
    /// The old cluster.
    pub lower: Cluster,
    /// The new cluster.
    pub upper: Cluster,
    /// Which databases, tables and partitions take part.
    #[serde(default)]
    pub scope: ScopeSettings,
    /// How far to go.
    #[serde(default)]
    pub stage: Stage,
    /// How the files come over.
    #[serde(default)]
    pub storage: Storage,
    /// Where on UPPER they go.
    #[serde(default)]
    pub locations: LocationSettings,
    /// Whether UPPER looks for partitions by itself.
    #[serde(default)]
    pub partition_discovery: PartitionDiscovery,
    /// What else than tables and partitions comes along.
    #[serde(default)]
    pub carry: Carry,
    /// The names of databases on UPPER.
    #[serde(default)]
    pub databases: DatabaseNames,
    /// What happens on UPPER when LOWER drops something.
    #[serde(default)]
    pub on_drop: OnDrop,
    /// Whether tables of ours on UPPER may be written anew.
    #[serde(default)]
    pub overwrite: Overwrite,
    /// Tables, `database.table`, that were written or altered through UPPER while they were
    /// a view of LOWER, and shall be exchanged all the same.
    #[serde(default)]
    pub accept_upper_writes: Vec<String>,
    /// How users are handed over.
    #[serde(default)]
    pub cutover: CutoverSettings,
    /// Ask the metastores' notification logs what changed, and read only that again.
    #[serde(default = "notifications")]
    pub notifications: bool,
    /// Connections to each metastore.
    #[serde(default = "connections")]
    pub connections: u16,
    /// Objects of one request at most; slow servers get smaller ones.
    #[serde(default = "batch")]
    pub batch: u32,
}

/// How far a move goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// UPPER gets the tables; their files stay on LOWER.
    #[default]
    Metadata,
    /// Then the files come over, and the tables point at them.
    Storage,
}

pub(crate) fn notifications() -> bool {
    true
}

pub(crate) fn connections() -> u16 {
    8
}

pub(crate) fn batch() -> u32 {
    200
}

impl HiveConfig {
    /// Reads a hive part. The path is for errors alone.
    ///
    /// # Errors
    /// [`boatlift_core::Code::ConfigSyntax`] with line and column, or
    /// [`boatlift_core::Code::ConfigValue`] with the key.
    pub fn parse(text: &str, path: &Path) -> Result<HiveConfig> {
        let config: HiveConfig = reading::read(text, path)?;
        config.check().map_err(|why| reading::value_error(path, why))?;
        Ok(config)
    }

    /// Looks at what the types cannot tell: URIs, expressions, rules, numbers.
    ///
    /// # Errors
    /// Says which key is wrong, and why.
    pub fn check(&self) -> Result<(), String> {
        self.lower.check().map_err(|why| format!("lower.{why}"))?;
        self.upper.check().map_err(|why| format!("upper.{why}"))?;
        Scope::new(&self.scope, &self.databases)?;
        self.check_databases(&Locations::new(self)?)?;
        self.cutover.check().map_err(|why| format!("cutover.{why}"))?;
        within("connections", u64::from(self.connections), u64::from(MOST_CONNECTIONS))?;
        within("batch", u64::from(self.batch), u64::from(MOST_BATCHED))?;
        if self.stage == Stage::Storage {
            self.storage.check(self).map_err(|why| format!("storage.{why}"))?;
        }
        Ok(())
    }

    fn check_databases(&self, locations: &Locations) -> Result<(), String> {
        for (name, location) in &self.databases.locations {
            let place = locations
                .place(Side::Upper, location)
                .map_err(|why| format!("databases.locations.{name}: {why}"))?;
            if locations.side_of(Side::Upper, &place.to_string()) != Some(Side::Upper) {
                return Err(format!("databases.locations.{name}: {place} is no place of UPPER"));
            }
        }
        Ok(())
    }

    /// The JSON schema of the hive part.
    #[must_use]
    pub fn schema() -> Schema {
        schemars::schema_for!(HiveConfig)
    }
}

fn within(key: &str, number: u64, most: u64) -> Result<(), String> {
    if (1..=most).contains(&number) {
        return Ok(());
    }
    Err(format!("{key}: {number} is not from 1 to {most}"))
}

#[cfg(test)]
mod tests;
