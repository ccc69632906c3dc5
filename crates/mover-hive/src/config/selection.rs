//! Which databases, tables and partitions take part, and under which names on UPPER.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which databases, tables and partitions take part. Expressions match whole names,
/// whatever their case.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct ScopeSettings {
    /// Databases by name.
    pub databases: Vec<String>,
    /// And those whose name matches this expression. With neither, every database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_regex: Option<String>,
    /// Of these, tables and views whose name matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table_regex: Option<String>,
    /// But not tables and views whose name matches this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclude_regex: Option<String>,
    /// Of each table, only that many partitions: those whose values are greatest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newest_partitions: Option<u32>,
    /// Whether views take part.
    pub views: Views,
}

/// Whether views take part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Views {
    /// After the tables they read.
    #[default]
    Carry,
    /// Not at all.
    Skip,
}

/// The names of databases on UPPER.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct DatabaseNames {
    /// What every name is led by, unless it is renamed.
    pub prefix: String,
    /// New names by old names.
    pub rename: BTreeMap<String, String>,
    /// Where databases lie on UPPER, by their names on LOWER; others where UPPER chooses.
    pub locations: BTreeMap<String, String>,
}
