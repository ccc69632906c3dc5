//! Drives a cutover from where it stands to its end.
//!
//! One move at a time: the state says which, the mover makes it, the log keeps it. The
//! only judgement made here is how often to try again.

use super::{Clock, SagaLog, conditions};
use boatlift_core::saga::{
    Bounds, CutoverContext, Evidence, IllegalSagaEvent, NextMove, SagaEnd, UndoReason, Way,
};
use boatlift_core::{Code, Cutover, Error, Result, SagaEvent, SagaState, SagaStep, Term};

/// What a cutover works with.
pub struct Setup<'a> {
    /// The system's way of handing users over.
    pub cutover: &'a dyn Cutover,
    /// Where its events are kept.
    pub log: &'a dyn SagaLog,
    /// The time.
    pub clock: &'a dyn Clock,
    /// Whether someone asked the work to end.
    pub stop: &'a dyn Fn() -> bool,
    /// How often to try again what may only be tried again.
    pub patience: Patience,
}

/// How often to try again, and how long to wait in between. It holds for what must
/// succeed in the end: reading the Switch, spoiling it, undoing, and all that follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Failures in a row before giving up; the next start, or the guard, tries again.
    pub attempts: u32,
    /// Milliseconds between two attempts.
    pub pause_ms: u64,
    /// What comes after so many failures while users are refused.
    pub while_refused: Endurance,
}

/// What becomes of a cutover that cannot be undone, while its fence stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endurance {
    /// It is tried on, with longer rests, for as long as the process lives: nobody else may come.
    TryOn,
    /// It is left to whoever comes next.
    GiveUp,
}

impl Default for Patience {
    fn default() -> Self {
        Patience { attempts: 20, pause_ms: 250, while_refused: Endurance::TryOn }
    }
}

impl Patience {
    /// How long to wait after so many failures in a row.
    fn pause_after(&self, setbacks: u32) -> u64 {
        match setbacks < self.attempts {
            true => self.pause_ms,
            false => self.pause_ms.saturating_mul(u64::from(self.attempts)),
        }
    }
}

/// A cutover that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Whither it leads users.
    pub way: Way,
    /// The group to hand over.
    pub group: u32,
    /// The term of this run.
    pub term: Term,
    /// How long Precheck and Arm may take, in milliseconds.
    pub prepare_ms: u64,
    /// How long users may be refused, in milliseconds.
    pub max_reject_ms: u64,
}

/// How a cutover ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finish {
    /// Users follow the side that they were led to.
    Done,
    /// Users follow the side that they followed before, and why.
    Undone(Error),
}

/// Hands a group's users over, or undoes every step of the attempt.
///
/// # Errors
/// [`Code::Usage`] when `max_reject_ms` cannot be kept or another cutover is open: nothing
/// was begun. [`Code::TermNewer`] when another process took over. [`Code::SagaStuck`] when an
/// undo keeps failing, [`Code::SagaOpen`] when a step after the Switch does, and
/// [`Code::StateIo`] when the end could not be recorded: the next start goes on.
pub fn run_cutover(setup: &Setup<'_>, request: &Request) -> Result<Finish> {
    let state = setup.log.state()?;
    if state.is_open() {
        return Err(Error::new(Code::Usage, "cannot begin a cutover").because("one is open"));
    }
    let Request { ref way, group, term, prepare_ms, max_reject_ms } = *request;
    let now_ms = setup.clock.now_ms();
    let bounds = Bounds::plan(now_ms, prepare_ms, max_reject_ms, setup.cutover.latencies()?)?;
    let mut driver = Driver::new(setup, term, state);
    driver.begin(SagaEvent::Begun { group, term, bounds, way: way.clone() })?;
    driver.drive()
}

/// A cutover in the hands of this process.
pub(super) struct Driver<'a> {
    pub(super) setup: &'a Setup<'a>,
    pub(super) state: SagaState,
    term: Term,
    /// Why the log is not written any more. What it holds stays a legal beginning.
    unlogged: Option<Error>,
    setbacks: u32,
}

impl<'a> Driver<'a> {
    pub(super) fn new(setup: &'a Setup<'a>, term: Term, state: SagaState) -> Self {
        Driver { setup, state, term, unlogged: None, setbacks: 0 }
    }

    /// Records the event without which there is nothing to drive.
    pub(super) fn begin(&mut self, event: SagaEvent) -> Result<()> {
        self.record(event)?;
        self.unlogged.take().map_or(Ok(()), Err)
    }

    /// Takes a cutover over from another process. What that one began between our look at the log
    /// and our own event is in the log by now, and nothing comes behind it.
    pub(super) fn take_over(&mut self, event: SagaEvent) -> Result<()> {
        self.record(event)?;
        match (&self.unlogged, self.setup.log.state()) {
            (None, Ok(state)) => {
                self.state = state;
                self.refuse_other_hand()
            }
            (Some(_), _) | (_, Err(_)) => {
                self.state = std::mem::take(&mut self.state).rivalled();
                Ok(())
            }
        }
    }

    /// Goes on until the cutover has ended or cannot go on.
    pub(super) fn drive(mut self) -> Result<Finish> {
        loop {
            let now_ms = self.setup.clock.now_ms();
            match self.state.next(now_ms, self.is_stopped()) {
                NextMove::Act(step) => self.act(step)?,
                NextMove::ReadSwitch => self.read_switch()?,
                NextMove::GiveUp(why) => self.record(SagaEvent::UndoBegun { why })?,
                NextMove::Spoil => self.spoil()?,
                NextMove::Undo(step) => self.undo(step)?,
                NextMove::End(how) => return self.end(how),
                NextMove::Wait => {
                    return Err(Error::new(Code::Bug, "a cutover waits for itself"));
                }
            }
        }
    }

    /// Applies an event, and makes it durable unless the log was given up.
    ///
    /// A log that fails before the Switch was read as taken is given up, so that the undo
    /// does not depend on it; afterwards it stops the run, since nobody suffers from that.
    pub(super) fn record(&mut self, event: SagaEvent) -> Result<()> {
        self.state = self.state.after(&event).map_err(contradiction)?;
        crate::fault::point("saga-before");
        if self.unlogged.is_none()
            && let Err(error) = self.setup.log.commit(self.term, &event)
        {
            match error.code {
                Code::TermNewer => return Err(error),
                _ => self.unlogged = Some(error),
            }
        }
        crate::fault::point("saga-after");
        match &self.unlogged {
            Some(error) if self.state.is_taken() => Err(error.clone()),
            _ => Ok(()),
        }
    }

    /// Counts a failure of what must succeed in the end; waits, or gives up for now. While users
    /// are refused it does not give up: nobody else may come to let them in again.
    pub(super) fn setback(&mut self, code: Code, tried: &str, error: Error) -> Result<()> {
        self.setbacks = self.setbacks.saturating_add(1);
        let patience = self.setup.patience;
        if error.code == Code::TermNewer {
            return Err(error);
        }
        let is_over = self.setbacks >= patience.attempts;
        if is_over && patience.while_refused == Endurance::TryOn && self.state.refuses_users() {
            tracing::error!(tried, %error, "users are still refused; it is tried on");
        } else if is_over || (code == Code::SagaOpen && self.is_stopped()) {
            return Err(Error::new(code, tried).because(error).retry(boatlift_core::Retry::Later));
        }
        self.setup.clock.pause(patience.pause_after(self.setbacks));
        Ok(())
    }

    /// Calls the mover; `halts` says whether it is to stop waiting when the run is.
    pub(super) fn ask<T>(
        &self,
        halts: bool,
        verb: impl FnOnce(&dyn Cutover, &CutoverContext<'_>) -> Result<T>,
    ) -> Result<T> {
        let halted = || {
            let is_late = || self.setup.clock.now_ms() >= self.state.deadline_ms();
            halts && (self.is_stopped() || is_late())
        };
        let (group, evidence) = (self.state.group(), self.state.evidence());
        let before = match self.state.way() {
            Way::Upper { .. } => None,
            Way::Lower { before, .. } => Some(before),
        };
        let context = CutoverContext { group, term: self.term, evidence, before, halted: &halted };
        verb(self.setup.cutover, &context)
    }

    pub(super) fn went_well(&mut self) {
        self.setbacks = 0;
    }

    fn is_stopped(&self) -> bool {
        self.unlogged.is_some() || (self.setup.stop)()
    }

    fn act(&mut self, step: SagaStep) -> Result<()> {
        self.record(SagaEvent::Intent { step, at_ms: self.setup.clock.now_ms() })?;
        if self.unlogged.is_some() {
            return Ok(());
        }
        match self.make(step) {
            Ok(evidence) => {
                self.went_well();
                self.record(SagaEvent::Made { step, evidence })
            }
            Err(error) if error.code == Code::TermNewer => Err(error),
            Err(error) => {
                let error = self.told(error);
                self.record(SagaEvent::Failed { step, error: error.clone() })?;
                match self.state.is_taken() {
                    true => self.setback(Code::SagaOpen, "a step after the switch fails", error),
                    false => Ok(()),
                }
            }
        }
    }

    /// A step that was asked to end says that no time was left. Only here it is known when somebody
    /// stopped the work instead.
    fn told(&self, error: Error) -> Error {
        let is_late = self.setup.clock.now_ms() >= self.state.deadline_ms();
        match error.code == Code::DeadlinePassed && !is_late && self.is_stopped() {
            true => Error::new(Code::Interrupted, "the step was interrupted"),
            false => error,
        }
    }

    /// The deadline is looked at once more between the durable intent of the Switch and
    /// its effect: the intent itself may have taken long.
    fn make(&self, step: SagaStep) -> Result<Evidence> {
        if step == SagaStep::Precheck {
            conditions::demand(self.setup.cutover)?;
        }
        if step == SagaStep::Switch && self.setup.clock.now_ms() >= self.state.deadline_ms() {
            return Err(Error::new(Code::DeadlinePassed, "no time is left to switch"));
        }
        let halts = !self.state.is_taken();
        let made = self.ask(halts, |cutover, context| cutover.act(step, context));
        crate::fault::point("saga-effect");
        made
    }

    fn read_switch(&mut self) -> Result<()> {
        match self.ask(false, |cutover, context| cutover.read_switch(context)) {
            Ok(effect) => {
                self.went_well();
                self.record(SagaEvent::SwitchRead { effect })
            }
            Err(error) => self.setback(Code::SagaStuck, "cannot learn whom users follow", error),
        }
    }

    fn end(mut self, how: SagaEnd) -> Result<Finish> {
        self.record(SagaEvent::Ended { how })?;
        match (how, self.unlogged.take()) {
            (_, Some(error)) => Err(error),
            (SagaEnd::Done, None) => Ok(Finish::Done),
            (SagaEnd::Undone, None) => Ok(Finish::Undone(reason(&self.state))),
        }
    }
}

/// Why an undone cutover was undone.
fn reason(state: &SagaState) -> Error {
    let failure = state.failure();
    let is_told = |code: &Code| matches!(code, Code::DeadlinePassed | Code::Interrupted);
    let ended = failure.map(|error| error.code).filter(is_told);
    let (code, tried) = match state.why() {
        Some(UndoReason::StepFailed(step)) => {
            (ended.unwrap_or(Code::SagaFailed), format!("cannot {step}"))
        }
        Some(UndoReason::SwitchNotTaken) => match ended {
            Some(code) => (code, "cannot switch".to_owned()),
            None => (Code::SagaFailed, "the switch took no effect".to_owned()),
        },
        Some(UndoReason::Stopped) => (Code::Interrupted, "the cutover was interrupted".to_owned()),
        Some(UndoReason::DeadlinePassed) => {
            (Code::DeadlinePassed, "no time was left to switch".to_owned())
        }
        Some(UndoReason::RunLost) | None => {
            (Code::SagaFailed, "the run that began the cutover was lost".to_owned())
        }
    };
    let error = Error::new(code, tried);
    match failure {
        Some(failure) => error.because(failure).retry(failure.retry),
        None => error,
    }
}

fn contradiction(illegal: IllegalSagaEvent) -> Error {
    Error::new(Code::Bug, "a cutover contradicts itself").because(illegal)
}
