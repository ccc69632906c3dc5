//! Why there is no wire, or why it broke.

use std::io;
use std::path::PathBuf;

use super::options::{Endpoint, Protection};
use crate::gssapi::GssError;
use crate::kerberos::KerberosError;
use crate::thrift::Stranger;

/// Why a server cannot be spoken to.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The host's name has no address.
    #[error("cannot find the address of {endpoint}")]
    Resolve {
        /// The server.
        endpoint: Endpoint,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// Nobody takes the connection.
    #[error("cannot connect to {endpoint}")]
    Connect {
        /// The server.
        endpoint: Endpoint,
        /// Why; of the address tried last.
        #[source]
        error: io::Error,
    },
    /// A file of certificates or keys cannot be used.
    #[error("cannot use {} for TLS: {reason}", path.display())]
    Certificates {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// TLS cannot be prepared.
    #[error("cannot prepare TLS for {endpoint}: {reason}")]
    Prepare {
        /// The server.
        endpoint: Endpoint,
        /// Why.
        reason: String,
    },
    /// The server's certificate does not convince.
    #[error("the TLS certificate of {endpoint} is not accepted: {error}")]
    Certificate {
        /// The server.
        endpoint: Endpoint,
        /// Why.
        error: rustls::Error,
    },
    /// Both ends could not agree on TLS.
    #[error("no TLS with {endpoint}")]
    Handshake {
        /// The server.
        endpoint: Endpoint,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// The server speaks another protocol.
    #[error("{endpoint} answered {expected} with another protocol: {found}")]
    Stranger {
        /// The server.
        endpoint: Endpoint,
        /// What was begun.
        expected: Expected,
        /// What came.
        found: Stranger,
    },
    /// The server closed the connection.
    #[error("{endpoint} closed the connection during {during}")]
    Closed {
        /// The server.
        endpoint: Endpoint,
        /// What was begun.
        during: Expected,
    },
    /// The server said nothing for the whole of the read timeout.
    #[error("{endpoint} did not answer {during}")]
    Silent {
        /// The server.
        endpoint: Endpoint,
        /// What was begun.
        during: Expected,
    },
    /// Another failure of the connection.
    #[error("the connection to {endpoint} failed during {during}")]
    Broken {
        /// The server.
        endpoint: Endpoint,
        /// What was begun.
        during: Expected,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// The server does not accept who we are.
    #[error("{endpoint} refused the login by {mechanism}: {message}")]
    Refused {
        /// The server.
        endpoint: Endpoint,
        /// `PLAIN`, `GSSAPI`, `Basic` or `Negotiate`.
        mechanism: &'static str,
        /// The server's words.
        message: String,
    },
    /// We have no ticket.
    #[error("no Kerberos login for {endpoint}")]
    Login {
        /// The server.
        endpoint: Endpoint,
        /// Why.
        #[source]
        error: KerberosError,
    },
    /// The ticket did not lead to a context.
    #[error("Kerberos with {endpoint} failed")]
    Context {
        /// The server.
        endpoint: Endpoint,
        /// Why.
        #[source]
        error: GssError,
    },
    /// No protection that both ends accept.
    #[error("{endpoint} does not offer {least} or more, but {offered}")]
    Protection {
        /// The server.
        endpoint: Endpoint,
        /// What we ask for at least.
        least: Protection,
        /// What the server offers.
        offered: String,
    },
    /// The password or user name cannot be sent.
    #[error("the user name or password for {endpoint} cannot be sent by {mechanism}")]
    Unsendable {
        /// The server.
        endpoint: Endpoint,
        /// `PLAIN` or `Basic`.
        mechanism: &'static str,
    },
    /// The HTTP server answered, but not with an answer to the request.
    #[error("{endpoint} answered the POST to {path} with status {status}{}", words(.message))]
    Status {
        /// The server.
        endpoint: Endpoint,
        /// The path.
        path: String,
        /// HTTP's status.
        status: u16,
        /// The beginning of the body, as text.
        message: String,
    },
    /// HTTP failed below.
    #[error("the POST to {endpoint} failed: {reason}")]
    Post {
        /// The server.
        endpoint: Endpoint,
        /// Why.
        reason: String,
    },
}

/// What was begun when a server answered otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// TLS.
    Tls,
    /// Thrift's SASL negotiation.
    Sasl,
    /// HTTP.
    Http,
}

impl std::fmt::Display for Expected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Tls => "the TLS handshake",
            Self::Sasl => "the SASL negotiation",
            Self::Http => "the HTTP request",
        })
    }
}

impl WireError {
    /// Sorts a failure of the connection by what it tells about the server.
    pub(super) fn during(endpoint: &Endpoint, during: Expected, error: io::Error) -> Self {
        let endpoint = endpoint.clone();
        match error.kind() {
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe => Self::Closed { endpoint, during },
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                Self::Silent { endpoint, during }
            }
            _ => Self::Broken { endpoint, during, error },
        }
    }
}

fn words(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}
