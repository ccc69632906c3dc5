//! Tables and views.

use super::disk;
use super::world::{Answered, Kind, TableName, Translation, World, thrown};
use boatlift_clients::thrift::{Map, Struct, Value};

/// The parameter that a server sets where it is missing.
pub(super) const CHANGED: &str = "transient_lastDdlTime";

/// The name of a table, as the server keeps it.
pub(super) fn table_name(database: &str, table: &str) -> TableName {
    (database.to_lowercase(), table.to_lowercase())
}

pub(super) fn location(descriptor: Option<&Struct>) -> Option<&str> {
    descriptor?.string(2).filter(|location| !location.is_empty())
}

/// Sets the time of the last change where nobody has said one.
pub(super) fn set_changed(parameters: &mut Map, now: i64) {
    if parameters.text(CHANGED).is_none() {
        parameters.set_text(CHANGED, &now.to_string());
    }
}

impl World {
    pub(super) fn raw_table(&self, database: &str, name: &str) -> Answered<&Struct> {
        if self.unreadable.iter().any(|table| *table == format!("{database}.{name}")) {
            return thrown(Kind::Meta, format!("cannot read {database}.{name}: broken row"));
        }
        let is_answered = !self.unanswered.contains(&format!("{database}.{name}"));
        match self.tables.get(&table_name(database, name)).filter(|_| is_answered) {
            Some(found) => Ok(found),
            None => thrown(Kind::NoSuchObject, format!("{database}.{name} table not found")),
        }
    }

    pub(super) fn raw_tables(&self, database: &str, names: &[Value]) -> Answered<Vec<Struct>> {
        if !self.databases.contains_key(&database.to_lowercase()) {
            return thrown(Kind::UnknownDatabase, format!("Could not find database {database}"));
        }
        let mut found = Vec::new();
        for name in names.iter().filter_map(Value::as_str) {
            match self.raw_table(database, name) {
                Ok(table) => found.push(table.clone()),
                Err(error) if error.kind == Kind::NoSuchObject => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    pub(super) fn table_names(&self, database: &str) -> Vec<&str> {
        let database = database.to_lowercase();
        let tables = self.tables.keys().filter(|(found, _)| *found == database);
        tables.map(|(_, table)| table.as_str()).collect()
    }

    /// Makes a table, with its directory unless it is a view.
    ///
    /// # Errors
    /// The exception that a client sees.
    pub fn create_table(&mut self, mut raw: Struct) -> Answered<()> {
        let (database, name) =
            table_name(raw.string(2).unwrap_or_default(), raw.string(1).unwrap_or_default());
        if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
            return thrown(Kind::InvalidObject, format!("{name} is not a valid object name"));
        }
        let home = self.database(&database)?.string(3).unwrap_or_default().to_owned();
        let key = (database.clone(), name.clone());
        if self.tables.contains_key(&key) {
            return thrown(Kind::AlreadyExists, format!("Table {name} already exists"));
        }
        raw.set(1, name.as_str());
        raw.set(2, database.as_str());
        if raw.string(12) != Some("VIRTUAL_VIEW") {
            let asked = location(raw.structure(7)).map(disk::normal);
            let mut place = asked.unwrap_or_else(|| format!("{home}/{name}"));
            if let Translation::Moves(to) = &self.translation {
                place = format!("file:{}/{name}", to.display());
            }
            if !disk::make(&place, &self.denied) {
                let why = format!("{place} is not a directory or unable to create one");
                return thrown(Kind::Meta, why);
            }
            if let Some(descriptor) = raw.structure_mut(7) {
                descriptor.set(2, place);
            }
        }
        if let Translation::Adds(key, value) = &self.translation {
            raw.map_mut(9).set_text(key, value);
        }
        let now = self.tick();
        raw.set(4, now as i32);
        set_changed(raw.map_mut(9), now);
        self.tables.insert(key, raw);
        self.note("CREATE_TABLE", &database, Some(&name));
        Ok(())
    }

    /// Replaces a table's description.
    ///
    /// # Errors
    /// The exception that a client sees.
    pub fn alter_table(&mut self, database: &str, name: &str, mut to: Struct) -> Answered<()> {
        let old = table_name(database, name);
        if !self.tables.contains_key(&old) {
            return thrown(
                Kind::InvalidOperation,
                format!("table {database}.{name} doesn't exist"),
            );
        }
        let new = table_name(to.string(2).unwrap_or(database), to.string(1).unwrap_or(name));
        if new != old && self.tables.contains_key(&new) {
            let why = format!("new table {}.{} already exists", new.0, new.1);
            return thrown(Kind::InvalidOperation, why);
        }
        to.set(1, new.1.as_str());
        to.set(2, new.0.as_str());
        let place = location(to.structure(7)).map(disk::normal);
        if let (Some(place), Some(descriptor)) = (place, to.structure_mut(7)) {
            descriptor.set(2, place);
        }
        let now = self.tick();
        set_changed(to.map_mut(9), now);
        self.tables.remove(&old);
        if let Some(mut partitions) = self.partitions.remove(&old) {
            partitions.values_mut().for_each(|raw| raw.set(3, new.1.as_str()));
            self.partitions.insert(new.clone(), partitions);
        }
        self.tables.insert(new, to);
        self.note("ALTER_TABLE", &old.0, Some(&old.1));
        Ok(())
    }

    /// Removes a table, and the directory of a managed one if `deletes`.
    ///
    /// # Errors
    /// The exception that a client sees.
    pub fn drop_table(&mut self, database: &str, name: &str, deletes: bool) -> Answered<()> {
        let table = self.raw_table(database, name)?.clone();
        if deletes && table.string(12) == Some("MANAGED_TABLE") {
            disk::remove(location(table.structure(7)).unwrap_or_default());
        }
        let key = table_name(database, name);
        self.tick();
        self.tables.remove(&key);
        self.partitions.remove(&key);
        self.note("DROP_TABLE", &key.0, Some(&key.1));
        Ok(())
    }
}
