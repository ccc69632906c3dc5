//! Reading content back, and comparing both sides.

use crate::carry::failure;
use crate::ground::{Ground, Item};
use boatlift_core::lane::Step;
use boatlift_core::{Code, Digest, Outcome, Proof, Retry};
use std::fs;
use std::os::unix::fs::MetadataExt;

fn carried() -> (Ground, Item) {
    let ground = Ground::new();
    fs::write(ground.lower.join("f"), b"content").expect("a file");
    let outcome = ground.step_now(Step::Carry, "f");
    let digest = outcome.receipt().and_then(|receipt| receipt.digest);
    let item = Item { digest, ..ground.item("f") };
    (ground, item)
}

/// Other bytes under the same size and time.
fn spoil(ground: &Ground) {
    let (path, then) = (ground.upper.join("f"), fs::metadata(ground.upper.join("f")));
    let then = then.expect("a look");
    fs::write(&path, b"CONTENT").expect("a change");
    boatlift_testkit::trees::stamp(&path, then.mtime(), then.mtime_nsec()).expect("a time");
}

#[test]
fn equal_content_is_read_back_with_and_without_a_digest() {
    let (ground, item) = carried();
    for item in [item.clone(), Item { digest: None, ..item.clone() }] {
        let outcome = ground.step(Step::ReadBack, &item);
        let receipt = outcome.receipt().expect("a receipt");
        assert_eq!((receipt.proof, receipt.bytes), (Proof::ReadBack, 7));
        assert_eq!(receipt.digest, Some(Digest::Blake3(blake3::hash(b"content").into())));
    }
}

#[test]
fn spoiled_content_under_the_same_size_and_time_is_found() {
    let (ground, item) = carried();
    spoil(&ground);
    let item = Item { upper: ground.item("f").upper, ..item };
    for item in [item.clone(), Item { digest: None, ..item.clone() }] {
        let outcome = ground.step(Step::ReadBack, &item);
        assert_eq!(failure(&outcome), Some(Code::ContentDiffers), "{outcome:?}");
    }
}

#[test]
fn what_changed_at_upper_since_the_survey_is_looked_at_first() {
    let (ground, item) = carried();
    spoil(&ground);
    match ground.step(Step::ReadBack, &item) {
        Outcome::Failed(error) => {
            assert_eq!((error.code, error.retry), (Code::LookDiffers, Retry::LookFirst));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_changed_at_lower_is_moving_only_where_lower_is_needed() {
    let (ground, item) = carried();
    fs::write(ground.lower.join("f"), b"changed since").expect("a change");
    assert!(ground.step(Step::ReadBack, &item).is_good(), "the digest suffices");
    let without = Item { digest: None, ..item };
    assert_eq!(ground.step(Step::ReadBack, &without), Outcome::Moving);
    fs::remove_file(ground.lower.join("f")).expect("removed");
    assert_eq!(ground.step(Step::ReadBack, &without), Outcome::Moving);
}

#[test]
fn comparing_carries_only_what_differs() {
    let (ground, item) = carried();
    let inode = || fs::metadata(ground.upper.join("f")).expect("a look").ino();
    let before = inode();
    boatlift_testkit::trees::stamp(&ground.upper.join("f"), 1, 1).expect("another time");
    let outcome = ground.step(Step::CompareAndCarry, &item);
    assert!(matches!(&outcome, Outcome::Same(r) if r.proof == Proof::ReadBack), "{outcome:?}");
    assert_eq!(inode(), before);
    let time = |side: &std::path::Path| fs::metadata(side.join("f")).expect("a look").mtime();
    assert_eq!(time(&ground.upper), time(&ground.lower), "times were brought in line");
    spoil(&ground);
    let outcome = ground.step_now(Step::CompareAndCarry, "f");
    assert!(matches!(&outcome, Outcome::Done(r) if r.proof == Proof::Carried), "{outcome:?}");
    assert_eq!(fs::read(ground.upper.join("f")).expect("UPPER's"), b"content");
    fs::remove_file(ground.upper.join("f")).expect("removed");
    assert!(matches!(ground.step_now(Step::CompareAndCarry, "f"), Outcome::Done(_)));
}

#[test]
fn what_has_no_content_is_looked_at() {
    let ground = Ground::new();
    fs::create_dir(ground.lower.join("d")).expect("a directory");
    std::os::unix::fs::symlink("d", ground.lower.join("s")).expect("a link");
    ground.mirror();
    let proof = |key| ground.step_now(Step::ReadBack, key).receipt().map(|r| r.proof);
    assert_eq!(proof("d/"), Some(Proof::Listed));
    assert_eq!(proof("s"), Some(Proof::ReadBack));
}
