//! What comes along with a table or partition: indexes and column statistics.
//!
//! They are no part of a fingerprint. On LOWER a hash over those of a table counts as its
//! version, so that a table is looked at again when they alone have changed; statistics of
//! partitions come when the partition does. What UPPER has besides is left to it.

use super::catalogue::Catalogue;
use super::fingerprint::Fingerprint;
use super::options::Statistics;
use boatlift_aws::glue::{ColumnStatistics, PartitionIndex, Table};
use boatlift_core::{Code, Error, Result};

/// Indexes and statistics of one table.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Extras {
    pub(super) indexes: Vec<PartitionIndex>,
    pub(super) statistics: Vec<ColumnStatistics>,
}

impl Extras {
    /// A hash over all of them.
    pub(super) fn fingerprint(&self) -> Fingerprint {
        let mut hasher = blake3::Hasher::new();
        for index in &self.indexes {
            hasher.update(format!("{index:?}\n").as_bytes());
        }
        for statistics in &self.statistics {
            hasher.update(format!("{}\n", statistics.stated()).as_bytes());
        }
        *hasher.finalize().as_bytes()
    }
}

impl Catalogue {
    /// What comes along with a table, as far as it is asked for.
    pub(super) fn extras(&self, database: &str, table: &Table) -> Result<Extras> {
        let name = self.name_of(database);
        let indexes = match table.key_names().is_empty() {
            true => Vec::new(),
            false => self.glue.partition_indexes(&name, &table.name)?,
        };
        let statistics = match self.terms.statistics {
            Statistics::Leave => Vec::new(),
            _ => self.statistics(database, table, None)?,
        };
        Ok(Extras { indexes, statistics })
    }

    /// Column statistics of a table, or of one of its partitions, by column.
    fn statistics(
        &self,
        database: &str,
        table: &Table,
        values: Option<&[String]>,
    ) -> Result<Vec<ColumnStatistics>> {
        let (name, columns) = (self.name_of(database), table.column_names());
        let mut found = self.glue.column_statistics(&name, &table.name, values, &columns)?;
        found.sort_by(|one, other| one.column().cmp(other.column()));
        Ok(found)
    }

    /// Brings what a table on this side lacks of `wanted`, and looks whether it is there.
    /// Idempotent: what is there already is not written.
    pub(super) fn bring(&self, database: &str, table: &Table, wanted: &Extras) -> Result<()> {
        if !wanted.indexes.is_empty() {
            self.bring_indexes(database, table, &wanted.indexes)?;
        }
        self.bring_statistics(database, table, None, &wanted.statistics)
    }

    fn bring_indexes(
        &self,
        database: &str,
        table: &Table,
        wanted: &[PartitionIndex],
    ) -> Result<()> {
        let name = self.name_of(database);
        let there = self.glue.partition_indexes(&name, &table.name)?;
        let missing: Vec<_> = wanted.iter().filter(|index| !there.contains(index)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        for index in &missing {
            self.glue.create_partition_index(&name, &table.name, index)?;
        }
        let there = self.glue.partition_indexes(&name, &table.name)?;
        match missing.iter().find(|index| !there.contains(index)) {
            None => Ok(()),
            Some(index) => Err(not_kept(&name, table)
                .because(format!("partition index {} is missing or has other keys", index.name))),
        }
    }

    fn bring_statistics(
        &self,
        database: &str,
        table: &Table,
        values: Option<&[String]>,
        wanted: &[ColumnStatistics],
    ) -> Result<()> {
        if wanted.is_empty() {
            return Ok(());
        }
        let there = self.statistics(database, table, values)?;
        let mut missing = wanted.to_vec();
        missing.retain(|statistics| !there.contains(statistics));
        if missing.is_empty() {
            return Ok(());
        }
        let name = self.name_of(database);
        self.glue.set_column_statistics(&name, &table.name, values, &missing)?;
        let there = self.statistics(database, table, values)?;
        match missing.iter().find(|statistics| !there.contains(statistics)) {
            None => Ok(()),
            Some(lost) => Err(not_kept(&name, table)
                .because(format!("the statistics of column {} differ", lost.column()))),
        }
    }

    /// Brings the statistics that a partition has on `lower`.
    pub(super) fn bring_of_partition(
        &self,
        lower: &Catalogue,
        database: &str,
        table: &Table,
        values: &[String],
    ) -> Result<()> {
        if self.terms.statistics != Statistics::All {
            return Ok(());
        }
        let wanted = lower.statistics(database, table, Some(values))?;
        self.bring_statistics(database, table, Some(values), &wanted)
    }
}

fn not_kept(database: &str, table: &Table) -> Error {
    let subject = format!("{database}.{}", table.name);
    Error::new(Code::GlueNotKept, "the target catalogue did not keep all of").on(subject)
}
