//! Ending a move for good: what it put on UPPER is taken away, and its journal is closed
//! and kept. Never touches what was moved.

use crate::place::Place;
use crate::running::{self, Moving};
use boatlift_core::phase::Turn;
use boatlift_core::still::Still;
use boatlift_core::store::{Opener, Store};
use boatlift_core::{Code, Error, Event, Leaving, Mover, Phase, Result};
use boatlift_engine::journal::{Journal, View};
use boatlift_engine::segment::Segment;
use boatlift_engine::state::StateDir;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Ends a move by `turn`: [`Turn::Finish`] or [`Turn::Abandon`].
///
/// # Errors
/// [`Code::StateBusy`] while it runs, [`Code::MoveClosed`] when it has ended,
/// [`Code::ControlRefused`] when its phase does not allow it, and what kept UPPER from
/// being swept: the move is open then as before.
pub(crate) fn end(place: &Place, turn: Turn) -> Result<()> {
    let state = StateDir::open(&place.directory)?;
    let _lock = state.lock()?;
    let journal = Journal::open(&state.journal_path())?;
    let view = journal.view()?;
    let Moving { mover, opener } = running::moving(&place.file()?, None)?;
    let groups = mover.active_groups();
    for (group, _) in &groups {
        refuse_illegal(view.phase_of(*group), turn, &view.name)?;
    }
    take_leavings_away(&state, &journal, &view, mover.as_ref(), opener.as_ref())?;
    // Those that an earlier move file had, too: what is left open keeps the move open.
    let former = view.groups.iter().filter(|(_, state)| state.phase.after(turn).is_ok());
    let mut ended: BTreeSet<u32> = former.map(|(group, _)| *group).collect();
    ended.extend(groups.iter().map(|(group, _)| *group));
    ended.into_iter().try_for_each(|group| journal.commit(Event::Turned { group, turn }))
}

fn refuse_illegal(phase: Phase, turn: Turn, name: &str) -> Result<()> {
    match phase.after(turn) {
        Ok(_) => Ok(()),
        Err(_) if phase.is_closed() => {
            Err(Error::new(Code::MoveClosed, format!("cannot end a move that is {phase}:"))
                .on(name))
        }
        Err(_) => Err(Error::new(Code::ControlRefused, "cannot finish").on(name).because(format!(
            "its last run ended in phase {phase}; run it to its end, or abandon it"
        ))),
    }
}

/// Removing what is gone already is harmless, so a crash in between is too.
fn take_leavings_away(
    state: &StateDir,
    journal: &Journal,
    view: &View,
    mover: &dyn Mover,
    opener: &dyn Opener,
) -> Result<()> {
    for (id, leaving) in &view.leavings {
        if let Leaving::Still { group, route, still } = leaving {
            remove_still(mover, opener, (*group, *route), still)?;
            journal.commit(Event::LeavingGone { id: *id })?;
            continue;
        }
        for route in mover.groups().iter().flat_map(|group| &group.routes) {
            let upper = opener.open(&route.upper)?;
            match leaving {
                Leaving::Temporaries { plan } => sweep(state, view, *plan, &upper)?,
                Leaving::Mark => upper.write_mark(None)?,
                Leaving::Still { .. } | Leaving::Setting { .. } => {}
            }
        }
        if let Leaving::Setting { name, .. } = leaving {
            return Err(Error::new(Code::SagaStuck, "cannot end a move that changed")
                .on(name)
                .because("a cutover left it so; run the move, which puts it back"));
        }
        journal.commit(Event::LeavingGone { id: *id })?;
    }
    Ok(())
}

/// Removes an image of LOWER from which an unfinished plan was carried out.
fn remove_still(
    mover: &dyn Mover,
    opener: &dyn Opener,
    (group, route): (u32, u32),
    still: &Still,
) -> Result<()> {
    let groups = mover.groups();
    let route = groups.get(group as usize).and_then(|group| group.routes.get(route as usize));
    let lower = route.map(|route| opener.open(&route.lower)).transpose()?;
    match lower.as_ref().and_then(|lower| lower.stills()) {
        Some(stills) => stills.remove(still),
        None => Err(Error::new(Code::RemoveFailed, "cannot remove the snapshot")
            .on(&still.name)
            .because("the move file no longer says how; put back what it said, or remove it")),
    }
}

fn sweep(state: &StateDir, view: &View, plan: u64, upper: &Arc<dyn Store>) -> Result<()> {
    let planned = view.plan.iter().filter(|state| state.plan.number == plan);
    for route in planned.flat_map(|state| &state.plan.routes) {
        let segment = Segment::open(&state.segments_path(), &route.difference)?;
        (0..segment.pages()).try_for_each(|page| upper.sweep(&segment.read_page(page)?))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupted_copy_can_be_abandoned_but_not_finished() {
        assert!(refuse_illegal(Phase::Copy, Turn::Abandon, "x").is_ok());
        let error = refuse_illegal(Phase::Copy, Turn::Finish, "x").expect_err("refused");
        assert_eq!(error.code, Code::ControlRefused);
        let error = refuse_illegal(Phase::Finished, Turn::Abandon, "x").expect_err("refused");
        assert_eq!(error.code, Code::MoveClosed);
    }
}
