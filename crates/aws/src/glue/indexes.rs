//! Indexes over partition keys.

use super::client::Glue;
use super::errors::{Failure, failed};
use super::tables::full;
use aws_sdk_glue::error::BuildError;
use aws_sdk_glue::types as sdk;
use boatlift_core::Result;
use serde::Serialize;

/// An index over some of a table's partition keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct PartitionIndex {
    /// Its name.
    pub name: String,
    /// The keys, in the order of the index.
    pub keys: Vec<String>,
}

impl PartitionIndex {
    pub(super) fn input(&self) -> Result<sdk::PartitionIndex, BuildError> {
        let keys = Some(self.keys.clone());
        sdk::PartitionIndex::builder().index_name(&self.name).set_keys(keys).build()
    }
}

impl Glue {
    /// The indexes of a table, by name; those that are being deleted are no more.
    ///
    /// # Errors
    /// When they cannot be listed.
    pub fn partition_indexes(&self, database: &str, table: &str) -> Result<Vec<PartitionIndex>> {
        let list = async {
            let (mut all, mut token) = (Vec::new(), None);
            loop {
                let request = self.client.get_partition_indexes();
                let request = request.set_catalog_id(self.catalog.clone());
                let request = request.database_name(database).table_name(table);
                let page = request.set_next_token(token).send().await?;
                let found = page.partition_index_descriptor_list.unwrap_or_default();
                let lasting = |index: &sdk::PartitionIndexDescriptor| {
                    index.index_status != sdk::PartitionIndexStatus::Deleting
                };
                all.extend(found.into_iter().filter(lasting).map(|index| PartitionIndex {
                    name: index.index_name,
                    keys: index.keys.into_iter().map(|key| key.name).collect(),
                }));
                token = page.next_token;
                if token.is_none() {
                    return Ok(all);
                }
            }
        };
        let mut all = self.run(list).map_err(|failure: Failure| {
            failure.into_error("cannot list the partition indexes of", full(database, table))
        })?;
        all.sort_unstable();
        Ok(all)
    }

    /// Begins an index; the service fills it by itself.
    ///
    /// # Errors
    /// When the service refuses: a table may have three, and one in the making.
    pub fn create_partition_index(
        &self,
        database: &str,
        table: &str,
        index: &PartitionIndex,
    ) -> Result<()> {
        let made = self.run(async {
            let request = self.client.create_partition_index();
            let request = request.set_catalog_id(self.catalog.clone());
            let request = request.database_name(database).table_name(table);
            request.partition_index(index.input()?).send().await?;
            Ok(())
        });
        match made {
            Err(failure) if Failure::is_present(&failure) => Ok(()),
            other => {
                other.map_err(failed("cannot create a partition index of", full(database, table)))
            }
        }
    }
}
