//! The UPPER side of a Hive move: Hadoop 3.4 (HDFS with WebHDFS, permissions and ACLs, and on
//! demand YARN with DistCp) and Hive 4.0 (metastore with Derby and a notification log, and
//! on demand HiveServer2 with Tez inside). No security, everything on loopback.
//!
//! The user who runs the test is HDFS' superuser. What is in HDFS and in the metastore goes
//! with the stack, unless its folder was named.

mod cached;
mod command;
mod hadoop_config;
mod hive_config;
mod jars;
mod metastore;
mod ports;
mod services;
mod web;

pub use ports::UpperPorts;

use super::error::ServiceError;
use super::process::Service;
use super::scratch::Scratch;
use hadoop_config::at;
use services::Plan;
use std::path::{Path, PathBuf};

/// Whether a part of the stack runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// It is not started.
    Absent,
    /// It is started with the stack.
    Running,
}

/// In whose name HiveServer2 touches HDFS and the metastore (`hive.server2.enable.doAs`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunAs {
    /// The user who runs the service.
    Service,
    /// The user who opened the session.
    Caller,
}

/// What a stack has, and where.
#[derive(Debug, Clone)]
pub struct UpperOptions {
    /// ResourceManager and NodeManager, for DistCp.
    pub yarn: Part,
    /// HiveServer2, for HiveQL.
    pub hive_server2: Part,
    /// In whose name queries run.
    pub queries_run_as: RunAs,
    /// Where services listen; free ports when none are given.
    pub ports: Option<UpperPorts>,
    /// The path in HDFS that both warehouses lie under, without a slash at its end.
    pub warehouse: String,
    /// A folder that keeps configuration, data and logs; a temporary one when none is given.
    pub folder: Option<PathBuf>,
}

impl Default for UpperOptions {
    /// HDFS, metastore and HiveServer2 on free ports in a temporary folder.
    fn default() -> Self {
        UpperOptions {
            yarn: Part::Absent,
            hive_server2: Part::Running,
            queries_run_as: RunAs::Service,
            ports: None,
            warehouse: "/warehouse/tablespace".to_owned(),
            folder: None,
        }
    }
}

impl UpperOptions {
    /// The path of new databases' managed tables.
    pub fn managed_warehouse(&self) -> String {
        format!("{}/managed/hive", self.warehouse)
    }

    /// The path of new databases' external tables.
    pub fn external_warehouse(&self) -> String {
        format!("{}/external/hive", self.warehouse)
    }
}

/// A running stack. Dropped, its services end in the order of its fields: those that use
/// others first.
#[derive(Debug)]
pub struct UpperStack {
    hive_server2: Option<Service>,
    metastore: Service,
    node_manager: Option<Service>,
    resource_manager: Option<Service>,
    datanode: Service,
    namenode: Service,
    options: UpperOptions,
    ports: UpperPorts,
    hadoop: PathBuf,
    conf: PathBuf,
    logs: PathBuf,
    _scratch: Scratch,
}

impl UpperStack {
    /// Starts the stack and returns when every part of it takes work.
    ///
    /// # Errors
    /// When a set of jars is missing, or a service does not become ready; with the end of
    /// its log.
    pub fn start(options: UpperOptions) -> Result<Self, ServiceError> {
        let ports = options.ports.map_or_else(UpperPorts::free, Ok)?;
        let scratch = Scratch::at(options.folder.as_deref(), "upper")?;
        let plan = Plan::prepare(&options, ports, &scratch)?;
        let namenode = plan.launch_namenode()?;
        let datanode = plan.launch_datanode()?;
        let metastore = plan.launch_metastore()?;
        let resource_manager = plan.launch_resource_manager()?;
        let node_manager = plan.launch_node_manager()?;
        namenode.wait_ready()?;
        datanode.wait_ready()?;
        plan.make_folders()?;
        let hive_server2 = plan.launch_hive_server2(&metastore)?;
        let optional = [&resource_manager, &node_manager, &hive_server2];
        for service in optional.into_iter().flatten().chain([&metastore]) {
            service.wait_ready()?;
        }
        let Plan { hadoop, conf, logs, .. } = plan;
        Ok(UpperStack {
            hive_server2,
            metastore,
            node_manager,
            resource_manager,
            datanode,
            namenode,
            options,
            ports,
            hadoop,
            conf,
            logs,
            _scratch: scratch,
        })
    }

    /// `thrift://127.0.0.1:PORT` of the metastore.
    pub fn metastore_uri(&self) -> String {
        format!("thrift://{}", at(self.ports.metastore))
    }

    /// `jdbc:hive2://127.0.0.1:PORT`; SASL PLAIN with any user and password.
    pub fn hive_server2_url(&self) -> String {
        format!("jdbc:hive2://{}", at(self.ports.hive_server2))
    }

    /// `hdfs://127.0.0.1:PORT`.
    pub fn hdfs_url(&self) -> String {
        format!("hdfs://{}", at(self.ports.namenode))
    }

    /// `http://127.0.0.1:PORT/webhdfs/v1`.
    pub fn webhdfs_url(&self) -> String {
        format!("http://{}/webhdfs/v1", at(self.ports.namenode_http))
    }

    /// `http://127.0.0.1:PORT` of the ResourceManager; its REST is below `/ws/v1/cluster`.
    pub fn resource_manager_url(&self) -> String {
        format!("http://{}", at(self.ports.resource_manager_http))
    }

    /// A folder with the configuration of Hadoop's clients (`HADOOP_CONF_DIR`).
    pub fn conf_dir(&self) -> &Path {
        &self.conf
    }

    /// The folder with `NAME.log` of every service.
    pub fn logs_dir(&self) -> &Path {
        &self.logs
    }

    /// A program that plays `hadoop` for this stack: `PROGRAM distcp SOURCE TARGET`.
    pub fn distcp_command(&self) -> &Path {
        &self.hadoop
    }

    /// What it was started with.
    pub fn options(&self) -> &UpperOptions {
        &self.options
    }

    /// Where its services listen.
    pub fn ports(&self) -> &UpperPorts {
        &self.ports
    }

    /// The metastore's process.
    pub fn metastore(&self) -> &Service {
        &self.metastore
    }

    /// HiveServer2's process, when it was asked for.
    pub fn hive_server2(&self) -> Option<&Service> {
        self.hive_server2.as_ref()
    }

    /// The NameNode's process.
    pub fn namenode(&self) -> &Service {
        &self.namenode
    }

    /// The DataNode's process.
    pub fn datanode(&self) -> &Service {
        &self.datanode
    }

    /// The ResourceManager's process, when YARN was asked for.
    pub fn resource_manager(&self) -> Option<&Service> {
        self.resource_manager.as_ref()
    }

    /// The NodeManager's process, when YARN was asked for.
    pub fn node_manager(&self) -> Option<&Service> {
        self.node_manager.as_ref()
    }
}
