//! Why a question to ZooKeeper has no answer.

use std::time::Duration;

use super::NodeVersion;
use crate::thrift::Effect;

/// Why a question to ZooKeeper has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ZooKeeperError {
    /// No server gave a session; nothing was asked.
    #[error("cannot {action} the node {path}: no session with ZooKeeper at {servers}: {reason}")]
    Connect {
        /// What was to be done, as a verb.
        action: &'static str,
        /// The node.
        path: String,
        /// All servers, separated by commas.
        servers: String,
        /// Why.
        reason: String,
    },
    /// No answer in time.
    #[error("ZooKeeper at {servers} did not {action} the node {path} within {} ms", .after.as_millis())]
    Timeout {
        /// What was asked, as a verb.
        action: &'static str,
        /// The node.
        path: String,
        /// All servers, separated by commas.
        servers: String,
        /// The limit.
        after: Duration,
    },
    /// The connection or the session ended before the answer.
    #[error(
        "the session with ZooKeeper was lost while trying to {action} the node {path}: {reason}"
    )]
    Lost {
        /// What was asked, as a verb.
        action: &'static str,
        /// The node.
        path: String,
        /// Why.
        reason: String,
    },
    /// Somebody else has set the node since.
    #[error("the node {path} no longer has the version {expected}: somebody else has set it")]
    Conflict {
        /// The node.
        path: String,
        /// The version that it should have had.
        expected: NodeVersion,
    },
    /// There is nothing to set.
    #[error("there is no node {path}")]
    Missing {
        /// The node.
        path: String,
    },
    /// ZooKeeper took the question and said no.
    #[error("ZooKeeper refused to {action} the node {path}: {reason}")]
    Refused {
        /// What was asked, as a verb.
        action: &'static str,
        /// The node.
        path: String,
        /// Why.
        reason: String,
    },
}

impl ZooKeeperError {
    /// Whether the node may have been set, now or in a moment.
    pub fn effect(&self) -> Effect {
        match self {
            Self::Timeout { .. } | Self::Lost { .. } => Effect::Unknown,
            Self::Connect { .. }
            | Self::Conflict { .. }
            | Self::Missing { .. }
            | Self::Refused { .. } => Effect::None,
        }
    }
}
