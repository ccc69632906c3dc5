//! Why a question to YARN has no answer.

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum YarnError {
    /// The client was set up with something that is no ResourceManager's address.
    #[error("`{0}` is no address of a ResourceManager: http://host:8088")]
    Endpoint(String),
    /// What was asked for is no tag.
    #[error("`{0}` is no tag of an application")]
    Tag(String),
    /// The request did not come to an end.
    #[error("cannot ask {endpoint}: {source}")]
    Transport {
        /// Who was asked.
        endpoint: String,
        /// What happened.
        source: Box<ureq::Error>,
    },
    /// The server did not do it: a standby one, a login, no right to.
    #[error("{endpoint} answered with HTTP status {status}")]
    Status {
        /// Who was asked.
        endpoint: String,
        /// The HTTP status.
        status: u16,
    },
    /// The answer is none of a ResourceManager.
    #[error("cannot read the answer of a ResourceManager: {0}")]
    Malformed(String),
}

impl YarnError {
    /// Whether another ResourceManager may answer: this one is not there, or is a standby.
    pub(super) fn may_be_elsewhere(&self) -> bool {
        match self {
            YarnError::Transport { .. } => true,
            YarnError::Status { status, .. } => (300..400).contains(status) || *status == 503,
            _ => false,
        }
    }
}
