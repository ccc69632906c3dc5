//! The tables of a move, summed up from its items. One summary per table is kept, whatever
//! the number of its partitions and files.

use super::summary::{Phase, Summary};
use super::{Found, Item};
use crate::config::Stage;
use crate::keys::Name;
use crate::plan::{CATALOGUE, DATA, EXCHANGE, GROUPS};
use crate::waves::{in_wave, wave_of};
use boatlift_core::{Key, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// The tables of a move, by database.
#[derive(Debug, Clone)]
pub struct Tables {
    needed: BTreeSet<u32>,
    waves: u32,
    planned: BTreeSet<u32>,
    databases: BTreeMap<String, BTreeMap<String, Summary>>,
    /// Databases whose tables could not all be looked at; the empty name stands for all.
    unknown: BTreeSet<String>,
}

impl Tables {
    /// None yet, of a move that goes as far as `stage` in so many waves, of which these groups
    /// have a plan.
    #[must_use]
    pub fn new(stage: Stage, waves: u32, planned: BTreeSet<u32>) -> Tables {
        let needed = match stage {
            Stage::Metadata => BTreeSet::from([CATALOGUE]),
            Stage::Storage => BTreeSet::from([CATALOGUE, DATA, EXCHANGE]),
        };
        Tables { needed, waves, planned, databases: BTreeMap::new(), unknown: BTreeSet::new() }
    }

    /// Takes the next item. Items of the catalogue must include those that are as agreed on;
    /// of data and locations those that differ suffice.
    pub fn take(&mut self, item: &Item<'_>) {
        let Some((database, table)) = split(item.key) else { return };
        let lossy = String::from_utf8_lossy(item.key.as_bytes());
        let Some(name) = Name::of(Key::new(lossy.as_bytes())) else { return };
        let tables = self.databases.entry(database.to_owned()).or_default();
        // A database has a line of its own only where something is to be said of it.
        if table.is_empty() && item.found.is_none() {
            return;
        }
        if matches!(name, Name::Database(_)) && is_told_elsewhere(item) {
            return;
        }
        let title = match name {
            Name::Function(_, function) => format!("{function} (function)"),
            _ => table.to_owned(),
        };
        let summary = tables.entry(title).or_default();
        summary.wave = wave_of(item.group);
        if in_wave(item.group) == CATALOGUE
            && matches!(name, Name::Partition(..))
            && is_on_lower(item.found)
        {
            summary.partitions += 1;
        }
        if let Some(found) = &item.found {
            summary.add(item.group, name, found);
        }
    }

    /// Takes a part of a side that could not be listed: of nothing below it can be said that
    /// it is done.
    pub fn hole(&mut self, under: Key<'_>, why: &str) {
        let (database, table) = split(under).unwrap_or_default();
        if table.is_empty() {
            self.unknown.insert(database.to_owned());
        }
        let tables = self.databases.entry(database.to_owned()).or_default();
        tables.entry(table.to_owned()).or_default().hole(why);
    }

    /// Databases and their tables, in the order of their names; what is said of a database
    /// itself has an empty name.
    pub fn databases(&self) -> impl Iterator<Item = (&str, &BTreeMap<String, Summary>)> {
        self.databases.iter().map(|(name, tables)| (name.as_str(), tables))
    }

    /// Where a table stands.
    #[must_use]
    pub fn phase(&self, database: &str, summary: &Summary) -> Phase {
        let is_known = !self.unknown.contains("") && !self.unknown.contains(database);
        let first = summary.wave * GROUPS;
        let all_planned = self.needed.iter().all(|group| self.planned.contains(&(first + group)));
        summary.phase(is_known && all_planned)
    }

    /// How many waves there are.
    pub(super) fn waves(&self) -> u32 {
        self.waves
    }
}

/// A database is in the listings of all waves: those after the first tell only what they do.
fn is_told_elsewhere(item: &Item<'_>) -> bool {
    wave_of(item.group) > 0 && item.found.is_none_or(|found| found.action.is_none())
}

fn is_on_lower(found: Option<Found<'_>>) -> bool {
    found.is_none_or(|found| !matches!(found.verdict, Verdict::Gone | Verdict::Foreign))
}

/// The database and the table of a key; names of files below may be any bytes.
fn split(key: Key<'_>) -> Option<(&str, &str)> {
    let mut parts = key.as_bytes().split(|byte| *byte == b'/');
    let database = std::str::from_utf8(parts.next()?).ok()?;
    let table = std::str::from_utf8(parts.next()?).ok()?;
    Some((database, table))
}
