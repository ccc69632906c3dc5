//! A pass: one group once through its phases.

use super::mark::Mark;
use super::roots::{Missing, Roots};
use super::{GroupPlan, Lift, Summary, Until};
use crate::journal::{PlanState, View};
use crate::segment::Segment;
use crate::verify::Verification;
use boatlift_core::compare::Verdict;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::event::{End, Event, Tally};
use boatlift_core::lane::Lane;
use boatlift_core::mover::Group;
use boatlift_core::phase::Turn;
use boatlift_core::plan::{Plan, SegmentRef};
use boatlift_core::policy::{Held, Verify};
use boatlift_core::side::Term;
use boatlift_core::store::Store;
use std::sync::Arc;

/// One group once through its phases.
pub(super) struct Pass<'a> {
    pub(super) lift: &'a Lift,
    pub(super) term: Term,
    pub(super) group: u32,
    pub(super) of: &'a Group,
}

/// What a pass came to.
#[derive(Debug, Default)]
pub(super) struct PassEnd {
    plans: Vec<GroupPlan>,
    held: Vec<Held>,
    tally: Tally,
    holes: u64,
    unknown: u64,
}

impl PassEnd {
    pub(super) fn merge(&mut self, other: PassEnd) {
        self.plans.extend(other.plans);
        self.held.extend(other.held);
        self.tally.merge(&other.tally);
        self.holes += other.holes;
        self.unknown += other.unknown;
    }

    /// Whether a part of a side could not be listed.
    pub(super) fn has_holes(&self) -> bool {
        self.holes > 0
    }

    fn of_plan(group: &Group, plan: &Plan) -> Self {
        let unknown = plan.totals().verdicts.get(&Verdict::Unknown).map_or(0, |sum| sum.entries);
        PassEnd {
            plans: vec![GroupPlan { group: group.name.clone(), plan: plan.clone() }],
            held: plan.held.clone(),
            holes: plan.routes.iter().map(|route| route.holes).sum(),
            unknown: unknown * u64::from(plan.routes.iter().any(|route| route.holes > 0)),
            ..PassEnd::default()
        }
    }

    pub(super) fn into_summary(self) -> Summary {
        let open = self.tally.failed + self.tally.moving + self.holes + self.unknown;
        let end = match (self.held.is_empty(), open) {
            (false, _) => End::Waiting,
            (true, 0) => End::Done,
            (true, _) => End::Differences,
        };
        let (plans, held, tally) = (self.plans, self.held, self.tally);
        Summary { end, plans, held, tally, report: None, recovered: None }
    }
}

impl Pass<'_> {
    pub(super) fn run(&self, until: Until) -> Result<PassEnd> {
        self.turn(Turn::Begin);
        let view = self.lift.journal.view()?;
        let missing = match until {
            Until::Done | Until::Verified(_) => Missing::Make,
            Until::Checked | Until::Planned => Missing::TakeAsEmpty,
        };
        let roots = self.open_roots(&view, missing)?;
        // What is only read back may have been handed over since.
        if !matches!(until, Until::Verified(_)) {
            roots.iter().try_for_each(Roots::examine)?;
        }
        match until {
            Until::Checked => Ok(PassEnd::default()),
            Until::Planned => {
                self.give_up_open_plan(&view, &roots)?;
                Ok(PassEnd::of_plan(self.of, &self.plan(&roots)?))
            }
            Until::Verified(mode) => self.verify_only(&roots, mode),
            Until::Done => self.lift_all(&view, &roots),
        }
    }

    /// Journals a change of phase.
    pub(super) fn turn(&self, turn: Turn) {
        self.lift.journal.record(Event::Turned { group: self.group, turn });
    }

    fn open_roots(&self, view: &View, missing: Missing) -> Result<Vec<Roots>> {
        let mark = self.mark(view);
        let mut all = Vec::new();
        for (number, route) in (0..).zip(&self.of.routes) {
            let roots = Roots::open(&*self.lift.opener, route, missing)?;
            if let Some(upper) = &roots.upper {
                mark.check(&**upper)?;
            }
            self.lift.journal.record(Event::RootsSeen {
                group: self.group,
                route: number,
                lower: roots.lower_facts.clone(),
                upper: roots.upper_facts.clone(),
            });
            all.push(roots);
        }
        Ok(all)
    }

    pub(super) fn mark(&self, view: &View) -> Mark {
        Mark::new(&view.move_id, &view.name, self.term)
    }

    fn lift_all(&self, view: &View, roots: &[Roots]) -> Result<PassEnd> {
        let plan = match self.resumable(view, roots)? {
            Some(plan) => plan,
            None => {
                self.give_up_open_plan(view, roots)?;
                self.hold_still(roots)?;
                self.plan(roots)?
            }
        };
        let mut end = PassEnd::of_plan(self.of, &plan);
        self.turn(Turn::CopyBegun);
        end.tally.merge(&self.carry_out(&plan, roots)?);
        self.settle(&plan)?;
        self.tidy_up(&plan, roots)?;
        end.tally.merge(&self.align(&plan, roots)?);
        // The plan's own last stages have proved a listing.
        if self.lift.spec.policy.verify != Verify::Listing {
            end.tally.merge(&self.verify(roots, self.lift.spec.policy.verify)?);
        }
        self.turn(match end.held.is_empty() {
            true => Turn::Verified,
            false => Turn::Held,
        });
        Ok(end)
    }

    /// The plan of an earlier run that can be carried on as it is.
    fn resumable(&self, view: &View, roots: &[Roots]) -> Result<Option<Plan>> {
        match self.open_plan(view) {
            Some(state) if state.plan.policy == self.lift.spec.policy => {
                Ok(self.hold_again(view, roots)?.then(|| state.plan.clone()))
            }
            _ => Ok(None),
        }
    }

    /// The plan of an earlier run whose copy was begun and not finished.
    fn open_plan<'v>(&self, view: &'v View) -> Option<&'v PlanState> {
        let state = view.plan_of(self.group)?;
        let begun = !state.stages.is_empty();
        (state.is_open() && begun).then_some(state)
    }

    /// Keeps what an unfinished plan has receipts for, sweeps up after it and drops it.
    fn give_up_open_plan(&self, view: &View, roots: &[Roots]) -> Result<()> {
        if let Some(state) = self.open_plan(view) {
            self.sweep(&state.plan, roots)?;
            self.settle(&state.plan)?;
            self.tidy_up(&state.plan, roots)?;
        }
        self.remove_stills(roots)?;
        let unsettled = view.plan_of(self.group).is_some_and(PlanState::is_open);
        if unsettled {
            self.turn(Turn::PlanDropped);
        }
        Ok(())
    }

    fn verify_only(&self, roots: &[Roots], mode: Verify) -> Result<PassEnd> {
        let view = self.lift.journal.view()?;
        if view.agreed.is_empty() {
            return Err(Error::new(Code::Usage, "cannot verify:")
                .because("nothing was agreed on yet; run the move first"));
        }
        let tally = self.verify(roots, mode)?;
        let plan = view.plan_of(self.group).map(|state| state.plan.clone());
        let group = self.of.name.clone();
        let plans = plan.map(|plan| GroupPlan { group, plan }).into_iter().collect();
        Ok(PassEnd { plans, tally, ..PassEnd::default() })
    }

    fn verify(&self, roots: &[Roots], mode: Verify) -> Result<Tally> {
        let mut all = Tally::default();
        let view = self.lift.journal.view()?;
        for (route, roots) in (0..).zip(roots) {
            let Some(agreed) = view.agreed.get(&(self.group, route)) else { continue };
            let agreed_ref = &agreed.segment;
            let open = view
                .verifies
                .get(&(self.group, route))
                .filter(|state| !state.done && state.mode == mode && state.agreed == *agreed_ref);
            let verification = Verification {
                group: self.group,
                route,
                plan: view.plan_of(self.group).map_or(0, |state| state.plan.number),
                mode,
                seed: open.and_then(|state| state.seed).unwrap_or(self.term.0),
                agreed: &self.segment(agreed_ref)?,
                agreed_ref,
                lane: &*self.lane(roots)?,
                journal: &self.lift.journal,
                pace: &self.lift.pace,
                progress: &self.lift.progress,
                jobs: self.lift.control.jobs(),
                owners: roots.upper_facts.sets_owners,
            };
            let (pages, before) =
                open.map_or_else(Default::default, |open| (open.pages, open.tally.clone()));
            all.merge(&verification.run(pages, before)?);
        }
        Ok(all)
    }

    pub(super) fn segment(&self, segment: &SegmentRef) -> Result<Segment> {
        Segment::open(&self.lift.state.segments_path(), segment)
    }

    pub(super) fn upper<'r>(&self, roots: &'r Roots) -> Result<&'r Arc<dyn Store>> {
        roots.upper.as_ref().ok_or_else(|| Error::new(Code::Bug, "UPPER is written unopened"))
    }

    pub(super) fn lane(&self, roots: &Roots) -> Result<Arc<dyn Lane>> {
        roots
            .lane(&*self.lift.opener)
            .ok_or_else(|| Error::new(Code::Bug, "UPPER is written unopened"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boatlift_core::Phase;

    #[test]
    fn a_pass_with_held_removals_waits_even_if_items_failed() {
        let mut end = PassEnd { held: vec![Held::LowerEmpty], ..PassEnd::default() };
        end.tally.failed = 3;
        assert_eq!(end.into_summary().end, End::Waiting);
    }

    #[test]
    fn holes_and_failures_leave_differences() {
        assert_eq!(PassEnd::default().into_summary().end, End::Done);
        let hole = PassEnd { holes: 1, ..PassEnd::default() };
        assert_eq!(hole.into_summary().end, End::Differences);
    }

    #[test]
    fn phases_of_a_pass_are_legal() {
        let turns = [Turn::Begin, Turn::PlanDropped, Turn::Checked, Turn::PlanMade];
        let end = turns.into_iter().try_fold(Phase::Copy, Phase::after);
        assert_eq!(end, Ok(Phase::Planned));
    }
}
