//! One side's metastore, as the mover speaks to it.
//!
//! It adds to the client what a move needs: names as keys, errors that a person can act on,
//! and the rule that no call ever asks a metastore to delete data of a table.

use super::feed::Position;
use super::mark::MARKS;
use boatlift_clients::metastore::{
    ColumnStatistics, Constraints, Data, Database, Event, Exception, Existing, Function, Metastore,
    MetastoreError, Metastores, Partition, Stored, Table,
};
use boatlift_clients::thrift::Effect;
use boatlift_core::error::{Code, Error, Result, Retry};
use boatlift_core::side::Side;
use std::collections::BTreeMap;

/// Tables that are asked for with one call.
const TABLES_PER_CALL: usize = 100;

/// One side's metastore.
pub(crate) struct Catalogue {
    side: Side,
    servers: Metastores,
    /// Its addresses, for messages and as its identity.
    address: String,
}

/// An event of the notification log.
pub(crate) struct Happened {
    pub(crate) id: i64,
    pub(crate) database: Option<String>,
    pub(crate) table: Option<String>,
}

impl Catalogue {
    /// The metastore of a side, behind a pool of connections.
    pub(crate) fn new(side: Side, servers: Metastores, address: String) -> Self {
        Catalogue { side, servers, address }
    }

    /// Which side it is.
    pub(crate) fn side(&self) -> Side {
        self.side
    }

    /// Its addresses.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// What its database calls itself, where it tells; else its addresses.
    pub(crate) fn identity(&self) -> Result<String> {
        let version = self.read("cannot greet", "", Metastore::version)?;
        Ok(format!("{} ({version})", self.address))
    }

    pub(crate) fn database_names(&self) -> Result<Vec<String>> {
        self.read("cannot list the databases", "", Metastore::database_names)
    }

    pub(crate) fn database(&self, name: &str) -> Result<Option<Database>> {
        self.read("cannot read database", name, |server| server.database(name))
    }

    /// Makes a database; false when there is one of that name.
    pub(crate) fn create_database(&self, database: &Database) -> Result<bool> {
        let name = database.name();
        self.make("cannot create database", name, |server| server.create_database(database))
    }

    pub(crate) fn alter_database(&self, database: &Database) -> Result<()> {
        let name = database.name();
        self.write("cannot alter database", name, |server| server.alter_database(name, database))
    }

    /// Removes an empty database; its directory stays.
    pub(crate) fn drop_database(&self, name: &str) -> Result<()> {
        self.write("cannot drop database", name, |server| {
            server.drop_database(name, Data::Keep).map(drop)
        })
    }

    /// Removes the database of the marks with its directory: nothing but our parameters was
    /// ever in it.
    pub(super) fn drop_marks(&self) -> Result<()> {
        self.write("cannot drop database", MARKS, |server| {
            server.drop_database(MARKS, Data::Delete).map(drop)
        })
    }

    /// The functions of a database, in the server's order.
    pub(crate) fn functions(&self, database: &str) -> Result<Vec<Function>> {
        self.read("cannot read the functions of", database, |server| {
            let mut found = Vec::new();
            for name in server.function_names(database)? {
                found.extend(server.function(database, &name)?);
            }
            Ok(found)
        })
    }

    pub(crate) fn function(&self, database: &str, name: &str) -> Result<Option<Function>> {
        self.read("cannot read function", name, |server| server.function(database, name))
    }

    /// Makes a function; false when there is one of that name.
    pub(crate) fn create_function(&self, function: &Function) -> Result<bool> {
        let name = function.name();
        self.make("cannot create function", name, |server| server.create_function(function))
    }

    pub(crate) fn drop_function(&self, database: &str, name: &str) -> Result<()> {
        self.write("cannot drop function", name, |server| {
            server.drop_function(database, name).map(drop)
        })
    }

    /// Names of the tables and views of a database, in lower case.
    pub(crate) fn table_names(&self, database: &str) -> Result<Vec<String>> {
        let names = self
            .read("cannot list the tables of", database, |server| server.table_names(database))?;
        Ok(names.into_iter().map(|name| name.to_lowercase()).collect())
    }

    pub(crate) fn table(&self, database: &str, name: &str) -> Result<Option<Table>> {
        let subject = format!("{database}.{name}");
        self.read("cannot read table", &subject, |server| server.table(database, name))
    }

    /// The tables and views with these names that are there, by name.
    pub(crate) fn tables(
        &self,
        database: &str,
        names: &[String],
    ) -> Result<BTreeMap<String, Table>> {
        let mut found = BTreeMap::new();
        for names in names.chunks(TABLES_PER_CALL) {
            let tables = self
                .read("cannot read tables of", database, |server| server.tables(database, names))?;
            found.extend(tables.into_iter().map(|table| (table.name().to_lowercase(), table)));
        }
        Ok(found)
    }

    /// Makes a table or view; false when there is one of that name.
    pub(crate) fn create_table(&self, table: &Table) -> Result<bool> {
        let subject = format!("{}.{}", table.database(), table.name());
        self.make("cannot create table", &subject, |server| server.create_table(table))
    }

    /// Replaces a table's description.
    pub(crate) fn alter_table(&self, database: &str, name: &str, to: &Table) -> Result<()> {
        let subject = format!("{database}.{name}");
        self.write("cannot alter table", &subject, |server| {
            server.alter_table(database, name, to, None)
        })
    }

    /// Removes a table or view; its files stay.
    pub(crate) fn drop_table(&self, database: &str, name: &str) -> Result<()> {
        let subject = format!("{database}.{name}");
        self.write("cannot drop table", &subject, |server| {
            server.drop_table(database, name, Data::Keep).map(drop)
        })
    }

    /// Names of all partitions of a table, in the order of their bytes.
    pub(crate) fn partition_names(&self, database: &str, table: &str) -> Result<Vec<String>> {
        let subject = format!("{database}.{table}");
        self.read("cannot list the partitions of", &subject, |server| {
            server.partition_names(database, table)
        })
    }

    /// What the metastore answers for partitions with these names.
    pub(super) fn answered(&self, table: &Table, names: &[String]) -> Result<Vec<Partition>> {
        let subject = format!("{}.{}", table.database(), table.name());
        self.read("cannot read partitions of", &subject, |server| {
            server.partitions(table.database(), table.name(), names)
        })
    }

    /// Adds those of the partitions that are not there yet.
    pub(crate) fn add_partitions(&self, table: &Table, partitions: &[Partition]) -> Result<()> {
        let subject = format!("{}.{}", table.database(), table.name());
        self.write("cannot add partitions to", &subject, |server| {
            server.add_partitions(table.database(), table.name(), partitions, Existing::Keep)
        })
    }

    /// Replaces the descriptions of partitions, all or none.
    pub(crate) fn alter_partitions(&self, table: &Table, partitions: &[Partition]) -> Result<()> {
        let subject = format!("{}.{}", table.database(), table.name());
        self.write("cannot alter partitions of", &subject, |server| {
            server.alter_partitions(table.database(), table.name(), partitions)
        })
    }

    /// Removes partitions; their files stay.
    pub(crate) fn drop_partitions(&self, table: &Table, names: &[String]) -> Result<()> {
        let subject = format!("{}.{}", table.database(), table.name());
        self.write("cannot drop partitions of", &subject, |server| {
            server.drop_partitions(table.database(), table.name(), names, Data::Keep)
        })
    }

    /// The constraints of a table; none where the server does not know of such things.
    pub(crate) fn constraints(&self, database: &str, table: &str) -> Result<Constraints> {
        let subject = format!("{database}.{table}");
        self.read("cannot read the constraints of", &subject, |server| {
            server.constraints(database, table)
        })
    }

    pub(crate) fn add_constraints(&self, constraints: &Constraints) -> Result<()> {
        self.write("cannot add constraints", "", |server| server.add_constraints(constraints))
            .map_err(|error| error.retry(Retry::Later))
    }

    pub(crate) fn table_statistics(
        &self,
        database: &str,
        table: &str,
        columns: &[String],
    ) -> Result<Option<ColumnStatistics>> {
        let subject = format!("{database}.{table}");
        self.read("cannot read the column statistics of", &subject, |server| {
            server.table_statistics(database, table, columns)
        })
    }

    pub(crate) fn partition_statistics(
        &self,
        table: &Table,
        names: &[String],
        columns: &[String],
    ) -> Result<Vec<ColumnStatistics>> {
        let subject = format!("{}.{}", table.database(), table.name());
        self.read("cannot read the column statistics of", &subject, |server| {
            server.partition_statistics(table.database(), table.name(), names, columns)
        })
    }

    pub(crate) fn set_statistics(&self, statistics: &[ColumnStatistics]) -> Result<()> {
        self.write("cannot set column statistics", "", |server| server.set_statistics(statistics))
    }

    /// How far the notification log is; `None` when there is none to speak of.
    pub(crate) fn position(&self) -> Result<Option<Position>> {
        let newest = self.read("cannot read the notification log", "", |server| {
            match server.newest_event() {
                // A server may have the call and refuse to answer it.
                Err(MetastoreError::Refused { .. }) => Ok(None),
                other => other,
            }
        })?;
        Ok(newest.filter(|id| *id > 0).map(Position))
    }

    /// Some events after the one with the id `after`, in order.
    pub(crate) fn events_after(&self, after: i64, most: i32) -> Result<Vec<Happened>> {
        let events = self.read("cannot read the notification log", "", |server| {
            server.events_after(after, most)
        })?;
        Ok(events.iter().map(Happened::of).collect())
    }

    fn read<T>(
        &self,
        tried: &str,
        subject: &str,
        work: impl FnMut(&mut Metastore) -> Result<T, MetastoreError>,
    ) -> Result<T> {
        let read = self.servers.read(work);
        read.map_err(|error| self.error(tried, subject, &error, Retry::Later))
    }

    fn write<T>(
        &self,
        tried: &str,
        subject: &str,
        work: impl FnOnce(&mut Metastore) -> Result<T, MetastoreError>,
    ) -> Result<T> {
        let written = self.servers.write(work);
        written.map_err(|error| self.error(tried, subject, &error, Retry::LookFirst))
    }

    fn make(
        &self,
        tried: &str,
        subject: &str,
        work: impl FnOnce(&mut Metastore) -> Result<(), MetastoreError>,
    ) -> Result<bool> {
        match self.servers.write(work) {
            Ok(()) => Ok(true),
            Err(error) if error.exception() == Some(Exception::AlreadyExists) => Ok(false),
            Err(error) => Err(self.error(tried, subject, &error, Retry::LookFirst)),
        }
    }

    /// What a person should know of a failed call. `unsure` is how to go on when it may have
    /// been carried out.
    fn error(&self, tried: &str, subject: &str, error: &MetastoreError, unsure: Retry) -> Error {
        let (code, retry) = match error {
            MetastoreError::Dial { .. } | MetastoreError::Busy { .. } => {
                (Code::ServerUnreachable, Retry::Later)
            }
            _ if error.is_connection() => match is_mismatch(error) {
                true => (Code::ServerRefused, Retry::Never),
                false => (Code::ServerUnreachable, unsure),
            },
            _ if error.effect() == Effect::Unknown => (Code::ServerFailed, unsure),
            _ if is_overloaded(error) => (Code::ServerFailed, unsure),
            _ => (Code::ServerFailed, Retry::Never),
        };
        let subject = match subject {
            "" => format!("{}'s metastore", self.side),
            subject => format!("{subject} on {}", self.side),
        };
        Error::new(code, tried).on(subject).because(chain(error)).retry(retry)
    }
}

impl Happened {
    fn of(event: &Event) -> Self {
        Happened {
            id: event.id(),
            database: event.database().map(str::to_owned),
            table: event.table().map(str::to_owned),
        }
    }
}

/// Whether the other side speaks something else than we do.
fn is_mismatch(error: &MetastoreError) -> bool {
    use boatlift_clients::thrift::{CallError, DecodeError};
    matches!(
        error,
        MetastoreError::Call {
            error: CallError::Mismatched { .. }
                | CallError::Receive { error: DecodeError::Stranger(_), .. },
            ..
        }
    )
}

/// Whether a metastore had no connection to its database left for a call: what HikariCP says,
/// which metastores since Hive 3 pool them with.
fn is_overloaded(error: &MetastoreError) -> bool {
    chain(error).contains("Connection is not available, request timed out")
}

/// An error with all its reasons, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(reason) = next {
        let reason_text = reason.to_string();
        if !text.contains(&reason_text) {
            text = format!("{text}: {reason_text}");
        }
        next = reason.source();
    }
    text
}

/// Whether a table is a view of any kind.
pub(crate) fn is_view(table: &Table) -> bool {
    matches!(table.table_type(), Some("VIRTUAL_VIEW" | "MATERIALIZED_VIEW"))
}

/// Where the files of a table or partition lie, where it says so.
pub(crate) fn location(stored: &impl Stored) -> Option<&str> {
    stored.location().filter(|location| !location.is_empty())
}
