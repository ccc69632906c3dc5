//! What stands against a move is told before anything is changed.

use crate::scene::{Scene, TABLE};
use boatlift_clients::pegasus::{Meta, NewTable, Options};
use boatlift_testkit::fake_pegasus::{FakeCluster, Version};

fn meta(cluster: &FakeCluster) -> Meta {
    Meta::new(cluster.metas(), &Options::default())
}

/// The run fails with these words, and LOWER has no duplication.
fn is_refused(scene: &Scene, verb: &str, words: &str) {
    let ran = scene.run(&[verb, "boatlift.yaml"]);
    assert_ne!(ran.code, Some(0), "{}", ran.said);
    assert!(ran.said.contains(words), "{}", ran.said);
    let entries = scene.runtime.block_on(meta(&scene.lower).query_duplications(TABLE));
    assert!(entries.expect("asked").is_empty());
}

#[test]
fn a_table_of_that_name_on_upper_is_somebody_elses() {
    let scene = Scene::new(Version::V2_6);
    let table = NewTable { name: TABLE.to_owned(), partitions: 4, replicas: 3, envs: [].into() };
    scene.runtime.block_on(meta(&scene.upper).create_app(&table)).expect("made");
    scene.move_file(true, "");
    is_refused(&scene, "run", "LOWER does not feed");
}

#[test]
fn a_table_that_is_not_there() {
    let scene = Scene::new(Version::V2_6);
    let text = std::fs::read_to_string(scene.move_file(true, "")).expect("the file");
    let text = text.replace("[orders]", "[orders, oders]");
    std::fs::write(scene.top.path().join("boatlift.yaml"), text).expect("written");
    is_refused(&scene, "run", "oders on LOWER");
}

#[test]
fn a_table_that_refuses_its_clients() {
    let scene = Scene::new(Version::V2_5);
    let deny = [("replica.deny_client_request", "reconfig*read")];
    scene.runtime.block_on(meta(&scene.lower).set_envs(TABLE, &deny)).expect("set");
    scene.move_file(true, "");
    is_refused(&scene, "run", "replica.deny_client_request is `reconfig*read`");
}

#[test]
fn servers_that_would_end_themselves() {
    let scene = Scene::new(Version::V2_6);
    let ttl = [("default_ttl", "86400")];
    scene.runtime.block_on(meta(&scene.lower).set_envs(TABLE, &ttl)).expect("set");
    scene.move_file(true, "");
    is_refused(&scene, "run", "accept-default-ttl");
}

#[test]
fn a_cluster_that_lower_does_not_know() {
    let scene = Scene::new(Version::V2_6);
    let path = scene.move_file(true, "");
    let text = std::fs::read_to_string(&path).expect("the file");
    let text = text.replace("  upper: {metas:", "  upper: {name: elsewhere, metas:");
    std::fs::write(&path, text).expect("written");
    is_refused(&scene, "run", "[pegasus.clusters] elsewhere =");
}

#[test]
fn the_same_cluster_twice() {
    let scene = Scene::new(Version::V2_6);
    let path = scene.move_file(true, "");
    let text = std::fs::read_to_string(&path).expect("the file");
    let text = text.replace("  upper: {metas:", "  upper: {name: old, metas:");
    std::fs::write(&path, text).expect("written");
    is_refused(&scene, "run", "LOWER and UPPER are the same");
}

#[test]
fn a_path_without_an_entry() {
    let scene = Scene::new(Version::V2_6);
    scene.bring_in_step("");
    let path = scene.top.path().join("boatlift.yaml");
    let text = std::fs::read_to_string(&path).expect("the file");
    std::fs::write(&path, text.replace("root: /", "root: /elsewhere/")).expect("written");
    let ran = scene.run(&["cutover", "boatlift.yaml"]);
    assert_ne!(ran.code, Some(0));
    assert!(ran.said.contains("ZooKeeper has no such node"), "{}", ran.said);
    assert!(scene.lower_takes_writes());
}

#[test]
fn an_entry_that_leads_to_another_cluster() {
    let scene = Scene::new(Version::V2_6);
    scene.bring_in_step("");
    scene.runtime.block_on(async {
        let client = crate::scene::zookeeper().client().await;
        let other = br#"{"cluster_name": "third", "meta_addrs": "10.0.0.1:34601,10.0.0.2:34601"}"#;
        client.set_data(&scene.entry(), other, None).await.expect("set");
    });
    let ran = scene.run(&["cutover", "boatlift.yaml"]);
    assert_ne!(ran.code, Some(0));
    assert!(ran.said.contains("it names the cluster `third`"), "{}", ran.said);
    assert!(scene.lower_takes_writes());
}
