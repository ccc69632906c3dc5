//! What goes wrong behind the fence: a partition that does not come to rest, a person who gives up, a
//! meta-proxy that does not follow.

use crate::scene::{Ran, Scene, TABLE, zookeeper};
use boatlift_clients::pegasus::{Expiry, Key, Meta, NewTable, Options};
use boatlift_testkit::fake_pegasus::{FakeProxy, Hold, ProxySettings, Version};
use boatlift_testkit::fake_zookeeper::FakeZooKeeper;
use rustix::process::{Pid, Signal, kill_process};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::time::Duration;

fn begin(scene: &Scene, arguments: &[&str]) -> Child {
    let mut cutover = scene.boatlift(&[&["cutover", "boatlift.yaml"], arguments].concat());
    cutover.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("boatlift starts")
}

/// Has a write begin in every partition that is not decided before the hold ends.
fn hold_writes(scene: &Scene, hold: Hold) {
    for partition in 0..4 {
        scene.lower.hold(TABLE, partition, hold);
    }
    if hold == Hold::Nothing {
        return;
    }
    for number in 0..32 {
        let table = scene.table(&scene.lower);
        let key = Key::new(format!("held-{number}").into_bytes(), b"".to_vec()).expect("a key");
        scene.runtime.spawn(async move { table.put(&key, b"x", Expiry::NEVER).await });
    }
}

fn is_fenced(scene: &Scene) -> bool {
    let meta = Meta::new(scene.lower.metas(), &Options::default());
    let table = scene.runtime.block_on(meta.table(TABLE)).expect("asked").expect("there");
    table.envs.contains_key("replica.deny_client_request")
}

#[test]
fn an_interrupted_cutover_is_undone_and_says_so() {
    let scene = Scene::new(Version::V2_6);
    scene.bring_in_step("");
    hold_writes(&scene, Hold::Log);
    let cutover = begin(&scene, &[]);
    while !is_fenced(&scene) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let pid = Pid::from_raw(cutover.id().cast_signed()).expect("a process");
    kill_process(pid, Signal::INT).expect("it is there");
    let ran = Ran::from(cutover.wait_with_output().expect("it ends"));
    assert_eq!(ran.code, Some(130), "{}", ran.said);
    assert!(ran.said.contains("interrupted") && !ran.said.contains("in time"), "{}", ran.said);
    hold_writes(&scene, Hold::Nothing);
    assert!(scene.lower_takes_writes());
    assert_eq!(scene.leads_to(), "old");
}

#[test]
fn one_table_that_is_not_drained_keeps_the_others() {
    let scene = Scene::new(Version::V2_6);
    let other = format!("{}/items", scene.root());
    scene.runtime.block_on(async {
        let meta = Meta::new(scene.lower.metas(), &Options::default());
        let name = "items".to_owned();
        let table = NewTable { name, partitions: 2, replicas: 3, envs: [].into() };
        meta.create_app(&table).await.expect("the table is made");
        zookeeper().make(&other, scene.leading("old", &scene.lower).as_bytes()).await;
    });
    let path = scene.move_file(true, "");
    let text = std::fs::read_to_string(&path).expect("the file");
    std::fs::write(&path, text.replace("[orders]", "[items, orders]")).expect("written");
    assert_eq!(scene.run(&["run", "boatlift.yaml"]).code, Some(0));
    hold_writes(&scene, Hold::Log);
    let cutover = begin(&scene, &["--attempts=1", "--max-reject=7s"]);
    let ran = Ran::from(cutover.wait_with_output().expect("it ends"));
    assert_ne!(ran.code, Some(0), "{}", ran.said);
    assert!(ran.said.contains("undone"), "{}", ran.said);
    hold_writes(&scene, Hold::Nothing);
    assert!(scene.lower_takes_writes());
    let (entry, stat) = scene.runtime.block_on(async {
        let client = zookeeper().client().await;
        client.get_data(&other).await.expect("the entry")
    });
    assert!(String::from_utf8_lossy(&entry).contains("\"old\""));
    assert_eq!(stat.version, 0, "no switch was asked for");
}

#[test]
fn a_proxy_that_does_not_follow_is_waited_for() {
    let scene = Scene::new(Version::V2_6);
    // Its ZooKeeper goes on with what it knew.
    let (nodes, root) = (FakeZooKeeper::default(), scene.root());
    nodes.make(&scene.entry(), scene.leading("old", &scene.lower).as_bytes());
    let proxy = scene.runtime.block_on(async {
        let (nodes, options) = (Arc::new(nodes.clone()), Options::default());
        FakeProxy::start(ProxySettings { nodes, root, capacity: 8, options }).await
    });
    let authority = format!("root: {}", scene.root());
    let path = scene.move_file(true, "");
    let text = std::fs::read_to_string(&path).expect("the file");
    let text = text.replace(&authority, &format!("{authority}, proxies: ['{}']", proxy.endpoint()));
    std::fs::write(&path, text).expect("written");
    assert_eq!(scene.run(&["run", "boatlift.yaml"]).code, Some(0));
    let mut cutover = begin(&scene, &[]);
    while scene.leads_to() == "old" {
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(cutover.try_wait().expect("asked"), None, "it is not at its end");
    assert!(!scene.lower_takes_writes());
    nodes.make(&scene.entry(), scene.leading("new", &scene.upper).as_bytes());
    proxy.restart();
    let ran = Ran::from(cutover.wait_with_output().expect("it ends"));
    assert_eq!(ran.code, Some(0), "{}", ran.said);
}
