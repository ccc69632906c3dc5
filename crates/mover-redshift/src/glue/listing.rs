//! The listing of a catalogue, in key order.
//!
//! In memory at the same time: what is told of the tables of one database, and the keys and
//! fingerprints of one table's partitions, about a hundred bytes for each. Glue shows
//! partitions in an order of its own, so that they have to be sorted here.

use super::catalogue::Catalogue;
use super::extras::Extras;
use super::facets::{partition_facets, schema_facets, upper_table_facets};
use super::fingerprint::Fingerprint;
use super::names::{database_key, partition_key, schema_key, table_key};
use super::parallel::in_parallel;
use super::standing::{of_database, of_table};
use boatlift_aws::glue::TableShown;
use boatlift_core::facets::FacetsRef;
use boatlift_core::filter::Filter;
use boatlift_core::key::{Key, KeyBuf};
use boatlift_core::lane::Pace;
use boatlift_core::page::{Entry, PageBuilder};
use boatlift_core::side::Side;
use boatlift_core::store::{Hole, ListRequest, Listed, Listing};
use boatlift_core::{Code, Error, Result};
use std::sync::Arc;
use std::vec::IntoIter;

/// Entries of a page: a batch for each of the calls that carry them.
const PAGE_ITEMS: usize = 1000;

/// A listing of one side's catalogue.
pub(super) struct CatalogueListing {
    catalogue: Arc<Catalogue>,
    filter: Arc<Filter>,
    /// Databases and schemas, by key.
    tops: IntoIter<(KeyBuf, Top)>,
    tables: IntoIter<Told>,
    partitions: IntoIter<(KeyBuf, Fingerprint)>,
    /// A database or table that the filter leaves out.
    left_out: Option<KeyBuf>,
    /// A hole that waits for the page before it.
    hole: Option<Hole>,
}

enum Top {
    Database(String),
    Schema(String),
}

/// What is told of a table, and where its partitions are.
struct Told {
    key: KeyBuf,
    told: Result<Vec<u8>>,
    partitions: Option<Partitioned>,
}

struct Partitioned {
    database: String,
    table: String,
    keys: Vec<String>,
}

impl CatalogueListing {
    pub(super) fn new(catalogue: Arc<Catalogue>, request: ListRequest) -> Self {
        let selection = catalogue.terms.selection();
        let databases = selection.databases.keys();
        let mut tops: Vec<(KeyBuf, Top)> =
            databases.map(|name| (database_key(name), Top::Database(name.clone()))).collect();
        if catalogue.side == Side::Lower {
            let schemas = selection.elsewhere.iter();
            tops.extend(schemas.map(|(name, is)| (schema_key(name), Top::Schema(is.clone()))));
        }
        tops.sort_by(|(one, _), (other, _)| one.cmp(other));
        CatalogueListing {
            catalogue,
            filter: request.filter,
            tops: tops.into_iter(),
            tables: Vec::new().into_iter(),
            partitions: Vec::new().into_iter(),
            left_out: None,
            hole: None,
        }
    }

    /// Adds what comes next; false at the end, or where a hole comes first.
    fn step(&mut self, builder: &mut PageBuilder) -> Result<bool> {
        if let Some((key, fingerprint)) = self.partitions.next() {
            self.tell(builder, &key, &partition_facets(&fingerprint));
        } else if let Some(told) = self.tables.next() {
            self.table(builder, told)?;
        } else {
            match self.tops.next() {
                None => return Ok(false),
                Some((key, Top::Schema(is))) => self.tell(builder, &key, &schema_facets(&is)),
                Some((key, Top::Database(name))) => self.database(builder, key, &name)?,
            }
        }
        Ok(self.hole.is_none())
    }

    fn database(&mut self, builder: &mut PageBuilder, key: KeyBuf, name: &str) -> Result<()> {
        let shown = match self.catalogue.database(name) {
            Ok(Some(shown)) => shown,
            Ok(None) if self.catalogue.side == Side::Upper => return Ok(()),
            Ok(None) => {
                let error = Error::new(Code::GlueMissing, "cannot clone database").on(name);
                return self.leave_hole(key, error.because("there is no such database"));
            }
            Err(error) => return self.leave_hole(key, error),
        };
        let facets = self.catalogue.terms.database_facets(self.catalogue.side, &shown);
        self.tell(builder, &key, &facets);
        if of_database(&shown).is_some() {
            return Ok(());
        }
        match self.catalogue.tables(name) {
            Ok(tables) => self.tables = self.told(name, &tables).into_iter(),
            Err(error) => self.leave_hole(key, error)?,
        }
        Ok(())
    }

    /// What is told of a database's tables, by key.
    fn told(&self, database: &str, tables: &[TableShown]) -> Vec<Told> {
        let catalogue = &self.catalogue;
        let tell = |shown: &TableShown| {
            let stays = of_table(shown).is_some();
            let told = match catalogue.side {
                Side::Upper => Ok(upper_table_facets(shown)),
                Side::Lower if stays => {
                    Ok(catalogue.terms.lower_table_facets(shown, &Extras::default()))
                }
                Side::Lower => catalogue
                    .extras(database, &shown.table)
                    .map(|extras| catalogue.terms.lower_table_facets(shown, &extras)),
            };
            let keys: Vec<String> =
                shown.table.key_names().into_iter().map(str::to_owned).collect();
            let partitions = (!stays && !keys.is_empty()).then(|| Partitioned {
                database: database.to_owned(),
                table: shown.table.name.clone(),
                keys,
            });
            Told { key: table_key(database, &shown.table.name), told, partitions }
        };
        let mut told = in_parallel(catalogue.terms.connections, tables, tell);
        told.sort_by(|one, other| one.key.cmp(&other.key));
        told
    }

    fn table(&mut self, builder: &mut PageBuilder, told: Told) -> Result<()> {
        let facets = match told.told {
            Ok(facets) => facets,
            Err(error) => return self.leave_hole(told.key, error),
        };
        self.tell(builder, &told.key, &facets);
        let Some(partitioned) = told.partitions else { return Ok(()) };
        match self.read_partitions(&told.key, &partitioned) {
            Ok(partitions) => self.partitions = partitions.into_iter(),
            Err(error) => self.leave_hole(told.key, error)?,
        }
        Ok(())
    }

    /// Keys and fingerprints of a table's partitions, sorted.
    fn read_partitions(
        &self,
        table: &KeyBuf,
        of: &Partitioned,
    ) -> Result<Vec<(KeyBuf, Fingerprint)>> {
        let catalogue = &self.catalogue;
        let name = catalogue.name_of(&of.database);
        let keys: Vec<&str> = of.keys.iter().map(String::as_str).collect();
        let mut all = Vec::new();
        for page in catalogue.glue.partition_pages(&name, &of.table, catalogue.terms.segments) {
            for partition in page? {
                let key = partition_key(table, &keys, &partition.values);
                all.push((key, catalogue.terms.partition(catalogue.side, &partition)));
            }
        }
        all.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        // A server without segments shows each partition once for every segment.
        all.dedup_by(|(one, _), (other, _)| one == other);
        Ok(all)
    }

    fn tell(&mut self, builder: &mut PageBuilder, key: &KeyBuf, facets: &[u8]) {
        if !self.takes(key.as_key()) {
            return;
        }
        let Some(facets) = FacetsRef::checked(facets) else { return };
        builder.push(&match self.catalogue.side {
            Side::Lower => Entry { lower: Some(facets), ..Entry::new(key.as_key()) },
            Side::Upper => Entry { upper: Some(facets), ..Entry::new(key.as_key()) },
        });
    }

    /// Whether the policy's filter takes a name in. What is left out takes all that is below
    /// it along.
    fn takes(&mut self, key: Key<'_>) -> bool {
        if self.left_out.as_ref().is_some_and(|above| key.is_below(&above.0)) {
            return false;
        }
        let takes = self.filter.is_empty() || self.filter.takes(key.path(), key.is_directory());
        if !takes && key.is_directory() {
            self.left_out = Some(key.to_owned());
        }
        takes
    }

    /// What cannot be read leaves a hole; a service that is away ends the listing.
    fn leave_hole(&mut self, under: KeyBuf, error: Error) -> Result<()> {
        match error.code {
            Code::ServerUnreachable | Code::ServerRefused => Err(error),
            _ => {
                self.hole = Some(Hole { under, error });
                Ok(())
            }
        }
    }
}

impl Listing for CatalogueListing {
    fn next(&mut self, pace: &dyn Pace) -> Result<Option<Listed>> {
        if let Some(hole) = self.hole.take() {
            return Ok(Some(Listed::Hole(hole)));
        }
        let mut builder = PageBuilder::new();
        while builder.len() < PAGE_ITEMS && !builder.is_full() && self.step(&mut builder)? {}
        if builder.is_empty() {
            return Ok(self.hole.take().map(Listed::Hole));
        }
        pace.spend(self.catalogue.side, builder.len() as u64, 0)
            .map_err(|_| Error::new(Code::Interrupted, "the listing was asked to stop"))?;
        Ok(Some(Listed::Page(builder.take())))
    }
}
