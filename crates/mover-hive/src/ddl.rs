//! The HiveQL that says what an object is, for people: "the SQL that was or would be run".
//!
//! Objects are made through the metastore, which says more than HiveQL can. What is written
//! here is quoted for Hive's shell and Beeline, ends in `;`, and is never read back.

use crate::classify::is_external;
use crate::parameters::EXTERNAL;
use boatlift_clients::metastore::{Column, Database, Partition, Stored, Table, partition_values};
use boatlift_clients::thrift::{Struct, Value};
use std::fmt::Write;

/// The parameter that is a table's comment.
const COMMENT: &str = "comment";
/// How a metastore writes an ascending order.
const ASCENDING: i32 = 1;

/// `CREATE DATABASE`.
#[must_use]
pub fn create_database(database: &Database) -> String {
    let mut sql = format!("CREATE DATABASE IF NOT EXISTS {}", name(database.name()));
    if let Some(description) = database.description().filter(|text| !text.is_empty()) {
        sql += &format!("\nCOMMENT {}", text(description));
    }
    if let Some(location) = database.location() {
        sql += &format!("\nLOCATION {}", text(location));
    }
    sql += &pairs("\nWITH DBPROPERTIES", database.parameters().collect());
    sql + ";\n"
}

/// `CREATE TABLE`, `CREATE EXTERNAL TABLE` or `CREATE VIEW`.
#[must_use]
pub fn create_table(table: &Table) -> String {
    if table.table_type() == Some("VIRTUAL_VIEW") {
        return create_view(table);
    }
    let external = if is_external(table) { "EXTERNAL " } else { "" };
    let mut sql = format!("CREATE {external}TABLE {}", full_name(table));
    sql += &columns(&table.columns());
    sql += &comment(table);
    if table.is_partitioned() {
        sql += "\nPARTITIONED BY";
        sql += &columns(&table.partition_keys());
    }
    sql += &buckets(table);
    sql += &skew(table);
    sql += &row_format(table);
    if let Some(location) = table.location() {
        sql += &format!("\nLOCATION {}", text(location));
    }
    sql += &properties(table);
    sql + ";\n"
}

/// `ALTER TABLE ... ADD PARTITION` of many, each with its own place.
#[must_use]
pub fn add_partitions(table: &Table, partitions: &[Partition]) -> String {
    let mut sql = format!("ALTER TABLE {} ADD IF NOT EXISTS", full_name(table));
    for partition in partitions {
        sql += &format!("\n  {}", partition_of(table, partition));
        if let Some(location) = partition.location() {
            sql += &format!(" LOCATION {}", text(location));
        }
    }
    sql + ";\n"
}

/// `ALTER TABLE ... SET LOCATION` of a table.
#[must_use]
pub fn set_table_location(table: &Table, location: &str) -> String {
    format!("ALTER TABLE {} SET LOCATION {};\n", full_name(table), text(location))
}

/// `ALTER TABLE ... PARTITION ... SET LOCATION`.
#[must_use]
pub fn set_partition_location(table: &Table, partition: &Partition, location: &str) -> String {
    let (table_name, part) = (full_name(table), partition_of(table, partition));
    format!("ALTER TABLE {table_name} {part} SET LOCATION {};\n", text(location))
}

/// `ALTER TABLE ... SET TBLPROPERTIES`.
#[must_use]
pub fn set_properties(table: &Table, properties: &[(&str, &str)]) -> String {
    let listed = pairs(" SET TBLPROPERTIES", properties.to_vec());
    format!("ALTER TABLE {}{listed};\n", full_name(table))
}

/// `DROP TABLE` or `DROP VIEW`.
#[must_use]
pub fn drop_table(table: &Table) -> String {
    let kind = if table.table_type() == Some("VIRTUAL_VIEW") { "VIEW" } else { "TABLE" };
    format!("DROP {kind} IF EXISTS {};\n", full_name(table))
}

/// `ALTER TABLE ... DROP PARTITION`, by the name that the metastore has for it.
#[must_use]
pub fn drop_partition(table: &Table, partition: &str) -> String {
    let keys = partition.split('/').filter_map(|part| part.split_once('=')).map(|(key, _)| key);
    let values = partition_values(partition).unwrap_or_default();
    let values: Vec<String> =
        keys.zip(&values).map(|(key, value)| format!("{}={}", name(key), text(value))).collect();
    let table = full_name(table);
    format!("ALTER TABLE {table} DROP IF EXISTS PARTITION ({});\n", values.join(", "))
}

/// A name in back-quotes.
#[must_use]
pub fn name(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A string literal. Semicolons are escaped too: older shells end a statement at each.
#[must_use]
pub fn text(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('\'');
    for letter in text.chars() {
        match letter {
            '\'' => literal.push_str("\\'"),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            ';' => literal.push_str("\\073"),
            c if c.is_control() => {
                write!(literal, "\\u{:04X}", u32::from(c)).expect("a String takes every text");
            }
            c => literal.push(c),
        }
    }
    literal.push('\'');
    literal
}

fn create_view(view: &Table) -> String {
    let mut sql = format!("CREATE VIEW {}", full_name(view));
    let columns: Vec<String> = view
        .columns()
        .iter()
        .map(|column| format!("\n  {}{}", name(column.name), column_comment(column)))
        .collect();
    if !columns.is_empty() {
        sql += &format!(" ({})", columns.join(","));
    }
    sql += &comment(view);
    sql += &properties(view);
    let query = view.view_expanded_text().or(view.view_original_text()).unwrap_or_default();
    format!("{sql}\nAS {query};\n")
}

fn full_name(table: &Table) -> String {
    format!("{}.{}", name(table.database()), name(table.name()))
}

fn columns(columns: &[Column<'_>]) -> String {
    if columns.is_empty() {
        return String::new();
    }
    let lines: Vec<String> = columns
        .iter()
        .map(|c| format!("\n  {} {}{}", name(c.name), c.type_name, column_comment(c)))
        .collect();
    format!(" ({})", lines.join(","))
}

fn column_comment(column: &Column<'_>) -> String {
    let comment = column.comment.filter(|comment| !comment.is_empty());
    comment.map(|comment| format!(" COMMENT {}", text(comment))).unwrap_or_default()
}

fn comment(table: &Table) -> String {
    let comment = table.parameter(COMMENT).filter(|comment| !comment.is_empty());
    comment.map(|comment| format!("\nCOMMENT {}", text(comment))).unwrap_or_default()
}

fn buckets(table: &Table) -> String {
    let by = names(&table.bucket_columns());
    if by.is_empty() || table.buckets() <= 0 {
        return String::new();
    }
    let sorted = table.storage().and_then(|storage| storage.items(9)).unwrap_or_default();
    let sorted: Vec<String> = sorted.iter().filter_map(Value::as_struct).map(sort_column).collect();
    let sorted = match sorted.is_empty() {
        true => String::new(),
        false => format!(" SORTED BY ({})", sorted.join(", ")),
    };
    format!("\nCLUSTERED BY ({by}){sorted} INTO {} BUCKETS", table.buckets())
}

fn sort_column(column: &Struct) -> String {
    let order = if column.i32(2) == Some(ASCENDING) { "ASC" } else { "DESC" };
    format!("{} {order}", name(column.string(1).unwrap_or_default()))
}

fn skew(table: &Table) -> String {
    let columns = names(&table.skewed_columns());
    let skew = table.storage().and_then(|storage| storage.structure(11));
    let values = skew.and_then(|skew| skew.items(2)).unwrap_or_default();
    let values: Vec<String> = values.iter().map(skewed_values).collect();
    if columns.is_empty() || values.is_empty() {
        return String::new();
    }
    let directories = table.storage().and_then(|storage| storage.bool(12)) == Some(true);
    let stored = if directories { " STORED AS DIRECTORIES" } else { "" };
    format!("\nSKEWED BY ({columns}) ON ({}){stored}", values.join(", "))
}

fn skewed_values(values: &Value) -> String {
    let values = values.as_items().unwrap_or_default().iter().filter_map(Value::as_str);
    format!("({})", values.map(text).collect::<Vec<_>>().join(", "))
}

fn row_format(table: &Table) -> String {
    let mut sql = String::new();
    if let Some(library) = table.serde_library() {
        sql += &format!("\nROW FORMAT SERDE {}", text(library));
        sql += &pairs("\nWITH SERDEPROPERTIES", table.serde_parameters());
    }
    if let (Some(input), Some(output)) = (table.input_format(), table.output_format()) {
        sql += &format!("\nSTORED AS INPUTFORMAT {}\nOUTPUTFORMAT {}", text(input), text(output));
    }
    sql
}

fn properties(table: &Table) -> String {
    let said = |key: &str| key == COMMENT || key == EXTERNAL;
    pairs("\nTBLPROPERTIES", table.parameters().filter(|(key, _)| !said(key)).collect())
}

/// Properties in the order of their keys, or nothing.
fn pairs(lead: &str, mut pairs: Vec<(&str, &str)>) -> String {
    if pairs.is_empty() {
        return String::new();
    }
    pairs.sort_unstable();
    let lines = pairs.iter().map(|(key, value)| format!("\n  {}={}", text(key), text(value)));
    format!("{lead} ({})", lines.collect::<Vec<_>>().join(","))
}

/// Has Hive look for partitions by what lies in a table's directory.
#[must_use]
pub fn repair(table: &Table) -> String {
    format!("MSCK REPAIR TABLE {};\n", full_name(table))
}

fn partition_of(table: &Table, partition: &Partition) -> String {
    let keys = table.partition_keys();
    let values = keys.iter().zip(partition.values());
    let values: Vec<String> =
        values.map(|(key, value)| format!("{}={}", name(key.name), text(value))).collect();
    format!("PARTITION ({})", values.join(", "))
}

fn names(columns: &[&str]) -> String {
    columns.iter().map(|column| name(column)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
