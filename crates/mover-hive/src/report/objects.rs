//! LOWER's objects behind keys, a batch at a time and ahead of who takes them: as the surveys
//! kept them, and only what they did not keep is read from LOWER, which may be away by now.

use crate::ahead::Ahead;
use crate::catalog::Catalogue;
use crate::kept::{Kept, Shelf, Survey};
use crate::keys::Name;
use crate::plan::CATALOGUE;
use crate::translate::{Translator, ViewName, levels, references};
use crate::waves::in_wave;
use boatlift_clients::metastore::{Database, Partition, Table};
use boatlift_clients::thrift::Struct;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::key::KeyBuf;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// Connections that are read over.
const READERS: usize = 4;
/// Batches in memory.
const BATCHES_AHEAD: u64 = 6;
/// Tables of a batch.
const TABLES: usize = 100;
/// Partitions of a batch, and of a call.
const PARTITIONS: usize = 500;

/// What is said of an object that LOWER had when the plan was made.
const GONE: &str = "LOWER no longer has it";

/// LOWER's objects, and how they are stated on UPPER.
#[derive(Clone)]
pub struct Objects {
    pub(super) translator: Arc<Translator>,
    lower: Arc<Lower>,
}

/// Where LOWER's objects are found.
struct Lower {
    metastore: Arc<Catalogue>,
    /// One for each wave.
    catalogue: Vec<Shelf>,
    locations: Vec<Shelf>,
    /// Why it is not asked any more.
    away: OnceLock<Error>,
}

impl Objects {
    pub(crate) fn new<'k>(
        metastore: Arc<Catalogue>,
        translator: Arc<Translator>,
        kept: impl Iterator<Item = &'k Kept> + Clone,
    ) -> Objects {
        let shelves = |survey| kept.clone().filter_map(|kept| kept.shelf(survey)).collect();
        let (catalogue, locations) = (shelves(Survey::Catalogue), shelves(Survey::Locations));
        let lower = Lower { metastore, catalogue, locations, away: OnceLock::new() };
        Objects { translator, lower: Arc::new(lower) }
    }
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
    /// Its rows are carried by Hive.
    Rows,
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
    Tables(Survey, String, Vec<Wanted>),
}

/// What was found for a batch. What is missing is so for the reason that comes with it.
pub(super) enum Read {
    Database(String, Change, Option<Box<Database>>),
    Tables(String, Vec<Found>),
}

/// A table with its partitions, as far as LOWER's are found.
pub(super) struct Found {
    pub(super) wanted: Wanted,
    pub(super) table: Option<Table>,
    pub(super) partitions: BTreeMap<String, Partition>,
    /// Why others are missing.
    pub(super) missing: Missing,
}

/// Why an object of LOWER is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Missing {
    Gone,
    Unread(Error),
}

/// Takes keys in their order and gives objects in the same.
pub(super) struct Reading {
    objects: Objects,
    ahead: Ahead<Read>,
    given: u64,
    group: u32,
    database: String,
    tables: Vec<Wanted>,
    partitions: usize,
}

impl Reading {
    pub(super) fn new(objects: Objects) -> Self {
        let ahead = Ahead::new(READERS, BATCHES_AHEAD);
        let (database, tables) = (String::new(), Vec::new());
        Reading { objects, ahead, given: 0, group: CATALOGUE, database, tables, partitions: 0 }
    }

    /// What follows is of this group.
    pub(super) fn of(&mut self, group: u32) {
        if self.group != group {
            self.close();
            self.group = group;
        }
    }

    /// The survey that kept what the group's statements are about.
    fn survey(&self) -> Survey {
        match in_wave(self.group) {
            CATALOGUE => Survey::Catalogue,
            _ => Survey::Locations,
        }
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

    /// Views in an order in which each follows those that it names.
    pub(super) fn in_order<'v>(&self, views: impl Iterator<Item = &'v ViewName>) -> Vec<ViewName> {
        let views: Vec<&ViewName> = views.collect();
        let mut named = BTreeMap::new();
        for views in views.chunk_by(|one, other| one.0 == other.0).flat_map(|of| of.chunks(TABLES))
        {
            let wanted: Vec<Wanted> = views.iter().map(|view| Wanted::view(&view.1)).collect();
            let (texts, _) = self.objects.lower.tables(self.survey(), &views[0].0, &wanted);
            for view in views {
                let names = texts.get(&view.1).map(references);
                named.insert((*view).clone(), names.unwrap_or_default());
            }
        }
        levels(&named).into_iter().flatten().collect()
    }

    /// What has been read, as long as enough is read ahead, or at the end.
    pub(super) fn next(&mut self, at_the_end: bool) -> Option<Read> {
        if at_the_end {
            self.close();
        }
        if self.given == 0 || (!at_the_end && self.given <= BATCHES_AHEAD) {
            return None;
        }
        self.given -= 1;
        self.ahead.next()
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
            self.push(Batch::Tables(self.survey(), database, tables));
        }
    }

    fn push(&mut self, batch: Batch) {
        let lower = Arc::clone(&self.objects.lower);
        self.ahead.push(move || lower.read(batch));
        self.given += 1;
    }
}

impl Lower {
    fn read(&self, batch: Batch) -> Read {
        match batch {
            Batch::Database(name, change) => {
                let found = match change {
                    Change::Remove | Change::Left(_) => None,
                    _ => self.database(&name),
                };
                Read::Database(name, change, found.map(Box::new))
            }
            Batch::Tables(survey, database, wanted) => {
                let (mut tables, missing) = self.tables(survey, &database, &wanted);
                let found = wanted.into_iter().map(|wanted| {
                    let table = tables.remove(&wanted.name);
                    self.found(survey, &database, wanted, table, missing.clone())
                });
                Read::Tables(database.clone(), found.collect())
            }
        }
    }

    fn database(&self, name: &str) -> Option<Database> {
        let key = Name::Database(name).key();
        let kept = self.kept(Survey::Catalogue, &[key]).into_values().next();
        kept.and_then(|raw| Database::from_raw(raw).ok())
            .or_else(|| self.ask(|| self.metastore.database(name)).ok().flatten())
    }

    /// Finds tables by name, and says why others are missing.
    fn tables(
        &self,
        survey: Survey,
        database: &str,
        wanted: &[Wanted],
    ) -> (BTreeMap<String, Table>, Missing) {
        let keys: Vec<KeyBuf> = wanted.iter().map(|wanted| wanted.key(database)).collect();
        let kept = self.kept(survey, &keys).into_values();
        let kept = kept.filter_map(|raw| Table::from_raw(raw).ok());
        let mut found: BTreeMap<String, Table> =
            kept.map(|table| (table.name().to_lowercase(), table)).collect();
        let unknown = wanted.iter().filter(|w| w.needs_table() && !found.contains_key(&w.name));
        let unknown: Vec<String> = unknown.map(|wanted| wanted.name.clone()).collect();
        if unknown.is_empty() {
            return (found, Missing::Gone);
        }
        match self.ask(|| self.metastore.tables(database, &unknown)) {
            Err(error) => (found, Missing::Unread(error)),
            Ok(read) => {
                found.extend(read);
                (found, Missing::Gone)
            }
        }
    }

    /// Finds the partitions of a table.
    fn found(
        &self,
        survey: Survey,
        database: &str,
        wanted: Wanted,
        table: Option<Table>,
        mut missing: Missing,
    ) -> Found {
        let mut partitions = BTreeMap::new();
        let Some(of) = &table else { return Found { wanted, table, partitions, missing } };
        let needed = wanted.partitions.iter().filter(|(_, change)| change.needs_lower());
        let names: Vec<&String> = needed.map(|(name, _)| name).collect();
        let key = |name: &&String| Name::Partition(database, &wanted.name, name).key();
        let keys: Vec<KeyBuf> = names.iter().map(key).collect();
        let mut kept = self.kept(survey, &keys);
        let mut unknown = Vec::new();
        for (name, key) in names.into_iter().zip(&keys) {
            match kept.remove(key).and_then(|raw| Partition::from_raw(raw).ok()) {
                Some(partition) => drop(partitions.insert(name.clone(), partition)),
                None => unknown.push(name.clone()),
            }
        }
        if !unknown.is_empty() {
            match self.ask(|| self.metastore.partitions(of, &unknown)) {
                Ok(found) => partitions.extend(found),
                Err(error) => missing = Missing::Unread(error),
            }
        }
        Found { wanted, table, partitions, missing }
    }

    fn kept(&self, survey: Survey, keys: &[KeyBuf]) -> BTreeMap<KeyBuf, Struct> {
        let shelves = match survey {
            Survey::Catalogue => &self.catalogue,
            Survey::Locations => &self.locations,
        };
        shelves.iter().flat_map(|shelf| shelf.objects(keys.iter())).collect()
    }

    /// Asks LOWER's metastore, unless it was away a moment ago.
    fn ask<T>(&self, read: impl FnOnce() -> Result<T>) -> Result<T> {
        if let Some(error) = self.away.get() {
            return Err(error.clone());
        }
        read().inspect_err(|error| {
            if matches!(error.code, Code::ServerUnreachable | Code::ServerRefused) {
                let _first_error_counts = self.away.set(error.clone());
            }
        })
    }
}

impl Change {
    /// Whether LOWER's object is needed to say it.
    fn needs_lower(&self) -> bool {
        !matches!(self, Change::Remove | Change::Left(_))
    }
}

impl Wanted {
    /// A view that LOWER has.
    fn view(name: &str) -> Wanted {
        let (name, change) = (name.to_owned(), Some(Change::Make));
        Wanted { name, is_view: true, change, partitions: Vec::new() }
    }

    fn key(&self, database: &str) -> KeyBuf {
        match self.is_view {
            true => Name::View(database, &self.name).key(),
            false => Name::Table(database, &self.name).key(),
        }
    }

    fn needs_table(&self) -> bool {
        let partitions = self.partitions.iter().map(|(_, change)| change);
        self.change.iter().chain(partitions).any(Change::needs_lower)
    }
}

impl Missing {
    /// In words.
    pub(super) fn words(&self) -> String {
        match self {
            Missing::Gone => GONE.to_owned(),
            Missing::Unread(error) => format!("it is not kept, and LOWER does not tell: {error}"),
        }
    }
}
