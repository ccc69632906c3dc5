//! Grants and who has them.

use crate::thrift::{Kind, Struct};

use super::macros::{needed_texts, object, texts};
use super::shape::{Field, Shape};

const FIELDS: &[Field] = &[
    Field::needed(1, "a grant's object", Shape::Inner(OBJECT)),
    Field::needed(2, "a grant's principal", Shape::Text),
    Field::free(3, "a grant's principal's type", Shape::Plain(Kind::I32)),
    Field::needed(4, "a grant's privilege", Shape::Inner(PRIVILEGE)),
    Field::free(5, "a grant's authorizer", Shape::Text),
];

const OBJECT: &[Field] = &[
    Field::free(1, "a granted object's type", Shape::Plain(Kind::I32)),
    Field::free(2, "a granted object's database", Shape::Text),
    Field::free(3, "a granted object's name", Shape::Text),
    Field::free(5, "a granted object's column", Shape::Text),
];

const PRIVILEGE: &[Field] = &[
    Field::free(1, "a privilege's name", Shape::Text),
    Field::free(3, "a privilege's grantor", Shape::Text),
    Field::free(5, "a privilege's grant option", Shape::Plain(Kind::Bool)),
];

/// What a principal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrincipalKind {
    /// A user.
    User,
    /// A role.
    Role,
    /// A group.
    Group,
}

impl PrincipalKind {
    pub(super) fn from_number(number: i32) -> Option<Self> {
        match number {
            1 => Some(Self::User),
            2 => Some(Self::Role),
            3 => Some(Self::Group),
            _ => None,
        }
    }

    pub(super) fn number(self) -> i32 {
        match self {
            Self::User => 1,
            Self::Role => 2,
            Self::Group => 3,
        }
    }
}

/// What a grant is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectReference<'a> {
    /// Everything.
    Global,
    /// A database.
    Database(&'a str),
    /// A table of a database.
    Table(&'a str, &'a str),
}

impl ObjectReference<'_> {
    pub(in crate::metastore) fn to_raw(self) -> Struct {
        match self {
            Self::Global => Struct::new().with(1, 1),
            Self::Database(database) => Struct::new().with(1, 2).with(2, database),
            Self::Table(database, table) => {
                Struct::new().with(1, 3).with(2, database).with(3, table)
            }
        }
    }
}

object!(
    /// A privilege that a principal has on an object.
    Grant,
    FIELDS
);

impl Grant {
    /// A privilege on an object, granted by the user `grantor` without the right to pass it
    /// on.
    pub fn new(
        on: ObjectReference<'_>,
        privilege: &str,
        kind: PrincipalKind,
        principal: &str,
        grantor: &str,
    ) -> Self {
        let granted = Struct::new()
            .with(1, privilege)
            .with(2, 0)
            .with(3, grantor)
            .with(4, PrincipalKind::User.number())
            .with(5, false);
        let raw = Struct::new()
            .with(1, on.to_raw())
            .with(2, principal)
            .with(3, kind.number())
            .with(4, granted);
        Self(raw)
    }

    needed_texts! {
        /// Who has it.
        2 principal set_principal;
    }

    texts! {
        /// Which authoriser it belongs to, since Hive 3.
        5 authorizer set_authorizer;
    }

    /// What the principal is.
    pub fn principal_kind(&self) -> Option<PrincipalKind> {
        PrincipalKind::from_number(self.0.i32(3)?)
    }

    /// What may be done: `ALL`, `SELECT` and so on.
    pub fn privilege(&self) -> Option<&str> {
        self.0.structure(4)?.string(1)
    }

    /// Whether the principal may pass it on.
    pub fn has_grant_option(&self) -> bool {
        let granted = self.0.structure(4);
        granted.and_then(|granted| granted.bool(5)) == Some(true)
    }

    /// The database and name of the object; names are absent where the object has none.
    pub fn object(&self) -> (Option<&str>, Option<&str>) {
        let object = self.0.structure(1);
        let text = |id| object.and_then(|object| object.string(id));
        (text(2), text(3))
    }

    /// Says that it is on the same kind of object elsewhere.
    pub fn set_object(&mut self, database: &str, name: Option<&str>) {
        if let Some(object) = self.0.structure_mut(1) {
            object.set(2, database);
            object.set_or_take(3, name);
        }
    }
}
