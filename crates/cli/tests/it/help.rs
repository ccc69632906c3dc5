//! What the program says of itself.

use crate::scene::Scene;
use insta::assert_snapshot;

#[test]
fn help() {
    assert_snapshot!(Scene::new().run("--help"));
}

#[test]
fn help_of_mirror() {
    assert_snapshot!(Scene::new().run("help mirror"));
}

#[test]
fn version() {
    assert_snapshot!(Scene::new().run("--version"));
}

#[test]
fn explain_a_code() {
    let scene = Scene::new();
    assert_snapshot!(scene.run("explain BL-COPY-003"));
    assert_eq!(
        scene.run("explain bl-copy-003").stdout(),
        scene.run("explain BL-COPY-003").stdout()
    );
}

#[test]
fn explain_a_code_that_does_not_exist() {
    assert_snapshot!(Scene::new().run("explain BL-COPY-999"));
}

#[test]
fn completions_know_the_verbs() {
    for shell in ["bash", "zsh", "fish"] {
        let said = Scene::new().run(&format!("completions {shell}"));
        assert_eq!(said.code(), Some(0));
        assert!(said.stdout().contains("mirror"), "{said}");
    }
}

#[test]
fn man_pages_cover_every_verb() {
    let scene = Scene::new();
    std::fs::create_dir(scene.path("man")).expect("a directory");
    assert_snapshot!(scene.run("man man"));
    for page in ["boatlift.1", "boatlift-mirror.1", "boatlift-journal-backup.1"] {
        assert!(scene.path("man").join(page).exists(), "{page} is missing");
    }
}
