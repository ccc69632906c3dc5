//! Interrupted by a person or a system: the state is saved, and the next run goes on.

use crate::harness::{Place, Running, lives, many_files};
use rustix::process::Signal;
use std::fs;

/// So slow on LOWER that half of 300 files of 10,000 bytes takes some seconds.
const SLOWLY: &str = "--rate=lower:500K";

/// Starts a slow run and waits until it is under way.
fn under_way(place: &Place) -> Running {
    let mut running = Running::start(&mut place.mirror_command(&[SLOWLY, "--jobs=1"]));
    let third = place.upper.join("directory-001");
    running.wait_until("the second directory", || {
        fs::read_dir(&third).is_ok_and(|entries| entries.count() > 5)
    });
    running
}

#[test]
fn an_interrupted_run_saves_its_state_and_is_resumed() {
    for signal in [Signal::INT, Signal::TERM] {
        let place = Place::new();
        many_files(&place.lower, 300, 10_000);
        let mut running = under_way(&place);
        running.signal(signal);
        running.end().expect(130);
        let there = lives(&place.upper);
        assert!(there.len() < 303, "it ended before it was interrupted");
        place.mirror(&[]).expect(0);
        place.assert_equal();
        place.assert_nothing_of_ours();
        let after = lives(&place.upper);
        let again: Vec<_> = there.iter().filter(|(path, _)| path.is_file()).collect();
        let again: Vec<_> =
            again.into_iter().filter(|(path, life)| after[*path] != **life).collect();
        assert!(again.len() <= 1, "copied twice after {signal:?}: {again:?}");
    }
}

#[test]
fn a_killed_run_is_resumed() {
    let place = Place::new();
    many_files(&place.lower, 300, 10_000);
    let mut running = under_way(&place);
    running.signal(Signal::KILL);
    assert_eq!(running.end().status.code(), None);
    place.mirror(&[]).expect(0);
    place.assert_equal();
    place.assert_nothing_of_ours();
}

#[test]
fn a_run_without_a_terminal_prints_lines_and_no_escapes() {
    let place = Place::new();
    many_files(&place.lower, 100, 10_000);
    let ran = place.mirror(&[]).expect(0);
    assert!(!ran.stdout.contains('\x1b') && !ran.stderr.contains('\x1b'));
}

/// Another host's run takes UPPER while this one is under way.
#[test]
fn a_run_that_finds_a_newer_term_at_upper_stops_without_a_receipt() {
    let place = Place::new();
    many_files(&place.lower, 300, 10_000);
    let running = under_way(&place);
    let path = place.upper.join(".boatlift/mark");
    let mark = fs::read_to_string(&path).expect("the mark");
    let newer = mark.replace("\"term\":1", "\"term\":99");
    assert_ne!(newer, mark, "the mark names its term");
    fs::write(&path, &newer).expect("the mark of another run");
    running.end().expect(4).says("BL-ROOT-006");
    let kept = fs::read_to_string(&path).expect("the mark");
    assert_eq!(kept, newer, "the other run's mark is left alone");
    place.mirror(&[]).expect(4).says("BL-ROOT-006");
    fs::remove_file(&path).expect("the other run has ended");
    place.mirror(&[]).expect(0);
    place.assert_equal();
    place.assert_nothing_of_ours();
}
