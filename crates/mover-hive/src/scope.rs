//! Which databases, tables and partitions take part, and how databases are called on UPPER.
//!
//! Hive's names have no case: all are compared in lower case, and expressions match whole
//! names whatever their case. No metastore is asked.

mod newest;

use crate::config::{DatabaseNames, Pattern, ScopeSettings, Views};
use regex::{Regex, RegexBuilder};
use std::collections::{BTreeMap, BTreeSet};

pub use newest::newest;

/// The longest name that a metastore stores.
const NAME_LENGTH: usize = 128;
/// The most waves: each asks both metastores for all names again.
const MOST_WAVES: usize = 50;

/// What takes part in a move.
#[derive(Debug, Clone)]
pub struct Scope {
    databases: BTreeSet<String>,
    database_regex: Option<Regex>,
    table_regex: Option<Regex>,
    exclude_regex: Option<Regex>,
    newest_partitions: Option<usize>,
    views: Views,
    waves: Vec<Vec<Regex>>,
    prefix: String,
    rename: BTreeMap<String, String>,
}

impl Scope {
    /// Reads settings.
    ///
    /// # Errors
    /// Says which key is wrong, and why.
    pub fn new(scope: &ScopeSettings, names: &DatabaseNames) -> Result<Scope, String> {
        for name in scope.databases.iter().chain(names.rename.keys()) {
            check_name(name).map_err(|why| format!("scope.databases: {why}"))?;
        }
        for name in names.rename.values() {
            check_new_name(name).map_err(|why| format!("databases.rename: {why}"))?;
        }
        if !names.prefix.is_empty() {
            check_new_name(&names.prefix).map_err(|why| format!("databases.prefix: {why}"))?;
        }
        if scope.newest_partitions == Some(0) {
            return Err("scope.newest-partitions: 0 leaves no partition".into());
        }
        let built = Scope {
            databases: scope.databases.iter().map(|name| name.to_lowercase()).collect(),
            database_regex: whole("database-regex", scope.database_regex.as_deref())?,
            table_regex: whole("table-regex", scope.table_regex.as_deref())?,
            exclude_regex: whole("exclude-regex", scope.exclude_regex.as_deref())?,
            newest_partitions: scope.newest_partitions.map(|n| n as usize),
            views: scope.views,
            waves: waves(&scope.waves)?,
            prefix: names.prefix.to_lowercase(),
            rename: lower_case(&names.rename),
        };
        built.check_databases(built.databases.iter().chain(built.rename.keys()))?;
        Ok(built)
    }

    /// Whether a database of LOWER takes part.
    #[must_use]
    pub fn takes_database(&self, name: &str) -> bool {
        if self.databases.is_empty() && self.database_regex.is_none() {
            return true;
        }
        self.databases.contains(&name.to_lowercase())
            || self.database_regex.as_ref().is_some_and(|regex| regex.is_match(name))
    }

    /// Whether a table or view takes part, its database taking part.
    #[must_use]
    pub fn takes_table(&self, name: &str) -> bool {
        let matches = |regex: &Option<Regex>| regex.as_ref().map(|regex| regex.is_match(name));
        matches(&self.table_regex) != Some(false) && matches(&self.exclude_regex) != Some(true)
    }

    /// How many waves there are: those that are named and, if there are any, the rest.
    #[must_use]
    pub fn waves(&self) -> u32 {
        // At most `MOST_WAVES`.
        self.waves.len() as u32 + 1
    }

    /// The number, from 0 on, of the wave that a table or view of LOWER belongs to.
    #[must_use]
    pub fn wave_of(&self, database: &str, table: &str) -> u32 {
        if self.waves.is_empty() {
            return 0;
        }
        let name = format!("{database}.{table}");
        let is_of = |wave: &Vec<Regex>| wave.iter().any(|regex| regex.is_match(&name));
        self.waves.iter().position(is_of).unwrap_or(self.waves.len()) as u32
    }

    /// Whether views take part.
    #[must_use]
    pub fn takes_views(&self) -> bool {
        self.views == Views::Carry
    }

    /// Databases named one by one: those that LOWER lacks are a mistake to report.
    pub fn named_databases(&self) -> impl Iterator<Item = &str> {
        self.databases.iter().map(String::as_str)
    }

    /// The partitions that take part, by their places in `names`, in the order of `names`.
    #[must_use]
    pub fn takes_partitions<S: AsRef<str>>(&self, names: &[S]) -> Vec<usize> {
        match self.newest_partitions {
            Some(most) => newest(names, most),
            None => (0..names.len()).collect(),
        }
    }

    /// Whether of a table's partitions only the newest take part.
    #[must_use]
    pub fn takes_newest_only(&self) -> bool {
        self.newest_partitions.is_some()
    }

    /// The name on UPPER of a database of LOWER.
    #[must_use]
    pub fn upper_database(&self, lower: &str) -> String {
        let name = lower.to_lowercase();
        match self.rename.get(&name) {
            Some(new) => new.clone(),
            None => format!("{}{name}", self.prefix),
        }
    }

    /// The name on LOWER of a database of UPPER, if one of LOWER may have it there.
    #[must_use]
    pub fn lower_database(&self, upper: &str) -> Option<String> {
        let name = upper.to_lowercase();
        let renamed = self.rename.iter().find(|(_, new)| **new == name);
        let lower = match renamed {
            Some((old, _)) => old.clone(),
            None => name.strip_prefix(self.prefix.as_str())?.to_owned(),
        };
        (self.upper_database(&lower) == name).then_some(lower)
    }

    /// Whether databases keep their names.
    #[must_use]
    pub fn keeps_names(&self) -> bool {
        self.prefix.is_empty() && self.rename.is_empty()
    }

    /// Looks for databases of LOWER that would become one on UPPER.
    ///
    /// # Errors
    /// Names both.
    pub fn check_databases<S: AsRef<str>>(
        &self,
        lower: impl IntoIterator<Item = S>,
    ) -> Result<(), String> {
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        for name in lower {
            let name = name.as_ref().to_lowercase();
            let upper = self.upper_database(&name);
            match seen.insert(upper.clone(), name.clone()) {
                Some(other) if other != name => {
                    return Err(format!(
                        "databases.rename: `{other}` and `{name}` would both be `{upper}` on UPPER"
                    ));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn waves(waves: &[Vec<Pattern>]) -> Result<Vec<Vec<Regex>>, String> {
    if waves.len() > MOST_WAVES {
        return Err(format!("scope.waves: {} are more than {MOST_WAVES}", waves.len()));
    }
    if let Some(empty) = waves.iter().position(Vec::is_empty) {
        return Err(format!("scope.waves: wave {} has no expression", empty + 1));
    }
    let built = |pattern: &Pattern| match whole("waves", Some(pattern.as_str()))? {
        Some(regex) => Ok(regex),
        None => Err("scope.waves: no expression".to_owned()),
    };
    waves.iter().map(|wave| wave.iter().map(built).collect()).collect()
}

/// An expression that matches whole names.
fn whole(key: &str, pattern: Option<&str>) -> Result<Option<Regex>, String> {
    let Some(pattern) = pattern else { return Ok(None) };
    // Alone first: `a)|(b` must not become valid by what is put around it.
    Regex::new(pattern).map_err(|error| format!("scope.{key}: {error}"))?;
    let built = RegexBuilder::new(&format!("^(?:{pattern})$")).case_insensitive(true).build();
    built.map(Some).map_err(|error| format!("scope.{key}: {error}"))
}

fn lower_case(names: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    names.iter().map(|(old, new)| (old.to_lowercase(), new.to_lowercase())).collect()
}

/// A name that LOWER may have: older metastores took nearly everything.
fn check_name(name: &str) -> Result<(), String> {
    let odd = |c: char| c.is_whitespace() || c.is_control() || "/`.@#,;".contains(c);
    if name.is_empty() || name.len() > NAME_LENGTH || name.contains(odd) {
        return Err(format!("`{name}` is no name of a database"));
    }
    Ok(())
}

/// A name that every metastore takes.
fn check_new_name(name: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || name.len() > NAME_LENGTH || !name.chars().all(plain) {
        return Err(format!("`{name}` has other characters than letters, digits and `_`"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
