//! The places of LOWER under which tables lie: few enough to look at each.

use crate::locations::Place;
use std::collections::BTreeMap;

/// The most places that are told apart.
pub(super) const MOST_ROOTS: usize = 200;
/// Tables of a place that are kept to look into: the first may be empty.
pub(super) const MOST_SPECIMENS: usize = 8;

/// A place and some of the tables below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Root {
    /// The database's directory, or that above a table outside of it.
    pub(super) place: Place,
    /// How many tables lie below.
    pub(super) tables: u64,
    /// Locations of the first of them.
    pub(super) specimens: Vec<Place>,
}

/// Places, by their names.
#[derive(Debug, Default)]
pub(super) struct Roots {
    roots: BTreeMap<String, Root>,
    /// Tables whose place is one too many.
    pub(super) left_out: u64,
}

impl Roots {
    /// Takes a table's location. `database` is where its database lies.
    pub(super) fn take(&mut self, database: Option<&Place>, table: Place) {
        let place = match database.filter(|top| table.below(top).is_some()) {
            Some(top) => top.clone(),
            None => above(&table),
        };
        let name = place.canonical();
        if !self.roots.contains_key(&name) && self.roots.len() >= MOST_ROOTS {
            self.left_out += 1;
            return;
        }
        let new = || Root { place, tables: 0, specimens: Vec::new() };
        let root = self.roots.entry(name).or_insert_with(new);
        root.tables += 1;
        if root.specimens.len() < MOST_SPECIMENS {
            root.specimens.push(table);
        }
    }

    /// The places, in the order of their names.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Root> {
        self.roots.values()
    }
}

/// The directory that holds a place; the top holds itself.
pub(super) fn above(place: &Place) -> Place {
    let parent = place.path().rsplit_once('/').map_or("", |(parent, _)| parent);
    place.top().with_below(parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Place {
        Place::parse(text, None).expect("a place")
    }

    #[test]
    fn tables_of_a_database_share_its_directory_and_others_the_one_above_them() {
        let mut roots = Roots::default();
        let database = place("hdfs://n:8020/w/a.db");
        for table in [
            "hdfs://n/w/a.db/t",
            "hdfs://n/w/a.db/u",
            "hdfs://n/x/e",
            "hdfs://n/x/f",
            "hdfs://n/w/a.dbs/z",
            "s3a://b/t",
        ] {
            roots.take(Some(&database), place(table));
        }
        let told: Vec<_> = roots.iter().map(|root| (root.place.to_string(), root.tables)).collect();
        let expected = [
            ("hdfs://n:8020/w/a.db", 2),
            ("hdfs://n/w/a.dbs", 1),
            ("hdfs://n/x", 2),
            ("s3a://b/", 1),
        ];
        assert_eq!(told, expected.map(|(place, tables)| (place.to_owned(), tables)));
    }

    #[test]
    fn places_are_bounded_and_those_left_out_are_counted() {
        let mut roots = Roots::default();
        for nth in 0..MOST_ROOTS + 3 {
            roots.take(None, place(&format!("hdfs://n/{nth}/t")));
        }
        roots.take(None, place("hdfs://n/0/u"));
        assert_eq!((roots.iter().count(), roots.left_out), (MOST_ROOTS, 3));
    }

    #[test]
    fn above_the_top_is_the_top() {
        assert_eq!(above(&place("hdfs://n/")).path(), "/");
        assert_eq!(above(&place("hdfs://n/a")).path(), "/");
        assert_eq!(above(&place("hdfs://n/a/b")).path(), "/a");
    }
}
