//! How LOWER duplicates tables.

use boatlift_core::span::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How LOWER duplicates the tables, and when UPPER counts as in step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct DuplicationSettings {
    /// Mutations of a partition that UPPER may lack while it counts as in step.
    pub max_lag: u64,
    /// Tables whose checkpoints are carried at the same time.
    pub parallel_tables: u32,
    /// For how long a duplication may stand still before it is an error.
    pub patience: Span,
    /// Replicas of each partition on UPPER, where not as many as on LOWER; needs Pegasus 2.6.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upper_replicas: Option<i32>,
    /// Duplicate a table with `default_ttl`, although UPPER's servers end themselves when they open
    /// one, in 2.5.0 and 2.6 as released: say so when yours are mended.
    pub accept_default_ttl: bool,
}

impl Default for DuplicationSettings {
    fn default() -> Self {
        DuplicationSettings {
            max_lag: 1_000,
            parallel_tables: 2,
            patience: Span::seconds(30 * 60),
            upper_replicas: None,
            accept_default_ttl: false,
        }
    }
}

impl DuplicationSettings {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.parallel_tables == 0 {
            return Err("parallel-tables: no table would ever be moved".into());
        }
        match self.upper_replicas {
            Some(..1) => Err("upper-replicas: at least one".into()),
            _ => Ok(()),
        }
    }
}
