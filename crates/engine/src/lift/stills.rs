//! Still images of LOWER: one is made before a plan, where the mover's store asks for it, and goes
//! with the plan. A plan that is resumed needs the very image that it was made from.

use super::pass::Pass;
use super::roots::Roots;
use crate::fault;
use crate::journal::View;
use boatlift_core::error::Result;
use boatlift_core::event::Event;
use boatlift_core::leaving::Leaving;
use boatlift_core::still::Still;

/// Digits of the move's identity in the name of an image.
const IDENTITY_DIGITS: usize = 16;

impl Pass<'_> {
    /// Journals the images that the roots ask for, makes them, and holds LOWER to them.
    pub(super) fn hold_still(&self, roots: &[Roots]) -> Result<()> {
        for (route, roots) in (0..).zip(roots) {
            let Some(stills) = roots.lower.stills() else { continue };
            let directories = stills.directories();
            if directories.is_empty() {
                continue;
            }
            let view = self.lift.journal.view()?;
            let still = Still { name: self.name_of_still(&view, route), directories };
            let leaving = Leaving::Still { group: self.group, route, still: still.clone() };
            self.lift.journal.commit(Event::LeavingMade { id: view.last_leaving + 1, leaving })?;
            stills.hold(&still)?;
            fault::point("still-made");
        }
        Ok(())
    }

    /// Holds LOWER to the images that the open plan of this group was made from; false when one
    /// of them is gone. A plan that was made without any goes on without.
    pub(super) fn hold_again(&self, view: &View, roots: &[Roots]) -> Result<bool> {
        for (_, route, still) in self.stills(view) {
            let stills = roots.get(route as usize).and_then(|roots| roots.lower.stills());
            match stills {
                Some(stills) if stills.hold_again(still)? => {}
                _ => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Removes the images of this group.
    pub(super) fn remove_stills(&self, roots: &[Roots]) -> Result<()> {
        let view = self.lift.journal.view()?;
        for (id, route, still) in self.stills(&view) {
            let Some(stills) = roots.get(route as usize).and_then(|roots| roots.lower.stills())
            else {
                let name = &still.name;
                tracing::warn!(name, "no way is configured to remove this image of LOWER");
                continue;
            };
            stills.remove(still)?;
            fault::point("still-removed");
            self.lift.journal.commit(Event::LeavingGone { id })?;
        }
        Ok(())
    }

    /// The images of this group that may be there: their numbers as leavings, and their routes.
    fn stills<'v>(&self, view: &'v View) -> impl Iterator<Item = (u64, u32, &'v Still)> {
        let ours = self.group;
        view.leavings.iter().filter_map(move |(id, leaving)| match leaving {
            Leaving::Still { group, route, still } if *group == ours => Some((*id, *route, still)),
            _ => None,
        })
    }

    fn name_of_still(&self, view: &View, route: u32) -> String {
        let plan = view.plan.as_ref().map_or(1, |state| state.plan.number + 1);
        let identity = view.move_id.get(..IDENTITY_DIGITS).unwrap_or(&view.move_id);
        format!("boatlift-{identity}-{plan}-{route}")
    }
}
