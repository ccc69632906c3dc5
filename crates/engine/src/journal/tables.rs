//! What each event changes in the state tables.
//!
//! [`apply`] is called inside the transaction that appends the event, after
//! [`super::rules`] found it legal. It must never look at a clock or at anything but the
//! event and the tables.

use crate::database::{Json, Number};
use boatlift_core::Event;
use boatlift_core::event::Tally;
use boatlift_core::phase::{Phase, Turn};
use boatlift_core::plan::Plan;
use boatlift_core::saga::SagaEvent;
use rusqlite::types::ToSql;
use rusqlite::{Connection, OptionalExtension, params};

/// Changes the state tables by one event.
pub(super) fn apply(db: &Connection, seq: u64, at_ms: i64, event: &Event) -> rusqlite::Result<()> {
    match event {
        Event::MoveOpened { .. }
        | Event::Paused { .. }
        | Event::Resumed { .. }
        | Event::LimitsSet { .. }
        | Event::SkipAsked { .. }
        | Event::RetryAsked { .. }
        | Event::LeavingMade { .. }
        | Event::LeavingGone { .. } => of_move(db, at_ms, event),
        Event::RunBegun { .. } | Event::RunEnded { .. } | Event::RootsSeen { .. } => {
            of_run(db, seq, at_ms, event)
        }
        Event::Turned { group, turn } => turned(db, at_ms, *group, *turn),
        Event::PlanMade { plan } => plan_made(db, at_ms, plan),
        Event::HoleFound { .. }
        | Event::PlanApproved { .. }
        | Event::Noted(_)
        | Event::Settled { .. } => of_plan(db, event),
        Event::StageBegun { .. } | Event::BundleDone { .. } | Event::StageDone { .. } => {
            of_stage(db, event)
        }
        Event::VerifyBegun { .. } | Event::VerifyPassed { .. } | Event::VerifyDone { .. } => {
            of_verification(db, at_ms, event)
        }
        Event::Saga(event) => saga(db, seq, event),
    }
}

/// What people asked of the move, and what it put on systems.
fn of_move(db: &Connection, at_ms: i64, event: &Event) -> rusqlite::Result<()> {
    match event {
        Event::MoveOpened { move_id, name, mover } => run(
            db,
            "INSERT INTO move (one, move_id, name, mover) VALUES (1, ?1, ?2, ?3)",
            params![move_id, name, mover],
        ),
        Event::Paused { by } => run(db, "UPDATE move SET paused_by = ?1", params![by]),
        Event::Resumed { .. } => run(db, "UPDATE move SET paused_by = NULL", &[]),
        Event::LimitsSet { limits, .. } => {
            run(db, "UPDATE move SET limits = ?1", params![Json(limits)])
        }
        Event::SkipAsked { key, reason, by } => run(
            db,
            "INSERT OR REPLACE INTO skips VALUES (?1, ?2, ?3, ?4)",
            params![key.0, reason, by, at_ms],
        ),
        Event::RetryAsked { key: Some(key), .. } => {
            run(db, "DELETE FROM skips WHERE key = ?1", params![key.0])
        }
        Event::RetryAsked { key: None, .. } => run(db, "DELETE FROM skips", &[]),
        Event::LeavingMade { id, leaving } => {
            run(db, "INSERT INTO leavings VALUES (?1, ?2)", params![Number(*id), Json(leaving)])?;
            run(db, "UPDATE move SET last_leaving = ?1", params![Number(*id)])
        }
        Event::LeavingGone { id } => {
            run(db, "DELETE FROM leavings WHERE id = ?1", params![Number(*id)])
        }
        other => unreachable!("{other:?} is not of the move"),
    }
}

fn of_run(db: &Connection, seq: u64, at_ms: i64, event: &Event) -> rusqlite::Result<()> {
    match event {
        Event::RunBegun { term, pid, host, version } => {
            let newest = "(SELECT ifnull(max(number), 0) FROM plans)";
            run(db, &format!("DELETE FROM holes WHERE plan > {newest}"), &[])?;
            run(db, "UPDATE move SET term = ?1", params![Number(term.0)])?;
            run(
                db,
                "INSERT INTO runs (seq, term, pid, host, version, begun_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![Number(seq), Number(term.0), pid, host, version, at_ms],
            )
        }
        Event::RunEnded { end, error } => run(
            db,
            "UPDATE runs SET ended_ms = ?1, ending = ?2, error = ?3
             WHERE seq = (SELECT max(seq) FROM runs)",
            params![at_ms, Json(end), error.as_ref().map(Json)],
        ),
        Event::RootsSeen { group, route, lower, upper } => run(
            db,
            "INSERT OR REPLACE INTO roots VALUES (?1, ?2, ?3, ?4)",
            params![group, route, Json(lower), Json(upper)],
        ),
        other => unreachable!("{other:?} is not of a run"),
    }
}

fn of_plan(db: &Connection, event: &Event) -> rusqlite::Result<()> {
    match event {
        Event::HoleFound { plan, route, side, hole } => run(
            db,
            "INSERT OR REPLACE INTO holes VALUES (?1, ?2, ?3, ?4, ?5)",
            params![Number(*plan), route, Json(side), hole.under.0, Json(&hole.error)],
        ),
        Event::PlanApproved { plan, by } => run(
            db,
            "UPDATE plans SET approved_by = ?2 WHERE number = ?1",
            params![Number(*plan), by],
        ),
        Event::Noted(note) => run(
            db,
            // Where an earlier stage failed an item, later ones fail on its account.
            "INSERT INTO notes VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET note = excluded.note
             WHERE json_extract(note, '$.stage') = json_extract(excluded.note, '$.stage')",
            params![Number(note.plan), note.route, note.key.0, Json(note)],
        ),
        Event::Settled { plan, group, route, agreed } => {
            let agree = "INSERT OR REPLACE INTO agreed VALUES (?1, ?2, ?3)";
            run(db, agree, params![group, route, Json(agreed)])?;
            let settle = "INSERT OR IGNORE INTO settled VALUES (?1, ?2)";
            run(db, settle, params![Number(*plan), route])?;
            run(
                db,
                "UPDATE plans SET state = 'settled' WHERE number = ?1 AND state = 'open'
                 AND NOT EXISTS (SELECT 1 FROM json_each(plan, '$.routes') AS planned
                   WHERE json_extract(planned.value, '$.route') NOT IN
                     (SELECT route FROM settled WHERE settled.plan = ?1))",
                params![Number(*plan)],
            )
        }
        other => unreachable!("{other:?} is not of a plan"),
    }
}

/// A stage that begins after it was done starts over: its bundles are forgotten.
fn of_stage(db: &Connection, event: &Event) -> rusqlite::Result<()> {
    match event {
        Event::StageBegun { plan, route, stage } => {
            run(
                db,
                "DELETE FROM bundles WHERE (plan, route, stage) IN (SELECT plan, route, stage
                 FROM stages WHERE plan = ?1 AND route = ?2 AND stage = ?3 AND tally IS NOT NULL)",
                params![Number(*plan), route, stage],
            )?;
            let begin = "INSERT OR REPLACE INTO stages VALUES (?1, ?2, ?3, NULL)";
            run(db, begin, params![Number(*plan), route, stage])
        }
        Event::BundleDone { plan, route, stage, bundle, tally } => run(
            db,
            "INSERT OR REPLACE INTO bundles VALUES (?1, ?2, ?3, ?4, ?5)",
            params![Number(*plan), route, stage, bundle, Json(tally)],
        ),
        Event::StageDone { plan, route, stage, tally } => run(
            db,
            "INSERT OR REPLACE INTO stages VALUES (?1, ?2, ?3, ?4)",
            params![Number(*plan), route, stage, Json(tally)],
        ),
        other => unreachable!("{other:?} is not of a stage"),
    }
}

fn of_verification(db: &Connection, at_ms: i64, event: &Event) -> rusqlite::Result<()> {
    match event {
        Event::VerifyBegun { group, route, mode, agreed, seed } => {
            let (seed, none) = (seed.map(Json), Json(Tally::default()));
            run(
                db,
                "INSERT OR REPLACE INTO verifies VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, 0, ?7)",
                params![group, route, Json(mode), Json(agreed), seed, none, at_ms],
            )
        }
        Event::VerifyPassed { group, route, pages, tally } => {
            let mut sum = verify_tally(db, *group, *route)?;
            sum.merge(tally);
            run(
                db,
                "UPDATE verifies SET pages = ?3, tally = ?4, at_ms = ?5
                 WHERE \"group\" = ?1 AND route = ?2",
                params![group, route, pages, Json(sum), at_ms],
            )
        }
        Event::VerifyDone { group, route, tally } => run(
            db,
            "UPDATE verifies SET pages = json_extract(agreed, '$.pages'), tally = ?3, done = 1,
             at_ms = ?4 WHERE \"group\" = ?1 AND route = ?2",
            params![group, route, Json(tally), at_ms],
        ),
        other => unreachable!("{other:?} is not of a verification"),
    }
}

fn run(db: &Connection, sql: &str, values: &[&dyn ToSql]) -> rusqlite::Result<()> {
    db.prepare_cached(sql)?.execute(values).map(drop)
}

/// A group's phase as the tables have it.
pub(super) fn phase(db: &Connection, group: u32) -> rusqlite::Result<Phase> {
    let mut select = db.prepare_cached("SELECT phase FROM groups WHERE \"group\" = ?1")?;
    let found = select.query_row([group], |row| row.get(0)).optional()?;
    Ok(found.map_or(Phase::New, |Json(phase)| phase))
}

fn turned(db: &Connection, at_ms: i64, group: u32, turn: Turn) -> rusqlite::Result<()> {
    let next = phase(db, group)?.after(turn).expect("the rules found this turn legal");
    db.prepare_cached("INSERT OR REPLACE INTO groups VALUES (?1, ?2, ?3)")?.execute(params![
        group,
        Json(next),
        at_ms
    ])?;
    match turn {
        Turn::PlanDropped => drop_open_plans(db, group),
        _ => Ok(()),
    }
}

/// Only the newest cutover is kept; whoever takes part in one raises the move's term.
fn saga(db: &Connection, seq: u64, event: &SagaEvent) -> rusqlite::Result<()> {
    if let SagaEvent::Begun { .. } = event {
        db.prepare_cached("DELETE FROM saga")?.execute([])?;
    }
    if let SagaEvent::Begun { term, .. } | SagaEvent::Resumed { term, .. } = event {
        db.prepare_cached("UPDATE move SET term = max(term, ?1)")?.execute([Number(term.0)])?;
    }
    db.prepare_cached("INSERT INTO saga VALUES (?1, ?2)")?
        .execute(params![Number(seq), Json(event)])?;
    Ok(())
}

/// The newest cutover's events, as the tables have them.
pub(super) fn saga_events(db: &Connection) -> rusqlite::Result<Vec<SagaEvent>> {
    let mut select = db.prepare_cached("SELECT event FROM saga ORDER BY seq")?;
    select.query_map([], |row| row.get(0).map(|Json(event)| event))?.collect()
}

fn plan_made(db: &Connection, at_ms: i64, plan: &Plan) -> rusqlite::Result<()> {
    drop_open_plans(db, plan.group)?;
    for table in ["bundles", "notes", "holes"] {
        let delete = format!(
            "DELETE FROM {table} WHERE plan IN (SELECT number FROM plans WHERE \"group\" = ?1)"
        );
        db.prepare_cached(&delete)?.execute([plan.group])?;
    }
    db.prepare_cached("INSERT INTO plans VALUES (?1, ?2, ?3, 'open', NULL, ?4)")?
        .execute(params![Number(plan.number), plan.group, at_ms, Json(plan)])?;
    Ok(())
}

fn drop_open_plans(db: &Connection, group: u32) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE plans SET state = 'dropped' WHERE \"group\" = ?1 AND state = 'open'",
    )?
    .execute([group])?;
    Ok(())
}

fn verify_tally(db: &Connection, group: u32, route: u32) -> rusqlite::Result<Tally> {
    db.prepare_cached("SELECT tally FROM verifies WHERE \"group\" = ?1 AND route = ?2")?
        .query_row([group, route], |row| row.get(0))
        .map(|Json(tally)| tally)
}
