//! JDBC URIs: `jdbc:hive2://host:port,.../database;settings?configuration#variables`.
//!
//! Everything in a URI is either put to use, refused with a reason, or named as ignored.
//! Source: Hive, `org.apache.hive.jdbc.Utils` and `HiveConnection`.

mod parts;
mod settings;
mod target;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use self::parts::Parts;
use self::settings::Settings;
use crate::wire::{Endpoint, Secret};

pub use target::{Credentials, Target};

/// Where HiveServer2 listens and how it wants to be spoken to.
#[derive(Clone)]
pub struct Url {
    endpoints: Vec<Endpoint>,
    database: String,
    settings: Settings,
    /// What the session starts with, under the names that OpenSession takes.
    configuration: BTreeMap<String, String>,
}

/// Why a URI cannot be used. Values are not repeated: they may be passwords.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Another scheme.
    #[error("the URI does not begin with jdbc:hive2://")]
    Scheme,
    /// No host, or none that is one.
    #[error("{0:?} is no host and port")]
    Host(String),
    /// Too many hosts.
    #[error("the URI names more than {0} servers")]
    Hosts(usize),
    /// A part that is no pair.
    #[error("a part of the URI is not of the form key=value")]
    Pair,
    /// A value that the key does not take.
    #[error("{key} in the URI must be {expected}")]
    Value {
        /// The key.
        key: &'static str,
        /// What it takes.
        expected: &'static str,
    },
    /// Something that is not supported.
    #[error("{what} in the URI is not supported: {instead}")]
    Unsupported {
        /// What.
        what: &'static str,
        /// What to do instead.
        instead: &'static str,
    },
    /// Kerberos without a login.
    #[error("the URI has a principal, so that a Kerberos login is needed, and there is none")]
    Login,
}

impl Url {
    /// Reads a URI.
    ///
    /// # Errors
    /// Says what is wrong and what to write instead.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let mut parts = Parts::split(text)?;
        let settings = Settings::take(&mut parts)?;
        let hiveconf = parts
            .configuration
            .into_iter()
            .map(|(key, value)| (format!("set:hiveconf:{key}"), value));
        let hivevar =
            parts.variables.into_iter().map(|(key, value)| (format!("set:hivevar:{key}"), value));
        let mut configuration: BTreeMap<_, _> = hiveconf.chain(hivevar).collect();
        if let Some(user) = &settings.proxy_user {
            configuration.insert("hive.server2.proxy.user".into(), user.clone());
        }
        Ok(Self { endpoints: parts.endpoints, database: parts.database, settings, configuration })
    }

    /// The servers, all of one installation.
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// The database that sessions start in.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The server's principal, if the URI asks for Kerberos: `hive/_HOST@REALM`.
    pub fn principal(&self) -> Option<&str> {
        self.settings.principal.as_deref()
    }

    /// The user that the URI names.
    pub fn user(&self) -> Option<&str> {
        self.settings.user.as_deref()
    }

    /// Keys that have no effect here, in alphabetical order.
    pub fn ignored(&self) -> &[String] {
        &self.settings.ignored
    }

    /// The password that the URI names.
    pub fn password(&self) -> Option<&Secret> {
        self.settings.password.as_ref()
    }
}

/// Servers and database alone: everything else may be a secret.
impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts: Vec<_> = self.endpoints.iter().map(Endpoint::to_string).collect();
        write!(f, "jdbc:hive2://{}/{}", hosts.join(","), self.database)
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
