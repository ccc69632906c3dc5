//! One cluster: how its metastore, HiveServer2 and file system are reached.

use super::secret::Secret;
use boatlift_clients::hiveserver2::Url;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// One side of a move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Cluster {
    /// The Hive Metastore.
    pub metastore: Metastore,
    /// HiveServer2, for the strategies and checks that run SQL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hive_server2: Option<HiveServer2>,
    /// The file system that its paths mean: `hdfs://lower:8020`, `s3a://bucket/warehouse`.
    pub namespace: String,
    /// Other names that tables have for the same file system: a host from before there was a
    /// name service, an address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub namespace_aliases: Vec<String>,
    /// A directory with `core-site.xml` and `hdfs-site.xml`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hadoop_conf: Option<PathBuf>,
    /// Hive 1 or 2, whose managed tables are files that any engine may read: they become
    /// external tables on UPPER and are marked as legacy managed.
    #[serde(default)]
    pub legacy_hive: bool,
    /// Whom servers without authentication are told to act for. Otherwise the user of the
    /// process, or `HADOOP_USER_NAME`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Who we are in this cluster's realm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kerberos: Option<Kerberos>,
}

/// Where a metastore listens, and what it wants to hear first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Metastore {
    /// `thrift://host:9083`, tried in this order.
    pub uris: Vec<String>,
    /// How messages are framed.
    #[serde(default)]
    pub transport: Transport,
    /// TLS, when the server asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
    /// How it learns who we are.
    #[serde(default)]
    pub auth: Auth,
}

/// How Thrift messages travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// One after the other: Hive's default.
    #[default]
    Buffered,
    /// Each led by its length (`hive.metastore.thrift.framed.transport.enabled`).
    Framed,
    /// Each the body of a POST (Hive 4).
    Http,
}

/// What to trust.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Tls {
    /// A file of certificates in PEM; without it, those of the operating system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<PathBuf>,
}

/// How a server learns who we are.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Auth {
    /// It believes the user's name that we state.
    #[default]
    None,
    /// SASL PLAIN.
    Plain(Plain),
    /// SASL GSSAPI, with the ticket of the cluster's `kerberos`.
    Kerberos(Service),
}

/// A name and a password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Plain {
    /// The user.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// Whom we expect to speak to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Service {
    /// The server's principal: `hive/_HOST@REALM`; `_HOST` becomes the host of the URI.
    pub service: String,
}

/// Who we are in a realm.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Kerberos {
    /// Our principal; without it, that of the ticket cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// The keytab from which tickets are renewed for as long as a run lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keytab: Option<PathBuf>,
}

/// HiveServer2 as JDBC names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct HiveServer2 {
    /// `jdbc:hive2://host:10000/default;transportMode=http;...`
    pub uri: String,
    /// The user, unless the URI has a `principal`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
}

impl Cluster {
    /// Looks at what the types cannot tell.
    ///
    /// # Errors
    /// Says which key is wrong, and why.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.metastore.uris.is_empty() {
            return Err("metastore.uris: no URI".into());
        }
        for uri in &self.metastore.uris {
            check_metastore(uri).map_err(|why| format!("metastore.uris: `{uri}` {why}"))?;
        }
        if let Some(server) = &self.hive_server2 {
            Url::parse(&server.uri).map_err(|why| format!("hive-server2.uri: {why}"))?;
        }
        if let Auth::Kerberos(service) = &self.metastore.auth
            && !service.service.contains('/')
        {
            return Err(format!(
                "metastore.auth.kerberos.service: `{}` is no principal of the form hive/_HOST@REALM",
                service.service
            ));
        }
        Ok(())
    }
}

/// Whether a metastore's URI has scheme, host and port.
fn check_metastore(uri: &str) -> Result<(), &'static str> {
    let place = ["thrift://", "http://", "https://"].iter().find_map(|s| uri.strip_prefix(s));
    let place = place.ok_or("does not begin with thrift://, http:// or https://")?;
    let authority = place.split('/').next().unwrap_or_default();
    let (host, port) = authority.rsplit_once(':').ok_or("has no port")?;
    if host.is_empty() {
        return Err("has no host");
    }
    match port.parse::<u16>() {
        Ok(1..) => Ok(()),
        _ => Err("has no port from 1 to 65535"),
    }
}
