//! Steps, undos and a log that fail: once, always, and after they took effect.

use crate::harness::Theatre;
use boatlift_core::{Code, Result, SagaStep, Side};
use boatlift_engine::saga::Finish;

/// More points than any cutover passes.
const MANY: u32 = 200;

fn code(finish: &Result<Finish>) -> Option<Code> {
    match finish {
        Ok(Finish::Done) => None,
        Ok(Finish::Undone(error)) | Err(error) => Some(error.code),
    }
}

#[test]
fn a_good_run_hands_over() {
    let theatre = Theatre::new();
    assert_eq!(theatre.process(&[]).run(), Ok(Finish::Done));
    assert_eq!(theatre.settled("good"), Side::Upper);
}

#[test]
fn every_action_may_be_made_twice() {
    for (fault, side) in [("none=fail", Side::Upper), ("before effect verify=fail", Side::Lower)] {
        let theatre = Theatre::new();
        let mut process = theatre.process(&[fault]);
        process.twice = true;
        process.run().expect("it ends");
        assert_eq!(theatre.settled(fault), side);
    }
}

#[test]
fn a_step_that_fails_once_before_the_switch_is_undone() {
    for step in &SagaStep::ALL[..5] {
        for when in ["before", "after"] {
            let fault = format!("{when} effect {step}=fail");
            let theatre = Theatre::new();
            let finish = theatre.process(&[&fault]).run();
            assert_eq!(code(&finish), Some(Code::SagaFailed), "{fault}");
            assert_eq!(theatre.settled(&fault), Side::Lower);
        }
    }
}

#[test]
fn a_switch_that_fails_counts_by_its_effect() {
    for action in ["fail", "fail-always"] {
        let refused = Theatre::new();
        let finish = refused.process(&[&format!("before effect switch={action}")]).run();
        assert_eq!(code(&finish), Some(Code::SagaFailed));
        assert_eq!(refused.settled("refused"), Side::Lower);

        let unanswered = Theatre::new();
        let finish = unanswered.process(&[&format!("after effect switch={action}")]).run();
        assert_eq!(finish, Ok(Finish::Done));
        assert_eq!(unanswered.settled("unanswered"), Side::Upper);
    }
}

#[test]
fn a_step_after_the_switch_is_tried_until_it_succeeds() {
    for step in ["guard", "release"] {
        for when in ["before", "after"] {
            let once = Theatre::new();
            let fault = format!("{when} effect {step}=fail");
            assert_eq!(once.process(&[&fault]).run(), Ok(Finish::Done), "{fault}");
            assert_eq!(once.settled(&fault), Side::Upper);

            let always = Theatre::new();
            let fault = format!("{when} effect {step}=fail-always");
            assert_eq!(code(&always.process(&[&fault]).run()), Some(Code::SagaOpen), "{fault}");
            assert!(always.state().is_open() && always.state().is_taken());
            assert_eq!(always.process(&[]).recover(), Ok(Some(Finish::Done)), "{fault}");
            assert_eq!(always.settled(&fault), Side::Upper);
        }
    }
}

/// A failure after which there is that to undo: only a switch that was asked for is spoiled.
fn failure_before(undo: &str) -> &'static str {
    match undo {
        "spoil" => "before effect switch=fail",
        _ => "before effect drain=fail",
    }
}

#[test]
fn a_fence_comes_down_without_the_authority_while_no_switch_was_asked_for() {
    let theatre = Theatre::new();
    let away = "before effect spoil=fail-always";
    let finish = theatre.process(&["before effect drain=fail", away]).run();
    assert_eq!(code(&finish), Some(Code::SagaFailed));
    assert_eq!(theatre.settled(away), Side::Lower);
}

#[test]
fn a_fence_of_a_dead_run_comes_down_without_the_authority_too() {
    for step in ["fence", "drain"] {
        let theatre = Theatre::new();
        theatre.child("run", &[&format!("after made {step}=abort")]);
        let away = "before effect spoil=fail-always";
        let finish = theatre.process(&[away]).recover().expect("it ends");
        assert!(matches!(finish, Some(Finish::Undone(_))), "{step}: {finish:?}");
        assert_eq!(theatre.settled(step), Side::Lower);
    }
}

#[test]
fn an_undo_that_fails_is_stuck_until_the_next_start_succeeds() {
    for undo in ["spoil", "undo fence", "undo arm"] {
        for when in ["before", "after"] {
            let theatre = Theatre::new();
            let stuck = format!("{when} effect {undo}=fail-always");
            let finish = theatre.process(&[failure_before(undo), &stuck]).run();
            assert_eq!(code(&finish), Some(Code::SagaStuck), "{stuck}");
            let again = theatre.process(&[&stuck]).recover();
            assert_eq!(again.map_err(|error| error.code), Err(Code::SagaStuck), "{stuck}");
            assert!(theatre.state().is_open(), "{stuck}");
            let last = theatre.process(&[]).recover().expect("nothing fails").expect("open");
            assert!(matches!(last, Finish::Undone(_)), "{stuck}");
            assert_eq!(theatre.settled(&stuck), Side::Lower);
        }
    }
}

#[test]
fn an_undo_that_fails_once_is_tried_again_at_once() {
    for undo in ["spoil", "undo fence", "undo arm"] {
        let theatre = Theatre::new();
        let once = format!("after effect {undo}=fail");
        let finish = theatre.process(&[failure_before(undo), &once]).run();
        assert_eq!(code(&finish), Some(Code::SagaFailed), "{once}");
        assert_eq!(theatre.settled(&once), Side::Lower);
    }
}

#[test]
fn the_fence_stays_while_nobody_knows_whether_the_switch_comes() {
    let theatre = Theatre::new();
    let faults = ["before effect switch=fail", "before effect spoil=fail-always"];
    assert_eq!(code(&theatre.process(&faults).run()), Some(Code::SagaStuck));
    assert!(theatre.system.world().fence.is_some());

    let silent = Theatre::new();
    let faults = ["after effect switch=fail", "before effect read=fail-always"];
    assert_eq!(code(&silent.process(&faults).run()), Some(Code::SagaStuck));
    assert!(silent.system.world().fence.is_some());
    assert_eq!(silent.process(&[]).recover(), Ok(Some(Finish::Done)));
    assert_eq!(silent.settled("the authority answers again"), Side::Upper);
}

/// Covers the log too: an event that is not taken, and one whose answer is lost.
#[test]
fn one_failure_or_two_anywhere_leave_all_or_nothing() {
    for second in [0, 1, 2, 3, 5, 8] {
        for first in 1..MANY {
            let theatre = Theatre::new();
            let faults = [format!("#{first}=fail"), format!("#{}=fail", first + second)];
            let process = theatre.process(&[&faults[0], &faults[1]]);
            let finish = process.run();
            let context = format!("{faults:?} {finish:?}");
            if theatre.state().is_open() {
                theatre.process(&[]).recover().unwrap_or_else(|why| panic!("{context}: {why}"));
            }
            theatre.settled(&context);
            if finish == Ok(Finish::Done) && first > 60 {
                break;
            }
        }
    }
}

#[test]
fn without_a_log_the_fence_is_lifted_all_the_same() {
    for event in ["made fence", "intent drain", "made verify", "intent switch"] {
        let theatre = Theatre::new();
        let fault = format!("before {event}=fail-always");
        let finish = theatre.process(&[&fault]).run();
        assert_eq!(code(&finish), Some(Code::WriteFailed), "{fault}: the log's own error");
        let world = theatre.system.world();
        assert_eq!(world.settled(), Ok(Side::Lower), "{fault}");
        assert!(theatre.state().is_open(), "{fault}: the log could not take the end");
        theatre.process(&[]).recover().expect("the log is back");
        assert_eq!(theatre.settled(&fault), Side::Lower);
    }
}

#[test]
fn no_step_is_made_without_a_durable_intent() {
    for step in SagaStep::ALL {
        let theatre = Theatre::new();
        let unlogged = format!("before intent {step}=fail");
        let exit = theatre.child("run", &[&unlogged, &format!("before effect {step}=abort")]);
        assert!(exit.status.success(), "{step} was made");
        assert!(exit.said.starts_with("error"), "{step}: {}", exit.said);
        theatre.process(&[]).recover().expect("the log is back");
        theatre.settled(&unlogged);
    }
}

#[test]
fn an_interrupt_anywhere_undoes_or_comes_too_late() {
    let mut undone = 0;
    for number in 1..MANY {
        let theatre = Theatre::new();
        let fault = format!("#{number}=interrupt");
        let finish = theatre.process(&[&fault]).run();
        match (theatre.settled(&fault), &finish) {
            (Side::Upper, Ok(Finish::Done)) => {}
            (Side::Lower, Ok(Finish::Undone(_))) => undone += 1,
            (side, other) => panic!("{fault}: {side} {other:?}"),
        }
    }
    assert!(undone >= 25, "{undone}");
    let theatre = Theatre::new();
    let finish = theatre.process(&["after made fence=interrupt"]).run();
    assert_eq!(code(&finish), Some(Code::Interrupted));
}

#[test]
fn an_interrupted_wait_is_not_called_a_deadline() {
    let theatre = Theatre::new();
    let finish = theatre.process(&["after intent drain=interrupt"]).run();
    assert_eq!(code(&finish), Some(Code::Interrupted), "{finish:?}");
    let late = Theatre::new();
    let finish = late.process(&["after intent drain=late"]).run();
    assert_eq!(code(&finish), Some(Code::DeadlinePassed), "{finish:?}");
}

#[test]
fn why_it_was_undone_is_not_forgotten_over_an_undo_that_fails() {
    let theatre = Theatre::new();
    let faults = ["before effect drain=fail", "before effect undo fence=fail"];
    let Ok(Finish::Undone(error)) = theatre.process(&faults).run() else { panic!("it ended") };
    let told = error.to_string();
    assert!(told.contains("before effect drain") && !told.contains("undo fence"), "{told}");
    assert_eq!(theatre.settled("undone"), Side::Lower);
}

#[test]
fn what_does_not_hold_is_told_and_nothing_is_touched() {
    let theatre = Theatre::new();
    theatre.system.change(|world| world.fence = Some(boatlift_core::Term(0)));
    let before = theatre.system.world();
    let Ok(Finish::Undone(error)) = theatre.process(&[]).run() else { panic!("it began") };
    assert!(error.to_string().contains("LOWER is not fenced"), "{error}");
    let after = theatre.system.world();
    assert_eq!(
        (after.version, after.knob, after.fence),
        (before.version, before.knob, before.fence)
    );
}

#[test]
fn a_dry_run_lists_what_holds_and_what_does_not() {
    let theatre = Theatre::new();
    theatre.system.change(|world| world.fence = Some(boatlift_core::Term(4)));
    let process = theatre.process(&[]);
    let look = |max_reject_ms| {
        process.with_setup(|setup| {
            boatlift_engine::saga::rehearse(setup.cutover, 0, 1_000, max_reject_ms)
        })
    };
    let rehearsal = look(500).expect("it answers");
    assert!(!rehearsal.is_ready());
    let text = rehearsal.to_string();
    assert!(text.contains("✓ users follow LOWER: LOWER"), "{text}");
    assert!(text.contains("✗ LOWER is not fenced: term 4"), "{text}");
    assert!(text.contains("✓ writes are refused for at most 500 ms"), "{text}");
    let text = look(50).expect("it answers").to_string();
    assert!(text.contains("✗ cannot promise"), "{text}");
}

#[test]
fn a_cutover_that_was_undone_may_be_begun_again() {
    let theatre = Theatre::new();
    theatre.process(&["before effect verify=fail"]).run().expect("undone");
    assert_eq!(theatre.settled("first"), Side::Lower);
    assert_eq!(theatre.process(&[]).run(), Ok(Finish::Done));
    assert_eq!(theatre.settled("second"), Side::Upper);
}

#[test]
fn an_open_cutover_must_be_ended_before_another() {
    let theatre = Theatre::new();
    theatre.child("run", &["after made fence=abort"]);
    assert_eq!(code(&theatre.process(&[]).run()), Some(Code::Usage));
    theatre.process(&[]).recover().expect("it ends");
    assert_eq!(theatre.settled("ended"), Side::Lower);
}

#[test]
fn a_switch_made_by_another_hand_is_left_to_a_person() {
    let theatre = Theatre::new();
    theatre.child("run", &["after made drain=abort"]);
    theatre.system.change(|world| world.names = Side::Upper);
    let recovered = theatre.process(&[]).recover();
    assert_eq!(recovered.map_err(|error| error.code), Err(Code::SagaStuck));
    assert!(theatre.system.world().fence.is_some(), "LOWER must not accept writes now");
    theatre.system.change(|world| {
        world.lower.extend(world.upper.clone());
        (world.names, world.client) = (Side::Lower, Side::Lower);
    });
    theatre.process(&[]).recover().expect("it ends");
    assert_eq!(theatre.settled("put back"), Side::Lower);
}
