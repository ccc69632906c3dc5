//! The keys of hms-mirror's YAML, as its first version has them.

use crate::config::PathStrategy;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct File {
    #[serde(default)]
    pub(super) dryrun: bool,
    #[serde(default, alias = "transferDbPrefix")]
    pub(super) transfer_prefix: Option<String>,
    pub(super) export_base_dir_prefix: Option<String>,
    #[serde(default = "yes")]
    pub(super) overwrite_table: bool,
    pub(super) tbl_reg_ex: Option<String>,
    pub(super) databases: Option<Vec<String>>,
    pub(super) parallelism: Option<u16>,
    #[serde(default)]
    pub(super) metadata: MetadataStage,
    #[serde(default)]
    pub(super) storage: StorageStage,
    pub(super) clusters: Clusters,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct MetadataStage {
    pub(super) concurrency: Option<u16>,
    pub(super) strategy: Option<MetadataStrategy>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum MetadataStrategy {
    Direct,
    ExportImport,
    Distcp,
    SchemaExtract,
}

impl MetadataStrategy {
    const ALL: [MetadataStrategy; 4] =
        [Self::Direct, Self::ExportImport, Self::Distcp, Self::SchemaExtract];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Direct => "DIRECT",
            Self::ExportImport => "EXPORT_IMPORT",
            Self::Distcp => "DISTCP",
            Self::SchemaExtract => "SCHEMA_EXTRACT",
        }
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|strategy| strategy.word().eq_ignore_ascii_case(word))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct StorageStage {
    pub(super) concurrency: Option<u16>,
    pub(super) strategy: StorageStrategy,
    #[serde(rename = "migrateACID")]
    pub(super) migrate_acid: bool,
    pub(super) hybrid: Hybrid,
    pub(super) distcp: DistCp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum StorageStrategy {
    Sql,
    ExportImport,
    #[default]
    Hybrid,
    Distcp,
}

impl StorageStrategy {
    pub(super) fn from_word(word: &str) -> Option<Self> {
        Some(match word.to_ascii_uppercase().as_str() {
            "SQL" => Self::Sql,
            "EXPORT_IMPORT" => Self::ExportImport,
            "HYBRID" => Self::Hybrid,
            "DISTCP" => Self::Distcp,
            _ => return None,
        })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Hybrid {
    pub(super) sql_partition_limit: Option<u32>,
    pub(super) sql_size_limit: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct DistCp {
    pub(super) path_strategy: Option<DistCpPaths>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum DistCpPaths {
    Db,
    Table,
}

impl From<DistCpPaths> for PathStrategy {
    fn from(theirs: DistCpPaths) -> PathStrategy {
        match theirs {
            DistCpPaths::Db => PathStrategy::Database,
            DistCpPaths::Table => PathStrategy::Table,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "UPPERCASE", deny_unknown_fields)]
pub(super) struct Clusters {
    pub(super) lower: Cluster,
    pub(super) upper: Cluster,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Cluster {
    /// The side's name once more.
    pub(super) environment: Option<String>,
    pub(super) legacy_hive: Option<bool>,
    pub(super) hcfs_namespace: Option<String>,
    pub(super) hive_server2: HiveServer2,
    pub(super) partition_discovery: Option<PartitionDiscovery>,
    /// Ours: `thrift://host:9083`, or several with commas.
    pub(super) metastore: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct HiveServer2 {
    pub(super) uri: String,
    pub(super) jar_file: Option<String>,
    #[serde(default)]
    pub(super) connection_properties: BTreeMap<String, Property>,
}

/// A property of a connection: it may be a password.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub(super) struct Property(pub(super) String);

impl fmt::Debug for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PartitionDiscovery {
    #[serde(default = "yes")]
    pub(super) auto: bool,
    #[serde(default = "yes", rename = "initMSCK")]
    pub(super) init_msck: bool,
}

impl Default for PartitionDiscovery {
    fn default() -> Self {
        PartitionDiscovery { auto: true, init_msck: true }
    }
}

fn yes() -> bool {
    true
}
