//! Removals: only what is still as it was surveyed, and never more.

use crate::carry::failure;
use crate::ground::{Ground, Item, names};
use boatlift_core::lane::Step;
use boatlift_core::{Code, Outcome};
use std::fs;

#[test]
fn what_is_as_surveyed_is_removed_once() {
    let ground = Ground::new();
    fs::write(ground.upper.join("f"), b"x").expect("a file");
    std::os::unix::fs::symlink("f", ground.upper.join("s")).expect("a link");
    fs::create_dir(ground.upper.join("d")).expect("a directory");
    for key in ["d/", "f", "s"] {
        let item = ground.item(key);
        assert!(matches!(ground.step(Step::Remove, &item), Outcome::Done(_)), "{key}");
        assert!(matches!(ground.step(Step::Remove, &item), Outcome::Same(_)), "{key}");
    }
    assert_eq!(names(&ground.upper), [""; 0]);
}

#[test]
fn what_changed_since_stays() {
    let ground = Ground::new();
    let path = ground.upper.join("f");
    fs::write(&path, b"surveyed").expect("a file");
    let item = ground.item("f");
    fs::write(&path, b"since then").expect("a change");
    assert_eq!(failure(&ground.step(Step::Remove, &item)), Some(Code::RemoveFailed));
    let unknown = Item { upper: None, ..item };
    assert_eq!(failure(&ground.step(Step::Remove, &unknown)), Some(Code::RemoveFailed));
    assert_eq!(fs::read(&path).expect("still there"), b"since then");
}

#[test]
fn another_kind_under_the_name_is_not_what_was_to_be_removed() {
    let ground = Ground::new();
    fs::write(ground.upper.join("a"), b"x").expect("a file");
    fs::create_dir(ground.upper.join("b")).expect("a directory");
    let (file, directory) = (ground.item("a"), ground.item("b/"));
    fs::remove_file(ground.upper.join("a")).expect("removed");
    fs::create_dir(ground.upper.join("a")).expect("a directory");
    fs::remove_dir(ground.upper.join("b")).expect("removed");
    fs::write(ground.upper.join("b"), b"x").expect("a file");
    assert!(matches!(ground.step(Step::Remove, &file), Outcome::Same(_)));
    assert!(matches!(ground.step(Step::Remove, &directory), Outcome::Same(_)));
    assert_eq!(names(&ground.upper), ["a", "b"]);
}

#[test]
fn a_directory_goes_with_our_leavings_but_not_with_others_names() {
    let ground = Ground::new();
    let directory = ground.upper.join("d");
    fs::create_dir(&directory).expect("a directory");
    fs::write(directory.join("excluded"), b"x").expect("a file");
    let item = ground.item("d/");
    assert!(matches!(ground.step(Step::Remove, &item), Outcome::Skipped(_)));
    fs::remove_file(directory.join("excluded")).expect("removed");
    fs::write(directory.join(".boatlift-tmp-0123456789abcdef"), b"x").expect("a leaving");
    assert!(matches!(ground.step(Step::Remove, &item), Outcome::Done(_)));
    assert!(!directory.exists());
}

#[test]
fn all_names_of_one_inode_go_in_one_turn() {
    let ground = Ground::new();
    fs::write(ground.upper.join("a"), b"x").expect("a file");
    fs::hard_link(ground.upper.join("a"), ground.upper.join("b")).expect("a link");
    fs::hard_link(ground.upper.join("a"), ground.upper.join("c")).expect("a link");
    let items = ["a", "b", "c"].map(|key| ground.item(key));
    for outcome in ground.steps(Step::Remove, &items) {
        assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
    }
    assert_eq!(names(&ground.upper), [""; 0]);
}
