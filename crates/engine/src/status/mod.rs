//! Where a move stands, for people and for programs: the stable form that
//! `status --json` prints, built from a view and, while it runs, the live counters.
//!
//! It only reads. What it suggests as the next command changes nothing on UPPER, unless
//! the reason beside it says what.

mod handed;
mod model;
mod next;
mod progress;
mod screen;

pub use model::{Failing, Handed, Health, LastRun, Next, Outcomes, Running, Status};
pub use progress::{Progress, Snapshot};

use crate::clock;
use crate::journal::{PlanState, StageState, View, read_view};
use crate::report::{at_least, time};
use crate::state::StateDir;
use crate::wording::counted;
use boatlift_core::event::{Note, Tally};
use boatlift_core::outcome::Proof;
use boatlift_core::{Phase, Result};
use std::collections::BTreeMap;

/// Number of the format of `status --json`.
pub const SCHEMA: u32 = 1;
/// The most items that a status shows of those that need a look.
pub const FIRST: usize = 10;

impl Status {
    /// The status that a view tells. `live` are the counters of the run in this process;
    /// without them no run is taken to go on.
    #[must_use]
    pub fn from_view(view: &View, live: Option<&Progress>) -> Status {
        Status::new(view, live.map(Progress::snapshot), live.is_some())
    }

    /// The status of a move that this process does not run, from its journal. A run that
    /// goes on in another process is seen, its counters are not.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn from_state(state: &StateDir) -> Result<Status> {
        let view = read_view(&state.journal_path())?;
        let running = view.has_open_run() && state.is_locked();
        Ok(Status::new(&view, None, running))
    }

    /// One line: `2026-11-20T21:04:30Z name copy 71.4% 61.2/85.7TiB …`, stamped with `at`.
    #[must_use]
    pub fn heartbeat(&self, at: &jiff::Timestamp) -> String {
        screen::heartbeat(self, at)
    }

    /// All of it for a person: lines, each ended but the last, without colour.
    #[must_use]
    pub fn render(&self) -> String {
        screen::render(self)
    }

    /// One line for a list of moves, without its line's end.
    #[must_use]
    pub fn line(&self) -> String {
        screen::line(self)
    }

    fn new(view: &View, live: Option<Snapshot>, runs: bool) -> Status {
        let plan = view.plan.as_ref();
        let tally = plan.map(PlanState::tally).unwrap_or_default();
        let roots = view.roots.values().next();
        let now_ms = if live.is_some() { clock::now_ms() } else { view.last_event_ms };
        let mut status = Status {
            schema: SCHEMA,
            name: view.name.clone(),
            move_id: view.move_id.clone(),
            mover: view.mover.clone(),
            lower: roots.map(|roots| roots.lower.resolved.clone()),
            upper: roots.map(|roots| roots.upper.resolved.clone()),
            phase: view.phase,
            health: Health::Ok,
            because: Vec::new(),
            running: running(view).filter(|_| runs),
            paused_by: view.paused_by.clone(),
            plan: plan.map(|plan| plan.plan.number),
            progress: progress(plan, live),
            verdicts: plan.map(|plan| plan.plan.totals().verdicts).unwrap_or_default(),
            removals: plan.map_or(0, |plan| plan.plan.totals().removals),
            outcomes: Outcomes::of(&tally),
            proofs: proofs(view),
            held: held(plan),
            holes: view.holes.count,
            open_items: open_items(view, &tally),
            failing: view.notes.first.iter().filter_map(Failing::of).take(FIRST).collect(),
            cutover: Handed::of(&view.saga),
            next: Next { command: None, reason: String::new() },
            limits: view.limits.clone(),
            last_run: view.last_run.as_ref().map(LastRun::of),
            updated_at: time(now_ms),
        };
        (status.health, status.because) = health(&status, view);
        status.next = next::after(&status, plan);
        status
    }

    /// Whether the last run neither ended nor goes on: it was killed.
    #[must_use]
    pub fn died(&self) -> bool {
        self.running.is_none() && self.last_run.as_ref().is_some_and(|run| run.ended.is_none())
    }
}

impl Outcomes {
    fn of(tally: &Tally) -> Outcomes {
        Outcomes {
            done: tally.done,
            same: tally.same,
            vanished: tally.vanished,
            moving: tally.moving,
            skipped: tally.skipped,
            failed: tally.failed,
        }
    }
}

impl Failing {
    fn of(note: &Note) -> Option<Failing> {
        let message = match note.state.as_str() {
            "failed" => note.error.as_ref().map_or("failed".to_owned(), ToString::to_string),
            "moving" => "changed each time it was read".to_owned(),
            "vanished" => "LOWER no longer had it when its turn came".to_owned(),
            _ => return None,
        };
        Some(Failing {
            key: note.key.clone(),
            stage: note.stage.clone(),
            state: note.state.clone(),
            code: note.error.as_ref().map(|error| error.code),
            message,
            attempts: note.attempts,
        })
    }
}

impl LastRun {
    fn of(run: &crate::journal::RunState) -> LastRun {
        LastRun {
            term: run.term.0,
            version: run.version.clone(),
            begun: time(run.begun_ms),
            ended: run.ended_ms.map(time),
            end: run.end,
            error: run.error.clone(),
        }
    }
}

fn running(view: &View) -> Option<Running> {
    let run = view.last_run.as_ref().filter(|run| run.ended_ms.is_none())?;
    Some(Running { pid: run.pid, host: run.host.clone(), since: time(run.begun_ms) })
}

/// The live counters; without them, or before they know better, what the journal tells.
fn progress(plan: Option<&PlanState>, live: Option<Snapshot>) -> Snapshot {
    let mut now = live.unwrap_or_default();
    let Some(plan) = plan else { return now };
    let totals = plan.plan.totals();
    if !now.listing && now.listed_lower + now.listed_upper == 0 {
        now.listed_lower = totals.lower.entries;
        now.listed_upper = totals.upper.entries;
    }
    if now.stage.is_none() && !now.listing {
        let items = tallies(plan).map(|tally| tally.done + tally.same).max().unwrap_or(0);
        now.items_total = totals.carry.entries;
        now.items_done = items.min(now.items_total);
        now.bytes_total = totals.carry.bytes;
        now.bytes_done = plan.tally().bytes.min(now.bytes_total);
    }
    now
}

/// The tally of each stage on each route.
fn tallies(plan: &PlanState) -> impl Iterator<Item = Tally> {
    plan.stages.iter().map(|(at, stage)| match stage {
        StageState::Done { tally } => tally.clone(),
        StageState::Begun => {
            let mut sum = Tally::default();
            plan.bundles.get(at).into_iter().flatten().for_each(|(_, tally)| sum.merge(tally));
            sum
        }
    })
}

fn proofs(view: &View) -> BTreeMap<Proof, u64> {
    let plans = view.plan.iter().chain(view.other_plans.values());
    let mut all = BTreeMap::new();
    for (proof, items) in plans.flat_map(|plan| proofs_of(view, plan)) {
        *all.entry(proof).or_default() += items;
    }
    all
}

/// The proofs of one group's items, as far as its newest plan and verification count them.
fn proofs_of(view: &View, plan: &PlanState) -> BTreeMap<Proof, u64> {
    let group = plan.plan.group;
    let routes = plan.stages.keys().map(|(route, _)| (group, *route));
    let stages: Vec<_> = routes.zip(tallies(plan)).collect();
    let verified = view
        .verifies
        .iter()
        .filter(|((of, _), verify)| *of == group && verify.at_ms >= plan.made_ms);
    let mut steps: Vec<((u32, u32), &Tally)> =
        stages.iter().map(|(route, tally)| (*route, tally)).collect();
    steps.extend(verified.map(|(route, verify)| (*route, &verify.tally)));
    let count =
        |proof| at_least(&steps, |tally| tally.proofs.get(&proof).copied().unwrap_or_default());
    let counts = Proof::ALL.into_iter().map(|proof| (proof, count(proof)));
    counts.filter(|(_, items)| *items > 0).collect()
}

/// By outcomes or by notes, whichever knows of more: a verification and the roots' own
/// attributes only note.
fn open_items(view: &View, tally: &Tally) -> u64 {
    let open = |note: &&Note| matches!(note.state.as_str(), "failed" | "moving");
    let noted = view.notes.first.iter().filter(open).count() as u64;
    noted.max(tally.failed + tally.moving)
}

fn held(plan: Option<&PlanState>) -> Vec<String> {
    let waits = |plan: &&PlanState| !plan.dropped && plan.approved_by.is_none();
    plan.filter(waits)
        .map(|plan| plan.plan.held.iter().map(ToString::to_string).collect())
        .unwrap_or_default()
}

/// The worst that there is, and all of it in words.
fn health(status: &Status, view: &View) -> (Health, Vec<String>) {
    let mut worst = Health::Ok;
    let mut because = Vec::new();
    let mut note = |health: Health, reason: String| {
        worst = if (health as u8) > worst as u8 { health } else { worst };
        because.push(reason);
    };
    if status.phase == Phase::Failed {
        let error = view.last_run.as_ref().and_then(|run| run.error.as_ref());
        let why = error
            .map_or("the last run failed".to_owned(), |error| format!("{error} ({})", error.code));
        note(Health::Failed, why);
    }
    if let Some(by) = &status.paused_by {
        note(Health::Blocked, format!("paused by {by}"));
    }
    if !status.held.is_empty() {
        note(Health::Blocked, format!("removals are held back: {}", status.held.join(", ")));
    } else if status.phase == Phase::Waiting {
        note(Health::Blocked, "a person must decide".to_owned());
    }
    if status.died() {
        note(Health::Degraded, "the last run did not end: it was killed".to_owned());
    }
    if status.open_items > 0 {
        let verb = if status.open_items == 1 { "needs" } else { "need" };
        let items = counted(status.open_items, "item");
        note(Health::Degraded, format!("{items} {verb} a look"));
    }
    if status.holes > 0 {
        let parts = counted(status.holes, "part");
        note(Health::Degraded, format!("{parts} could not be listed"));
    }
    (worst, because)
}

#[cfg(test)]
mod tests;
