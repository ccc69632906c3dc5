//! Deadlines that pass, and promises that cannot be kept.

use crate::harness::Theatre;
use boatlift_core::saga::Way;
use boatlift_core::{Code, SagaStep, Side, Term};
use boatlift_engine::saga::{Finish, Request, run_cutover};
use boatlift_testkit::fake_run::MAX_REJECT_MS;

#[test]
fn a_deadline_that_passes_before_the_switch_undoes() {
    for step in &SagaStep::ALL[..5] {
        for point in ["after intent", "after made"] {
            let theatre = Theatre::new();
            let fault = format!("{point} {step}=late");
            let finish = theatre.process(&[&fault]).run().expect("it ends");
            let Finish::Undone(error) = finish else { panic!("{fault}: it went on") };
            assert_eq!(error.code, Code::DeadlinePassed, "{fault}: {error}");
            assert_eq!(theatre.settled(&fault), Side::Lower);
        }
    }
}

/// Writing down the intent may itself take longer than there is time.
#[test]
fn the_deadline_is_looked_at_between_the_intent_of_the_switch_and_its_effect() {
    let theatre = Theatre::new();
    let finish = theatre.process(&["after intent switch=late"]).run().expect("it ends");
    let Finish::Undone(error) = finish else { panic!("it went on") };
    assert_eq!(error.code, Code::DeadlinePassed, "{error}");
    assert_eq!(theatre.settled("late"), Side::Lower);
}

#[test]
fn a_deadline_means_nothing_after_the_switch() {
    for fault in ["after effect switch=late", "after read taken=late", "after intent guard=late"] {
        let theatre = Theatre::new();
        assert_eq!(theatre.process(&[fault]).run(), Ok(Finish::Done), "{fault}");
        assert_eq!(theatre.settled(fault), Side::Upper);
    }
}

#[test]
fn a_promise_that_cannot_be_kept_is_refused_before_anything_begins() {
    let theatre = Theatre::new();
    let before = theatre.system.world();
    let way = Way::default();
    let (prepare_ms, max_reject_ms) = (1_000, 129);
    let request = Request { way, group: 0, term: Term(1), prepare_ms, max_reject_ms };
    let refused = theatre.process(&[]).with_setup(|setup| run_cutover(setup, &request));
    let error = refused.expect_err("100 + 10 + 20 ms are needed");
    assert_eq!(error.code, Code::Usage);
    assert!(error.to_string().contains("100 ms from the fence to the switch"), "{error}");
    assert_eq!(theatre.system.world(), before);
    assert_eq!(theatre.state().term(), Term(0), "nothing was recorded");
}

#[test]
fn a_dead_run_refuses_users_no_longer_than_promised() {
    for step in ["fence", "drain", "verify"] {
        let theatre = Theatre::new();
        let fault = format!("after effect {step}=abort");
        theatre.child("run", &[&fault]);
        let dead_ms = theatre.system.world().now_ms;
        theatre.process(&[]).guard().expect("the guard acts");
        assert_eq!(theatre.settled(&fault), Side::Lower);
        let refused_ms = theatre.system.world().now_ms - dead_ms;
        assert!(refused_ms <= MAX_REJECT_MS, "{fault}: {refused_ms} ms");
    }
}
