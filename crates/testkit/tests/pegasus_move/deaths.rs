//! A cutover that dies at any of its points leaves no table that refuses writes, and no client
//! between two clusters.

use crate::clients::Clients;
use crate::scene::{Ran, Scene, TABLE};
use boatlift_testkit::fake_pegasus::Version;

/// A guard acts when the promise is about to be broken, so it is kept short here.
const CUTOVER: [&str; 8] =
    ["cutover", "boatlift.yaml", "--attempts", "1", "--prepare", "3s", "--max-reject", "6s"];

/// Dies at a point; tells whether it came that far.
fn dies_at(scene: &Scene, point: &str) -> bool {
    let died = scene.boatlift(&CUTOVER).env("BOATLIFT_FAULT", point).output();
    Ran::from(died.expect("boatlift runs")).code.is_none()
}

/// Dies once at each second point of this name, beginning with `first`, until there is none. The
/// next start ends what was left, or now and then the guard.
fn whoever_comes_after_ends_it(point: &str, first: usize) {
    let mut deaths = 0;
    for at in (first..).step_by(2) {
        let scene = Scene::new(Version::V2_6);
        scene.bring_in_step("");
        let clients = Clients::start(&scene);
        let has_died = dies_at(&scene, &format!("{point}:{at}"));
        let verb = if deaths % 3 == 2 { "guard" } else { "run" };
        let ended = if has_died { scene.run(&[verb, "boatlift.yaml"]).said } else { String::new() };
        let written = clients.end(&scene);
        let leads = scene.leads_to();
        let there = if leads == "new" { &scene.upper } else { &scene.lower };
        let missing = written.missing(&there.rows(TABLE));
        assert!(missing.is_empty(), "{point}:{at}, {verb}: {missing:?}: {ended}");
        assert_eq!(scene.lower_takes_writes(), leads == "old", "{point}:{at}, {verb}: {ended}");
        if !has_died {
            break;
        }
        deaths += 1;
    }
    assert!(deaths > 2, "there are more than {deaths} points {point}");
}

#[test]
fn before_an_event_is_kept() {
    whoever_comes_after_ends_it("saga-before", 1);
}

#[test]
fn after_an_event_was_kept() {
    whoever_comes_after_ends_it("saga-after", 2);
}

#[test]
fn after_a_step_took_effect() {
    whoever_comes_after_ends_it("saga-effect", 1);
}
