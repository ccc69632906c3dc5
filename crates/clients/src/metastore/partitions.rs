//! Partitions. Their names come first, the objects in chunks of names.

use crate::thrift::{Map, Struct, Value};

use super::capabilities::{DEFAULT_CATALOG, PROCESSOR, PROCESSOR_NAME};
use super::client::Metastore;
use super::error::{Exception, MetastoreError};
use super::methods;
use super::objects::Partition;
use super::tables::{Data, without_statistics};

/// What to do about partitions that are there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// The whole call fails with `AlreadyExists` and adds nothing.
    Refuse,
    /// They stay as they are; the others are added.
    Keep,
}

fn raw(partitions: &[Partition]) -> Value {
    Value::structs(partitions.iter().map(|part| part.as_raw().clone()))
}

impl Metastore {
    /// Names of all partitions of a table, in order of their bytes. `NoSuchObject` if there
    /// is no such table.
    pub fn partition_names(
        &mut self,
        database: &str,
        table: &str,
    ) -> Result<Vec<String>, MetastoreError> {
        let method = methods::GET_PARTITION_NAMES;
        let arguments = Struct::new().with(1, database).with(2, table).with(3, -1_i16);
        let answer = self.call(method, arguments);
        let names = answer.and_then(|value| self.texts(method, value));
        let doubtful = match &names {
            Ok(names) => names.is_empty(),
            Err(error) => !error.is_connection(),
        };
        // Of a table that is not there Hive 1.2 says that it has no partitions, and 2.3 no
        // more than "internal error".
        if doubtful && self.table(database, table)?.is_none() {
            let message = format!("there is no table {database}.{table}");
            return Err(self.refused(method, Exception::NoSuchObject, message));
        }
        let mut names = names?;
        names.sort_unstable();
        Ok(names)
    }

    /// The partitions with these names; those that are not there are left out. The order is
    /// the server's. Ask for at most [`super::PARTITIONS_PER_CALL`].
    pub fn partitions<N: AsRef<str>>(
        &mut self,
        database: &str,
        table: &str,
        names: &[N],
    ) -> Result<Vec<Partition>, MetastoreError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let request = Struct::new()
            .with(1, database)
            .with(2, table)
            .with(3, Value::strings(names))
            .with(5, Value::strings(PROCESSOR))
            .with(6, PROCESSOR_NAME);
        let method = methods::GET_PARTITIONS_BY_NAMES_REQ;
        if let Some(value) = self.probe(method, Struct::new().with(1, request))? {
            let value = self.first_field(method, value)?;
            return self.objects(method, Some(value), Partition::from_raw);
        }
        let method = methods::GET_PARTITIONS_BY_NAMES;
        let arguments =
            Struct::new().with(1, database).with(2, table).with(3, Value::strings(names));
        let value = self.call(method, arguments)?;
        self.objects(method, Some(value), Partition::from_raw)
    }

    /// Adds partitions, all or none. The server makes the directories of their locations; a
    /// partition without one gets a directory under the table's.
    pub fn add_partitions(
        &mut self,
        database: &str,
        table: &str,
        partitions: &[Partition],
        existing: Existing,
    ) -> Result<(), MetastoreError> {
        if partitions.is_empty() {
            return Ok(());
        }
        let request = Struct::new()
            .with(1, database)
            .with(2, table)
            .with(3, raw(partitions))
            .with(4, existing == Existing::Keep)
            .with(5, false);
        let arguments = Struct::new().with(1, request);
        self.call(methods::ADD_PARTITIONS_REQ, arguments).map(drop)
    }

    /// Replaces the descriptions of partitions, told by their values, all or none.
    pub fn alter_partitions(
        &mut self,
        database: &str,
        table: &str,
        partitions: &[Partition],
    ) -> Result<(), MetastoreError> {
        if partitions.is_empty() {
            return Ok(());
        }
        let request = Struct::new()
            .with(2, database)
            .with(3, table)
            .with(4, raw(partitions))
            .with(5, without_statistics());
        let arguments = Struct::new().with(1, request);
        if let Some(_empty) = self.probe_void(methods::ALTER_PARTITIONS_REQ, arguments)? {
            return Ok(());
        }
        let plain = Struct::new().with(1, database).with(2, table).with(3, raw(partitions));
        let arguments = plain.clone().with(4, without_statistics());
        let method = methods::ALTER_PARTITIONS_WITH_CONTEXT;
        if let Some(_void) = self.probe_void(method, arguments)? {
            return Ok(());
        }
        self.call_void(methods::ALTER_PARTITIONS, plain)
    }

    /// Gives the partition that has `values` the description `to`, with its values. The
    /// server moves a managed table's directory.
    ///
    /// The older call comes first: Hive 4.0 fails in the newer one when no catalog is named.
    pub fn rename_partition<V: AsRef<str>>(
        &mut self,
        database: &str,
        table: &str,
        values: &[V],
        to: &Partition,
    ) -> Result<(), MetastoreError> {
        let arguments = Struct::new()
            .with(1, database)
            .with(2, table)
            .with(3, Value::strings(values))
            .with(4, to.as_raw().clone());
        if let Some(_void) = self.probe_void(methods::RENAME_PARTITION, arguments)? {
            return Ok(());
        }
        let request = Struct::new()
            .with(1, DEFAULT_CATALOG)
            .with(2, database)
            .with(3, table)
            .with(4, Value::strings(values))
            .with(5, to.as_raw().clone());
        self.call_void(methods::RENAME_PARTITION_REQ, Struct::new().with(1, request))
    }

    /// Removes partitions by name, all or none; those that are not there do not matter.
    pub fn drop_partitions<N: AsRef<str>>(
        &mut self,
        database: &str,
        table: &str,
        names: &[N],
        data: Data,
    ) -> Result<(), MetastoreError> {
        if names.is_empty() {
            return Ok(());
        }
        let mut request = Struct::new()
            .with(1, database)
            .with(2, table)
            .with(3, Struct::new().with(1, Value::strings(names)))
            .with(4, data != Data::Keep)
            .with(5, true)
            .with(8, false);
        if data == Data::Purge {
            let context = Map::strings([("ifPurge", "TRUE")]);
            request.set(7, Struct::new().with(1, context));
        }
        let arguments = Struct::new().with(1, request);
        self.call(methods::DROP_PARTITIONS_REQ, arguments).map(drop)
    }
}
