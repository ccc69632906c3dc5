//! Partitions.

use crate::thrift::{Kind, Map, Struct, Value};

use super::macros::{needed_texts, object, parameters, texts};
use super::shape::{Field, Shape};
use super::storage::{DESCRIPTOR, Stored, inner_mut, new_descriptor};
use crate::metastore::partition_name;

const FIELDS: &[Field] = &[
    Field::needed(1, "a partition's values", Shape::TextList),
    Field::needed(2, "a partition's database", Shape::Text),
    Field::needed(3, "a partition's table", Shape::Text),
    Field::free(4, "a partition's time of creation", Shape::Plain(Kind::I32)),
    Field::free(6, "a partition's storage descriptor", Shape::Inner(DESCRIPTOR)),
    Field::free(7, "a partition's parameters", Shape::Texts),
    Field::free(9, "a partition's catalog", Shape::Text),
];

/// Fields that a server gives and does not take: write id, whether and what statistics are
/// valid, file metadata.
const SERVERS_OWN: [i16; 4] = [10, 11, 12, 13];

object!(
    /// A partition.
    Partition,
    FIELDS
);

impl Partition {
    /// A partition without columns.
    pub fn new<V: AsRef<str>>(database: &str, table: &str, values: &[V]) -> Self {
        let raw = Struct::new()
            .with(1, Value::strings(values))
            .with(2, database)
            .with(3, table)
            .with(4, 0)
            .with(5, 0)
            .with(6, new_descriptor())
            .with(7, Map::strings([] as [(&str, &str); 0]));
        Self(raw)
    }

    needed_texts! {
        /// The database.
        2 database set_database;
        /// The table.
        3 table set_table;
    }

    texts! {
        /// The catalog, since Hive 3.
        9 catalog set_catalog;
    }

    parameters!(7);

    /// The values, in the order of the table's partition keys.
    pub fn values(&self) -> Vec<&str> {
        let values = self.0.items(1).unwrap_or_default().iter();
        values.filter_map(Value::as_str).collect()
    }

    /// Sets the values.
    pub fn set_values<V: AsRef<str>>(&mut self, values: &[V]) {
        self.0.set(1, Value::strings(values));
    }

    /// The name, `key=value/key=value`, by the table's partition keys.
    pub fn name<K: AsRef<str>>(&self, keys: &[K]) -> String {
        partition_name(keys.iter().zip(self.values()))
    }

    /// When the partition was made, in seconds since 1970; 0 when unknown.
    pub fn created_seconds(&self) -> i32 {
        self.0.i32(4).unwrap_or(0)
    }

    /// Takes away the fields that are the server's own.
    pub fn forget_server_fields(&mut self) {
        self.0.fields.retain(|(id, _)| !SERVERS_OWN.contains(id));
    }
}

impl Stored for Partition {
    fn storage(&self) -> Option<&Struct> {
        self.0.structure(6)
    }

    fn storage_mut(&mut self) -> &mut Struct {
        inner_mut(&mut self.0, 6, new_descriptor)
    }
}
