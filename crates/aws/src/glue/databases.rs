//! Databases.

use super::client::{Glue, Made};
use super::definitions::Database;
use super::errors::{Failure, failed};
use super::tables::Elsewhere;
use aws_sdk_glue::types as sdk;
use boatlift_core::Result;

/// A database as the service shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseShown {
    /// What could be written again.
    pub database: Database,
    /// What it stands for, when its tables are not kept here.
    pub elsewhere: Option<Elsewhere>,
}

impl From<sdk::Database> for DatabaseShown {
    fn from(mut told: sdk::Database) -> Self {
        let link = told.target_database.take().map(|target| {
            let name = [target.catalog_id, target.database_name].into_iter().flatten();
            Elsewhere::Link(name.collect::<Vec<_>>().join("."))
        });
        let federated = told
            .federated_database
            .take()
            .map(|found| Elsewhere::Federated(found.connection_name.unwrap_or_default()));
        DatabaseShown { elsewhere: link.or(federated), database: Database::from(told) }
    }
}

impl Glue {
    /// All databases, in the service's order.
    ///
    /// # Errors
    /// When they cannot be listed.
    pub fn databases(&self) -> Result<Vec<DatabaseShown>> {
        let list = async {
            let (mut all, mut token) = (Vec::new(), None);
            loop {
                let request = self.client.get_databases().set_catalog_id(self.catalog.clone());
                let page = request.set_next_token(token).send().await?;
                all.extend(page.database_list.into_iter().map(DatabaseShown::from));
                token = page.next_token;
                if token.is_none() {
                    return Ok(all);
                }
            }
        };
        self.run(list).map_err(failed("cannot list the databases of", self.place()))
    }

    /// A database, if there is one of that name.
    ///
    /// # Errors
    /// When that cannot be found out.
    pub fn database(&self, name: &str) -> Result<Option<DatabaseShown>> {
        let request = self.client.get_database().set_catalog_id(self.catalog.clone()).name(name);
        match self.run(request.send()).map_err(Failure::from) {
            Ok(answer) => Ok(answer.database.map(DatabaseShown::from)),
            Err(failure) if failure.is_missing() => Ok(None),
            Err(failure) => Err(failure.into_error("cannot read database", name)),
        }
    }

    /// Makes a database, unless there is one of that name.
    ///
    /// # Errors
    /// When the service refuses.
    pub fn create_database(&self, database: &Database) -> Result<Made> {
        let made = self.run(async {
            let request = self.client.create_database().set_catalog_id(self.catalog.clone());
            request.database_input(database.input()?).send().await?;
            Ok(())
        });
        match made {
            Ok(()) => Ok(Made::Now),
            Err(failure) if Failure::is_present(&failure) => Ok(Made::Before),
            Err(failure) => Err(failure.into_error("cannot create database", &database.name)),
        }
    }

    /// Replaces a database's description.
    ///
    /// # Errors
    /// When the service refuses, or there is no such database.
    pub fn update_database(&self, database: &Database) -> Result<()> {
        self.run(async {
            let request = self.client.update_database().set_catalog_id(self.catalog.clone());
            request.name(&database.name).database_input(database.input()?).send().await?;
            Ok(())
        })
        .map_err(failed("cannot update database", &database.name))
    }

    /// Removes a database and all that is in it; the data of tables stays. One that is not
    /// there is removed.
    ///
    /// # Errors
    /// When the service refuses.
    pub fn delete_database(&self, name: &str) -> Result<()> {
        let request = self.client.delete_database().set_catalog_id(self.catalog.clone()).name(name);
        match self.run(request.send()).map_err(Failure::from) {
            Ok(_) => Ok(()),
            Err(failure) if failure.is_missing() => Ok(()),
            Err(failure) => Err(failure.into_error("cannot delete database", name)),
        }
    }
}
