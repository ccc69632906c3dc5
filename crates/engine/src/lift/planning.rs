//! Planning: what a pass finds to be done, and why removals may have to wait.

use super::pass::Pass;
use super::roots::Roots;
use crate::journal::View;
use crate::segment::SegmentCursor;
use crate::survey::{Marks, Survey, Surveyor};
use boatlift_core::KeyBuf;
use boatlift_core::compare::Comparison;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::event::Event;
use boatlift_core::lane::Step;
use boatlift_core::page::Entry;
use boatlift_core::phase::Turn;
use boatlift_core::plan::{Plan, PlannedRoute, Positions};
use boatlift_core::policy::{Delete, Held, Policy};
use boatlift_core::side::Side;
use boatlift_core::store::Detail;
use std::collections::BTreeSet;
use std::sync::Arc;

impl Pass<'_> {
    pub(super) fn plan(&self, roots: &[Roots]) -> Result<Plan> {
        self.turn(Turn::Checked);
        let view = self.lift.journal.view()?;
        let number = view.plan.as_ref().map_or(1, |state| state.plan.number + 1);
        let policy = &self.lift.spec.policy;
        let mut routes = Vec::new();
        let mut held = Vec::new();
        for (route, roots) in (0..).zip(roots) {
            let survey = self.survey(&view, route, roots)?;
            for (side, hole) in &survey.holes {
                let (side, hole) = (*side, hole.clone());
                self.lift.journal.record(Event::HoleFound { plan: number, route, side, hole });
            }
            self.hold(&view, route, roots, &survey, &mut held);
            routes.push(PlannedRoute {
                route,
                difference: survey.difference,
                totals: survey.totals,
                holes: survey.holes.len() as u64,
                positions: Positions {
                    lower: roots.lower_facts.position.clone(),
                    upper: roots.upper_facts.position.clone(),
                },
            });
        }
        let (group, policy, term) = (self.group, policy.clone(), self.term);
        let mut plan = Plan { number, group, term, policy, routes, held };
        let approved = self.approved(&view, &plan)?;
        if approved.is_some() {
            plan.held.clear();
        }
        // Receipts of a plan whose number was never made durable, if a run died there.
        self.lift.live.clear_plan(number)?;
        self.turn(Turn::PlanMade);
        self.lift.journal.commit(Event::PlanMade { plan: plan.clone() })?;
        if let Some(by) = approved {
            self.lift.journal.record(Event::PlanApproved { plan: number, by });
        }
        Ok(plan)
    }

    fn survey(&self, view: &View, route: u32, roots: &Roots) -> Result<Survey> {
        let policy = &self.lift.spec.policy;
        let at = (self.group, route);
        let agreed =
            view.agreed.get(&at).map(|agreed| self.segment(&agreed.segment)).transpose()?;
        let same = |side: Side| same_device(view, at, roots, side);
        let comparison = Comparison {
            checksum: policy.checksum,
            owners: roots.lower_facts.sets_owners && roots.upper_facts.sets_owners,
            lower_inodes: same(Side::Lower),
            upper_inodes: same(Side::Upper),
        };
        let detail = match agreed.is_none() && !roots.upper_facts.is_empty {
            true => Detail::Attributes,
            false => Detail::Basic,
        };
        let suspects = suspects(view);
        let trust_agreed = policy.trust_agreed && agreed.is_some();
        let nothing_above = agreed.is_none() && roots.upper_facts.is_empty;
        let segments = self.lift.state.segments_path();
        let progress = &self.lift.progress;
        progress.listing(true);
        let survey = Surveyor {
            lower: Arc::clone(&roots.lower),
            upper: roots.upper.clone().filter(|_| !nothing_above),
            agreed,
            filter: Arc::clone(&self.lift.filter),
            detail,
            comparison,
            trust_agreed,
            find_moves: policy.delete >= Delete::Gone && comparison.lower_inodes,
            suspects: &suspects,
            marks: &|entry| self.marks(entry, policy),
            pace: &*self.lift.pace,
            listed: &|side, entries| progress.listed(side, entries),
            scratch: self.lift.state.path(),
            segments: &segments,
        }
        .survey();
        progress.listing(false);
        survey
    }

    fn marks(&self, entry: &Entry<'_>, policy: &Policy) -> Marks {
        let mut marks = Marks::default();
        for (number, stage) in self.lift.spec.mover.stages(self.group).iter().enumerate() {
            let Some(step) = self.lift.spec.mover.step(self.group, number, entry, policy) else {
                continue;
            };
            marks.stages |= 1 << number;
            marks.removes |= stage.removes;
            marks.carries |= matches!(step, Step::Carry | Step::CompareAndCarry);
        }
        marks
    }

    /// Finds every reason to hold the removals back.
    fn hold(&self, view: &View, route: u32, roots: &Roots, survey: &Survey, held: &mut Vec<Held>) {
        let at = (self.group, route);
        let totals = &survey.totals;
        let agreed = view.agreed.get(&at).map_or(0, |agreed| agreed.segment.entries);
        let is_missed = totals.removals > 0 || agreed > 0;
        if totals.lower.entries == 0 && is_missed && !self.of.remakes {
            held.push(Held::LowerEmpty);
        }
        if totals.removals == 0 {
            return;
        }
        for side in [Side::Lower, Side::Upper] {
            if let Some((then, now)) = devices(view, at, roots, side).filter(|(a, b)| a != b) {
                held.push(Held::OtherDevice { side, then, now });
            }
        }
        let holes = survey.holes.iter().filter(|(side, _)| *side == Side::Lower).count() as u64;
        // What is below a hole is never removed; the rest need not wait where a wrong removal
        // costs a second copy at most.
        if holes > 0 && !self.of.remakes {
            held.push(Held::Hole { holes });
        }
        let allowed = self.lift.spec.policy.max_delete.allowed(totals.upper.entries);
        if totals.removals > allowed && !self.of.remakes {
            held.push(Held::Limit { removals: totals.removals, allowed });
        }
    }

    /// Who approved these removals, if someone approved all of them with the last plan.
    fn approved(&self, view: &View, plan: &Plan) -> Result<Option<String>> {
        let Some(former) = view.plan_of(self.group) else { return Ok(None) };
        let Some(by) = former.approved_by.clone() else { return Ok(None) };
        if plan.held.is_empty() || !plan.held.iter().all(Held::can_be_approved) {
            return Ok(None);
        }
        for (route, before) in plan.routes.iter().zip(&former.plan.routes) {
            let mut before = SegmentCursor::new(Some(self.segment(&before.difference)?))?;
            let mut now = SegmentCursor::new(Some(self.segment(&route.difference)?))?;
            while let Some(entry) = now.peek() {
                if self.marks(&entry, &plan.policy).removes {
                    while before.peek().is_some_and(|earlier| earlier.key < entry.key) {
                        before.advance()?;
                    }
                    let earlier = before.peek().filter(|earlier| earlier.key == entry.key);
                    if !earlier.is_some_and(|e| self.marks(&e, &former.plan.policy).removes) {
                        return Ok(None);
                    }
                }
                now.advance()?;
            }
        }
        Ok(Some(by))
    }
}

/// Keys whose content was found to differ by the last verification.
fn suspects(view: &View) -> BTreeSet<KeyBuf> {
    let differs = |error: &Error| error.code == Code::ContentDiffers;
    let notes = view.notes.first.iter();
    notes.filter(|n| n.error.as_ref().is_some_and(differs)).map(|n| n.key.clone()).collect()
}

/// The device at the last agreement and the device now.
fn devices(view: &View, at: (u32, u32), roots: &Roots, side: Side) -> Option<(String, String)> {
    let then = view.agreed.get(&at)?;
    Some(match side {
        Side::Lower => (then.lower_device.clone(), roots.lower_facts.device.clone()),
        Side::Upper => (then.upper_device.clone(), roots.upper_facts.device.clone()),
    })
}

fn same_device(view: &View, at: (u32, u32), roots: &Roots, side: Side) -> bool {
    devices(view, at, roots, side).is_some_and(|(then, now)| then == now)
}
