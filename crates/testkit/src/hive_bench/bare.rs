//! The bare loops: what is left of the METADATA stage when nothing is planned, compared,
//! journalled or reported. They read from LOWER, write to UPPER and read back, over as many
//! connections as we have and with batches as large as ours.

use super::parallel::in_parallel;
use super::site::pool;
use super::{BATCH, CONNECTIONS, Result};
use boatlift_clients::metastore::{Database, Existing, Metastores, Partition, Table};

/// Tables per reading call.
const TABLES_PER_CALL: usize = 100;

/// Copies every table of a database; how many.
///
/// # Errors
/// When a call fails, and when not all are read back.
pub(super) fn tables(lower: &str, upper: &str, database: &str) -> Result<usize> {
    let (lower, upper) = (pool(lower), pool(upper));
    let names = lower.read(|metastore| metastore.table_names(database))?;
    create_database(&upper, database)?;
    let calls: Vec<&[String]> = names.chunks(TABLES_PER_CALL).collect();
    let read = |from: &Metastores| {
        in_parallel(
            CONNECTIONS,
            &calls,
            || Ok(()),
            |(), names| Ok(from.read(|metastore| metastore.tables(database, names))?),
        )
    };
    let tables: Vec<Table> = read(&lower)?.into_iter().flatten().collect();
    in_parallel(
        CONNECTIONS,
        &tables,
        || Ok(()),
        |(), table| {
            let mut table = table.clone();
            table.forget_server_fields();
            Ok(upper.write(|metastore| metastore.create_table(&table))?)
        },
    )?;
    complete(read(&upper)?.iter().map(Vec::len).sum(), names.len())
}

/// Copies a table with its partitions; how many partitions.
///
/// # Errors
/// When a call fails, and when not all are read back.
pub(super) fn partitions(lower: &str, upper: &str, database: &str, name: &str) -> Result<usize> {
    let (lower, upper) = (pool(lower), pool(upper));
    let table = lower.read(|metastore| metastore.table(database, name))?;
    let mut table = table.ok_or("LOWER has no such table")?;
    table.forget_server_fields();
    create_database(&upper, database)?;
    upper.write(|metastore| metastore.create_table(&table))?;
    let names = lower.read(|metastore| metastore.partition_names(database, name))?;
    let calls: Vec<&[String]> = names.chunks(BATCH).collect();
    let read_back = in_parallel(
        CONNECTIONS,
        &calls,
        || Ok(()),
        |(), names| {
            let read = |from: &Metastores| -> Result<Vec<Partition>> {
                Ok(from.read(|metastore| metastore.partitions(database, name, names))?)
            };
            let mut read_here = read(&lower)?;
            read_here.iter_mut().for_each(Partition::forget_server_fields);
            upper.write(|metastore| {
                metastore.add_partitions(database, name, &read_here, Existing::Refuse)
            })?;
            Ok(read(&upper)?.len())
        },
    )?;
    complete(read_back.iter().sum(), names.len())
}

fn create_database(upper: &Metastores, name: &str) -> Result<()> {
    Ok(upper.write(|metastore| metastore.create_database(&Database::new(name)))?)
}

fn complete(found: usize, wanted: usize) -> Result<usize> {
    match found == wanted {
        true => Ok(found),
        false => Err(format!("{found} of {wanted} objects are read back from UPPER").into()),
    }
}
