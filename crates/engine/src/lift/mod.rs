//! The lift: a move's run from check to report, and again as long as it follows.
//!
//! It opens the journal, raises the term, leads each group through its phases and ends
//! with a report. What a phase does lies in the rooms named after it.

mod agreements;
mod carrying;
mod control;
mod handover;
mod mark;
mod pass;
mod planning;
mod roots;
mod stills;
mod watch;

pub use control::Control;
pub use handover::{Begin, Handover, UpperWrites, Waiting};
pub use watch::watch_cutover;

use crate::clock;
use crate::journal::{Journal, View};
use crate::live::Live;
use crate::pace::Limiter;
use crate::report::Report;
use crate::saga::Finish;
use crate::state::{RunLock, StateDir};
use crate::status::Progress;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::event::{End, Event, Tally};
use boatlift_core::filter::Filter;
use boatlift_core::limits::Limits;
use boatlift_core::mover::{Group, Mover};
use boatlift_core::plan::Plan;
use boatlift_core::policy::{Held, Policy, Verify};
use boatlift_core::side::Term;
use boatlift_core::store::Opener;
use pass::{Pass, PassEnd};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How long the journal of a move that follows keeps single events of finished work, in
/// milliseconds; older ones become hourly sums.
const KEPT_MS: i64 = 7 * 24 * 3600 * 1000;

/// What a move is, apart from its state.
pub struct MoveSpec {
    /// Its name.
    pub name: String,
    /// What moving means for it.
    pub mover: Arc<dyn Mover>,
    /// What it may do.
    pub policy: Policy,
    /// How fast it may go.
    pub limits: Limits,
    /// How long to rest between passes; without it there is one pass.
    pub follow: Option<Duration>,
}

/// How far a run goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Only look at the roots.
    Checked,
    /// Compare and write the plan down; change nothing on UPPER.
    Planned,
    /// Everything.
    Done,
    /// Only read UPPER back, as far as this asks.
    Verified(Verify),
}

/// What a run came to.
#[derive(Debug, Clone)]
pub struct Summary {
    /// How it ended.
    pub end: End,
    /// The plans of the last pass, one for each group that came so far.
    pub plans: Vec<GroupPlan>,
    /// Why its removals are held back.
    pub held: Vec<Held>,
    /// Outcomes of the last pass.
    pub tally: Tally,
    /// Where the report lies, if one was written.
    pub report: Option<PathBuf>,
    /// How a cutover ended that an earlier run had left open: this run ended it.
    pub recovered: Option<Finish>,
}

/// What a pass planned for one group.
#[derive(Debug, Clone)]
pub struct GroupPlan {
    /// The group's name.
    pub group: String,
    /// Its plan.
    pub plan: Plan,
}

/// A move, opened for running.
pub struct Lift {
    state: StateDir,
    lock: RunLock,
    spec: MoveSpec,
    opener: Arc<dyn Opener>,
    filter: Arc<Filter>,
    journal: Arc<Journal>,
    live: Live,
    pace: Arc<Limiter>,
    progress: Arc<Progress>,
    control: Arc<Control>,
}

impl Lift {
    /// Opens a move's state for running, or makes it.
    ///
    /// # Errors
    /// [`Code::StateBusy`] when another process runs it, [`Code::StateForeign`] when the
    /// state is of another move, [`Code::MoveClosed`] when it has ended for good.
    pub fn open(state: StateDir, spec: MoveSpec, opener: Arc<dyn Opener>) -> Result<Lift> {
        let lock = state.lock()?;
        let filter = Filter::new(&spec.policy.filter)
            .map_err(|reason| Error::new(Code::ConfigValue, "cannot use").because(reason))?;
        let journal = Arc::new(Journal::open(&state.journal_path())?);
        let view = journal.view()?;
        if view.is_new() {
            let (name, mover) = (spec.name.clone(), spec.mover.name().to_owned());
            journal.record(Event::MoveOpened { move_id: random_id()?, name, mover });
        } else {
            refuse_other_move(&view, &spec, &state)?;
        }
        let limits = view.limits.clone().unwrap_or_else(|| spec.limits.clone());
        let pace = Arc::new(Limiter::new(limits.clone()));
        pace.pause(view.paused_by.is_some());
        let progress = Arc::new(Progress::new());
        let control = Arc::new(Control::new(
            Arc::clone(&journal),
            Arc::clone(&pace),
            Arc::clone(&progress),
            limits.jobs,
        ));
        let live = Live::open(&state.live_path())?;
        let filter = Arc::new(filter);
        spec.mover.attach(Arc::new(agreements::Journaled {
            journal: Arc::clone(&journal),
            segments: state.segments_path(),
            filter: Arc::clone(&filter),
        }));
        Ok(Lift { state, lock, spec, opener, filter, journal, live, pace, progress, control })
    }

    /// The handle by which others look at the run and command it.
    #[must_use]
    pub fn control(&self) -> Arc<Control> {
        Arc::clone(&self.control)
    }

    /// Where its state is.
    #[must_use]
    pub fn state(&self) -> &StateDir {
        &self.state
    }

    /// Runs. Blocks until the end, a stop, or an error.
    ///
    /// # Errors
    /// What kept the run from going on. The state is saved and the error journaled.
    pub fn run(&self, until: Until) -> Result<Summary> {
        self.run_telling(until, &|_| ())
    }

    /// The same; of a move that follows, `each` is told what every pass came to, once its report
    /// is written, except of the last.
    ///
    /// # Errors
    /// As [`Lift::run`].
    pub fn run_telling(&self, until: Until, each: &dyn Fn(&Summary)) -> Result<Summary> {
        let (term, recovered) = self.begin_run()?;
        let ended = match until {
            Until::Done => self.passes_unless_handed_over(term, &recovered, each),
            _ => self.passes(term, until, each),
        };
        let (end, error) = match &ended {
            Ok(summary) => (summary.end, None),
            Err(error) if error.code == Code::Interrupted => (End::Interrupted, None),
            Err(error) => (End::Failed, Some(error.clone())),
        };
        self.journal.commit(Event::RunEnded { end, error })?;
        let mut summary = match ended {
            Err(error) if error.code == Code::Interrupted => self.interrupted()?,
            other => other?,
        };
        if until != Until::Checked {
            summary.report = Some(self.write_report()?);
        }
        summary.recovered = recovered;
        Ok(summary)
    }

    /// Journals that a run begins, in a new term, and finishes a cutover that an earlier one
    /// left open.
    fn begin_run(&self) -> Result<(Term, Option<Finish>)> {
        let term = self.journal.view()?.term.next();
        self.journal.commit(Event::RunBegun {
            term,
            pid: std::process::id(),
            host: hostname(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        })?;
        let recovered = self.recover_cutover(term);
        if let Err(error) = &recovered {
            let (end, error) = (End::Failed, Some(error.clone()));
            self.journal.commit(Event::RunEnded { end, error })?;
        }
        recovered.map(|finish| (term, finish))
    }

    /// One pass, or one after the other as long as the move follows.
    ///
    /// A plan that an earlier run left half done in a later group is finished first: the
    /// groups before it would only be looked at again meanwhile.
    fn passes(&self, term: Term, until: Until, each: &dyn Fn(&Summary)) -> Result<Summary> {
        let groups = self.spec.mover.active_groups();
        if until == Until::Done
            && let Some(half_done) = self.half_done()?
            && let Some((number, group)) = groups.iter().find(|(number, _)| *number == half_done)
        {
            self.pass(term, *number, group, until)?;
        }
        loop {
            let mut worst = PassEnd::default();
            for (number, group) in &groups {
                worst.merge(self.pass(term, *number, group, until)?);
            }
            let rest = match (self.spec.follow, until) {
                (Some(rest), Until::Done) => rest,
                _ => return Ok(worst.into_summary()),
            };
            self.keep_up()?;
            each(&worst.into_summary());
            self.pace.wait(rest).map_err(|_| crate::schedule::interrupted())?;
        }
    }

    fn pass(&self, term: Term, number: u32, group: &Group, until: Until) -> Result<PassEnd> {
        let pass = Pass { lift: self, term, group: number, of: group };
        let ended = pass.run(until);
        if let Err(error) = &ended
            && error.code != Code::Interrupted
        {
            pass.turn(boatlift_core::phase::Turn::Failed);
        }
        ended
    }

    /// The group, other than the first, whose plan was begun and not finished.
    fn half_done(&self) -> Result<Option<u32>> {
        let view = self.journal.view()?;
        let newest = view.plan.filter(|state| state.is_open() && !state.stages.is_empty());
        Ok(newest.map(|state| state.plan.group).filter(|group| *group > 0))
    }

    fn interrupted(&self) -> Result<Summary> {
        let view = self.journal.view()?;
        let groups = self.spec.mover.groups();
        let newest = view.plan.map(|state| (state.tally(), state.plan));
        let (tally, plan) = newest.map_or_else(Default::default, |(t, plan)| (t, Some(plan)));
        let name = |plan: &Plan| groups.get(plan.group as usize).map_or("", |group| &group.name);
        let plans = plan
            .map(|plan| GroupPlan { group: name(&plan).to_owned(), plan })
            .into_iter()
            .collect();
        let (held, end) = (Vec::new(), End::Interrupted);
        Ok(Summary { end, plans, held, tally, report: None, recovered: None })
    }

    /// The passes of a run, where UPPER is still ours to write to.
    fn passes_unless_handed_over(
        &self,
        term: Term,
        recovered: &Option<Finish>,
        each: &dyn Fn(&Summary),
    ) -> Result<Summary> {
        match (self.refuse_when_handed_over(), recovered) {
            (Ok(()), _) => self.passes(term, Until::Done, each),
            // It ended a cutover: that was all there was to do.
            (Err(_), Some(_)) => Ok(PassEnd::default().into_summary()),
            (Err(error), None) => Err(error),
        }
    }

    /// What every pass of a move that follows leaves: its report, and a journal that stays short.
    fn keep_up(&self) -> Result<()> {
        self.write_report()?;
        self.journal.fold_old(clock::now_ms() - KEPT_MS).map(drop)
    }

    fn write_report(&self) -> Result<PathBuf> {
        self.journal.sync()?;
        let directory = self.state.reports_path();
        Report::from_state(&self.state, &*self.spec.mover)?.write_to(&directory)?;
        Ok(directory)
    }
}

fn refuse_other_move(view: &View, spec: &MoveSpec, state: &StateDir) -> Result<()> {
    if view.mover != spec.mover.name() || view.name != spec.name {
        let tried = format!("cannot run `{}` with the state of `{}`", spec.name, view.name);
        return Err(Error::new(Code::StateForeign, tried).on(state.path().display()));
    }
    if view.phase.is_closed() {
        let tried = format!("cannot run a move that is {}:", view.phase);
        return Err(Error::new(Code::MoveClosed, tried).on(&view.name));
    }
    Ok(())
}

/// 128 random bits in hexadecimal.
fn random_id() -> Result<String> {
    let mut bytes = [0u8; 16];
    rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty()).map_err(
        |error| Error::new(Code::StateIo, "cannot draw a random move id").because(error),
    )?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn hostname() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
