//! The log of a cutover, in memory: it outlives the process that writes it, and may end it.

use boatlift_core::saga::SagaStep;
use boatlift_core::{Result, SagaEvent, SagaState, Term};
use boatlift_engine::saga::SagaLog;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A log in memory.
#[derive(Debug, Default)]
pub struct MemoryLog {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    events: Vec<SagaEvent>,
    dies_at: Option<usize>,
    /// What happens when a step is about to be made.
    before: Option<(SagaStep, Box<dyn FnOnce() + Send>)>,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("events", &self.events).finish_non_exhaustive()
    }
}

/// How a process ends here that is killed.
#[derive(Debug)]
pub struct Death;

impl MemoryLog {
    /// Ends the process at the event of this number, from 1: before it is kept, if that is odd.
    pub fn die_at(&self, event: Option<usize>) {
        self.state().dies_at = event;
    }

    /// Lets something happen when a step is about to be made for the first time.
    pub fn before(&self, step: SagaStep, happens: impl FnOnce() + Send + 'static) {
        self.state().before = Some((step, Box::new(happens)));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SagaLog for MemoryLog {
    fn state(&self) -> Result<SagaState> {
        let kept = self.state();
        let state =
            kept.events.iter().try_fold(SagaState::default(), |now, event| now.after(event));
        Ok(state.expect("a legal history"))
    }

    fn commit(&self, _: Term, event: &SagaEvent) -> Result<()> {
        let mut state = self.state();
        let is_last = state.dies_at == Some(state.events.len() + 1);
        if is_last && state.events.len().is_multiple_of(2) {
            std::panic::resume_unwind(Box::new(Death));
        }
        state.events.push(event.clone());
        if is_last {
            std::panic::resume_unwind(Box::new(Death));
        }
        let is_awaited =
            |step: SagaStep| matches!(event, SagaEvent::Intent { step: told, .. } if *told == step);
        if let Some((_, happens)) = state.before.take_if(|(step, _)| is_awaited(*step)) {
            happens();
        }
        Ok(())
    }
}
