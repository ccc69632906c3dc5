//! Tables and views.

use crate::thrift::{Kind, Map, Struct, Value};

use super::macros::{needed_texts, object, parameters, texts};
use super::privilege::PrincipalKind;
use super::shape::{Field, Shape};
use super::storage::{COLUMN, Column, DESCRIPTOR, Stored, inner_mut, new_descriptor};

const FIELDS: &[Field] = &[
    Field::needed(1, "a table's name", Shape::Text),
    Field::needed(2, "a table's database", Shape::Text),
    Field::free(3, "a table's owner", Shape::Text),
    Field::free(4, "a table's time of creation", Shape::Plain(Kind::I32)),
    Field::free(6, "a table's retention", Shape::Plain(Kind::I32)),
    Field::free(7, "a table's storage descriptor", Shape::Inner(DESCRIPTOR)),
    Field::free(8, "a table's partition keys", Shape::Many(COLUMN)),
    Field::free(9, "a table's parameters", Shape::Texts),
    Field::free(10, "a view's original text", Shape::Text),
    Field::free(11, "a view's expanded text", Shape::Text),
    Field::free(12, "a table's type", Shape::Text),
    Field::free(14, "whether a table is temporary", Shape::Plain(Kind::Bool)),
    Field::free(17, "a table's catalog", Shape::Text),
    Field::free(18, "a table's owner's type", Shape::Plain(Kind::I32)),
];

/// Fields that a server gives and does not take: write id, whether and what statistics are
/// valid, access type, capabilities, id, file metadata, dictionary, transaction.
const SERVERS_OWN: [i16; 10] = [19, 20, 21, 22, 23, 24, 25, 26, 27, 28];

object!(
    /// A table or view.
    Table,
    FIELDS
);

impl Table {
    /// A table without columns.
    pub fn new(database: &str, name: &str) -> Self {
        let raw = Struct::new()
            .with(1, name)
            .with(2, database)
            .with(4, 0)
            .with(5, 0)
            .with(6, 0)
            .with(7, new_descriptor())
            .with(8, Value::structs([]))
            .with(9, Map::strings([] as [(&str, &str); 0]));
        Self(raw)
    }

    needed_texts! {
        /// The name, in lower case when it comes from a server.
        1 name set_name;
        /// The database, in lower case when it comes from a server.
        2 database set_database;
    }

    texts! {
        /// The owner's name.
        3 owner set_owner;
        /// The query of a view as it was written.
        10 view_original_text set_view_original_text;
        /// The query of a view with every name in full.
        11 view_expanded_text set_view_expanded_text;
        /// `MANAGED_TABLE`, `EXTERNAL_TABLE`, `VIRTUAL_VIEW`, `MATERIALIZED_VIEW`, or
        /// `INDEX_TABLE` before Hive 3.
        12 table_type set_table_type;
        /// The catalog, since Hive 3.
        17 catalog set_catalog;
    }

    parameters!(9);

    /// When the table was made, in seconds since 1970; 0 when unknown.
    pub fn created_seconds(&self) -> i32 {
        self.0.i32(4).unwrap_or(0)
    }

    /// The columns that tell partitions apart.
    pub fn partition_keys(&self) -> Vec<Column<'_>> {
        Column::all(self.0.items(8))
    }

    /// Sets the columns that tell partitions apart.
    pub fn set_partition_keys(&mut self, keys: &[Column<'_>]) {
        let raw = keys.iter().map(|key| key.to_raw());
        self.0.set(8, Value::structs(raw));
    }

    /// Whether the table has partitions.
    pub fn is_partitioned(&self) -> bool {
        self.0.items(8).is_some_and(|keys| !keys.is_empty())
    }

    /// Whether the table belongs to a session.
    pub fn is_temporary(&self) -> bool {
        self.0.bool(14) == Some(true)
    }

    /// What the owner is.
    pub fn owner_kind(&self) -> Option<PrincipalKind> {
        PrincipalKind::from_number(self.0.i32(18)?)
    }

    /// Sets what the owner is.
    pub fn set_owner_kind(&mut self, kind: Option<PrincipalKind>) {
        self.0.set_or_take(18, kind.map(PrincipalKind::number));
    }

    /// Takes away the fields that are the server's own: without this a table of one server
    /// would tell another one its ids.
    pub fn forget_server_fields(&mut self) {
        self.0.fields.retain(|(id, _)| !SERVERS_OWN.contains(id));
    }
}

impl Stored for Table {
    fn storage(&self) -> Option<&Struct> {
        self.0.structure(7)
    }

    fn storage_mut(&mut self) -> &mut Struct {
        inner_mut(&mut self.0, 7, new_descriptor)
    }
}
