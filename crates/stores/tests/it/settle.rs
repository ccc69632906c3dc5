//! Setting attributes, and looking whether they are set.

use crate::carry::failure;
use crate::ground::{Ground, Item, facets, is_root};
use boatlift_core::lane::Step;
use boatlift_core::{Code, Outcome, Proof};
use boatlift_testkit::trees::stamp;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

fn both(name: &str) -> Ground {
    let ground = Ground::new();
    for side in [&ground.lower, &ground.upper] {
        fs::write(side.join(name), b"content").expect("a file");
        stamp(&side.join(name), 1_000, 1).expect("a time");
    }
    ground
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
}

fn look(path: &Path) -> fs::Metadata {
    fs::symlink_metadata(path).expect("a look")
}

#[test]
fn what_is_in_line_is_not_disturbed() {
    let ground = both("f");
    let before = look(&ground.upper.join("f"));
    let outcome = ground.step_now(Step::SetAttributes, "f");
    assert!(matches!(&outcome, Outcome::Same(r) if r.proof == Proof::Claimed), "{outcome:?}");
    let after = look(&ground.upper.join("f"));
    assert_eq!((before.ctime(), before.ctime_nsec()), (after.ctime(), after.ctime_nsec()));
}

#[test]
fn mode_owner_and_time_are_brought_in_line() {
    let ground = both("f");
    chmod(&ground.lower.join("f"), 0o4511);
    if is_root() {
        std::os::unix::fs::chown(ground.lower.join("f"), Some(1234), Some(4321)).expect("owner");
        chmod(&ground.lower.join("f"), 0o4511);
    }
    let outcome = ground.step_now(Step::SetAttributes, "f");
    assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
    let (from, to) = (look(&ground.lower.join("f")), look(&ground.upper.join("f")));
    assert_eq!((to.mode(), to.uid(), to.gid()), (from.mode(), from.uid(), from.gid()));
    assert!(ground.step_now(Step::Look, "f").is_good());
}

#[test]
fn a_new_owner_does_not_cost_the_setuid_bit() {
    if !is_root() {
        return;
    }
    let ground = both("f");
    std::os::unix::fs::chown(ground.lower.join("f"), Some(1234), Some(4321)).expect("owner");
    for side in [&ground.lower, &ground.upper] {
        chmod(&side.join("f"), 0o6755);
    }
    assert!(matches!(ground.step_now(Step::SetAttributes, "f"), Outcome::Done(_)));
    let to = look(&ground.upper.join("f"));
    assert_eq!((to.uid(), to.gid(), to.mode() & 0o7777), (1234, 4321, 0o6755));
}

#[test]
fn a_directory_gets_its_time_last() {
    let ground = Ground::new();
    fs::create_dir(ground.lower.join("d")).expect("a directory");
    stamp(&ground.lower.join("d"), 77, 88).expect("a time");
    chmod(&ground.lower.join("d"), 0o2751);
    assert!(matches!(ground.step_now(Step::MakeDirectory, "d/"), Outcome::Done(_)));
    assert!(matches!(ground.step_now(Step::MakeDirectory, "d/"), Outcome::Same(_)));
    assert!(ground.step_now(Step::SetAttributes, "d/").is_good());
    let to = look(&ground.upper.join("d"));
    assert_eq!((to.mtime(), to.mtime_nsec(), to.mode() & 0o7777), (77, 88, 0o2751));
}

#[test]
fn attributes_are_not_set_on_other_content() {
    let ground = both("f");
    let item = ground.item("f");
    fs::write(ground.lower.join("f"), b"CONTENT").expect("a change");
    assert_eq!(ground.step(Step::SetAttributes, &item), Outcome::Moving);
    let ground = both("f");
    let item = ground.item("f");
    fs::write(ground.upper.join("f"), b"CONTENT").expect("a change");
    let outcome = ground.step(Step::SetAttributes, &item);
    assert_eq!(failure(&outcome), Some(Code::LookDiffers), "{outcome:?}");
    assert_ne!(look(&ground.upper.join("f")).mtime(), 1_000, "its time does not hide it");
    fs::remove_file(ground.lower.join("f")).expect("removed");
    assert_eq!(ground.step(Step::SetAttributes, &item), Outcome::Vanished);
}

#[test]
fn looking_says_what_differs() {
    let ground = both("f");
    let item = ground.item("f");
    let because = |outcome: Outcome| match outcome {
        Outcome::Failed(error) => error.because.unwrap_or_default(),
        other => panic!("{other:?}"),
    };
    chmod(&ground.lower.join("f"), 0o600);
    chmod(&ground.upper.join("f"), 0o644);
    assert_eq!(because(ground.step_now(Step::Look, "f")), "mode 0644, not 0600");
    fs::write(ground.upper.join("f"), b"longer content").expect("a change");
    assert_eq!(because(ground.step_now(Step::Look, "f")), "size 14, not 7");
    fs::remove_file(ground.upper.join("f")).expect("removed");
    assert_eq!(because(ground.step(Step::Look, &item)), "it is not there");
    fs::create_dir(ground.upper.join("f")).expect("a directory");
    assert_eq!(because(ground.step(Step::Look, &item)), "it is not there");
    std::os::unix::fs::symlink("here", ground.lower.join("s")).expect("a link");
    std::os::unix::fs::symlink("there", ground.upper.join("s")).expect("a link");
    assert_eq!(because(ground.step_now(Step::Look, "s")), "it points to there, not here");
}

#[test]
fn looking_at_what_was_removed_tells_whether_it_is_back() {
    let ground = Ground::new();
    let absent = Item { key: boatlift_core::KeyBuf::from(&b"f"[..]), ..Item::default() };
    let outcome = ground.step(Step::Look, &absent);
    assert!(matches!(&outcome, Outcome::Done(r) if r.upper.is_none()), "{outcome:?}");
    fs::write(ground.upper.join("f"), b"back").expect("a file");
    let outcome = ground.step(Step::Look, &absent);
    let upper = outcome.receipt().and_then(|r| r.upper.clone()).expect("facets");
    assert_eq!(facets(&upper).size(), Some(4));
}

#[test]
fn the_roots_themselves_are_brought_in_line() {
    let ground = Ground::new();
    chmod(&ground.lower, 0o2750);
    boatlift_testkit::trees::set_attribute(&ground.lower, "user.a", b"1").expect("attribute");
    stamp(&ground.lower, 11, 12).expect("a time");
    assert_eq!(ground.lane().align_roots(is_root()), Ok(()));
    let to = look(&ground.upper);
    assert_eq!((to.mode() & 0o7777, to.mtime(), to.mtime_nsec()), (0o2750, 11, 12));
}
