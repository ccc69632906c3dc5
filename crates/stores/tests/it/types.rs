//! Items that become another kind of thing.

use crate::carry::failure;
use crate::ground::{Free, Ground, Item, names};
use boatlift_core::lane::Step;
use boatlift_core::{Code, KeyBuf, Outcome, PageBuilder, Turn};
use std::fs;

#[test]
fn a_directory_takes_the_place_of_what_its_partner_names_only() {
    for kind in ["file", "link"] {
        let ground = Ground::new();
        let outside = ground.top.path().join("outside");
        fs::create_dir(&outside).expect("a directory");
        fs::create_dir(ground.lower.join("a")).expect("a directory");
        fs::write(ground.lower.join("a/f"), b"x").expect("a file");
        match kind {
            "file" => fs::write(ground.upper.join("a"), b"old").expect("a file"),
            _ => std::os::unix::fs::symlink(&outside, ground.upper.join("a")).expect("a link"),
        }
        let item = ground.item("a/");
        let refused = ground.step(Step::MakeDirectory, &item);
        assert_eq!(failure(&refused), Some(Code::InTheWay), "{refused:?}");
        let other = Item { partner: Some(KeyBuf::from(&b"b"[..])), ..item.clone() };
        let refused = ground.step(Step::MakeDirectory, &other);
        assert_eq!(failure(&refused), Some(Code::InTheWay), "{refused:?}");
        let named = Item { partner: Some(KeyBuf::from(&b"a"[..])), ..item };
        assert!(matches!(ground.step(Step::MakeDirectory, &named), Outcome::Done(_)));
        assert!(ground.step_now(Step::Carry, "a/f").is_good());
        assert_eq!(names(&ground.upper.join("a")), ["f"]);
        assert_eq!(names(&outside), [""; 0]);
    }
}

#[test]
fn a_file_takes_the_place_of_a_link_and_back() {
    let ground = Ground::new();
    fs::write(ground.lower.join("a"), b"x").expect("a file");
    std::os::unix::fs::symlink("x", ground.upper.join("a")).expect("a link");
    assert!(ground.step_now(Step::Carry, "a").is_good());
    assert_eq!(fs::read(ground.upper.join("a")).expect("a file"), b"x");
    fs::remove_file(ground.lower.join("a")).expect("removed");
    std::os::unix::fs::symlink("y", ground.lower.join("a")).expect("a link");
    assert!(ground.step_now(Step::CompareAndCarry, "a").is_good());
    assert_eq!(fs::read_link(ground.upper.join("a")).expect("a link").to_str(), Some("y"));
}

#[test]
fn a_file_takes_the_place_of_a_directory_once_that_is_removed() {
    let ground = Ground::new();
    fs::write(ground.lower.join("a"), b"x").expect("a file");
    fs::create_dir(ground.upper.join("a")).expect("a directory");
    fs::write(ground.upper.join("a/f"), b"old").expect("a file");
    let items = ["a/f", "a/"].map(|key| ground.item(key));
    // One turn: what lies below goes before the directory.
    for item in &items {
        assert!(matches!(ground.step(Step::Remove, item), Outcome::Done(_)));
    }
    assert!(ground.step_now(Step::Carry, "a").is_good());
    assert_eq!(fs::read(ground.upper.join("a")).expect("a file"), b"x");
}

#[test]
fn a_directory_is_carried_with_its_attributes_but_not_with_what_is_in_it() {
    let ground = Ground::new();
    fs::create_dir_all(ground.lower.join("d/e")).expect("directories");
    fs::write(ground.lower.join("d/e/f"), b"x").expect("a file");
    boatlift_testkit::trees::stamp(&ground.lower.join("d/e"), 9, 9).expect("a time");
    assert!(ground.step_now(Step::Carry, "d/e/").is_good());
    assert!(ground.step_now(Step::Look, "d/e/").is_good());
    assert_eq!(names(&ground.upper.join("d/e")), [""; 0]);
}

#[test]
fn a_directory_removed_in_a_turn_is_made_anew_by_the_same_turn() {
    let ground = Ground::new();
    fs::create_dir(ground.lower.join("d")).expect("a directory");
    fs::write(ground.lower.join("d/f"), b"x").expect("a file");
    fs::create_dir(ground.upper.join("d")).expect("a directory");
    let mut page = PageBuilder::new();
    for item in ["d/", "d/f"].map(|key| ground.item(key)) {
        page.push(&item.entry());
    }
    let steps = [(1, Step::Look), (0, Step::Remove), (1, Step::Carry)];
    let turn = Turn { page: &page.take(), steps: &steps, owners: false };
    let outcomes = ground.lane().carry(&turn, &Free);
    assert!(outcomes[1].1.is_good() && outcomes[2].1.is_good(), "{outcomes:?}");
    assert_eq!(fs::read(ground.upper.join("d/f")).expect("the copy"), b"x");
}
