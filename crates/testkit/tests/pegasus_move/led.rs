//! Meta-proxies that are asked, and tables that are led together.

use crate::scene::{Scene, TABLE, zookeeper};
use boatlift_clients::pegasus::{Meta, NewTable, Options};
use boatlift_testkit::fake_pegasus::{FakeProxy, ProxySettings, Version};
use std::sync::Arc;

/// Puts other words into the move file.
fn reword(scene: &Scene, from: &str, to: &str) {
    let path = scene.move_file(true, "");
    let text = std::fs::read_to_string(&path).expect("the file");
    assert!(text.contains(from), "{text}");
    std::fs::write(&path, text.replace(from, to)).expect("written");
}

#[test]
fn a_proxy_is_asked_before_and_after() {
    let scene = Scene::new(Version::V2_6);
    let proxy = scene.runtime.block_on(async {
        let nodes = Arc::new(zookeeper().client().await);
        let (root, options) = (scene.root(), Options::default());
        FakeProxy::start(ProxySettings { nodes, root, capacity: 8, options }).await
    });
    let authority = format!("root: {}", scene.root());
    let with_proxy = format!("{authority}, proxies: ['{}']", proxy.endpoint());
    reword(&scene, &authority, &with_proxy);
    assert_eq!(scene.run(&["run", "boatlift.yaml"]).code, Some(0));
    let ready = scene.run(&["cutover", "boatlift.yaml", "--dry-run"]);
    assert_eq!(ready.code, Some(0), "{}", ready.said);
    assert!(ready.said.contains("leads clients of `orders` to LOWER: it does"), "{}", ready.said);
    let ran = scene.run(&["cutover", "boatlift.yaml"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said);
    assert_eq!((scene.leads_to().as_str(), proxy.panic()), ("new", None));
}

#[test]
fn a_proxy_that_is_down_stands_against_it() {
    let scene = Scene::new(Version::V2_6);
    let authority = format!("root: {}", scene.root());
    reword(&scene, &authority, &format!("{authority}, proxies: ['127.0.0.1:1']"));
    assert_eq!(scene.run(&["run", "boatlift.yaml"]).code, Some(0));
    let ran = scene.run(&["cutover", "boatlift.yaml"]);
    assert_ne!(ran.code, Some(0));
    assert!(ran.said.contains("the meta-proxy 127.0.0.1:1 leads clients"), "{}", ran.said);
    assert!(scene.lower_takes_writes());
    assert_eq!(scene.leads_to(), "old");
}

#[test]
fn two_tables_are_led_together() {
    let scene = Scene::new(Version::V2_6);
    let other = format!("{}/items", scene.root());
    scene.runtime.block_on(async {
        let meta = Meta::new(scene.lower.metas(), &Options::default());
        let name = "items".to_owned();
        let table = NewTable { name, partitions: 8, replicas: 3, envs: [].into() };
        meta.create_app(&table).await.expect("the table is made");
        let client = zookeeper().client().await;
        let (entry, _) = client.get_data(&scene.entry()).await.expect("the entry");
        zookeeper().make(&other, &entry).await;
    });
    reword(&scene, &format!("[{TABLE}]"), &format!("[{TABLE}, items]"));
    assert_eq!(scene.run(&["run", "boatlift.yaml"]).code, Some(0));
    let ran = scene.run(&["cutover", "boatlift.yaml"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said);
    assert_eq!(scene.leads_to(), "new");
    let (entry, stat) = scene.runtime.block_on(async {
        let client = zookeeper().client().await;
        client.get_data(&other).await.expect("the entry")
    });
    assert!(String::from_utf8_lossy(&entry).contains("\"new\""));
    assert_eq!(stat.version, 1);
}
