//! Roots: what they say of themselves, their mark, and a full disk.

use crate::carry::failure;
use crate::ground::{Ground, Mount, is_root, names, open};
use boatlift_core::lane::Step;
use boatlift_core::{Code, Store};
use boatlift_stores::PosixStore;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

#[test]
fn missing_and_wrong_roots_are_refused() {
    let ground = Ground::new();
    fs::write(ground.top.path().join("file"), "").expect("a file");
    for name in ["missing", "file", "file/below"] {
        let refused = PosixStore::open(&ground.top.path().join(name)).map_err(|e| e.code);
        assert_eq!(refused.err(), Some(Code::RootMissing), "{name}");
    }
}

#[test]
fn a_root_is_empty_but_for_our_own_names() {
    let ground = Ground::new();
    let facts = || open(&ground.upper).facts().expect("facts");
    fs::create_dir(ground.upper.join(".boatlift")).expect("a directory");
    fs::write(ground.upper.join(".boatlift-tmp-0"), "").expect("a leaving");
    assert!(facts().is_empty);
    fs::write(ground.upper.join("theirs"), "").expect("a file");
    assert!(!facts().is_empty);
    let resolved = fs::canonicalize(&ground.upper).expect("a path");
    assert_eq!(Path::new(&facts().resolved), resolved);
    assert_eq!(facts().device, facts().device);
    assert!(facts().device.starts_with(&format!("{}:", facts().system)));
    assert!(facts().free_bytes > Some(0));
    assert_eq!(facts().sets_owners, is_root());
}

#[test]
fn a_probe_leaves_nothing() {
    let ground = Ground::new();
    open(&ground.upper).prove_writable().expect("it can be written");
    assert_eq!(names(&ground.upper), [""; 0]);
}

#[test]
fn lower_in_upper_shows_in_the_ancestry() {
    let ground = Ground::new();
    let (top, lower) = (open(ground.top.path()), open(&ground.lower));
    let (top, lower) = (top.facts().expect("facts"), lower.facts().expect("facts"));
    assert!(lower.ancestry.contains(&top.ancestry[0]));
    assert!(!top.ancestry.contains(&lower.ancestry[0]));
}

#[test]
fn a_full_disk_is_told_as_such_and_leaves_nothing() {
    let ground = Ground::new();
    let Some(_mount) = Mount::new("tmpfs", "size=1m", &ground.upper) else { return };
    fs::write(ground.lower.join("large"), vec![1; 4 << 20]).expect("a file");
    fs::write(ground.lower.join("small"), vec![1; 4096]).expect("a file");
    let large = ground.step_now(Step::Carry, "large");
    assert_eq!(failure(&large), Some(Code::NoSpace), "{large:?}");
    assert_eq!(names(&ground.upper), [""; 0]);
    // A child that another test is starting may hold what was removed for an instant.
    let limit = Instant::now() + Duration::from_secs(10);
    let mut small = ground.step_now(Step::Carry, "small");
    while failure(&small) == Some(Code::NoSpace) && Instant::now() < limit {
        std::thread::yield_now();
        small = ground.step_now(Step::Carry, "small");
    }
    assert!(small.is_good(), "{small:?}");
    assert_eq!(open(&ground.upper).flush(), Ok(()));
}

#[test]
fn beyond_a_mount_point_items_are_carried_and_tell_their_device() {
    let ground = Ground::new();
    fs::create_dir(ground.upper.join("mounted")).expect("a directory");
    let at = ground.upper.join("mounted");
    let Some(_mount) = Mount::new("tmpfs", "size=1m", &at) else { return };
    fs::create_dir(ground.lower.join("mounted")).expect("a directory");
    fs::write(ground.lower.join("mounted/f"), b"x").expect("a file");
    let carried = ground.step_now(Step::Carry, "mounted/f");
    assert!(carried.is_good(), "{carried:?}");
    let upper = ground.item("mounted/f").upper.expect("facets");
    assert!(crate::ground::facets(&upper).decode().device.is_some());
    assert_eq!(open(&ground.upper).flush(), Ok(()));
}
