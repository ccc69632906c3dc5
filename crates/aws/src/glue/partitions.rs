//! Partitions, in batches: read by their values, created, updated, deleted.
//!
//! A batch is carried out for each of its members by itself; what the service refuses comes
//! back beside what it took. Limits are those of the API reference.

use super::client::Glue;
use super::definitions::Partition;
use super::errors::{Failure, failed};
use super::tables::full;
use aws_sdk_glue::types::{BatchUpdatePartitionRequestEntry, PartitionValueList};
use boatlift_core::{Error, Result};

/// Partitions that are read with one call.
const READ: usize = 1000;
/// Partitions that are created or updated with one call.
const WRITTEN: usize = 100;
/// Partitions that are deleted with one call.
const DELETED: usize = 25;
/// Calls for what the service left over of one batch.
const ROUNDS: usize = 10;

/// A partition that the service did not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionRefusal {
    /// Its values.
    pub values: Vec<String>,
    /// Why; `None` when there is one with these values.
    pub error: Option<Error>,
}

impl PartitionRefusal {
    fn of(values: Option<Vec<String>>, failure: Failure, tried: &str, table: &str) -> Self {
        let error = (!failure.is_present()).then(|| failure.into_error(tried, table));
        PartitionRefusal { values: values.unwrap_or_default(), error }
    }
}

fn list(values: Vec<String>) -> Result<PartitionValueList, Failure> {
    Ok(PartitionValueList::builder().set_values(Some(values)).build()?)
}

impl Glue {
    /// The partitions with these values that are there, in no order.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn partitions(
        &self,
        database: &str,
        table: &str,
        values: &[Vec<String>],
    ) -> Result<Vec<Partition>> {
        let read = |values: Vec<Vec<String>>| async move {
            let mut wanted = values.into_iter().map(list).collect::<Result<Vec<_>, _>>()?;
            let mut found = Vec::new();
            for _ in 0..ROUNDS {
                let request = self.client.batch_get_partition();
                let request = request.set_catalog_id(self.catalog.clone());
                let request = request.database_name(database).table_name(table);
                let answer = request.set_partitions_to_get(Some(wanted)).send().await?;
                found
                    .extend(answer.partitions.unwrap_or_default().into_iter().map(Partition::from));
                wanted = answer.unprocessed_keys.unwrap_or_default();
                if wanted.is_empty() {
                    return Ok(found);
                }
            }
            Err(Failure::malformed("the service leaves partitions over again and again"))
        };
        self.in_chunks(values, READ, read)
            .map_err(failed("cannot read partitions of", full(database, table)))
    }

    /// Makes partitions; those that are there already are refused.
    ///
    /// # Errors
    /// When a call fails as a whole; calls before it may have made theirs.
    pub fn create_partitions(
        &self,
        database: &str,
        table: &str,
        partitions: &[Partition],
    ) -> Result<Vec<PartitionRefusal>> {
        let (tried, name) = ("cannot create a partition of", &full(database, table));
        let create = |partitions: Vec<Partition>| async move {
            let inputs = partitions.iter().map(Partition::input).collect::<Result<Vec<_>, _>>()?;
            let request = self.client.batch_create_partition();
            let request = request.set_catalog_id(self.catalog.clone());
            let request = request.database_name(database).table_name(table);
            let answer = request.set_partition_input_list(Some(inputs)).send().await?;
            let refused = answer.errors.unwrap_or_default().into_iter().map(|error| {
                let failure = Failure::from(error.error_detail());
                PartitionRefusal::of(error.partition_values, failure, tried, name)
            });
            Ok(refused.collect())
        };
        self.in_chunks(partitions, WRITTEN, create)
            .map_err(failed("cannot create partitions of", name))
    }

    /// Replaces the descriptions of partitions that keep their values.
    ///
    /// # Errors
    /// When a call fails as a whole; calls before it may have replaced theirs.
    pub fn update_partitions(
        &self,
        database: &str,
        table: &str,
        partitions: &[Partition],
    ) -> Result<Vec<PartitionRefusal>> {
        let (tried, name) = ("cannot update a partition of", &full(database, table));
        let update = |partitions: Vec<Partition>| async move {
            let mut entries = Vec::with_capacity(partitions.len());
            for partition in &partitions {
                let entry = BatchUpdatePartitionRequestEntry::builder()
                    .set_partition_value_list(Some(partition.values.clone()))
                    .partition_input(partition.input()?);
                entries.push(entry.build()?);
            }
            let request = self.client.batch_update_partition();
            let request = request.set_catalog_id(self.catalog.clone());
            let request = request.database_name(database).table_name(table);
            let answer = request.set_entries(Some(entries)).send().await?;
            let refused = answer.errors.unwrap_or_default().into_iter().map(|error| {
                let failure = Failure::from(error.error_detail());
                PartitionRefusal::of(error.partition_value_list, failure, tried, name)
            });
            Ok(refused.collect())
        };
        self.in_chunks(partitions, WRITTEN, update)
            .map_err(failed("cannot update partitions of", name))
    }

    /// Removes partitions; data stays. Those that are not there are removed.
    ///
    /// # Errors
    /// When a call fails as a whole; calls before it may have removed theirs.
    pub fn delete_partitions(
        &self,
        database: &str,
        table: &str,
        values: &[Vec<String>],
    ) -> Result<Vec<PartitionRefusal>> {
        let (tried, name) = ("cannot delete a partition of", &full(database, table));
        let delete = |values: Vec<Vec<String>>| async move {
            let lists = values.into_iter().map(list).collect::<Result<Vec<_>, _>>()?;
            let request = self.client.batch_delete_partition();
            let request = request.set_catalog_id(self.catalog.clone());
            let request = request.database_name(database).table_name(table);
            let answer = request.set_partitions_to_delete(Some(lists)).send().await?;
            let errors = answer.errors.unwrap_or_default().into_iter();
            let refused = errors.filter_map(|error| {
                let failure = Failure::from(error.error_detail());
                let refusal =
                    PartitionRefusal::of(error.partition_values, failure.clone(), tried, name);
                (!failure.is_missing()).then_some(refusal)
            });
            Ok(refused.collect())
        };
        self.in_chunks(values, DELETED, delete).map_err(failed("cannot delete partitions of", name))
    }
}
