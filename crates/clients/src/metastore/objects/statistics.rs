//! Statistics of columns.

use crate::metastore::StatisticsOf;
use crate::thrift::{Kind, Struct, Value};

use super::macros::object;
use super::shape::{Field, Shape};

const FIELDS: &[Field] = &[
    Field::needed(1, "what statistics are about", Shape::Inner(ABOUT)),
    Field::needed(2, "the statistics of columns", Shape::Many(COLUMN)),
];

const ABOUT: &[Field] = &[
    Field::needed(1, "the level of statistics", Shape::Plain(Kind::Bool)),
    Field::needed(2, "the database of statistics", Shape::Text),
    Field::needed(3, "the table of statistics", Shape::Text),
    Field::free(4, "the partition of statistics", Shape::Text),
];

const COLUMN: &[Field] = &[
    Field::needed(1, "the column of statistics", Shape::Text),
    Field::needed(2, "the column's type in statistics", Shape::Text),
];

object!(
    /// Statistics of the columns of a table or partition.
    ColumnStatistics,
    FIELDS
);

impl ColumnStatistics {
    /// Statistics from `ColumnStatisticsObj`s.
    pub fn new(database: &str, table: &str, of: StatisticsOf<'_>, columns: Vec<Struct>) -> Self {
        let mut about =
            Struct::new().with(1, of == StatisticsOf::Table).with(2, database).with(3, table);
        if let StatisticsOf::Partition(name) = of {
            about.set(4, name);
        }
        let raw = Struct::new().with(1, about).with(2, Value::structs(columns)).with(4, "hive");
        Self(raw)
    }

    /// What they are about.
    pub fn of(&self) -> StatisticsOf<'_> {
        let about = self.0.structure(1);
        match about.and_then(|about| about.string(4)) {
            Some(name) => StatisticsOf::Partition(name),
            None => StatisticsOf::Table,
        }
    }

    /// Names of the columns.
    pub fn columns(&self) -> Vec<&str> {
        let columns = self.0.items(2).unwrap_or_default().iter();
        columns.filter_map(|column| column.as_struct()?.string(1)).collect()
    }

    /// Says that they are about the same in another table.
    pub fn set_table(&mut self, database: &str, table: &str) {
        if let Some(about) = self.0.structure_mut(1) {
            about.set(2, database);
            about.set(3, table);
        }
    }
}
