//! Fingerprints: one number for what an object says, the same on both sides.
//!
//! An object of LOWER is fingerprinted as what it shall be on UPPER, linked; one of UPPER as
//! it stands there, linked or adopted. Equal numbers mean that nothing is to be done.

use crate::canonical::{Purpose, Telling};
use crate::config::Carry;
use crate::locations::Locations;
use boatlift_clients::metastore::{Database, Function, Partition, Table};
use std::fmt;
use std::str::FromStr;

/// What led every hash: a change of the rules is a change of all fingerprints.
const RULES: &str = "boatlift hive 1";

/// Bytes that a table of some columns tells; larger ones take more.
const TOLD_BYTES: usize = 4096;

/// BLAKE3 of what an object says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(pub [u8; 32]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(blake3::Hash::from_bytes(self.0).to_hex().as_str())
    }
}

impl FromStr for Fingerprint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let hash = blake3::Hash::from_hex(text);
        hash.map(|hash| Fingerprint(*hash.as_bytes()))
            .map_err(|_| format!("`{text}` is no fingerprint of 64 hexadecimal digits"))
    }
}

/// How objects of one move are fingerprinted.
#[derive(Debug, Clone, Copy)]
pub struct Fingerprints<'a> {
    locations: &'a Locations,
    owners: bool,
}

impl<'a> Fingerprints<'a> {
    /// Owners count where they are carried.
    #[must_use]
    pub fn new(locations: &'a Locations, carry: &Carry) -> Self {
        Fingerprints { locations, owners: carry.owners }
    }

    /// Of a table or view in UPPER's terms.
    #[must_use]
    pub fn table(&self, table: &Table) -> Fingerprint {
        self.hash("table", |telling| telling.table(table))
    }

    /// Of a partition in UPPER's terms.
    #[must_use]
    pub fn partition(&self, partition: &Partition) -> Fingerprint {
        self.hash("partition", |telling| telling.partition(partition))
    }

    /// Of a database in UPPER's terms.
    #[must_use]
    pub fn database(&self, database: &Database) -> Fingerprint {
        self.hash("database", |telling| telling.database(database))
    }

    /// Of a function in UPPER's terms.
    #[must_use]
    pub fn function(&self, function: &Function) -> Fingerprint {
        self.hash("function", |telling| telling.function(function))
    }

    fn hash(&self, kind: &str, tell: impl FnOnce(&mut Telling<'_>)) -> Fingerprint {
        // Hashed at once: a hasher that is fed a few bytes at a time is several times slower.
        let mut told = Vec::with_capacity(TOLD_BYTES);
        let mut note = |path: &str, value: &[u8]| {
            for part in [path.as_bytes(), value] {
                told.extend_from_slice(&(part.len() as u64).to_le_bytes());
                told.extend_from_slice(part);
            }
        };
        note(RULES, kind.as_bytes());
        tell(&mut Telling::new(self.locations, Purpose::Compare, self.owners, &mut note));
        Fingerprint(*blake3::hash(&told).as_bytes())
    }
}

#[cfg(test)]
mod tests;
