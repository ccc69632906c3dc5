//! How to reach a cluster: each store has its own, so that the two sides of a move can be
//! clients of two clusters that have nothing in common.

use super::errors::reason;
use super::url::HdfsUrl;
use boatlift_core::{Code, Error, Result};
use hdfs_native::{Client, ClientBuilder, HdfsError};
use std::collections::BTreeMap;
use std::path::PathBuf;
use tokio::runtime::Handle;

/// How to reach a cluster. The default takes everything from the environment, as Hadoop's
/// own tools do: `HADOOP_CONF_DIR` or `HADOOP_HOME`, `HADOOP_USER_NAME`, `KRB5CCNAME`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HdfsOptions {
    /// Where `core-site.xml` and `hdfs-site.xml` lie; name services are known by them.
    pub conf_dir: Option<PathBuf>,
    /// For whom requests are made on a cluster without Kerberos. A user in the URL wins.
    pub user: Option<String>,
    /// Settings by their Hadoop names; they win over the files.
    pub settings: BTreeMap<String, String>,
    /// Kerberos credentials other than those of the process.
    pub kerberos: Option<Kerberos>,
}

/// Kerberos credentials. Files are named, never read here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kerberos {
    /// The principal: `mover@EXAMPLE.COM`.
    pub principal: String,
    /// A keytab that holds the principal's key.
    pub keytab: Option<PathBuf>,
    /// A credential cache: `FILE:/run/mover.ccache`.
    pub cache: Option<String>,
}

/// The port of a NameNode whose URL names none and which is no name service.
const PORT: &str = ":8020";
/// How often the client tries to find an active NameNode before it gives up.
const ATTEMPTS: &str = "dfs.client.failover.max.attempts";

impl HdfsOptions {
    /// The same, for a first question: a cluster that is not there is told within seconds,
    /// where one that goes away during a move is waited for.
    pub(crate) fn impatient(&self) -> HdfsOptions {
        let mut options = self.clone();
        options.settings.entry(ATTEMPTS.to_owned()).or_insert_with(|| "3".to_owned());
        options
    }

    /// A client of the cluster that `url` names. Nothing is sent yet.
    pub(crate) fn client(&self, url: &HdfsUrl, handle: Handle) -> Result<Client> {
        let build = |cluster: &str| self.builder(url, cluster, handle.clone()).build();
        let built = match build(&url.cluster()) {
            // A host, then, and no name service.
            Err(HdfsError::InvalidArgument(_)) if is_host_alone(&url.authority) => {
                build(&format!("{}{PORT}", url.cluster()))
            }
            built => built,
        };
        built.map_err(|answer| {
            Error::new(Code::ServerRefused, "cannot set up a client for")
                .on(url)
                .because(reason(&answer))
        })
    }

    fn builder(&self, url: &HdfsUrl, cluster: &str, handle: Handle) -> ClientBuilder {
        let mut builder = ClientBuilder::new()
            .with_url(format!("{cluster}/"))
            .with_config(self.settings.iter().map(|(key, value)| (&**key, &**value)))
            .with_io_runtime(handle);
        if let Some(directory) = &self.conf_dir {
            builder = builder.with_config_dir(directory.to_string_lossy());
        }
        if let Some(user) = url.user.as_ref().or(self.user.as_ref()) {
            builder = builder.with_user(user);
        }
        if let Some(kerberos) = &self.kerberos {
            builder = builder.with_kerberos_principal(&kerberos.principal);
            if let Some(keytab) = &kerberos.keytab {
                builder = builder.with_kerberos_keytab(keytab.to_string_lossy());
            }
            if let Some(cache) = &kerberos.cache {
                builder = builder.with_kerberos_cache(cache);
            }
        }
        builder
    }
}

fn is_host_alone(authority: &str) -> bool {
    let after_address = authority.rsplit(']').next().unwrap_or(authority);
    !authority.is_empty() && !after_address.contains(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_no_configuration_knows_is_a_host() {
        let runtime = super::super::runtime::handle().expect("threads");
        let options = HdfsOptions { conf_dir: Some("/nowhere".into()), ..HdfsOptions::default() };
        for text in ["hdfs://nn.example.com/a", "hdfs://[::1]/a", "hdfs://nn:9000/a"] {
            let url = HdfsUrl::parse(text).expect("a URL");
            assert!(options.client(&url, runtime.clone()).is_ok(), "{text}");
        }
        let url = HdfsUrl::parse("hdfs:///a").expect("a URL");
        let error = options.client(&url, runtime).expect_err("no default file system");
        assert_eq!(error.code, Code::ServerRefused);
    }

    #[test]
    fn a_name_service_is_known_by_settings_alone() {
        let runtime = super::super::runtime::handle().expect("threads");
        let settings = [
            ("dfs.ha.namenodes.lake", "one,two"),
            ("dfs.namenode.rpc-address.lake.one", "one.example.com:8020"),
            ("dfs.namenode.rpc-address.lake.two", "two.example.com:8020"),
        ];
        let settings = settings.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let options = HdfsOptions { settings: settings.into(), ..HdfsOptions::default() };
        let url = HdfsUrl::parse("hdfs://lake/a").expect("a URL");
        let client = options.client(&url, runtime).expect("a client");
        let shown = format!("{client:?}");
        assert!(shown.contains("one.example.com:8020") && shown.contains("two.example.com:8020"));
    }
}
