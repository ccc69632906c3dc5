//! What of a catalogue is cloned, under which names, and how much at a time.

use super::relocation::Relocation;
use boatlift_core::{Code, Error, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// How many of a database's tables are cloned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tables {
    /// Every table, also those to come.
    All,
    /// These, by their names in lower case.
    Named(BTreeSet<String>),
}

impl Tables {
    /// Whether a table is meant.
    #[must_use]
    pub fn takes(&self, table: &str) -> bool {
        match self {
            Tables::All => true,
            Tables::Named(names) => names.contains(table),
        }
    }
}

/// What is cloned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Databases by LOWER's names, in lower case.
    pub databases: BTreeMap<String, Tables>,
    /// External schemas whose tables are in no Data Catalog, each with what it stands for:
    /// `a Hive metastore`. They stay behind.
    pub elsewhere: BTreeMap<String, String>,
}

/// What tells the selection anew for each pass: that of a workload grows with it.
#[derive(Clone)]
pub struct Selecting(Arc<dyn Fn() -> Result<Selection> + Send + Sync>);

impl Selecting {
    /// What `tell` tells.
    pub fn new(tell: impl Fn() -> Result<Selection> + Send + Sync + 'static) -> Selecting {
        Selecting(Arc::new(tell))
    }

    pub(super) fn now(&self) -> Result<Selection> {
        (self.0)()
    }
}

impl From<Selection> for Selecting {
    fn from(selection: Selection) -> Selecting {
        Selecting::new(move || Ok(selection.clone()))
    }
}

impl fmt::Debug for Selecting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Selecting").finish_non_exhaustive()
    }
}

/// What databases are called on UPPER: the same in every run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DatabaseNames {
    /// What follows LOWER's name where none is given.
    pub suffix: String,
    /// Names that are given, by LOWER's.
    pub given: BTreeMap<String, String>,
}

impl DatabaseNames {
    /// What a database of LOWER is called on UPPER.
    #[must_use]
    pub fn upper(&self, lower: &str) -> String {
        match self.given.get(lower) {
            Some(given) => given.to_lowercase(),
            None => format!("{lower}{}", self.suffix).to_lowercase(),
        }
    }
}

/// Which column statistics come along.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Statistics {
    /// None.
    Leave,
    /// Those of tables.
    Tables,
    /// Those of tables and, with a call for each, of partitions.
    #[default]
    All,
}

/// How a catalogue is cloned.
#[derive(Debug)]
pub struct CatalogueOptions {
    /// The name of the move, which marks what it writes.
    pub move_name: String,
    /// What is cloned.
    pub selection: Selecting,
    /// What databases are called on UPPER.
    pub names: DatabaseNames,
    /// Where locations are on UPPER.
    pub relocation: Relocation,
    /// Which column statistics come along.
    pub statistics: Statistics,
    /// Parts in which a table's partitions are listed at the same time, 1 to 10.
    pub segments: u8,
    /// Tables that are read or carried at the same time.
    pub connections: usize,
}

impl DatabaseNames {
    /// Looks at what would let two databases of `selection` fall into one.
    ///
    /// # Errors
    /// [`Code::ConfigValue`] with the names.
    pub(super) fn check(&self, selection: &Selection, same_catalogue: bool) -> Result<()> {
        let wrong = |name: &str, why: String| {
            Err(Error::new(Code::ConfigValue, "cannot clone database").on(name).because(why))
        };
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        for lower in selection.databases.keys() {
            let upper = self.upper(lower);
            if upper.is_empty() || upper.len() > 255 {
                return wrong(lower, format!("`{upper}` is no name of 1 to 255 bytes"));
            }
            if same_catalogue && selection.databases.contains_key(&upper) {
                return wrong(lower, format!("its clone would be {upper}, which is cloned itself"));
            }
            if let Some(other) = seen.insert(upper.clone(), lower) {
                return wrong(lower, format!("it and {other} would both become {upper}"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: DatabaseNames, same_catalogue: bool) -> Result<()> {
        let databases = ["a", "b"].map(|name| (name.to_owned(), Tables::All));
        let selection = Selection { databases: databases.into(), ..Selection::default() };
        names.check(&selection, same_catalogue)
    }

    #[test]
    fn no_two_databases_become_one() {
        let given = |pairs: &[(&str, &str)]| DatabaseNames {
            given: pairs.iter().map(|(from, to)| (from.to_string(), to.to_string())).collect(),
            suffix: "_clone".into(),
        };
        assert!(check(given(&[]), true).is_ok());
        assert!(check(given(&[("a", "B_clone")]), false).is_err());
        assert!(check(given(&[("a", "b")]), true).is_err(), "a source is never a target");
        assert!(check(given(&[("a", "b")]), false).is_ok(), "in another catalogue");
        assert!(check(DatabaseNames::default(), true).is_err());
        assert!(check(DatabaseNames::default(), false).is_ok());
    }
}
