//! Databases.

use crate::thrift::{Kind, Struct};

use super::macros::{needed_texts, object, parameters, texts};
use super::privilege::PrincipalKind;
use super::shape::{Field, Shape};

const FIELDS: &[Field] = &[
    Field::needed(1, "a database's name", Shape::Text),
    Field::free(2, "a database's description", Shape::Text),
    Field::free(3, "a database's location", Shape::Text),
    Field::free(4, "a database's parameters", Shape::Texts),
    Field::free(6, "a database's owner", Shape::Text),
    Field::free(7, "a database's owner's type", Shape::Plain(Kind::I32)),
    Field::free(8, "a database's catalog", Shape::Text),
    Field::free(10, "a database's managed location", Shape::Text),
    Field::free(11, "a database's type", Shape::Plain(Kind::I32)),
];

object!(
    /// A database.
    Database,
    FIELDS
);

impl Database {
    /// A database without anything but a name: the server chooses its location.
    pub fn new(name: &str) -> Self {
        Self(Struct::new().with(1, name))
    }

    needed_texts! {
        /// The name.
        1 name set_name;
    }

    texts! {
        /// The comment.
        2 description set_description;
        /// The directory of its external tables, and of all tables before Hive 4.
        3 location set_location;
        /// The owner's name.
        6 owner set_owner;
        /// The catalog, since Hive 3.
        8 catalog set_catalog;
        /// The directory of its managed tables, since Hive 4.
        10 managed_location set_managed_location;
    }

    parameters!(4);

    /// What the owner is.
    pub fn owner_kind(&self) -> Option<PrincipalKind> {
        PrincipalKind::from_number(self.0.i32(7)?)
    }

    /// Sets what the owner is.
    pub fn set_owner_kind(&mut self, kind: Option<PrincipalKind>) {
        self.0.set_or_take(7, kind.map(PrincipalKind::number));
    }

    /// Whether the tables live in another system, behind a connector (Hive 4).
    pub fn is_remote(&self) -> bool {
        self.0.i32(11) == Some(2)
    }
}
