//! LOWER's objects for the lane: as the survey read them, the first time that they are asked
//! for, and read anew whenever the survey's are not there.

use super::catalogue::Catalogue;
use super::lane::Item;
use crate::kept::{Kept, Shelf, Survey};
use crate::keys::Name;
use crate::translate::ViewName;
use boatlift_clients::metastore::{Database, Partition, Table};
use boatlift_core::error::Result;
use boatlift_core::key::KeyBuf;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where the lane finds LOWER's objects.
pub(crate) struct Source {
    /// LOWER's metastore.
    pub(crate) catalogue: Arc<Catalogue>,
    /// What the survey read of it.
    pub(crate) kept: Arc<Kept>,
}

/// A table of LOWER, and some of its partitions by name.
pub(super) struct WithPartitions {
    pub(super) table: Table,
    pub(super) partitions: BTreeMap<String, Partition>,
}

/// What the newest survey read of LOWER, perhaps in another process.
pub(super) struct SurveyRead<'k> {
    kept: &'k Kept,
    /// What it left on disk, if it was another process's.
    shelf: OnceCell<Option<Shelf>>,
}

impl SurveyRead<'_> {
    /// A view, if the survey read it anew.
    pub(super) fn view(&self, (database, name): &ViewName) -> Option<Table> {
        let key = Name::View(database, name).key();
        let raw = self.kept.peek(&key).or_else(|| {
            let shelf = self.shelf.get_or_init(|| self.kept.shelf(Survey::Catalogue));
            shelf.as_ref()?.objects([&key].into_iter()).remove(&key)
        });
        raw.and_then(|raw| Table::from_raw(raw).ok())
    }
}

impl Source {
    /// What the newest survey read.
    pub(super) fn survey(&self) -> SurveyRead<'_> {
        SurveyRead { kept: &self.kept, shelf: OnceCell::new() }
    }

    /// The database of an item.
    pub(super) fn database(&self, item: &Item<'_>) -> Result<Option<Database>> {
        let key = item.entry.key.to_owned();
        let kept = self.kept.take([&key].into_iter()).remove(&key);
        match kept.and_then(|raw| Database::from_raw(raw).ok()) {
            Some(database) => Ok(Some(database)),
            None => self.catalogue.database(item.name.database()),
        }
    }

    /// The tables and views of a work that LOWER has, by name.
    pub(super) fn tables(
        &self,
        database: &str,
        work: &[Item<'_>],
    ) -> Result<BTreeMap<String, Table>> {
        let keys: Vec<KeyBuf> = work.iter().map(|item| item.entry.key.to_owned()).collect();
        let kept = self.kept.take(keys.iter()).into_values();
        let kept = kept.filter_map(|raw| Table::from_raw(raw).ok());
        let mut found: BTreeMap<String, Table> =
            kept.map(|table| (table.name().to_lowercase(), table)).collect();
        let names = work.iter().filter_map(|item| item.name.table());
        let missing = names.filter(|name| !found.contains_key(*name)).map(str::to_owned);
        let missing: Vec<String> = missing.collect();
        if !missing.is_empty() {
            found.extend(self.catalogue.tables(database, &missing)?);
        }
        Ok(found)
    }

    /// Views of a work, by name, to be looked at before they are carried. Empty when LOWER
    /// cannot tell: carrying them says why.
    pub(super) fn views(&self, work: &[Item<'_>]) -> BTreeMap<String, Table> {
        let (mut found, mut missing) = (BTreeMap::new(), Vec::new());
        for (item, name) in work.iter().filter_map(|item| Some((item, item.name.table()?))) {
            let kept = self.kept.peek(&item.entry.key.to_owned());
            match kept.and_then(|raw| Table::from_raw(raw).ok()) {
                Some(view) => drop(found.insert(name.to_owned(), view)),
                None => missing.push(name.to_owned()),
            }
        }
        let database = work.first().map_or("", |item| item.name.database());
        if !missing.is_empty() {
            found.extend(self.catalogue.tables(database, &missing).unwrap_or_default());
        }
        found
    }

    /// A table with those partitions of a work that LOWER has; `None` when it has no such
    /// table. What was not read with the table is read after it.
    pub(super) fn partitions(
        &self,
        database: &str,
        table: &str,
        work: &[Item<'_>],
    ) -> Result<Option<WithPartitions>> {
        let keys: Vec<KeyBuf> = work.iter().map(|item| item.entry.key.to_owned()).collect();
        let mut kept = self.kept.take(keys.iter());
        let mut partitions = BTreeMap::new();
        let mut missing = Vec::new();
        for (item, key) in work.iter().zip(&keys) {
            let Name::Partition(_, _, name) = item.name else { continue };
            match kept.remove(key).and_then(|raw| Partition::from_raw(raw).ok()) {
                Some(partition) => drop(partitions.insert(name.to_owned(), partition)),
                None => missing.push(name.to_owned()),
            }
        }
        let kept_table = match missing.is_empty() {
            true => self.kept.peek(&Name::Table(database, table).key()),
            false => None,
        };
        let kept_table = kept_table.and_then(|raw| Table::from_raw(raw).ok());
        let read = || self.catalogue.table(database, table);
        let Some(table) = kept_table.map_or_else(read, |table| Ok(Some(table)))? else {
            return Ok(None);
        };
        if !missing.is_empty() {
            partitions.extend(self.catalogue.partitions(&table, &missing)?);
        }
        Ok(Some(WithPartitions { table, partitions }))
    }
}
