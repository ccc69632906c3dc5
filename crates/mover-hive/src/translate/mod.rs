//! From an object of LOWER to the object that shall stand on UPPER, linked: UPPER's names,
//! LOWER's files. And from there to the form with files of its own, and back.
//!
//! Fields that this program does not know come along. What LOWER's server keeps for itself
//! does not: ids, write ids, times of creation and access (UPPER sets its own), validity of
//! statistics, LOWER's catalog (UPPER has its own), privileges (they name LOWER's
//! principals; grants are exported apart), what a materialized view was made of.

mod forms;
mod functions;
mod references;
mod views;

pub use forms::{OwnsFiles, SideFile};
pub(crate) use references::{ViewName, levels, references};

use crate::classify::{Class, Standing, classify};
use crate::config::{HiveConfig, PartitionDiscovery};
use crate::differences::Differences;
use crate::fingerprint::Fingerprints;
use crate::locations::{Locations, Refused};
use crate::marks::{self, is_mark};
use crate::parameters::{
    BUCKETING, DISCOVER, EXTERNAL, PURGE, is_statistic, is_translation, is_true,
};
use crate::scope::Scope;
use boatlift_clients::metastore::{Database, Partition, Stored, Table};
use boatlift_clients::thrift::Map;
use boatlift_core::Side;
use std::collections::BTreeMap;

/// Fields of a table that are LOWER's own, beside those that the metastore client forgets:
/// creation time, access time, privileges, rewriting and origin of materialized views.
const TABLE_STATE: &[i16] = &[4, 5, 13, 15, 16];
/// Creation time, access time, privileges.
const PARTITION_STATE: &[i16] = &[4, 5, 8];
/// Privileges, creation time.
const DATABASE_STATE: &[i16] = &[5, 9];

/// Why an object cannot stand on UPPER.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Untranslatable {
    /// A location without a counterpart.
    #[error(transparent)]
    Location(#[from] Refused),
    /// A table or partition without a place: UPPER's metastore would make one up.
    #[error("{0} has no location")]
    NoLocation(String),
}

/// Makes objects of UPPER from those of LOWER, for one move.
#[derive(Debug, Clone)]
pub struct Translator {
    name: String,
    config: HiveConfig,
    scope: Scope,
    locations: Locations,
    database_locations: BTreeMap<String, String>,
}

impl Translator {
    /// For the move `name`.
    ///
    /// # Errors
    /// Says which key is wrong, and why.
    pub fn new(config: &HiveConfig, name: &str) -> Result<Translator, String> {
        let places = config.databases.locations.iter();
        Ok(Translator {
            name: name.to_owned(),
            config: config.clone(),
            scope: Scope::new(&config.scope, &config.databases)?,
            locations: Locations::new(config)?,
            database_locations: places.map(|(d, l)| (d.to_lowercase(), l.clone())).collect(),
        })
    }

    /// Names and filters.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Places.
    #[must_use]
    pub fn locations(&self) -> &Locations {
        &self.locations
    }

    /// Whether and as what a table of LOWER comes along.
    #[must_use]
    pub fn standing(&self, lower: &Table) -> Standing {
        classify(lower, &self.config.lower)
    }

    /// What of objects counts when they are read back.
    #[must_use]
    pub fn differences(&self) -> Differences<'_> {
        Differences::new(&self.locations, &self.config.carry)
    }

    /// The move's name, as the marks on its tables have it.
    #[must_use]
    pub fn move_name(&self) -> &str {
        &self.name
    }

    /// Fingerprints of objects in UPPER's terms.
    #[must_use]
    pub fn fingerprints(&self) -> Fingerprints<'_> {
        Fingerprints::new(&self.locations, &self.config.carry)
    }

    /// The database that shall stand on UPPER. It has the location that was configured, or
    /// none, so that UPPER chooses; never one of LOWER: `DROP DATABASE ... CASCADE` on UPPER
    /// would delete there.
    #[must_use]
    pub fn database(&self, lower: &Database) -> Database {
        let mut upper = lower.clone();
        let name = lower.name().to_lowercase();
        upper.set_name(&self.scope.upper_database(&name));
        upper.set_location(self.database_locations.get(&name).map(String::as_str));
        upper.set_managed_location(None);
        upper.set_catalog(None);
        for id in DATABASE_STATE {
            upper.as_raw_mut().take(*id);
        }
        if !self.config.carry.owners {
            upper.set_owner(None);
            upper.set_owner_kind(None);
        }
        clean(upper.as_raw_mut().map_mut(4));
        let source = self.fingerprints().database(&upper).to_string();
        upper.set_parameter(marks::MOVE, &self.name);
        upper.set_parameter(marks::SOURCE, &source);
        upper
    }

    /// The table or view that shall stand on UPPER, its files still on LOWER.
    ///
    /// # Errors
    /// See [`Untranslatable`].
    pub fn table(&self, lower: &Table, class: Class) -> Result<Table, Untranslatable> {
        let mut upper = lower.clone();
        upper.forget_server_fields();
        for id in TABLE_STATE {
            upper.as_raw_mut().take(*id);
        }
        upper.set_catalog(None);
        upper.set_database(&self.scope.upper_database(lower.database()));
        if !self.config.carry.owners {
            upper.set_owner(None);
            upper.set_owner_kind(None);
        }
        clean(upper.as_raw_mut().map_mut(9));
        match class {
            Class::View => self.rename_in_view(&mut upper),
            _ => self.external(&mut upper, lower, class)?,
        }
        self.mark(&mut upper, class);
        Ok(upper)
    }

    /// The partition that shall stand on UPPER, its files still on LOWER.
    ///
    /// # Errors
    /// See [`Untranslatable`].
    pub fn partition(&self, lower: &Partition) -> Result<Partition, Untranslatable> {
        let mut upper = lower.clone();
        upper.forget_server_fields();
        for id in PARTITION_STATE {
            upper.as_raw_mut().take(*id);
        }
        upper.set_catalog(None);
        upper.set_database(&self.scope.upper_database(lower.database()));
        clean(upper.as_raw_mut().map_mut(7));
        let named = || format!("partition {:?} of {}", lower.values(), lower.table());
        self.link(&mut upper, named)?;
        self.link_parameters(upper.as_raw_mut().map_mut(7))?;
        Ok(upper)
    }

    /// The configuration that it goes by.
    pub(crate) fn config(&self) -> &HiveConfig {
        &self.config
    }

    fn external(
        &self,
        upper: &mut Table,
        lower: &Table,
        class: Class,
    ) -> Result<(), Untranslatable> {
        upper.set_table_type(Some("EXTERNAL_TABLE"));
        upper.set_parameter(EXTERNAL, "TRUE");
        upper.remove_parameter(PURGE);
        upper.remove_parameter(DISCOVER);
        let PartitionDiscovery { auto, .. } = self.config.partition_discovery;
        if auto && upper.is_partitioned() {
            upper.set_parameter(DISCOVER, "true");
        }
        if !lower.bucket_columns().is_empty() && lower.parameter(BUCKETING).is_none() {
            // Newer servers would take 2, and look for rows where Hive 1 did not put them.
            upper.set_parameter(BUCKETING, "1");
        }
        let owned = class == Class::LegacyManaged || is_true(lower.parameter(PURGE));
        if owned {
            upper.set_parameter(marks::PURGES, "true");
        }
        self.link(upper, || format!("table {}.{}", lower.database(), lower.name()))?;
        self.link_parameters(upper.as_raw_mut().map_mut(9))
    }

    fn mark(&self, upper: &mut Table, class: Class) {
        let source = self.fingerprints().table(upper).to_string();
        upper.set_parameter(marks::MOVE, &self.name);
        upper.set_parameter(marks::SOURCE, &source);
        if class != Class::View {
            upper.set_parameter(marks::CONVERTED, "true");
        }
        if class == Class::LegacyManaged {
            upper.set_parameter(marks::LEGACY_MANAGED, "true");
        }
    }

    /// Gives an object of LOWER full locations: it will be read on UPPER.
    fn link(
        &self,
        object: &mut impl Stored,
        named: impl Fn() -> String,
    ) -> Result<(), Untranslatable> {
        let location = object.location().filter(|location| !location.is_empty());
        let location = location.ok_or_else(|| Untranslatable::NoLocation(named()))?;
        let location = self.locations.qualify(Side::Lower, location)?;
        object.set_location(Some(&location));
        forms::restate_storage(&self.locations, object, &|text| {
            self.locations.qualify(Side::Lower, text)
        })?;
        Ok(())
    }

    fn link_parameters(&self, parameters: &mut Map) -> Result<(), Untranslatable> {
        let qualify = |text: &str| self.locations.qualify(Side::Lower, text);
        Ok(self.locations.restate(parameters, qualify)?)
    }
}

/// Without statistics, translations and marks of another move.
fn clean(parameters: &mut Map) {
    let stale = |key: &str| is_statistic(key) || is_translation(key) || is_mark(key);
    parameters.entries.retain(|(key, _)| !key.as_str().is_some_and(stale));
}

#[cfg(test)]
mod tests;
