//! Control: how people look at a running move and command it.

use crate::journal::Journal;
use crate::pace::Limiter;
use crate::status::{Progress, Status};
use boatlift_core::command::{Command, Signed};
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::event::Event;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// A handle on a running move. Every command is journaled with who gave it.
#[derive(Debug)]
pub struct Control {
    journal: Arc<Journal>,
    pace: Arc<Limiter>,
    progress: Arc<Progress>,
    /// Workers; 0 stands for the default.
    jobs: AtomicU32,
}

impl Control {
    pub(super) fn new(
        journal: Arc<Journal>,
        pace: Arc<Limiter>,
        progress: Arc<Progress>,
        jobs: Option<u32>,
    ) -> Self {
        Control { journal, pace, progress, jobs: AtomicU32::new(jobs.unwrap_or(0)) }
    }

    /// Where the move stands now.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn status(&self) -> Result<Status> {
        Ok(Status::from_view(&self.journal.view()?, Some(&self.progress)))
    }

    /// Carries a command out.
    ///
    /// # Errors
    /// [`Code::ControlRefused`] when it makes no sense now, or a journal error.
    pub fn command(&self, signed: Signed) -> Result<()> {
        let by = signed.by;
        match signed.command {
            Command::Pause => {
                self.pace.pause(true);
                self.journal.commit(Event::Paused { by })
            }
            Command::Resume => {
                self.journal.commit(Event::Resumed { by })?;
                self.pace.pause(false);
                Ok(())
            }
            Command::Stop => {
                self.pace.stop();
                Ok(())
            }
            Command::SetLimits { side, limits } => {
                self.pace.set(side, limits);
                self.limits_set(by)
            }
            Command::SetJobs { jobs } => {
                self.jobs.store(jobs, Ordering::Relaxed);
                self.limits_set(by)
            }
            Command::Skip { key, reason } => {
                self.journal.commit(Event::SkipAsked { key, reason, by })
            }
            Command::Retry { key } => self.journal.commit(Event::RetryAsked { key, by }),
            Command::Approve { plan } => self.approve(plan, by),
        }
    }

    /// Asks the run to save its state and end.
    pub fn stop(&self) {
        self.pace.stop();
    }

    /// Whether a stop was asked.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.pace.is_stopped()
    }

    /// Workers for the next stage: as set, or one per processor, from 2 to 16.
    pub(super) fn jobs(&self) -> usize {
        match self.jobs.load(Ordering::Relaxed) {
            0 => std::thread::available_parallelism().map_or(2, |n| n.get().clamp(2, 16)),
            jobs => jobs as usize,
        }
    }

    fn limits_set(&self, by: String) -> Result<()> {
        let mut limits = self.pace.limits();
        let jobs = self.jobs.load(Ordering::Relaxed);
        limits.jobs = (jobs != 0).then_some(jobs);
        self.journal.commit(Event::LimitsSet { limits, by })
    }

    /// Approves the removals of the newest plan, which a following move then makes.
    fn approve(&self, plan: u64, by: String) -> Result<()> {
        approve(&self.journal, plan, by)
    }
}

/// Journals a person's approval of a plan's removals.
///
/// # Errors
/// [`Code::PlanStale`] when it is not the newest plan, [`Code::ControlRefused`] when
/// nothing of it is held back or a hole is the reason.
pub(super) fn approve(journal: &Journal, plan: u64, by: String) -> Result<()> {
    let view = journal.view()?;
    let mut newest_of_groups = view.plan.iter().chain(view.other_plans.values());
    let found = newest_of_groups.find(|state| state.plan.number == plan).map(|state| &state.plan);
    let Some(newest) = found else {
        let newest = view.plan.as_ref().map(|state| &state.plan);
        let newest = newest.map_or("there is none".into(), |p| format!("that is {}", p.number));
        return Err(Error::new(Code::PlanStale, "cannot approve plan")
            .on(plan)
            .because(format!("only the newest plan can be approved, and {newest}")));
    };
    let refused = |why: String| {
        Err(Error::new(Code::ControlRefused, "cannot approve plan").on(plan).because(why))
    };
    if newest.held.is_empty() {
        return refused("none of its removals is held back".into());
    }
    match newest.held.iter().find(|held| !held.can_be_approved()) {
        Some(held) => refused(format!("{held}; what was not listed is not known to be gone")),
        None => journal.commit(Event::PlanApproved { plan, by }),
    }
}
