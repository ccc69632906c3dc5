//! The cutover: drives a mover's steps, undoes them, and goes on after a crash.
//!
//! Which event may follow which, and what to do next, is decided by
//! [`SagaState`](boatlift_core::SagaState) alone; here it is done and written down. Every
//! effect follows a durable intent, with one exception: when the journal cannot be
//! written any more, what was done is undone without it. Nothing here ever undoes after
//! the authority said that users follow UPPER.

mod clock;
mod conditions;
mod guard;
mod journaled;
mod recovery;
mod runner;
mod undo;

pub use clock::{Clock, SystemClock};
pub(crate) use conditions::demand;
pub use conditions::{Rehearsal, rehearse};
pub use guard::{Lease, Watched, guard};
pub use journaled::{JournalLog, StateLease};
pub use recovery::recover;
pub use runner::{Endurance, Finish, Patience, Request, Setup, run_cutover};

use boatlift_core::{Result, SagaEvent, SagaState, Term};

/// Where a cutover's events are kept: the journal, as the saga sees it.
pub trait SagaLog {
    /// The newest cutover, as its events tell; the default state when there was none.
    ///
    /// # Errors
    /// When the log cannot be read.
    fn state(&self) -> Result<SagaState>;

    /// Appends an event; it is durable when this returns.
    ///
    /// # Errors
    /// [`Code::TermNewer`](boatlift_core::Code::TermNewer) when the log holds a newer term
    /// than `term`, decided together with the append; any other code when the event may
    /// not be durable.
    fn commit(&self, term: Term, event: &SagaEvent) -> Result<()>;
}
