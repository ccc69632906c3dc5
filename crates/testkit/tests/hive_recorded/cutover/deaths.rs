//! Deaths of the process that cuts over: at every event of the cutover, after every effect,
//! in the middle of the site's commands; and one that stands still and wakes up.

use super::place::Place;
use crate::harness::{Ran, Stage};
use rustix::process::{Pid, Signal, kill_process};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The longest that anything here may take.
const PATIENCE: Duration = Duration::from_secs(60);

fn cutover(place: &Place, arguments: &[&str]) -> Command {
    let mut command = place.site.verb("cutover", Stage::Storage);
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Kills at each passing of a point of the cutover; every time the next run brings it to one
/// of its two ends.
fn die_at_every(point: &str) {
    let mut ends = [0, 0];
    for number in 1.. {
        let place = Place::new();
        place.run().expect(0);
        let mut command = cutover(&place, &[]);
        command.env("BOATLIFT_FAULT", format!("{point}:{number}"));
        let ran = Ran::of(&mut command);
        if ran.status.code().is_some() {
            ran.expect(0);
            break;
        }
        let ran = ended_by_next_run(&place);
        let context = format!("{point}:{number}: {}", ran.stdout);
        match place.authority().as_str() {
            "UPPER" => {
                place.assert_on_upper(&context);
                ends[1] += 1;
            }
            _ => {
                place.assert_on_lower(&context);
                assert!(!place.has("users"), "{context}: users were led away");
                ends[0] += 1;
                // Nothing is left that would stand in the way of the next attempt.
                place.cut_over().expect(0);
                place.assert_on_upper(&context);
            }
        }
    }
    assert!(ends[0] >= 3 && ends[1] >= 1, "{point}: {ends:?}");
}

/// Runs the move after a death. When the cutover had come to its very end there is nothing to
/// do any more, and the run says so.
#[track_caller]
pub(super) fn ended_by_next_run(place: &Place) -> Ran {
    let ran = place.run();
    match ran.status.code() {
        Some(2) => ran.says("users follow it since the cutover"),
        _ => ran.expect(0),
    }
}

#[test]
fn a_death_after_any_effect_is_ended_by_the_next_run() {
    die_at_every("saga-effect");
}

#[test]
fn a_death_before_any_line_of_the_cutovers_journal_is_ended_by_the_next_run() {
    die_at_every("saga-before");
}

#[test]
fn a_death_after_any_line_of_the_cutovers_journal_is_ended_by_the_next_run() {
    die_at_every("saga-after");
}

#[test]
fn the_guard_ends_it_as_well() {
    let place = Place::new();
    place.run().expect(0);
    place.script("raise", "touch $TOP/lower.refuses; exit 1");
    place.script("lift", "exit 1");
    let mut command = cutover(&place, &["--prepare", "1s", "--max-reject", "41s"]);
    // After the fence failed: its undo is stuck, and the process dies.
    command.env("BOATLIFT_FAULT", "saga-effect:4");
    assert!(Ran::of(&mut command).status.code().is_none());
    assert!(place.has("lower.refuses"));
    place.script("lift", "rm -f $TOP/lower.refuses");
    place.verb("guard", &[]).expect(4).says("undone: users are where they were before");
    place.assert_on_lower("guarded");
    place.verb("guard", &[]).expect(0).says("nothing to guard");
    place.run().expect(0);
}

/// Waits until a command of the site has left a file.
fn wait_for(place: &Place, name: &str) {
    let begun = Instant::now();
    while !place.has(name) {
        assert!(begun.elapsed() < PATIENCE, "no {name}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn signal(child: &Child, signal: Signal) {
    let id = Pid::from_raw(child.id().try_into().expect("a number")).expect("a process");
    kill_process(id, signal).expect("the signal");
}

#[test]
fn a_run_that_stands_still_is_undone_by_the_guard_and_never_wakes_up() {
    let place = Place::new();
    place.run().expect(0);
    place.script("raise", "touch $TOP/lower.refuses $TOP/raised; sleep 2");
    let mut command = cutover(&place, &["--prepare", "2s", "--max-reject", "41s"]);
    let run = command.spawn().expect("it starts");
    wait_for(&place, "raised");
    signal(&run, Signal::STOP);
    let guarded = place.verb("guard", &[]);
    guarded.expect(4).says("undone");
    place.assert_on_lower("guarded");
    // It may be gone by now: a zombie takes signals.
    signal(&run, Signal::CONT);
    let ran = Ran::ended(run);
    assert_eq!(ran.status.code(), None, "the process was not killed: {}", ran.stderr);
    place.assert_on_lower("after it was woken");
    place.cut_over().expect(0);
    place.assert_on_upper("the second time");
}

#[test]
fn nobody_takes_over_while_a_command_of_the_dead_still_runs() {
    let place = Place::new();
    place.run().expect(0);
    place.script("raise", "touch $TOP/begun; while [ ! -e $TOP/go ]; do sleep 0.05; done; touch $TOP/lower.refuses $TOP/ended");
    let run = cutover(&place, &[]).spawn().expect("it starts");
    wait_for(&place, "begun");
    signal(&run, Signal::KILL);
    drop(Ran::ended(run));
    place.run().expect(2).says("BL-STATE");
    std::fs::write(place.path("go"), "").expect("it may go on");
    wait_for(&place, "ended");
    let begun = Instant::now();
    while place.run().status.code() != Some(0) {
        assert!(begun.elapsed() < PATIENCE, "it stays busy");
    }
    place.assert_on_lower("after the orphan");
}
