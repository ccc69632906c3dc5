//! HDFS 3.4 with two NameNodes behind one name service, and nothing above it.
//!
//! Both keep their edits in one folder; which of them is active is decided by hand, as an
//! administrator does with `hdfs haadmin`. Nobody takes over by himself.

use super::hadoop_config::{HOST, at};
use super::jars::JarSets;
use super::{SUPERUSER, cached, port};
use crate::services::condition::Condition;
use crate::services::error::ServiceError;
use crate::services::http;
use crate::services::java::{Java, Loading};
use crate::services::ports::free_port;
use crate::services::process::{Recipe, Service};
use crate::services::scratch::Scratch;
use crate::services::site::Site;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// The name of the service.
const NAME: &str = "lake";
/// Its NameNodes.
const NODES: [&str; 2] = ["one", "two"];
const ADMINISTRATION: &str = "org.apache.hadoop.hdfs.tools.DFSHAAdmin";

/// The running services; stopped when dropped.
#[derive(Debug)]
pub struct NameService {
    /// The only DataNode, known to both NameNodes.
    pub data_node: Service,
    /// Both NameNodes; the first is active at the start.
    pub name_nodes: [Service; 2],
    programs: Programs,
}

#[derive(Debug)]
struct Programs {
    class_path: Vec<PathBuf>,
    /// RPC and HTTP of each NameNode.
    ports: [(u16, u16); 2],
    scratch: Scratch,
}

impl NameService {
    /// Starts an empty one and returns when a block can be written.
    ///
    /// # Errors
    /// When the jars are not in the cache, or a service does not become ready.
    pub fn start() -> Result<Self, ServiceError> {
        let programs = Programs::prepare()?;
        programs.name_node(0, &["-format", "-nonInteractive"])?.run()?;
        let folder = programs.scratch.path();
        cached::copy(&folder.join(NODES[0]), &folder.join(NODES[1]))?;
        let node = |which: usize| {
            Service::launch(programs.name_node(which, &[])?, port(programs.ports[which].0))
        };
        let name_nodes = [node(0)?, node(1)?];
        let java = programs.java("hdfs.server.datanode.DataNode");
        let data_node = Service::launch(programs.run("data-node", &java)?, programs.writable(0))?;
        for name_node in &name_nodes {
            name_node.wait_ready()?;
        }
        programs.administrate(&["-transitionToActive", NODES[0]])?;
        data_node.wait_ready()?;
        let service = NameService { data_node, name_nodes, programs };
        service.open("/")?;
        Ok(service)
    }

    /// The file system as `hdfs://SERVICE`.
    pub fn url(&self) -> String {
        format!("hdfs://{NAME}")
    }

    /// The folder with the `*-site.xml` files of clients (`HADOOP_CONF_DIR`).
    pub fn configuration(&self) -> PathBuf {
        self.programs.scratch.path().join("conf")
    }

    /// Makes one NameNode the standby and the other active, in good order.
    ///
    /// # Errors
    /// When it does not come about.
    pub fn fail_over(&self, from: usize, to: usize) -> Result<(), ServiceError> {
        self.programs.administrate(&["-failover", NODES[from], NODES[to]])
    }

    /// Makes a NameNode active while the other one is dead.
    ///
    /// # Errors
    /// When it does not come about.
    pub fn take_over(&self, to: usize) -> Result<(), ServiceError> {
        self.programs.administrate(&["-transitionToActive", "--forceactive", NODES[to]])
    }

    /// Lets everybody write to a folder.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn open(&self, folder: &str) -> Result<(), ServiceError> {
        self.hdfs(&["-chmod", "777", folder]).map(drop)
    }

    /// Runs one of Hadoop's own `hdfs dfs` commands as the superuser and gives what it prints.
    ///
    /// # Errors
    /// When it fails.
    pub fn hdfs(&self, command: &[&str]) -> Result<String, ServiceError> {
        let java = self.programs.java("fs.FsShell").arguments(command);
        self.programs.run("hdfs-command", &java)?.run()
    }
}

impl Programs {
    fn prepare() -> Result<Self, ServiceError> {
        let jars = JarSets::find()?;
        let scratch = Scratch::temporary("name-service")?;
        let pair = || -> Result<_, ServiceError> { Ok((free_port()?, free_port()?)) };
        let ports = [pair()?, pair()?];
        let conf = scratch.folder("conf")?;
        Site::new()
            .set("fs.defaultFS", format!("hdfs://{NAME}"))
            .set("hadoop.tmp.dir", scratch.path().join("hadoop-tmp").display())
            .set("hadoop.user.group.static.mapping.overrides", format!("{SUPERUSER}=supergroup;"))
            .write(&conf.join("core-site.xml"))?;
        site(&scratch, ports)?.write(&conf.join("hdfs-site.xml"))?;
        for server in ["hdfs", "datanode", "static"] {
            scratch.folder(&format!("pages/webapps/{server}"))?;
        }
        let class_path = vec![conf, scratch.folder("pages")?, jars.hadoop.join("*")];
        Ok(Programs { class_path, ports, scratch })
    }

    fn java(&self, class: &str) -> Java {
        Java::new(&format!("org.apache.hadoop.{class}"), Loading::Plain)
            .class_path(&self.class_path)
    }

    /// Both NameNodes have the same address, so each is told which of them it is.
    fn name_node(&self, which: usize, words: &[&str]) -> Result<Recipe, ServiceError> {
        let own = ["-D".to_owned(), format!("dfs.ha.namenode.id={}", NODES[which])];
        let java = self.java("hdfs.server.namenode.NameNode").arguments(own).arguments(words);
        self.run(&format!("name-node-{}", NODES[which]), &java)
    }

    fn administrate(&self, words: &[&str]) -> Result<(), ServiceError> {
        let java = Java::new(ADMINISTRATION, Loading::Plain).class_path(&self.class_path);
        self.run("haadmin", &java.arguments(words))?.run().map(drop)
    }

    fn run(&self, name: &str, java: &Java) -> Result<Recipe, ServiceError> {
        java.clone().property("HADOOP_USER_NAME", SUPERUSER).recipe(name, self.scratch.path())
    }

    /// A NameNode knows its DataNode and is out of safe mode.
    fn writable(&self, which: usize) -> Condition {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.ports[which].1));
        let question = "/jmx?qry=Hadoop:service=NameNode,name=FSNamesystemState";
        Condition::new(format!("a writable HDFS by NameNode {}", NODES[which]), move || {
            http::get(address, question).is_some_and(|page| {
                page.contains("\"NumLiveDataNodes\" : 1") && page.contains("\"Operational\"")
            })
        })
    }
}

fn site(scratch: &Scratch, ports: [(u16, u16); 2]) -> Result<Site, ServiceError> {
    let directory = |name: &str| format!("file://{}", scratch.path().join(name).display());
    let provider = "org.apache.hadoop.hdfs.server.namenode.ha.ConfiguredFailoverProxyProvider";
    let mut site = Site::new();
    site.set("dfs.nameservices", NAME)
        .set(format!("dfs.ha.namenodes.{NAME}"), NODES.join(","))
        .set(format!("dfs.client.failover.proxy.provider.{NAME}"), provider)
        .set("dfs.ha.fencing.methods", "shell(/bin/true)")
        .set("dfs.ha.tail-edits.period", "1s")
        .set("dfs.replication", 1)
        .set("dfs.namenode.shared.edits.dir", directory("edits"))
        .set("dfs.namenode.safemode.extension", 0)
        .set("dfs.namenode.datanode.registration.ip-hostname-check", false)
        .set("dfs.datanode.hostname", HOST)
        .set("dfs.datanode.data.dir", directory("data"));
    for kind in ["address", "http.address", "ipc.address"] {
        site.set(format!("dfs.datanode.{kind}"), at(free_port()?));
    }
    for (node, (rpc, http)) in NODES.into_iter().zip(ports) {
        site.set(format!("dfs.namenode.rpc-address.{NAME}.{node}"), at(rpc))
            .set(format!("dfs.namenode.http-address.{NAME}.{node}"), at(http))
            .set(format!("dfs.namenode.name.dir.{NAME}.{node}"), directory(node));
    }
    Ok(site)
}
