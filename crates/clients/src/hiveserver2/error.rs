//! How a session or a statement can fail.

use crate::thrift::{Application, CallError, Effect};
use crate::wire::{Endpoint, WireError};

/// What HiveServer2 says of a failure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerError {
    /// The SQL state, five characters: `42000`, `08S01`.
    pub sql_state: Option<String>,
    /// Hive's number: 10001 is a table that is not there, 40000 a statement that does not parse.
    pub code: Option<i32>,
    /// All of the message; it may have a stack trace.
    pub message: String,
}

impl ServerError {
    /// The message's first line that says something.
    pub fn first_line(&self) -> &str {
        let mut lines = self.message.lines().map(str::trim);
        lines.find(|line| !line.is_empty()).unwrap_or("the server gave no message")
    }
}

impl std::fmt::Display for ServerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.first_line())?;
        match (&self.sql_state, self.code) {
            (Some(state), Some(code)) => write!(f, " (SQL state {state}, code {code})"),
            (Some(state), None) => write!(f, " (SQL state {state})"),
            (None, Some(code)) => write!(f, " (code {code})"),
            (None, None) => Ok(()),
        }
    }
}

/// Why HiveServer2 gave no result.
#[derive(Debug, thiserror::Error)]
pub enum HiveError {
    /// No connection.
    #[error("cannot connect to HiveServer2")]
    Connect(#[source] Box<WireError>),
    /// There is no server to connect to.
    #[error("no HiveServer2 is named")]
    Nowhere,
    /// The connection failed, and the session with it.
    #[error("the session on HiveServer2 {endpoint} was lost during {call}")]
    SessionLost {
        /// The server.
        endpoint: Endpoint,
        /// The method.
        call: &'static str,
        /// Why.
        #[source]
        error: Box<CallError>,
    },
    /// The server no longer knows the session: it ended it, or was restarted.
    #[error("HiveServer2 {endpoint} no longer has the session: {error}")]
    SessionGone {
        /// The server.
        endpoint: Endpoint,
        /// The server's words.
        error: ServerError,
    },
    /// The server did not do what was asked; the session stays usable.
    #[error("HiveServer2 {endpoint} refused {call}: {error}")]
    Refused {
        /// The server.
        endpoint: Endpoint,
        /// The method.
        call: &'static str,
        /// The server's words.
        error: ServerError,
    },
    /// The statement failed while it ran; the session stays usable.
    #[error("a statement failed on HiveServer2 {endpoint}: {error}")]
    Failed {
        /// The server.
        endpoint: Endpoint,
        /// The server's words.
        error: ServerError,
    },
    /// Somebody else ended the statement.
    #[error("a statement was {state} on HiveServer2 {endpoint}: {error}")]
    Ended {
        /// The server.
        endpoint: Endpoint,
        /// `canceled`, `closed` or `timed out`.
        state: &'static str,
        /// The server's words.
        error: ServerError,
    },
    /// The statement was cancelled because its watcher said so.
    #[error("a statement on HiveServer2 {endpoint} was cancelled on request")]
    Stopped {
        /// The server.
        endpoint: Endpoint,
    },
    /// The server could not take the request as it is.
    #[error("HiveServer2 {endpoint} does not understand {call}: {refusal}")]
    NotUnderstood {
        /// The server.
        endpoint: Endpoint,
        /// The method.
        call: &'static str,
        /// The server's words.
        refusal: Application,
    },
    /// A server that is too old.
    #[error("HiveServer2 {endpoint} speaks {version}, and V6 (Hive 0.13) is the oldest supported")]
    Outdated {
        /// The server.
        endpoint: Endpoint,
        /// Its version of the interface.
        version: String,
    },
    /// The answer is not what the interface says.
    #[error("HiveServer2 {endpoint} answered {call} with what cannot be used: {what}")]
    Malformed {
        /// The server.
        endpoint: Endpoint,
        /// The method.
        call: &'static str,
        /// What is wrong.
        what: &'static str,
    },
    /// More rows than were asked for.
    #[error("the answer of HiveServer2 {endpoint} has more than {most} rows")]
    TooManyRows {
        /// The server.
        endpoint: Endpoint,
        /// The most that were expected.
        most: usize,
    },
}

impl HiveError {
    /// What the server said, if it said something.
    pub fn server(&self) -> Option<&ServerError> {
        match self {
            Self::SessionGone { error, .. }
            | Self::Refused { error, .. }
            | Self::Failed { error, .. }
            | Self::Ended { error, .. } => Some(error),
            _ => None,
        }
    }

    /// Whether the session can no longer be used: another one has to be opened, and settings
    /// and temporary tables of this one are gone.
    pub fn is_session_lost(&self) -> bool {
        matches!(self, Self::Connect(_) | Self::SessionLost { .. } | Self::SessionGone { .. })
    }

    /// Whether the statement was cancelled because its watcher said so.
    pub fn is_stopped(&self) -> bool {
        matches!(self, Self::Stopped { .. })
    }

    /// Whether the statement may have changed something.
    ///
    /// A statement that failed may have done a part of its work: Hive's DDL and file moves are
    /// no transactions.
    pub fn effect(&self) -> Effect {
        match self {
            Self::Connect(_) | Self::Nowhere | Self::Outdated { .. } => Effect::None,
            // A session that nobody has ends by itself.
            Self::SessionLost { call: super::protocol::OPEN_SESSION, .. } => Effect::None,
            Self::SessionLost { error, .. } => error.effect(),
            Self::SessionGone { .. } | Self::NotUnderstood { .. } => Effect::None,
            // What does not compile does not run; 4xxxx is Hive's class for it.
            Self::Refused { error, .. } => match error.code {
                Some(10_000..20_000 | 40_000) => Effect::None,
                _ => Effect::Unknown,
            },
            _ => Effect::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_of_a_long_message_is_shown() {
        let error = ServerError {
            sql_state: Some("42S02".into()),
            code: Some(10_001),
            message: "\n FAILED: Table not found 'x'\n\tat org.apache...".into(),
        };
        let shown = "FAILED: Table not found 'x' (SQL state 42S02, code 10001)";
        assert_eq!(error.to_string(), shown);
        assert_eq!(ServerError::default().to_string(), "the server gave no message");
    }
}
