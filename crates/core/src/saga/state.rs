//! Where a cutover stands: one pure function for what may happen next, one for what
//! should.

use super::{Bounds, Evidence, SagaEnd, SagaEvent, SagaStep, SwitchEffect, UndoReason, Way};
use crate::error::Error;
use crate::side::{Side, Term};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a cutover stands, as its events tell.
///
/// Once the Switch was read as taken nothing is ever undone; before that was read or the
/// Switch was spoiled, nothing is undone either.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SagaState {
    stage: Stage,
    group: u32,
    term: Term,
    bounds: Bounds,
    way: Way,
    steps: BTreeMap<SagaStep, Progress>,
    evidence: BTreeMap<SagaStep, Evidence>,
    fence_ms: Option<u64>,
    /// When the first step after the Switch was first intended.
    switched_ms: Option<u64>,
    switch: Option<SwitchEffect>,
    /// The undo that is under way; Switch stands for its spoil.
    undoing: Option<SagaStep>,
    resumed: bool,
    /// An older process may still begin a step: this one could not make its own term durable.
    rivalled: bool,
    why: Option<UndoReason>,
    failure: Option<Error>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    #[default]
    Idle,
    Forward,
    Undoing,
    Ended(SagaEnd),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Progress {
    Intended,
    Made,
    Failed,
    Undone,
}

/// What should be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NextMove {
    /// Make a step.
    Act(SagaStep),
    /// Ask the authority what became of the Switch.
    ReadSwitch,
    /// Begin to undo.
    GiveUp(UndoReason),
    /// Make the Switch impossible.
    Spoil,
    /// Undo a step.
    Undo(SagaStep),
    /// Record the end.
    End(SagaEnd),
    /// Nothing: no cutover is open, or its process is in the middle of a step.
    Wait,
}

impl SagaState {
    /// The state after `event`.
    ///
    /// # Errors
    /// When that event is not legal in this state.
    pub fn after(&self, event: &SagaEvent) -> Result<SagaState, IllegalSagaEvent> {
        let mut next = self.clone();
        match next.accept(event) {
            true => Ok(next),
            false => Err(IllegalSagaEvent { event: event.clone() }),
        }
    }

    /// What to do next, at `now_ms`. `stop`: the work is to end. That undoes before the
    /// Switch, and is not heard after it nor during an undo.
    #[must_use]
    pub fn next(&self, now_ms: u64, stop: bool) -> NextMove {
        match self.stage {
            Stage::Idle | Stage::Ended(_) => NextMove::Wait,
            Stage::Undoing if self.must_spoil() => NextMove::Spoil,
            Stage::Undoing => match self.next_undo() {
                Some(step) => NextMove::Undo(step),
                None => NextMove::End(SagaEnd::Undone),
            },
            Stage::Forward if self.is_taken() => match self.next_step() {
                Some(step) => NextMove::Act(step),
                None => NextMove::End(SagaEnd::Done),
            },
            Stage::Forward => self.next_before_switch(now_ms, stop),
        }
    }

    /// Whether a cutover was begun and has not ended.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Forward | Stage::Undoing)
    }

    /// Whether users were seen to follow the side that they are led to.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        self.switch == Some(SwitchEffect::Taken)
    }

    /// The same, where this process could not make its term durable.
    #[must_use]
    pub fn rivalled(mut self) -> SagaState {
        self.rivalled = true;
        self
    }

    /// Whether users are refused, or may be.
    #[must_use]
    pub fn refuses_users(&self) -> bool {
        let fence = self.steps.get(&SagaStep::Fence);
        self.is_open() && !self.is_taken() && fence.is_some_and(|it| *it != Progress::Undone)
    }

    /// Whether the Switch was ever about to be asked for.
    #[must_use]
    pub fn asked_switch(&self) -> bool {
        self.steps.contains_key(&SagaStep::Switch)
    }

    /// How it ended, if it did.
    #[must_use]
    pub fn ended(&self) -> Option<SagaEnd> {
        match self.stage {
            Stage::Ended(how) => Some(how),
            _ => None,
        }
    }

    /// Whither users are or were led.
    #[must_use]
    pub fn way(&self) -> &Way {
        &self.way
    }

    /// Whether users follow UPPER, now that this cutover has ended.
    #[must_use]
    pub fn has_handed_over(&self) -> bool {
        match self.way.to() {
            Side::Upper => self.stage == Stage::Ended(SagaEnd::Done),
            Side::Lower => self.stage == Stage::Ended(SagaEnd::Undone),
        }
    }

    /// The way back from UPPER, where users follow it.
    #[must_use]
    pub fn way_back(&self) -> Option<Way> {
        if !self.has_handed_over() {
            return None;
        }
        match &self.way {
            Way::Upper { reverse_ms } => {
                let until_ms = self.switched_ms?.saturating_add(*reverse_ms);
                Some(Way::Lower { until_ms, before: self.evidence.clone() })
            }
            back @ Way::Lower { .. } => Some(back.clone()),
        }
    }

    /// The group that is handed over.
    #[must_use]
    pub fn group(&self) -> u32 {
        self.group
    }

    /// The term of the process that holds it.
    #[must_use]
    pub fn term(&self) -> Term {
        self.term
    }

    /// What the steps found.
    #[must_use]
    pub fn evidence(&self) -> &BTreeMap<SagaStep, Evidence> {
        &self.evidence
    }

    /// Why it is or was undone.
    #[must_use]
    pub fn why(&self) -> Option<UndoReason> {
        self.why
    }

    /// The error of the step that failed last; without any, that of the first undo that did.
    #[must_use]
    pub fn failure(&self) -> Option<&Error> {
        self.failure.as_ref()
    }

    /// The run asks for no Switch from this time on, in milliseconds since 1970.
    #[must_use]
    pub fn deadline_ms(&self) -> u64 {
        match self.fence_ms {
            None => self.bounds.fence_by_ms,
            Some(fence_ms) => fence_ms.saturating_add(self.bounds.budget_ms),
        }
    }

    /// The guard takes over at this time even from a process that lives, in milliseconds
    /// since 1970. A process that is undoing by itself has the time for that.
    #[must_use]
    pub fn guard_deadline_ms(&self) -> u64 {
        let answered = self.deadline_ms().saturating_add(self.bounds.switch_ms);
        match self.stage {
            Stage::Undoing => answered.saturating_add(self.bounds.undo_ms),
            _ => answered,
        }
    }

    fn next_before_switch(&self, now_ms: u64, stop: bool) -> NextMove {
        let step = match self.next_step() {
            Some(SagaStep::Switch) if self.asked_switch() => match self.switch {
                None => return NextMove::ReadSwitch,
                Some(_) => return NextMove::GiveUp(UndoReason::SwitchNotTaken),
            },
            Some(step) => step,
            None => return NextMove::Wait,
        };
        match self.steps.get(&step) {
            _ if self.resumed => NextMove::GiveUp(UndoReason::RunLost),
            Some(Progress::Failed) => NextMove::GiveUp(UndoReason::StepFailed(step)),
            _ if stop => NextMove::GiveUp(UndoReason::Stopped),
            _ if now_ms >= self.deadline_ms() => NextMove::GiveUp(UndoReason::DeadlinePassed),
            Some(_) => NextMove::Wait,
            None => NextMove::Act(step),
        }
    }

    /// The first step that is not made. The Switch is made when it was read as taken.
    fn next_step(&self) -> Option<SagaStep> {
        SagaStep::ALL.into_iter().find(|step| match step {
            SagaStep::Switch => !self.is_taken(),
            step => self.steps.get(step) != Some(&Progress::Made),
        })
    }

    fn next_undo(&self) -> Option<SagaStep> {
        let is_left = |step: &SagaStep| {
            self.steps.get(step).is_some_and(|progress| *progress != Progress::Undone)
        };
        SagaStep::UNDONE.into_iter().find(is_left)
    }

    /// Whether a Switch could still come: where one was asked for, or an older process may yet
    /// ask. It cannot once a newer term is in the log, since every step is kept there before it is
    /// made. Where none was asked for, no authority is waited for before a fence comes down.
    fn must_spoil(&self) -> bool {
        let is_spoiling = self.undoing == Some(SagaStep::Switch);
        (self.rivalled || self.asked_switch() || is_spoiling) && self.may_spoil()
    }

    /// Whether spoiling means anything: not before anything but Precheck was intended.
    fn may_spoil(&self) -> bool {
        let began = self.steps.keys().any(|step| *step > SagaStep::Precheck);
        began && self.switch != Some(SwitchEffect::Spoiled)
    }

    fn accept(&mut self, event: &SagaEvent) -> bool {
        match event {
            SagaEvent::Begun { group, term, bounds, way } => {
                self.begin(*group, *term, *bounds, way.clone())
            }
            SagaEvent::Resumed { term, .. } => self.resume(*term),
            SagaEvent::Intent { step, at_ms } => self.intend(*step, *at_ms),
            SagaEvent::Made { step, evidence } => {
                self.evidence.insert(*step, evidence.clone());
                self.settle(*step, Progress::Made)
            }
            SagaEvent::Failed { step, error } => {
                self.failure = Some(error.clone());
                self.settle(*step, Progress::Failed)
            }
            SagaEvent::SwitchRead { effect } => self.switch_read(*effect),
            SagaEvent::UndoBegun { why } => self.give_up(*why),
            SagaEvent::SpoilIntent => {
                self.undoing = Some(SagaStep::Switch);
                self.stage == Stage::Undoing && self.may_spoil()
            }
            SagaEvent::Spoiled => {
                self.switch = Some(SwitchEffect::Spoiled);
                self.undoing.take() == Some(SagaStep::Switch)
            }
            SagaEvent::UndoIntent { step } => {
                let is_legal = self.stage == Stage::Undoing
                    && !self.must_spoil()
                    && self.next_undo() == Some(*step);
                self.undoing = Some(*step);
                is_legal
            }
            SagaEvent::Undone { step } => {
                self.steps.insert(*step, Progress::Undone);
                *step != SagaStep::Switch && self.undoing.take() == Some(*step)
            }
            SagaEvent::UndoFailed { step, error } => {
                // Why the cutover is undone is not forgotten over an undo that fails.
                self.failure.get_or_insert_with(|| error.clone());
                self.undoing.take() == Some(*step)
            }
            SagaEvent::Ended { how } => {
                let is_due = self.is_open() && self.next(0, false) == NextMove::End(*how);
                self.stage = Stage::Ended(*how);
                is_due
            }
        }
    }

    /// Which way was taken before is not asked: the journal keeps the newest cutover alone.
    fn begin(&mut self, group: u32, term: Term, bounds: Bounds, way: Way) -> bool {
        let is_legal = !self.is_open() && term >= self.term;
        *self =
            SagaState { stage: Stage::Forward, group, term, bounds, way, ..SagaState::default() };
        is_legal
    }

    fn resume(&mut self, term: Term) -> bool {
        let is_legal = self.is_open() && term > self.term;
        self.term = term;
        self.resumed = true;
        self.undoing = None;
        if self.switch == Some(SwitchEffect::NotTaken) {
            self.switch = None;
        }
        is_legal
    }

    /// Before the Switch a step is intended once; after it, until it is made.
    fn intend(&mut self, step: SagaStep, at_ms: u64) -> bool {
        let is_first = !self.resumed && !self.steps.contains_key(&step);
        let is_legal = self.stage == Stage::Forward
            && self.next_step() == Some(step)
            && (is_first || self.is_taken());
        self.steps.insert(step, Progress::Intended);
        match step {
            SagaStep::Fence => self.fence_ms = Some(at_ms),
            SagaStep::Guard => self.switched_ms = self.switched_ms.or(Some(at_ms)),
            _ => {}
        }
        is_legal
    }

    fn settle(&mut self, step: SagaStep, progress: Progress) -> bool {
        let before = self.steps.insert(step, progress);
        let is_unread = step != SagaStep::Switch || self.switch.is_none();
        let is_ours = !self.resumed || self.is_taken();
        self.stage == Stage::Forward && before == Some(Progress::Intended) && is_unread && is_ours
    }

    fn switch_read(&mut self, effect: SwitchEffect) -> bool {
        let is_decided = self.switch.is_some_and(|before| before != SwitchEffect::NotTaken);
        let is_legal = self.is_open() && self.asked_switch() && !is_decided;
        self.switch = Some(effect);
        if effect == SwitchEffect::Taken {
            self.stage = Stage::Forward;
            self.undoing = None;
            self.why = None;
        }
        is_legal
    }

    fn give_up(&mut self, why: UndoReason) -> bool {
        let is_legal = self.stage == Stage::Forward && !self.is_taken();
        self.stage = Stage::Undoing;
        self.why = Some(why);
        is_legal
    }
}

/// An event that does not fit the state: the journal or the engine is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{event:?} is not legal here")]
pub struct IllegalSagaEvent {
    /// The event.
    pub event: SagaEvent,
}

#[cfg(test)]
mod tests;
