//! What the stand-in can do and a real ZooKeeper does when it is bad to us.

use std::time::Duration;

use boatlift_clients::thrift::Effect;
use boatlift_clients::zookeeper::{NodeVersion, Nodes, ZooKeeperError};
use boatlift_testkit::fake_zookeeper::{FakeZooKeeper, Fault};
use tokio::time::sleep;

use crate::there;

#[tokio::test(start_paused = true)]
async fn an_answer_is_lost_before_and_after_the_deed_and_long_before_it() {
    for (fault, at_once, later) in [
        (Fault::LostBefore, "old", "old"),
        (Fault::LostAfter, "new", "new"),
        (Fault::Late(Duration::from_secs(8)), "old", "new"),
    ] {
        let nodes = FakeZooKeeper::default();
        nodes.make("/orders", b"old");
        nodes.next(fault);
        let lost = nodes.compare_and_set("/orders", b"new", NodeVersion(0)).await;
        assert_eq!(lost.expect_err("lost").effect(), Effect::Unknown);
        assert_eq!(there(&nodes, "/orders").await.bytes, at_once.as_bytes(), "{fault:?}");
        sleep(Duration::from_secs(10)).await;
        assert_eq!(there(&nodes, "/orders").await.bytes, later.as_bytes(), "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_late_deed_finds_its_version_used_up() {
    let nodes = FakeZooKeeper::default();
    nodes.make("/orders", b"old");
    nodes.next(Fault::Late(Duration::from_secs(8)));
    let lost = nodes.compare_and_set("/orders", b"new", NodeVersion(0)).await;
    assert!(matches!(lost, Err(ZooKeeperError::Timeout { .. })), "{lost:?}");
    nodes.compare_and_set("/orders", b"old", NodeVersion(0)).await.expect("it is set");
    sleep(Duration::from_secs(10)).await;
    assert_eq!(there(&nodes, "/orders").await.bytes, b"old");
}

#[tokio::test(start_paused = true)]
async fn nobody_answers_while_it_is_down() {
    let nodes = FakeZooKeeper::default();
    nodes.make("/orders", b"old");
    nodes.set_down(true);
    let error = nodes.read("/orders").await.expect_err("down");
    assert_eq!(error.effect(), Effect::None);
    nodes.set_down(false);
    assert_eq!(there(&nodes, "/orders").await.bytes, b"old");
}
