//! How tables are copied that cannot be duplicated.

use boatlift_core::span::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How rows come to UPPER.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// LOWER's own duplication carries them, and goes on doing so until the cutover.
    #[default]
    Duplication,
    /// They are read and written: for tables of data version 0, for another number of partitions,
    /// or where LOWER's servers cannot be configured. The cutover refuses writes while all rows are
    /// compared.
    Copy,
}

/// How tables are copied, with `mode: copy`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct CopySettings {
    /// For how long the cutover may refuse writes, while every row is compared: then it is undone.
    pub max_freeze: Span,
    /// Partitions of a table that is made on UPPER, where not as many as on LOWER.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upper_partitions: Option<i32>,
    /// Replicas of each partition there, where not as many as on LOWER.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upper_replicas: Option<i32>,
    /// Partitions of a table that are read and written at the same time.
    pub parallel_partitions: u32,
    /// Rows that are written in a second, at most; without it, as fast as UPPER takes them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows_per_second: Option<u32>,
}

impl Default for CopySettings {
    fn default() -> Self {
        CopySettings {
            max_freeze: Span::seconds(3600),
            upper_partitions: None,
            upper_replicas: None,
            parallel_partitions: 4,
            rows_per_second: None,
        }
    }
}

impl CopySettings {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.parallel_partitions == 0 {
            return Err("parallel-partitions: no row would ever be copied".into());
        }
        if self.rows_per_second == Some(0) {
            return Err("rows-per-second: no row would ever be copied".into());
        }
        for (key, value) in
            [("upper-partitions", self.upper_partitions), ("upper-replicas", self.upper_replicas)]
        {
            if value.is_some_and(|value| value < 1) {
                return Err(format!("{key}: at least one"));
            }
        }
        Ok(())
    }
}
