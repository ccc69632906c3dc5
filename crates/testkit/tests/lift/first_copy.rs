//! The main job: a first copy of everything, and a second that finds nothing to do.

use crate::harness::{Place, lives, many_files, need_root};
use boatlift_testkit::trees::{self, build_everything};
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};

#[test]
fn everything_arrives_and_both_judges_are_content() {
    need_root();
    let place = Place::new();
    build_everything(&place.lower).expect("everything");
    place.mirror(&[]).expect(0);
    place.assert_equal();
    place.assert_nothing_of_ours();
}

#[test]
fn everything_arrives_on_tmpfs_too() {
    need_root();
    let place = Place::in_directory("/dev/shm".as_ref());
    build_everything(&place.lower).expect("everything");
    place.mirror(&["--verify=content"]).expect(0);
    place.assert_equal();
}

#[test]
fn a_second_run_touches_nothing() {
    need_root();
    let place = Place::new();
    build_everything(&place.lower).expect("everything");
    fs::rename(deep(&place), place.top.path().join("deep, elsewhere")).expect("a rename");
    place.mirror(&[]).expect(0);
    let before = (lives(&place.lower), lives(&place.upper));
    place.mirror(&[]).expect(0);
    assert_eq!((lives(&place.lower), lives(&place.upper)), before);
    place.mirror(&["--trust-agreed"]).expect(0);
    assert_eq!((lives(&place.lower), lives(&place.upper)), before);
}

/// The one directory whose paths cannot be looked at by name.
fn deep(place: &Place) -> std::path::PathBuf {
    let mut entries = fs::read_dir(&place.lower).expect("LOWER").flatten();
    let deep = entries.find(|entry| entry.file_name().to_string_lossy().starts_with("deep "));
    deep.expect("the deep directory").path()
}

#[test]
fn what_changed_is_copied_and_nothing_else() {
    let place = Place::new();
    many_files(&place.lower, 300, 500);
    place.mirror(&[]).expect(0);
    let before = lives(&place.upper);
    let changed = "directory-001/file-00123";
    fs::write(place.lower.join(changed), "other content").expect("a change");
    place.mirror(&[]).expect(0);
    place.assert_equal();
    let after = lives(&place.upper);
    let touched: Vec<_> = after.iter().filter(|(path, life)| before[*path] != **life).collect();
    assert_eq!(touched.len(), 2, "the file and its directory: {touched:?}");
}

#[test]
fn a_dry_run_prints_the_plan_and_writes_nothing() {
    let place = Place::new();
    many_files(&place.lower, 10, 10);
    let ran = place.mirror(&["--dry-run"]).expect(0);
    assert!(ran.stdout.contains("11"), "ten files and a directory: {}", ran.stdout);
    assert!(lives(&place.upper).is_empty());
    place.assert_nothing_of_ours();
    place.mirror(&[]).expect(0);
    place.assert_equal();
}

#[test]
fn names_left_out_do_not_arrive() {
    let place = Place::new();
    for name in ["keep.o", "x.o", "x.c"] {
        fs::write(place.lower.join(name), name).expect("a file");
    }
    fs::create_dir_all(place.lower.join("cache/inner")).expect("directories");
    fs::write(place.lower.join("cache/inner/x.c"), "").expect("a file");
    place.mirror(&["--include=keep.o", "--exclude=*.o", "--exclude=cache/"]).expect(0);
    let arrived: Vec<_> = lives(&place.upper).into_keys().collect();
    assert_eq!(arrived, [place.upper.join("keep.o"), place.upper.join("x.c")]);
}

#[test]
fn what_only_upper_has_stays_and_is_counted() {
    let place = Place::new();
    many_files(&place.lower, 5, 10);
    fs::write(place.upper.join("mine"), "of UPPER").expect("a file");
    let ran = place.mirror(&[]);
    assert_eq!(fs::read(place.upper.join("mine")).expect("still there"), b"of UPPER");
    assert!(ran.stdout.contains("foreign"), "{}", ran.stdout);
}

#[test]
fn lower_wins_over_what_upper_changed_unless_that_is_to_be_kept() {
    let place = Place::new();
    for name in ["both", "upper only"] {
        fs::write(place.lower.join(name), "agreed").expect("a file");
    }
    place.mirror(&[]).expect(0);
    fs::write(place.lower.join("both"), "LOWER's").expect("a change");
    fs::write(place.upper.join("both"), "UPPER's, longer").expect("a change");
    fs::write(place.upper.join("upper only"), "UPPER's").expect("a change");
    let ran = place.mirror(&["--keep-drifted"]);
    assert!(
        ran.stdout.contains("1 drifted") && ran.stdout.contains("1 conflict"),
        "{}",
        ran.stdout
    );
    assert_eq!(fs::read(place.upper.join("both")).expect("a file"), b"UPPER's, longer");
    assert_eq!(fs::read(place.upper.join("upper only")).expect("a file"), b"UPPER's");
    place.mirror(&[]).expect(0);
    place.assert_equal();
}

#[test]
fn a_file_rewritten_in_place_with_its_old_time_is_copied() {
    let place = Place::new();
    let file = place.lower.join("file");
    fs::write(&file, "one").expect("a file");
    trees::stamp(&file, 1_000_000_000, 0).expect("a time");
    place.mirror(&[]).expect(0);
    fs::write(&file, "two").expect("a change");
    trees::stamp(&file, 1_000_000_000, 0).expect("the old time");
    place.mirror(&[]).expect(0);
    place.assert_equal();
}

#[test]
fn a_file_equal_in_size_and_time_but_not_in_content_is_found_by_checksum() {
    let place = Place::new();
    for side in [&place.lower, &place.upper] {
        fs::write(side.join("file"), side.to_string_lossy().as_bytes()).expect("a file");
        trees::stamp(&side.join("file"), 1_000_000_000, 0).expect("a time");
    }
    place.mirror(&["--checksum"]).expect(0);
    place.assert_equal();
}

#[test]
fn a_disguised_change_is_found_by_checksum_whatever_else_changed() {
    let place = Place::new();
    let at = |name: &str| place.lower.join(name);
    for name in ["chmod", "link", "rename", "touch"] {
        fs::write(at(name), "one").expect("a file");
        trees::stamp(&at(name), 1_000_000_000, 0).expect("a time");
    }
    place.mirror(&[]).expect(0);
    for name in ["chmod", "link", "rename", "touch"] {
        fs::write(at(name), "two").expect("a change");
        trees::stamp(&at(name), 1_000_000_000, 0).expect("the old time");
    }
    fs::set_permissions(at("chmod"), fs::Permissions::from_mode(0o640)).expect("a mode");
    fs::hard_link(at("link"), at("linked")).expect("a link");
    fs::rename(at("rename"), at("renamed")).expect("a rename");
    place.mirror(&["--checksum", "--delete=all", "--max-delete=100%"]).expect(0);
    place.assert_equal();
}

#[test]
fn an_ordinary_user_mirrors_what_that_user_may() {
    need_root();
    let place = Place::new();
    build_everything(&place.lower).expect("everything");
    for name in ["owners", "specials", "modes", "attributes"] {
        fs::remove_dir_all(place.lower.join(name)).expect("what only root may make");
    }
    place.give_to_user();
    place.mirror_as_user(&[]).expect(0);
    place.assert_equal();
}

#[test]
fn files_of_others_come_out_as_the_users_own() {
    need_root();
    let place = Place::new();
    let file = place.lower.join("of another");
    fs::write(&file, "content").expect("a file");
    place.give_to_user();
    chown(&file, Some(12_345), Some(12_345)).expect("an owner");
    place.mirror_as_user(&[]).expect(0);
    assert_eq!(fs::read(place.upper.join("of another")).expect("a copy"), b"content");
}
