//! How each service of an UPPER stack is started, and when it is ready.

use super::hadoop_config::HadoopConfig;
use super::jars::JarSets;
use super::ports::UpperPorts;
use super::{Part, UpperOptions, command, hive_config, metastore, web};
use crate::services::condition::Condition;
use crate::services::error::ServiceError;
use crate::services::java::{Java, Loading};
use crate::services::process::{Recipe, Service};
use crate::services::scratch::Scratch;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

const HDFS: &str = "org.apache.hadoop.hdfs.server";
const YARN: &str = "org.apache.hadoop.yarn.server";

/// Everything that is known before the first service starts.
pub(super) struct Plan<'a> {
    options: &'a UpperOptions,
    ports: UpperPorts,
    jars: JarSets,
    user: String,
    /// A folder of the class path: the pages that HDFS' servers insist on.
    pages: PathBuf,
    hive_conf: PathBuf,
    listener: PathBuf,
    /// The script that plays `hadoop`.
    pub(super) hadoop: PathBuf,
    /// Hadoop's configuration.
    pub(super) conf: PathBuf,
    /// Where services run and log.
    pub(super) logs: PathBuf,
}

impl<'a> Plan<'a> {
    /// Writes configuration, formats HDFS and puts an empty metastore in place; what a kept
    /// folder already has stays.
    pub(super) fn prepare(
        options: &'a UpperOptions,
        ports: UpperPorts,
        scratch: &Scratch,
    ) -> Result<Self, ServiceError> {
        let jars = JarSets::find()?;
        let (conf, hive_conf) = (scratch.folder("conf")?, scratch.folder("hive-conf")?);
        let logs = scratch.folder("logs")?;
        for server in ["hdfs", "datanode", "static"] {
            scratch.folder(&format!("pages/webapps/{server}"))?;
        }
        let user = user(&logs)?;
        let folder = scratch.path();
        let config = HadoopConfig { folder, ports: &ports, jars: &jars.hadoop, user: &user };
        config.write(&conf)?;
        hive_config::write(&config, options, &hive_conf)?;
        let database = folder.join("metastore");
        if !database.is_dir() {
            metastore::create_database(&jars, &database)?;
        }
        let listener = metastore::listener(&jars)?;
        let hadoop = command::write(folder, &conf, &jars.hadoop)?;
        let pages = scratch.folder("pages")?;
        let plan =
            Plan { options, ports, jars, user, pages, hive_conf, listener, hadoop, conf, logs };
        if !folder.join("namenode").is_dir() {
            let program = plan.hadoop_program(&format!("{HDFS}.namenode.NameNode"));
            let format = program.arguments(["-format", "-nonInteractive"]);
            format.recipe("format", &plan.logs)?.run()?;
        }
        Ok(plan)
    }

    pub(super) fn launch_namenode(&self) -> Result<Service, ServiceError> {
        let program = self.hadoop_program(&format!("{HDFS}.namenode.NameNode"));
        let words = &["\"NumLiveDataNodes\" : 1", "\"FSState\" : \"Operational\""];
        let state = "/jmx?qry=Hadoop:service=NameNode,name=FSNamesystemState";
        let ready = web::page_with(self.ports.namenode_http, state, words);
        Service::launch(program.recipe("namenode", &self.logs)?, ready)
    }

    pub(super) fn launch_datanode(&self) -> Result<Service, ServiceError> {
        let program = self.hadoop_program(&format!("{HDFS}.datanode.DataNode"));
        Service::launch(program.recipe("datanode", &self.logs)?, port(self.ports.datanode))
    }

    pub(super) fn launch_metastore(&self) -> Result<Service, ServiceError> {
        let program = self
            .hive_program("org.apache.hadoop.hive.metastore.HiveMetaStore")
            .heap_mebibytes(512)
            .arguments(["-p".to_owned(), self.ports.metastore.to_string()]);
        Service::launch(program.recipe("metastore", &self.logs)?, port(self.ports.metastore))
    }

    /// HiveServer2 asks the metastore while it starts.
    pub(super) fn launch_hive_server2(
        &self,
        metastore: &Service,
    ) -> Result<Option<Service>, ServiceError> {
        if self.options.hive_server2 == Part::Absent {
            return Ok(None);
        }
        metastore.wait_ready()?;
        let program =
            self.hive_program("org.apache.hive.service.server.HiveServer2").heap_mebibytes(1024);
        let ready = port(self.ports.hive_server2);
        Service::launch(program.recipe("hive-server2", &self.logs)?, ready).map(Some)
    }

    pub(super) fn launch_resource_manager(&self) -> Result<Option<Service>, ServiceError> {
        let class = format!("{YARN}.resourcemanager.ResourceManager");
        let page = "/ws/v1/cluster/metrics";
        let ready = web::page_with(self.ports.resource_manager_http, page, &["\"activeNodes\":1,"]);
        self.launch_yarn("resource-manager", &class, ready)
    }

    pub(super) fn launch_node_manager(&self) -> Result<Option<Service>, ServiceError> {
        let class = format!("{YARN}.nodemanager.NodeManager");
        self.launch_yarn("node-manager", &class, port(self.ports.node_manager_http))
    }

    fn launch_yarn(
        &self,
        name: &str,
        class: &str,
        ready: Condition,
    ) -> Result<Option<Service>, ServiceError> {
        if self.options.yarn == Part::Absent {
            return Ok(None);
        }
        let recipe = self.hadoop_program(class).heap_mebibytes(384).recipe(name, &self.logs)?;
        Service::launch(recipe.variable("JAVA_HOME", java_home()?), ready).map(Some)
    }

    /// Makes what Hive and MapReduce expect in HDFS.
    pub(super) fn make_folders(&self) -> Result<(), ServiceError> {
        let home = format!("/user/{}", self.user);
        let (managed, external) =
            (self.options.managed_warehouse(), self.options.external_warehouse());
        let folders = [("/tmp", "1777"), (&home, "755"), (&managed, "1777"), (&external, "1777")];
        folders.iter().try_for_each(|(path, mode)| {
            web::make_folder(self.ports.namenode_http, &self.user, path, mode)
        })
    }

    fn hadoop_program(&self, class: &str) -> Java {
        let all_jars = self.jars.hadoop.join("*");
        Java::new(class, Loading::Plain).class_path([&self.conf, &self.pages, &all_jars])
    }

    fn hive_program(&self, class: &str) -> Java {
        let all_jars = self.jars.hive.join("*");
        Java::new(class, Loading::Plain).class_path([&self.hive_conf, &self.listener, &all_jars])
    }
}

fn port(port: u16) -> Condition {
    Condition::port(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port))
}

/// The name that Hadoop gives us.
fn user(folder: &Path) -> Result<String, ServiceError> {
    let name = Recipe::new("id", "id", folder).arguments(["-un"]).run()?;
    Ok(name.trim().to_owned())
}

/// The installation behind `java`, which containers are started from.
fn java_home() -> Result<PathBuf, ServiceError> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let program = std::env::split_paths(&path).map(|folder| folder.join("java"));
    program
        .filter_map(|program| fs::canonicalize(program).ok())
        .find_map(|program| Some(program.parent()?.parent()?.to_path_buf()))
        .ok_or_else(|| ServiceError::setup("java is not on PATH"))
}
