//! Tables are handed over while clients write, or stay where they are.

use crate::clients::Clients;
use crate::scene::{Scene, TABLE};
use boatlift_clients::pegasus::{Meta, Options};
use boatlift_testkit::fake_pegasus::Version;
use std::time::Duration;

/// Every row that a client was promised is on UPPER, with its newest value.
fn nothing_is_missing(scene: &Scene, clients: Clients) -> Duration {
    let written = clients.end(scene);
    assert!(written.rows.len() >= 50, "the clients wrote {} rows", written.rows.len());
    let upper = scene.upper.rows(TABLE);
    assert_eq!(written.missing(&upper), [""; 0]);
    assert_eq!(upper.keys().filter(|key| key.starts_with(b"\x00")).count(), upper.len());
    written.longest_gap
}

#[test]
fn a_table_moves_while_its_clients_write() {
    for version in [Version::V2_6, Version::V2_5] {
        let scene = Scene::new(version);
        scene.bring_in_step("");
        let clients = Clients::start(&scene);
        let ready = scene.run(&["cutover", "boatlift.yaml", "--dry-run"]);
        assert_eq!(ready.code, Some(0), "{version:?}: {}", ready.said);
        assert!(ready.said.contains("how long writes will be refused"), "{}", ready.said);
        assert_eq!(scene.leads_to(), "old");

        let ran = scene.run(&["cutover", "boatlift.yaml"]);
        assert_eq!(ran.code, Some(0), "{version:?}: {}", ran.said);
        assert_eq!(scene.leads_to(), "new");
        std::thread::sleep(Duration::from_millis(300));
        let gap = nothing_is_missing(&scene, clients);
        assert!(gap < Duration::from_secs(15), "{version:?}: clients waited {gap:?}");
        assert!(!scene.lower_takes_writes());
        assert_eq!((scene.lower.death(), scene.upper.death()), (None, None));
        for (cluster, leftover) in [(&scene.lower, "duplication."), (&scene.upper, "duplication.")]
        {
            let meta = Meta::new(cluster.metas(), &Options::default());
            let table = scene.runtime.block_on(meta.table(TABLE)).expect("asked").expect("there");
            assert!(!table.envs.keys().any(|key| key.starts_with(leftover)), "{:?}", table.envs);
        }
        let again = scene.run(&["run", "boatlift.yaml"]);
        assert!(again.said.contains("users follow it since the cutover"), "{}", again.said);
    }
}

#[test]
fn a_promise_that_cannot_be_kept_is_not_begun() {
    let scene = Scene::new(Version::V2_6);
    scene.bring_in_step("");
    let ran = scene.run(&["cutover", "boatlift.yaml", "--max-reject", "300ms"]);
    assert_ne!(ran.code, Some(0));
    assert!(ran.said.contains("cannot promise to refuse writes for at most"), "{}", ran.said);
    assert!(scene.lower_takes_writes());
    assert_eq!(scene.leads_to(), "old");
}

#[test]
fn clients_are_led_by_hand_where_nothing_else_leads_them() {
    let scene = Scene::new(Version::V2_6);
    scene.move_file(false, "cutover: {manual-window: 30s}");
    assert_eq!(scene.run(&["run", "boatlift.yaml"]).code, Some(0));
    let refused = scene.run(&["cutover", "boatlift.yaml"]);
    assert!(refused.said.contains("say --go"), "{}", refused.said);
    let early = scene.run(&["cutover", "boatlift.yaml", "--switched"]);
    assert!(early.said.contains("no cutover waits for that"), "{}", early.said);

    let mut cutover = scene.boatlift(&["cutover", "boatlift.yaml", "--go"]);
    let cutover = cutover.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let cutover = cutover.spawn().expect("boatlift starts");
    let asked = || {
        let state = scene.top.path().join("state").read_dir().expect("the state");
        let mut names = state.flatten().map(|entry| entry.file_name());
        names.any(|name| name.to_string_lossy().ends_with(".asked"))
    };
    while !asked() {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(!scene.lower_takes_writes());
    let said = scene.run(&["cutover", "boatlift.yaml", "--switched"]);
    assert_eq!(said.code, Some(0), "{}", said.said);
    let ended = crate::scene::Ran::from(cutover.wait_with_output().expect("it ends"));
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    assert!(!scene.lower_takes_writes());
}
