//! Which orders of events are legal, and what comes next in each.

use super::*;
use crate::error::Code;

const BOUNDS: Bounds = Bounds { fence_by_ms: 100, budget_ms: 50, switch_ms: 5, undo_ms: 7 };

fn fold(events: &[SagaEvent]) -> SagaState {
    events.iter().fold(SagaState::default(), |state, event| state.after(event).expect("legal"))
}

fn begun() -> SagaState {
    fold(&[SagaEvent::Begun {
        group: 0,
        term: Term(1),
        bounds: BOUNDS,
        way: Way::Upper { reverse_ms: 9 },
    }])
}

fn intend(state: &SagaState, step: SagaStep, at_ms: u64) -> SagaState {
    state.after(&SagaEvent::Intent { step, at_ms }).expect("legal")
}

fn made(state: &SagaState, step: SagaStep, at_ms: u64) -> SagaState {
    let evidence = Evidence::default();
    intend(state, step, at_ms).after(&SagaEvent::Made { step, evidence }).expect("legal")
}

fn asked() -> SagaState {
    let made = SagaStep::ALL[..5].iter().fold(begun(), |state, step| made(&state, *step, 10));
    intend(&made, SagaStep::Switch, 20)
}

fn read(effect: SwitchEffect) -> SagaState {
    asked().after(&SagaEvent::SwitchRead { effect }).expect("legal")
}

#[test]
fn the_good_way_ends_done_only_when_the_switch_was_read() {
    let answered = SagaEvent::Made { step: SagaStep::Switch, evidence: Evidence::default() };
    let answered = asked().after(&answered).expect("legal");
    assert_eq!(answered.next(20, false), NextMove::ReadSwitch);
    let guarded = made(&read(SwitchEffect::Taken), SagaStep::Guard, 30);
    let released = made(&guarded, SagaStep::Release, 30);
    assert_eq!(released.next(0, false), NextMove::End(SagaEnd::Done));
}

#[test]
fn nothing_is_undone_once_users_follow_upper() {
    let taken = read(SwitchEffect::Taken);
    let why = UndoReason::Stopped;
    assert!(taken.after(&SagaEvent::UndoBegun { why }).is_err());
    assert!(taken.after(&SagaEvent::SpoilIntent).is_err());
    assert!(taken.after(&SagaEvent::UndoIntent { step: SagaStep::Fence }).is_err());
    assert_eq!(taken.next(u64::MAX, true), NextMove::Act(SagaStep::Guard));
}

#[test]
fn the_fence_stays_until_the_switch_is_spoiled() {
    let why = UndoReason::SwitchNotTaken;
    let undoing = read(SwitchEffect::NotTaken).after(&SagaEvent::UndoBegun { why });
    let undoing = undoing.expect("legal");
    let lift = SagaEvent::UndoIntent { step: SagaStep::Fence };
    assert!(undoing.after(&lift).is_err());
    assert_eq!(undoing.next(0, false), NextMove::Spoil);
    let spoiled = undoing.after(&SagaEvent::SpoilIntent).expect("legal");
    let spoiled = spoiled.after(&SagaEvent::Spoiled).expect("legal");
    assert_eq!(spoiled.next(0, false), NextMove::Undo(SagaStep::Fence), "users first");
    assert!(spoiled.after(&SagaEvent::UndoIntent { step: SagaStep::Arm }).is_err());
    assert!(spoiled.after(&lift).is_ok());
}

#[test]
fn a_spoil_that_comes_too_late_turns_the_undo_round() {
    let why = UndoReason::RunLost;
    let undoing = asked().after(&SagaEvent::UndoBegun { why }).expect("legal");
    let taken = undoing.after(&SagaEvent::SpoilIntent).expect("legal");
    let taken = taken.after(&SagaEvent::SwitchRead { effect: SwitchEffect::Taken });
    assert_eq!(taken.expect("legal").next(0, false), NextMove::Act(SagaStep::Guard));
}

#[test]
fn the_window_counts_from_the_switch_and_outlives_a_way_back_that_was_undone() {
    let guarded = made(&read(SwitchEffect::Taken), SagaStep::Guard, 30);
    assert_eq!(guarded.way_back(), None, "it has not ended");
    let done = made(&guarded, SagaStep::Release, 50);
    let done = done.after(&SagaEvent::Ended { how: SagaEnd::Done }).expect("legal");
    let back = done.way_back().expect("users follow UPPER");
    let Way::Lower { until_ms: 39, before } = &back else { panic!("{back:?}") };
    assert!(before.contains_key(&SagaStep::Precheck));
    let begun = SagaEvent::Begun { group: 0, term: Term(2), bounds: BOUNDS, way: back.clone() };
    let begun = done.after(&begun).expect("legal");
    let undone = begun.after(&SagaEvent::UndoBegun { why: UndoReason::Stopped });
    let undone = undone.expect("legal").after(&SagaEvent::Ended { how: SagaEnd::Undone });
    assert_eq!(undone.expect("legal").way_back(), Some(back));
}

#[test]
fn a_switch_never_asked_for_is_not_ours() {
    let effect = SwitchEffect::Taken;
    let fenced = made(&made(&begun(), SagaStep::Precheck, 1), SagaStep::Arm, 2);
    assert!(fenced.after(&SagaEvent::SwitchRead { effect }).is_err());
}

#[test]
fn whoever_resumes_needs_a_newer_term_and_makes_no_step_before_the_switch() {
    let armed = made(&begun(), SagaStep::Precheck, 1);
    let resumed = |term| SagaEvent::Resumed { term, by: crate::saga::Resumer::Run };
    assert!(armed.after(&resumed(Term(1))).is_err());
    let armed = armed.after(&resumed(Term(2))).expect("legal");
    assert_eq!(armed.next(0, false), NextMove::GiveUp(UndoReason::RunLost));
    assert!(armed.after(&SagaEvent::Intent { step: SagaStep::Arm, at_ms: 0 }).is_err());
    assert!(begun().after(&resumed(Term(2))).is_ok());
}

#[test]
fn the_time_that_users_are_refused_counts_from_the_fence() {
    let armed = made(&made(&begun(), SagaStep::Precheck, 1), SagaStep::Arm, 2);
    assert_eq!(armed.deadline_ms(), 100);
    assert_eq!(armed.next(99, false), NextMove::Act(SagaStep::Fence));
    assert_eq!(armed.next(100, false), NextMove::GiveUp(UndoReason::DeadlinePassed));
    let fenced = made(&armed, SagaStep::Fence, 90);
    assert_eq!(fenced.deadline_ms(), 140);
    assert_eq!(fenced.guard_deadline_ms(), 145);
    let undoing = SagaEvent::UndoBegun { why: UndoReason::Stopped };
    assert_eq!(fenced.after(&undoing).expect("legal").guard_deadline_ms(), 152);
}

#[test]
fn what_changed_nothing_needs_no_spoil() {
    let step = SagaStep::Precheck;
    let error = Error::new(Code::SagaFailed, "cannot ask");
    let failed = intend(&begun(), step, 1).after(&SagaEvent::Failed { step, error });
    let failed = failed.expect("legal");
    assert_eq!(failed.next(1, false), NextMove::GiveUp(UndoReason::StepFailed(step)));
    let why = UndoReason::StepFailed(step);
    let undoing = failed.after(&SagaEvent::UndoBegun { why }).expect("legal");
    assert_eq!(undoing.next(1, false), NextMove::End(SagaEnd::Undone));
}

#[test]
fn events_survive_json_inside_an_event_of_the_journal() {
    let error = Error::new(Code::SagaStuck, "cannot lift");
    let saga = SagaEvent::UndoFailed { step: SagaStep::Fence, error };
    let event = crate::Event::Saga(saga);
    let text = serde_json::to_string(&event).expect("plain");
    assert_eq!(serde_json::from_str::<crate::Event>(&text).expect("parses"), event);
}
