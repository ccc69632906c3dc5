//! How LOWER duplicates tables.

use boatlift_core::span::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Pegasus wants the rate to be above the block that it copies at once, of 4 MiB.
const LEAST_COPY_RATE: u32 = 5;

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
    /// How fast each disk of UPPER's servers may fetch checkpoints while tables are carried, in MB/s;
    /// otherwise as the servers have it. It goes back afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy_rate_megabytes: Option<u32>,
    /// How much LOWER's servers ship at once while tables are carried, in bytes; likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ship_batch_bytes: Option<u32>,
    /// Replicas of each partition on UPPER, where not as many as on LOWER; needs Pegasus 2.6.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upper_replicas: Option<i32>,
    /// Duplicate a table with `default_ttl`, although UPPER's servers end themselves when they open
    /// one, in 2.5.0 and 2.6 as released: say so when yours are mended.
    pub accept_default_ttl: bool,
    /// Duplicate a table although its servers counted increments, or writes that compare first: say
    /// so when whoever made them has stopped.
    pub accept_atomic_writes: bool,
}

impl Default for DuplicationSettings {
    fn default() -> Self {
        DuplicationSettings {
            max_lag: 1_000,
            parallel_tables: 2,
            patience: Span::seconds(30 * 60),
            copy_rate_megabytes: None,
            ship_batch_bytes: None,
            upper_replicas: None,
            accept_default_ttl: false,
            accept_atomic_writes: false,
        }
    }
}

impl DuplicationSettings {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.parallel_tables == 0 {
            return Err("parallel-tables: no table would ever be moved".into());
        }
        if self.copy_rate_megabytes.is_some_and(|rate| rate < LEAST_COPY_RATE) {
            return Err(format!(
                "copy-rate-megabytes: at least {LEAST_COPY_RATE}, as Pegasus asks"
            ));
        }
        if self.ship_batch_bytes == Some(0) {
            return Err("ship-batch-bytes: nothing would ever be shipped".into());
        }
        match self.upper_replicas {
            Some(..1) => Err("upper-replicas: at least one".into()),
            _ => Ok(()),
        }
    }
}
