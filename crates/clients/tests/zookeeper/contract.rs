//! What a move relies on, from a real ZooKeeper and from the stand-in alike.

use boatlift_clients::thrift::Effect;
use boatlift_clients::zookeeper::{Node, NodeVersion, Nodes, Options, ZooKeeperError};
use boatlift_testkit::fake_zookeeper::FakeZooKeeper;

use crate::{SERVER, client, there};

/// A test for both: each has a node with the data `old`, made anew for the test.
macro_rules! contract {
    ($($name:ident $path:literal: |$nodes:ident| $test:block)*) => {$(
        mod $name {
            use super::*;

            async fn keeps($nodes: &dyn Nodes) $test

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn really() {
                SERVER.make($path, b"old").await;
                keeps(&client(&SERVER, Options::default())).await;
            }

            #[tokio::test]
            async fn in_memory() {
                let nodes = FakeZooKeeper::default();
                nodes.make($path, b"old");
                keeps(&nodes).await;
            }
        }
    )*};
}

contract! {
    a_node_is_set_once_per_version "/proxy/orders": |nodes| {
        let old = there(nodes, "/proxy/orders").await;
        assert_eq!((old.bytes.as_slice(), old.stat.version), (&b"old"[..], NodeVersion(0)));
        assert_eq!(old.stat.czxid, old.stat.mzxid);
        let set = nodes.compare_and_set("/proxy/orders", b"new", old.stat.version).await;
        let new = there(nodes, "/proxy/orders").await;
        assert_eq!(new, Node { bytes: b"new".to_vec(), stat: set.expect("it is set") });
        assert_eq!((new.stat.version, new.stat.czxid), (NodeVersion(1), old.stat.czxid));
        assert!(new.stat.mzxid > old.stat.mzxid);

        let error = nodes.compare_and_set("/proxy/orders", b"other", old.stat.version).await;
        let error = error.expect_err("it was set before");
        let expected = NodeVersion(0);
        let conflict = ZooKeeperError::Conflict { path: "/proxy/orders".to_owned(), expected };
        assert_eq!((error.effect(), error), (Effect::None, conflict));
        assert_eq!(there(nodes, "/proxy/orders").await, new);
    }

    the_same_bytes_are_another_state "/same/orders": |nodes| {
        let old = there(nodes, "/same/orders").await;
        let set = nodes.compare_and_set("/same/orders", b"old", old.stat.version).await;
        let again = there(nodes, "/same/orders").await;
        assert_eq!(again.stat, set.expect("it is set"));
        assert_eq!((again.bytes, again.stat.version), (old.bytes, NodeVersion(1)));
    }

    minus_one_is_no_version "/minus/orders": |nodes| {
        let error = nodes.compare_and_set("/minus/orders", b"new", NodeVersion(-1)).await;
        assert!(matches!(error, Err(ZooKeeperError::Conflict { .. })), "{error:?}");
        assert_eq!(there(nodes, "/minus/orders").await.bytes, b"old");
    }

    a_node_that_is_not_there_is_not_made "/somebody/here": |nodes| {
        assert_eq!(nodes.read("/nobody/here").await, Ok(None));
        let error = nodes.compare_and_set("/nobody/here", b"new", NodeVersion(0)).await;
        assert_eq!(error, Err(ZooKeeperError::Missing { path: "/nobody/here".to_owned() }));
        assert_eq!(nodes.read("/nobody/here").await, Ok(None));
    }

    a_path_that_is_none_is_refused "/path/orders": |nodes| {
        let error = nodes.read("no/slash").await.expect_err("no path");
        assert_eq!(error.effect(), Effect::None);
        let said = "ZooKeeper refused to read the node no/slash: bad arguments";
        assert!(error.to_string().starts_with(said), "{error}");
    }
}
