//! Partitions by their names. A metastore is asked for some names and answers with values; which
//! is which is told by the values, and where these do not tell, by asking for one name alone.

use super::catalogue::Catalogue;
use boatlift_clients::metastore::{Partition, Table, partition_values};
use boatlift_core::error::Result;
use std::collections::BTreeMap;

impl Catalogue {
    /// The partitions with these names that are there, by name.
    pub(crate) fn partitions(
        &self,
        table: &Table,
        names: &[String],
    ) -> Result<BTreeMap<String, Partition>> {
        let mut by_values: BTreeMap<Vec<String>, Partition> = BTreeMap::new();
        for partition in self.answered(table, names)? {
            let values = partition.values().into_iter().map(str::to_owned).collect();
            by_values.insert(values, partition);
        }
        let mut found = BTreeMap::new();
        for name in names {
            let values = partition_values(name);
            let partition = values.and_then(|values| by_values.remove(&values));
            found.extend(partition.map(|partition| (name.clone(), partition)));
        }
        if !by_values.is_empty() {
            // What is left was asked for under a name that its values do not spell.
            for name in names {
                if !found.contains_key(name) {
                    let alone = self.answered(table, std::slice::from_ref(name))?;
                    found.extend(alone.into_iter().next().map(|one| (name.clone(), one)));
                }
            }
        }
        Ok(found)
    }
}
