//! Statistics of columns.

use crate::thrift::{Struct, Value};

use super::client::{Metastore, found};
use super::error::MetastoreError;
use super::methods;
use super::objects::{ColumnStatistics, Malformed};

/// The engine whose statistics are meant: Hive 4 keeps one set for each.
const ENGINE: &str = "hive";

/// What statistics are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatisticsOf<'a> {
    /// A table without partitions.
    Table,
    /// The partition of that name.
    Partition(&'a str),
}

impl Metastore {
    /// The statistics of a table's columns; `None` if there are none.
    pub fn table_statistics<C: AsRef<str>>(
        &mut self,
        database: &str,
        table: &str,
        columns: &[C],
    ) -> Result<Option<ColumnStatistics>, MetastoreError> {
        let request = Struct::new()
            .with(1, database)
            .with(2, table)
            .with(3, Value::strings(columns))
            .with(6, ENGINE);
        let method = methods::GET_TABLE_STATISTICS;
        let answer = self.probe(method, Struct::new().with(1, request));
        let Some(Some(value)) = found(answer)? else {
            return Ok(None);
        };
        let columns = self.first_field(method, value)?;
        let columns = self.objects(method, Some(columns), Ok)?;
        Ok((!columns.is_empty())
            .then(|| ColumnStatistics::new(database, table, StatisticsOf::Table, columns)))
    }

    /// The statistics of the columns of partitions; those without any are left out.
    pub fn partition_statistics<N: AsRef<str>, C: AsRef<str>>(
        &mut self,
        database: &str,
        table: &str,
        names: &[N],
        columns: &[C],
    ) -> Result<Vec<ColumnStatistics>, MetastoreError> {
        let request = Struct::new()
            .with(1, database)
            .with(2, table)
            .with(3, Value::strings(columns))
            .with(4, Value::strings(names))
            .with(7, ENGINE);
        let method = methods::GET_PARTITIONS_STATISTICS;
        let answer = self.probe(method, Struct::new().with(1, request));
        let Some(Some(value)) = found(answer)? else {
            return Ok(Vec::new());
        };
        let Value::Map(partitions) = self.first_field(method, value)? else {
            return Err(self.malformed(method, Malformed::Type("field 1")));
        };
        let mut found = Vec::with_capacity(partitions.entries.len());
        for (name, columns) in partitions.entries {
            let name = name.as_str().ok_or(Malformed::Text("a partition's name"));
            let name = name.map_err(|error| self.malformed(method, error))?;
            let columns = self.objects(method, Some(columns), Ok)?;
            let of = StatisticsOf::Partition(name);
            found.push(ColumnStatistics::new(database, table, of, columns));
        }
        Ok(found)
    }

    /// Sets statistics of a table or of partitions of one table, in place of what the columns
    /// have. A table's go one call each.
    pub fn set_statistics(
        &mut self,
        statistics: &[ColumnStatistics],
    ) -> Result<(), MetastoreError> {
        let (tables, partitions): (Vec<_>, Vec<_>) =
            statistics.iter().partition(|of| of.of() == StatisticsOf::Table);
        for of_table in tables {
            let arguments = Struct::new().with(1, of_table.as_raw().clone());
            self.call(methods::SET_TABLE_STATISTICS, arguments)?;
        }
        if partitions.is_empty() {
            return Ok(());
        }
        let raw = partitions.into_iter().map(|of| of.as_raw().clone());
        let request = Struct::new().with(1, Value::structs(raw)).with(2, false).with(5, ENGINE);
        let arguments = Struct::new().with(1, request);
        self.call(methods::SET_STATISTICS, arguments).map(drop)
    }
}
