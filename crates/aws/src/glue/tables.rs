//! Tables and views.

use super::client::{Glue, Made};
use super::definitions::Table;
use super::errors::{Failure, failed};
use super::indexes::PartitionIndex;
use aws_sdk_glue::types as sdk;
use boatlift_core::Result;

/// A table as the service shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableShown {
    /// What could be written again.
    pub table: Table,
    /// The service's number of this version, or when it was last changed: every update moves
    /// one of them.
    pub version: String,
    /// The number alone, for updates that must not overtake others.
    pub version_id: Option<String>,
    /// What it stands for, when it is no table of its own.
    pub elsewhere: Option<Elsewhere>,
}

/// What a database or table stands for that is not kept under its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Elsewhere {
    /// A link of Lake Formation to this name.
    Link(String),
    /// Something in another system, over this connection.
    Federated(String),
    /// A view with a text for each of several engines, which its own fields do not hold.
    DialectView,
    /// A materialized view.
    MaterializedView,
}

impl From<sdk::Table> for TableShown {
    fn from(mut told: sdk::Table) -> Self {
        let updated = told.update_time.map(|time| time.as_nanos().to_string());
        let version_id = told.version_id.take();
        let version = [version_id.clone(), updated].into_iter().flatten();
        TableShown {
            version: version.collect::<Vec<_>>().join(" "),
            version_id,
            elsewhere: elsewhere(&mut told),
            table: Table::from(told),
        }
    }
}

fn elsewhere(told: &mut sdk::Table) -> Option<Elsewhere> {
    if let Some(target) = told.target_table.take() {
        let name = [target.catalog_id, target.database_name, target.name].into_iter().flatten();
        return Some(Elsewhere::Link(name.collect::<Vec<_>>().join(".")));
    }
    if let Some(found) = told.federated_table.take() {
        return Some(Elsewhere::Federated(found.connection_name.unwrap_or_default()));
    }
    if told.is_materialized_view == Some(true) {
        return Some(Elsewhere::MaterializedView);
    }
    let dialects = told.view_definition.is_some() || told.is_multi_dialect_view == Some(true);
    dialects.then_some(Elsewhere::DialectView)
}

impl Glue {
    /// Shows every table and view of a database, a page of up to 100 at a time, in the
    /// service's order.
    ///
    /// # Errors
    /// When they cannot be listed, or `visit` fails.
    pub fn each_table(
        &self,
        database: &str,
        visit: &mut dyn FnMut(Vec<TableShown>) -> Result<()>,
    ) -> Result<()> {
        let mut token = None;
        loop {
            let request = self.client.get_tables().set_catalog_id(self.catalog.clone());
            let request = request.database_name(database).set_next_token(token);
            let page = self.run(request.send()).map_err(Failure::from);
            let page = page.map_err(failed("cannot list the tables of", database))?;
            let tables = page.table_list.unwrap_or_default();
            visit(tables.into_iter().map(TableShown::from).collect())?;
            token = page.next_token;
            if token.is_none() {
                return Ok(());
            }
        }
    }

    /// A table or view, if there is one of that name.
    ///
    /// # Errors
    /// When that cannot be found out.
    pub fn table(&self, database: &str, name: &str) -> Result<Option<TableShown>> {
        let request = self.client.get_table().set_catalog_id(self.catalog.clone());
        let request = request.database_name(database).name(name);
        match self.run(request.send()).map_err(Failure::from) {
            Ok(answer) => Ok(answer.table.map(TableShown::from)),
            Err(failure) if failure.is_missing() => Ok(None),
            Err(failure) => Err(failure.into_error("cannot read table", full(database, name))),
        }
    }

    /// Makes a table with its partition indexes, unless there is one of that name.
    ///
    /// # Errors
    /// When the service refuses.
    pub fn create_table(
        &self,
        database: &str,
        table: &Table,
        indexes: &[PartitionIndex],
    ) -> Result<Made> {
        let made = self.run(async {
            let request = self.client.create_table().set_catalog_id(self.catalog.clone());
            let mut request = request.database_name(database).table_input(table.input()?);
            for index in indexes {
                request = request.partition_indexes(index.input()?);
            }
            request.send().await?;
            Ok(())
        });
        match made {
            Ok(()) => Ok(Made::Now),
            Err(failure) if Failure::is_present(&failure) => Ok(Made::Before),
            Err(failure) => {
                Err(failure.into_error("cannot create table", full(database, &table.name)))
            }
        }
    }

    /// Replaces a table's description, if it still is in the version given.
    ///
    /// # Errors
    /// When the service refuses: also because somebody else was faster.
    pub fn update_table(&self, database: &str, table: &Table, version: Option<&str>) -> Result<()> {
        self.run(async {
            let request = self.client.update_table().set_catalog_id(self.catalog.clone());
            let request = request.database_name(database).table_input(table.input()?);
            request.set_version_id(version.map(str::to_owned)).send().await?;
            Ok(())
        })
        .map_err(failed("cannot update table", full(database, &table.name)))
    }

    /// Removes a table with its partitions; data stays. One that is not there is removed.
    ///
    /// # Errors
    /// When the service refuses.
    pub fn delete_table(&self, database: &str, name: &str) -> Result<()> {
        let request = self.client.delete_table().set_catalog_id(self.catalog.clone());
        let request = request.database_name(database).name(name);
        match self.run(request.send()).map_err(Failure::from) {
            Ok(_) => Ok(()),
            Err(failure) if failure.is_missing() => Ok(()),
            Err(failure) => Err(failure.into_error("cannot delete table", full(database, name))),
        }
    }
}

/// A table's name in messages.
pub(super) fn full(database: &str, table: &str) -> String {
    format!("{database}.{table}")
}
