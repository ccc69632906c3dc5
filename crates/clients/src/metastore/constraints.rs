//! Constraints of tables: keys, uniqueness, nullness, defaults and checks.

use crate::thrift::{Struct, Value};

use super::capabilities::DEFAULT_CATALOG;
use super::client::{Metastore, found};
use super::error::MetastoreError;
use super::methods::{self, Method};
use super::objects::Table;
use super::tables::creation;

/// A kind of constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConstraintKind {
    /// `SQLPrimaryKey`, since Hive 2.1.
    PrimaryKey,
    /// `SQLForeignKey`, since Hive 2.1.
    ForeignKey,
    /// `SQLUniqueConstraint`, since Hive 3.0.
    Unique,
    /// `SQLNotNullConstraint`, since Hive 3.0.
    NotNull,
    /// `SQLDefaultConstraint`, since Hive 3.0.
    Default,
    /// `SQLCheckConstraint`, since Hive 3.0.
    Check,
}

impl ConstraintKind {
    /// All kinds; foreign keys last, for what they point at must be there first.
    pub const ALL: [Self; 6] = [
        Self::PrimaryKey,
        Self::Unique,
        Self::NotNull,
        Self::Default,
        Self::Check,
        Self::ForeignKey,
    ];

    /// All kinds in the order of their fields in the requests that make a table.
    const IN_REQUESTS: [Self; 6] = [
        Self::PrimaryKey,
        Self::ForeignKey,
        Self::Unique,
        Self::NotNull,
        Self::Default,
        Self::Check,
    ];

    fn methods(self) -> (Method, Method) {
        match self {
            Self::PrimaryKey => (methods::GET_PRIMARY_KEYS, methods::ADD_PRIMARY_KEY),
            Self::ForeignKey => (methods::GET_FOREIGN_KEYS, methods::ADD_FOREIGN_KEY),
            Self::Unique => (methods::GET_UNIQUE, methods::ADD_UNIQUE),
            Self::NotNull => (methods::GET_NOT_NULL, methods::ADD_NOT_NULL),
            Self::Default => (methods::GET_DEFAULTS, methods::ADD_DEFAULT),
            Self::Check => (methods::GET_CHECKS, methods::ADD_CHECK),
        }
    }

    /// Field ids of the pairs of database and table in a constraint's column.
    fn tables(self) -> &'static [(i16, i16)] {
        match self {
            Self::PrimaryKey => &[(1, 2)],
            Self::ForeignKey => &[(1, 2), (4, 5)],
            Self::Unique | Self::NotNull | Self::Default | Self::Check => &[(2, 3)],
        }
    }

    fn question(self, database: &str, table: &str) -> Struct {
        match self {
            Self::PrimaryKey => Struct::new().with(1, database).with(2, table),
            Self::ForeignKey => Struct::new().with(3, database).with(4, table),
            Self::Unique | Self::NotNull | Self::Default | Self::Check => {
                Struct::new().with(1, DEFAULT_CATALOG).with(2, database).with(3, table)
            }
        }
    }
}

/// The constraints of one table, column by column as the server gives them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Constraints {
    columns: Vec<(ConstraintKind, Struct)>,
}

impl Constraints {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// The columns of one kind.
    pub fn of(&self, kind: ConstraintKind) -> impl Iterator<Item = &Struct> {
        let columns = self.columns.iter();
        columns.filter_map(move |(of, column)| (*of == kind).then_some(column))
    }

    /// Adds a column.
    pub fn push(&mut self, kind: ConstraintKind, column: Struct) {
        self.columns.push((kind, column));
    }

    /// Keeps only the kinds that pass.
    pub fn retain(&mut self, mut keep: impl FnMut(ConstraintKind) -> bool) {
        self.columns.retain(|(kind, _)| keep(*kind));
    }

    /// Gives every table that is named, also the ones that foreign keys point at, the
    /// database and name that `place` answers.
    pub fn rename(&mut self, mut place: impl FnMut(&str, &str) -> (String, String)) {
        for (kind, column) in &mut self.columns {
            for (database, table) in kind.tables() {
                let old = column.string(*database).zip(column.string(*table));
                if let Some((old_database, old_table)) = old {
                    let (new_database, new_table) = place(old_database, old_table);
                    column.set(*database, new_database);
                    column.set(*table, new_table);
                }
            }
        }
    }
}

impl Metastore {
    /// The constraints of a table. Kinds that the server does not know are none.
    pub fn constraints(
        &mut self,
        database: &str,
        table: &str,
    ) -> Result<Constraints, MetastoreError> {
        let mut constraints = Constraints::default();
        for kind in ConstraintKind::ALL {
            let (get, _) = kind.methods();
            let arguments = Struct::new().with(1, kind.question(database, table));
            let answer = self.probe(get, arguments);
            if let Some(Some(value)) = found(answer)? {
                let columns = self.first_field(get, value)?;
                for column in self.objects(get, Some(columns), Ok)? {
                    constraints.push(kind, column);
                }
            }
        }
        Ok(constraints)
    }

    /// Makes a table with its constraints, in one transaction of the server. Other than
    /// [`Metastore::add_constraints`] it can point foreign keys at the table itself. Nothing
    /// is made when the server does not know a kind.
    pub fn create_table_with(
        &mut self,
        table: &Table,
        constraints: &Constraints,
    ) -> Result<(), MetastoreError> {
        if constraints.is_empty() {
            return self.create_table(table);
        }
        self.know_kinds(table, constraints)?;
        let mut request = creation(table);
        let mut plain = Struct::new().with(1, table.as_raw().clone());
        for (at, kind) in (0..).zip(ConstraintKind::IN_REQUESTS) {
            let columns = Value::structs(constraints.of(kind).cloned());
            request.set(3 + at, columns.clone());
            plain.set(2 + at, columns);
        }
        let arguments = Struct::new().with(1, request);
        if let Some(_void) = self.probe_void(methods::CREATE_TABLE_REQ, arguments)? {
            return Ok(());
        }
        self.call_void(methods::CREATE_TABLE_WITH_CONSTRAINTS, plain)
    }

    /// A server ignores constraints of kinds that it has never heard of: asks before.
    fn know_kinds(
        &mut self,
        table: &Table,
        constraints: &Constraints,
    ) -> Result<(), MetastoreError> {
        for kind in ConstraintKind::ALL {
            if constraints.of(kind).next().is_some() {
                let (get, add) = kind.methods();
                let question = kind.question(table.database(), table.name());
                let answer = self.probe(get, Struct::new().with(1, question));
                if let Some(None) = found(answer)? {
                    return Err(self.lacks(add));
                }
            }
        }
        Ok(())
    }

    /// Adds constraints to tables that are there, one call for each kind. A kind that the
    /// server does not know is an error, and the kinds before it stay added. Hive 4.0 fails
    /// on a foreign key that points at its own table.
    pub fn add_constraints(&mut self, constraints: &Constraints) -> Result<(), MetastoreError> {
        for kind in ConstraintKind::ALL {
            let columns: Vec<Struct> = constraints.of(kind).cloned().collect();
            if !columns.is_empty() {
                let (_, add) = kind.methods();
                let request = Struct::new().with(1, Value::structs(columns));
                self.call_void(add, Struct::new().with(1, request))?;
            }
        }
        Ok(())
    }
}
