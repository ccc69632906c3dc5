//! Databases, and the names of what is in them.

use crate::thrift::{Struct, Value};

use super::capabilities::{DEFAULT_CATALOG, PROCESSOR, PROCESSOR_NAME};
use super::client::{Metastore, found};
use super::error::MetastoreError;
use super::methods;
use super::objects::Database;
use super::tables::Data;

impl Metastore {
    /// Names of all databases, in order.
    pub fn database_names(&mut self) -> Result<Vec<String>, MetastoreError> {
        let value = self.call(methods::GET_ALL_DATABASES, Struct::new())?;
        let mut names = self.texts(methods::GET_ALL_DATABASES, value)?;
        names.sort_unstable();
        Ok(names)
    }

    /// Names of the databases that fit a pattern (`*` for any text, `|` for or), in order.
    pub fn database_names_like(&mut self, pattern: &str) -> Result<Vec<String>, MetastoreError> {
        let arguments = Struct::new().with(1, pattern);
        let value = self.call(methods::GET_DATABASES, arguments)?;
        let mut names = self.texts(methods::GET_DATABASES, value)?;
        names.sort_unstable();
        Ok(names)
    }

    /// A database.
    ///
    /// The oldest call comes first here: it leaves the choice of the catalog to the server,
    /// and the newer one finds nothing when no catalog is named.
    pub fn database(&mut self, name: &str) -> Result<Option<Database>, MetastoreError> {
        let method = methods::GET_DATABASE;
        let answer = self.probe(method, Struct::new().with(1, name));
        match found(answer)? {
            None => return Ok(None),
            Some(Some(value)) => {
                let database = self.object(method, Some(value), Database::from_raw)?;
                return Ok(Some(database));
            }
            Some(None) => {}
        }
        let request = Struct::new()
            .with(1, name)
            .with(2, DEFAULT_CATALOG)
            .with(3, Value::strings(PROCESSOR))
            .with(4, PROCESSOR_NAME);
        let method = methods::GET_DATABASE_REQ;
        let answer = self.call(method, Struct::new().with(1, request));
        match found(answer)? {
            None => Ok(None),
            value => self.object(method, value, Database::from_raw).map(Some),
        }
    }

    /// Makes a database. The server makes its directory.
    pub fn create_database(&mut self, database: &Database) -> Result<(), MetastoreError> {
        let arguments = Struct::new().with(1, database.as_raw().clone());
        self.call_void(methods::CREATE_DATABASE, arguments)
    }

    /// Replaces the description of a database. Hive 1.2 changes only its parameters and
    /// owner; read back what came of it.
    pub fn alter_database(
        &mut self,
        name: &str,
        database: &Database,
    ) -> Result<(), MetastoreError> {
        let arguments = Struct::new().with(1, name).with(2, database.as_raw().clone());
        self.call_void(methods::ALTER_DATABASE, arguments)
    }

    /// Removes a database without tables; false if there was none. With tables in it the
    /// server refuses with `InvalidOperation`: whoever wants them gone names each. Looks
    /// first, as [`Metastore::drop_table`] does.
    pub fn drop_database(&mut self, name: &str, data: Data) -> Result<bool, MetastoreError> {
        if self.database(name)?.is_none() {
            return Ok(false);
        }
        let arguments = Struct::new().with(1, name).with(2, data != Data::Keep).with(3, false);
        let dropped = self.call_void(methods::DROP_DATABASE, arguments);
        Ok(found(dropped)?.is_some())
    }

    /// Names of all tables and views of a database, in order. Empty also when there is no
    /// such database.
    pub fn table_names(&mut self, database: &str) -> Result<Vec<String>, MetastoreError> {
        let arguments = Struct::new().with(1, database);
        let value = self.call(methods::GET_ALL_TABLES, arguments)?;
        let mut names = self.texts(methods::GET_ALL_TABLES, value)?;
        names.sort_unstable();
        Ok(names)
    }

    /// Names of the tables and views that fit a pattern (`*` for any text, `|` for or), in
    /// order.
    pub fn table_names_like(
        &mut self,
        database: &str,
        pattern: &str,
    ) -> Result<Vec<String>, MetastoreError> {
        let arguments = Struct::new().with(1, database).with(2, pattern);
        let value = self.call(methods::GET_TABLES, arguments)?;
        let mut names = self.texts(methods::GET_TABLES, value)?;
        names.sort_unstable();
        Ok(names)
    }
}
