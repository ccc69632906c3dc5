//! Objects of LOWER, and a small database of every kind of them.

use crate::harness::Site;
use boatlift_clients::metastore::{Column, Database, Partition, Stored, Table};
use boatlift_testkit::fake_metastore::local_path;
use std::fs;

/// The database of most tests.
pub(crate) const DB: &str = "sales";

/// A column.
pub(crate) fn column<'a>(name: &'a str, type_name: &'a str) -> Column<'a> {
    Column { name, type_name, comment: None }
}

/// A managed text table of two columns, below the database's directory.
pub(crate) fn table(name: &str) -> Table {
    let mut table = Table::new(DB, name);
    table.set_owner(Some("adam"));
    table.set_table_type(Some("MANAGED_TABLE"));
    table.set_columns(&[column("id", "bigint"), column("name", "string")]);
    table.set_input_format(Some("org.apache.hadoop.mapred.TextInputFormat"));
    let output = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat";
    table.set_output_format(Some(output));
    table.set_serde_library(Some("org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"));
    table.set_serde_parameter("field.delim", Some("\u{1}"));
    table
}

/// The same, partitioned by one string.
pub(crate) fn partitioned(name: &str, key: &str) -> Table {
    let mut table = table(name);
    table.set_partition_keys(&[column(key, "string")]);
    table
}

/// A partition that has its table's formats, at a location or where the server puts it.
pub(crate) fn partition(of: &Table, values: &[&str], location: Option<&str>) -> Partition {
    let mut partition = Partition::new(of.database(), of.name(), values);
    *partition.storage_mut() = of.storage().expect("a storage descriptor").clone();
    partition.set_location(location);
    partition
}

/// A view.
pub(crate) fn view(name: &str, query: &str) -> Table {
    let mut view = Table::new(DB, name);
    view.set_table_type(Some("VIRTUAL_VIEW"));
    view.set_columns(&[column("id", "bigint")]);
    view.set_view_original_text(Some(query));
    view.set_view_expanded_text(Some(query));
    view
}

/// Writes a file below a location.
pub(crate) fn put(location: &str, name: &str, content: &str) {
    let directory = local_path(location).expect("a local location");
    let file = directory.join(name);
    fs::create_dir_all(file.parent().expect("a directory")).expect("a directory");
    fs::write(file, content).expect("a file");
}

/// Where a table of LOWER lies.
pub(crate) fn lies(site: &Site, name: &str) -> String {
    let table = site.lower.table(DB, name).expect("a table");
    table.location().expect("a location").to_owned()
}

/// Makes the database `sales` on LOWER.
pub(crate) fn database(site: &Site) {
    site.lower.create_database(&Database::new(DB));
}

/// Makes a table on LOWER with one file.
pub(crate) fn filled(site: &Site, table: &Table) {
    site.lower.create_table(table);
    put(&lies(site, table.name()), "part-0", &format!("rows of {}", table.name()));
}

/// Fills LOWER with as little as has every kind of object: every call less is a death less.
pub(crate) fn fill_sparsely(site: &Site) {
    database(site);
    filled(site, &table("orders"));
    let events = partitioned("events", "ds");
    site.lower.create_table(&events);
    let outside = site.lower_location("elsewhere/old");
    let all = [("1", None), ("2", Some(outside.as_str()))];
    for (value, location) in all {
        site.lower.add_partitions(&[partition(&events, &[value], location)]);
    }
    for (name, location) in site.lower.with(|world| world.places()) {
        if name.starts_with("sales.events/") {
            put(&location, "part-0", &format!("rows of {name}"));
        }
    }
    site.lower.create_table(&view("recent", "select id from sales.orders"));
}

/// Fills LOWER: a table, a table of three partitions one of which lies elsewhere, an empty
/// one, and a view.
pub(crate) fn fill(site: &Site) {
    database(site);
    filled(site, &table("orders"));
    put(&lies(site, "orders"), "sub/part-1", "more orders");
    let events = partitioned("events", "ds");
    site.lower.create_table(&events);
    let outside = site.lower_location("elsewhere/old");
    let all = [("1", None), ("2", None), ("3", Some(outside.as_str()))];
    for (value, location) in all {
        site.lower.add_partitions(&[partition(&events, &[value], location)]);
    }
    for (name, location) in site.lower.with(|world| world.places()) {
        if name.starts_with("sales.events/") {
            put(&location, "part-0", &format!("rows of {name}"));
        }
    }
    site.lower.create_table(&partitioned("nothing", "ds"));
    site.lower.create_table(&view("recent", "select id from sales.orders"));
}
