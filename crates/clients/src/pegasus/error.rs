//! Why a question to Pegasus has no answer.

use std::io;
use std::time::Duration;

use super::structs::StorageStatus;
use super::wire::{CodecError, ErrorCode};
use crate::thrift::Effect;
use crate::wire::Endpoint;

/// Why a question to Pegasus has no answer.
#[derive(Debug, thiserror::Error)]
pub enum PegasusError {
    /// Nobody takes the connection.
    #[error("cannot connect to {server} for {call}")]
    Connect {
        /// What was to be asked.
        call: String,
        /// The server.
        server: Endpoint,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// No answer in time. A table that refuses with `timeout*` gives none either.
    #[error("{server} did not answer {call} within {} ms", .after.as_millis())]
    Timeout {
        /// What was asked.
        call: String,
        /// The server.
        server: Endpoint,
        /// The limit.
        after: Duration,
    },
    /// The connection ended before the answer.
    #[error("the connection to {server} was lost during {call}: {reason}")]
    Lost {
        /// What was asked.
        call: String,
        /// The server.
        server: Endpoint,
        /// Why.
        reason: String,
    },
    /// The request is longer than a server takes; nothing was sent.
    #[error("the request {call} to {server} has {bytes} bytes, more than fit into a frame")]
    TooLong {
        /// What was to be asked.
        call: String,
        /// The server.
        server: Endpoint,
        /// How long it is.
        bytes: usize,
    },
    /// The server did not take the request.
    #[error("{server} refused {call}: {code}")]
    Refused {
        /// What was asked.
        call: String,
        /// The server.
        server: Endpoint,
        /// Why.
        code: ErrorCode,
    },
    /// The server wants to know who asks.
    #[error("{server} refused {call}: it has enable_auth, and this client has no SASL (Kerberos)")]
    Secured {
        /// What was asked.
        call: String,
        /// The server.
        server: Endpoint,
    },
    /// The server took the request and said no.
    #[error("{server} answered {call} with {code}{}", words(.hint))]
    Rejected {
        /// What was asked.
        call: String,
        /// The server.
        server: Endpoint,
        /// Why.
        code: ErrorCode,
        /// The server's own explanation; may be empty.
        hint: String,
    },
    /// The storage below a replica said no.
    #[error("the storage of {server} answered {call} with {status:?}")]
    Storage {
        /// What was asked.
        call: String,
        /// The server.
        server: Endpoint,
        /// What it said.
        status: StorageStatus,
    },
    /// The answer cannot be read.
    #[error("the answer of {server} to {call} cannot be read")]
    Malformed {
        /// What was asked.
        call: String,
        /// The server.
        server: Endpoint,
        /// Why.
        #[source]
        error: CodecError,
    },
    /// No meta server leads.
    #[error("none of the meta servers {servers} takes {call} as their leader")]
    NoLeader {
        /// What was asked.
        call: String,
        /// All that were asked.
        servers: String,
        /// What the last one said.
        #[source]
        last: Box<PegasusError>,
    },
    /// A partition has no primary at the moment.
    #[error("partition {partition} of the table {table} has no primary")]
    NoPrimary {
        /// The table.
        table: String,
        /// The partition.
        partition: u32,
    },
    /// Over HTTP, something else than an answer came.
    #[error("GET {path} from {server} failed: {reason}")]
    Http {
        /// The server.
        server: Endpoint,
        /// Path and query.
        path: String,
        /// Why.
        reason: String,
    },
    /// Over HTTP, the server said no.
    #[error("{server} answered GET {path} with status {status}: {body}")]
    Status {
        /// The server.
        server: Endpoint,
        /// Path and query.
        path: String,
        /// HTTP's number.
        status: u16,
        /// The start of what it said.
        body: String,
    },
}

impl PegasusError {
    /// The name of the result that the server gave, from the head or the body of its answer.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } | Self::Rejected { code, .. } => Some(&code.0),
            _ => None,
        }
    }

    /// Whether another server should be asked: this one does not lead, or is not there.
    pub fn is_elsewhere(&self) -> bool {
        let elsewhere = ["ERR_FORWARD_TO_OTHERS", "ERR_SERVICE_NOT_ACTIVE"];
        matches!(self, Self::Connect { .. })
            || self.code().is_some_and(|code| elsewhere.contains(&code))
    }

    /// Whether the table's partitions should be looked up again: the server is not, or no
    /// longer, the primary, or refuses the table's clients.
    pub fn is_stale_place(&self) -> bool {
        let stale = ["ERR_INVALID_STATE", "ERR_OBJECT_NOT_FOUND", "ERR_PARENT_PARTITION_MISUSED"];
        matches!(self, Self::Connect { .. } | Self::NoPrimary { .. })
            || matches!(self, Self::Refused { code, .. } if stale.contains(&code.0.as_str()))
    }

    /// Whether the server may have acted.
    pub fn effect(&self) -> Effect {
        match self {
            Self::Timeout { .. }
            | Self::Lost { .. }
            | Self::Malformed { .. }
            | Self::Http { .. } => Effect::Unknown,
            error if error.code() == Some("ERR_TIMEOUT") => Effect::Unknown,
            _ => Effect::None,
        }
    }
}

fn words(hint: &str) -> String {
    const LONGEST: usize = 1000;
    match hint.trim() {
        "" => String::new(),
        hint => format!(": {}", hint.chars().take(LONGEST).collect::<String>()),
    }
}
