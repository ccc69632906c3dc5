//! hms-mirror's configuration and command line, read as ours.
//!
//! Every key of its first version is known; what Boatlift does not need or does otherwise is
//! said in a remark. Passwords, which those files hold in clear, are kept in memory only.

mod arguments;
mod clusters;
mod yaml;

pub use arguments::{HmsMirrorArguments, MOST_DATABASES, ReportPlace};

use crate::config::{
    Carry, CutoverSettings, DatabaseNames, HiveConfig, LocationSettings, OnDrop, Overwrite,
    ScopeSettings, Stage, Storage, Strategy, batch, connections,
};
use boatlift_core::Result;
use boatlift_core::reading::{read, value_error};
use std::fmt;
use std::path::Path;

/// A configuration of hms-mirror's as ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// What is to be done.
    pub config: HiveConfig,
    /// Whether to do it.
    pub run: Run,
    /// What to tell the person whose file it is.
    pub remarks: Vec<Remark>,
}

/// Whether something is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    /// Only the plan is made.
    Plan,
    /// It is.
    Execute,
}

/// A key that does nothing here, or something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The key, or the option.
    pub key: String,
    /// What about it.
    pub text: String,
}

impl Remark {
    fn new(key: impl Into<String>, text: impl Into<String>) -> Self {
        Remark { key: key.into(), text: text.into() }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.text)
    }
}

/// Where our messages name a key of ours, hms-mirror's users know another.
const KEYS: &[(&str, &str)] = &[
    ("scope.table-regex", "tblRegEx"),
    ("scope.databases", "databases"),
    ("lower.hive-server2", "clusters.LOWER.hiveServer2"),
    ("upper.hive-server2", "clusters.UPPER.hiveServer2"),
    ("lower.metastore.uris", "clusters.LOWER.metastore"),
    ("upper.metastore.uris", "clusters.UPPER.metastore"),
    ("lower.namespace", "clusters.LOWER.hcfsNamespace"),
    ("upper.namespace", "clusters.UPPER.hcfsNamespace"),
    ("storage.staging.export-prefix", "exportBaseDirPrefix"),
    ("connections", "concurrency"),
];

/// Reads a configuration of hms-mirror's. The path is for errors alone.
///
/// # Errors
/// [`boatlift_core::Code::ConfigSyntax`] with line and column, or
/// [`boatlift_core::Code::ConfigValue`] with the key.
pub fn hms_mirror(text: &str, path: &Path) -> Result<Converted> {
    let file: yaml::File = read(text, path)?;
    let mut remarks = Vec::new();
    let run = if file.dryrun { Run::Plan } else { Run::Execute };
    let config = convert(file, &mut remarks).map_err(|why| value_error(path, why))?;
    config.check().map_err(|why| value_error(path, in_their_words(why)))?;
    Ok(Converted { config, run, remarks })
}

fn in_their_words(why: String) -> String {
    let known = KEYS.iter().find(|(ours, _)| why.starts_with(ours));
    known.map_or(why.clone(), |(ours, theirs)| format!("{theirs}{}", &why[ours.len()..]))
}

fn convert(file: yaml::File, remarks: &mut Vec<Remark>) -> Result<HiveConfig, String> {
    let discovery = clusters::discovery(&file.clusters, remarks);
    let lower = clusters::cluster("LOWER", file.clusters.lower, remarks)?;
    let upper = clusters::cluster("UPPER", file.clusters.upper, remarks)?;
    metadata_strategy(file.metadata.strategy, remarks);
    let numbers = [file.parallelism, file.metadata.concurrency, file.storage.concurrency];
    let most = numbers.into_iter().flatten().max();
    let overwrite = if file.overwrite_table { Overwrite::Ours } else { Overwrite::Never };
    let storage =
        storage(&file.storage, file.transfer_prefix, file.export_base_dir_prefix, remarks);
    Ok(HiveConfig {
        lower,
        upper,
        scope: ScopeSettings {
            databases: file.databases.unwrap_or_default(),
            table_regex: file.tbl_reg_ex.filter(|regex| !regex.is_empty()),
            ..ScopeSettings::default()
        },
        stage: Stage::Metadata,
        storage,
        locations: LocationSettings::default(),
        partition_discovery: discovery,
        carry: Carry::default(),
        databases: DatabaseNames::default(),
        on_drop: OnDrop::Report,
        overwrite,
        accept_upper_writes: Vec::new(),
        cutover: CutoverSettings::default(),
        notifications: true,
        connections: most.unwrap_or_else(connections),
        batch: batch(),
    })
}

fn metadata_strategy(strategy: Option<yaml::MetadataStrategy>, remarks: &mut Vec<Remark>) {
    let Some(strategy) = strategy.filter(|s| *s != yaml::MetadataStrategy::Direct) else { return };
    let word = strategy.word();
    remarks.push(Remark::new(
        "metadata.strategy",
        format!("{word} is carried out as DIRECT: objects go from metastore to metastore"),
    ));
}

fn storage(
    theirs: &yaml::StorageStage,
    transfer_prefix: Option<String>,
    export_prefix: Option<String>,
    remarks: &mut Vec<Remark>,
) -> Storage {
    let mut ours = Storage { strategy: theirs.strategy.into(), ..Storage::default() };
    if theirs.migrate_acid {
        let why = "transactional tables stay on LOWER, each with its reason in the report";
        remarks.push(Remark::new("storage.migrateACID", why));
    }
    if let Some(limit) = theirs.hybrid.sql_partition_limit {
        ours.hybrid.sql_partition_limit = limit;
    }
    if let Some(limit) = theirs.hybrid.sql_size_limit {
        ours.hybrid.sql_size_limit = limit;
        remarks.push(Remark::new("storage.hybrid.sqlSizeLimit", "it counts here"));
    }
    if let Some(strategy) = theirs.distcp.path_strategy {
        ours.distcp.path_strategy = strategy.into();
    }
    if let Some(prefix) = transfer_prefix {
        ours.staging.database_prefix = prefix;
    }
    if let Some(prefix) = export_prefix {
        ours.staging.export_prefix = prefix;
    }
    ours
}

impl From<yaml::StorageStrategy> for Strategy {
    fn from(theirs: yaml::StorageStrategy) -> Strategy {
        match theirs {
            yaml::StorageStrategy::Sql => Strategy::Sql,
            yaml::StorageStrategy::ExportImport => Strategy::ExportImport,
            yaml::StorageStrategy::Hybrid => Strategy::Hybrid,
            yaml::StorageStrategy::Distcp => Strategy::Distcp,
        }
    }
}

#[cfg(test)]
mod tests;
