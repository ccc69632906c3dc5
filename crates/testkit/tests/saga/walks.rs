//! The state alone: every state that legal events lead to, and long walks through a world
//! that does anything.

use boatlift_core::saga::{
    Bounds, Evidence, NextMove, Resumer, SagaEnd, SwitchEffect, UndoReason, Way,
};
use boatlift_core::{Code, Error, SagaEvent, SagaState, SagaStep, Term};
use proptest::prelude::*;
use std::collections::HashSet;

const BOUNDS: Bounds = Bounds { fence_by_ms: 1_000, budget_ms: 300, switch_ms: 10, undo_ms: 20 };

/// The newest term that a search looks at.
const LAST_TERM: Term = Term(3);

fn begun() -> SagaState {
    let event = SagaEvent::Begun { group: 0, term: Term(1), bounds: BOUNDS, way: Way::default() };
    SagaState::default().after(&event).expect("legal")
}

fn broken() -> Error {
    Error::new(Code::SagaFailed, "broken")
}

/// Every event there is, as it could come next.
fn alphabet(state: &SagaState) -> Vec<SagaEvent> {
    let mut events = vec![
        SagaEvent::SpoilIntent,
        SagaEvent::Spoiled,
        SagaEvent::UndoBegun { why: UndoReason::Stopped },
        SagaEvent::Ended { how: SagaEnd::Done },
        SagaEvent::Ended { how: SagaEnd::Undone },
    ];
    for effect in [SwitchEffect::Taken, SwitchEffect::NotTaken, SwitchEffect::Spoiled] {
        events.push(SagaEvent::SwitchRead { effect });
    }
    for step in SagaStep::ALL {
        events.push(SagaEvent::Intent { step, at_ms: 10 });
        events.push(SagaEvent::Made { step, evidence: Evidence::default() });
        events.push(SagaEvent::Failed { step, error: broken() });
        events.push(SagaEvent::UndoIntent { step });
        events.push(SagaEvent::Undone { step });
        events.push(SagaEvent::UndoFailed { step, error: broken() });
    }
    if state.term() < LAST_TERM {
        events.push(SagaEvent::Resumed { term: state.term().next(), by: Resumer::Run });
    }
    events
}

fn takes_back(event: &SagaEvent) -> bool {
    matches!(
        event,
        SagaEvent::UndoBegun { .. }
            | SagaEvent::SpoilIntent
            | SagaEvent::UndoIntent { .. }
            | SagaEvent::Ended { how: SagaEnd::Undone }
    )
}

/// The event that opens the next move, if the state names one.
fn opening(next: NextMove) -> Option<SagaEvent> {
    match next {
        NextMove::Act(step) => Some(SagaEvent::Intent { step, at_ms: 10 }),
        NextMove::ReadSwitch => Some(SagaEvent::SwitchRead { effect: SwitchEffect::NotTaken }),
        NextMove::GiveUp(why) => Some(SagaEvent::UndoBegun { why }),
        NextMove::Spoil => Some(SagaEvent::SpoilIntent),
        NextMove::Undo(step) => Some(SagaEvent::UndoIntent { step }),
        NextMove::End(how) => Some(SagaEvent::Ended { how }),
        NextMove::Wait => None,
    }
}

#[test]
fn in_every_state_that_can_be_reached_the_next_move_is_legal_and_nothing_taken_is_undone() {
    let mut seen = HashSet::new();
    let mut open = vec![begun()];
    while let Some(state) = open.pop() {
        if !seen.insert(format!("{state:?}")) {
            continue;
        }
        for (now_ms, stop) in [(0, false), (0, true), (u64::MAX, false)] {
            if let Some(event) = opening(state.next(now_ms, stop)) {
                assert!(state.after(&event).is_ok(), "{event:?} in {state:?}");
            }
        }
        for event in alphabet(&state) {
            let Ok(next) = state.after(&event) else { continue };
            assert!(!(state.is_taken() && takes_back(&event)), "{event:?} in {state:?}");
            assert!(!state.is_taken() || next.is_taken(), "{event:?} in {state:?}");
            assert!(state.is_open(), "{event:?} after the end");
            open.push(next);
        }
        ends(&state, &mut |_| Answer::Good);
    }
    assert!(seen.len() > 200, "{} states", seen.len());
}

/// What the world makes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Good,
    /// Refused, without effect.
    Refused,
    /// Took effect; the answer was lost.
    Lost,
    /// The process died before the effect.
    DiedBefore,
    /// The process died after the effect.
    DiedAfter,
}

/// Whom users follow, and whether LOWER refuses; as the world has it, not as we think.
struct Authority {
    taken: bool,
    spoiled: bool,
    fenced: bool,
}

/// Drives `state` to its end through a world that answers as it likes, and checks the world
/// at every effect.
fn ends(state: &SagaState, answer: &mut dyn FnMut(u32) -> Answer) {
    let mut state = state.clone();
    let mut world = Authority {
        taken: state.is_taken(),
        spoiled: false,
        fenced: state.evidence().contains_key(&SagaStep::Fence),
    };
    for turn in 0..400 {
        if !state.is_open() {
            let done = state.ended() == Some(SagaEnd::Done);
            assert_eq!(done, world.taken, "{state:?}");
            return;
        }
        let answer = if turn < 60 { answer(turn) } else { Answer::Good };
        state = turned(&state, &mut world, answer);
        assert!(!world.taken || world.fenced, "both sides accept writes: {state:?}");
    }
    panic!("it never ends: {state:?}");
}

fn turned(state: &SagaState, world: &mut Authority, answer: Answer) -> SagaState {
    let after = |event: SagaEvent| state.after(&event).unwrap_or_else(|why| panic!("{why}"));
    let takes_effect = !matches!(answer, Answer::Refused | Answer::DiedBefore);
    match state.next(5, false) {
        NextMove::Wait => after(resumed(state)),
        NextMove::GiveUp(why) => after(SagaEvent::UndoBegun { why }),
        NextMove::End(how) => after(SagaEvent::Ended { how }),
        NextMove::ReadSwitch => after(SagaEvent::SwitchRead { effect: world.effect() }),
        NextMove::Act(step) => {
            let intended = after(SagaEvent::Intent { step, at_ms: 5 });
            if takes_effect {
                world.make(step);
            }
            let made = SagaEvent::Made { step, evidence: Evidence::default() };
            answered(&intended, answer, made, SagaEvent::Failed { step, error: broken() })
        }
        NextMove::Spoil => {
            let intended = after(SagaEvent::SpoilIntent);
            world.spoiled |= takes_effect && !world.taken;
            let said = match world.effect() {
                SwitchEffect::Taken => SagaEvent::SwitchRead { effect: SwitchEffect::Taken },
                _ => SagaEvent::Spoiled,
            };
            let failed = SagaEvent::UndoFailed { step: SagaStep::Switch, error: broken() };
            answered(&intended, answer, said, failed)
        }
        NextMove::Undo(step) => {
            let intended = after(SagaEvent::UndoIntent { step });
            world.fenced &= !(takes_effect && step == SagaStep::Fence);
            let failed = SagaEvent::UndoFailed { step, error: broken() };
            answered(&intended, answer, SagaEvent::Undone { step }, failed)
        }
    }
}

fn answered(state: &SagaState, answer: Answer, good: SagaEvent, bad: SagaEvent) -> SagaState {
    let event = match answer {
        Answer::Good => good,
        Answer::Refused | Answer::Lost => bad,
        Answer::DiedBefore | Answer::DiedAfter => resumed(state),
    };
    state.after(&event).unwrap_or_else(|why| panic!("{why} in {state:?}"))
}

fn resumed(state: &SagaState) -> SagaEvent {
    SagaEvent::Resumed { term: state.term().next(), by: Resumer::Run }
}

impl Authority {
    fn effect(&self) -> SwitchEffect {
        match (self.taken, self.spoiled) {
            (true, _) => SwitchEffect::Taken,
            (false, true) => SwitchEffect::Spoiled,
            (false, false) => SwitchEffect::NotTaken,
        }
    }

    fn make(&mut self, step: SagaStep) {
        match step {
            SagaStep::Fence => self.fenced = true,
            SagaStep::Switch => self.taken = !self.spoiled,
            _ => {}
        }
    }
}

fn any_answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        6 => Just(Answer::Good),
        1 => Just(Answer::Refused),
        1 => Just(Answer::Lost),
        1 => Just(Answer::DiedBefore),
        1 => Just(Answer::DiedAfter),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_walk_through_any_world_ends_done_or_undone(
        answers in prop::collection::vec(any_answer(), 60),
    ) {
        ends(&begun(), &mut |turn| answers[turn as usize]);
    }
}
