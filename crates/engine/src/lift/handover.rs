//! Handing over: a move's cutover, driven from its journal, with the lift's own passes as
//! its drain.
//!
//! Steps are the mover's; that UPPER is as LOWER when writes are refused is the engine's to
//! prove, by passing over all groups until nothing is left to do.

use super::{Lift, Summary, Until};
use crate::saga::{
    Clock, Finish, JournalLog, Patience, Rehearsal, Request, SagaLog, Setup, SystemClock, recover,
    rehearse, run_cutover,
};
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::event::{End, Event};
use boatlift_core::phase::{Phase, Turn};
use boatlift_core::saga::{
    Condition, Cutover, CutoverContext, Evidence, Latencies, Resumer, SagaStep, SwitchEffect,
};
use boatlift_core::side::Term;
use std::time::Duration;

/// Passes of a drain, beyond which LOWER is still being written in spite of the fence.
const MOST_PASSES: u32 = 20;
/// The group whose cutover it is: a move hands over all of its groups together.
const GROUP: u32 = 0;

/// A cutover that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handover {
    /// How long Precheck and Arm may take.
    pub prepare: Duration,
    /// How long users of LOWER may be refused before all is undone.
    pub max_reject: Duration,
}

impl Lift {
    /// Looks at everything that a cutover would need, and changes nothing.
    ///
    /// # Errors
    /// [`Code::Usage`] when this mover has no cutover; otherwise when it cannot be looked at.
    pub fn rehearse(&self, wanted: &Handover) -> Result<Rehearsal> {
        let now_ms = SystemClock::new().now_ms();
        rehearse(self.cutover()?, now_ms, millis(wanted.prepare), millis(wanted.max_reject))
    }

    /// Passes until both sides are in step, then hands the users over, or undoes every step
    /// of the attempt.
    ///
    /// # Errors
    /// As [`run_cutover`], and when both sides cannot be brought in step before it begins.
    pub fn hand_over(&self, wanted: &Handover) -> Result<Finish> {
        let term = self.begin_run()?;
        let handed = self.hand_over_in(term, wanted);
        let (end, error) = match &handed {
            Ok(_) => (End::Done, None),
            Err(error) if error.code == Code::Interrupted => (End::Interrupted, None),
            Err(error) => (End::Failed, Some(error.clone())),
        };
        self.journal.commit(Event::RunEnded { end, error })?;
        self.write_report()?;
        handed
    }

    fn hand_over_in(&self, term: Term, wanted: &Handover) -> Result<Finish> {
        self.cutover()?;
        let before = self.pass_once(term)?;
        if before.end != End::Done {
            return Err(Error::new(Code::SagaFailed, "cannot begin the cutover:")
                .because("items still differ or failed; `boatlift items` lists them"));
        }
        let request = Request {
            group: GROUP,
            term,
            prepare_ms: millis(wanted.prepare),
            max_reject_ms: millis(wanted.max_reject),
        };
        let finish = self.with_setup(term, |setup| run_cutover(setup, &request))?;
        self.leave_cutover(&finish);
        Ok(finish)
    }

    /// Brings a cutover that a dead run left open to its end, before anything else is done.
    ///
    /// # Errors
    /// As [`recover`].
    pub(super) fn recover_cutover(&self, term: Term) -> Result<()> {
        let is_open = JournalLog::new(&self.journal).state()?.is_open();
        if !is_open {
            return Ok(());
        }
        if let Some(finish) = self.with_setup(term, |setup| recover(setup, term, Resumer::Run))? {
            self.leave_cutover(&finish);
        }
        Ok(())
    }

    fn cutover(&self) -> Result<&dyn Cutover> {
        self.spec.mover.cutover().ok_or_else(|| {
            let mover = self.spec.mover.name();
            Error::new(Code::Usage, "cannot hand over")
                .because(format!("no cutover is configured for this move ({mover})"))
        })
    }

    fn with_setup<T>(&self, term: Term, act: impl FnOnce(&Setup<'_>) -> Result<T>) -> Result<T> {
        let drained = Drained { inner: self.cutover()?, lift: self, term };
        act(&Setup {
            cutover: &drained,
            log: &JournalLog::new(&self.journal),
            clock: &SystemClock::new(),
            stop: &|| self.pace.is_stopped(),
            patience: Patience::default(),
        })
    }

    fn turn_all(&self, turn: Turn) {
        for (group, _) in (0..).zip(self.spec.mover.groups()) {
            self.journal.record(Event::Turned { group, turn });
        }
    }

    fn leave_cutover(&self, finish: &Finish) {
        let phase = self.journal.view().map(|view| view.phase_of(GROUP));
        if phase == Ok(Phase::Cutover) {
            self.turn_all(match finish {
                Finish::Done => Turn::CutoverDone,
                Finish::Undone(_) => Turn::CutoverUndone,
            });
        }
    }

    /// One pass over all groups.
    fn pass_once(&self, term: Term) -> Result<Summary> {
        let mut worst = super::PassEnd::default();
        for (number, group) in (0..).zip(self.spec.mover.groups()) {
            worst.merge(self.pass(term, number, &group, Until::Done)?);
        }
        Ok(worst.into_summary())
    }
}

/// A mover's cutover, drained by the lift.
struct Drained<'a> {
    inner: &'a dyn Cutover,
    lift: &'a Lift,
    term: Term,
}

impl Drained<'_> {
    /// Passes until a whole pass found nothing to do on any group.
    fn drain(&self, context: &CutoverContext<'_>) -> Result<u32> {
        for pass in 1..=MOST_PASSES {
            if (context.halted)() {
                return Err(Error::new(Code::DeadlinePassed, "no time is left to drain"));
            }
            let summary = self.lift.pass_once(self.term)?;
            // What stays behind for a reason is skipped in every pass.
            if summary.end == End::Done && summary.tally.done == 0 {
                return Ok(pass);
            }
        }
        Err(Error::new(Code::SagaFailed, "LOWER does not come to rest:").because(format!(
            "each of {MOST_PASSES} passes behind the fence found something to do"
        )))
    }
}

impl Cutover for Drained<'_> {
    fn conditions(&self) -> Result<Vec<Condition>> {
        self.inner.conditions()
    }

    fn latencies(&self) -> Latencies {
        self.inner.latencies()
    }

    fn act(&self, step: SagaStep, context: &CutoverContext<'_>) -> Result<Evidence> {
        match step {
            SagaStep::Drain => {
                let passes = self.drain(context)?;
                Ok(self.inner.act(step, context)?.with("passes", passes))
            }
            SagaStep::Switch => {
                self.lift.turn_all(Turn::CutoverBegun);
                self.lift.journal.sync()?;
                self.inner.act(step, context)
            }
            _ => self.inner.act(step, context),
        }
    }

    fn read_switch(&self, context: &CutoverContext<'_>) -> Result<SwitchEffect> {
        self.inner.read_switch(context)
    }

    fn spoil(&self, context: &CutoverContext<'_>) -> Result<SwitchEffect> {
        self.inner.spoil(context)
    }

    fn undo(&self, step: SagaStep, context: &CutoverContext<'_>) -> Result<()> {
        self.inner.undo(step, context)
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
