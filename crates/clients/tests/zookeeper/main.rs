//! The client of ZooKeeper against real servers, and the stand-in of the test kit held to them.

mod contract;
mod stand_in;

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use boatlift_clients::thrift::Effect;
use boatlift_clients::wire::Endpoint;
use boatlift_clients::zookeeper::{
    Node, NodeVersion, Nodes, Options, Stat, ZooKeeper, ZooKeeperError,
};
use boatlift_testkit::services::ports::free_port;
use boatlift_testkit::services::zookeeper::ZooKeeperServer;

/// A server for tests that only ask. It ends with this process.
pub(crate) static SERVER: LazyLock<ZooKeeperServer> =
    LazyLock::new(|| ZooKeeperServer::start().expect("ZooKeeper starts"));

/// For tests in which a server does not answer.
const SHORT: Options =
    Options { call_timeout: Duration::from_millis(700), session_timeout: Duration::from_secs(2) };

pub(crate) fn client(server: &ZooKeeperServer, options: Options) -> ZooKeeper {
    ZooKeeper::new(&[server.endpoint().clone()], options)
}

pub(crate) async fn there(nodes: &dyn Nodes, path: &str) -> Node {
    nodes.read(path).await.expect("an answer").expect("a node")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_server_among_several_does_no_harm() {
    SERVER.make("/several/orders", b"old").await;
    let dead = Endpoint::new("127.0.0.1", free_port().expect("a port"));
    for order in [[&dead, SERVER.endpoint()], [SERVER.endpoint(), &dead]] {
        let servers = order.map(Clone::clone);
        let nodes = ZooKeeper::new(&servers, Options::default());
        assert_eq!(there(&nodes, "/several/orders").await.bytes, b"old");
    }
    let error = ZooKeeper::new(&[dead], Options::default()).read("/several/orders").await;
    let error = error.expect_err("nobody is there");
    assert!(matches!(error, ZooKeeperError::Connect { .. }), "{error}");
    assert_eq!(error.effect(), Effect::None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_is_told_in_time_and_the_version_decides() {
    let server = ZooKeeperServer::start().expect("ZooKeeper starts");
    server.make("/orders", b"old").await;
    let nodes = client(&server, SHORT);
    let old = there(&nodes, "/orders").await;
    server.server.pause().expect("it runs");
    let begun = Instant::now();
    let error = nodes.compare_and_set("/orders", b"new", old.stat.version).await;
    let error = error.expect_err("nobody answers");
    assert_eq!(error.effect(), Effect::Unknown, "{error}");
    assert!(begun.elapsed() < Duration::from_secs(30));
    server.server.resume().expect("it runs");
    // Whichever of both is carried out uses up the version.
    let patient = client(&server, Options::default());
    let spoiled = patient.compare_and_set("/orders", b"old", old.stat.version).await;
    let now = there(&patient, "/orders").await;
    assert_eq!(now.stat.version, NodeVersion(1));
    match spoiled {
        Ok(Stat { mzxid, .. }) => assert_eq!((now.bytes, mzxid), (b"old".to_vec(), now.stat.mzxid)),
        Err(ZooKeeperError::Conflict { .. }) => assert_eq!(now.bytes, b"new"),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_restart_of_the_server_there_is_a_new_session() {
    let server = ZooKeeperServer::start().expect("ZooKeeper starts");
    server.make("/orders", b"old").await;
    let nodes = Arc::new(client(&server, SHORT));
    let old = there(&*nodes, "/orders").await;
    server.server.kill9();
    for _ in 0..3 {
        let error = nodes.compare_and_set("/orders", b"lost", old.stat.version).await;
        assert!(error.is_err(), "nobody is there");
    }
    let error = nodes.read("/orders").await.expect_err("nobody is there");
    assert_eq!(error.effect(), Effect::None, "{error}");
    server.server.begin().expect("it starts again");
    let patient = client(&server, Options::default());
    assert_eq!(there(&patient, "/orders").await, old);
    // The first client's old session is of no use; what it could not send is not sent now.
    let set = loop {
        match nodes.compare_and_set("/orders", b"new", old.stat.version).await {
            Err(ZooKeeperError::Connect { .. }) => {}
            set => break set.expect("it is set"),
        }
    };
    assert_eq!(set.version, NodeVersion(1));
    assert_eq!(there(&*nodes, "/orders").await.bytes, b"new");
}
