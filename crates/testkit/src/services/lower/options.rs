//! What a test chooses of LOWER.

use crate::services::error::ServiceError;
use crate::services::kerberos::Security;
use crate::services::network::Network;
use crate::services::ports::free_port;
use std::path::PathBuf;

/// As whom HiveServer2 works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DoAs {
    /// As itself, `hive`.
    Server,
    /// As whoever opened the session.
    User,
}

/// Whether the metastore keeps a log of what happened, for those who follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notifications {
    /// `DbNotificationListener` writes it.
    On,
    /// As a Hive 1.2 is that nobody has configured: there is no log.
    Off,
}

/// How the metastore's messages are parted on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// They are not: the default.
    Buffered,
    /// Each has its length in front.
    Framed,
}

/// The ports of LOWER.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LowerPorts {
    /// HiveServer2.
    pub hive_server2: u16,
    /// The metastore.
    pub metastore: u16,
    /// The NameNode's RPC.
    pub name_node: u16,
    /// The NameNode's HTTP, with WebHDFS.
    pub name_node_http: u16,
    /// The DataNode's block transfer.
    pub data_node: u16,
    /// The DataNode's HTTP.
    pub data_node_http: u16,
    /// The DataNode's RPC.
    pub data_node_ipc: u16,
}

impl LowerPorts {
    /// Free ports on loopback.
    ///
    /// # Errors
    /// When there are none.
    pub fn free() -> Result<Self, ServiceError> {
        Ok(LowerPorts {
            hive_server2: free_port()?,
            metastore: free_port()?,
            name_node: free_port()?,
            name_node_http: free_port()?,
            data_node: free_port()?,
            data_node_http: free_port()?,
            data_node_ipc: free_port()?,
        })
    }
}

/// What a test chooses. [`LowerOptions::new`] has the usual.
#[derive(Debug, Clone)]
pub struct LowerOptions {
    /// A folder to keep; none for a temporary one.
    pub directory: Option<PathBuf>,
    /// Where the services listen.
    pub ports: LowerPorts,
    /// As whom HiveServer2 works.
    pub do_as: DoAs,
    /// Whether the metastore keeps a log of events.
    pub notifications: Notifications,
    /// How the metastore speaks.
    pub metastore_transport: Transport,
    /// How users prove who they are.
    pub security: Security,
    /// Where the services live.
    pub network: Network,
    /// Further properties of `core-site.xml`, after ours.
    pub core_site: Vec<(String, String)>,
    /// Further properties of `hdfs-site.xml`, after ours.
    pub hdfs_site: Vec<(String, String)>,
    /// Further properties of `hive-site.xml`, after ours.
    pub hive_site: Vec<(String, String)>,
}

impl LowerOptions {
    /// Free ports, a temporary folder, no security, events on.
    ///
    /// # Errors
    /// When no port is free.
    pub fn new() -> Result<Self, ServiceError> {
        Ok(LowerOptions {
            directory: None,
            ports: LowerPorts::free()?,
            do_as: DoAs::Server,
            notifications: Notifications::On,
            metastore_transport: Transport::Buffered,
            security: Security::Simple,
            network: Network::Host,
            core_site: Vec::new(),
            hdfs_site: Vec::new(),
            hive_site: Vec::new(),
        })
    }

    /// The host in every URL. Kerberos knows services by name, not by address.
    pub(super) fn host(&self) -> String {
        match &self.security {
            Security::Simple => self.network.address().to_string(),
            Security::Kerberos(_) => "localhost".to_owned(),
        }
    }

    pub(super) fn hdfs_url(&self) -> String {
        format!("hdfs://{}:{}", self.host(), self.ports.name_node)
    }

    pub(super) fn metastore_uri(&self) -> String {
        format!("thrift://{}:{}", self.host(), self.ports.metastore)
    }
}
