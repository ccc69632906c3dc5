//! The calls that a walk makes ahead: what is in a database, a few tables with what few
//! partitions they have, and a piece of a long table's partitions.

use super::catalogue::{Catalogue, is_view};
use super::feed::Unchanged;
use super::mark::MARKS;
use crate::classify::Standing;
use crate::keys::Name;
use crate::scope::Scope;
use crate::translate::Translator;
use crate::waves::Wave;
use boatlift_clients::metastore::{Database, Function, Partition, Table};
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::key::KeyBuf;
use boatlift_core::side::Side;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Partitions that are read together with the tables of one call.
const PARTITIONS_BESIDE: usize = 500;

/// Reads one side's metastore within a scope.
pub(crate) struct Reader {
    /// The metastore.
    pub(crate) catalogue: Arc<Catalogue>,
    /// Only tables and views of this wave; of all without.
    pub(crate) wave: Option<Wave>,
    /// What takes part, and as what.
    pub(crate) translator: Arc<Translator>,
    /// Functions take part.
    pub(crate) functions: bool,
    /// Tables that need not be read again.
    pub(crate) unchanged: Unchanged,
    /// How the partitions of a table are ordered.
    pub(crate) order: Order,
}

/// An order of partitions: by their keys, or as directories with what is below them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Keys,
    Directories,
}

/// What is in a database.
pub(crate) struct InDatabase {
    pub(crate) database: Database,
    pub(crate) functions: Vec<(KeyBuf, Function)>,
    pub(crate) tables: Vec<Slot>,
}

/// A table or view, by name.
#[derive(Clone)]
pub(crate) enum Slot {
    /// It is to be read.
    Read(String),
    /// It is as it was agreed on.
    AsAgreed(String),
}

/// What was read of a table.
pub(crate) enum TableRead {
    Read(KeyBuf, Arc<Table>, Beside),
    AsAgreed(String, String),
    Failed(KeyBuf, Error),
}

/// The partitions of a table.
pub(crate) enum Beside {
    /// It has none, or they do not matter.
    None,
    /// All of them.
    All(Vec<PartitionRead>),
    /// Too many to be read together with others.
    Names(Vec<String>),
    Failed(Error),
}

/// A partition under its key, or why one that is named cannot be read.
pub(crate) type PartitionRead = (KeyBuf, Result<Partition>);

/// Partitions in key order.
pub(crate) type PartitionsRead = Result<Vec<PartitionRead>>;

impl Reader {
    /// The databases in scope, by LOWER's names, in key order.
    pub(crate) fn database_names(&self) -> Result<Vec<String>> {
        let all = self.catalogue.database_names()?;
        let mut names: Vec<String> = all
            .iter()
            .filter_map(|name| match self.catalogue.side() {
                Side::Lower => Some(name.to_lowercase()),
                Side::Upper => self.scope().lower_database(name),
            })
            .filter(|name| name != MARKS && self.scope().takes_database(name))
            .collect();
        names.sort_by_cached_key(|name| Name::Database(name).key());
        names.dedup();
        Ok(names)
    }

    /// What is in a database, or `None` when it has vanished.
    pub(crate) fn database(&self, name: &str) -> Result<Option<InDatabase>> {
        let here = self.name_here(name);
        let Some(database) = self.catalogue.database(&here)? else { return Ok(None) };
        let mut functions = Vec::new();
        if self.functions {
            for function in self.catalogue.functions(&here)? {
                let key = Name::Function(name, function.name()).key();
                functions.push((key, function));
            }
            functions.sort_by(|(one, _), (other, _)| one.cmp(other));
        }
        let mut names = self.catalogue.table_names(&here)?;
        names.retain(|table| self.scope().takes_table(table) && self.is_of_wave(name, table));
        names.sort_unstable();
        let slot = |table: String| match self.unchanged.holds(name, &table) {
            true => Slot::AsAgreed(table),
            false => Slot::Read(table),
        };
        Ok(Some(InDatabase { database, functions, tables: names.into_iter().map(slot).collect() }))
    }

    /// Reads some tables of a database, in the order of their names.
    pub(crate) fn tables(&self, database: &str, slots: Vec<Slot>) -> Vec<TableRead> {
        let here = self.name_here(database);
        let wanted = slots.iter().filter_map(|slot| match slot {
            Slot::Read(name) => Some(name.clone()),
            Slot::AsAgreed(_) => None,
        });
        let wanted: Vec<String> = wanted.collect();
        let mut found = match self.catalogue.tables(&here, &wanted) {
            Ok(found) => found,
            Err(_) => return slots.into_iter().filter_map(|s| self.alone(database, s)).collect(),
        };
        let mut room = PARTITIONS_BESIDE;
        let read = slots.into_iter().filter_map(|slot| match slot {
            Slot::AsAgreed(name) => Some(TableRead::AsAgreed(database.to_owned(), name)),
            Slot::Read(name) => match found.remove(&name) {
                Some(table) => self.with_partitions(database, table, &mut room),
                None => self.unanswered(database, &name),
            },
        });
        read.collect()
    }

    /// A table that an answer for many left out. One that has vanished is not named any more.
    fn unanswered(&self, database: &str, name: &str) -> Option<TableRead> {
        let failed = |error| Some(TableRead::Failed(Name::Table(database, name).key(), error));
        let here = self.name_here(database);
        match self.catalogue.table(&here, name) {
            Ok(Some(table)) => self.with_partitions(database, table, &mut 0),
            Ok(None) => match self.catalogue.table_names(&here) {
                Ok(names) if names.iter().any(|named| named == name) => {
                    failed(self.not_answered("cannot read table", format!("{here}.{name}")))
                }
                Ok(_) => None,
                Err(error) => failed(error),
            },
            Err(error) => failed(error),
        }
    }

    fn not_answered(&self, tried: &str, what: String) -> Error {
        let because = "the metastore names it, and does not tell it when it is asked for it";
        let what = format!("{what} on {}", self.catalogue.side());
        Error::new(Code::ServerFailed, tried).on(what).because(because)
    }

    /// Reads one table, when a call for many failed: perhaps because of another.
    fn alone(&self, database: &str, slot: Slot) -> Option<TableRead> {
        let name = match slot {
            Slot::Read(name) => name,
            Slot::AsAgreed(name) => return Some(TableRead::AsAgreed(database.to_owned(), name)),
        };
        self.unanswered(database, &name)
    }

    /// A table with its partitions; `None` for a view where views do not take part.
    fn with_partitions(&self, database: &str, table: Table, room: &mut usize) -> Option<TableRead> {
        if is_view(&table) && !self.scope().takes_views() {
            return None;
        }
        let key = key_of(database, &table);
        let is_carried = matches!(self.translator.standing(&table), Standing::Carry(_));
        if is_view(&table) || !table.is_partitioned() || !is_carried {
            return Some(TableRead::Read(key, Arc::new(table), Beside::None));
        }
        let beside = match self.beside(&table, room) {
            Ok(beside) => beside,
            Err(error) => Beside::Failed(error),
        };
        Some(TableRead::Read(key, Arc::new(table), beside))
    }

    fn beside(&self, table: &Table, room: &mut usize) -> Result<Beside> {
        let mut names = self.catalogue.partition_names(table.database(), table.name())?;
        match self.order {
            Order::Keys => names.sort_unstable(),
            Order::Directories => names.sort_by(|one, other| {
                let [one, other] = [one, other].map(|name| name.bytes().chain([b'/']));
                one.cmp(other)
            }),
        }
        let taken = self.scope().takes_partitions(&names);
        let names: Vec<String> =
            taken.into_iter().map(|at| std::mem::take(&mut names[at])).collect();
        if names.is_empty() {
            return Ok(Beside::None);
        }
        if names.len() > *room {
            return Ok(Beside::Names(names));
        }
        *room -= names.len();
        self.partitions(table, &names).map(Beside::All)
    }

    /// Reads partitions by name. Those that have vanished are missing; one that is still named,
    /// and was not answered, is told as such.
    pub(crate) fn partitions(&self, table: &Table, names: &[String]) -> PartitionsRead {
        let database = self.name_everywhere(table.database());
        let mut found = self.catalogue.partitions(table, names)?;
        let mut named = BTreeSet::new();
        if found.len() < names.len() {
            named.extend(self.catalogue.partition_names(table.database(), table.name())?);
        }
        let in_order = names.iter().filter_map(|name| {
            let read = match found.remove(name) {
                Some(partition) => Ok(partition),
                None if named.contains(name) => {
                    let what = format!("{}.{}/{name}", table.database(), table.name());
                    Err(self.not_answered("cannot read partition", what))
                }
                None => return None,
            };
            Some((Name::Partition(&database, table.name(), name).key(), read))
        });
        Ok(in_order.collect())
    }

    fn is_of_wave(&self, database: &str, table: &str) -> bool {
        self.wave.is_none_or(|wave| self.scope().wave_of(database, table) == wave.number())
    }

    fn scope(&self) -> &Scope {
        self.translator.scope()
    }

    /// What a database is called on this side.
    fn name_here(&self, database: &str) -> String {
        match self.catalogue.side() {
            Side::Lower => database.to_owned(),
            Side::Upper => self.scope().upper_database(database),
        }
    }

    /// What a database of this side is called in keys.
    fn name_everywhere(&self, here: &str) -> String {
        match self.catalogue.side() {
            Side::Lower => here.to_owned(),
            Side::Upper => self.scope().lower_database(here).unwrap_or_else(|| here.to_owned()),
        }
    }
}

/// The key of a table or view.
pub(crate) fn key_of(database: &str, table: &Table) -> KeyBuf {
    match is_view(table) {
        true => Name::View(database, table.name()).key(),
        false => Name::Table(database, table.name()).key(),
    }
}
