//! Which databases, tables and partitions take part, and under which names on UPPER.

use regex::Regex;
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
    /// Waves of tables, one after the other: each is a list of expressions, and a table or
    /// view belongs to the first wave of which one matches `database.table`. Those of no wave
    /// come last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waves: Vec<Vec<Pattern>>,
}

/// An expression that can be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Pattern(String);

impl Pattern {
    /// What was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Pattern, String> {
        match Regex::new(&text) {
            Ok(_) => Ok(Pattern(text)),
            Err(error) => {
                // What is before the last line shows the expression with a mark under it.
                let told = error.to_string();
                let why = told.lines().last().unwrap_or_default();
                let why = why.strip_prefix("error: ").unwrap_or(why);
                Err(format!("`{text}` is no regular expression: {why}"))
            }
        }
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> String {
        pattern.0
    }
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
