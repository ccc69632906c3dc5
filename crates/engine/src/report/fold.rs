//! From events to the parts of a report that need no segment: one pass, in the order of
//! the journal. It trusts nothing but the events, so that the same journal gives the same
//! report for ever.

use super::attention::of_state;
use super::model::{Decision, Findings, HoleFound, Pass, Planned, Roots, Run, StageWork};
use super::verification::Verifying;
use boatlift_core::event::{Event, Note, Tally};
use boatlift_core::mover::Mover;
use boatlift_core::phase::Turn;
use boatlift_core::policy::Verify;
use boatlift_core::{KeyBuf, Plan};
use std::collections::{BTreeMap, BTreeSet};

/// The notes of the newest plans: the last word on each item, by route and key.
pub(super) type Notes = BTreeMap<(u64, u32, KeyBuf), Note>;

/// A report in the making.
pub(super) struct Fold<'a> {
    mover: &'a dyn Mover,
    findings: Findings,
    notes: Notes,
    newest: Vec<Plan>,
    /// Routes of the newest plans whose outcomes are settled.
    settled: BTreeSet<(u64, u32)>,
    /// Outcomes of the newest plans by plan, route and stage, then by bundle.
    bundles: BTreeMap<(u64, u32, u32), BTreeMap<u32, Tally>>,
    /// Notes since a stage began, by plan, route and stage name.
    noted: BTreeMap<(u64, u32, String), u64>,
    verifying: Verifying,
}

/// What the events say.
pub(super) struct Folded {
    pub(super) findings: Findings,
    pub(super) notes: Notes,
    /// The newest plan of each group, by group.
    pub(super) newest: Vec<Plan>,
}

impl<'a> Fold<'a> {
    /// Continues `findings`, which knows the move and nothing of its events. `mover` names
    /// the stages.
    pub(super) fn new(findings: Findings, mover: &'a dyn Mover) -> Self {
        Fold {
            mover,
            findings,
            notes: Notes::new(),
            newest: Vec::new(),
            settled: BTreeSet::new(),
            bundles: BTreeMap::new(),
            noted: BTreeMap::new(),
            verifying: Verifying::default(),
        }
    }

    /// Takes the next event, which was recorded at `at`.
    pub(super) fn take(&mut self, at: &str, event: Event) {
        match event {
            Event::RunBegun { .. } | Event::RunEnded { .. } => self.run(at, event),
            Event::RootsSeen { group, route, lower, upper } => {
                self.findings.roots.retain(|seen| (seen.group, seen.route) != (group, route));
                self.findings.roots.push(Roots { group, route, at: at.to_owned(), lower, upper });
            }
            Event::HoleFound { plan, route, side, hole } => {
                let under = hole.under.to_string();
                let error = hole.error;
                self.findings.holes.push(HoleFound { plan, route, side, under, error });
            }
            Event::PlanMade { plan } => self.plan(at, plan),
            Event::PlanApproved { plan, by } => self.approved(at, plan, by),
            Event::Turned { group, turn } => self.turned(at, group, turn),
            Event::StageBegun { .. } | Event::BundleDone { .. } | Event::StageDone { .. } => {
                self.stage(at, event);
            }
            Event::Noted(note) => self.note(note),
            Event::Settled { plan, route, .. } => self.settled(at, plan, route),
            Event::VerifyBegun { group, route, mode, agreed, seed } => {
                let drawn = seed.filter(|_| mode == Verify::Sample);
                self.verifying.begin(at, group, route, mode, &agreed, drawn);
            }
            Event::VerifyPassed { group, route, tally, .. } => {
                self.verifying.pass(group, route, &tally);
            }
            Event::VerifyDone { group, route, tally } => {
                self.verifying.end(at, group, route, tally);
            }
            Event::Paused { .. }
            | Event::Resumed { .. }
            | Event::LimitsSet { .. }
            | Event::SkipAsked { .. }
            | Event::RetryAsked { .. } => self.decision(at, event),
            Event::MoveOpened { .. }
            | Event::LeavingMade { .. }
            | Event::LeavingGone { .. }
            | Event::Saga(_) => {}
        }
    }

    /// What all events together say.
    pub(super) fn finish(mut self) -> Folded {
        self.forget_former_groups();
        self.findings.verifications = self.verifying.into_list();
        self.findings.roots.sort_by_key(|roots| (roots.group, roots.route));
        self.findings.plans.sort_by_key(|plan| plan.group);
        self.newest.sort_by_key(|plan| plan.group);
        Folded { findings: self.findings, notes: self.notes, newest: self.newest }
    }

    fn run(&mut self, at: &str, event: Event) {
        match event {
            Event::RunBegun { term, pid, host, version } => {
                self.findings.term = term.0;
                let made = |number| self.findings.passes.iter().any(|pass| pass.plan == number);
                self.findings.holes.retain(|hole| made(hole.plan));
                self.findings.runs.push(Run {
                    begun: at.to_owned(),
                    ended: None,
                    end: None,
                    term: term.0,
                    pid,
                    host,
                    version,
                    error: None,
                });
            }
            Event::RunEnded { end, error } => {
                if let Some(run) = self.findings.runs.last_mut() {
                    (run.ended, run.end, run.error) = (Some(at.to_owned()), Some(end), error);
                }
            }
            _ => {}
        }
    }

    /// A newer plan of a group takes the place of the older, with all that was found and
    /// done under it.
    fn plan(&mut self, at: &str, plan: Plan) {
        if let Some(old) = self.newest.iter().find(|old| old.group == plan.group) {
            self.forget(old.number, plan.group);
        }
        let totals = plan.totals();
        let seen = self.findings.roots.iter().find(|roots| roots.group == plan.group);
        let groups = self.mover.active_groups();
        let is_alone = groups.len() == 1;
        let named = groups.into_iter().find(|(number, _)| *number == plan.group && !is_alone);
        self.findings.passes.push(Pass {
            plan: plan.number,
            group: plan.group,
            surveyed: at.to_owned(),
            settled: None,
            lower: totals.lower,
            carry: totals.carry,
            removals: totals.removals,
            tally: Tally::default(),
        });
        self.findings.plans.push(Planned {
            number: plan.number,
            group: plan.group,
            group_name: named.map(|(_, group)| group.name),
            survey_begun: seen.map(|roots| roots.at.clone()),
            surveyed: at.to_owned(),
            settled: None,
            policy: plan.policy.clone(),
            totals,
            holes: plan.routes.iter().map(|route| route.holes).sum(),
            held: plan.held.iter().map(ToString::to_string).collect(),
            approved_by: None,
            dropped: false,
            proved: None,
        });
        self.newest.retain(|old| old.group != plan.group);
        self.newest.push(plan);
    }

    /// What was found and done under a plan of a group is history.
    fn forget(&mut self, old: u64, group: u32) {
        self.findings.plans.retain(|planned| planned.number != old);
        self.findings.stages.retain(|work| work.plan != old);
        self.findings.holes.retain(|hole| hole.plan != old);
        self.notes.retain(|(number, _, _), _| *number != old);
        self.settled.retain(|(number, _)| *number != old);
        self.bundles.retain(|(number, _, _), _| *number != old);
        self.noted.retain(|(number, _, _), _| *number != old);
        self.verifying.forget(group);
    }

    /// Groups that the move had once and no longer goes through: no run will mend what was open
    /// there.
    fn forget_former_groups(&mut self) {
        let groups = self.mover.active_groups();
        let is_former = |group| groups.iter().all(|(number, _)| *number != group);
        let (former, newest) = self.newest.drain(..).partition(|plan: &Plan| is_former(plan.group));
        self.newest = newest;
        let former: Vec<Plan> = former;
        former.iter().for_each(|plan| self.forget(plan.number, plan.group));
    }

    fn approved(&mut self, at: &str, number: u64, by: String) {
        let planned = self.findings.plans.iter_mut().find(|planned| planned.number == number);
        let removals = planned.map(|planned| {
            planned.approved_by = Some(by.clone());
            planned.totals.removals
        });
        let what = match removals {
            Some(entries) => format!("approved plan {number}, which removes {entries} entries"),
            None => format!("approved plan {number}"),
        };
        self.decide(at, by, what, None, None);
    }

    /// What came late for an older plan is history.
    fn is_newest(&self, plan: u64) -> bool {
        self.newest.iter().any(|newest| newest.number == plan)
    }

    fn stage(&mut self, at: &str, event: Event) {
        match event {
            Event::StageBegun { plan, route, stage } if self.is_newest(plan) => {
                let work = self.work(at, plan, route, stage);
                let name = work.name.clone();
                if work.ended.take().is_some() {
                    work.tally = Tally::default();
                    self.bundles.remove(&(plan, route, stage));
                }
                self.noted.remove(&(plan, route, name));
            }
            Event::BundleDone { plan, route, stage, bundle, tally } if self.is_newest(plan) => {
                let bundles = self.bundles.entry((plan, route, stage)).or_default();
                bundles.insert(bundle, tally);
                let mut sum = Tally::default();
                bundles.values().for_each(|tally| sum.merge(tally));
                self.work(at, plan, route, stage).tally = sum;
                self.sum_up(plan);
            }
            Event::StageDone { plan, route, stage, tally } if self.is_newest(plan) => {
                let name = self.work(at, plan, route, stage).name.clone();
                self.forget_notes((plan, route), &name, &tally);
                let noted = self.noted.get(&(plan, route, name)).copied().unwrap_or_default();
                let work = self.work(at, plan, route, stage);
                work.unrecorded = (tally.open() + tally.skipped).saturating_sub(noted);
                work.tally = tally;
                work.ended = Some(at.to_owned());
                self.bundles.remove(&(plan, route, stage));
                self.sum_up(plan);
            }
            _ => {}
        }
    }

    /// A note of a stage that ended counting nothing of the kind is out of date: the step
    /// was made again after a crash, and came out well.
    fn forget_notes(&mut self, of: (u64, u32), stage: &str, tally: &Tally) {
        self.notes.retain(|(plan, route, _), note| {
            (*plan, *route) != of || note.stage != stage || of_state(tally, &note.state) > 0
        });
    }

    fn work(&mut self, at: &str, plan: u64, route: u32, stage: u32) -> &mut StageWork {
        let group = self.newest.iter().find(|newest| newest.number == plan).map_or(0, |p| p.group);
        let stages = &mut self.findings.stages;
        let found = stages
            .iter()
            .position(|work| (work.plan, work.route, work.stage) == (plan, route, stage));
        let index = found.unwrap_or_else(|| {
            let known = self.mover.stages(group).get(stage as usize);
            stages.push(StageWork {
                plan,
                route,
                stage,
                name: known.map_or_else(|| format!("stage {stage}"), |known| known.name.to_owned()),
                removes: known.is_some_and(|known| known.removes),
                begun: at.to_owned(),
                ended: None,
                tally: Tally::default(),
                unrecorded: 0,
            });
            stages.len() - 1
        });
        &mut stages[index]
    }

    fn sum_up(&mut self, plan: u64) {
        let mut sum = Tally::default();
        let works = self.findings.stages.iter().filter(|work| work.plan == plan);
        works.for_each(|work| sum.merge(&work.tally));
        let passes = self.findings.passes.iter_mut().filter(|pass| pass.plan == plan);
        passes.for_each(|pass| pass.tally = sum.clone());
    }

    fn note(&mut self, note: Note) {
        if self.is_newest(note.plan) {
            *self.noted.entry((note.plan, note.route, note.stage.clone())).or_default() += 1;
            self.notes.insert((note.plan, note.route, note.key.clone()), note);
        }
    }

    /// A plan is settled when all of its routes are.
    fn settled(&mut self, at: &str, number: u64, route: u32) {
        self.settled.insert((number, route));
        let Some(plan) = self.newest.iter().find(|plan| plan.number == number) else { return };
        if !plan.routes.iter().all(|planned| self.settled.contains(&(number, planned.route))) {
            return;
        }
        let planned = self.findings.plans.iter_mut().filter(|planned| planned.number == number);
        planned.for_each(|planned| planned.settled = Some(at.to_owned()));
        let passes = self.findings.passes.iter_mut().filter(|pass| pass.plan == number);
        passes.for_each(|pass| pass.settled = Some(at.to_owned()));
    }

    fn turned(&mut self, at: &str, group: u32, turn: Turn) {
        for planned in self.findings.plans.iter_mut().filter(|planned| planned.group == group) {
            let settled = planned.settled.is_some();
            match turn {
                Turn::PlanDropped => planned.dropped = true,
                Turn::Verified => planned.proved = Some(at.to_owned()),
                // Only its removals wait: all the rest is done and proved.
                Turn::Held if settled => planned.proved = Some(at.to_owned()),
                _ => {}
            }
        }
    }

    fn decision(&mut self, at: &str, event: Event) {
        match event {
            Event::Paused { by } => self.decide(at, by, "paused the move".into(), None, None),
            Event::Resumed { by } => self.decide(at, by, "resumed the move".into(), None, None),
            Event::LimitsSet { limits, by } => {
                let jobs = limits.jobs.map_or("default".to_owned(), |jobs| jobs.to_string());
                let what = format!(
                    "set limits: jobs {jobs}, LOWER rate {} ops {}, UPPER rate {} ops {}",
                    limits.lower.rate, limits.lower.ops, limits.upper.rate, limits.upper.ops
                );
                self.decide(at, by, what, None, None);
            }
            Event::SkipAsked { key, reason, by } => {
                self.decide(at, by, "left an item out".into(), Some(key), Some(reason));
            }
            Event::RetryAsked { key, by } => {
                let what = match key {
                    Some(_) => "asked to try an item again",
                    None => "asked to try all items again",
                };
                self.decide(at, by, what.into(), key, None);
            }
            _ => {}
        }
    }

    fn decide(
        &mut self,
        at: &str,
        by: String,
        what: String,
        key: Option<KeyBuf>,
        reason: Option<String>,
    ) {
        let key = key.map(|key| key.to_string());
        self.findings.decisions.push(Decision { at: at.to_owned(), by, what, key, reason });
    }
}
