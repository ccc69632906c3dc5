//! A mover's cutover with what the lift adds to it: nothing may be open before it begins,
//! and passes over all groups are its drain.

use super::alarm::Alarm;
use super::{Lift, readiness};
use crate::saga::{Clock, JournalLog, SagaLog, SystemClock};
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::event::End;
use boatlift_core::saga::{
    Condition, Cutover, CutoverContext, Evidence, Latencies, SagaStep, SwitchEffect,
};
use boatlift_core::side::Term;

/// Passes of a drain, beyond which LOWER is still being written in spite of the fence.
const MOST_PASSES: u32 = 20;

/// A mover's cutover, drained by the lift.
pub(super) struct Drained<'a> {
    pub(super) inner: &'a dyn Cutover,
    pub(super) lift: &'a Lift,
    pub(super) term: Term,
}

impl Drained<'_> {
    /// Passes until a whole pass, which compares both sides behind the fence, finds nothing
    /// to do on any group. The mover is asked before each pass, so that what it says of LOWER
    /// is older than what the last pass saw.
    fn drain(&self, context: &CutoverContext<'_>) -> Result<Evidence> {
        let deadline_ms = JournalLog::new(&self.lift.journal).state()?.deadline_ms();
        let late = || Error::new(Code::DeadlinePassed, "no time is left to drain");
        let _alarm = Alarm::set(&self.lift.pace, deadline_ms);
        for pass in 1..=MOST_PASSES {
            if (context.halted)() {
                return Err(late());
            }
            let evidence = self.inner.act(SagaStep::Drain, context)?;
            let summary = match self.lift.pass_once(self.term) {
                Err(error)
                    if error.code == Code::Interrupted
                        && SystemClock::new().now_ms() >= deadline_ms =>
                {
                    return Err(late());
                }
                other => other?,
            };
            // What stays behind for a reason is skipped in every pass.
            if summary.end == End::Done && summary.tally.done == 0 {
                return Ok(evidence.with("passes", pass));
            }
        }
        Err(Error::new(Code::SagaFailed, "LOWER does not come to rest").because(format!(
            "each of {MOST_PASSES} passes behind the fence found something to do"
        )))
    }
}

impl Cutover for Drained<'_> {
    fn conditions(&self) -> Result<Vec<Condition>> {
        let view = self.lift.journal.view()?;
        let groups = self.lift.spec.mover.active_groups();
        let mut all = self.inner.conditions()?;
        all.extend(readiness::conditions(&view, &groups, self.lift.spec.policy.verify));
        Ok(all)
    }

    fn latencies(&self) -> Result<Latencies> {
        self.inner.latencies()
    }

    fn proves_by_itself(&self) -> bool {
        self.inner.proves_by_itself()
    }

    fn act(&self, step: SagaStep, context: &CutoverContext<'_>) -> Result<Evidence> {
        match step {
            SagaStep::Drain | SagaStep::Verify if self.inner.proves_by_itself() => {
                self.inner.act(step, context)
            }
            SagaStep::Drain => self.drain(context),
            SagaStep::Verify => {
                let found = self.inner.act(step, context)?;
                Ok(found.with(super::written::BEFORE, self.lift.differences_now()?))
            }
            SagaStep::Switch => {
                self.lift.enter_cutover()?;
                self.inner.act(step, context)
            }
            SagaStep::Fence | SagaStep::Guard => {
                let _lent = self.lift.lock.lend()?;
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
        let _lent = self.lift.lock.lend()?;
        self.inner.undo(step, context)
    }
}
