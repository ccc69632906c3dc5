//! Which way the rows of a table go.

use super::export::Exporter;
use super::held::held;
use crate::config::Hybrid;
use crate::data::{Place, Places};
use crate::keys::Name;
use boatlift_clients::metastore::Table;
use boatlift_core::error::Result;
use boatlift_core::lane::Pace;
use boatlift_core::side::Side;
use boatlift_core::store::Opener;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The ways that a move takes.
pub(crate) enum Ways {
    /// Hive on UPPER reads LOWER's files and writes UPPER's.
    Sql,
    /// Hive on LOWER exports, Hive on UPPER imports.
    Export(Exporter),
    /// The one for small tables, the other for large ones.
    Hybrid(Sizes, Exporter),
}

/// The way of one table.
#[derive(Clone, Copy)]
pub(super) enum Way<'w> {
    Sql,
    Export(&'w Exporter, Otherwise),
}

/// What becomes of a place that IMPORT cannot bring to where it belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Otherwise {
    Sql,
    Fail,
}

impl Ways {
    /// The way of a table of LOWER.
    ///
    /// # Errors
    /// When its size cannot be found out.
    pub(super) fn of(
        &self,
        places: &Places,
        opener: &dyn Opener,
        name: Name<'_>,
        pace: &dyn Pace,
    ) -> Result<Way<'_>> {
        match self {
            Ways::Sql => Ok(Way::Sql),
            Ways::Export(exporter) => Ok(Way::Export(exporter, Otherwise::Fail)),
            Ways::Hybrid(sizes, exporter) => Ok(match sizes.size(places, opener, name, pace)? {
                Size::Small => Way::Sql,
                Size::Large => Way::Export(exporter, Otherwise::Sql),
            }),
        }
    }

    /// What is done to a side, for people: exports are the only thing written on LOWER.
    pub(crate) fn describe(&self, side: Side) -> String {
        let rows = "rows of hive tables".to_owned();
        match self.exporter().filter(|_| side == Side::Lower) {
            Some(exporter) => format!("{rows}; EXPORT writes below {}*", exporter.below()),
            None => rows,
        }
    }

    /// Whoever exports, where somebody does.
    pub(super) fn exporter(&self) -> Option<&Exporter> {
        match self {
            Ways::Sql => None,
            Ways::Export(exporter) | Ways::Hybrid(_, exporter) => Some(exporter),
        }
    }
}

/// The sizes of tables as they were when they were first asked for: a table goes one way
/// while a run lasts.
pub(crate) struct Sizes {
    limits: Hybrid,
    known: Mutex<BTreeMap<(String, String), Size>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    Small,
    Large,
}

impl Sizes {
    pub(crate) fn new(limits: Hybrid) -> Sizes {
        Sizes { limits, known: Mutex::default() }
    }

    fn size(
        &self,
        places: &Places,
        opener: &dyn Opener,
        name: Name<'_>,
        pace: &dyn Pace,
    ) -> Result<Size> {
        let (database, table) = (name.database(), name.table().unwrap_or_default());
        let key = (database.to_owned(), table.to_owned());
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(size) = known().get(&key) {
            return Ok(*size);
        }
        let size = match places.lower.table(database, table)? {
            Some(table) => self.measure(places, opener, database, &table, pace)?,
            None => Size::Small,
        };
        known().insert(key, size);
        Ok(size)
    }

    /// Counts partitions, and bytes only of those tables that have few.
    fn measure(
        &self,
        places: &Places,
        opener: &dyn Opener,
        database: &str,
        table: &Table,
        pace: &dyn Pace,
    ) -> Result<Size> {
        let names = match table.is_partitioned() {
            true => places.lower.partition_names(database, table.name())?,
            false => Vec::new(),
        };
        if names.len() > self.limits.sql_partition_limit as usize {
            return Ok(Size::Large);
        }
        let keys: Vec<_> = match table.is_partitioned() {
            true => names
                .iter()
                .map(|name| {
                    let mut key = Name::Partition(database, table.name(), name).key();
                    key.0.push(b'/');
                    key
                })
                .collect(),
            false => vec![Name::Table(database, table.name()).key()],
        };
        let mut bytes = 0_u64;
        for place in places.of_keys(keys.iter().map(|key| key.as_key()))?.values() {
            bytes = bytes.saturating_add(size_of(opener, place, pace)?);
            if bytes > self.limits.sql_size_limit {
                return Ok(Size::Large);
            }
        }
        Ok(Size::Small)
    }
}

fn size_of(opener: &dyn Opener, place: &Place, pace: &dyn Pace) -> Result<u64> {
    Ok(held(Side::Lower, opener, place, pace)?.map_or(0, |held| held.bytes()))
}
