//! A system that is away while its users are refused: whoever holds the cutover tries on, since
//! nobody else may come.

use crate::harness::Theatre;
use boatlift_core::saga::{
    Condition, Cutover, CutoverContext, Evidence, Latencies, Resumer, SagaStep, SwitchEffect,
};
use boatlift_core::{Code, Error, Result, Side, Term};
use boatlift_engine::saga::{Endurance, Finish, Patience, Setup, recover};
use std::sync::atomic::{AtomicU32, Ordering};

/// More failures in a row than the patience has attempts.
const AWAY_FOR: u32 = 9;

/// A mover whose system does not answer to so many undos.
struct Away<'a> {
    inner: &'a dyn Cutover,
    left: AtomicU32,
}

impl Cutover for Away<'_> {
    fn conditions(&self) -> Result<Vec<Condition>> {
        self.inner.conditions()
    }

    fn latencies(&self) -> Result<Latencies> {
        self.inner.latencies()
    }

    fn act(&self, step: SagaStep, context: &CutoverContext<'_>) -> Result<Evidence> {
        self.inner.act(step, context)
    }

    fn read_switch(&self, context: &CutoverContext<'_>) -> Result<SwitchEffect> {
        self.inner.read_switch(context)
    }

    fn spoil(&self, context: &CutoverContext<'_>) -> Result<SwitchEffect> {
        self.inner.spoil(context)
    }

    fn undo(&self, step: SagaStep, context: &CutoverContext<'_>) -> Result<()> {
        let is_away = |left: u32| left.checked_sub(1);
        match self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, is_away) {
            Ok(_) => Err(Error::new(Code::ServerUnreachable, "cannot reach LOWER")),
            Err(_) => self.inner.undo(step, context),
        }
    }
}

/// Ends the cutover of a run that died, in a term of its own.
fn ends(theatre: &Theatre, while_refused: Endurance, term: u64) -> Result<Option<Finish>> {
    let process = theatre.process(&[]);
    process.with_lease(|lease| {
        lease.try_take().expect("a lease").expect("nobody has it");
        process.with_setup(|setup| {
            let cutover = Away { inner: setup.cutover, left: AtomicU32::new(AWAY_FOR) };
            let patience = Patience { while_refused, ..setup.patience };
            recover(&Setup { cutover: &cutover, patience, ..*setup }, Term(term), Resumer::Run)
        })
    })
}

#[test]
fn a_fence_is_tried_until_it_comes_down_however_long_the_system_is_away() {
    let theatre = Theatre::new();
    theatre.child("run", &["after made drain=abort"]);
    let given_up = ends(&theatre, Endurance::GiveUp, 8);
    assert_eq!(given_up.map_err(|error| error.code), Err(Code::SagaStuck));
    assert!(theatre.state().refuses_users());
    let finish = ends(&theatre, Endurance::TryOn, 9).expect("it ends");
    assert!(matches!(finish, Some(Finish::Undone(_))), "{finish:?}");
    assert!(!theatre.state().refuses_users());
    assert_eq!(theatre.settled("away for long"), Side::Lower);
}
