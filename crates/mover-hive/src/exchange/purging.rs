//! Whether a partitioned table may purge: `DROP TABLE` on UPPER takes the files of every
//! partition along, so none of them may lie on LOWER.

use super::Exchange;
use crate::catalog::location;
use crate::translate::OwnsFiles;
use boatlift_clients::metastore::Table;
use boatlift_core::error::Result;
use boatlift_core::side::Side;

/// Partitions that are read with one call.
const PARTITIONS_PER_CALL: usize = 500;

impl Exchange {
    /// Whether all partitions that UPPER has of a table, also those that LOWER dropped or that
    /// are out of scope by now, have left LOWER's storage.
    pub(super) fn owns_files(&self, here: &Table) -> Result<OwnsFiles> {
        let locations = self.translator().locations();
        let is_on_lower = |at: &str| locations.side_of(Side::Upper, at) == Some(Side::Lower);
        let names = self.upper.partition_names(here.database(), here.name())?;
        for names in names.chunks(PARTITIONS_PER_CALL) {
            let found = self.upper.partitions(here, names)?;
            let on_lower = |partition| location(partition).is_some_and(is_on_lower);
            if found.len() < names.len() || found.values().any(on_lower) {
                return Ok(OwnsFiles::NotYet);
            }
        }
        Ok(OwnsFiles::Yes)
    }
}
