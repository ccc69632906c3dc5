//! Bad input: one clear error each, a hint, the right exit code, and nothing lost.

use crate::scene::Scene;
use insta::assert_snapshot;

#[test]
fn no_verb() {
    assert_eq!(Scene::new().run("").code(), Some(2));
}

#[test]
fn an_unknown_verb() {
    assert_snapshot!(Scene::new().run("miror lower upper"));
}

#[test]
fn a_verb_of_a_later_version() {
    assert_snapshot!(Scene::new().run("serve x"));
}

#[test]
fn a_missing_root_argument() {
    assert_snapshot!(Scene::new().run("mirror lower"));
}

#[test]
fn values_that_mean_nothing() {
    for option in [
        "--delete=some",
        "--max-delete=lots",
        "--rate=fast",
        "--ops=middle:100",
        "--follow=soon",
        "--jobs=0",
        "--verify=hope",
        "--name=../x",
        "--status-every=0s",
    ] {
        let said = Scene::with_tree().run(&format!("mirror lower upper {option}"));
        assert_eq!(said.code(), Some(2), "{said}");
        assert!(said.stderr().contains("error"), "{said}");
    }
}

#[test]
fn a_broken_filter_rule() {
    let scene = Scene::with_tree();
    assert_snapshot!(scene.run("mirror lower upper --exclude [a"));
    assert!(!scene.path("state").exists() && !scene.path("upper").exists());
}

#[test]
fn a_missing_lower() {
    assert_snapshot!(Scene::new().run("mirror lower upper"));
}

#[test]
fn a_lower_that_is_a_file() {
    let scene = Scene::new();
    scene.write("lower", "");
    assert_snapshot!(scene.run("mirror lower upper"));
}

#[test]
fn nested_roots() {
    let scene = Scene::with_tree();
    assert_snapshot!(scene.run("mirror lower lower/sub"));
    assert_eq!(scene.run("mirror lower/sub lower").code(), Some(2));
    assert_eq!(scene.run("mirror lower lower").code(), Some(2));
    assert_eq!(scene.read("lower/sub/b.txt"), "beta\n");
}

#[test]
fn an_upper_without_its_parent() {
    assert_snapshot!(Scene::with_tree().run("mirror lower no/such/upper"));
}

#[test]
fn a_store_of_a_later_version() {
    assert_snapshot!(Scene::with_tree().run("mirror lower abfs://container/prefix"));
}

#[test]
fn an_unknown_key_in_a_move_file() {
    let scene = Scene::new();
    scene.write("lift.yaml", "move: a\nlower: /a\nupper: /b\npolicy:\n  delte: gone\n");
    assert_snapshot!(scene.run("run lift.yaml"));
}

#[test]
fn a_move_file_that_is_no_yaml() {
    let scene = Scene::new();
    scene.write("lift.yaml", "move: [a\nlower: /a\n");
    assert_snapshot!(scene.run("config check lift.yaml"));
}

#[test]
fn an_unknown_move() {
    assert_snapshot!(Scene::new().run("status nowhere"));
}

#[test]
fn an_error_as_json() {
    assert_snapshot!(Scene::new().run("status nowhere --json"));
}

#[test]
fn the_state_of_another_pair() {
    let scene = Scene::with_tree();
    assert_eq!(scene.run("mirror lower upper --state-dir s").code(), Some(0));
    assert_snapshot!(scene.run("mirror lower other --state-dir s"));
    assert!(!scene.path("other").exists());
}

#[test]
fn a_state_directory_that_is_somebody_elses() {
    let scene = Scene::with_tree();
    scene.write("home/thesis.tex", "");
    assert_snapshot!(scene.run("mirror lower upper --state-dir home"));
    assert!(!scene.path("upper").exists());
}

#[test]
fn a_move_that_runs_already() {
    let scene = Scene::with_tree();
    assert_eq!(scene.run("mirror lower upper --name busy").code(), Some(0));
    let _lock = scene.state("busy").lock().expect("free");
    assert_snapshot!(scene.run("run busy"));
    assert_snapshot!(scene.run("pause busy"));
}

#[test]
fn a_move_that_has_ended() {
    let scene = Scene::with_tree();
    assert_eq!(scene.run("mirror lower upper --name ended").code(), Some(0));
    assert_snapshot!(scene.run("finish ended"));
    assert_snapshot!(scene.run("run ended"));
    assert_eq!(scene.run("abandon ended").code(), Some(2));
}

#[test]
fn settings_that_mean_nothing() {
    assert_snapshot!(Scene::new().run("set x speed=1"));
}
