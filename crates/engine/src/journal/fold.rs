//! The view as the events alone tell it: a pure fold, written apart from the tables so
//! that each proves the other.

use super::view::{
    FoundHole, GroupState, Head, Pair, PlanState, Roots, RunState, Skip, StageState, VerifyState,
    View,
};
use boatlift_core::event::{Note, Tally};
use boatlift_core::phase::{IllegalTurn, Turn};
use boatlift_core::plan::Plan;
use boatlift_core::saga::SagaEvent;
use boatlift_core::store::Hole;
use boatlift_core::{Error, Event, KeyBuf, Side};
use std::collections::{BTreeMap, BTreeSet};

/// A view in the making.
#[derive(Debug, Default)]
pub(super) struct Fold {
    view: View,
    plans: BTreeMap<u64, PlanState>,
    notes: BTreeMap<(u64, u32, KeyBuf), Note>,
    holes: BTreeMap<(u64, u32, Side, KeyBuf), Error>,
}

impl View {
    /// The state that follows from events, each with its number and its time.
    ///
    /// # Errors
    /// When a turn among them is not legal in its phase.
    pub fn fold(events: impl IntoIterator<Item = (u64, i64, Event)>) -> Result<View, IllegalTurn> {
        let mut fold = Fold::default();
        for (seq, at_ms, event) in events {
            fold.add(seq, at_ms, event)?;
        }
        Ok(fold.finish())
    }
}

impl Fold {
    /// Adds the next event.
    pub(super) fn add(&mut self, seq: u64, at_ms: i64, event: Event) -> Result<(), IllegalTurn> {
        if self.view.last_seq == 0 {
            self.view.first_event_ms = at_ms;
        }
        self.view.last_seq = seq;
        self.view.last_event_ms = at_ms;
        match event {
            Event::Turned { group, turn } => return self.turn(at_ms, group, turn),
            Event::PlanMade { plan } => self.plan(at_ms, plan),
            Event::Saga(event) => self.add_to_saga(event),
            Event::RunBegun { .. } | Event::RunEnded { .. } | Event::RootsSeen { .. } => {
                self.add_to_run(at_ms, event);
            }
            Event::HoleFound { .. }
            | Event::PlanApproved { .. }
            | Event::Noted(_)
            | Event::Settled { .. }
            | Event::StageBegun { .. }
            | Event::BundleDone { .. }
            | Event::StageDone { .. } => self.add_to_plan(event),
            Event::VerifyBegun { .. } | Event::VerifyPassed { .. } | Event::VerifyDone { .. } => {
                self.add_to_verification(at_ms, event);
            }
            other => self.add_to_move(at_ms, other),
        }
        Ok(())
    }

    /// The view after all events.
    pub(super) fn finish(self) -> View {
        let mut view = self.view;
        view.phase = View::slowest(&view.groups);
        let last = self.plans.last_key_value().map_or(0, |(number, _)| *number);
        for (_, state) in self.plans {
            view.other_plans.insert(state.plan.group, state);
        }
        let newest: BTreeSet<u64> = view.other_plans.values().map(|p| p.plan.number).collect();
        view.plan = newest_of(&mut view.other_plans);
        let notes = self.notes.into_iter().filter(|((plan, ..), _)| newest.contains(plan));
        view.notes = Head::of(notes.map(|(_, note)| note));
        let is_shown = |plan: &u64| newest.contains(plan) || *plan > last;
        let holes = self.holes.into_iter().filter(|((plan, ..), _)| is_shown(plan));
        view.holes = Head::of(holes.map(|((plan, route, side, under), error)| FoundHole {
            plan,
            route,
            side,
            hole: Hole { under, error },
        }));
        view
    }

    fn turn(&mut self, at_ms: i64, group: u32, turn: Turn) -> Result<(), IllegalTurn> {
        let phase = self.view.phase_of(group).after(turn)?;
        self.view.groups.insert(group, GroupState { phase, since_ms: at_ms });
        if turn == Turn::PlanDropped {
            self.drop_open(group);
        }
        Ok(())
    }

    fn plan(&mut self, at_ms: i64, plan: Plan) {
        let group = plan.group;
        self.drop_open(group);
        let of_group = |number: &u64| self.plans.get(number).is_some_and(|p| p.plan.group == group);
        self.notes.retain(|(number, ..), _| !of_group(number));
        self.holes.retain(|(number, ..), _| !of_group(number));
        for older in self.plans.values_mut().filter(|older| older.plan.group == group) {
            older.bundles.clear();
        }
        let state = PlanState {
            made_ms: at_ms,
            approved_by: None,
            stages: BTreeMap::new(),
            bundles: BTreeMap::new(),
            settled: BTreeSet::new(),
            dropped: false,
            plan,
        };
        self.plans.insert(state.plan.number, state);
    }

    fn drop_open(&mut self, group: u32) {
        let of_group = self.plans.values_mut().filter(|plan| plan.plan.group == group);
        of_group.filter(|plan| plan.is_open()).for_each(|plan| plan.dropped = true);
    }

    fn add_to_move(&mut self, at_ms: i64, event: Event) {
        let view = &mut self.view;
        match event {
            Event::MoveOpened { move_id, name, mover } => {
                (view.move_id, view.name, view.mover) = (move_id, name, mover);
            }
            Event::Paused { by } => view.paused_by = Some(by),
            Event::Resumed { .. } => view.paused_by = None,
            Event::LimitsSet { limits, .. } => view.limits = Some(limits),
            Event::SkipAsked { key, reason, by } => {
                view.skips.insert(key, Skip { reason, by, at_ms });
            }
            Event::RetryAsked { key: Some(key), .. } => drop(view.skips.remove(&key)),
            Event::RetryAsked { key: None, .. } => view.skips.clear(),
            Event::LeavingMade { id, leaving } => {
                view.leavings.insert(id, leaving);
                view.last_leaving = id;
            }
            Event::LeavingGone { id } => drop(view.leavings.remove(&id)),
            other => unreachable!("{other:?} is not of the move"),
        }
    }

    fn add_to_run(&mut self, at_ms: i64, event: Event) {
        let view = &mut self.view;
        match event {
            Event::RunBegun { term, pid, host, version } => {
                let newest = self.plans.last_key_value().map_or(0, |(number, _)| *number);
                self.holes.retain(|(plan, ..), _| *plan <= newest);
                view.term = term;
                let (begun_ms, ended_ms) = (at_ms, None);
                let (end, error) = (None, None);
                view.last_run =
                    Some(RunState { term, pid, host, version, begun_ms, ended_ms, end, error });
            }
            Event::RunEnded { end, error } => {
                if let Some(run) = &mut view.last_run {
                    (run.ended_ms, run.end, run.error) = (Some(at_ms), Some(end), error);
                }
            }
            Event::RootsSeen { group, route, lower, upper } => {
                view.roots.insert((group, route), Roots { lower, upper });
            }
            other => unreachable!("{other:?} is not of a run"),
        }
    }

    fn add_to_plan(&mut self, event: Event) {
        match event {
            Event::HoleFound { plan, route, side, hole } => {
                self.holes.insert((plan, route, side, hole.under), hole.error);
            }
            Event::PlanApproved { plan, by } => {
                self.plans.entry(plan).and_modify(|plan| plan.approved_by = Some(by));
            }
            Event::Noted(note) => {
                let earlier = self.notes.get(&(note.plan, note.route, note.key.clone()));
                if earlier.is_none_or(|earlier| earlier.stage == note.stage) {
                    self.notes.insert((note.plan, note.route, note.key.clone()), note);
                }
            }
            Event::Settled { plan, group, route, agreed } => {
                self.view.agreed.insert((group, route), agreed);
                self.plans.entry(plan).and_modify(|plan| {
                    plan.settled.insert(route);
                });
            }
            Event::StageBegun { plan, route, stage } => self.stage_begun(plan, (route, stage)),
            Event::BundleDone { plan, route, stage, bundle, tally } => {
                self.plans.entry(plan).and_modify(|plan| {
                    plan.bundles.entry((route, stage)).or_default().insert(bundle, tally);
                });
            }
            Event::StageDone { plan, route, stage, tally } => {
                self.plans.entry(plan).and_modify(|plan| {
                    plan.stages.insert((route, stage), StageState::Done { tally });
                });
            }
            other => unreachable!("{other:?} is not of a plan"),
        }
    }

    fn add_to_verification(&mut self, at_ms: i64, event: Event) {
        let verifies = &mut self.view.verifies;
        match event {
            Event::VerifyBegun { group, route, mode, agreed, seed } => {
                let (tally, pages, done) = (Tally::default(), 0, false);
                let verify = VerifyState { mode, seed, agreed, pages, tally, done, at_ms };
                verifies.insert((group, route), verify);
            }
            Event::VerifyPassed { group, route, pages, tally } => {
                if let Some(verify) = verifies.get_mut(&(group, route)) {
                    verify.tally.merge(&tally);
                    (verify.pages, verify.at_ms) = (pages, at_ms);
                }
            }
            Event::VerifyDone { group, route, tally } => {
                if let Some(verify) = verifies.get_mut(&(group, route)) {
                    (verify.pages, verify.tally) = (verify.agreed.pages, tally);
                    (verify.done, verify.at_ms) = (true, at_ms);
                }
            }
            other => unreachable!("{other:?} is not of a verification"),
        }
    }

    fn add_to_saga(&mut self, event: SagaEvent) {
        let view = &mut self.view;
        if let SagaEvent::Begun { .. } = event {
            view.saga.clear();
        }
        if let SagaEvent::Begun { term, .. } | SagaEvent::Resumed { term, .. } = event {
            view.term = view.term.max(term);
        }
        view.saga.push(event);
    }

    fn stage_begun(&mut self, plan: u64, at: Pair) {
        self.plans.entry(plan).and_modify(|plan| {
            if let Some(StageState::Done { .. }) = plan.stages.insert(at, StageState::Begun) {
                plan.bundles.remove(&at);
            }
        });
    }
}

/// Takes the plan with the highest number out of the newest plans by group.
fn newest_of(plans: &mut BTreeMap<u32, PlanState>) -> Option<PlanState> {
    let group = *plans.iter().max_by_key(|(_, state)| state.plan.number)?.0;
    plans.remove(&group)
}
