//! What is dialled, and how.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use super::secret::Secret;
use crate::kerberos::Login;

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    /// A name, or an address; one of IPv6 has no brackets here.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl Endpoint {
    /// A host and a port.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self { host: host.into(), port }
    }
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

/// Text that names no endpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no host and port, as in host.example.org:10000 or [::1]:10000")]
pub struct NoEndpoint(pub String);

impl FromStr for Endpoint {
    type Err = NoEndpoint;

    fn from_str(text: &str) -> Result<Self, NoEndpoint> {
        let refused = || NoEndpoint(text.to_owned());
        let (host, port) = text.rsplit_once(':').ok_or_else(refused)?;
        let host = match host.strip_prefix('[').map(|rest| rest.strip_suffix(']')) {
            Some(Some(address)) => address,
            Some(None) => return Err(refused()),
            None if host.contains(':') => return Err(refused()),
            None => host,
        };
        match port.parse() {
            Ok(port @ 1..) if is_host(host) => Ok(Self::new(host, port)),
            _ => Err(refused()),
        }
    }
}

/// Letters that names and addresses have; nothing that could end a URL's host.
fn is_host(text: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%');
    !text.is_empty() && text.chars().all(allowed)
}

/// How a server is spoken to.
#[derive(Debug, Clone)]
pub struct Options {
    /// How messages are told apart.
    pub transport: Transport,
    /// TLS, when the server has it.
    pub tls: Option<Tls>,
    /// How the server learns who we are.
    pub auth: Auth,
    /// The longest wait for a TCP connection, for each address of the host.
    pub connect_timeout: Duration,
    /// The longest silence of the server while we wait for it, and the longest that a
    /// write may stall.
    pub read_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            transport: Transport::Buffered,
            tls: None,
            auth: Auth::None,
            connect_timeout: Duration::from_secs(20),
            read_timeout: Duration::from_secs(600),
        }
    }
}

/// How messages are told apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Transport {
    /// Not at all: their own structure shows where they end. After SASL, which has frames of
    /// its own, the same as `Framed`.
    #[default]
    Buffered,
    /// Each is led by its length in four bytes.
    Framed,
    /// Each is the body of a POST.
    Http {
        /// The path in the URL, with or without the leading slash.
        path: String,
    },
}

/// Whom to trust, and how to be trusted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tls {
    /// Who may vouch for the server.
    pub authorities: Authorities,
    /// What vouches for us, when the server asks.
    pub identity: Option<Identity>,
}

/// Who may vouch for a server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Authorities {
    /// Those that the operating system trusts.
    #[default]
    System,
    /// Those of a PEM file.
    File(PathBuf),
}

/// A client certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// A PEM file: our certificate, then those between it and the authority.
    pub certificates: PathBuf,
    /// A PEM file with the private key.
    pub key: PathBuf,
}

/// How a server learns who we are.
#[derive(Debug, Clone, Default)]
pub enum Auth {
    /// Not from the wire; over HTTP, not at all.
    #[default]
    None,
    /// A name without a proof: over HTTP a header, elsewhere nothing on the wire.
    Claimed {
        /// The user.
        user: String,
    },
    /// A name and a password: SASL PLAIN, or HTTP's Basic.
    Plain {
        /// The user.
        user: String,
        /// The password; servers that check none still want one that is not empty.
        password: Secret,
    },
    /// A Kerberos ticket: SASL GSSAPI, or HTTP's Negotiate.
    Kerberos(Kerberos),
}

/// Whom we expect to speak to, and as whom.
#[derive(Debug, Clone)]
pub struct Kerberos {
    /// The server's principal, `hive/_HOST@REALM`; `_HOST` becomes the host that is dialled.
    pub service: String,
    /// Who we are.
    pub login: Arc<Login>,
    /// The least protection that we accept; over HTTP, TLS is what protects.
    pub protection: Protection,
}

/// What SASL does with the messages after it (`sasl.qop`, `hadoop.rpc.protection`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Protection {
    /// Nothing (`auth`, `authentication`).
    #[default]
    Authentication,
    /// They cannot be altered unnoticed (`auth-int`, `integrity`).
    Integrity,
    /// They cannot be read either (`auth-conf`, `privacy`).
    Confidentiality,
}

impl std::fmt::Display for Protection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Authentication => "auth",
            Self::Integrity => "auth-int",
            Self::Confidentiality => "auth-conf",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_read_as_they_are_shown() {
        for text in ["hive.example.org:10000", "10.0.0.7:9083", "[2001:db8::7]:9083"] {
            assert_eq!(text.parse::<Endpoint>().expect("an endpoint").to_string(), text);
        }
        for text in ["", "host", "host:", ":1", "host:0", "host:70000", "::1:1", "[::1:1", "a/b:1"]
        {
            assert!(text.parse::<Endpoint>().is_err(), "{text}");
        }
    }
}
