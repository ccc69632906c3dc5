//! The state directory: backed up while the move runs, and taken to another place.

use crate::harness::{Place, Ran, Running, lives, many_files};
use std::fs;

#[test]
fn a_backup_made_while_the_move_runs_goes_on_from_there() {
    let place = Place::new();
    many_files(&place.lower, 300, 10_000);
    let mut running = Running::start(&mut place.mirror_command(&["--rate=lower:1M"]));
    running.wait_until("the first directory", || place.upper.join("directory-000").exists());
    let backup = place.top.path().join("backup");
    let words =
        ["journal".as_ref(), "backup".as_ref(), place.state.as_os_str(), backup.as_os_str()];
    Ran::of(&mut place.boatlift(&words)).expect(0);
    running.signal(rustix::process::Signal::KILL);
    running.end();
    fs::remove_dir_all(&place.state).expect("the state is lost");
    fs::rename(&backup, &place.state).expect("the backup takes its place");
    place.mirror(&[]).expect(0);
    place.assert_equal();
    place.assert_nothing_of_ours();
}

#[test]
fn the_state_of_a_finished_run_can_be_taken_elsewhere() {
    let place = Place::new();
    many_files(&place.lower, 100, 1_000);
    place.mirror(&[]).expect(0);
    let elsewhere = place.top.path().join("elsewhere");
    fs::rename(&place.state, &elsewhere).expect("another place");
    let before = lives(&place.upper);
    let moved = Place { state: elsewhere, ..place };
    moved.mirror(&[]).expect(0);
    assert_eq!(lives(&moved.upper), before, "something was done again");
    fs::remove_file(moved.lower.join("directory-000/file-00001")).expect("a removal");
    moved.mirror(&["--delete=gone"]).expect(0);
    moved.assert_equal();
}

#[test]
fn losing_the_state_copies_nothing_twice_and_removes_nothing_as_gone() {
    let place = Place::new();
    many_files(&place.lower, 100, 1_000);
    place.mirror(&[]).expect(0);
    fs::remove_dir_all(&place.state).expect("the state is lost");
    let removed = "directory-000/file-00001";
    fs::remove_file(place.lower.join(removed)).expect("a removal");
    let before = lives(&place.upper);
    place.mirror(&["--delete=gone"]);
    let after = lives(&place.upper);
    assert!(after.contains_key(&place.upper.join(removed)), "it was removed as gone");
    for (path, life) in before.iter().filter(|(path, _)| path.is_file()) {
        assert_eq!(after[path], *life, "{} was copied again", path.display());
    }
}
