//! Statistics over columns, of tables and of partitions. They are handed on as they are.

use super::client::Glue;
use super::errors::{Failure, failed};
use super::tables::full;
use aws_sdk_glue::types as sdk;
use boatlift_core::Result;

/// Columns that are asked for with one call. Source: API reference, list of names.
const ASKED: usize = 100;
/// Columns that are written with one call. Source: API reference, list of statistics.
const WRITTEN: usize = 25;

/// What is known of the values of one column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnStatistics(sdk::ColumnStatistics);

impl ColumnStatistics {
    /// The column.
    #[must_use]
    pub fn column(&self) -> &str {
        &self.0.column_name
    }

    /// All of it in one line, for comparing what two looks showed.
    #[must_use]
    pub fn stated(&self) -> String {
        format!("{:?}", self.0)
    }
}

impl Glue {
    /// Statistics of a table, or with `values` of one of its partitions, for those of the
    /// columns that have any.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn column_statistics(
        &self,
        database: &str,
        table: &str,
        values: Option<&[String]>,
        columns: &[String],
    ) -> Result<Vec<ColumnStatistics>> {
        let found = self.in_chunks(columns, ASKED, |columns| async move {
            let (found, errors) = match values {
                None => {
                    let request = self.client.get_column_statistics_for_table();
                    let request = request.set_catalog_id(self.catalog.clone());
                    let request = request.database_name(database).table_name(table);
                    let answer = request.set_column_names(Some(columns)).send().await?;
                    (answer.column_statistics_list, answer.errors)
                }
                Some(values) => {
                    let request = self.client.get_column_statistics_for_partition();
                    let request = request.set_catalog_id(self.catalog.clone());
                    let request = request.database_name(database).table_name(table);
                    let request = request.set_partition_values(Some(values.to_vec()));
                    let answer = request.set_column_names(Some(columns)).send().await?;
                    (answer.column_statistics_list, answer.errors)
                }
            };
            let failures = errors.iter().flatten().map(|error| Failure::from(error.error()));
            match failures.into_iter().find(|failure| !failure.is_missing()) {
                Some(failure) => Err(failure),
                None => Ok(found.unwrap_or_default()),
            }
        });
        let found =
            found.map_err(failed("cannot read column statistics of", full(database, table)))?;
        Ok(found.into_iter().map(ColumnStatistics).collect())
    }

    /// Sets statistics of a table, or with `values` of one of its partitions.
    ///
    /// # Errors
    /// When the service refuses any of them.
    pub fn set_column_statistics(
        &self,
        database: &str,
        table: &str,
        values: Option<&[String]>,
        statistics: &[ColumnStatistics],
    ) -> Result<()> {
        let set = self.in_chunks(statistics, WRITTEN, |statistics| async move {
            let list = statistics.into_iter().map(|one| one.0).collect();
            let errors = match values {
                None => {
                    let request = self.client.update_column_statistics_for_table();
                    let request = request.set_catalog_id(self.catalog.clone());
                    let request = request.database_name(database).table_name(table);
                    request.set_column_statistics_list(Some(list)).send().await?.errors
                }
                Some(values) => {
                    let request = self.client.update_column_statistics_for_partition();
                    let request = request.set_catalog_id(self.catalog.clone());
                    let request = request.database_name(database).table_name(table);
                    let request = request.set_partition_values(Some(values.to_vec()));
                    request.set_column_statistics_list(Some(list)).send().await?.errors
                }
            };
            match errors.iter().flatten().next() {
                Some(error) => Err(Failure::from(error.error())),
                None => Ok(Vec::<()>::new()),
            }
        });
        set.map(drop).map_err(failed("cannot set column statistics of", full(database, table)))
    }
}
