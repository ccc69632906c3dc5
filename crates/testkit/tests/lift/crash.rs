//! Deaths at every event and at random instants: afterwards no receipt names bytes that
//! are not on UPPER, and the next run comes to the same end.

use crate::harness::{PATIENCE, Place, Running, many_files, need_root, quick};
use boatlift_testkit::dice::Dice;
use boatlift_testkit::trees::{Edits, random_edits, random_tree};
use rustix::process::Signal;
use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

const OPTIONS: [&str; 2] = ["--delete=all", "--max-delete=100%"];

/// A place with nothing agreed yet, or with edits since the agreement.
fn place(agreed: bool) -> Place {
    let place = Place::new();
    random_tree(&place.lower, 77, 120).expect("a tree");
    if agreed {
        place.mirror(&OPTIONS).expect(0);
        random_edits(&place.lower, 78, 60, Edits::Visible).expect("edits");
    }
    place
}

/// Dies at the `number`-th passing of `point`; false when the run ended before.
fn dies_at(place: &Place, point: &str, number: u32) -> bool {
    let mut command = place.mirror_command(&OPTIONS);
    command.env("BOATLIFT_FAULT", format!("{point}:{number}"));
    let ran = crate::harness::Ran::of(&mut command);
    match ran.status.signal() {
        Some(_) => true,
        None => {
            ran.expect(0);
            false
        }
    }
}

/// Checks what the death left, then that the next run comes to the end.
fn assert_recovers(place: &Place, after: &str) {
    crate::receipts::assert_kept(place, after);
    let ran = place.mirror(&OPTIONS);
    assert_eq!(ran.status.code(), Some(0), "after {after}: {}{}", ran.stdout, ran.stderr);
    place.assert_equal();
    place.assert_nothing_of_ours();
}

fn die_at_every(point: &str, agreed: bool) {
    for number in 1.. {
        let place = place(agreed);
        let died = dies_at(&place, point, number);
        assert_recovers(&place, &format!("{point}:{number}, agreed: {agreed}"));
        if !died {
            assert!(number > 1, "no run passes {point}");
            return;
        }
    }
}

#[test]
fn dies_right_after_every_journal_event_of_a_first_copy() {
    need_root();
    die_at_every("journal", false);
}

#[test]
fn dies_right_after_every_journal_event_of_a_second_copy() {
    need_root();
    die_at_every("journal", true);
}

#[test]
fn dies_right_before_every_journal_event() {
    need_root();
    die_at_every("journal-before", true);
}

#[test]
fn dies_between_data_and_receipts() {
    need_root();
    for point in ["receipts-flushed", "receipts-durable"] {
        die_at_every(point, true);
    }
}

/// How long a run takes when nobody kills it.
fn undisturbed(agreed: bool) -> Duration {
    let place = place(agreed);
    let begun = Instant::now();
    place.mirror(&OPTIONS).expect(0);
    begun.elapsed()
}

#[test]
fn dies_at_random_instants() {
    need_root();
    let wanted = if quick() { 50 } else { 500 };
    let mut dice = Dice::new(wanted);
    let spans = [undisturbed(false), undisturbed(true)];
    let mut killed = 0;
    while killed < wanted {
        let agreed = dice.once_in(2);
        let place = place(agreed);
        for _ in 0..5 {
            let span = spans[usize::from(agreed)].as_micros() as u64;
            let instant = Duration::from_micros(dice.below(span));
            let mut running = Running::start(&mut place.mirror_command(&OPTIONS));
            let begun = Instant::now();
            while begun.elapsed() < instant && !running.has_ended() {
                std::thread::yield_now();
            }
            if running.has_ended() {
                running.end().expect(0);
                break;
            }
            running.signal(Signal::KILL);
            running.end();
            killed += 1;
            crate::receipts::assert_kept(&place, &format!("{instant:?} of {span} us"));
        }
        assert_recovers(&place, "random kills");
    }
}

#[test]
fn nothing_that_had_a_receipt_is_copied_twice() {
    let place = Place::new();
    many_files(&place.lower, 2_000, 2_000);
    let mut running = Running::start(&mut place.mirror_command(&["--rate=lower:600K", "--jobs=1"]));
    let begun = Instant::now();
    while crate::receipts::receipted(&place).len() < 500 {
        assert!(!running.has_ended() && begun.elapsed() < PATIENCE, "no receipts in the run");
        std::thread::sleep(Duration::from_millis(50));
    }
    running.signal(Signal::KILL);
    running.end();
    crate::receipts::assert_kept(&place, "a kill at half");
    let receipted = crate::receipts::receipted(&place);
    let before = crate::harness::lives(&place.upper);
    place.mirror(&[]).expect(0);
    place.assert_equal();
    let after = crate::harness::lives(&place.upper);
    for path in &receipted {
        assert_eq!(before[path], after[path], "{} was copied twice", path.display());
    }
}
