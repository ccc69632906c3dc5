//! Making UPPER's metastore empty again, between runs and not timed.

use super::parallel::in_parallel;
use super::site::pool;
use super::{BATCH, CONNECTIONS, Result};
use boatlift_clients::metastore::{Data, Metastores};

/// The database in which moves leave their marks.
const MARKS: &str = "boatlift_marks";

/// Drops a database with all that is in it, and the marks of moves. Files of tables stay; the
/// database's own directory goes, for the next user to make.
///
/// # Errors
/// When the metastore refuses it.
pub(super) fn drop_all(uri: &str, database: &str) -> Result<()> {
    let servers = pool(uri);
    for database in [database, MARKS] {
        if servers.read(|metastore| metastore.database(database))?.is_none() {
            continue;
        }
        let tables = servers.read(|metastore| metastore.table_names(database))?;
        in_parallel(
            CONNECTIONS,
            &tables,
            || Ok(()),
            |(), table| {
                drop_partitions(&servers, database, table)?;
                servers.write(|metastore| metastore.drop_table(database, table, Data::Keep))?;
                Ok(())
            },
        )?;
        servers.write(|metastore| metastore.drop_database(database, Data::Delete))?;
    }
    Ok(())
}

/// Drops the partitions of a table: a table with many is not dropped in the time that a
/// server has for one call.
fn drop_partitions(servers: &Metastores, database: &str, table: &str) -> Result<()> {
    let found = servers.read(|metastore| metastore.table(database, table))?;
    if !found.is_some_and(|table| table.is_partitioned()) {
        return Ok(());
    }
    let names = servers.read(|metastore| metastore.partition_names(database, table))?;
    for batch in names.chunks(BATCH) {
        servers.write(|metastore| metastore.drop_partitions(database, table, batch, Data::Keep))?;
    }
    Ok(())
}
