//! What stands on a server against what was written there.
//!
//! Newer metastores translate what they are given. What they only add is noted; what they
//! change or leave out is lost, and so is everything that could cost data: a purge, a
//! transaction, another place.

use crate::canonical::{Purpose, Telling};
use crate::config::Carry;
use crate::locations::Locations;
use crate::parameters::{BUCKETING, PURGE, TRANSACTIONAL, TRANSACTIONAL_PROPERTIES};
use boatlift_clients::metastore::{Database, Function, Partition, Table};
use std::collections::BTreeMap;
use std::fmt;

/// Parameters that are never a mere addition.
const GRAVE: &[&str] = &[PURGE, TRANSACTIONAL, TRANSACTIONAL_PROPERTIES, BUCKETING];

/// What a server may fill in where nothing was said: paths, or what leads them.
const FILLED_IN: &[&str] =
    &["parameters[", "serde-properties[", "storage-parameters[", "owner", "retention"];

/// One fact that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which fact: `columns[2].type`, `parameters[comment]`.
    pub path: String,
    /// What was written.
    pub intended: Option<String>,
    /// What stands there.
    pub found: Option<String>,
    /// How bad that is.
    pub class: DifferenceClass,
}

/// How bad a difference is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DifferenceClass {
    /// The server said more than was written.
    Addition,
    /// What was written does not stand there.
    Loss,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |text: &Option<String>| match text {
            Some(text) => format!("`{}`", text.escape_debug()),
            None => "nothing".to_owned(),
        };
        let (found, intended) = (shown(&self.found), shown(&self.intended));
        write!(f, "{}: {found} instead of {intended}", self.path)
    }
}

/// How objects of one move are compared with what was written.
#[derive(Debug, Clone, Copy)]
pub struct Differences<'a> {
    locations: &'a Locations,
    owners: bool,
}

impl<'a> Differences<'a> {
    /// Owners count where they are carried.
    #[must_use]
    pub fn new(locations: &'a Locations, carry: &Carry) -> Self {
        Differences { locations, owners: carry.owners }
    }

    /// Of a table or view, by path.
    #[must_use]
    pub fn table(&self, intended: &Table, found: &Table) -> Vec<Difference> {
        self.between(|telling| telling.table(intended), |telling| telling.table(found))
    }

    /// Of a partition, by path.
    #[must_use]
    pub fn partition(&self, intended: &Partition, found: &Partition) -> Vec<Difference> {
        self.between(|telling| telling.partition(intended), |telling| telling.partition(found))
    }

    /// Of a database, by path. The place that a server chose is an addition.
    #[must_use]
    pub fn database(&self, intended: &Database, found: &Database) -> Vec<Difference> {
        let mut all =
            self.between(|telling| telling.database(intended), |telling| telling.database(found));
        for difference in all.iter_mut().filter(|d| d.path == "location" && d.intended.is_none()) {
            difference.class = DifferenceClass::Addition;
        }
        all
    }

    /// Of a function, by path.
    #[must_use]
    pub fn function(&self, intended: &Function, found: &Function) -> Vec<Difference> {
        self.between(|telling| telling.function(intended), |telling| telling.function(found))
    }

    fn between(
        &self,
        intended: impl FnOnce(&mut Telling<'_>),
        found: impl FnOnce(&mut Telling<'_>),
    ) -> Vec<Difference> {
        let mut intended = self.facts(intended);
        let found = self.facts(found);
        let mut all = Vec::new();
        for (path, found) in found {
            match intended.remove(&path) {
                Some(intended) if intended == found => {}
                intended => all.push(difference(path, intended, Some(found))),
            }
        }
        all.extend(intended.into_iter().map(|(path, text)| difference(path, Some(text), None)));
        all.sort_by(|a, b| a.path.cmp(&b.path));
        all
    }

    fn facts(&self, tell: impl FnOnce(&mut Telling<'_>)) -> BTreeMap<String, String> {
        let mut facts = BTreeMap::new();
        let mut note = |path: &str, value: &[u8]| {
            facts.insert(path.to_owned(), String::from_utf8_lossy(value).into_owned());
        };
        tell(&mut Telling::new(self.locations, Purpose::ReadBack, self.owners, &mut note));
        facts
    }
}

fn difference(path: String, intended: Option<String>, found: Option<String>) -> Difference {
    let parameter = path.strip_prefix("parameters[").and_then(|rest| rest.strip_suffix(']'));
    let grave = parameter.is_some_and(|key| GRAVE.contains(&key));
    let may_fill_in = FILLED_IN.iter().any(|lead| path.starts_with(lead));
    let class = if intended.is_none() && may_fill_in && !grave {
        DifferenceClass::Addition
    } else {
        DifferenceClass::Loss
    };
    Difference { path, intended, found, class }
}

#[cfg(test)]
mod tests;
