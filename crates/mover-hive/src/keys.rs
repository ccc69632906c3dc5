//! Keys of the catalogue: how a database, a table, a view, a partition or a function is
//! named, on LOWER and on UPPER alike.
//!
//! `sales/` is a database, `sales/orders/` a table, `sales/orders/ds=1/h=2` a partition,
//! `sales/recent` a view and `sales/(functions)/mask` a function. Names are LOWER's: what a
//! database is called on UPPER is the translation's business. Partition names are as Hive
//! writes them, with `/ = %` and the like escaped in values.

use boatlift_core::key::{Key, KeyBuf};

/// Between a database and its functions: no table can be called so.
const FUNCTIONS: &str = "(functions)";

/// What a key of the catalogue names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Name<'a> {
    /// A database.
    Database(&'a str),
    /// A table: database and name.
    Table(&'a str, &'a str),
    /// A view: database and name.
    View(&'a str, &'a str),
    /// A partition: database, table, and the name as Hive writes it.
    Partition(&'a str, &'a str, &'a str),
    /// A function: database and name.
    Function(&'a str, &'a str),
}

impl<'a> Name<'a> {
    /// Reads a key; `None` when no name of the catalogue is written so.
    #[must_use]
    pub(crate) fn of(key: Key<'a>) -> Option<Name<'a>> {
        let text = std::str::from_utf8(key.as_bytes()).ok()?;
        let (database, rest) = text.split_once('/')?;
        if database.is_empty() {
            return None;
        }
        match rest.split_once('/') {
            _ if rest.is_empty() => Some(Name::Database(database)),
            None => Some(Name::View(database, rest)),
            Some((FUNCTIONS, name)) => Some(Name::Function(database, name)),
            Some((table, "")) => Some(Name::Table(database, table)),
            Some((table, partition)) => Some(Name::Partition(database, table, partition)),
        }
    }

    /// Reads what the keys of a place's files begin with: a table's key, or a partition's and
    /// a slash.
    #[must_use]
    pub(crate) fn of_place(prefix: Key<'a>) -> Option<Name<'a>> {
        match Name::of(prefix)? {
            table @ Name::Table(..) => Some(table),
            _ => Name::of(Key::new(prefix.path())),
        }
    }

    /// The key.
    #[must_use]
    pub(crate) fn key(self) -> KeyBuf {
        let text = match self {
            Name::Database(database) => format!("{database}/"),
            Name::Table(database, table) => format!("{database}/{table}/"),
            Name::View(database, view) => format!("{database}/{view}"),
            Name::Partition(database, table, partition) => {
                format!("{database}/{table}/{partition}")
            }
            Name::Function(database, name) => format!("{database}/{FUNCTIONS}/{name}"),
        };
        KeyBuf(text.into_bytes())
    }

    /// The database that it is or lies in.
    #[must_use]
    pub(crate) fn database(self) -> &'a str {
        match self {
            Name::Database(database)
            | Name::Table(database, _)
            | Name::View(database, _)
            | Name::Partition(database, ..)
            | Name::Function(database, _) => database,
        }
    }

    /// The table or view that it is or lies in.
    #[must_use]
    pub(crate) fn table(self) -> Option<&'a str> {
        match self {
            Name::Table(_, table) | Name::View(_, table) | Name::Partition(_, table, _) => {
                Some(table)
            }
            Name::Database(_) | Name::Function(..) => None,
        }
    }

    /// The partition's name as Hive writes it, if it is one.
    #[must_use]
    pub(crate) fn partition(self) -> Option<&'a str> {
        match self {
            Name::Partition(_, _, partition) => Some(partition),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_survives_being_a_key() {
        for name in [
            Name::Database("sales"),
            Name::Table("sales", "orders"),
            Name::View("sales", "recent"),
            Name::Partition("sales", "orders", "ds=a%2Fb/h=1"),
            Name::Function("sales", "mask"),
        ] {
            assert_eq!(Name::of(name.key().as_key()), Some(name));
        }
        assert_eq!(Name::of_place(Key::new(b"s/t/")), Some(Name::Table("s", "t")));
        assert_eq!(Name::of_place(Key::new(b"s/t/ds=1/")), Some(Name::Partition("s", "t", "ds=1")));
        assert_eq!(Name::of(Key::new(b"sales")), None);
        assert_eq!(Name::of(Key::new(b"/t/")), None);
    }
}
