//! Tails that stick, as 2.6 has them now and then.

use crate::clients::Clients;
use crate::scene::{Scene, TABLE};
use boatlift_clients::pegasus::structs::DuplicationStatus;
use boatlift_clients::pegasus::{Meta, Options};
use boatlift_testkit::fake_pegasus::Version;

#[test]
fn a_tail_that_sticks_behind_the_fence_lets_writes_in_again() {
    let scene = Scene::with(Version::V2_6, 1);
    scene.bring_in_step("");
    let clients = Clients::start(&scene);
    let ran = scene.run(&["cutover", "boatlift.yaml", "--attempts", "1"]);
    assert_ne!(ran.code, Some(0), "{}", ran.said);
    assert!(ran.said.contains("undone"), "{}", ran.said);
    assert!(ran.said.contains("a tail does not move on"), "{}", ran.said);
    assert_eq!(scene.leads_to(), "old");
    assert!(scene.lower_takes_writes());
    let written = clients.end(&scene);
    assert_eq!(written.missing(&scene.lower.rows(TABLE)), [""; 0]);
}

#[test]
fn a_tail_that_sticks_before_the_fence_is_cured_while_writes_are_taken() {
    let scene = Scene::new(Version::V2_6);
    scene.bring_in_step("");
    for partition in 0..4 {
        scene.lower.stick(TABLE, partition);
    }
    for number in 0..20 {
        scene.put(&format!("late-{number}"), b"last");
    }
    for partition in 0..4 {
        scene.lower.stick(TABLE, partition);
    }
    scene.lower.be_busy(2);
    let ran = scene.run(&["cutover", "boatlift.yaml", "--attempts", "1"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said);
    assert_eq!(scene.leads_to(), "new");
    assert_eq!(scene.upper.rows(TABLE).len(), scene.lower.rows(TABLE).len());
}

/// A cure that dies between its pause and its start is ended by whoever comes next.
#[test]
fn a_duplication_that_a_cure_left_paused_is_started_again() {
    let scene = Scene::tuned(Version::V2_6, |settings| {
        settings.duplication_sync = std::time::Duration::from_secs(3);
    });
    scene.bring_in_step("");
    for number in 0..20 {
        scene.put(&format!("late-{number}"), b"last");
    }
    for partition in 0..4 {
        scene.lower.stick(TABLE, partition);
    }
    let mut run = scene.boatlift(&["cutover", "boatlift.yaml"]);
    let mut run = run.stdout(std::process::Stdio::null()).spawn().expect("boatlift starts");
    let meta = Meta::new(scene.lower.metas(), &Options::default());
    let status = || {
        let entries = scene.runtime.block_on(meta.query_duplications(TABLE)).expect("asked");
        entries.first().expect("a duplication").status
    };
    while status() != DuplicationStatus::Pause {
        assert!(run.try_wait().expect("asked").is_none(), "it ended without a cure");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    run.kill().and_then(|()| run.wait()).expect("killed");
    let ran = scene.run(&["run", "boatlift.yaml"]);
    assert_eq!(status(), DuplicationStatus::Log, "{}", ran.said);
    assert!(scene.lower_takes_writes());
    assert_eq!(scene.leads_to(), "old");
}
