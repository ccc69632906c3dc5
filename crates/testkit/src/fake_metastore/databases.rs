//! Databases.

use super::disk;
use super::world::{Answered, Kind, World, thrown};
use boatlift_clients::thrift::{Map, Struct};

/// A database that the server makes by itself.
pub(super) fn new_database(name: &str, location: &str) -> Struct {
    Struct::new()
        .with(1, name)
        .with(2, "")
        .with(3, location)
        .with(4, Map::strings([] as [(&str, &str); 0]))
}

impl World {
    pub(super) fn database(&self, name: &str) -> Answered<Struct> {
        match self.databases.get(&name.to_lowercase()) {
            Some(found) => Ok(found.clone()),
            None => thrown(Kind::NoSuchObject, name.to_string()),
        }
    }

    /// Makes a database with its directory.
    ///
    /// # Errors
    /// The exception that a client sees.
    pub fn create_database(&mut self, mut raw: Struct) -> Answered<()> {
        let name = raw.string(1).unwrap_or_default().to_lowercase();
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return thrown(Kind::InvalidObject, format!("{name} is not a valid database name"));
        }
        if self.databases.contains_key(&name) {
            return thrown(Kind::AlreadyExists, format!("Database {name} already exists"));
        }
        let location = match raw.string(3).filter(|location| !location.is_empty()) {
            Some(location) => disk::normal(location),
            None => format!("{}/{name}.db", self.warehouse),
        };
        if !disk::make(&location, &self.denied) {
            return thrown(Kind::Meta, format!("Unable to create database path {location}"));
        }
        raw.set(1, name.as_str());
        raw.set(3, location);
        self.tick();
        self.note("CREATE_DATABASE", &name, None);
        self.databases.insert(name, raw);
        Ok(())
    }

    /// Replaces a database's description.
    ///
    /// # Errors
    /// The exception that a client sees.
    pub fn alter_database(&mut self, name: &str, raw: Struct) -> Answered<()> {
        let name = name.to_lowercase();
        self.database(&name)?;
        self.tick();
        self.databases.insert(name, raw);
        Ok(())
    }

    /// Drops a database that has no tables; `deletes` removes its directory too.
    ///
    /// # Errors
    /// As the metastore answers them.
    pub fn drop_database(&mut self, name: &str, deletes: bool) -> Answered<()> {
        let name = name.to_lowercase();
        let found = self.database(&name)?;
        if self.tables.keys().any(|(database, _)| *database == name) {
            let message = format!("Database {name} is not empty. One or more tables exist.");
            return thrown(Kind::InvalidOperation, message);
        }
        if deletes {
            disk::remove(found.string(3).unwrap_or_default());
        }
        self.tick();
        self.databases.remove(&name);
        self.note("DROP_DATABASE", &name, None);
        Ok(())
    }
}
