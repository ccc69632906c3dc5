//! LOWER: the old cluster. HDFS 2.7.3, Hive metastore 1.2.1 and HiveServer2 1.2.1 as Apache
//! released them, one process each, with Derby below and MapReduce inside HiveServer2.
//!
//! The superuser of HDFS is `hdfs`, Hive runs as `hive`. There is no YARN, no Tez and no
//! ZooKeeper, and tables cannot be transactional.

mod options;
mod programs;
mod sites;

pub use options::{DoAs, LowerOptions, LowerPorts, Notifications, Transport};

use super::condition::Condition;
use super::endpoints::Endpoints;
use super::error::ServiceError;
use super::http;
use super::process::Service;
use super::scratch::Scratch;
use programs::{Programs, Tool};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Who owns HDFS.
pub const SUPERUSER: &str = "hdfs";
/// Who runs the metastore and HiveServer2.
pub const HIVE_USER: &str = "hive";
/// The warehouse folder in HDFS.
pub const WAREHOUSE: &str = "/apps/hive/warehouse";

/// Folders in HDFS that everybody may write to.
const OPEN_FOLDERS: &[&str] =
    &["/", "/tmp", "/tmp/hive", "/user", "/data", "/apps/hive", WAREHOUSE];

/// The running stack; stopped when dropped. The services are public for tests of faults:
/// stop, kill, pause and restart them as needed.
#[derive(Debug)]
pub struct LowerStack {
    /// HiveServer2. Fields are dropped in this order, so the stack stops from its top.
    pub hive_server2: Service,
    /// The metastore.
    pub metastore: Service,
    /// The only DataNode.
    pub data_node: Service,
    /// The NameNode.
    pub name_node: Service,
    programs: Programs,
    options: LowerOptions,
    scratch: Scratch,
    /// Held while statements run: Hive 1.2 with its notification log on Derby mixes up the
    /// transactions of changes that come together.
    statements: Mutex<()>,
}

impl LowerStack {
    /// Starts all of it and returns when every service answers, after about ten seconds.
    ///
    /// A folder that was named in the options keeps its data: started again in it, the
    /// stack goes on with what was there.
    ///
    /// # Errors
    /// When the jars are not in the cache, or a service does not become ready; with the
    /// end of its log.
    pub fn start(options: LowerOptions) -> Result<Self, ServiceError> {
        let scratch = Scratch::at(options.directory.as_deref(), "lower")?;
        sites::write(&options, &scratch)?;
        let programs = Programs::new(&options, &scratch)?;
        let address = |port| SocketAddr::new(options.network.address(), port);
        let ports = &options.ports;
        if !scratch.path().join("name/current/VERSION").exists() {
            programs.format()?.run()?;
        }
        let writable = out_of_safe_mode(address(ports.name_node_http))
            .and(Condition::port(address(ports.name_node)));
        let name_node = Service::launch(programs.name_node()?, writable)?;
        let known = live_data_node(address(ports.name_node_http))
            .and(Condition::port(address(ports.data_node)));
        let data_node = Service::launch(programs.data_node()?, known)?;
        name_node.wait_ready()?;
        let metastore =
            Service::launch(programs.metastore()?, Condition::port(address(ports.metastore)))?;
        data_node.wait_ready()?;
        let with_folders = |words: &[&'static str]| [words, OPEN_FOLDERS].concat();
        let (made, opened) = (with_folders(&["-mkdir", "-p"]), with_folders(&["-chmod", "777"]));
        programs.hdfs_commands(Tool::Files, &[&made, &opened])?.run()?;
        metastore.wait_ready()?;
        let ready = Condition::port(address(ports.hive_server2));
        let hive_server2 = Service::start(programs.hive_server2()?, ready)?;
        let statements = Mutex::new(());
        Ok(LowerStack {
            hive_server2,
            metastore,
            data_node,
            name_node,
            programs,
            options,
            scratch,
            statements,
        })
    }

    /// Where everything answers.
    pub fn endpoints(&self) -> Endpoints {
        let processes = self.services().into_iter();
        Endpoints {
            hive_server2: self.hive_server2_url(),
            metastore: self.metastore_uri(),
            hdfs: self.hdfs_url(),
            webhdfs: self.webhdfs_url(),
            configuration: self.configuration(),
            logs: self.logs(),
            processes: processes
                .filter_map(|service| Some((service.name().to_owned(), service.process_id()?)))
                .collect(),
        }
    }

    /// HiveServer2 as `jdbc:hive2://HOST:PORT/`.
    pub fn hive_server2_url(&self) -> String {
        format!("jdbc:hive2://{}:{}/", self.options.host(), self.options.ports.hive_server2)
    }

    /// The metastore as `thrift://HOST:PORT`.
    pub fn metastore_uri(&self) -> String {
        self.options.metastore_uri()
    }

    /// The file system as `hdfs://HOST:PORT`.
    pub fn hdfs_url(&self) -> String {
        self.options.hdfs_url()
    }

    /// WebHDFS as `http://HOST:PORT`, without `/webhdfs/v1`.
    pub fn webhdfs_url(&self) -> String {
        format!("http://{}:{}", self.options.host(), self.options.ports.name_node_http)
    }

    /// The folder with the `*-site.xml` files.
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

    /// What it was started with; the ports are those in use.
    pub fn options(&self) -> &LowerOptions {
        &self.options
    }

    /// Runs Hadoop's own `hdfs dfs` commands as the superuser, in one process, in order, and
    /// gives what they print. This is the judge that shares no code with our client; it
    /// takes two seconds.
    ///
    /// # Errors
    /// When a command fails; those after it are not run.
    pub fn hdfs(&self, commands: &[&[&str]]) -> Result<String, ServiceError> {
        self.programs.hdfs_commands(Tool::Files, commands)?.run()
    }

    /// As [`LowerStack::hdfs`], for the commands of `hdfs dfsadmin`: safe mode, snapshots,
    /// quotas.
    ///
    /// # Errors
    /// When a command fails; those after it are not run.
    pub fn hdfs_admin(&self, commands: &[&[&str]]) -> Result<String, ServiceError> {
        self.programs.hdfs_commands(Tool::Administration, commands)?.run()
    }

    /// Runs statements by Hive's own `beeline` in one session, in order, and gives the rows
    /// that they print, columns parted by tabs. Calls of one process wait for each other. With Kerberos, the user must be a person of
    /// the realm; without, anybody. This takes some seconds.
    ///
    /// # Errors
    /// When a statement fails; those after it are not run.
    pub fn hql(&self, user: &str, statements: &[&str]) -> Result<String, ServiceError> {
        let _alone = self.statements.lock().unwrap_or_else(PoisonError::into_inner);
        self.programs.beeline(&self.hive_server2_url(), user, statements)?.run()
    }

    /// All services, from the bottom of the stack to its top.
    pub fn services(&self) -> [&Service; 4] {
        [&self.name_node, &self.data_node, &self.metastore, &self.hive_server2]
    }

    /// Stops all services, the top first. The folder stays as long as this value.
    pub fn stop(&self) {
        for service in self.services().into_iter().rev() {
            service.stop();
        }
    }
}

/// The NameNode has heard of its DataNode: before, no block can be written.
fn live_data_node(name_node_http: SocketAddr) -> Condition {
    let question = "/jmx?qry=Hadoop:service=NameNode,name=FSNamesystemState";
    Condition::new("a DataNode known to the NameNode", move || {
        http::get(name_node_http, question)
            .is_some_and(|beans| beans.contains("\"NumLiveDataNodes\" : 1"))
    })
}

fn out_of_safe_mode(name_node_http: SocketAddr) -> Condition {
    let question = "/jmx?qry=Hadoop:service=NameNode,name=NameNodeInfo";
    Condition::new("the NameNode out of safe mode", move || {
        http::get(name_node_http, question)
            .is_some_and(|beans| beans.contains("\"Safemode\" : \"\""))
    })
}
