//! The exchange: points tables and partitions on UPPER at UPPER's storage, each after its
//! own check, and back again before their files change.
//!
//! A reader meets either location, and the same rows under both. There is no moment in which
//! a table or a partition does not exist: its location is replaced in one call.

mod agreed;
mod lane;
mod listing;
mod purging;
mod readiness;
mod side_files;
mod store;

pub(crate) use lane::ExchangeLane;
pub(crate) use store::ExchangeStore;

use crate::catalog::{Catalogue, Describe, location};
use crate::data::{Place, Places};
use crate::keys::Name;
use crate::marks::{Ownership, ownership};
use crate::translate::{Translator, Untranslatable};
use boatlift_clients::metastore::{Partition, Stored, Table};
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::key::Key;
use boatlift_core::mover::Agreements;
use boatlift_core::side::Side;
use boatlift_core::store::Opener;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What an exchange works with.
pub(crate) struct Exchange {
    pub(crate) upper: Arc<Catalogue>,
    pub(crate) describe: Arc<Describe>,
    pub(crate) places: Arc<Places>,
    pub(crate) opener: Arc<dyn Opener>,
    pub(crate) agreements: Arc<dyn Agreements>,
    pub(crate) carried: Carried,
}

/// What the data's group agrees on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Carried {
    /// Files, each with its name, size and time.
    Files,
    /// Places, each with a fingerprint of the files on either side.
    Rows,
}

/// Where something on UPPER points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pointing {
    /// At LOWER's storage, as the catalogue's group left it.
    Lower,
    /// At its place on UPPER.
    Upper,
    /// Somewhere else: not our doing.
    Elsewhere,
}

impl Exchange {
    /// Points whatever of these places readers on UPPER follow back at LOWER. Idempotent.
    ///
    /// # Errors
    /// When UPPER's metastore does not do it; nothing may be changed at the places then.
    pub(crate) fn step_back(&self, places: &[&Place]) -> Result<()> {
        let mut by_table: BTreeMap<(&str, &str), Vec<(&Place, Name<'_>)>> = BTreeMap::new();
        for place in places {
            let Some(name) = Name::of_place(place.prefix.as_key()) else { continue };
            if let Some(table) = name.table() {
                by_table.entry((name.database(), table)).or_default().push((place, name));
            }
        }
        for ((database, table), places) in by_table {
            let Some(here) = self.table(database, table)? else { continue };
            self.table_back(&here, &places)?;
            self.partitions_back(&here, &places)?;
        }
        Ok(())
    }

    fn table_back(&self, here: &Table, places: &[(&Place, Name<'_>)]) -> Result<()> {
        let own = places.iter().find(|(_, name)| matches!(name, Name::Table(..)));
        let Some((place, _)) = own.filter(|(place, _)| self.points(here, place) == Pointing::Upper)
        else {
            return Ok(());
        };
        self.check_ours(here, place)?;
        let key = place.prefix.as_key();
        let agreed = self.agreed(std::iter::once(key))?;
        if let Some(name) = Name::of(key) {
            let now = self.describe.table(Side::Upper, here);
            self.is_as_agreed((name, key), &now, &agreed)?;
        }
        let back = self.translator().release_table(here).map_err(|e| no_way_back(place, &e))?;
        self.upper.alter_table(here.database(), here.name(), &back)?;
        let now = self.upper.table(here.database(), here.name())?;
        match now.is_some_and(|now| self.points(&now, place) == Pointing::Lower) {
            true => Ok(()),
            false => Err(not_kept(place)),
        }
    }

    fn partitions_back(&self, here: &Table, places: &[(&Place, Name<'_>)]) -> Result<()> {
        let named = places.iter().filter_map(|(place, name)| match name {
            Name::Partition(_, _, partition) => Some(((*partition).to_owned(), *place)),
            _ => None,
        });
        let named: BTreeMap<String, &Place> = named.collect();
        let names: Vec<String> = named.keys().cloned().collect();
        if names.is_empty() {
            return Ok(());
        }
        let mut back = Vec::new();
        let mut changed = Vec::new();
        let keys = named.values().map(|place| Key::new(place.prefix.as_key().path()));
        let agreed = self.agreed(keys)?;
        for (name, partition) in self.upper.partitions(here, &names)? {
            if self.points(&partition, named[&name]) == Pointing::Upper {
                self.check_ours(here, named[&name])?;
                let key = Key::new(named[&name].prefix.as_key().path());
                if let Some(of_key) = Name::of(key) {
                    let now = self.describe.partition(Side::Upper, &partition);
                    self.is_as_agreed((of_key, key), &now, &agreed)?;
                }
                let released = self.translator().release_partition(&partition);
                back.push(released.map_err(|error| no_way_back(named[&name], &error))?);
                changed.push(name);
            }
        }
        if back.is_empty() {
            return Ok(());
        }
        // Before any of them points at LOWER: a user's DROP TABLE would take LOWER's files along.
        self.upper.take_purge_off(here)?;
        self.upper.alter_partitions(here, &back)?;
        for (name, partition) in self.upper.partitions(here, &changed)? {
            if self.points(&partition, named[&name]) != Pointing::Lower {
                return Err(not_kept(named[&name]));
            }
        }
        Ok(())
    }

    /// Refuses a place that somebody else's table on UPPER has.
    fn check_ours(&self, here: &Table, place: &Place) -> Result<()> {
        match ownership(here) {
            Ownership::Ours { name, .. } if name == self.translator().move_name() => Ok(()),
            _ => Err(Error::new(Code::HiveForeign, "cannot bring files to the place of")
                .on(place.prefix.as_key())
                .because("a table on UPPER that this move did not write has it")),
        }
    }

    /// Where a table or partition of UPPER points, seen from its place.
    pub(crate) fn points(&self, stored: &impl Stored, place: &Place) -> Pointing {
        let canonical = |text: &str| {
            let place = self.translator().locations().place(Side::Upper, text);
            place.map(|place| place.canonical()).ok()
        };
        match location(stored).and_then(canonical) {
            at if at.is_some() && at == canonical(&place.upper) => Pointing::Upper,
            at if at.is_some() && at == canonical(&place.lower) => Pointing::Lower,
            _ => Pointing::Elsewhere,
        }
    }

    /// A table of UPPER, by LOWER's name of its database.
    pub(crate) fn table(&self, database: &str, table: &str) -> Result<Option<Table>> {
        self.upper.table(&self.translator().scope().upper_database(database), table)
    }

    /// The partition as it points at its place on UPPER.
    pub(crate) fn adopted(&self, here: &Partition, place: &Place) -> Result<Partition> {
        self.translator().adopt_partition(here).map_err(|error| no_way_back(place, &error))
    }

    pub(crate) fn translator(&self) -> &Translator {
        &self.describe.translator
    }
}

fn no_way_back(place: &Place, error: &Untranslatable) -> Error {
    Error::new(Code::HiveLocation, "cannot find the counterpart of")
        .on(place.prefix.as_key())
        .because(error)
}

fn not_kept(place: &Place) -> Error {
    Error::new(Code::HiveTranslated, "UPPER's metastore did not keep the location of")
        .on(place.prefix.as_key())
        .because(format!("{} was asked for", place.lower))
}
