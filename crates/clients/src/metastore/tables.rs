//! Tables and views.

use crate::thrift::{Map, Struct, Value};

use super::capabilities::{INSERT_ONLY_TABLES, PROCESSOR, PROCESSOR_NAME};
use super::client::{Metastore, found};
use super::error::MetastoreError;
use super::methods;
use super::objects::Table;

/// What a drop does with the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Data {
    /// The files stay. The server never touches them, whatever the table's type.
    Keep,
    /// The files of managed tables, and of external ones with `external.table.purge`, go to
    /// the trash of the file system if it has one.
    Delete,
    /// As `Delete`, but past the trash.
    Purge,
}

/// What must be true of a table for it to be altered, checked by the server in one
/// transaction with the change.
///
/// Honoured since Hive 4.0 and some maintenance versions before; other servers ignore it, so
/// it narrows a race there and does not close it. A server that honours it but keeps its
/// objects in Derby fails with `Meta`, for Derby cannot compare the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guard<'a> {
    /// A parameter of the table.
    pub key: &'a str,
    /// The value that it must have.
    pub value: &'a str,
}

/// An environment that keeps the server from listing the table's files.
pub(super) fn without_statistics() -> Struct {
    Struct::new().with(1, Map::strings([("DO_NOT_UPDATE_STATS", "true")]))
}

/// The request that makes a table.
pub(super) fn creation(table: &Table) -> Struct {
    Struct::new()
        .with(1, table.as_raw().clone())
        .with(2, without_statistics())
        .with(9, Value::strings(PROCESSOR))
        .with(10, PROCESSOR_NAME)
}

fn client_capabilities() -> Struct {
    Struct::new().with(1, Value::numbers([INSERT_ONLY_TABLES]))
}

impl Metastore {
    /// A table or view.
    pub fn table(&mut self, database: &str, name: &str) -> Result<Option<Table>, MetastoreError> {
        let request = Struct::new()
            .with(1, database)
            .with(2, name)
            .with(3, client_capabilities())
            .with(8, Value::strings(PROCESSOR))
            .with(9, PROCESSOR_NAME);
        let method = methods::GET_TABLE_REQ;
        let answer = self.probe(method, Struct::new().with(1, request));
        match found(answer)? {
            None => return Ok(None),
            Some(Some(value)) => {
                let table = self.first_field(method, value)?;
                return self.object(method, Some(table), Table::from_raw).map(Some);
            }
            Some(None) => {}
        }
        let method = methods::GET_TABLE;
        let arguments = Struct::new().with(1, database).with(2, name);
        let answer = self.call(method, arguments);
        match found(answer)? {
            None => Ok(None),
            value => self.object(method, value, Table::from_raw).map(Some),
        }
    }

    /// The tables and views with these names; those that are not there are left out. The
    /// order is the server's. Ask for at most [`super::TABLES_PER_CALL`].
    pub fn tables<N: AsRef<str>>(
        &mut self,
        database: &str,
        names: &[N],
    ) -> Result<Vec<Table>, MetastoreError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let request = Struct::new()
            .with(1, database)
            .with(2, Value::strings(names))
            .with(3, client_capabilities())
            .with(5, Value::strings(PROCESSOR))
            .with(6, PROCESSOR_NAME);
        let method = methods::GET_TABLES_BY_NAME_REQ;
        if let Some(value) = self.probe(method, Struct::new().with(1, request))? {
            let tables = self.first_field(method, value)?;
            return self.objects(method, Some(tables), Table::from_raw);
        }
        let method = methods::GET_TABLES_BY_NAME;
        let arguments = Struct::new().with(1, database).with(2, Value::strings(names));
        if let Some(value) = self.probe(method, arguments)? {
            return self.objects(method, Some(value), Table::from_raw);
        }
        let mut tables = Vec::new();
        for name in names {
            tables.extend(self.table(database, name.as_ref())?);
        }
        Ok(tables)
    }

    /// Makes a table or view. The server makes the directory of its location, may change its
    /// type and location (Hive 4), and sets `transient_lastDdlTime`: read it back.
    pub fn create_table(&mut self, table: &Table) -> Result<(), MetastoreError> {
        let arguments = Struct::new().with(1, creation(table));
        if let Some(_void) = self.probe_void(methods::CREATE_TABLE_REQ, arguments)? {
            return Ok(());
        }
        let arguments = Struct::new().with(1, table.as_raw().clone()).with(2, without_statistics());
        self.call_void(methods::CREATE_TABLE_WITH_CONTEXT, arguments)
    }

    /// Replaces a table's description; a new name in `table` renames it. A managed table's
    /// directory is moved by the server when the table is renamed.
    pub fn alter_table(
        &mut self,
        database: &str,
        name: &str,
        table: &Table,
        guard: Option<Guard<'_>>,
    ) -> Result<(), MetastoreError> {
        let mut context = without_statistics();
        let mut request = Struct::new()
            .with(2, database)
            .with(3, name)
            .with(4, table.as_raw().clone())
            .with(8, Value::strings(PROCESSOR))
            .with(9, PROCESSOR_NAME);
        if let Some(Guard { key, value }) = guard {
            let properties = context.map_mut(1);
            properties.set_text("expected_parameter_key", key);
            properties.set_text("expected_parameter_value", value);
            request.set(10, key);
            request.set(11, value);
        }
        request.set(5, context.clone());
        let arguments = Struct::new().with(1, request);
        if let Some(_void) = self.probe_void(methods::ALTER_TABLE_REQ, arguments)? {
            return Ok(());
        }
        let arguments = Struct::new()
            .with(1, database)
            .with(2, name)
            .with(3, table.as_raw().clone())
            .with(4, context);
        self.call_void(methods::ALTER_TABLE_WITH_CONTEXT, arguments)
    }

    /// Removes a table or view; false if there was none.
    ///
    /// Looks first: Hive 1.2 with a notification log fails on a table that is not there, in
    /// a way that spoils the thread which serves the connection.
    pub fn drop_table(
        &mut self,
        database: &str,
        name: &str,
        data: Data,
    ) -> Result<bool, MetastoreError> {
        if self.table(database, name)?.is_none() {
            return Ok(false);
        }
        let context = match data {
            Data::Purge => Map::strings([("ifPurge", "TRUE")]),
            Data::Keep | Data::Delete => Map::strings([] as [(&str, &str); 0]),
        };
        let arguments = Struct::new()
            .with(1, database)
            .with(2, name)
            .with(3, data != Data::Keep)
            .with(4, Struct::new().with(1, context));
        let dropped = self.call_void(methods::DROP_TABLE_WITH_CONTEXT, arguments);
        Ok(found(dropped)?.is_some())
    }
}
