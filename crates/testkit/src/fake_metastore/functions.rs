//! Functions.

use super::tables::table_name;
use super::world::{Answered, Kind, World, thrown};
use boatlift_clients::thrift::Struct;

impl World {
    pub(super) fn function_names(&self, database: &str) -> Vec<&str> {
        let database = database.to_lowercase();
        let functions = self.functions.keys().filter(|(found, _)| *found == database);
        functions.map(|(_, name)| name.as_str()).collect()
    }

    pub(super) fn function(&self, database: &str, name: &str) -> Answered<Struct> {
        match self.functions.get(&table_name(database, name)) {
            Some(found) => Ok(found.clone()),
            None => {
                thrown(Kind::NoSuchObject, format!("Function {database}.{name} does not exist"))
            }
        }
    }

    /// Makes a function.
    ///
    /// # Errors
    /// The exception that a client sees.
    pub fn create_function(&mut self, mut raw: Struct) -> Answered<()> {
        let database = raw.string(2).unwrap_or_default().to_owned();
        let key = table_name(&database, raw.string(1).unwrap_or_default());
        self.database(&database)?;
        if self.functions.contains_key(&key) {
            return thrown(Kind::AlreadyExists, format!("Function {} already exists", key.1));
        }
        raw.set(6, self.tick() as i32);
        self.note("CREATE_FUNCTION", &key.0, None);
        self.functions.insert(key, raw);
        Ok(())
    }

    /// Drops a function.
    ///
    /// # Errors
    /// The exception that a client sees.
    pub fn drop_function(&mut self, database: &str, name: &str) -> Answered<()> {
        self.function(database, name)?;
        self.tick();
        self.functions.remove(&table_name(database, name));
        self.note("DROP_FUNCTION", &database.to_lowercase(), None);
        Ok(())
    }
}
