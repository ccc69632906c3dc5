//! What a test chooses of UPPER.

use crate::services::error::ServiceError;
use crate::services::kerberos::Security;
use crate::services::lower::{DoAs, Notifications};
use crate::services::ports::free_port;
use crate::services::s3::S3Endpoint;
use std::path::PathBuf;

/// Whether a part of the stack runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// It is not started.
    Absent,
    /// It is started with the stack.
    Running,
}

/// The ports of UPPER, one per service and protocol.
///
/// YARN's shuffle service has no setting for its address and listens on every one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpperPorts {
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
    /// The ResourceManager's RPC for clients.
    pub resource_manager: u16,
    /// The ResourceManager's RPC for the masters of applications.
    pub scheduler: u16,
    /// The ResourceManager's RPC for NodeManagers.
    pub tracker: u16,
    /// The ResourceManager's RPC for administrators.
    pub resource_manager_admin: u16,
    /// The ResourceManager's REST.
    pub resource_manager_http: u16,
    /// The NodeManager's RPC.
    pub node_manager: u16,
    /// The NodeManager's localizer.
    pub localizer: u16,
    /// The NodeManager's REST.
    pub node_manager_http: u16,
    /// The shuffle service.
    pub shuffle: u16,
}

impl UpperPorts {
    /// Free ports on loopback.
    ///
    /// # Errors
    /// When there are too few.
    pub fn free() -> Result<Self, ServiceError> {
        Self::each(|_offset| free_port())
    }

    /// Ports at fixed places above a base, at most 65,000: the metastore at base + 83.
    ///
    /// # Errors
    /// When the base is larger.
    pub fn from_base(base: u16) -> Result<Self, ServiceError> {
        if base > 65_000 {
            return Err(ServiceError::setup(format!("no room for ports above {base}")));
        }
        Self::each(|offset| Ok(base + offset))
    }

    fn each(port: impl Fn(u16) -> Result<u16, ServiceError>) -> Result<Self, ServiceError> {
        Ok(UpperPorts {
            hive_server2: port(0)?,
            metastore: port(83)?,
            name_node: port(20)?,
            name_node_http: port(70)?,
            data_node: port(66)?,
            data_node_http: port(64)?,
            data_node_ipc: port(67)?,
            resource_manager: port(32)?,
            scheduler: port(30)?,
            tracker: port(31)?,
            resource_manager_admin: port(33)?,
            resource_manager_http: port(88)?,
            node_manager: port(42)?,
            localizer: port(40)?,
            node_manager_http: port(43)?,
            shuffle: port(45)?,
        })
    }
}

/// What a test chooses. [`UpperOptions::new`] has the usual.
#[derive(Debug, Clone)]
pub struct UpperOptions {
    /// A folder to keep; none for a temporary one.
    pub directory: Option<PathBuf>,
    /// Where the services listen.
    pub ports: UpperPorts,
    /// ResourceManager and NodeManager, for DistCp.
    pub yarn: Part,
    /// HiveServer2, for HiveQL.
    pub hive_server2: Part,
    /// As whom HiveServer2 works.
    pub do_as: DoAs,
    /// Whether the metastore keeps a log of events.
    pub notifications: Notifications,
    /// How users prove who they are.
    pub security: Security,
    /// The path in HDFS that both warehouses lie under, without a slash at its end.
    pub warehouse: String,
    /// A server whose buckets Hive reads as `s3a://`; without one it knows no such locations.
    pub buckets: Option<S3Endpoint>,
    /// Further properties of `core-site.xml`, after ours.
    pub core_site: Vec<(String, String)>,
    /// Further properties of `hdfs-site.xml`, after ours.
    pub hdfs_site: Vec<(String, String)>,
    /// Further properties of `hive-site.xml`, after ours.
    pub hive_site: Vec<(String, String)>,
}

impl UpperOptions {
    /// Free ports, a temporary folder, HiveServer2 but no YARN, no security, events on, no
    /// buckets.
    ///
    /// # Errors
    /// When too few ports are free.
    pub fn new() -> Result<Self, ServiceError> {
        Ok(UpperOptions {
            directory: None,
            ports: UpperPorts::free()?,
            yarn: Part::Absent,
            hive_server2: Part::Running,
            do_as: DoAs::Server,
            notifications: Notifications::On,
            security: Security::Simple,
            warehouse: "/warehouse/tablespace".to_owned(),
            buckets: None,
            core_site: Vec::new(),
            hdfs_site: Vec::new(),
            hive_site: Vec::new(),
        })
    }

    /// The path under which new databases have their managed tables.
    pub fn managed_warehouse(&self) -> String {
        format!("{}/managed/hive", self.warehouse)
    }

    /// The path under which new databases have their external tables.
    pub fn external_warehouse(&self) -> String {
        format!("{}/external/hive", self.warehouse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_puts_every_service_at_its_known_place() {
        let ports = UpperPorts::from_base(23_000).expect("room");
        let known = (ports.hive_server2, ports.metastore, ports.name_node, ports.name_node_http);
        assert_eq!(known, (23_000, 23_083, 23_020, 23_070));
        assert_eq!(ports.resource_manager_http, 23_088);
        assert!(UpperPorts::from_base(65_001).is_err());
    }
}
