//! What comes along with a table or its partitions where it is asked for: constraints and
//! column statistics. Each is looked at on UPPER first, and never part of what is compared.

use super::lane::CatalogueLane;
use boatlift_clients::metastore::{Stored, Table};
use boatlift_core::error::Result;

impl CatalogueLane {
    /// Brings constraints and column statistics of a table that stands on UPPER. Idempotent.
    ///
    /// # Errors
    /// When a server refuses: a foreign key whose other table is not there yet is tried again.
    pub(super) fn table_extras(&self, there: &Table) -> Result<()> {
        if self.carry.constraints {
            self.constraints(there)?;
        }
        if self.carry.statistics && !there.is_partitioned() {
            let columns = column_names(there);
            let (database, name) = (there.database(), there.name());
            if let Some(mut found) =
                self.source.catalogue.table_statistics(database, name, &columns)?
            {
                found.set_table(&self.above(database), name);
                self.upper.set_statistics(&[found])?;
            }
        }
        Ok(())
    }

    /// Brings column statistics of partitions that stand on UPPER.
    ///
    /// # Errors
    /// When a server refuses.
    pub(super) fn partition_extras(&self, there: &Table, names: &[String]) -> Result<()> {
        if !self.carry.statistics || names.is_empty() {
            return Ok(());
        }
        let columns = column_names(there);
        let mut found = self.source.catalogue.partition_statistics(there, names, &columns)?;
        for statistics in &mut found {
            statistics.set_table(&self.above(there.database()), there.name());
        }
        match found.is_empty() {
            true => Ok(()),
            false => self.upper.set_statistics(&found),
        }
    }

    fn constraints(&self, there: &Table) -> Result<()> {
        let mut wanted = self.source.catalogue.constraints(there.database(), there.name())?;
        if wanted.is_empty() {
            return Ok(());
        }
        let above = self.above(there.database());
        let present = self.upper.constraints(&above, there.name())?;
        // Servers name constraints by themselves where nobody did: kinds are compared.
        wanted.retain(|kind| present.of(kind).next().is_none());
        wanted.rename(|database, table| (self.above(database), table.to_owned()));
        match wanted.is_empty() {
            true => Ok(()),
            false => self.upper.add_constraints(&wanted),
        }
    }
}

fn column_names(stored: &impl Stored) -> Vec<String> {
    stored.columns().iter().map(|column| column.name.to_owned()).collect()
}
