//! EXPORT on LOWER and IMPORT on UPPER: the one way that writes on LOWER, below a directory
//! that is configured for it, and removes what it wrote there.

use super::clearing::{clear, remove_empty};
use super::statements::{self, FullName};
use crate::config::Staging;
use crate::data::Place;
use crate::hive_server::HiveServer;
use crate::keys::Name;
use boatlift_clients::metastore::{Table, partition_values};
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::lane::Pace;
use boatlift_core::store::Opener;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Directories of ours: of a place, of a table, of a database.
const LEVELS: usize = 3;

/// LOWER's Hive, which exports.
pub(crate) struct Exporter {
    /// LOWER's HiveServer2.
    pub(crate) server: HiveServer,
    /// LOWER's file system.
    pub(crate) namespace: String,
    pub(crate) staging: Staging,
    pub(crate) opener: Arc<dyn Opener>,
}

/// The export of one place.
pub(super) struct Export<'e> {
    exporter: &'e Exporter,
    parts: Parts<'e>,
}

/// What the statements of an export name.
pub(super) struct Parts<'e> {
    /// The table on LOWER.
    pub(super) database: &'e str,
    pub(super) table: &'e str,
    /// Name and value of each key of the partition, if it is one.
    pub(super) partition: Vec<(String, String)>,
    /// Where IMPORT puts the table for its files to come to lie at the place.
    pub(super) location: String,
    /// What all attempts at this place write below.
    pub(super) directory: String,
}

/// What directories of exports begin with.
pub(super) fn below(namespace: &str, staging: &Staging) -> String {
    format!("{}{}", namespace.trim_end_matches('/'), staging.export_prefix)
}

/// What the statements of an export of a place name.
///
/// # Errors
/// Says why IMPORT cannot bring the place to where it belongs.
pub(super) fn parts<'e>(
    below: &str,
    name: Name<'e>,
    table: &Table,
    place: &Place,
) -> Result<Parts<'e>, String> {
    let Some(table_name) = name.table() else { return Err("it is no table".into()) };
    let (location, partition) = match name {
        Name::Partition(_, _, partition) => (above(place, partition)?, spec(table, partition)?),
        _ => (place.upper.clone(), Vec::new()),
    };
    let hash = &blake3::hash(&place.prefix.0).to_hex()[..16];
    let database = name.database();
    let directory = format!("{below}{database}/{table_name}/{hash}");
    Ok(Parts { database, table: table_name, partition, location, directory })
}

impl Exporter {
    /// What directories of exports begin with.
    pub(super) fn below(&self) -> String {
        below(&self.namespace, &self.staging)
    }

    /// The export of a place of a table.
    ///
    /// # Errors
    /// Says why IMPORT cannot bring the place to where it belongs.
    pub(super) fn export<'e>(
        &'e self,
        name: Name<'e>,
        table: &Table,
        place: &Place,
    ) -> Result<Export<'e>, String> {
        Ok(Export { exporter: self, parts: parts(&self.below(), name, table, place)? })
    }
}

impl Export<'_> {
    /// Exports the place, and gives the statement that imports it into a table of UPPER.
    pub(super) fn write(&self, into: FullName<'_>, pace: &dyn Pace) -> Result<String> {
        // A directory of its own: a server may still write for an attempt that is given up.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let directory = format!("{}/{:x}", self.parts.directory, since.as_nanos());
        let Parts { database, table, partition, location, .. } = &self.parts;
        let of = FullName { database, table };
        let text = statements::export(of, partition, &directory);
        self.exporter
            .server
            .with("cannot export on", pace, |session, watcher| session.run(&text, watcher))?;
        Ok(statements::import(into, &directory, location))
    }

    /// Removes what attempts at this place wrote on LOWER, and directories that are empty then.
    pub(super) fn clear(&self, pace: &dyn Pace) -> Result<()> {
        let opener = &*self.exporter.opener;
        clear(opener, &self.parts.directory, pace)?;
        let gone = |error: Error| match error.code {
            Code::RootMissing => Ok(()),
            _ => Err(error),
        };
        let mut directory = self.parts.directory.as_str();
        for _ in 0..LEVELS {
            remove_empty(opener, directory).or_else(gone)?;
            directory = directory.rsplit_once('/').map_or(directory, |(above, _)| above);
        }
        Ok(())
    }
}

/// Where a table must point for one of its partitions to lie at the place.
fn above(place: &Place, partition: &str) -> Result<String, String> {
    let upper = place.upper.trim_end_matches('/');
    let table = upper.strip_suffix(partition).and_then(|table| table.strip_suffix('/'));
    table.filter(|table| !table.is_empty()).map(str::to_owned).ok_or_else(|| {
        format!("IMPORT cannot bring it to {upper}, which is not named like the partition")
    })
}

/// Names and values of a partition's keys.
fn spec(table: &Table, partition: &str) -> Result<Vec<(String, String)>, String> {
    let keys = table.partition_keys();
    let values = partition_values(partition).unwrap_or_default();
    if keys.len() != values.len() {
        return Err("its name does not fit the keys of its table".into());
    }
    Ok(keys.iter().map(|key| key.name.to_owned()).zip(values).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use boatlift_core::key::KeyBuf;

    #[test]
    fn a_table_must_lie_where_its_partition_comes_to_its_place() {
        let at = |upper: &str| Place {
            prefix: KeyBuf::default(),
            lower: String::new(),
            upper: upper.to_owned(),
        };
        let name = "k=a b%2Fc/n=1";
        let standard = at("hdfs://u/t/k=a b%2Fc/n=1/");
        assert_eq!(above(&standard, name), Ok("hdfs://u/t".to_owned()));
        above(&at("hdfs://u/elsewhere"), name).expect_err("another directory");
        above(&at("hdfs://u/tk=a b%2Fc/n=1"), name).expect_err("the end of a name");
    }
}
