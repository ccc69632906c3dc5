//! Why a question over WebHDFS has no answer.

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum WebHdfsError {
    /// The client was set up with something that is no NameNode's address.
    #[error("cannot use the address of WebHDFS: {0}")]
    Endpoint(String),
    /// The request did not come to an end.
    #[error("cannot ask {host}: {source}")]
    Transport {
        /// Who was asked.
        host: String,
        /// What happened.
        source: Box<ureq::Error>,
    },
    /// The server threw an exception.
    #[error("{operation} of {path} failed: {message} ({exception})")]
    Remote {
        /// The operation, as WebHDFS calls it.
        operation: &'static str,
        /// The path that it was tried on.
        path: String,
        /// The Java class, without its package.
        exception: String,
        /// The first line of what it says.
        message: String,
    },
    /// The server refused the request before any operation began: login, proxy, no WebHDFS.
    #[error("{host} answered {operation} with HTTP status {status}")]
    Status {
        /// Who was asked.
        host: String,
        /// The operation, as WebHDFS calls it.
        operation: &'static str,
        /// The HTTP status.
        status: u16,
    },
    /// The answer is not what this operation answers with.
    #[error("cannot read the answer to {operation}: {why}")]
    Malformed {
        /// The operation, as WebHDFS calls it.
        operation: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

impl WebHdfsError {
    /// Whether the server threw an exception of this class (without package).
    #[must_use]
    pub fn is(&self, class: &str) -> bool {
        matches!(self, WebHdfsError::Remote { exception, .. } if exception == class)
    }

    /// Whether another NameNode may answer: this one is not there, or is not the active one.
    pub(crate) fn may_be_elsewhere(&self) -> bool {
        matches!(self, WebHdfsError::Transport { .. }) || self.is("StandbyException")
    }
}
