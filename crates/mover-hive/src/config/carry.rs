//! Choices on what goes along with tables, and on what happens to what is there already.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether UPPER looks for partitions by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct PartitionDiscovery {
    /// Give partitioned tables `discover.partitions=true`, so that UPPER's own task adds and
    /// removes partitions by what it finds in the table's directory.
    pub auto: bool,
    /// What hms-mirror's `initMSCK` asks: `MSCK REPAIR TABLE` on UPPER for every table that is
    /// created. It is not run: every partition is copied as an object. The plan says so, and
    /// `upper.sql` has the statements as comments.
    pub init_msck: bool,
}

impl PartitionDiscovery {
    /// What a person should know before a plan is carried out.
    #[must_use]
    pub fn warning(&self) -> Option<&'static str> {
        self.init_msck.then_some(
            "partition-discovery.init-msck is not carried out: every partition of LOWER's metastore \
             is copied as it is; run the MSCK REPAIR TABLE lines of upper.sql by hand if UPPER shall \
             also have directories that LOWER's metastore does not know",
        )
    }
}

/// The copied partitions are complete and are kept in step, and UPPER's task would remove
/// those whose directory it does not see: both are off unless asked for.
impl Default for PartitionDiscovery {
    fn default() -> Self {
        PartitionDiscovery { auto: false, init_msck: false }
    }
}

/// What else than databases, tables and partitions comes along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Carry {
    /// Owners of databases, tables and functions; otherwise UPPER's user owns them.
    pub owners: bool,
    /// Statistics of columns.
    pub statistics: bool,
    /// Keys and other constraints.
    pub constraints: bool,
    /// Functions written in Java.
    pub functions: bool,
    /// Grants, written as Ranger policies to a file.
    pub grants: bool,
}

/// What happens on UPPER when LOWER drops a table or partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnDrop {
    /// It stays, and the report names it.
    #[default]
    Report,
    /// It is dropped, if it is as we wrote it; files are not.
    Drop,
    /// It stays without a word.
    Keep,
}

/// Whether what carries our mark on UPPER, or hms-mirror's, may be written anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Overwrite {
    /// If it still is as it was written.
    #[default]
    Ours,
    /// Never: what is there already is reported.
    Never,
}
