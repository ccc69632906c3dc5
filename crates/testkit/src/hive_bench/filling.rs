//! What LOWER holds: the same objects every time, made by one connection. Several at a time
//! meet in the notification log of Hive 1.2 on Derby, and some of them fail there.

use super::site::pool;
use super::{BATCH, COLUMNS, Result};
use boatlift_clients::metastore::{
    Column, Database, Existing, Metastores, Partition, Stored, Table,
};

/// The key of every partitioned table.
pub(super) const KEY: &str = "ds";

/// How rows are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Orc,
    Text,
}

/// An external table of [`COLUMNS`] columns.
pub(super) fn table(database: &str, name: &str, location: &str, form: Form) -> Table {
    let names: Vec<String> = (0..COLUMNS).map(|number| format!("column_{number:02}")).collect();
    let types = ["bigint", "string", "decimal(18,2)", "timestamp", "double"];
    let kinds = types.iter().cycle();
    let column = |(name, kind)| Column { name, type_name: kind, comment: None };
    let columns: Vec<Column<'_>> =
        names.iter().map(String::as_str).zip(kinds.copied()).map(column).collect();
    let mut table = Table::new(database, name);
    table.set_owner(Some("hive"));
    table.set_table_type(Some("EXTERNAL_TABLE"));
    table.set_parameter("EXTERNAL", "TRUE");
    for (key, value) in [("team", "sales"), ("source", "orders"), ("retention.days", "400")] {
        table.set_parameter(key, value);
    }
    table.set_columns(&columns);
    table.set_location(Some(location));
    let [input, output, library] = match form {
        Form::Orc => [
            "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat",
            "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat",
            "org.apache.hadoop.hive.ql.io.orc.OrcSerde",
        ],
        Form::Text => [
            "org.apache.hadoop.mapred.TextInputFormat",
            "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
        ],
    };
    table.set_input_format(Some(input));
    table.set_output_format(Some(output));
    table.set_serde_library(Some(library));
    table.set_serde_parameter("serialization.format", Some("1"));
    table
}

/// The same, partitioned.
pub(super) fn partitioned(database: &str, name: &str, location: &str, form: Form) -> Table {
    let mut table = table(database, name, location, form);
    table.set_partition_keys(&[Column { name: KEY, type_name: "string", comment: None }]);
    table
}

/// The name of a partition by its number.
pub(super) fn value(number: usize) -> String {
    format!("{number:06}")
}

/// A partition of a table, below the table's directory.
pub(super) fn partition(of: &Table, number: usize) -> Partition {
    let value = value(number);
    let mut partition = Partition::new(of.database(), of.name(), &[&value]);
    if let Some(storage) = of.storage() {
        *partition.storage_mut() = storage.clone();
    }
    let location = format!("{}/{KEY}={value}", of.location().unwrap_or_default());
    partition.set_location(Some(&location));
    partition
}

/// Makes a database with so many tables below `directory`, unless it is there.
///
/// # Errors
/// When the metastore refuses one.
pub(super) fn tables(uri: &str, database: &str, directory: &str, count: usize) -> Result<()> {
    let servers = pool(uri);
    if !begin(&servers, database)? {
        return Ok(());
    }
    eprintln!("filling LOWER with {count} tables");
    for number in 0..count {
        let name = format!("table_{number:05}");
        let made = table(database, &name, &format!("{directory}/{name}"), Form::Orc);
        servers.write(|metastore| metastore.create_table(&made))?;
    }
    let made = servers.read(|metastore| metastore.table_names(database))?.len();
    complete(made, count)
}

/// Makes a database with one partitioned table, unless it is there.
///
/// # Errors
/// When the metastore refuses it.
pub(super) fn one_table(uri: &str, made: &Table, partitions: usize) -> Result<()> {
    let servers = pool(uri);
    if !begin(&servers, made.database())? {
        return Ok(());
    }
    eprintln!("filling LOWER with {partitions} partitions");
    servers.write(|metastore| metastore.create_table(made))?;
    let (database, name) = (made.database(), made.name());
    let numbers: Vec<usize> = (0..partitions).collect();
    for batch in numbers.chunks(BATCH) {
        let added: Vec<Partition> = batch.iter().map(|number| partition(made, *number)).collect();
        servers.write(|metastore| {
            metastore.add_partitions(database, name, &added, Existing::Refuse)
        })?;
    }
    let found = servers.read(|metastore| metastore.partition_names(database, name))?.len();
    complete(found, partitions)
}

/// Makes a database; false when it is there.
fn begin(servers: &Metastores, database: &str) -> Result<bool> {
    if servers.read(|metastore| metastore.database(database))?.is_some() {
        return Ok(false);
    }
    servers.write(|metastore| metastore.create_database(&Database::new(database)))?;
    Ok(true)
}

fn complete(found: usize, wanted: usize) -> Result<()> {
    match found == wanted {
        true => Ok(()),
        false => Err(format!("LOWER has {found} objects, not {wanted}").into()),
    }
}
