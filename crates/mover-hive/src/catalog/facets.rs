//! What each side says of its objects, so that both can be compared.
//!
//! LOWER's objects are stated as they should be on UPPER. The hash covers what matters of an
//! object and nothing that a server adds by itself. On UPPER the time of the last change is
//! told too: whoever writes through UPPER moves it.

use super::catalogue::is_view;
use crate::classify::Standing;
use crate::fingerprint::Fingerprint;
use crate::keys::Name;
use crate::marks::{self, HandsOff, may_overwrite};
use crate::parameters::PURGE;
use crate::translate::{OwnsFiles, Translator};
use boatlift_clients::metastore::{Database, Function, Partition, Stored, Table};
use boatlift_core::facets::{Facets, Kind};
use boatlift_core::side::Side;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Parameters that move when data is written through the metastore's own side.
const TOUCHES: [&str; 4] = ["transient_lastDdlTime", "numFiles", "totalSize", "numRows"];

/// Describes objects as facets.
pub(crate) struct Describe {
    pub(crate) translator: Arc<Translator>,
    /// Tables, `database.table`, whose writes through UPPER a person has accepted.
    pub(crate) accepted: BTreeSet<String>,
}

impl Describe {
    /// Facets of a database.
    pub(crate) fn database(&self, side: Side, database: &Database) -> Vec<u8> {
        let fingerprint = match side {
            Side::Lower => {
                let stated = self.translator.database(database);
                self.translator.fingerprints().database(&stated)
            }
            // Never as it should be: carrying it says why.
            Side::Upper if self.lies_on_lower(database) => Fingerprint([0; 32]),
            Side::Upper => self.translator.fingerprints().database(database),
        };
        encoded(Kind::Directory, &fingerprint, None, None)
    }

    /// Whether a database of UPPER lies on LOWER: dropping it would delete there.
    pub(super) fn lies_on_lower(&self, database: &Database) -> bool {
        let locations = self.translator.locations();
        let at = database.location().and_then(|at| locations.side_of(Side::Upper, at));
        at == Some(Side::Lower)
    }

    /// Facets of a table or view. One that stays behind says why.
    pub(crate) fn table(&self, side: Side, table: &Table) -> Vec<u8> {
        let kind = match is_view(table) {
            true => Kind::Symlink,
            false => Kind::Directory,
        };
        let fingerprints = self.translator.fingerprints();
        if side == Side::Upper {
            let fingerprint = fingerprints.table(table);
            return encoded(kind, &fingerprint, Some(&touched(table.parameters())), None);
        }
        let class = match self.translator.standing(table) {
            Standing::Carry(class) => class,
            Standing::Skip(reason) => {
                let fingerprint = fingerprints.table(table);
                return encoded(kind, &fingerprint, None, Some(reason.word()));
            }
        };
        let fingerprint = match self.translator.table(table, class) {
            Ok(stated) => fingerprints.table(&stated),
            // Carrying it says what is wrong.
            Err(_) => fingerprints.table(table),
        };
        encoded(kind, &fingerprint, None, None)
    }

    /// Facets of a partition.
    pub(crate) fn partition(&self, side: Side, partition: &Partition) -> Vec<u8> {
        let fingerprints = self.translator.fingerprints();
        if side == Side::Upper {
            let fingerprint = fingerprints.partition(partition);
            let touched = touched(partition.parameters());
            return encoded(Kind::File, &fingerprint, Some(&touched), None);
        }
        let fingerprint = match self.translator.partition(partition) {
            Ok(stated) => fingerprints.partition(&stated),
            Err(_) => fingerprints.partition(partition),
        };
        encoded(Kind::File, &fingerprint, None, None)
    }

    /// Facets of a function.
    pub(crate) fn function(&self, side: Side, function: &Function) -> Vec<u8> {
        let fingerprint = match side {
            Side::Lower => {
                let stated = self.translator.function(function);
                self.translator.fingerprints().function(&stated)
            }
            Side::Upper => self.translator.fingerprints().function(function),
        };
        encoded(Kind::File, &fingerprint, None, None)
    }

    /// What a table on UPPER itself says against being written anew.
    pub(super) fn hands_off(&self, table: &Table) -> Option<HandsOff> {
        let now = self.translator.fingerprints().table(table);
        may_overwrite(table, &now, self.translator.move_name()).err()
    }

    /// What a database on UPPER itself says against being dropped: the mark of whoever made it has
    /// no say in what it is like now.
    pub(super) fn hands_off_database(&self, database: &Database) -> HandsOff {
        match database.parameter(marks::MOVE) {
            None => HandsOff::Foreign,
            Some(name) if name == self.translator.move_name() => HandsOff::Unmarked,
            Some(name) => HandsOff::OtherMove(name.to_owned()),
        }
    }

    /// Whether a table's or partition's location is on UPPER's storage by now.
    pub(crate) fn is_adopted(&self, stored: &impl Stored) -> bool {
        let locations = self.translator.locations();
        let on_upper = |at: &str| locations.side_of(Side::Upper, at) == Some(Side::Upper);
        stored.location().is_some_and(|at| on_upper(at) && locations.to_lower(at).is_ok())
    }

    /// Whether a table that points at its own files on UPPER is to purge them when it is dropped,
    /// and nothing says so: some partition was pointed at LOWER meanwhile.
    pub(crate) fn lacks_purge(&self, table: &Table) -> bool {
        let owned = self.translator.adopt_table(table, OwnsFiles::Yes);
        let purges = owned.is_ok_and(|owned| owned.parameter(PURGE).is_some());
        purges && table.parameter(PURGE).is_none()
    }

    /// Whether a person has accepted that this was written through UPPER.
    pub(crate) fn accepts(&self, name: Name<'_>) -> bool {
        let table = name.table().map(|table| format!("{}.{table}", name.database()));
        table.is_some_and(|table| self.accepted.contains(&table))
    }
}

fn encoded(
    kind: Kind,
    fingerprint: &Fingerprint,
    touched: Option<&str>,
    stays: Option<&str>,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(96);
    let facets = Facets {
        attributes: Some(fingerprint.0),
        version: touched.map(str::as_bytes),
        target: stays.map(str::as_bytes),
        ..Facets::of(kind)
    };
    facets.encode(&mut out);
    out
}

fn touched<'a>(parameters: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut found = [""; TOUCHES.len()];
    for (key, value) in parameters {
        if let Some(at) = TOUCHES.iter().position(|touch| *touch == key) {
            found[at] = value;
        }
    }
    found.join(" ")
}
