//! Which events are legal next. An event that is not is our own mistake, or that of a
//! caller who did not look: it is refused before anything of it is written.

use super::tables;
use crate::database::Number;
use boatlift_core::saga::{SagaEvent, SagaState};
use boatlift_core::{Code, Error, Event, Term};
use rusqlite::types::ToSql;
use rusqlite::{Connection, params};

/// Why an event is not taken.
#[derive(Debug)]
pub(super) enum Refusal {
    /// It contradicts what was recorded; the journal is as before.
    Illegal(Error),
    /// The journal could not be read or written.
    Storage(rusqlite::Error),
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Refusal::Storage(error)
    }
}

/// Whether `event` may follow what the tables hold.
pub(super) fn check(db: &Connection, event: &Event) -> Result<(), Refusal> {
    let opened = holds(db, "SELECT 1 FROM move", &[])?;
    match event {
        Event::MoveOpened { .. } => demand(!opened, "the move was opened before"),
        _ if !opened => bug("the move was not opened yet"),
        Event::RunBegun { term, .. } => run_begun(db, *term),
        Event::RunEnded { .. } => run_ended(db),
        Event::Turned { group, turn } => match tables::phase(db, *group)?.after(*turn) {
            Ok(_) => Ok(()),
            Err(illegal) => bug(illegal),
        },
        Event::HoleFound { plan, .. } => no_plan_from(db, plan + 1),
        Event::PlanMade { plan } => no_plan_from(db, plan.number),
        Event::PlanApproved { plan, .. } => approved(db, *plan),
        Event::StageBegun { plan, .. }
        | Event::BundleDone { plan, .. }
        | Event::StageDone { plan, .. }
        | Event::Settled { plan, .. } => known_plan(db, *plan),
        Event::Noted(note) => known_plan(db, note.plan),
        Event::VerifyPassed { group, route, .. } | Event::VerifyDone { group, route, .. } => {
            verifying(db, *group, *route)
        }
        Event::LeavingMade { id, .. } => leaving_made(db, *id),
        Event::LeavingGone { id } => leaving_gone(db, *id),
        Event::Saga(event) => saga(db, event),
        Event::RootsSeen { .. }
        | Event::VerifyBegun { .. }
        | Event::Paused { .. }
        | Event::Resumed { .. }
        | Event::LimitsSet { .. }
        | Event::SkipAsked { .. }
        | Event::RetryAsked { .. } => Ok(()),
    }
    .map_err(|refusal| named(refusal, event))
}

fn run_begun(db: &Connection, term: Term) -> Result<(), Refusal> {
    let newer = holds(db, "SELECT 1 FROM move WHERE term > ?1", params![Number(term.0)])?;
    demand(!newer, "its term is older than the last")
}

fn run_ended(db: &Connection) -> Result<(), Refusal> {
    let open = "SELECT 1 FROM runs WHERE seq = (SELECT max(seq) FROM runs) AND ended_ms IS NULL";
    demand(holds(db, open, &[])?, "no run goes on")
}

fn no_plan_from(db: &Connection, number: u64) -> Result<(), Refusal> {
    let newer = "SELECT 1 FROM plans WHERE number >= ?1";
    let is_newest = number > 0 && !holds(db, newer, params![Number(number)])?;
    demand(is_newest, "a plan with a number as high was made")
}

fn verifying(db: &Connection, group: u32, route: u32) -> Result<(), Refusal> {
    let open = "SELECT 1 FROM verifies WHERE \"group\" = ?1 AND route = ?2 AND NOT done";
    demand(holds(db, open, params![group, route])?, "no verification goes on")
}

fn leaving_made(db: &Connection, id: u64) -> Result<(), Refusal> {
    let is_new = holds(db, "SELECT 1 FROM move WHERE last_leaving < ?1", params![Number(id)])?;
    demand(is_new, "a leaving with a number as high was made")
}

fn leaving_gone(db: &Connection, id: u64) -> Result<(), Refusal> {
    let known = holds(db, "SELECT 1 FROM leavings WHERE id = ?1", params![Number(id)])?;
    demand(known, "there is no leaving of this number")
}

/// A cutover's own rules decide, over what its table holds.
fn saga(db: &Connection, event: &SagaEvent) -> Result<(), Refusal> {
    let mut state = SagaState::default();
    for earlier in tables::saga_events(db)?.iter().chain([event]) {
        state = match state.after(earlier) {
            Ok(next) => next,
            Err(illegal) => return bug(illegal),
        };
    }
    Ok(())
}

/// Whether the journal holds no newer term than `term`.
pub(super) fn check_term(db: &Connection, term: Term) -> Result<(), Refusal> {
    match holds(db, "SELECT 1 FROM move WHERE term > ?1", params![Number(term.0)])? {
        false => Ok(()),
        true => {
            Err(Refusal::Illegal(Error::new(Code::TermNewer, "cannot record an event of").on(term)))
        }
    }
}

fn known_plan(db: &Connection, plan: u64) -> Result<(), Refusal> {
    let known = holds(db, "SELECT 1 FROM plans WHERE number = ?1", params![Number(plan)])?;
    demand(known, format!("there is no plan {plan}"))
}

/// Only the newest plan can be approved: also after it was settled without its removals.
fn approved(db: &Connection, plan: u64) -> Result<(), Refusal> {
    let open = holds(
        db,
        "SELECT 1 FROM plans AS this WHERE number = ?1 AND state <> 'dropped' AND NOT EXISTS
         (SELECT 1 FROM plans WHERE \"group\" = this.\"group\" AND number > this.number)",
        params![Number(plan)],
    )?;
    match open {
        true => Ok(()),
        false => Err(Refusal::Illegal(
            Error::new(Code::PlanStale, "cannot approve").on(format!("plan {plan}")),
        )),
    }
}

fn holds(db: &Connection, sql: &str, values: &[&dyn ToSql]) -> rusqlite::Result<bool> {
    db.prepare_cached(sql)?.exists(values)
}

fn demand(legal: bool, why: impl std::fmt::Display) -> Result<(), Refusal> {
    if legal { Ok(()) } else { bug(why) }
}

fn bug(why: impl std::fmt::Display) -> Result<(), Refusal> {
    Err(Refusal::Illegal(Error::new(Code::Bug, "cannot record event").because(why)))
}

/// Says which event was refused.
fn named(refusal: Refusal, event: &Event) -> Refusal {
    match refusal {
        Refusal::Illegal(error) if error.subject.is_none() => {
            let json = serde_json::to_value(event).unwrap_or_default();
            Refusal::Illegal(error.on(json["event"].as_str().unwrap_or("of unknown kind")))
        }
        other => other,
    }
}
