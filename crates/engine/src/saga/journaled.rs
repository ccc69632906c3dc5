//! The saga's log and lease as a move has them: its journal and its state directory.

use super::{Lease, SagaLog};
use crate::journal::{Journal, read_view};
use crate::state::{RunLock, StateDir};
use boatlift_core::{Code, Error, Event, Result, SagaEvent, SagaState, Term};

/// The journal as a cutover's log.
#[derive(Debug, Clone, Copy)]
pub struct JournalLog<'a> {
    journal: &'a Journal,
}

impl<'a> JournalLog<'a> {
    /// The log in this journal.
    #[must_use]
    pub fn new(journal: &'a Journal) -> Self {
        JournalLog { journal }
    }
}

impl SagaLog for JournalLog<'_> {
    fn state(&self) -> Result<SagaState> {
        let events = self.journal.view()?.saga;
        let state = events.iter().try_fold(SagaState::default(), |state, event| state.after(event));
        state.map_err(|illegal| {
            Error::new(Code::StateDamaged, "cannot follow the cutover in the journal")
                .because(illegal)
        })
    }

    fn commit(&self, term: Term, event: &SagaEvent) -> Result<()> {
        self.journal.commit_in_term(term, Event::Saga(event.clone()))
    }
}

/// What becomes of a process that holds the lock and stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holder {
    /// It is refused by its older term, by whoever compares terms.
    LeftToTerms,
    /// It is killed, with what it started: it never wakes up.
    Killed,
}

/// The run's lock as a guard's lease. It is held until this is dropped.
pub struct StateLease<'a> {
    state: &'a StateDir,
    holder: Holder,
    raise: &'a dyn Fn(Term) -> Result<()>,
    lock: Option<RunLock>,
}

impl<'a> StateLease<'a> {
    /// The lease of the move in `state`. `raise` tells the systems a new term, before
    /// anything is done in it.
    #[must_use]
    pub fn new(state: &'a StateDir, raise: &'a dyn Fn(Term) -> Result<()>) -> Self {
        StateLease { state, holder: Holder::LeftToTerms, raise, lock: None }
    }

    /// The same; but whoever holds the lock is killed before its right is seized. For systems
    /// that can be changed without a look at terms, as by a site's own commands.
    #[must_use]
    pub fn that_kills(state: &'a StateDir, raise: &'a dyn Fn(Term) -> Result<()>) -> Self {
        StateLease { holder: Holder::Killed, ..StateLease::new(state, raise) }
    }
}

impl Lease for StateLease<'_> {
    fn try_take(&mut self) -> Result<Option<Term>> {
        match self.state.lock() {
            Ok(lock) => self.lock = Some(lock),
            Err(busy) if busy.code == Code::StateBusy => return Ok(None),
            Err(error) => return Err(error),
        }
        self.raise_term().map(Some)
    }

    fn seize(&mut self) -> Result<Term> {
        if self.holder == Holder::Killed {
            self.lock = Some(self.state.lock_over_the_dead()?);
        }
        self.raise_term()
    }
}

impl StateLease<'_> {
    fn raise_term(&self) -> Result<Term> {
        let term = read_view(&self.state.journal_path())?.term.next();
        (self.raise)(term)?;
        Ok(term)
    }
}
