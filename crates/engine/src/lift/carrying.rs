//! Carrying out: a plan's stages one after the other, and what is left of them folded
//! into AGREED.

use super::pass::Pass;
use super::roots::Roots;
use crate::fault;
use crate::journal::{PlanState, View};
use crate::schedule::StageWork;
use crate::settle::Settlement;
use boatlift_core::KeyBuf;
use boatlift_core::compare::Verdict;
use boatlift_core::error::Result;
use boatlift_core::event::{Event, Note, Tally};
use boatlift_core::leaving::Leaving;
use boatlift_core::phase::Turn;
use boatlift_core::plan::{Agreement, Plan, PlannedRoute, SegmentRef};
use std::collections::BTreeMap;

impl Pass<'_> {
    pub(super) fn carry_out(&self, plan: &Plan, roots: &[Roots]) -> Result<Tally> {
        if plan.is_empty() {
            self.turn(Turn::CopyEnded);
            return Ok(Tally::default());
        }
        self.take_upper(plan, roots)?;
        let stages = self.lift.spec.mover.stages(self.group);
        let mut all = Tally::default();
        let mut copying = true;
        for (number, stage) in stages.iter().enumerate() {
            if copying && stage.verifies {
                copying = false;
                self.turn(Turn::CopyEnded);
            }
            if stage.removes && !plan.held.is_empty() {
                continue;
            }
            for (route, roots) in plan.routes.iter().zip(roots) {
                all.merge(&self.stage(plan, route, number, roots)?);
            }
        }
        if copying {
            self.turn(Turn::CopyEnded);
        }
        Ok(all)
    }

    fn stage(
        &self,
        plan: &Plan,
        route: &PlannedRoute,
        stage: usize,
        roots: &Roots,
    ) -> Result<Tally> {
        let view = self.lift.journal.view()?;
        let state = self.state_of(&view, plan);
        if let Some(tally) = state.and_then(|state| state.done(route.route, stage as u32)) {
            return Ok(tally.clone());
        }
        let difference = self.segment(&route.difference)?;
        let bit = 1 << stage;
        let pages = (0..difference.pages()).filter(|page| difference.meta(*page).mask & bit != 0);
        let items: u64 = pages.map(|page| u64::from(difference.meta(page).entries)).sum();
        if items == 0 {
            return Ok(Tally::default());
        }
        let stages = self.lift.spec.mover.stages(self.group);
        let bytes = if stages[stage].carries { route.totals.carry.bytes } else { 0 };
        self.lift.progress.stage(stages[stage].name, items, bytes);
        let (mark, upper) = (self.mark(&view), self.upper(roots)?);
        let skips: BTreeMap<KeyBuf, String> =
            view.skips.into_iter().map(|(key, skip)| (key, skip.reason)).collect();
        StageWork {
            mover: &*self.lift.spec.mover,
            move_id: &view.move_id,
            plan,
            route: route.route,
            stage,
            difference: &difference,
            lane: &*self.lane(roots)?,
            upper: &**upper,
            journal: &self.lift.journal,
            live: &self.lift.live,
            pace: &self.lift.pace,
            progress: &self.lift.progress,
            jobs: self.lift.control.jobs(),
            skips: &skips,
            owners: roots.upper_facts.sets_owners,
            fence: &|| mark.is_held(&**upper),
        }
        .run()
    }

    /// Journals what is about to lie on UPPER, then takes UPPER for this term.
    fn take_upper(&self, plan: &Plan, roots: &[Roots]) -> Result<()> {
        let view = self.lift.journal.view()?;
        let mut id = view.last_leaving;
        for leaving in [Leaving::Mark, Leaving::Temporaries { plan: plan.number }] {
            if !view.leavings.values().any(|open| *open == leaving) {
                id += 1;
                self.lift.journal.record(Event::LeavingMade { id, leaving });
            }
        }
        self.lift.journal.sync()?;
        let mark = self.mark(&view);
        roots.iter().try_for_each(|roots| mark.write(&**self.upper(roots)?))
    }

    /// Removes temporary names that a run which died may have left, when its plan is given
    /// up: beside the entries of every page that has no receipt. A plan that is resumed
    /// needs none: carrying an item again finds and removes what was left of it.
    pub(super) fn sweep(&self, plan: &Plan, roots: &[Roots]) -> Result<()> {
        let view = self.lift.journal.view()?;
        let Some(state) = self.state_of(&view, plan) else { return Ok(()) };
        for (route, stage) in state.stages.keys().copied() {
            if state.done(route, stage).is_some() {
                continue;
            }
            let done = self.lift.live.pages_done(plan.number, route, stage)?;
            let planned = plan.routes.iter().zip(roots).find(|(planned, _)| planned.route == route);
            let Some((planned, roots)) = planned else { continue };
            let difference = self.segment(&planned.difference)?;
            let upper = self.upper(roots)?;
            for page in (0..difference.pages()).filter(|page| !done.contains(page)) {
                if difference.meta(page).mask & (1 << stage) != 0 {
                    upper.sweep(&difference.read_page(page)?)?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn settle(&self, plan: &Plan) -> Result<()> {
        let view = self.lift.journal.view()?;
        let (group, number) = (self.group, plan.number);
        for planned in &plan.routes {
            let route = planned.route;
            let settled =
                self.state_of(&view, plan).is_some_and(|state| state.settled.contains(&route));
            if settled {
                continue;
            }
            let former = view.agreed.get(&(group, route));
            let segment = match former {
                Some(former) if planned.difference.entries == 0 => former.segment.clone(),
                _ => Settlement {
                    mover: &*self.lift.spec.mover,
                    plan,
                    route,
                    difference: &self.segment(&planned.difference)?,
                    agreed: former.map(|former| &former.segment),
                    live: &self.lift.live,
                    segments: &self.lift.state.segments_path(),
                }
                .settle()?,
            };
            fault::point("settle-written");
            let agreed = self.agreement(&view, planned, segment);
            self.lift.journal.commit(Event::Settled { plan: number, group, route, agreed })?;
        }
        Ok(())
    }

    /// AGREED with the devices it was found on. Another device than before is not taken
    /// for granted: only a person's approval of the plan confirms it.
    fn agreement(&self, view: &View, planned: &PlannedRoute, segment: SegmentRef) -> Agreement {
        let at = (self.group, planned.route);
        let state = view.plan_of(self.group);
        let approved = state.is_some_and(|state| state.approved_by.is_some());
        let (lower_device, upper_device) = match view.agreed.get(&at).filter(|_| !approved) {
            Some(former) => (former.lower_device.clone(), former.upper_device.clone()),
            None => view.roots.get(&at).map_or_else(Default::default, |roots| {
                (roots.lower.device.clone(), roots.upper.device.clone())
            }),
        };
        let whole = view.skips.is_empty() && state.is_some_and(|s| is_whole(s, planned));
        let former = view.agreed.get(&at).map(|former| former.positions.clone());
        let positions = match whole {
            true => planned.positions.clone(),
            false => former.unwrap_or_default(),
        };
        Agreement { segment, lower_device, upper_device, positions }
    }

    fn state_of<'v>(&self, view: &'v View, plan: &Plan) -> Option<&'v PlanState> {
        view.plan_of(self.group).filter(|state| state.plan.number == plan.number)
    }

    /// Removes what the plan no longer needs: its image of LOWER, our mark on UPPER (a move that
    /// follows keeps holding it), receipts that are in AGREED by now, and segments that nothing
    /// refers to.
    pub(super) fn tidy_up(&self, plan: &Plan, roots: &[Roots]) -> Result<()> {
        self.lift.live.clear_plan(plan.number)?;
        self.remove_stills(roots)?;
        let view = self.lift.journal.view()?;
        for (id, leaving) in &view.leavings {
            if matches!(leaving, Leaving::Still { .. }) {
                continue;
            }
            if *leaving == Leaving::Mark {
                if self.lift.spec.follow.is_some() {
                    continue;
                }
                roots.iter().try_for_each(|roots| self.upper(roots)?.write_mark(None))?;
            }
            self.lift.journal.record(Event::LeavingGone { id: *id });
        }
        let used = view.segments().map(|segment| segment.file.clone()).collect();
        crate::segment::sweep(&self.lift.state.segments_path(), &used).map(|_| ())
    }

    /// Brings the roots' own attributes in line, last of all: our mark came and went.
    pub(super) fn align(&self, plan: &Plan, roots: &[Roots]) -> Result<Tally> {
        let mut tally = Tally::default();
        for (route, roots) in (0..).zip(roots) {
            let owners = roots.upper_facts.sets_owners;
            let Err(error) = self.lane(roots)?.align_roots(owners) else { continue };
            tally.failed += 1;
            self.lift.journal.record(Event::Noted(Note {
                plan: plan.number,
                route,
                key: KeyBuf(b".".to_vec()),
                verdict: Verdict::Unknown,
                stage: "directories".to_owned(),
                state: "failed".to_owned(),
                attempts: 1,
                reason: None,
                error: Some(error),
            }));
        }
        Ok(tally)
    }
}

/// Whether a plan left nothing of a route open, so that what no change feed names from its
/// survey on is as agreed.
fn is_whole(state: &PlanState, planned: &PlannedRoute) -> bool {
    let unknown = planned.totals.verdicts.get(&Verdict::Unknown).is_some_and(|sum| sum.entries > 0);
    let tally = state.tally();
    planned.holes == 0
        && !unknown
        && state.plan.held.is_empty()
        && tally.failed + tally.moving + tally.vanished == 0
}
