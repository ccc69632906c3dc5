//! A guard that has nothing but the move file: it lifts what a dead run left, and leaves what clients
//! follow.

use crate::scene::{Ran, Scene, TABLE};
use boatlift_clients::pegasus::structs::MetaLevel;
use boatlift_clients::pegasus::{Meta, Options};
use boatlift_testkit::fake_pegasus::Version;
use std::process::{Child, Stdio};
use std::time::Duration;

const CUTOVER: [&str; 5] = ["cutover", "boatlift.yaml", "--attempts", "1", "--prepare=3s"];

/// A guard on another host: it has the move file, and no state.
fn guard(scene: &Scene) -> Child {
    guard_for(scene, "--max-reject=6s")
}

fn guard_for(scene: &Scene, promise: &str) -> Child {
    let file = std::fs::read_to_string(scene.top.path().join("boatlift.yaml")).expect("the file");
    let elsewhere = scene.top.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).expect("a directory");
    std::fs::write(elsewhere.join("copy.yaml"), file).expect("written");
    let arguments = ["guard", "copy.yaml", "--stateless", promise, "--wait=30s"];
    let mut guard = scene.boatlift(&arguments);
    let guard = guard.current_dir(&elsewhere).env("BOATLIFT_STATE_DIR", elsewhere.join("state"));
    guard.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("boatlift starts")
}

#[test]
fn a_guard_without_the_state_lifts_what_a_dead_run_left() {
    let scene = Scene::new(Version::V2_5);
    scene.bring_in_step("");
    let meta = Meta::new(scene.lower.metas(), &Options::default());
    let level = |level| scene.runtime.block_on(meta.control(level)).expect("asked");
    level(MetaLevel::Lively);
    let guard = guard(&scene);
    // The guard notes what is before it watches.
    std::thread::sleep(Duration::from_secs(1));
    let died = scene.boatlift(&CUTOVER).env("BOATLIFT_FAULT", "saga-after:8").output();
    assert_eq!(Ran::from(died.expect("it ran")).code, None, "it dies behind the fence");
    assert!(!scene.lower_takes_writes());
    let ran = Ran::from(guard.wait_with_output().expect("it ends"));
    assert_eq!(ran.code, Some(0), "{}", ran.said);
    assert!(ran.said.contains("lifted: LOWER takes writes again"), "{}", ran.said);
    assert!(scene.lower_takes_writes());
    assert_eq!((scene.leads_to().as_str(), level(MetaLevel::Read)), ("old", MetaLevel::Lively));
    // The next run finds it undone, and may begin again.
    let ran = scene.run(&["run", "boatlift.yaml"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said);
    let ran = scene.run(&["cutover", "boatlift.yaml"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said);
    assert_eq!(scene.leads_to(), "new");
}

/// A promise that is too short is none to refuse once a fence stands.
#[test]
fn a_guard_that_comes_late_lifts_at_once() {
    let scene = Scene::new(Version::V2_5);
    scene.bring_in_step("");
    let died = scene.boatlift(&CUTOVER).env("BOATLIFT_FAULT", "saga-after:8").output();
    assert_eq!(Ran::from(died.expect("it ran")).code, None, "it dies behind the fence");
    assert!(!scene.lower_takes_writes());
    let guard = guard_for(&scene, "--max-reject=1s");
    let ran = Ran::from(guard.wait_with_output().expect("it ends"));
    assert!(ran.said.contains("lifted: LOWER takes writes again"), "{}", ran.said);
    assert_eq!(ran.code, Some(1), "what else was changed is not known: {}", ran.said);
    assert!(scene.lower_takes_writes());
    assert_eq!(scene.leads_to(), "old");
}

#[test]
fn a_guard_without_the_state_sees_which_side_is_fenced() {
    let scene = Scene::new(Version::V2_6);
    scene.bring_in_step("cutover: {keep-reverse: true, stragglers: 500ms}");
    let there = scene.run(&["cutover", "boatlift.yaml"]);
    assert_eq!(there.code, Some(0), "{}", there.said);
    crate::back::wait_until_ready(&scene);
    let back = ["cutover", "boatlift.yaml", "--reverse"];
    let died = scene.boatlift(&back).env("BOATLIFT_FAULT", "saga-after:8").output();
    let died = Ran::from(died.expect("it ran"));
    assert_eq!(died.code, None, "it dies behind the fence: {}", died.said);
    assert!(!scene.takes_writes(&scene.upper));
    let ran = Ran::from(guard(&scene).wait_with_output().expect("it ends"));
    assert!(ran.said.contains("lifted: UPPER takes writes again"), "{}", ran.said);
    assert!(scene.takes_writes(&scene.upper));
    assert_eq!(scene.leads_to(), "new");
}

#[test]
fn a_guard_without_the_state_leaves_what_clients_follow() {
    let scene = Scene::new(Version::V2_6);
    scene.bring_in_step("");
    let guard = guard(&scene);
    std::thread::sleep(Duration::from_secs(1));
    let ran = scene.run(&CUTOVER);
    assert_eq!(ran.code, Some(0), "{}", ran.said);
    let ran = Ran::from(guard.wait_with_output().expect("it ends"));
    assert_eq!(ran.code, Some(0), "{}", ran.said);
    assert!(ran.said.contains("clients follow UPPER"), "{}", ran.said);
    assert!(!scene.lower_takes_writes());
    assert!(scene.upper.rows(TABLE).len() >= 200);
}

#[test]
fn a_guard_without_the_state_cannot_know_what_a_person_did() {
    let scene = Scene::new(Version::V2_6);
    scene.move_file(false, "");
    let ran = scene.run(&["guard", "boatlift.yaml", "--stateless"]);
    assert_eq!(ran.code, Some(2), "{}", ran.said);
    assert!(ran.said.contains("a person leads the clients"), "{}", ran.said);
}
