//! Processes that die: at every point in turn, and at any instant.

use crate::harness::Theatre;
use boatlift_core::Side;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

/// More points than any cutover passes.
const MANY: u32 = 200;

/// Kills `verb` at its first point, its second, and so on until it gets through, each time
/// in a theatre that `before` prepared; then starts again and judges. Answers how often
/// LOWER and UPPER kept the users.
fn kill_everywhere(verb: &str, faults: &[&str], before: &dyn Fn(&Theatre)) -> (u32, u32) {
    let (mut lower, mut upper) = (0, 0);
    for number in 1..MANY {
        let theatre = Theatre::new();
        before(&theatre);
        let kill = format!("#{number}=abort");
        let exit = theatre.child(verb, &[&[kill.as_str()], faults].concat());
        let context = format!("{verb} {faults:?} {kill}");
        if exit.status.signal().is_none() {
            theatre.settled(&context);
            return (lower, upper);
        }
        let again = theatre.child("recover", &[]);
        assert!(!again.said.starts_with("error"), "{context}: {}", again.said);
        match theatre.settled(&context) {
            Side::Lower => lower += 1,
            Side::Upper => upper += 1,
        }
    }
    panic!("{verb} {faults:?} never got through");
}

#[test]
fn a_run_killed_at_any_point_leaves_all_or_nothing() {
    let (lower, upper) = kill_everywhere("run", &[], &|_| {});
    assert!(lower >= 30, "every step up to the switch has points: {lower}");
    assert!(upper >= 14, "and so has every step after it: {upper}");
}

#[test]
fn an_undo_killed_at_any_point_is_finished_by_the_next_start() {
    for fault in ["before effect drain=fail", "before effect switch=fail", "after made verify=late"]
    {
        let (lower, upper) = kill_everywhere("run", &[fault], &|_| {});
        assert!(lower >= 40 && upper == 0, "{fault}: {lower} {upper}");
    }
}

#[test]
fn a_recovery_killed_at_any_point_is_finished_by_the_next_start() {
    let ways = [
        ("after effect arm=abort", Side::Lower),
        ("after intent fence=abort", Side::Lower),
        ("after effect fence=abort", Side::Lower),
        ("before effect switch=abort", Side::Lower),
        ("after effect switch=abort", Side::Upper),
        ("after intent release=abort", Side::Upper),
    ];
    for (first, side) in ways {
        let die = |theatre: &Theatre| {
            let exit = theatre.child("run", &[first]);
            assert!(exit.status.signal().is_some(), "{first} is no point");
        };
        let (lower, upper) = kill_everywhere("recover", &[], &die);
        let (kept, other) = if side == Side::Lower { (lower, upper) } else { (upper, lower) };
        assert!(kept >= 6 && other == 0, "{first}: {lower} {upper}");
    }
}

#[test]
fn an_answer_of_the_switch_that_died_with_the_run_is_read_back() {
    let theatre = Theatre::new();
    theatre.child("run", &["after effect switch=abort"]);
    assert!(!theatre.state().is_taken(), "the log does not know yet");
    assert_eq!(theatre.child("recover", &[]).said, "done");
    assert_eq!(theatre.settled("read back"), Side::Upper);
}

#[test]
fn a_run_killed_at_any_instant_leaves_all_or_nothing() {
    for instant in 0..60 {
        let theatre = Theatre::new();
        let run = theatre.spawn("run", &[]);
        std::thread::sleep(Duration::from_micros(1_000 + instant * 150));
        run.signal(rustix::process::Signal::KILL);
        run.wait();
        theatre.child("recover", &[]);
        theatre.settled(&format!("killed at {instant}"));
    }
}
