//! The guard of a move: what a second process does when the one that cuts over is dead or
//! stands still. It needs no root of the move, only its journal and the mover's cutover.

use crate::journal::Journal;
use crate::saga::{JournalLog, Patience, SagaLog, Setup, StateLease, SystemClock, Watched, guard};
use crate::state::StateDir;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::event::Event;
use boatlift_core::mover::Mover;
use boatlift_core::phase::{Phase, Turn};
use boatlift_core::saga::SagaEnd;
use boatlift_core::side::Side;

/// Watches the open cutover of the move in `state` until it has ended, and ends it when its
/// process does not. That process is killed when it stands still past the guard's deadline.
///
/// # Errors
/// [`Code::Usage`] when this mover has no cutover; otherwise as [`guard`].
pub fn watch_cutover(
    state: &StateDir,
    mover: &dyn Mover,
    stop: &dyn Fn() -> bool,
) -> Result<Watched> {
    let journal = Journal::open(&state.journal_path())?;
    let log = JournalLog::new(&journal);
    let cutover = match log.state()?.way().to() {
        Side::Upper => mover.cutover(),
        Side::Lower => mover.cutover_back(),
    };
    let cutover = cutover.ok_or_else(|| {
        Error::new(Code::Usage, "cannot guard").because("this mover has no cutover")
    })?;
    let (clock, patience) = (SystemClock::new(), Patience::default());
    let setup = Setup { cutover, log: &log, clock: &clock, stop, patience };
    // Systems learn of the new term from the first verb that changes anything.
    let raise = |_| Ok(());
    let mut lease = StateLease::that_kills(state, &raise);
    let watched = guard(&setup, &mut lease)?;
    if let Watched::EndedByGuard(_) = watched {
        leave_cutover(&journal)?;
    }
    Ok(watched)
}

/// Turns every group out of the phase of a cutover that has ended. Idempotent.
pub(super) fn leave_cutover(journal: &Journal) -> Result<()> {
    let turn = match JournalLog::new(journal).state()?.ended() {
        Some(SagaEnd::Done) => Turn::CutoverDone,
        Some(SagaEnd::Undone) => Turn::CutoverUndone,
        None => return Ok(()),
    };
    for (group, state) in journal.view()?.groups {
        if state.phase == Phase::Cutover {
            journal.commit(Event::Turned { group, turn })?;
        }
    }
    Ok(())
}
