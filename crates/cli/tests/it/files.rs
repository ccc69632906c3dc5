//! Move files, their example and their schema.

use crate::scene::Scene;
use insta::assert_snapshot;

#[test]
fn the_schema_is_stable() {
    assert_snapshot!(Scene::new().run("config schema"));
}

#[test]
fn the_example_is_a_good_move_file() {
    let scene = Scene::new();
    scene.write("boatlift.yaml", &scene.run("init").stdout());
    assert_snapshot!(scene.run("config check boatlift.yaml"));
}

#[test]
fn a_move_file_in_force_is_shown_with_every_key() {
    let scene = Scene::new();
    scene.write("lift.yaml", "move: night\nlower: /old\nupper: new\nlimits: {upper: {rate: 5M}}\n");
    assert_snapshot!(scene.run("config show lift.yaml"));
}

#[test]
fn plain_words_of_yaml_are_taken_as_people_mean_them() {
    let scene = Scene::new();
    let text = "move: a\nlower: /a\nupper: /b\n\
                policy: {delete: none, max-delete: 7}\n\
                limits: {jobs: 2, lower: {rate: off, ops: 2000}}\nfollow: 60s\n";
    scene.write("lift.yaml", text);
    let said = scene.run("config show lift.yaml --json");
    let file = said.json();
    assert_eq!(file["policy"]["max-delete"], "7", "{said}");
    assert_eq!(file["limits"]["lower"]["rate"], "off", "{said}");
    assert_eq!(file["limits"]["lower"]["ops"], "2000", "{said}");
}

#[test]
fn a_move_is_run_by_its_file_and_then_known_by_its_name() {
    let scene = Scene::with_tree();
    scene.write("lift.yaml", "move: night\nlower: lower\nupper: upper\n");
    assert_snapshot!(scene.run("run lift.yaml"));
    assert_eq!(scene.read("upper/sub/b.txt"), "beta\n");
    assert_eq!(scene.run("run night").code(), Some(0));
    assert_eq!(scene.run("config show night --json").json()["move"], "night");
}
