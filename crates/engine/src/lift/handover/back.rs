//! The way back: users who follow UPPER are led to LOWER again, as long as the window for
//! that is open. The engine carries nothing down; a mover whose system ships back what users
//! write on UPPER proves that by itself.

use super::{Handover, Lift};
use crate::report::time;
use crate::saga::{Clock, Finish, JournalLog, Rehearsal, SagaLog, SystemClock, demand, rehearse};
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::saga::{
    Condition, Cutover, CutoverContext, Evidence, Latencies, SagaStep, SwitchEffect, Way,
};
use boatlift_core::side::Term;
use std::collections::BTreeMap;

/// What becomes of what users wrote on UPPER since they follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpperWrites {
    /// There must be none.
    Refused,
    /// It stays on UPPER, where nobody looks any more: it is not on LOWER.
    Discarded,
}

impl Lift {
    /// Leads users back to LOWER, or undoes every step of the attempt.
    ///
    /// # Errors
    /// Before anything is begun: [`Code::Usage`] when users do not follow UPPER,
    /// [`Code::WindowClosed`] when it is too late, [`Code::UpperWritten`] with a list when
    /// something was written on UPPER, [`Code::NotReady`]. Otherwise as
    /// [`run_cutover`](crate::saga::run_cutover).
    pub fn lead_back(&self, wanted: &Handover, writes: UpperWrites) -> Result<Finish> {
        self.as_run(|term| {
            let (way, before) = self.open_way()?;
            let inner = self.way_back()?;
            let back = Back { inner, lift: self, term, before: &before, writes };
            demand(&back)?;
            back.refuse_writes()?;
            self.cut_over(&back, way, term, wanted)
        })
    }

    /// Looks at everything that leading users back would need, but not at what was written on
    /// UPPER.
    ///
    /// # Errors
    /// As [`Lift::lead_back`] when that cannot begin at all.
    pub fn rehearse_back(&self, wanted: &Handover) -> Result<Rehearsal> {
        let now_ms = SystemClock::new().now_ms();
        self.open_way()?;
        let back = self.way_back()?;
        rehearse(back, now_ms, super::millis(wanted.prepare), wanted.max_reject_ms(back)?)
    }

    /// The way back, where it is open now, and what the cutover found.
    fn open_way(&self) -> Result<(Way, BTreeMap<SagaStep, Evidence>)> {
        let state = JournalLog::new(&self.journal).state()?;
        match state.way_back() {
            Some(_) if matches!(state.way(), Way::Upper { reverse_ms: 0 }) => {
                Err(Error::new(Code::Usage, "cannot lead users back to LOWER")
                    .because("the cutover that led them to UPPER kept no way back"))
            }
            Some(Way::Lower { until_ms, .. }) if SystemClock::new().now_ms() >= until_ms => {
                let at = time(i64::try_from(until_ms).unwrap_or(i64::MAX));
                Err(Error::new(Code::WindowClosed, "cannot lead users back to LOWER")
                    .because(format!("that was possible until {at}")))
            }
            Some(Way::Lower { until_ms, before }) => {
                Ok((Way::Lower { until_ms, before: before.clone() }, before))
            }
            _ => Err(Error::new(Code::Usage, "cannot lead users back to LOWER")
                .because("no cutover led them to UPPER")),
        }
    }
}

/// A mover's way back, guarded against losing what was written on UPPER.
struct Back<'a> {
    inner: &'a dyn Cutover,
    lift: &'a Lift,
    term: Term,
    before: &'a BTreeMap<SagaStep, Evidence>,
    writes: UpperWrites,
}

impl Back<'_> {
    fn refuse_writes(&self) -> Result<()> {
        // What a mover proves to be on LOWER too is missed by nobody.
        if self.writes == UpperWrites::Discarded || self.inner.proves_by_itself() {
            return Ok(());
        }
        let written = self.lift.written_since(self.term, self.before)?;
        match written.items {
            0 => Ok(()),
            items => Err(Error::new(Code::UpperWritten, "cannot lead users back to LOWER")
                .because(format!(
                    "{items} written on UPPER since the cutover would be missing there: {}",
                    written.told()
                ))),
        }
    }
}

impl Cutover for Back<'_> {
    fn conditions(&self) -> Result<Vec<Condition>> {
        self.inner.conditions()
    }

    fn latencies(&self) -> Result<Latencies> {
        self.inner.latencies()
    }

    fn act(&self, step: SagaStep, context: &CutoverContext<'_>) -> Result<Evidence> {
        match step {
            // Behind the fence, so that nothing comes after this look.
            SagaStep::Verify => {
                let deadline_ms = JournalLog::new(&self.lift.journal).state()?.deadline_ms();
                let _alarm = super::alarm::Alarm::set(&self.lift.pace, deadline_ms);
                self.refuse_writes()?;
                self.inner.act(step, context)
            }
            SagaStep::Switch => {
                self.lift.enter_cutover()?;
                self.inner.act(step, context)
            }
            SagaStep::Fence | SagaStep::Guard | SagaStep::Release => {
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
