//! How the users of the tables are handed over.

use crate::safeguards::Safeguards;
use boatlift_core::span::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the users of the tables are handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct CutoverSettings {
    /// To how long LOWER's servers are asked to shorten their config sync for the cutover, and for
    /// it alone. Pegasus 2.5 does; 2.6 says yes and does not, so that it must be set in
    /// `[replication] config_sync_interval_ms` there.
    pub config_sync: Span,
    /// For how long a tail may stand still behind the fence before writes are let in again.
    pub stuck_after: Span,
    /// How long the person has who leads clients by hand, once UPPER has every write.
    pub manual_window: Span,
    /// Have UPPER ship to LOWER what clients write from the switch on, so that they can be led back
    /// (`cutover --reverse`). Increments and check-and-set stay refused on UPPER as long as it does.
    pub keep_reverse: bool,
    /// How long after the switch they may be led back.
    pub reverse_window: Span,
    /// For how long LOWER refuses everybody after the switch, before it takes what UPPER ships and
    /// refuses readers alone: a client that did not ask for anything meanwhile, and writes there
    /// later, is not told to go elsewhere. Longer than the servers' config sync.
    pub stragglers: Span,
    /// No move file can change them.
    #[serde(skip)]
    pub safeguards: Safeguards,
}

impl Default for CutoverSettings {
    fn default() -> Self {
        CutoverSettings {
            config_sync: Span::seconds(1),
            stuck_after: Span::seconds(1),
            manual_window: Span::seconds(120),
            keep_reverse: false,
            reverse_window: Span::seconds(24 * 3600),
            stragglers: Span::seconds(120),
            safeguards: Safeguards::default(),
        }
    }
}

impl CutoverSettings {
    pub(super) fn check(&self) -> Result<(), String> {
        match self.config_sync.as_millis() {
            0..200 => Err("config-sync: under 200ms a server does little else".into()),
            _ => Ok(()),
        }
    }
}
