//! UPPER: the new cluster. HDFS 3.4 with permissions, ACLs and WebHDFS, a Hive 4.0 metastore
//! with Derby below; on demand HiveServer2 4.0 with Tez inside it, and YARN for DistCp. One
//! process each, as Apache released them, with Kerberos or without security.
//!
//! The superuser of HDFS is `hdfs`, Hive runs as `hive`, YARN as `yarn`. The metastore
//! translates what it is asked to create, as a Hive 4 does that nobody has configured, and
//! tables can be transactional. Entries of its notification log are written by a listener of
//! ours: see `java/NotificationWriter.java`.

mod cached;
mod command;
mod hadoop_config;
mod hive_config;
mod jars;
mod metastore;
mod name_service;
mod options;
mod programs;

pub use name_service::NameService;
pub use options::{Part, UpperOptions, UpperPorts};

use super::condition::Condition;
use super::endpoints::Endpoints;
use super::error::ServiceError;
use super::http;
use super::kerberos::Security;
use super::process::Service;
use super::s3::S3Endpoint;
use super::scratch::Scratch;
use hadoop_config::{at, url};
use programs::Programs;
use serde::Serialize;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Who owns HDFS.
pub const SUPERUSER: &str = "hdfs";
/// Who runs the metastore and HiveServer2.
pub const HIVE_USER: &str = "hive";
/// Who runs YARN.
pub const YARN_USER: &str = "yarn";

/// Folders in HDFS that everybody may write to, besides the warehouses.
const OPEN_FOLDERS: &[&str] =
    &["/", "/tmp", "/tmp/hive", "/tmp/hadoop-yarn/staging", "/user", "/data"];

/// What a test needs to know of a running stack; also what the `stacks` program prints.
#[derive(Debug, Clone, Serialize)]
pub struct UpperEndpoints {
    /// What every stack has. HiveServer2's address is there even when it is absent.
    #[serde(flatten)]
    pub common: Endpoints,
    /// The ResourceManager's REST as `http://HOST:PORT`, without `/ws/v1`; none without YARN.
    pub resource_manager: Option<String>,
    /// The program that plays `hadoop`.
    pub hadoop: PathBuf,
}

/// The running stack; stopped when dropped. The services are public for tests of faults:
/// stop, kill, pause and restart them as needed.
#[derive(Debug)]
pub struct UpperStack {
    /// HiveServer2. Fields are dropped in this order, so the stack stops from its top.
    pub hive_server2: Option<Service>,
    /// The metastore.
    pub metastore: Service,
    /// YARN's only NodeManager.
    pub node_manager: Option<Service>,
    /// YARN's ResourceManager.
    pub resource_manager: Option<Service>,
    /// The only DataNode.
    pub data_node: Service,
    /// The NameNode.
    pub name_node: Service,
    programs: Programs,
    options: UpperOptions,
    scratch: Scratch,
}

impl UpperStack {
    /// Starts all of it and returns when every service answers, after about 20 seconds; 20
    /// more the first time on a machine, when the metastore's tables are made.
    ///
    /// A folder that was named in the options keeps its data: started again in it, the
    /// stack goes on with what was there.
    ///
    /// # Errors
    /// When the jars are not in the cache, or a service does not become ready; with the
    /// end of its log.
    pub fn start(options: UpperOptions) -> Result<Self, ServiceError> {
        let scratch = Scratch::at(options.directory.as_deref(), "upper")?;
        let programs = Programs::prepare(&options, &scratch)?;
        let ports = &options.ports;
        let name_node = Service::launch(programs.name_node()?, hdfs_ready(&options))?;
        let data_node = Service::launch(programs.data_node()?, port(ports.data_node))?;
        let metastore = Service::launch(programs.metastore()?, port(ports.metastore))?;
        let (resource_manager, node_manager) = match options.yarn {
            Part::Absent => (None, None),
            Part::Running => {
                let ready = yarn_ready(&options);
                let manager = Service::launch(programs.resource_manager()?, ready)?;
                let node =
                    Service::launch(programs.node_manager()?, port(ports.node_manager_http))?;
                (Some(manager), Some(node))
            }
        };
        name_node.wait_ready()?;
        programs.hdfs_commands(&open_folders(&options))?.run()?;
        metastore.wait_ready()?;
        let hive_server2 = match options.hive_server2 {
            Part::Absent => None,
            Part::Running => {
                programs.hdfs_commands(&programs.put_query_jar()?)?.run()?;
                Some(Service::start(programs.hive_server2()?, port(ports.hive_server2))?)
            }
        };
        for service in [&node_manager, &resource_manager].into_iter().flatten() {
            service.wait_ready()?;
        }
        Ok(UpperStack {
            hive_server2,
            metastore,
            node_manager,
            resource_manager,
            data_node,
            name_node,
            programs,
            options,
            scratch,
        })
    }

    /// Where everything answers.
    pub fn endpoints(&self) -> UpperEndpoints {
        let processes = self.services().into_iter();
        let common = Endpoints {
            hive_server2: self.hive_server2_url(),
            metastore: self.metastore_uri(),
            hdfs: self.hdfs_url(),
            webhdfs: self.webhdfs_url(),
            configuration: self.configuration(),
            logs: self.logs(),
            processes: processes
                .filter_map(|service| Some((service.name().to_owned(), service.process_id()?)))
                .collect(),
        };
        let resource_manager = self.resource_manager.is_some().then(|| self.resource_manager_url());
        UpperEndpoints { common, resource_manager, hadoop: self.distcp_command() }
    }

    /// HiveServer2 as `jdbc:hive2://HOST:PORT/`; any user and password without
    /// Kerberos.
    pub fn hive_server2_url(&self) -> String {
        format!("{}/", url("jdbc:hive2", self.options.ports.hive_server2))
    }

    /// The metastore as `thrift://HOST:PORT`.
    pub fn metastore_uri(&self) -> String {
        url("thrift", self.options.ports.metastore)
    }

    /// The file system as `hdfs://HOST:PORT`.
    pub fn hdfs_url(&self) -> String {
        url("hdfs", self.options.ports.name_node)
    }

    /// The server whose buckets Hive reads as `s3a://`; none without such.
    pub fn buckets(&self) -> Option<&S3Endpoint> {
        self.options.buckets.as_ref()
    }

    /// WebHDFS as `http://HOST:PORT`, without `/webhdfs/v1`.
    pub fn webhdfs_url(&self) -> String {
        url("http", self.options.ports.name_node_http)
    }

    /// The ResourceManager's REST as `http://HOST:PORT`, without `/ws/v1`.
    pub fn resource_manager_url(&self) -> String {
        url("http", self.options.ports.resource_manager_http)
    }

    /// The folder with the `*-site.xml` files of clients (`HADOOP_CONF_DIR`).
    pub fn configuration(&self) -> PathBuf {
        self.scratch.path().join("conf")
    }

    /// The folder with a log for each service.
    pub fn logs(&self) -> PathBuf {
        self.scratch.path().join("logs")
    }

    /// The folder of the stack.
    pub fn directory(&self) -> &Path {
        self.scratch.path()
    }

    /// A program that plays `hadoop` for this stack: `PROGRAM distcp SOURCE TARGET`.
    /// It works as the superuser unless `HADOOP_USER_NAME` says otherwise.
    pub fn distcp_command(&self) -> PathBuf {
        self.scratch.path().join("hadoop")
    }

    /// What it was started with; the ports are those in use.
    pub fn options(&self) -> &UpperOptions {
        &self.options
    }

    /// Runs Hadoop's own `hdfs dfs` commands as the superuser, in one process, in order, and
    /// gives what they print; it takes two seconds.
    ///
    /// # Errors
    /// When a command fails; those after it are not run.
    pub fn hdfs(&self, commands: &[&[&str]]) -> Result<String, ServiceError> {
        let owned = |command: &&[&str]| command.iter().map(|word| (*word).to_owned()).collect();
        self.programs.hdfs_commands(&commands.iter().map(owned).collect::<Vec<_>>())?.run()
    }

    /// Runs HiveQL statements in one session of HiveServer2, in order, and gives the rows of
    /// queries with tabs between their columns.
    ///
    /// # Errors
    /// When a statement fails; those after it are not run.
    pub fn hql(&self, user: &str, statements: &[&str]) -> Result<String, ServiceError> {
        self.programs.beeline(&self.hive_server2_url(), user, statements)?.run()
    }

    /// The services that run or ran, from the bottom of the stack to its top.
    pub fn services(&self) -> Vec<&Service> {
        let yarn = [&self.resource_manager, &self.node_manager];
        let bottom = [&self.name_node, &self.data_node].into_iter();
        bottom
            .chain(yarn.into_iter().flatten())
            .chain([&self.metastore])
            .chain(&self.hive_server2)
            .collect()
    }

    /// Stops all services, the top first. The folder stays as long as this value.
    pub fn stop(&self) {
        for service in self.services().into_iter().rev() {
            service.stop();
        }
    }
}

fn open_folders(options: &UpperOptions) -> Vec<Vec<String>> {
    let warehouses = [options.managed_warehouse(), options.external_warehouse()];
    let with = |words: &[&str]| -> Vec<String> {
        let fixed = words.iter().chain(OPEN_FOLDERS).map(|word| (*word).to_owned());
        fixed.chain(warehouses.iter().cloned()).collect()
    };
    vec![with(&["-mkdir", "-p"]), with(&["-chmod", "777"])]
}

fn port(port: u16) -> Condition {
    Condition::port(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
}

/// The NameNode is out of safe mode and has heard of its DataNode: a block can be written.
fn hdfs_ready(options: &UpperOptions) -> Condition {
    let question = "/jmx?qry=Hadoop:service=NameNode,name=FSNamesystemState";
    let words = ["\"NumLiveDataNodes\" : 1", "\"FSState\" : \"Operational\""];
    page(options, options.ports.name_node_http, question, "a writable HDFS", words.to_vec())
}

/// The ResourceManager has heard of its NodeManager: a container can be started.
fn yarn_ready(options: &UpperOptions) -> Condition {
    let question = "/ws/v1/cluster/metrics";
    let words = vec!["\"activeNodes\":1,"];
    let what = "a NodeManager known to YARN";
    page(options, options.ports.resource_manager_http, question, what, words)
}

fn page(
    options: &UpperOptions,
    number: u16,
    question: &'static str,
    what: &str,
    words: Vec<&'static str>,
) -> Condition {
    let what = format!("{what} at {}", at(number));
    let told = move |page: String| words.iter().all(|word| page.contains(word));
    match &options.security {
        Security::Simple => Condition::new(what, move || {
            http::get(SocketAddr::from((Ipv4Addr::LOCALHOST, number)), question).is_some_and(&told)
        }),
        Security::Kerberos(realm) => {
            let superuser = realm.service_principal(SUPERUSER);
            let (realm, url) = (Arc::clone(realm), format!("{}{question}", url("http", number)));
            let shown = move || realm.page(&url, &superuser).is_some_and(&told);
            port(number).and(Condition::new(what, shown))
        }
    }
}
