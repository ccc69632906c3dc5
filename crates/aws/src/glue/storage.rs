//! How a table's or partition's data lies: columns, places, formats. The names on paper are
//! those of Glue's API.

use super::definitions::{Texts, no_list, no_map, no_text};
use serde::Serialize;

/// Where data lies, and in which form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Storage {
    /// The columns that are in the files.
    #[serde(skip_serializing_if = "no_list")]
    pub columns: Option<Vec<Column>>,
    /// The root, or a manifest.
    #[serde(skip_serializing_if = "no_text")]
    pub location: Option<String>,
    /// Further roots.
    #[serde(skip_serializing_if = "no_list")]
    pub additional_locations: Option<Vec<String>>,
    /// The Java class that reads.
    #[serde(skip_serializing_if = "no_text")]
    pub input_format: Option<String>,
    /// The Java class that writes.
    #[serde(skip_serializing_if = "no_text")]
    pub output_format: Option<String>,
    /// Whether files are compressed.
    pub compressed: bool,
    /// Buckets; 0 and -1 mean none.
    pub number_of_buckets: i32,
    /// What turns bytes into rows.
    #[serde(rename = "SerdeInfo", skip_serializing_if = "Option::is_none")]
    pub serde: Option<Serde>,
    /// What rows are bucketed by.
    #[serde(skip_serializing_if = "no_list")]
    pub bucket_columns: Option<Vec<String>>,
    /// What rows of a bucket are sorted by.
    #[serde(skip_serializing_if = "no_list")]
    pub sort_columns: Option<Vec<Sort>>,
    /// Anything else.
    #[serde(skip_serializing_if = "no_map")]
    pub parameters: Option<Texts>,
    /// Values that are frequent.
    #[serde(rename = "SkewedInfo", skip_serializing_if = "Option::is_none")]
    pub skew: Option<Skew>,
    /// Whether frequent values have directories of their own.
    pub stored_as_sub_directories: bool,
    /// The schema's place in a registry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema_reference: Option<SchemaReference>,
}

/// A column.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type in Hive's words.
    #[serde(rename = "Type", skip_serializing_if = "no_text")]
    pub kind: Option<String>,
    /// What a person said of it.
    #[serde(skip_serializing_if = "no_text")]
    pub comment: Option<String>,
    /// Anything else.
    #[serde(skip_serializing_if = "no_map")]
    pub parameters: Option<Texts>,
}

/// What turns bytes into rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Serde {
    /// A name, if anyone gave it one.
    #[serde(skip_serializing_if = "no_text")]
    pub name: Option<String>,
    /// The Java class.
    #[serde(skip_serializing_if = "no_text")]
    pub serialization_library: Option<String>,
    /// Its settings.
    #[serde(skip_serializing_if = "no_map")]
    pub parameters: Option<Texts>,
}

/// A column that rows are sorted by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Sort {
    /// The column.
    pub column: String,
    /// 1 ascending, 0 descending.
    pub sort_order: i32,
}

/// Values that are frequent, and where their rows lie.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Skew {
    /// The columns.
    #[serde(rename = "SkewedColumnNames", skip_serializing_if = "no_list")]
    pub columns: Option<Vec<String>>,
    /// The values.
    #[serde(rename = "SkewedColumnValues", skip_serializing_if = "no_list")]
    pub values: Option<Vec<String>>,
    /// A location for each value.
    #[serde(rename = "SkewedColumnValueLocationMaps", skip_serializing_if = "no_map")]
    pub locations: Option<Texts>,
}

/// A schema in a registry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SchemaReference {
    /// The schema by its ARN.
    #[serde(skip_serializing_if = "no_text")]
    pub schema_arn: Option<String>,
    /// The schema by its name, in `registry_name`.
    #[serde(skip_serializing_if = "no_text")]
    pub schema_name: Option<String>,
    /// The registry.
    #[serde(skip_serializing_if = "no_text")]
    pub registry_name: Option<String>,
    /// A version by its id.
    #[serde(skip_serializing_if = "no_text")]
    pub schema_version_id: Option<String>,
    /// A version by its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema_version_number: Option<i64>,
}
