//! Clients that were led to UPPER are led back, and take along what they wrote there.

use crate::clients::Clients;
use crate::scene::{Ran, Scene, TABLE};
use boatlift_clients::pegasus::{Meta, Options};
use boatlift_testkit::fake_pegasus::{FakeCluster, Version};
use std::time::{Duration, Instant};

const KEPT: &str = "cutover: {keep-reverse: true, stragglers: 500ms}";

/// Both clusters in step, with a way back to be kept.
fn in_step(version: Version) -> Scene {
    let scene = Scene::new(version);
    scene.bring_in_step(KEPT);
    scene
}

fn duplications(scene: &Scene, cluster: &FakeCluster) -> usize {
    let meta = Meta::new(cluster.metas(), &Options::default());
    scene.runtime.block_on(meta.query_duplications(TABLE)).expect("asked").len()
}

fn denied(scene: &Scene, cluster: &FakeCluster) -> Option<String> {
    let meta = Meta::new(cluster.metas(), &Options::default());
    let table = scene.runtime.block_on(meta.table(TABLE)).expect("asked").expect("there");
    table.envs.get("replica.deny_client_request").cloned()
}

#[test]
fn what_was_written_on_upper_comes_back_with_its_clients() {
    for version in [Version::V2_6, Version::V2_5] {
        let scene = in_step(version);
        let clients = Clients::start(&scene);
        let ready = scene.run(&["cutover", "boatlift.yaml", "--dry-run"]);
        assert!(ready.said.contains("a way back is kept for 1day"), "{}", ready.said);
        let there = scene.run(&["cutover", "boatlift.yaml"]);
        assert_eq!(there.code, Some(0), "{version:?}: {}", there.said);
        assert_eq!(scene.leads_to(), "new");
        assert_eq!(denied(&scene, &scene.lower).as_deref(), Some("reconfig*read"));
        assert_eq!(
            (duplications(&scene, &scene.lower), duplications(&scene, &scene.upper)),
            (0, 1)
        );

        wait_until_ready(&scene);
        let back = scene.run(&["cutover", "boatlift.yaml", "--reverse"]);
        assert_eq!(back.code, Some(0), "{version:?}: {}", back.said);
        assert_eq!(scene.leads_to(), "old");
        std::thread::sleep(Duration::from_millis(300));
        let written = clients.end(&scene);
        assert_eq!(written.missing(&scene.lower.rows(TABLE)), [""; 0], "{version:?}");
        assert!(scene.lower_takes_writes() && !scene.takes_writes(&scene.upper));
        assert_eq!(denied(&scene, &scene.lower), None);
        assert_eq!(
            (duplications(&scene, &scene.lower), duplications(&scene, &scene.upper)),
            (0, 0)
        );
        assert_eq!((scene.lower.death(), scene.upper.death()), (None, None));
    }
}

/// LOWER hears at its servers' next config sync that it takes what is shipped.
pub(crate) fn wait_until_ready(scene: &Scene) {
    let begun = Instant::now();
    loop {
        let ready = scene.run(&["cutover", "boatlift.yaml", "--reverse", "--dry-run"]);
        if ready.code == Some(0) {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{}", ready.said);
    }
}

#[test]
fn without_a_way_back_there_is_none() {
    let scene = Scene::new(Version::V2_6);
    scene.bring_in_step("");
    let early = scene.run(&["cutover", "boatlift.yaml", "--reverse"]);
    assert!(early.said.contains("no cutover led them to UPPER"), "{}", early.said);
    assert_eq!(scene.run(&["cutover", "boatlift.yaml"]).code, Some(0));
    let refused = scene.run(&["cutover", "boatlift.yaml", "--reverse"]);
    assert_eq!(refused.code, Some(2), "{}", refused.said);
    let told = "the cutover that led them to UPPER kept no way back";
    assert!(refused.said.contains(told), "{}", refused.said);
    assert_eq!(scene.leads_to(), "new");
}

#[test]
fn a_way_back_that_was_broken_is_refused() {
    let scene = in_step(Version::V2_6);
    let there = scene.run(&["cutover", "boatlift.yaml", "--keep-reverse"]);
    assert_eq!(there.code, Some(0), "{}", there.said);
    let meta = Meta::new(scene.upper.metas(), &Options::default());
    scene.runtime.block_on(async {
        use boatlift_clients::pegasus::structs::DuplicationStatus::Removed;
        let entries = meta.query_duplications(TABLE).await.expect("asked");
        meta.set_duplication_status(TABLE, entries[0].dupid, Removed).await.expect("removed");
    });
    let refused = scene.run(&["cutover", "boatlift.yaml", "--reverse"]);
    assert!(
        refused.said.contains("UPPER ships `orders` back to LOWER: it does not"),
        "{refused:?}"
    );
    assert_eq!(scene.leads_to(), "new");
    assert!(scene.takes_writes(&scene.upper));
}

/// A cutover that keeps a way back, or leads back, dies at a point; whoever comes next ends it.
fn dies_and_is_ended(scene: &Scene, arguments: &[&str], point: &str, verb: &str) -> Ran {
    let mut all = vec!["cutover", "boatlift.yaml", "--attempts", "1"];
    if verb == "guard" {
        // It acts when the promise is about to be broken.
        all.extend(["--prepare", "10s", "--max-reject", "8s"]);
    }
    all.extend(arguments);
    let died = scene.boatlift(&all).env("BOATLIFT_FAULT", point).output();
    let died = Ran::from(died.expect("boatlift runs"));
    assert_eq!(died.code, None, "it did not come to {point}: {}", died.said);
    scene.run(&[verb, "boatlift.yaml"])
}

#[test]
fn a_death_behind_the_preparation_leaves_no_duplication_back() {
    let scene = in_step(Version::V2_6);
    // The second step is Arm.
    let ended = dies_and_is_ended(&scene, &[], "saga-effect:2", "run");
    assert_eq!(duplications(&scene, &scene.upper), 0, "{}", ended.said);
    assert!(scene.lower_takes_writes());
    assert_eq!(scene.leads_to(), "old");
}

/// At every step with `BOATLIFT_RUNS`; otherwise behind the fence, and behind the switch.
#[test]
fn a_way_back_that_dies_is_ended_by_whoever_comes_after() {
    let steps = match std::env::var_os("BOATLIFT_RUNS") {
        None => vec![3, 6],
        Some(_) => (1..=8).collect(),
    };
    for at in steps {
        let verb = if at % 3 == 2 { "guard" } else { "run" };
        let scene = in_step(Version::V2_6);
        assert_eq!(scene.run(&["cutover", "boatlift.yaml"]).code, Some(0));
        wait_until_ready(&scene);
        let clients = Clients::start(&scene);
        let point = format!("saga-effect:{at}");
        let ended = dies_and_is_ended(&scene, &["--reverse"], &point, verb);
        let written = clients.end(&scene);
        let leads = scene.leads_to();
        let (there, here) = match leads.as_str() {
            "old" => (&scene.lower, &scene.upper),
            _ => (&scene.upper, &scene.lower),
        };
        let missing = written.missing(&there.rows(TABLE));
        assert!(missing.is_empty(), "{point}, {verb}: {missing:?}: {ended:?}");
        assert!(scene.takes_writes(there), "{point}, {verb}: {ended:?}");
        // Where clients did not go, readers at least are refused.
        assert!(denied(&scene, here).is_some(), "{point}, {verb}: {ended:?}");
    }
}
