//! The guard: with a run that is dead, that stands still and wakes up later, and that is
//! well.

use crate::harness::Theatre;
use boatlift_core::{Code, Error, Result, SagaEvent, SagaState, Side, Term};
use boatlift_engine::saga::{Finish, SagaLog, Setup, Watched, guard};
use rustix::process::Signal;
use std::cell::Cell;

#[track_caller]
fn guarded(theatre: &Theatre, context: &str) -> Side {
    match theatre.process(&[]).guard() {
        Ok(Watched::EndedByGuard(_)) => theatre.settled(context),
        other => panic!("{context}: {other:?}"),
    }
}

#[test]
fn a_dead_run_is_ended_by_the_guard() {
    let points = [
        ("after begun=abort", Side::Lower),
        ("after intent arm=abort", Side::Lower),
        ("after effect arm=abort", Side::Lower),
        ("before effect fence=abort", Side::Lower),
        ("after effect fence=abort", Side::Lower),
        ("after made drain=abort", Side::Lower),
        ("before effect switch=abort", Side::Lower),
        ("after effect switch=abort", Side::Upper),
        ("after read taken=abort", Side::Upper),
        ("after intent release=abort", Side::Upper),
    ];
    for (fault, side) in points {
        let theatre = Theatre::new();
        theatre.child("run", &[fault]);
        let deadline_ms = theatre.state().deadline_ms();
        assert_eq!(guarded(&theatre, fault), side);
        assert!(theatre.system.world().now_ms >= deadline_ms, "{fault}: the guard was early");
    }
}

#[test]
fn a_run_that_stands_still_is_undone_and_cannot_switch_when_it_wakes_up() {
    let points = [
        "after intent arm=stop",
        "before effect fence=stop",
        "after effect fence=stop",
        "before effect drain=stop",
        "after made verify=stop",
        "before intent switch=stop",
        "after intent switch=stop",
        "before effect switch=stop",
    ];
    for fault in points {
        wakes_up_too_late(&Theatre::new(), fault, Side::Lower);
    }
}

/// There only the authority's version stands between a late Switch and the users.
#[test]
fn a_switch_that_comes_late_is_spoiled_also_where_terms_are_unknown() {
    for fault in
        ["before effect drain=stop", "before intent switch=stop", "before effect switch=stop"]
    {
        wakes_up_too_late(&Theatre::blind_to_terms(), fault, Side::Lower);
    }
}

#[test]
fn a_run_that_stands_still_after_its_switch_is_brought_to_its_end() {
    for theatre in [Theatre::new(), Theatre::blind_to_terms()] {
        wakes_up_too_late(&theatre, "after effect switch=stop", Side::Upper);
    }
}

#[track_caller]
fn wakes_up_too_late(theatre: &Theatre, fault: &str, side: Side) {
    let run = theatre.spawn("run", &[fault]);
    run.wait_until_stopped();
    let guard_deadline_ms = theatre.state().guard_deadline_ms();
    assert_eq!(guarded(theatre, fault), side);
    assert!(theatre.system.world().now_ms >= guard_deadline_ms, "{fault}: the guard was early");
    run.signal(Signal::CONT);
    let exit = run.wait();
    let newer = format!("error {}", Code::TermNewer);
    assert!(exit.said.starts_with(&newer), "{fault}: {}", exit.said);
    assert_eq!(theatre.settled(fault), side, "{fault}");
}

/// The judge can fail: with a spoil that only says so, the late Switch takes effect.
#[test]
fn a_spoil_that_does_nothing_is_noticed() {
    let theatre = Theatre::blind_to_terms();
    let run = theatre.spawn("run", &["before effect switch=stop"]);
    run.wait_until_stopped();
    let mut careless = theatre.process(&[]);
    careless.mover.spoils_lazily = true;
    careless.guard().expect("it believes to have undone");
    run.signal(Signal::CONT);
    run.wait();
    let why = theatre.system.world().settled().expect_err("both sides accept writes");
    assert!(why.contains("something happened that never may"), "{why}");
}

#[test]
fn a_guard_killed_at_any_point_is_followed_by_another() {
    for number in 1..200 {
        let theatre = Theatre::new();
        theatre.child("run", &["after effect fence=abort"]);
        let kill = format!("#{number}=abort");
        let exit = theatre.child("guard", &[&kill]);
        if exit.status.success() {
            assert!(number > 6, "the guard has points");
            assert_eq!(theatre.settled(&kill), Side::Lower);
            return;
        }
        theatre.process(&[]).guard().expect("the second guard acts");
        assert_eq!(theatre.settled(&kill), Side::Lower);
    }
    panic!("the guard never got through");
}

#[test]
fn there_is_nothing_to_guard_without_a_cutover_or_after_one() {
    let theatre = Theatre::new();
    assert_eq!(theatre.process(&[]).guard(), Ok(Watched::Nothing));
    theatre.process(&[]).run().expect("it ends");
    assert_eq!(theatre.process(&[]).guard(), Ok(Watched::Nothing));
}

#[test]
fn a_guard_that_is_stopped_touches_nothing() {
    let theatre = Theatre::new();
    theatre.child("run", &["after effect fence=abort"]);
    let before = theatre.state();
    let guard = theatre.process(&["#1=interrupt"]);
    guard.log().commit(Term(0), &SagaEvent::SpoilIntent).expect_err("it only passes a point");
    assert_eq!(guard.guard().map_err(|error| error.code), Err(Code::Interrupted));
    assert_eq!(theatre.state(), before);
}

/// A log that lets the run go on to its end between two looks of the guard.
struct BetweenLooks<'a> {
    theatre: &'a Theatre,
    inner: &'a dyn SagaLog,
    looks: Cell<u32>,
}

impl SagaLog for BetweenLooks<'_> {
    fn state(&self) -> Result<SagaState> {
        self.looks.set(self.looks.get() + 1);
        if self.looks.get() == 3 {
            self.theatre.process(&[]).recover()?;
        }
        self.inner.state()
    }

    fn commit(&self, _term: Term, event: &SagaEvent) -> Result<()> {
        Err(Error::new(Code::Bug, format!("the guard has nothing to say: {event:?}")))
    }
}

#[test]
fn a_run_that_ends_by_itself_is_left_alone() {
    let theatre = Theatre::new();
    theatre.child("run", &["after effect switch=abort"]);
    let watcher = theatre.process(&[]);
    let watched = watcher.with_setup(|setup| {
        let log = BetweenLooks { theatre: &theatre, inner: setup.log, looks: Cell::new(0) };
        let (cutover, clock, stop) = (setup.cutover, setup.clock, setup.stop);
        let setup = Setup { cutover, log: &log, clock, stop, patience: setup.patience };
        watcher.with_lease(|lease| guard(&setup, lease))
    });
    assert_eq!(watched, Ok(Watched::EndedByRun(boatlift_core::saga::SagaEnd::Done)));
    assert_eq!(theatre.settled("left alone"), Side::Upper);
}

#[test]
fn a_stuck_undo_is_tried_again_by_the_next_guard() {
    let theatre = Theatre::new();
    theatre.child("run", &["after effect fence=abort"]);
    let stuck = theatre.process(&["before effect undo fence=fail-always"]).guard();
    assert_eq!(stuck.map_err(|error| error.code), Err(Code::SagaStuck));
    let Ok(Watched::EndedByGuard(Finish::Undone(_))) = theatre.process(&[]).guard() else {
        panic!("the second guard did not act");
    };
    assert_eq!(theatre.settled("second guard"), Side::Lower);
}
