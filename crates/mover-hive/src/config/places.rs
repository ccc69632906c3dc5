//! Where on UPPER the files of LOWER go.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Parameters and SerDe properties that hold a location unless others are named.
pub const DEFAULT_PROPERTIES: &[&str] = &["path", "avro.schema.url"];

/// Where on UPPER the files of LOWER go: by the longest rule that matches, otherwise to the
/// same path on UPPER's namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct LocationSettings {
    /// Prefixes of LOWER's locations and what takes their place.
    pub rules: Vec<LocationRule>,
    /// Where LOWER's warehouse goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warehouse: Option<Warehouse>,
    /// Parameters and SerDe properties that hold a location each.
    pub properties: Vec<String>,
}

impl Default for LocationSettings {
    fn default() -> Self {
        LocationSettings {
            rules: Vec::new(),
            warehouse: None,
            properties: DEFAULT_PROPERTIES.iter().map(ToString::to_string).collect(),
        }
    }
}

/// A directory of LOWER and the directory of UPPER that takes its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LocationRule {
    /// A location on LOWER; without a scheme it lies on LOWER's namespace.
    pub from: String,
    /// A location on UPPER; without a scheme it lies on UPPER's namespace.
    pub to: String,
}

/// UPPER's warehouse takes managed tables of its own kind only, hence what lay in LOWER's goes
/// to a warehouse of external tables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Warehouse {
    /// LOWER's `hive.metastore.warehouse.dir`.
    pub lower: String,
    /// UPPER's `hive.metastore.warehouse.external.dir`.
    pub upper_external: String,
}
