//! Partitions.

use super::disk;
use super::tables::{location, set_changed, table_name};
use super::world::{Answered, Kind, World, thrown};
use boatlift_clients::metastore::{Partition, Table};
use boatlift_clients::thrift::{Struct, Value};

impl World {
    pub(super) fn partition_names(&self, database: &str, table: &str) -> Option<Vec<String>> {
        let key = table_name(database, table);
        self.tables.contains_key(&key).then(|| {
            self.partitions.get(&key).into_iter().flatten().map(|(name, _)| name.clone()).collect()
        })
    }

    pub(super) fn raw_partitions(
        &self,
        database: &str,
        table: &str,
        names: &[Value],
    ) -> Answered<Vec<Struct>> {
        let key = table_name(database, table);
        if !self.tables.contains_key(&key) {
            return thrown(Kind::NoSuchObject, format!("{database}.{table} table not found"));
        }
        let found = self.partitions.get(&key);
        let left_out =
            |name: &&str| self.unanswered.contains(&format!("{database}.{table}/{name}"));
        let wanted = names.iter().filter_map(Value::as_str).filter(|name| !left_out(name));
        Ok(wanted.filter_map(|name| found?.get(name).cloned()).collect())
    }

    /// Adds a partition with its directory.
    ///
    /// # Errors
    /// The exception that a client sees.
    pub fn add_partition(&mut self, raw: Struct) -> Answered<()> {
        let database = raw.string(2).unwrap_or_default().to_owned();
        let table = raw.string(3).unwrap_or_default().to_owned();
        self.add_partitions(&database, &table, vec![raw], false)
    }

    /// Adds partitions with their directories, all or none.
    ///
    /// # Errors
    /// The exception that a client sees.
    pub(super) fn add_partitions(
        &mut self,
        database: &str,
        table: &str,
        all: Vec<Struct>,
        keeps_existing: bool,
    ) -> Answered<()> {
        let key = table_name(database, table);
        let Some(owner) = self.tables.get(&key).cloned() else {
            return thrown(Kind::InvalidObject, format!("{database}.{table} table not found"));
        };
        let mut added = Vec::new();
        for mut raw in all {
            let name = named(&owner, &raw);
            if self.partitions.get(&key).is_some_and(|there| there.contains_key(&name)) {
                if keeps_existing {
                    continue;
                }
                return thrown(Kind::AlreadyExists, format!("Partition already exists: {name}"));
            }
            let Some(home) = location(owner.structure(7)) else {
                return thrown(Kind::Meta, "Cannot append a partition to a view");
            };
            let asked = location(raw.structure(6)).map(disk::normal);
            let place = asked.unwrap_or_else(|| format!("{home}/{name}"));
            if !disk::make(&place, &self.denied) {
                let why = format!("{place} is not a directory or unable to create one");
                return thrown(Kind::Meta, why);
            }
            if let Some(descriptor) = raw.structure_mut(6) {
                descriptor.set(2, place);
            }
            added.push((name, raw));
        }
        let now = self.tick();
        for (name, mut raw) in added {
            raw.set(2, key.0.as_str());
            raw.set(3, key.1.as_str());
            raw.set(4, now as i32);
            set_changed(raw.map_mut(7), now);
            self.partitions.entry(key.clone()).or_default().insert(name, raw);
        }
        self.note("ADD_PARTITION", &key.0, Some(&key.1));
        Ok(())
    }

    /// Replaces partitions, all or none.
    ///
    /// # Errors
    /// The exception that a client sees.
    pub fn alter_partitions(
        &mut self,
        database: &str,
        table: &str,
        all: Vec<Struct>,
    ) -> Answered<()> {
        let key = table_name(database, table);
        let Some(owner) = self.tables.get(&key).cloned() else {
            let why = format!("alter is not possible: {database}.{table} not found");
            return thrown(Kind::InvalidOperation, why);
        };
        let now = self.tick();
        let there = self.partitions.entry(key.clone()).or_default();
        let named: Vec<(String, Struct)> =
            all.into_iter().map(|raw| (named(&owner, &raw), raw)).collect();
        if let Some((name, _)) = named.iter().find(|(name, _)| !there.contains_key(name)) {
            let why = format!("alter is not possible: partition {name} does not exist");
            return thrown(Kind::InvalidOperation, why);
        }
        for (name, mut raw) in named {
            set_changed(raw.map_mut(7), now);
            there.insert(name, raw);
        }
        self.note("ALTER_PARTITION", &key.0, Some(&key.1));
        Ok(())
    }

    /// Removes partitions; those that are not there do not matter. Directories go with those
    /// of managed tables if `deletes`.
    ///
    /// # Errors
    /// The exception that a client sees.
    pub fn drop_partitions(
        &mut self,
        database: &str,
        table: &str,
        names: &[Value],
        deletes: bool,
    ) -> Answered<()> {
        let key = table_name(database, table);
        let Some(owner) = self.tables.get(&key) else {
            return thrown(Kind::NoSuchObject, format!("{database}.{table} table not found"));
        };
        let is_managed = owner.string(12) == Some("MANAGED_TABLE");
        for name in names.iter().filter_map(Value::as_str) {
            let gone = self.partitions.get_mut(&key).and_then(|there| there.remove(name));
            if let Some(gone) = gone.filter(|_| deletes && is_managed) {
                disk::remove(location(gone.structure(6)).unwrap_or_default());
            }
        }
        self.tick();
        self.note("DROP_PARTITION", &key.0, Some(&key.1));
        Ok(())
    }
}

/// The name of a partition, by its table's keys.
fn named(owner: &Struct, raw: &Struct) -> String {
    let owner = Table::from_raw(owner.clone()).expect("a table");
    let partition = Partition::from_raw(raw.clone()).expect("a partition");
    let keys: Vec<&str> = owner.partition_keys().iter().map(|key| key.name).collect();
    partition.name(&keys)
}
