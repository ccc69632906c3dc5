//! The guard: a second process that keeps the promise when the first cannot.
//!
//! It acts only when the run is dead and its deadline has passed, or when the run lives
//! and stands still past the guard's own, later deadline. What it does then is what any
//! next start would do.

use super::recovery::recover;
use super::runner::{Finish, Setup};
use boatlift_core::saga::{Resumer, SagaEnd};
use boatlift_core::{Code, Error, Result, SagaState, Term};

/// The longest time between two looks at the log, in milliseconds.
const LOOK_EVERY_MS: u64 = 200;

/// The right to act on a move.
pub trait Lease {
    /// Takes the lease and a new term, unless a living process holds it.
    ///
    /// # Errors
    /// When that cannot be found out, or the term cannot be raised.
    fn try_take(&mut self) -> Result<Option<Term>>;

    /// Takes a new term over the head of a process that lives but stands still. From here
    /// on, systems that compare terms refuse what that process does when it wakes up.
    ///
    /// # Errors
    /// When the term cannot be raised.
    fn seize(&mut self) -> Result<Term>;
}

/// What a guard saw or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Watched {
    /// There was no cutover to watch.
    Nothing,
    /// The run brought it to an end by itself.
    EndedByRun(SagaEnd),
    /// The guard did.
    EndedByGuard(Finish),
}

/// Watches the open cutover until it has ended, and ends it when the run does not.
///
/// # Errors
/// [`Code::Interrupted`] when it is stopped while it watches; otherwise as
/// [`run_cutover`](super::run_cutover).
pub fn guard(setup: &Setup<'_>, lease: &mut dyn Lease) -> Result<Watched> {
    if !setup.log.state()?.is_open() {
        return Ok(Watched::Nothing);
    }
    loop {
        let state = setup.log.state()?;
        if let Some(how) = state.ended() {
            return Ok(Watched::EndedByRun(how));
        }
        if (setup.stop)() {
            return Err(Error::new(Code::Interrupted, "the guard was interrupted"));
        }
        let now_ms = setup.clock.now_ms();
        if let Some(term) = take(lease, &state, now_ms)? {
            return match recover(setup, term, Resumer::Guard)? {
                Some(finish) => Ok(Watched::EndedByGuard(finish)),
                None => Ok(ended(&setup.log.state()?)),
            };
        }
        setup.clock.pause(until_next_look(&state, now_ms));
    }
}

/// Takes the lease when it is due.
fn take(lease: &mut dyn Lease, state: &SagaState, now_ms: u64) -> Result<Option<Term>> {
    if now_ms < state.deadline_ms() {
        return Ok(None);
    }
    match lease.try_take()? {
        Some(term) => Ok(Some(term)),
        None if state.is_taken() || now_ms < state.guard_deadline_ms() => Ok(None),
        None => lease.seize().map(Some),
    }
}

/// Both deadlines are met to the millisecond.
fn until_next_look(state: &SagaState, now_ms: u64) -> u64 {
    let deadlines = [state.deadline_ms(), state.guard_deadline_ms()];
    let next = deadlines.into_iter().filter(|deadline| *deadline > now_ms).min();
    next.map_or(LOOK_EVERY_MS, |deadline| (deadline - now_ms).min(LOOK_EVERY_MS))
}

/// The run ended the cutover between the last look and the lease.
fn ended(state: &SagaState) -> Watched {
    state.ended().map_or(Watched::Nothing, Watched::EndedByRun)
}
