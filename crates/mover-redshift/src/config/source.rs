//! The warehouse whose views are read: where it is, by which way, and as whom.

use super::endpoint::Endpoint;
use super::target::in_session;
use crate::views::Include;
use crate::wire::{Authorities, Encryption};
use boatlift_aws::s3::S3Options;
use boatlift_aws::session::AwsOptions;
use boatlift_core::secret::SecretPlace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A warehouse, and the account whose files its workload read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Source {
    /// `host:port/database`.
    pub endpoint: Endpoint,
    /// The cluster's identifier, where the host's name does not tell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// The workgroup's name, where the host's name does not tell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workgroup: Option<String>,
    /// By which way the database is asked, and as whom.
    pub login: Login,
    /// What to trust when it is asked over a connection.
    #[serde(default)]
    pub tls: TlsSettings,
    /// The account: for temporary logins, the Data API and the files.
    #[serde(default)]
    pub aws: AwsOptions,
    /// How files are read. Its session is the account's, unless it has one of its own.
    #[serde(default)]
    pub s3: S3Options,
}

/// By which way a database is asked, and as whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Login {
    /// Over a connection, with a password.
    Password {
        /// The user.
        user: String,
        /// Where the password is.
        password: SecretPlace,
    },
    /// Over a connection, with the login that a secret of Secrets Manager holds: its name or
    /// ARN.
    StoredSecret(String),
    /// Over a connection, with a temporary login for this user of a cluster's database.
    TemporaryUser(String),
    /// Over a connection, with a temporary login for the account's own identity.
    TemporaryIdentity,
    /// By the Data API, as this user of a cluster's database.
    DataApiUser(String),
    /// By the Data API, as the account's own identity.
    DataApiIdentity,
    /// By the Data API, with the login that a secret of Secrets Manager holds.
    DataApiSecret(String),
}

/// What to trust.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TlsSettings {
    /// The operating system's authorities; the server's name is checked.
    #[default]
    System,
    /// A file of certificates in PEM; the server's name is checked.
    Ca(PathBuf),
    /// No TLS: for a server behind a tunnel that protects the way.
    Off,
}

/// What else is moved than files of loads and scans that succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct IncludeSettings {
    /// Files of queries that failed or were aborted.
    pub failed: bool,
    /// Files that COPY only checked (`NOLOAD`).
    pub no_load: bool,
    /// Files that UNLOAD wrote.
    pub unloads: bool,
}

impl From<IncludeSettings> for Include {
    fn from(settings: IncludeSettings) -> Include {
        Include { failed: settings.failed, no_load: settings.no_load, unloads: settings.unloads }
    }
}

impl From<&TlsSettings> for Encryption {
    fn from(settings: &TlsSettings) -> Encryption {
        match settings {
            TlsSettings::System => Encryption::Verified(Authorities::System),
            TlsSettings::Ca(path) => Encryption::Verified(Authorities::File(path.clone())),
            TlsSettings::Off => Encryption::None,
        }
    }
}

impl Source {
    /// Looks at what the types cannot tell.
    ///
    /// # Errors
    /// Says which key is wrong, and why.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.cluster.is_some() && self.workgroup.is_some() {
            return Err("workgroup: a warehouse is a cluster or a workgroup, not both".into());
        }
        self.aws.check().map_err(|why| format!("aws.{why}"))?;
        let for_user = matches!(self.login, Login::TemporaryUser(_) | Login::DataApiUser(_));
        let by_name = !matches!(self.login, Login::Password { .. } | Login::StoredSecret(_));
        match self.name() {
            None if by_name => {
                let host = &self.endpoint.host;
                Err(format!(
                    "login: `{host}` does not tell the warehouse; set cluster or workgroup"
                ))
            }
            Some((name, true)) if for_user => Err(format!(
                "login: {name} is a workgroup, whose logins are the account's own identity"
            )),
            _ => Ok(()),
        }
    }

    /// The name of the cluster or workgroup, and whether it is a workgroup.
    #[must_use]
    pub fn name(&self) -> Option<(&str, bool)> {
        match (&self.cluster, &self.workgroup) {
            (Some(cluster), _) => Some((cluster, false)),
            (None, Some(workgroup)) => Some((workgroup, true)),
            (None, None) => self.endpoint.told().map(|told| (told.name, told.serverless)),
        }
    }

    /// How files are read, in the account's session where no other is named.
    #[must_use]
    pub fn objects(&self) -> S3Options {
        in_session(&self.s3, &self.aws)
    }

    /// The options of the account, with the region that the host's name tells where none is
    /// set.
    #[must_use]
    pub fn account(&self) -> AwsOptions {
        let told = self.endpoint.told().map(|told| told.region.to_owned());
        AwsOptions { region: self.aws.region.clone().or(told), ..self.aws.clone() }
    }
}
