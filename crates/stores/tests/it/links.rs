//! Groups of hard links, and renames.

use crate::carry::failure;
use crate::ground::{Ground, Item, facets, names};
use boatlift_core::lane::Step;
use boatlift_core::{Code, Digest, KeyBuf, Outcome, Proof};
use std::fs;
use std::os::unix::fs::MetadataExt;

/// The item as a survey tells it that found `leader` first.
fn linked(ground: &Ground, key: &str, leader: &str) -> Item {
    let item = ground.item(key);
    let lower = item.lower.clone().expect("LOWER has it");
    let mut told = facets(&lower).decode();
    told.linked = Some(leader.as_bytes());
    let mut encoded = Vec::new();
    told.encode(&mut encoded);
    Item { lower: Some(encoded), ..item }
}

fn pair() -> Ground {
    let ground = Ground::new();
    fs::write(ground.lower.join("a"), b"content").expect("a file");
    fs::create_dir(ground.lower.join("d")).expect("a directory");
    fs::hard_link(ground.lower.join("a"), ground.lower.join("d/b")).expect("a link");
    ground
}

fn inode(ground: &Ground, key: &str) -> u64 {
    fs::metadata(ground.upper.join(key)).expect("a look").ino()
}

#[test]
fn a_link_is_made_once_and_again_without_harm() {
    let ground = pair();
    assert!(ground.step_now(Step::Carry, "a").is_good());
    let item = linked(&ground, "d/b", "a");
    assert!(matches!(ground.step(Step::Link, &item), Outcome::Done(_)));
    assert!(matches!(ground.step(Step::Link, &item), Outcome::Same(_)));
    assert_eq!(inode(&ground, "a"), inode(&ground, "d/b"));
    assert_eq!(names(&ground.upper.join("d")), ["b"]);
    // A file of its own in the place is replaced.
    fs::remove_file(ground.upper.join("d/b")).expect("removed");
    fs::write(ground.upper.join("d/b"), b"other").expect("a file");
    assert!(matches!(ground.step(Step::Link, &item), Outcome::Done(_)));
    assert_eq!(inode(&ground, "a"), inode(&ground, "d/b"));
}

#[test]
fn looking_tells_the_leader_or_that_it_is_no_link() {
    let ground = pair();
    assert!(ground.step_now(Step::Carry, "a").is_good());
    let item = linked(&ground, "d/b", "a");
    assert!(ground.step(Step::Link, &item).is_good());
    let looked = ground.step(Step::Look, &item);
    let upper = looked.receipt().and_then(|receipt| receipt.upper.clone()).expect("facets");
    assert_eq!(facets(&upper).decode().linked, Some(&b"a"[..]));
    fs::remove_file(ground.upper.join("d/b")).expect("removed");
    assert!(ground.step_now(Step::Carry, "d/b").is_good());
    let looked = ground.step(Step::Look, &item);
    assert_eq!(failure(&looked), Some(Code::LookDiffers), "{looked:?}");
}

#[test]
fn without_its_leader_the_content_is_carried() {
    let ground = pair();
    let outcome = ground.step(Step::Link, &linked(&ground, "d/b", "a"));
    assert!(matches!(&outcome, Outcome::Done(r) if r.proof == Proof::Carried), "{outcome:?}");
    assert_eq!(fs::read(ground.upper.join("d/b")).expect("UPPER's"), b"content");
}

#[test]
fn a_leader_that_is_not_yet_carried_is_not_linked_to() {
    let ground = pair();
    fs::write(ground.upper.join("a"), b"old").expect("a file");
    assert_eq!(ground.step(Step::Link, &linked(&ground, "d/b", "a")), Outcome::Moving);
    assert!(!ground.upper.join("d/b").exists());
}

fn renamed(ground: &Ground, old: &str, new: &str) -> Item {
    let upper = ground.item(old).upper;
    let digest = Some(Digest::Blake3(blake3::hash(b"content").into()));
    Item { upper, digest, partner: Some(KeyBuf::from(old.as_bytes())), ..ground.item(new) }
}

#[test]
fn a_rename_is_replayed_and_attributes_follow() {
    let ground = pair();
    assert!(ground.step_now(Step::Carry, "a").is_good());
    let before = inode(&ground, "a");
    fs::create_dir(ground.lower.join("new")).expect("a directory");
    fs::rename(ground.lower.join("a"), ground.lower.join("new/a")).expect("a rename");
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o604);
    fs::set_permissions(ground.lower.join("new/a"), permissions).expect("a mode");
    let item = renamed(&ground, "a", "new/a");
    let outcome = ground.step(Step::Rename, &item);
    let receipt = outcome.receipt().expect("a receipt");
    assert_eq!((receipt.proof, receipt.digest), (Proof::Claimed, item.digest));
    assert_eq!(inode(&ground, "new/a"), before, "no byte was carried");
    assert_eq!(fs::metadata(ground.upper.join("new/a")).expect("a look").mode() & 0o777, 0o604);
    assert!(!ground.upper.join("a").exists());
    // Made again, as after a crash, it ends the same.
    assert!(ground.step(Step::Rename, &item).is_good());
    assert_eq!(fs::read(ground.upper.join("new/a")).expect("UPPER's"), b"content");
}

#[test]
fn a_rename_of_what_upper_changed_carries_and_leaves_the_old_name() {
    let ground = pair();
    assert!(ground.step_now(Step::Carry, "a").is_good());
    fs::rename(ground.lower.join("a"), ground.lower.join("c")).expect("a rename");
    let item = renamed(&ground, "a", "c");
    fs::write(ground.upper.join("a"), b"changed at UPPER").expect("a change");
    let outcome = ground.step(Step::Rename, &item);
    assert!(matches!(&outcome, Outcome::Done(r) if r.proof == Proof::Carried), "{outcome:?}");
    assert_eq!(fs::read(ground.upper.join("c")).expect("UPPER's"), b"content");
    assert_eq!(fs::read(ground.upper.join("a")).expect("UPPER's"), b"changed at UPPER");
}
