//! How files come over.

use super::HiveConfig;
use crate::locations::{Locations, Place};
use boatlift_clients::webhdfs::WebHdfs;
use boatlift_core::side::Side;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// How files come over.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Storage {
    /// Who carries them.
    pub strategy: Strategy,
    /// Up to where the hybrid strategy takes SQL.
    pub hybrid: Hybrid,
    /// What DistCp needs.
    pub distcp: DistCp,
    /// Where EXPORT writes on LOWER, and transfer tables keep their files on UPPER: a
    /// directory of each namespace.
    pub staging: Staging,
    /// Whether transactional tables come over by EXPORT and IMPORT.
    pub transactional: TransactionalTables,
    /// Snapshots on LOWER that files are read from. They are made on LOWER, and removed again.
    #[serde(skip_serializing_if = "Snapshots::is_none")]
    pub snapshots: Snapshots,
}

/// Snapshots of directories of LOWER, each for as long as a plan is carried out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Snapshots {
    /// Directories of LOWER's HDFS of which an administrator allowed snapshots. Files elsewhere
    /// are read as they are.
    pub directories: Vec<String>,
    /// WebHDFS of LOWER's NameNodes, by which snapshots are made: `http://lower-1:50070`.
    pub web_hdfs: Vec<String>,
}

/// Who carries the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Our own copier.
    #[default]
    Copy,
    /// Hive on UPPER reads the linked table and writes a new one.
    Sql,
    /// Hive on LOWER exports, Hive on UPPER imports.
    ExportImport,
    /// SQL for tables of few partitions, EXPORT and IMPORT for others.
    Hybrid,
    /// DistCp on YARN.
    Distcp,
}

/// Up to where the hybrid strategy takes SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Hybrid {
    /// Partitions of a table.
    pub sql_partition_limit: u32,
    /// Bytes of a table.
    pub sql_size_limit: u64,
}

impl Default for Hybrid {
    fn default() -> Self {
        Hybrid { sql_partition_limit: 100, sql_size_limit: 1 << 30 }
    }
}

/// What DistCp needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct DistCp {
    /// The `hadoop` command of UPPER.
    pub command: PathBuf,
    /// YARN's web address, by which a job is found again: `http://upper:8088`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_manager: Option<String>,
    /// What one job carries.
    pub path_strategy: PathStrategy,
    /// Jobs that run at the same time; later ones wait.
    pub jobs: u16,
    /// Further arguments of `hadoop distcp`: `-m`, `-bandwidth`, `-Dmapreduce.job.queuename=...`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<String>,
}

impl Default for DistCp {
    fn default() -> Self {
        DistCp {
            command: "hadoop".into(),
            resource_manager: None,
            path_strategy: PathStrategy::default(),
            jobs: 2,
            arguments: Vec::new(),
        }
    }
}

/// What one DistCp job carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PathStrategy {
    /// The tables of a database.
    Database,
    /// One table.
    #[default]
    Table,
}

/// Directories that hold files for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Staging {
    /// What the names of transfer tables are led by. They stand in the database of their table on
    /// UPPER; the key is called as in hms-mirror, which makes databases for them.
    pub database_prefix: String,
    /// What directories of exports are led by, on LOWER's namespace.
    pub export_prefix: String,
}

impl Default for Staging {
    fn default() -> Self {
        Staging {
            database_prefix: "transfer_".into(),
            export_prefix: "/apps/hive/warehouse/export_".into(),
        }
    }
}

/// Whether transactional tables come over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransactionalTables {
    /// They are left out, and the report says so.
    #[default]
    Skip,
    /// By EXPORT and IMPORT: not done yet, and refused.
    ExportImport,
}

impl Strategy {
    /// Whether HiveServer2 of LOWER and of UPPER is needed.
    fn servers(self) -> (bool, bool) {
        match self {
            Strategy::Copy | Strategy::Distcp => (false, false),
            Strategy::Sql => (false, true),
            Strategy::ExportImport | Strategy::Hybrid => (true, true),
        }
    }
}

impl Storage {
    /// Looks at what the strategy needs.
    pub(super) fn check(&self, config: &HiveConfig) -> Result<(), String> {
        let (lower, upper) = self.strategy.servers();
        for (needed, key, cluster) in
            [(lower, "lower", &config.lower), (upper, "upper", &config.upper)]
        {
            if needed && cluster.hive_server2.is_none() {
                return Err(format!("strategy: it runs SQL, but there is no {key}.hive-server2"));
            }
        }
        let is_in_bucket = Place::parse(&config.upper.namespace, None);
        if upper && is_in_bucket.is_ok_and(|place| place.is_in_bucket()) {
            return Err(
                "strategy: Hive's tasks do not write into buckets for us; `copy` does".into()
            );
        }
        if self.transactional == TransactionalTables::ExportImport {
            return Err(
                "transactional: `export_import` cannot be done yet, tables stay behind".into()
            );
        }
        if self.strategy == Strategy::Distcp {
            self.distcp.check()?;
        }
        self.snapshots.check(self.strategy, config).map_err(|why| format!("snapshots.{why}"))?;
        if !self.staging.export_prefix.starts_with('/') {
            return Err("staging.export-prefix: not an absolute path".into());
        }
        Ok(())
    }
}

impl Snapshots {
    /// Whether there are to be none.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.directories.is_empty() && self.web_hdfs.is_empty()
    }

    fn check(&self, strategy: Strategy, config: &HiveConfig) -> Result<(), String> {
        if self.is_none() {
            return Ok(());
        }
        if strategy != Strategy::Copy {
            return Err("directories: only the strategy `copy` reads from snapshots".into());
        }
        WebHdfs::new(&self.web_hdfs, None).map_err(|error| format!("web-hdfs: {error}"))?;
        let locations = Locations::new(config)?;
        let mut tops: Vec<Place> = Vec::new();
        for directory in &self.directories {
            let refused = |why: String| format!("directories: `{directory}` {why}");
            let top = locations.place(Side::Lower, directory);
            let top = top.map_err(|why| refused(format!("cannot be used: {why}")))?;
            let url = top.to_string();
            if !url.starts_with("hdfs:") || !top.shares_file_system(locations.top(Side::Lower)) {
                return Err(refused("is no directory of LOWER's HDFS".into()));
            }
            if tops.iter().any(|other| top.below(other).or(other.below(&top)).is_some()) {
                return Err(refused("lies in another of them, or holds one".into()));
            }
            tops.push(top);
        }
        Ok(())
    }
}

impl DistCp {
    /// The most jobs at a time: each keeps a turn waiting.
    const MOST_JOBS: u16 = 64;
    /// What we say ourselves, and what would make a job do more, or other, than it is asked.
    const REFUSED: [&str; 9] = [
        "-update",
        "-overwrite",
        "-append",
        "-delete",
        "-filters",
        "-f",
        "-async",
        "-atomic",
        "-skipcrccheck",
    ];

    fn check(&self) -> Result<(), String> {
        if !(1..=Self::MOST_JOBS).contains(&self.jobs) {
            return Err(format!("distcp.jobs: {} is not from 1 to {}", self.jobs, Self::MOST_JOBS));
        }
        match self.arguments.iter().find(|argument| Self::REFUSED.contains(&argument.as_str())) {
            Some(refused) => Err(format!("distcp.arguments: `{refused}` is not for you to say")),
            None => Ok(()),
        }
    }
}
