//! Where the services of an UPPER stack listen.

use crate::services::error::ServiceError;
use crate::services::ports::free_port;

/// One port on 127.0.0.1 per service and protocol.
///
/// YARN's shuffle service is the exception: it has no setting for its address and listens
/// on every one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpperPorts {
    /// HiveServer2, binary Thrift.
    pub hive_server2: u16,
    /// The metastore's Thrift.
    pub metastore: u16,
    /// The NameNode's RPC: the port in `hdfs://` addresses.
    pub namenode: u16,
    /// The NameNode's HTTP: WebHDFS and `/jmx`.
    pub namenode_http: u16,
    /// The DataNode's transfers.
    pub datanode: u16,
    /// The DataNode's HTTP, to which WebHDFS redirects.
    pub datanode_http: u16,
    /// The DataNode's RPC.
    pub datanode_ipc: u16,
    /// The ResourceManager's RPC for clients.
    pub resource_manager: u16,
    /// The ResourceManager's RPC for application masters.
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
    /// Ports that nobody listens on.
    ///
    /// # Errors
    /// When too few are left.
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
            namenode: port(20)?,
            namenode_http: port(70)?,
            datanode: port(66)?,
            datanode_http: port(64)?,
            datanode_ipc: port(67)?,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_puts_every_service_at_its_known_place() {
        let ports = UpperPorts::from_base(23_000).expect("room");
        let known = (ports.hive_server2, ports.metastore, ports.namenode, ports.namenode_http);
        assert_eq!(known, (23_000, 23_083, 23_020, 23_070));
        assert_eq!(ports.resource_manager_http, 23_088);
        assert!(UpperPorts::from_base(65_001).is_err());
    }
}
