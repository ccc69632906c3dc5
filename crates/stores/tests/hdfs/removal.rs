//! Removing from UPPER, and what interrupted turns leave.

use crate::ground::{Ground, all_good, item, lane, list, steps, write};
use boatlift_core::lane::Step;
use boatlift_core::store::Detail;
use boatlift_core::{Filter, Outcome, Store};

#[test]
fn a_tree_is_removed_from_its_leaves_and_what_changed_stays() {
    let ground = Ground::new();
    let upper = ground.upper.open();
    for key in ["a/b/c", "a/b/d", "a/e", "kept/x"] {
        write(&*upper, key, b"then");
    }
    let lower = ground.lower.open();
    let items = ["a/", "a/b/", "a/b/c", "a/b/d", "a/e", "kept/", "kept/x"]
        .map(|key| item(&*lower, &*upper, key));
    write(&*upper, "kept/x", b"and since");
    let outcomes =
        steps(&*lane(lower, ground.upper.open()), Step::Remove, &items, &crate::ground::Free);
    let [changed, not_empty, others @ ..] = &outcomes[..] else { panic!("{outcomes:?}") };
    assert!(matches!(changed, Outcome::Failed(_)), "{changed:?}");
    assert!(matches!(not_empty, Outcome::Skipped(_)), "{not_empty:?}");
    all_good(others);
    let (left, _) = list(&*upper, Filter::default(), Detail::Basic);
    assert_eq!(crate::ground::keys(&left), ["kept/", "kept/x"]);
}

#[test]
fn a_directory_that_holds_only_our_temporaries_is_empty() {
    let ground = Ground::new();
    let upper = ground.upper.open();
    write(&*upper, "d/.boatlift-tmp-0123456789abcdef", b"left");
    all_good(&[ground.step_now(Step::Remove, "d/")]);
    assert_eq!(ground.upper.names(""), [""; 0]);
}

#[test]
fn what_a_dead_turn_left_is_swept_or_overwritten() {
    let ground = Ground::new();
    let (lower, upper) = (ground.lower.open(), ground.upper.open());
    write(&*lower, "a", b"content");
    let prefix = ".boatlift-tmp-";
    let name = format!("{prefix}{}", &blake3_hex("a")[..16]);
    let leave = || write(&*upper, &name, b"half of it");
    leave();
    let mut page = boatlift_core::PageBuilder::new();
    let found = item(&*lower, &*upper, "a");
    page.push(&found.entry());
    upper.sweep(&page.take()).expect("swept");
    assert_eq!(ground.upper.names(""), [""; 0]);
    leave();
    all_good(&[ground.step_now(Step::Carry, "a")]);
    assert_eq!(ground.upper.names(""), ["a"]);
}

fn blake3_hex(name: &str) -> String {
    blake3::hash(name.as_bytes()).to_hex().to_string()
}
