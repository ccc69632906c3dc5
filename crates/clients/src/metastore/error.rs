//! How a call on a metastore can fail.

use crate::thrift::{CallError, Effect};

use super::objects::Malformed;

/// An exception that the metastore's interface declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exception {
    /// `NoSuchObjectException`.
    NoSuchObject,
    /// `AlreadyExistsException`.
    AlreadyExists,
    /// `InvalidObjectException`.
    InvalidObject,
    /// `InvalidOperationException`.
    InvalidOperation,
    /// `InvalidInputException`.
    InvalidInput,
    /// `UnknownDBException`.
    UnknownDatabase,
    /// `ConfigValSecurityException`.
    ConfigValueSecurity,
    /// `MetaException`: everything else, from a lacking permission to a lost database.
    Meta,
    /// One that is another type in another version of the server.
    Undetermined,
}

impl Exception {
    /// Hive 1.2 wraps the exceptions of some calls, `get_function` for one, into a
    /// `MetaException` whose message is their text form.
    pub(super) fn unwrapped(self, message: &str) -> Self {
        match self {
            Self::Meta if message.starts_with("NoSuchObjectException(") => Self::NoSuchObject,
            exception => exception,
        }
    }
}

impl std::fmt::Display for Exception {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NoSuchObject => "no such object",
            Self::AlreadyExists => "already exists",
            Self::InvalidObject => "invalid object",
            Self::InvalidOperation => "invalid operation",
            Self::InvalidInput => "invalid input",
            Self::UnknownDatabase => "unknown database",
            Self::ConfigValueSecurity => "setting is not public",
            Self::Meta => "metastore error",
            Self::Undetermined => "error",
        })
    }
}

/// Why a call on a metastore gave no result.
#[derive(Debug, thiserror::Error)]
pub enum MetastoreError {
    /// No connection.
    #[error("cannot connect to the metastore {endpoint}")]
    Dial {
        /// The metastore's URI; the last one tried when there are several.
        endpoint: String,
        /// Why.
        #[source]
        error: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Every connection stayed in use.
    #[error("all {connections} connections to the metastore stayed busy for {seconds} s")]
    Busy {
        /// The pool's size.
        connections: usize,
        /// How long was waited, in seconds.
        seconds: u64,
    },
    /// The call failed below the metastore's own interface.
    #[error("calling the metastore {endpoint} failed")]
    Call {
        /// The metastore's URI.
        endpoint: String,
        /// Why.
        #[source]
        error: CallError,
    },
    /// The server answered with an exception.
    #[error("the metastore {endpoint} refused {call}: {exception}: {message}")]
    Refused {
        /// The metastore's URI.
        endpoint: String,
        /// The method.
        call: &'static str,
        /// The exception.
        exception: Exception,
        /// The server's words.
        message: String,
    },
    /// The server has no method for it.
    #[error("the metastore {endpoint} does not have {call}")]
    Lacks {
        /// The metastore's URI.
        endpoint: String,
        /// The oldest method that would do.
        call: &'static str,
    },
    /// The answer is not what the interface says.
    #[error("the metastore {endpoint} answered {call} with what cannot be used")]
    Malformed {
        /// The metastore's URI.
        endpoint: String,
        /// The method.
        call: &'static str,
        /// What is wrong.
        #[source]
        error: Malformed,
    },
}

impl MetastoreError {
    /// The exception, if the server answered with one.
    pub fn exception(&self) -> Option<Exception> {
        match self {
            Self::Refused { exception, .. } => Some(*exception),
            _ => None,
        }
    }

    /// Whether the server may have acted on a call that was to change something.
    ///
    /// A `MetaException` may come after the change, from a listener for example.
    pub fn effect(&self) -> Effect {
        match self {
            Self::Dial { .. } | Self::Busy { .. } | Self::Lacks { .. } => Effect::None,
            Self::Call { error, .. } => error.effect(),
            Self::Refused { exception, .. } => match exception {
                Exception::Meta | Exception::Undetermined => Effect::Unknown,
                _ => Effect::None,
            },
            Self::Malformed { .. } => Effect::Unknown,
        }
    }

    /// Whether the connection failed rather than the server's judgement: another connection
    /// may do better.
    pub fn is_connection(&self) -> bool {
        match self {
            Self::Dial { .. } => true,
            Self::Call { error, .. } => matches!(
                error,
                CallError::Send { .. }
                    | CallError::Receive { .. }
                    | CallError::Mismatched { .. }
                    | CallError::Broken { .. }
            ),
            _ => false,
        }
    }
}
