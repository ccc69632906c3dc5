//! Servers that are gone for good: what they were told ended with them, and is not waited for.

use crate::scene::{Ran, Scene, TABLE};
use boatlift_clients::pegasus::{Options, Server};
use boatlift_testkit::fake_pegasus::{FakeCluster, Version};
use std::time::{Duration, Instant};

const CUTOVER: [&str; 5] = ["cutover", "boatlift.yaml", "--attempts", "1", "--prepare=3s"];

/// Ends a server for good, and waits until no partition counts on it.
fn lose(cluster: &FakeCluster, server: usize) {
    cluster.kill(server);
    let begun = Instant::now();
    while (0..4).any(|partition| cluster.primary(TABLE, partition) == Some(server)) {
        assert!(begun.elapsed() < Duration::from_secs(60), "nobody takes over");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_server_that_is_gone_does_not_keep_a_cutover_from_being_undone() {
    let scene = Scene::tuned(Version::V2_5, |settings| {
        settings.replicas = 4;
        settings.config_sync = Duration::from_secs(2);
    });
    scene.bring_in_step("");
    let died = scene.boatlift(&CUTOVER).env("BOATLIFT_FAULT", "saga-after:8").output();
    let died = Ran::from(died.expect("it ran"));
    assert_eq!(died.code, None, "it dies behind the fence: {}", died.said);
    lose(&scene.lower, 3);
    let ended = scene.run(&["run", "boatlift.yaml"]);
    assert!(scene.lower_takes_writes(), "{}", ended.said);
    assert!(!ended.said.contains("updateConfig"), "{}", ended.said);
    for endpoint in &scene.lower.replicas()[..3] {
        let server = Server::new(endpoint.clone(), Options::default());
        let sync = scene.runtime.block_on(server.flag("config_sync_interval_ms")).expect("told");
        assert_eq!(sync.value, "2000");
    }
    let ran = scene.run(&["cutover", "boatlift.yaml"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said);
    assert_eq!(scene.leads_to(), "new");
}
