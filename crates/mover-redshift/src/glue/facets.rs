//! What each side says of its objects, so that both can be compared.
//!
//! LOWER's objects are stated as they should be on UPPER. UPPER also tells the service's own
//! version of a table, which every update moves, whoever makes it; LOWER tells a hash over
//! indexes and statistics in its place, and why something stays behind.

use super::catalogue::Terms;
use super::extras::Extras;
use super::fingerprint::{Described, Fingerprint};
use super::marks::hexadecimal;
use super::standing::{Stays, of_database, of_table};
use boatlift_aws::glue::{DatabaseShown, Partition, TableShown};
use boatlift_core::facets::{Facets, Kind};
use boatlift_core::side::Side;

impl Terms {
    /// Facets of a database.
    pub(super) fn database_facets(&self, side: Side, shown: &DatabaseShown) -> Vec<u8> {
        if side == Side::Upper {
            return encoded(Kind::Directory, &shown.database.fingerprint(), None, None);
        }
        let fingerprint = self.translator.database(&shown.database).object.fingerprint();
        encoded(Kind::Directory, &fingerprint, None, of_database(shown).as_ref())
    }

    /// Facets of a table of LOWER.
    pub(super) fn lower_table_facets(&self, shown: &TableShown, extras: &Extras) -> Vec<u8> {
        let fingerprint = self.translator.table(&shown.table).object.fingerprint();
        let version = hexadecimal(&extras.fingerprint());
        encoded(Kind::Directory, &fingerprint, Some(&version), of_table(shown).as_ref())
    }

    /// Facets of a partition of LOWER.
    pub(super) fn lower_partition(&self, partition: &Partition) -> Fingerprint {
        self.translator.partition(partition).object.fingerprint()
    }

    /// What is compared of a partition.
    pub(super) fn partition(&self, side: Side, partition: &Partition) -> Fingerprint {
        match side {
            Side::Lower => self.lower_partition(partition),
            Side::Upper => partition.fingerprint(),
        }
    }
}

/// Facets of a table of UPPER.
pub(super) fn upper_table_facets(shown: &TableShown) -> Vec<u8> {
    encoded(Kind::Directory, &shown.table.fingerprint(), Some(&shown.version), None)
}

/// Facets of a partition.
pub(super) fn partition_facets(fingerprint: &Fingerprint) -> Vec<u8> {
    encoded(Kind::File, fingerprint, None, None)
}

/// Facets of an external schema whose tables are elsewhere.
pub(super) fn schema_facets(stands_for: &str) -> Vec<u8> {
    let stays = Stays::Schema(stands_for.to_owned());
    let fingerprint = *blake3::hash(stands_for.as_bytes()).as_bytes();
    encoded(Kind::File, &fingerprint, None, Some(&stays))
}

fn encoded(
    kind: Kind,
    fingerprint: &Fingerprint,
    version: Option<&str>,
    stays: Option<&Stays>,
) -> Vec<u8> {
    let stays = stays.map(ToString::to_string);
    let facets = Facets {
        attributes: Some(*fingerprint),
        version: version.map(str::as_bytes),
        target: stays.as_deref().map(str::as_bytes),
        ..Facets::of(kind)
    };
    let mut out = Vec::with_capacity(128);
    facets.encode(&mut out);
    out
}
