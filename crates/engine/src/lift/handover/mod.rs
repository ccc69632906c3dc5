//! Handing over: a move's cutover, driven from its journal, with the lift's own passes as
//! its drain; and the way back.
//!
//! Steps are the mover's; that UPPER is as LOWER when writes are refused is the engine's to
//! prove, by passing over all groups until nothing is left to do.

mod alarm;
mod back;
mod begin;
mod drained;
mod readiness;
mod written;

pub use back::UpperWrites;
pub use begin::{Begin, Waiting};

use super::{Lift, Summary, Until};
use crate::saga::{
    Clock, Finish, JournalLog, Patience, Rehearsal, Request, SagaLog, Setup, SystemClock, demand,
    recover, rehearse, run_cutover,
};
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::event::{End, Event};
use boatlift_core::phase::{Phase, Turn};
use boatlift_core::saga::{Cutover, Resumer, Way};
use boatlift_core::side::{Side, Term};
use drained::Drained;
use std::time::Duration;

/// The group whose cutover it is: a move hands over all of its groups together.
const GROUP: u32 = 0;

/// A cutover that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handover {
    /// When it begins.
    pub begin: Begin,
    /// How long Precheck and Arm may take.
    pub prepare: Duration,
    /// How long users may be refused before all is undone; as long as the mover says that it takes
    /// at worst, where nothing is said.
    pub max_reject: Option<Duration>,
}

impl Handover {
    fn max_reject_ms(&self, cutover: &dyn Cutover) -> Result<u64> {
        match self.max_reject {
            Some(max_reject) => Ok(millis(max_reject)),
            None => Ok(cutover.latencies()?.total_ms()),
        }
    }
}

impl Lift {
    /// Looks at everything that a cutover would need, as the journal and both sides have it
    /// now, and changes nothing.
    ///
    /// # Errors
    /// [`Code::Usage`] when this mover has no cutover; otherwise when it cannot be looked at.
    pub fn rehearse(&self, wanted: &Handover) -> Result<Rehearsal> {
        let now_ms = SystemClock::new().now_ms();
        let drained = Drained { inner: self.cutover()?, lift: self, term: Term(0) };
        let max_reject_ms = wanted.max_reject_ms(&drained)?;
        rehearse(&drained, now_ms, millis(wanted.prepare), max_reject_ms)
    }

    /// Passes until both sides are in step and it is time, then hands the users over, or undoes
    /// every step of the attempt. `told` hears why it does not begin yet.
    ///
    /// # Errors
    /// [`Code::NotReady`] when something stands against it: nothing was begun. Otherwise as
    /// [`run_cutover`].
    pub fn hand_over(&self, wanted: &Handover, told: &dyn Fn(&Waiting)) -> Result<Finish> {
        self.as_run(|term| self.hand_over_in(term, wanted, told))
    }

    /// Does `work` as a run of the move.
    fn as_run(&self, work: impl FnOnce(Term) -> Result<Finish>) -> Result<Finish> {
        let (term, _) = self.begin_run()?;
        let handed = work(term);
        let error = match &handed {
            Ok(Finish::Done) => None,
            Ok(Finish::Undone(error)) | Err(error) => Some(error.clone()),
        };
        let end = match &error {
            None => End::Done,
            Some(error) if error.code == Code::Interrupted => End::Interrupted,
            Some(_) => End::Failed,
        };
        let error = error.filter(|_| end == End::Failed);
        self.journal.commit(Event::RunEnded { end, error })?;
        self.write_report()?;
        handed
    }

    fn hand_over_in(
        &self,
        term: Term,
        wanted: &Handover,
        told: &dyn Fn(&Waiting),
    ) -> Result<Finish> {
        let inner = self.cutover()?;
        self.refuse_when_handed_over()?;
        let drained = Drained { inner, lift: self, term };
        self.wait_to_begin(wanted.begin, &drained, told)?;
        self.pass_once(term)?;
        demand(&drained)?;
        self.cut_over(&drained, Way::Upper { reverse_ms: inner.reverse_ms() }, term, wanted)
    }

    fn cut_over(
        &self,
        cutover: &dyn Cutover,
        way: Way,
        term: Term,
        wanted: &Handover,
    ) -> Result<Finish> {
        let request = Request {
            way,
            group: GROUP,
            term,
            prepare_ms: millis(wanted.prepare),
            max_reject_ms: wanted.max_reject_ms(cutover)?,
        };
        let finish = self.with_setup(cutover, |setup| run_cutover(setup, &request))?;
        self.leave_cutover()?;
        Ok(finish)
    }

    /// Brings a cutover that a dead run left open to its end, before anything else is done.
    /// `None` when there is none.
    ///
    /// # Errors
    /// As [`recover`].
    pub(super) fn recover_cutover(&self, term: Term) -> Result<Option<Finish>> {
        let state = JournalLog::new(&self.journal).state()?;
        let finish = match state.is_open() {
            false => None,
            true => {
                let inner = match state.way().to() {
                    Side::Upper => self.cutover()?,
                    Side::Lower => self.way_back()?,
                };
                let drained = Drained { inner, lift: self, term };
                self.with_setup(&drained, |setup| recover(setup, term, Resumer::Run))?
            }
        };
        // A run may have died, or the guard have ended it, before the phase said so.
        self.leave_cutover()?;
        Ok(finish)
    }

    /// Refuses to bring anything to an UPPER that users follow.
    ///
    /// # Errors
    /// [`Code::MoveClosed`] then.
    pub(super) fn refuse_when_handed_over(&self) -> Result<()> {
        match JournalLog::new(&self.journal).state()?.has_handed_over() {
            false => Ok(()),
            true => Err(Error::new(Code::MoveClosed, "cannot write to UPPER any more").because(
                "users follow it since the cutover; `boatlift cutover MOVE --reverse` leads them \
                 back while that is possible, `boatlift finish MOVE` ends the move",
            )),
        }
    }

    fn cutover(&self) -> Result<&dyn Cutover> {
        self.spec.mover.cutover().ok_or_else(|| self.cannot("hand over"))
    }

    fn way_back(&self) -> Result<&dyn Cutover> {
        self.spec.mover.cutover_back().ok_or_else(|| self.cannot("lead users back"))
    }

    fn cannot(&self, what: &str) -> Error {
        let mover = self.spec.mover.name();
        Error::new(Code::Usage, format!("cannot {what}"))
            .because(format!("this mover has no way to do so ({mover})"))
    }

    fn with_setup<T>(
        &self,
        cutover: &dyn Cutover,
        act: impl FnOnce(&Setup<'_>) -> Result<T>,
    ) -> Result<T> {
        act(&Setup {
            cutover,
            log: &JournalLog::new(&self.journal),
            clock: &SystemClock::new(),
            stop: &|| self.pace.is_stopped(),
            patience: Patience::default(),
        })
    }

    /// Turns every group into the phase of a cutover.
    fn enter_cutover(&self) -> Result<()> {
        let view = self.journal.view()?;
        for (group, _) in self.spec.mover.active_groups() {
            if view.phase_of(group) != Phase::Cutover {
                self.journal.commit(Event::Turned { group, turn: Turn::CutoverBegun })?;
            }
        }
        Ok(())
    }

    /// Turns every group out of that phase, as the cutover ended. Idempotent.
    fn leave_cutover(&self) -> Result<()> {
        super::watch::leave_cutover(&self.journal)
    }

    /// One pass over all groups.
    fn pass_once(&self, term: Term) -> Result<Summary> {
        let mut worst = super::PassEnd::default();
        for (number, group) in self.spec.mover.active_groups() {
            worst.merge(self.pass(term, number, &group, Until::Done)?);
        }
        Ok(worst.into_summary())
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
