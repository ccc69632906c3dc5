//! Places: where the files of a table or a partition lie on each side.

use super::lane::make_all;
use crate::catalog::{Catalogue, Object, Reader, Walk, Walked, is_view, location};
use crate::classify::Standing;
use crate::keys::Name;
use crate::translate::Translator;
use boatlift_clients::metastore::{Partition, Table};
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::key::{Key, KeyBuf};
use boatlift_core::page::{Entry, Page, PageBuilder};
use boatlift_core::side::Side;
use boatlift_core::store::{Hole, Opener};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Where the files of one table or partition lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Its key as a directory: what the keys of its files begin with.
    pub(crate) prefix: KeyBuf,
    /// Its location on LOWER, in full.
    pub(crate) lower: String,
    /// Its location on UPPER, once it is exchanged.
    pub(crate) upper: String,
}

impl Place {
    /// Its location on a side, as stores know it.
    pub(crate) fn on(&self, side: Side) -> &str {
        match side {
            Side::Lower => root_of(&self.lower),
            Side::Upper => root_of(&self.upper),
        }
    }
}

/// A location as stores know it. Metastores write local directories as `file:/x`, where
/// percent signs are themselves; that is what the bare path means to a store.
pub(crate) fn root_of(location: &str) -> &str {
    location.strip_prefix("file:").unwrap_or(location)
}

/// Finds places, by asking LOWER's metastore.
pub(crate) struct Places {
    pub(crate) lower: Arc<Catalogue>,
    pub(crate) translator: Arc<Translator>,
}

/// Places in key order, and parts of the catalogue of which none can be told.
pub(crate) struct PlaceWalk {
    walk: Walk,
    places: Arc<Places>,
}

/// A step of a walk over places.
pub(crate) enum Spot {
    Place(Place),
    Hole(Hole),
}

impl PlaceWalk {
    pub(crate) fn new(places: Arc<Places>, reader: Arc<Reader>) -> Result<PlaceWalk> {
        Ok(PlaceWalk { walk: Walk::new(reader)?, places })
    }

    /// The next place, or `None` after the last.
    ///
    /// # Errors
    /// When LOWER's metastore cannot be reached any more.
    pub(crate) fn next(&mut self) -> Result<Option<Spot>> {
        while let Some(walked) = self.walk.next()? {
            let found = match &walked {
                Walked::Hole(hole) => return Ok(Some(Spot::Hole(hole.clone()))),
                Walked::Object(key, Object::Table(table)) => self.places.of_table(key, table),
                Walked::Object(key, Object::Partition(_, partition)) => {
                    self.places.of_partition(key, partition)
                }
                _ => continue,
            };
            match found {
                Ok(None) => {}
                Ok(Some(place)) => return Ok(Some(Spot::Place(place))),
                Err((under, error)) => return Ok(Some(Spot::Hole(Hole { under, error }))),
            }
        }
        Ok(None)
    }
}

type Found = Result<Option<Place>, (KeyBuf, Error)>;

impl Places {
    /// The place of a table that has no partitions, and whose data is ours to bring.
    fn of_table(&self, key: &KeyBuf, table: &Table) -> Found {
        let carried = matches!(self.translator.standing(table), Standing::Carry(_));
        if table.is_partitioned() || is_view(table) || !carried {
            return Ok(None);
        }
        match location(table) {
            Some(location) => self.place(key.clone(), location),
            None => Ok(None),
        }
    }

    fn of_partition(&self, key: &KeyBuf, partition: &Partition) -> Found {
        let mut prefix = key.clone();
        prefix.0.push(b'/');
        match location(partition) {
            Some(location) => self.place(prefix, location),
            None => Ok(None),
        }
    }

    fn place(&self, prefix: KeyBuf, location: &str) -> Found {
        let locations = self.translator.locations();
        let lower = locations.qualify(Side::Lower, location);
        match lower.and_then(|lower| Ok((locations.to_upper(&lower)?, lower))) {
            Ok((upper, lower)) => Ok(Some(Place { prefix, lower, upper })),
            Err(refused) => {
                let error = Error::new(Code::HiveLocation, "cannot find a place on UPPER for");
                Err((prefix, error.on(location).because(refused)))
            }
        }
    }

    /// Where a table points as a whole: at its data, or at where new partitions go.
    ///
    /// # Errors
    /// When it has no place on UPPER.
    pub(crate) fn whole(&self, database: &str, table: &Table) -> Result<Option<Place>> {
        let carried = matches!(self.translator.standing(table), Standing::Carry(_));
        match location(table).filter(|_| carried) {
            Some(location) => {
                let key = Name::Table(database, table.name()).key();
                self.place(key, location).map_err(|(_, error)| error)
            }
            None => Ok(None),
        }
    }

    /// The places that hold these keys, by prefix. A place that LOWER no longer has, or that
    /// has no place on UPPER, is missing.
    ///
    /// # Errors
    /// When LOWER's metastore cannot tell.
    pub(crate) fn of_keys<'a>(
        &self,
        keys: impl Iterator<Item = Key<'a>>,
    ) -> Result<BTreeMap<KeyBuf, Place>> {
        self.told_by(&self.lower, keys)
    }

    /// The same by one side's metastore. UPPER still has what LOWER dropped since a run died, and
    /// as long as files of it are on their way it points at LOWER.
    fn told_by<'a>(
        &self,
        catalogue: &Catalogue,
        keys: impl Iterator<Item = Key<'a>>,
    ) -> Result<BTreeMap<KeyBuf, Place>> {
        let mut tables: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
        for key in keys {
            if let Some((database, table, below)) = parts(key) {
                tables.entry((database.into(), table.into())).or_default().insert(below.into());
            }
        }
        let mut found = BTreeMap::new();
        for ((database, name), below) in tables {
            let here = match catalogue.side() {
                Side::Lower => database.clone(),
                Side::Upper => self.translator.scope().upper_database(&database),
            };
            let Some(table) = catalogue.table(&here, &name)? else { continue };
            if !table.is_partitioned() {
                let key = Name::Table(&database, &name).key();
                found.extend(self.of_table(&key, &table).ok().flatten().map(|p| (key, p)));
                continue;
            }
            let depth = table.partition_keys().len();
            let names: BTreeSet<&str> = below.iter().filter_map(|b| first(b, depth)).collect();
            let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
            for (partition, object) in catalogue.partitions(&table, &names)? {
                let key = Name::Partition(&database, &name, &partition).key();
                let place = self.of_partition(&key, &object).ok().flatten();
                found.extend(place.map(|place| (place.prefix.clone(), place)));
            }
        }
        Ok(found)
    }
}

impl Places {
    /// Proves that files can be put where the rules bring them, before anything is.
    ///
    /// # Errors
    /// When a place cannot be made or written.
    pub(crate) fn prove_writable(&self, opener: &dyn Opener) -> Result<()> {
        let mut proved = BTreeSet::new();
        for rule in self.translator.locations().rules() {
            let to = rule.to.to_string();
            let root = root_of(&to);
            if proved.insert(to.clone()) && rule.to.path() != "/" && !rule.to.path().is_empty() {
                make_all(opener, root)?;
                opener.open(root)?.prove_writable()?;
            }
        }
        Ok(())
    }

    /// Removes what interrupted turns may have left beside the files of these keys.
    ///
    /// # Errors
    /// When something of ours is there and cannot be removed.
    pub(crate) fn sweep(&self, opener: &dyn Opener, upper: &Catalogue, page: &Page) -> Result<()> {
        let mut places = self.told_by(upper, page.iter().map(|entry| entry.key))?;
        places.extend(self.of_keys(page.iter().map(|entry| entry.key))?);
        for place in places.values() {
            let mut builder = PageBuilder::new();
            for entry in page.iter() {
                let below = entry.key.as_bytes().strip_prefix(place.prefix.0.as_slice());
                if let Some(below) = below.filter(|below| !below.is_empty()) {
                    builder.push(&Entry { key: Key::new(below), partner: None, ..entry });
                }
            }
            match opener.open(place.on(Side::Upper)) {
                Ok(store) => store.sweep(&builder.take())?,
                Err(error) if error.code == Code::RootMissing => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Database, table, and what follows.
fn parts(key: Key<'_>) -> Option<(&str, &str, &str)> {
    let text = std::str::from_utf8(key.as_bytes()).ok()?;
    let (database, rest) = text.split_once('/')?;
    let (table, below) = rest.split_once('/')?;
    Some((database, table, below))
}

/// The first `depth` components of a path, where it has that many directories.
fn first(path: &str, depth: usize) -> Option<&str> {
    let mut slashes = path.char_indices().filter(|(_, c)| *c == '/').map(|(at, _)| at);
    slashes.nth(depth.checked_sub(1)?).map(|at| &path[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_tells_its_partition() {
        let key = Key::new(b"d/t/ds=1/h=2/sub/f");
        assert_eq!(parts(key), Some(("d", "t", "ds=1/h=2/sub/f")));
        assert_eq!(first("ds=1/h=2/sub/f", 2), Some("ds=1/h=2"));
        assert_eq!(first("ds=1/h=2/", 2), Some("ds=1/h=2"));
        assert_eq!(first("ds=1/f", 2), None);
    }
}
