//! How a call can fail, and what that says about the server.

use std::io;

use super::{DecodeError, EncodeError};

/// Whether a failed call may have changed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The server did not act on the request.
    None,
    /// The server may have acted: look before another attempt.
    Unknown,
}

/// A `TApplicationException`: the server could not take the request as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// Its type: 1 unknown method, 6 internal error, 7 protocol error.
    pub kind: i32,
    /// What the server said; may be empty.
    pub message: String,
}

impl Application {
    /// Whether the server does not have the method.
    pub fn is_unknown_method(&self) -> bool {
        self.kind == 1
    }
}

impl std::fmt::Display for Application {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let what = match self.kind {
            1 => "unknown method",
            2 => "invalid message type",
            3 => "wrong method name",
            4 => "bad sequence number",
            5 => "missing result",
            6 => "internal error",
            7 => "protocol error",
            _ => "application exception",
        };
        match self.message.is_empty() {
            true => write!(f, "{what} (type {})", self.kind),
            false => write!(f, "{what} (type {}): {}", self.kind, self.message),
        }
    }
}

/// Why a call gave no result.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The request cannot be written.
    #[error("cannot encode the request {call}")]
    Encode {
        /// The method.
        call: String,
        /// Why.
        #[source]
        error: EncodeError,
    },
    /// Sending failed.
    #[error("sending the request {call} failed")]
    Send {
        /// The method.
        call: String,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// No answer, or none that can be read.
    #[error("no readable answer to {call}")]
    Receive {
        /// The method.
        call: String,
        /// Why.
        #[source]
        error: DecodeError,
    },
    /// An answer to another request.
    #[error("the answer to {call} number {sequence} is one to {answered} number {number}")]
    Mismatched {
        /// The method.
        call: String,
        /// The number of the request.
        sequence: i32,
        /// The method that the answer names.
        answered: String,
        /// The number in the answer.
        number: i32,
    },
    /// The server refused the request; the connection stays usable.
    #[error("the server refused {call}: {refusal}")]
    Application {
        /// The method.
        call: String,
        /// The server's words.
        refusal: Application,
    },
    /// An earlier call failed on this connection; nothing was sent.
    #[error("cannot call {call} on a connection on which an earlier call failed")]
    Broken {
        /// The method.
        call: String,
    },
}

impl CallError {
    /// Whether the server lacks the method.
    pub fn is_unknown_method(&self) -> bool {
        matches!(self, Self::Application { refusal, .. } if refusal.is_unknown_method())
    }

    /// Whether the server may have acted.
    pub fn effect(&self) -> Effect {
        match self {
            Self::Encode { .. } | Self::Broken { .. } => Effect::None,
            Self::Application { refusal, .. } if refusal.is_unknown_method() => Effect::None,
            _ => Effect::Unknown,
        }
    }
}
