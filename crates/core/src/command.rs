//! Commands: the only way in for people, by command line, socket or web page.

use crate::key::KeyBuf;
use crate::limits::SideLimits;
use crate::side::Side;
use serde::{Deserialize, Serialize};

/// What a person asks of a move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// Stop acting; keep the process and its place.
    Pause,
    /// Go on.
    Resume,
    /// Save the state and end the process.
    Stop,
    /// Change the limits of one side.
    SetLimits {
        /// The side.
        side: Side,
        /// All of its limits from now on.
        limits: SideLimits,
    },
    /// Change the number of copying threads, from the next stage on.
    SetJobs {
        /// How many.
        jobs: u32,
    },
    /// Leave an item out.
    Skip {
        /// The item.
        key: KeyBuf,
        /// Why: it goes into the report.
        reason: String,
    },
    /// Try an item again, or all that failed; also those left out.
    Retry {
        /// The item; all when absent.
        key: Option<KeyBuf>,
    },
    /// Approve the removals of a plan that is held back.
    Approve {
        /// The plan's number.
        plan: u64,
    },
}

/// A command with who gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// The command.
    #[serde(flatten)]
    pub command: Command,
    /// Who gave it: a user name, or a token's name.
    pub by: String,
}
