//! What the server holds.

use super::databases::new_database;
use boatlift_clients::metastore::{Database, Partition, Stored, Table};
use boatlift_clients::thrift::Struct;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// An exception, and what it says. Which field of the answer it takes is the method's matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thrown {
    pub(super) kind: Kind,
    /// The message.
    pub message: String,
}

/// The exceptions of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    NoSuchObject,
    AlreadyExists,
    InvalidObject,
    InvalidOperation,
    UnknownDatabase,
    Meta,
}

pub(super) type Answered<T> = Result<T, Thrown>;

/// An exception to throw.
pub(super) fn thrown<T>(kind: Kind, message: impl Into<String>) -> Answered<T> {
    Err(Thrown { kind, message: message.into() })
}

/// What the server makes of tables that it is told to create, as Hive 4 does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Translation {
    /// Nothing.
    #[default]
    None,
    /// They get a parameter more.
    Adds(String, String),
    /// They get another location: a directory below this one.
    Moves(PathBuf),
}

/// A database and a table, in lower case.
pub(super) type TableName = (String, String);

/// What the server holds: objects as they came, with what a server sets.
pub struct World {
    pub(super) warehouse: String,
    pub(super) databases: BTreeMap<String, Struct>,
    pub(super) tables: BTreeMap<TableName, Struct>,
    /// By the name of the partition.
    pub(super) partitions: BTreeMap<TableName, BTreeMap<String, Struct>>,
    pub(super) functions: BTreeMap<(String, String), Struct>,
    pub(super) events: Vec<Struct>,
    /// Seconds since 1970: each change takes one.
    pub(super) clock: i64,
    /// What becomes of new tables.
    pub translation: Translation,
    /// Directories below which the server may not make any.
    pub denied: Vec<PathBuf>,
    /// Tables that the server fails to hand out, `database.table`.
    pub unreadable: Vec<String>,
    /// Tables, `database.table`, and partitions, `database.table/ds=1`, that are named and left out
    /// of every answer, as by a server whose own database is not in order.
    pub unanswered: Vec<String>,
    /// Whether changes are noted in the notification log.
    pub notes_events: bool,
}

impl World {
    pub(super) fn new(warehouse: &Path) -> World {
        let warehouse = format!("file:{}", warehouse.display());
        let default = new_database("default", &warehouse);
        World {
            warehouse,
            databases: BTreeMap::from([("default".to_owned(), default)]),
            tables: BTreeMap::new(),
            partitions: BTreeMap::new(),
            functions: BTreeMap::new(),
            events: Vec::new(),
            clock: 1_700_000_000,
            translation: Translation::None,
            denied: Vec::new(),
            unreadable: Vec::new(),
            unanswered: Vec::new(),
            notes_events: true,
        }
    }

    /// The databases.
    #[must_use]
    pub fn databases(&self) -> Vec<Database> {
        let all = self.databases.values().cloned();
        all.map(|raw| Database::from_raw(raw).expect("a database")).collect()
    }

    /// The tables and views.
    #[must_use]
    pub fn tables(&self) -> Vec<Table> {
        self.tables.values().map(as_table).collect()
    }

    /// A table or view.
    #[must_use]
    pub fn table(&self, database: &str, name: &str) -> Option<Table> {
        self.tables.get(&(database.to_lowercase(), name.to_lowercase())).map(as_table)
    }

    /// The partitions of a table, by name.
    #[must_use]
    pub fn partitions(&self, database: &str, table: &str) -> BTreeMap<String, Partition> {
        let found = self.partitions.get(&(database.to_lowercase(), table.to_lowercase()));
        let each = |(name, raw): (&String, &Struct)| {
            (name.clone(), Partition::from_raw(raw.clone()).expect("a partition"))
        };
        found.into_iter().flatten().map(each).collect()
    }

    /// Where readers look for rows, by what they name: `d.t`, `d.t/ds=1`. Views are not there,
    /// nor tables whose rows are in partitions.
    #[must_use]
    pub fn places(&self) -> BTreeMap<String, String> {
        let mut places = BTreeMap::new();
        for table in self.tables() {
            let name = format!("{}.{}", table.database(), table.name());
            for (partition, raw) in self.partitions(table.database(), table.name()) {
                let location = raw.location().unwrap_or_default().to_owned();
                places.insert(format!("{name}/{partition}"), location);
            }
            if let Some(location) = table.location().filter(|_| !table.is_partitioned()) {
                places.insert(name, location.to_owned());
            }
        }
        places
    }

    /// Every object as text, without what depends on time: for comparisons.
    #[must_use]
    pub fn told(&self) -> BTreeMap<String, String> {
        let mut told = BTreeMap::new();
        for (name, raw) in &self.databases {
            told.insert(name.clone(), text(raw, 4));
        }
        for ((database, table), raw) in &self.tables {
            told.insert(format!("{database}.{table}"), text(raw, 9));
        }
        for ((database, table), partitions) in &self.partitions {
            for (name, raw) in partitions {
                told.insert(format!("{database}.{table}/{name}"), text(raw, 7));
            }
        }
        for ((database, name), raw) in &self.functions {
            told.insert(format!("{database}.{name}()"), text(raw, 99));
        }
        told
    }

    /// Loses the notification log, as a server whose log was cleaned or reset.
    pub fn forget_events(&mut self) {
        self.events.clear();
    }

    /// Notes that a table was altered under the number of the newest event, as two servers over
    /// one log may.
    pub fn note_alike(&mut self, database: &str, table: &str) {
        self.note("ALTER_TABLE", database, Some(table));
        if let [.., newest, noted] = &mut self.events[..] {
            noted.set(1, newest.i64(1).unwrap_or_default());
        }
    }

    /// The next second.
    pub(super) fn tick(&mut self) -> i64 {
        self.clock += 1;
        self.clock
    }

    pub(super) fn newest_event(&self) -> i64 {
        self.events.last().and_then(|event| event.i64(1)).unwrap_or_default()
    }

    /// Notes a change in the log.
    pub(super) fn note(&mut self, what: &str, database: &str, table: Option<&str>) {
        if !self.notes_events {
            return;
        }
        let id = self.newest_event() + 1;
        let mut event = Struct::new()
            .with(1, id)
            .with(2, self.clock as i32)
            .with(3, what)
            .with(4, database)
            .with(6, "{}");
        event.set_or_take(5, table);
        self.events.push(event);
    }
}

fn as_table(raw: &Struct) -> Table {
    Table::from_raw(raw.clone()).expect("a table")
}

/// An object's text, its parameters in order and without the time of its last change.
fn text(raw: &Struct, parameters: i16) -> String {
    let mut raw = raw.clone();
    let mut pairs: Vec<String> = Vec::new();
    if let Some(map) = raw.map(parameters) {
        let kept = map.texts().filter(|(key, _)| *key != "transient_lastDdlTime");
        pairs = kept.map(|(key, value)| format!("{key}={value}")).collect();
        pairs.sort();
        raw.take(parameters);
        // The time of creation has the same field in tables and partitions.
        raw.take(if parameters == 4 { 9 } else { 4 });
    }
    format!("{raw:?} {pairs:?}")
}
