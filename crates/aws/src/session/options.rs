//! How one side logs in: where to, as whom, and by which role. Secrets are never written
//! here, only where they are found.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// How to reach the services of one side. The default takes everything from where Amazon's
/// own tools take it: the environment, `~/.aws`, the machine's role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct AwsOptions {
    /// The region; else the one of the environment or the profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The URL of a server that is not Amazon's: `https://objects.example.com`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint_url: Option<String>,
    /// Whether a bucket is named in the path or in the host name.
    pub addressing: Addressing,
    /// Whether checksums go with every request, or only where a server insists.
    pub checksums: Checksums,
    /// Where credentials are found.
    pub credentials: Credentials,
    /// The profile in the files of Amazon's tools.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// A file of credentials in place of `~/.aws/credentials`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credentials_file: Option<PathBuf>,
    /// A file of certificates, in PEM form, of the authorities that vouch for the servers, in
    /// place of the system's [default: the one that `AWS_CA_BUNDLE` names, if it is set].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// A role to take on with those credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
}

/// Whether a bucket is named in the path or in the host name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Addressing {
    /// In the path on a server of one's own, in the host name at Amazon.
    #[default]
    Auto,
    /// `https://host/bucket/key`.
    Path,
    /// `https://bucket.host/key`.
    Host,
}

/// Whether checksums go with every request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Checksums {
    /// With every object written; the server keeps them, which proves later copies.
    #[default]
    WhenSupported,
    /// Only where a request is refused without: for servers that do not know them.
    WhenRequired,
}

/// Where credentials are found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Credentials {
    /// Environment, files, container, machine: the first that has any.
    #[default]
    Chain,
    /// `AWS_ACCESS_KEY_ID` and its like, and nowhere else.
    Environment,
    /// Requests are not signed: for buckets that everyone may read.
    Anonymous,
}

/// A role to take on. Its sessions are renewed before they end, also in mid-run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Role {
    /// `arn:aws:iam::123456789012:role/mover`.
    pub arn: String,
    /// What the role's owner agreed on with us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The name under which the owner's log shows us [default: `boatlift`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_name: Option<String>,
}

impl AwsOptions {
    /// Looks at what the types cannot tell.
    ///
    /// # Errors
    /// The key that is wrong, and why.
    pub fn check(&self) -> Result<(), String> {
        if let Some(url) = &self.endpoint_url {
            let plain = url.starts_with("https://") || url.starts_with("http://");
            if !plain || url.contains('@') || url.contains('?') {
                return Err("endpoint-url: it is https://host, without user and question".into());
            }
        }
        if self.credentials != Credentials::Chain && self.profile.is_some() {
            return Err("profile: it goes with `credentials: chain`".into());
        }
        match &self.role {
            Some(role) if !role.arn.starts_with("arn:") => {
                Err(format!("role.arn: `{}` is no ARN", role.arn))
            }
            Some(_) if self.credentials == Credentials::Anonymous => {
                Err("role: nobody without a name may take on a role".into())
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_meant_is_refused_by_key() {
        let role = |arn: &str| Some(Role { arn: arn.into(), ..Role::default() });
        let good = AwsOptions { role: role("arn:aws:iam::1:role/a"), ..AwsOptions::default() };
        assert_eq!(good.check(), Ok(()));
        for (options, key) in [
            (AwsOptions { endpoint_url: Some("host:9000".into()), ..AwsOptions::default() }, "end"),
            (AwsOptions { role: role("mover"), ..AwsOptions::default() }, "role.arn"),
            (AwsOptions { credentials: Credentials::Anonymous, ..good.clone() }, "role"),
            (
                AwsOptions {
                    credentials: Credentials::Environment,
                    profile: Some("old".into()),
                    ..AwsOptions::default()
                },
                "profile",
            ),
        ] {
            let why = options.check().expect_err(key);
            assert!(why.starts_with(key), "{why}");
        }
    }
}
