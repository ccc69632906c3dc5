//! LOWER's objects behind keys, read a batch at a time and ahead of who takes them.

use crate::ahead::Ahead;
use crate::catalog::Catalogue;
use crate::translate::Translator;
use boatlift_clients::metastore::{Database, Partition, Table};
use boatlift_core::Result;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Connections that are read over.
const READERS: usize = 4;
/// Batches in memory.
const BATCHES_AHEAD: u64 = 6;
/// Tables of a batch.
const TABLES: usize = 100;
/// Partitions of a batch, and of a call.
const PARTITIONS: usize = 500;

/// LOWER's metastore, and how its objects are stated on UPPER.
#[derive(Clone)]
pub struct Objects {
    pub(crate) lower: Arc<Catalogue>,
    pub(crate) translator: Arc<Translator>,
}

/// What a plan does about an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// UPPER gets it.
    Make,
    /// UPPER's is made as LOWER's is.
    Alter,
    /// UPPER's is removed.
    Remove,
    /// UPPER's is pointed at UPPER's files.
    Point,
    /// It was left out or failed, for this reason.
    Left(String),
}

/// A table, with what is to be done to it and to some of its partitions.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) is_view: bool,
    pub(super) change: Option<Change>,
    pub(super) partitions: Vec<(String, Change)>,
}

/// What a batch asks for.
enum Batch {
    Database(String, Change),
    Tables(String, Vec<Wanted>),
}

/// What was read for a batch.
pub(super) enum Read {
    Database(String, Change, Option<Box<Database>>),
    Tables(String, Vec<(Wanted, Option<Table>, BTreeMap<String, Partition>)>),
}

/// Takes keys in their order and gives objects in the same.
pub(super) struct Reading {
    objects: Objects,
    ahead: Ahead<Result<Read>>,
    given: u64,
    database: String,
    tables: Vec<Wanted>,
    partitions: usize,
}

impl Reading {
    pub(super) fn new(objects: Objects) -> Self {
        let ahead = Ahead::new(READERS, BATCHES_AHEAD);
        let (database, tables) = (String::new(), Vec::new());
        Reading { objects, ahead, given: 0, database, tables, partitions: 0 }
    }

    pub(super) fn database(&mut self, name: &str, change: Change) {
        self.close();
        self.push(Batch::Database(name.to_owned(), change));
    }

    pub(super) fn table(&mut self, database: &str, name: &str, is_view: bool, change: Change) {
        let wanted = self.wanted(database, name);
        wanted.is_view = is_view;
        wanted.change = Some(change);
    }

    pub(super) fn partition(&mut self, database: &str, table: &str, name: &str, change: Change) {
        self.wanted(database, table).partitions.push((name.to_owned(), change));
        self.partitions += 1;
    }

    /// What has been read, as long as enough is read ahead, or at the end.
    pub(super) fn next(&mut self, at_the_end: bool) -> Result<Option<Read>> {
        if at_the_end {
            self.close();
        }
        if self.given == 0 || (!at_the_end && self.given <= BATCHES_AHEAD) {
            return Ok(None);
        }
        self.given -= 1;
        self.ahead.next().transpose()
    }

    fn wanted(&mut self, database: &str, name: &str) -> &mut Wanted {
        let is_same = self.database == database;
        let goes_on = is_same && self.tables.last().is_some_and(|last| last.name == name);
        let full = self.partitions >= PARTITIONS || (!goes_on && self.tables.len() >= TABLES);
        if !is_same || full {
            self.close();
            self.database = database.to_owned();
        }
        if self.tables.last().is_none_or(|last| last.name != name) {
            self.tables.push(Wanted { name: name.to_owned(), ..Wanted::default() });
        }
        let last = self.tables.len() - 1;
        &mut self.tables[last]
    }

    fn close(&mut self) {
        self.partitions = 0;
        let tables = std::mem::take(&mut self.tables);
        if !tables.is_empty() {
            let database = self.database.clone();
            self.push(Batch::Tables(database, tables));
        }
    }

    fn push(&mut self, batch: Batch) {
        let lower = Arc::clone(&self.objects.lower);
        self.ahead.push(move || read(&lower, batch));
        self.given += 1;
    }
}

fn read(lower: &Catalogue, batch: Batch) -> Result<Read> {
    match batch {
        Batch::Database(name, change) => {
            let found = match change {
                Change::Remove | Change::Left(_) => None,
                _ => lower.database(&name)?.map(Box::new),
            };
            Ok(Read::Database(name, change, found))
        }
        Batch::Tables(database, wanted) => {
            let names: Vec<String> = wanted.iter().map(|wanted| wanted.name.clone()).collect();
            let tables = lower.tables(&database, &names)?;
            let mut found = Vec::with_capacity(wanted.len());
            for wanted in wanted {
                // A batch may hold the end of one group and the beginning of another.
                let table = tables.get(&wanted.name).cloned();
                let partitions = match &table {
                    Some(table) => partitions(lower, table, &wanted)?,
                    None => BTreeMap::new(),
                };
                found.push((wanted, table, partitions));
            }
            Ok(Read::Tables(database, found))
        }
    }
}

fn partitions(
    lower: &Catalogue,
    table: &Table,
    wanted: &Wanted,
) -> Result<BTreeMap<String, Partition>> {
    let needed = |change: &Change| matches!(change, Change::Make | Change::Alter | Change::Point);
    let names = wanted.partitions.iter().filter(|(_, change)| needed(change));
    let names: Vec<String> = names.map(|(name, _)| name.clone()).collect();
    match names.is_empty() {
        true => Ok(BTreeMap::new()),
        false => lower.partitions(table, &names),
    }
}
