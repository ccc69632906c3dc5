//! ZooKeeper as one Java process, from the jars of Debian's package.

use super::condition::Condition;
use super::error::ServiceError;
use super::java::{Java, Loading};
use super::ports::free_port;
use super::process::Service;
use super::scratch::Scratch;
use boatlift_clients::wire::Endpoint;
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;
use zookeeper_client::{Acls, Client, CreateMode};

/// The jars; the first names all others that it needs.
const JARS: [&str; 2] = ["/usr/share/java/zookeeper.jar", "/usr/share/java/slf4j-simple.jar"];
/// A quarter of the shortest session, in milliseconds.
const TICK: u32 = 250;
/// How long an answer about its health may take.
const LIMIT: Duration = Duration::from_secs(2);

/// The running server; stopped when dropped. What it keeps survives [`Service::restart`] of its
/// process.
#[derive(Debug)]
pub struct ZooKeeperServer {
    /// The process, for tests of faults.
    pub server: Service,
    endpoint: Endpoint,
    _scratch: Scratch,
}

impl ZooKeeperServer {
    /// Starts it and returns when it answers, after about a second.
    ///
    /// # Errors
    /// When Debian's jars are missing, or it does not become ready; with the end of its log.
    pub fn start() -> Result<Self, ServiceError> {
        let scratch = Scratch::temporary("zookeeper")?;
        let port = free_port()?;
        let settings = scratch.path().join("zoo.cfg");
        let data = scratch.folder("data")?;
        let text = format!(
            "tickTime={TICK}\ndataDir={}\nclientPort={port}\nclientPortAddress=127.0.0.1\n\
             admin.enableServer=false\n4lw.commands.whitelist=srvr\n",
            data.display()
        );
        fs::write(&settings, text).map_err(ServiceError::file("write", &settings))?;
        let java = Java::new("org.apache.zookeeper.server.ZooKeeperServerMain", Loading::Plain)
            .class_path(JARS)
            .heap_mebibytes(64)
            .property("zookeeper.jmx.log4j.disable", "true")
            .arguments([settings]);
        let server = Service::start(java.recipe("zookeeper", scratch.path())?, answers(port))?;
        Ok(Self { server, endpoint: Endpoint::new("127.0.0.1", port), _scratch: scratch })
    }

    /// Where it listens.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Another client of it, that shares its crate with ours but none of our code.
    ///
    /// # Panics
    /// When it gets no session.
    pub async fn client(&self) -> Client {
        Client::connect(&self.endpoint.to_string()).await.expect("a session with ZooKeeper")
    }

    /// Makes a node that stays, with all nodes above it.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn make(&self, path: &str, bytes: &[u8]) {
        let options = CreateMode::Persistent.with_acls(Acls::anyone_all());
        let client = self.client().await;
        if let Some((above, _)) = path.rsplit_once('/').filter(|(above, _)| !above.is_empty()) {
            client.mkdir(above, &options).await.expect("the nodes above are made");
        }
        client.create(path, bytes, &options).await.expect("the node is made");
    }
}

fn answers(port: u16) -> Condition {
    let address = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port);
    Condition::new(format!("a ZooKeeper that serves on {address}"), move || {
        asked(address).is_some_and(|said| said.contains("Mode: standalone"))
    })
}

/// What it says of itself.
fn asked(address: SocketAddr) -> Option<String> {
    let mut stream = TcpStream::connect_timeout(&address, LIMIT).ok()?;
    stream.set_read_timeout(Some(LIMIT)).ok()?;
    stream.write_all(b"srvr").ok()?;
    let mut said = String::new();
    stream.read_to_string(&mut said).ok()?;
    Some(said)
}
