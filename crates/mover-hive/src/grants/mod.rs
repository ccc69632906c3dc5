//! Grants that LOWER's metastore keeps, as policies that Ranger imports.
//!
//! Those on databases and tables in scope are read; nothing is granted on UPPER. Sentry and
//! Ranger keep theirs in stores of their own, which are not read.

mod ranger;

pub use ranger::{Export, Left, export};

use crate::catalog::chain;
use crate::config::HiveConfig;
use crate::connect::metastores;
use crate::logins::Logins;
use crate::scope::Scope;
use boatlift_clients::metastore::{Grant, Metastore, MetastoreError, ObjectReference};
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::side::Side;
use std::sync::Arc;

/// Connections: one thing is asked after the other.
const CONNECTIONS: usize = 1;

/// Reads the grants on databases and tables in scope, and makes policies of them with the
/// names that databases have on UPPER. Unsecured servers are told that `user` asks.
///
/// # Errors
/// When LOWER's metastore cannot be asked, or the configuration cannot be used.
pub fn read(config: &HiveConfig, user: &str, logins: &Arc<Logins>) -> Result<Export> {
    let unusable = |why: String| Error::new(Code::ConfigValue, "cannot use").because(why);
    let scope = Scope::new(&config.scope, &config.databases).map_err(unusable)?;
    let servers = metastores(Side::Lower, &config.lower, user, CONNECTIONS, logins)?;
    let mut grants = Vec::new();
    let databases = servers.read(Metastore::database_names).map_err(|error| unread(&error))?;
    for database in databases.iter().filter(|name| scope.takes_database(name)) {
        let of_database = servers.read(|server| of_database(server, database, &scope));
        grants.extend(of_database.map_err(|error| unread(&error))?);
    }
    Ok(export(&grants, |database| scope.upper_database(database)))
}

fn of_database(
    server: &mut Metastore,
    database: &str,
    scope: &Scope,
) -> Result<Vec<Grant>, MetastoreError> {
    let mut grants = server.grants(ObjectReference::Database(database))?;
    let mut tables = server.table_names(database)?;
    tables.retain(|table| scope.takes_table(table));
    for table in &tables {
        grants.extend(server.grants(ObjectReference::Table(database, table))?);
    }
    Ok(grants)
}

fn unread(error: &MetastoreError) -> Error {
    let code = if error.is_connection() { Code::ServerUnreachable } else { Code::ServerFailed };
    Error::new(code, "cannot read the grants of").on(Side::Lower).because(chain(error))
}
