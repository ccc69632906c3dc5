//! What is removed from UPPER, and everything that keeps it from being removed.

use crate::harness::{Place, Ran, lives, many_files, need_root};
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// A place where both sides agree on 100 files, LOWER then lost one, and UPPER has a
/// foreign one.
fn with_one_gone_and_one_foreign() -> Place {
    let place = Place::new();
    many_files(&place.lower, 100, 10);
    place.mirror(&[]).expect(0);
    fs::remove_file(place.lower.join("directory-000/file-00007")).expect("a removal");
    fs::write(place.upper.join("foreign"), "").expect("a file");
    place
}

fn is_there(place: &Place, key: &str) -> bool {
    fs::symlink_metadata(place.upper.join(key)).is_ok()
}

#[test]
fn nothing_is_removed_by_default() {
    let place = with_one_gone_and_one_foreign();
    place.mirror(&[]);
    assert!(is_there(&place, "directory-000/file-00007") && is_there(&place, "foreign"));
}

#[test]
fn gone_removes_what_lower_removed_and_keeps_what_only_upper_ever_had() {
    let place = with_one_gone_and_one_foreign();
    place.mirror(&["--delete=gone"]);
    assert!(!is_there(&place, "directory-000/file-00007"));
    assert!(is_there(&place, "foreign"));
}

#[test]
fn all_removes_both() {
    let place = with_one_gone_and_one_foreign();
    place.mirror(&["--delete=all"]).expect(0);
    place.assert_equal();
}

#[test]
fn a_removed_tree_is_removed_from_the_inside_out() {
    let place = Place::new();
    fs::create_dir_all(place.lower.join("a/b/c")).expect("directories");
    fs::write(place.lower.join("a/b/c/file"), "").expect("a file");
    many_files(&place.lower, 200, 1);
    place.mirror(&[]).expect(0);
    fs::remove_dir_all(place.lower.join("a")).expect("a removal");
    place.mirror(&["--delete=gone"]).expect(0);
    place.assert_equal();
}

#[test]
fn what_upper_changed_since_is_a_conflict_which_keep_drifted_keeps() {
    let place = with_one_gone_and_one_foreign();
    let key = "directory-000/file-00007";
    fs::write(place.upper.join(key), "UPPER's own now").expect("a change");
    place.mirror(&["--delete=gone", "--keep-drifted"]);
    assert!(is_there(&place, key));
    let ran = place.mirror(&["--delete=gone"]);
    assert!(ran.stdout.contains("1 conflict"), "{}", ran.stdout);
    assert!(!is_there(&place, key));
}

#[test]
fn more_removals_than_allowed_wait_for_a_person() {
    let place = Place::new();
    many_files(&place.lower, 100, 10);
    place.mirror(&[]).expect(0);
    let before = lives(&place.upper).len();
    for number in 0..11 {
        let file = format!("directory-000/file-{number:05}");
        fs::remove_file(place.lower.join(file)).expect("a removal");
    }
    let ran = place.mirror(&["--delete=gone"]).expect(3);
    assert!(ran.stdout.contains("11 removals are more than the 10"), "{}", ran.stdout);
    assert_eq!(lives(&place.upper).len(), before);
    place.mirror(&["--delete=gone", "--max-delete=10"]).expect(3);
    assert_eq!(lives(&place.upper).len(), before);
    place.mirror(&["--delete=gone", "--max-delete=11"]).expect(0);
    place.assert_equal();
}

#[test]
fn the_rest_is_copied_while_removals_wait() {
    let place = Place::new();
    many_files(&place.lower, 100, 10);
    place.mirror(&[]).expect(0);
    fs::remove_dir_all(place.lower.join("directory-000")).expect("a removal");
    fs::write(place.lower.join("new"), "new").expect("a file");
    place.mirror(&["--delete=gone"]).expect(3);
    assert!(is_there(&place, "new") && is_there(&place, "directory-000/file-00000"));
}

#[test]
fn an_empty_lower_removes_nothing() {
    let place = Place::new();
    many_files(&place.lower, 100, 10);
    place.mirror(&[]).expect(0);
    fs::remove_dir_all(place.lower.join("directory-000")).expect("a removal");
    let before = lives(&place.upper);
    let ran = place.mirror(&["--delete=all", "--max-delete=100%"]).expect(3);
    assert!(ran.stdout.contains("LOWER is empty"), "{}", ran.stdout);
    assert_eq!(lives(&place.upper), before);
}

#[test]
fn another_device_under_lower_removes_nothing() {
    need_root();
    let place = Place::new();
    many_files(&place.lower, 100, 10);
    place.mirror(&[]).expect(0);
    let before = lives(&place.upper);
    let mount = crate::damage::Mounted::tmpfs(&place.lower, "1m");
    fs::write(place.lower.join("only this"), "").expect("a file");
    place.mirror(&["--delete=all", "--max-delete=100%"]).expect(3);
    drop(mount);
    for path in before.keys() {
        assert!(fs::symlink_metadata(path).is_ok(), "{} is gone", path.display());
    }
}

#[test]
fn nothing_below_a_hole_is_removed() {
    need_root();
    let place = Place::new();
    many_files(&place.lower, 300, 10);
    place.mirror(&[]).expect(0);
    fs::remove_file(place.lower.join("directory-000/file-00007")).expect("a removal");
    place.give_to_user();
    let closed = fs::Permissions::from_mode(0o000);
    fs::set_permissions(place.lower.join("directory-001"), closed).expect("a mode");
    let ran = place.mirror_as_user(&["--delete=all", "--max-delete=100%"]).expect(3);
    assert!(ran.stdout.contains("a part of LOWER could not be listed"), "{}", ran.stdout);
    assert!(is_there(&place, "directory-001/file-00100"));
    assert!(is_there(&place, "directory-000/file-00007"), "removals were made in spite of a hole");
}

#[test]
fn names_left_out_are_never_removed() {
    let place = Place::new();
    many_files(&place.lower, 20, 10);
    fs::create_dir_all(place.upper.join("kept/inner")).expect("directories");
    for name in ["kept/inner/file", "x.log"] {
        fs::write(place.upper.join(name), "").expect("a file");
    }
    place.mirror(&["--delete=all", "--exclude=kept/", "--exclude=*.log"]).expect(0);
    assert!(is_there(&place, "kept/inner/file") && is_there(&place, "x.log"));
}

#[test]
fn a_directory_that_holds_a_name_left_out_stays() {
    let place = Place::new();
    many_files(&place.lower, 20, 10);
    fs::create_dir(place.upper.join("extra")).expect("a directory");
    for name in ["extra/x.log", "extra/removed"] {
        fs::write(place.upper.join(name), "").expect("a file");
    }
    place.mirror(&["--delete=all", "--max-delete=100%", "--exclude=*.log"]);
    assert!(is_there(&place, "extra/x.log"));
    assert!(!is_there(&place, "extra/removed"));
}

#[test]
fn a_held_plan_is_carried_out_once_approved() {
    let place = Place::new();
    many_files(&place.lower, 100, 10);
    place.mirror(&[]).expect(0);
    for number in 0..50 {
        let file = format!("directory-000/file-{number:05}");
        fs::remove_file(place.lower.join(file)).expect("a removal");
    }
    place.mirror(&["--delete=gone"]).expect(3);
    let plan = open_plan(&place);
    let state = place.state.to_string_lossy().into_owned();
    Ran::of(&mut place.boatlift(&["run", &state, "--approve", &plan])).expect(0);
    place.assert_equal();
}

/// The number of the plan that waits, as `status --json` tells it.
fn open_plan(place: &Place) -> String {
    let state = place.state.to_string_lossy().into_owned();
    let ran = Ran::of(&mut place.boatlift(&["status", &state, "--json"])).expect(0);
    let status: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    status["plan"].as_u64().unwrap_or_else(|| panic!("no plan in {}", ran.stdout)).to_string()
}
