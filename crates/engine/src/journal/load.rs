//! The view as the state tables tell it.

use super::tables;
use super::view::{
    FoundHole, GroupState, HEAD, Head, Pair, PlanState, Roots, RunState, Skip, StageState,
    VerifyState, View,
};
use crate::database::{Json, Number};
use boatlift_core::event::Note;
use boatlift_core::store::Hole;
use boatlift_core::{KeyBuf, Plan, Term};
use rusqlite::types::ToSql;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::{BTreeMap, BTreeSet};

/// Loads the view. The caller holds a transaction, so that all tables are of one moment.
pub(super) fn load(db: &Connection) -> rusqlite::Result<View> {
    let mut view = identity(db)?;
    view.groups = map(db, "SELECT \"group\", phase, since_ms FROM groups", &[], |row| {
        let Json(phase) = row.get(1)?;
        Ok((row.get(0)?, GroupState { phase, since_ms: row.get(2)? }))
    })?;
    view.phase = View::slowest(&view.groups);
    view.last_run = last_run(db)?;
    view.agreed = map(db, "SELECT \"group\", route, segment FROM agreed", &[], |row| {
        let Json(segment) = row.get(2)?;
        Ok((pair(row)?, segment))
    })?;
    view.roots = map(db, "SELECT \"group\", route, lower, upper FROM roots", &[], |row| {
        let (Json(lower), Json(upper)) = (row.get(2)?, row.get(3)?);
        Ok((pair(row)?, Roots { lower, upper }))
    })?;
    view.skips = map(db, "SELECT key, reason, by, at_ms FROM skips", &[], |row| {
        let skip = Skip { reason: row.get(1)?, by: row.get(2)?, at_ms: row.get(3)? };
        Ok((KeyBuf(row.get(0)?), skip))
    })?;
    view.leavings = map(db, "SELECT id, leaving FROM leavings", &[], |row| {
        let (Number(id), Json(leaving)) = (row.get(0)?, row.get(1)?);
        Ok((id, leaving))
    })?;
    view.verifies = verifies(db)?;
    view.saga = tables::saga_events(db)?;
    let mut plans = newest_plans(db)?;
    view.plan = plans.pop();
    view.other_plans = plans.into_iter().map(|state| (state.plan.group, state)).collect();
    view.notes = notes(db)?;
    view.holes = holes(db)?;
    Ok(view)
}

fn identity(db: &Connection) -> rusqlite::Result<View> {
    let mut view = View::default();
    let mut ends = db.prepare_cached(
        "SELECT seq, at_ms FROM events WHERE seq IN
         ((SELECT min(seq) FROM events), (SELECT max(seq) FROM events)) ORDER BY seq",
    )?;
    let mut rows = ends.query([])?;
    while let Some(row) = rows.next()? {
        if view.last_seq == 0 {
            view.first_event_ms = row.get(1)?;
        }
        Number(view.last_seq) = row.get(0)?;
        view.last_event_ms = row.get(1)?;
    }
    let select = "SELECT move_id, name, mover, term, paused_by, limits, last_leaving FROM move";
    let fill = |row: &Row<'_>| {
        view.move_id = row.get(0)?;
        view.name = row.get(1)?;
        view.mover = row.get(2)?;
        let Number(term) = row.get(3)?;
        view.term = Term(term);
        view.paused_by = row.get(4)?;
        view.limits = row.get::<_, Option<Json<_>>>(5)?.map(|Json(limits)| limits);
        Number(view.last_leaving) = row.get(6)?;
        Ok(())
    };
    db.prepare_cached(select)?.query_row([], fill).optional()?;
    Ok(view)
}

fn last_run(db: &Connection) -> rusqlite::Result<Option<RunState>> {
    let select = "SELECT term, pid, host, version, begun_ms, ended_ms, ending, error
                  FROM runs ORDER BY seq DESC LIMIT 1";
    let run = |row: &Row<'_>| {
        let Number(term) = row.get(0)?;
        Ok(RunState {
            term: Term(term),
            pid: row.get(1)?,
            host: row.get(2)?,
            version: row.get(3)?,
            begun_ms: row.get(4)?,
            ended_ms: row.get(5)?,
            end: row.get::<_, Option<Json<_>>>(6)?.map(|Json(end)| end),
            error: row.get::<_, Option<Json<_>>>(7)?.map(|Json(error)| error),
        })
    };
    db.prepare_cached(select)?.query_row([], run).optional()
}

/// Each group's newest plan, in the order of their numbers.
fn newest_plans(db: &Connection) -> rusqlite::Result<Vec<PlanState>> {
    let select = "SELECT plan, made_ms, state = 'dropped', approved_by FROM plans
                  WHERE number IN (SELECT max(number) FROM plans GROUP BY \"group\")
                  ORDER BY number";
    let plan = |row: &Row<'_>| {
        let Json(plan) = row.get::<_, Json<Plan>>(0)?;
        Ok(PlanState {
            plan,
            made_ms: row.get(1)?,
            dropped: row.get(2)?,
            approved_by: row.get(3)?,
            stages: BTreeMap::new(),
            bundles: BTreeMap::new(),
            settled: BTreeSet::new(),
        })
    };
    let mut select = db.prepare_cached(select)?;
    let plans = select.query_map([], plan)?.collect::<rusqlite::Result<Vec<_>>>()?;
    plans.into_iter().map(|state| progress(db, state)).collect()
}

/// Fills in how far a plan is carried out.
fn progress(db: &Connection, mut state: PlanState) -> rusqlite::Result<PlanState> {
    let number = Number(state.plan.number);
    let stages = "SELECT route, stage, tally FROM stages WHERE plan = ?1";
    state.stages = map(db, stages, params![number], |row| {
        let tally: Option<Json<_>> = row.get(2)?;
        Ok((pair(row)?, tally.map_or(StageState::Begun, |Json(tally)| StageState::Done { tally })))
    })?;
    let mut select = db.prepare_cached("SELECT route FROM settled WHERE plan = ?1")?;
    state.settled = select.query_map([number], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut select =
        db.prepare_cached("SELECT route, stage, bundle, tally FROM bundles WHERE plan = ?1")?;
    let mut rows = select.query([number])?;
    while let Some(row) = rows.next()? {
        let Json(tally) = row.get(3)?;
        state.bundles.entry(pair(row)?).or_default().insert(row.get(2)?, tally);
    }
    Ok(state)
}

fn verifies(db: &Connection) -> rusqlite::Result<BTreeMap<Pair, VerifyState>> {
    let select = "SELECT \"group\", route, mode, agreed, seed, pages, tally, done, at_ms
                  FROM verifies";
    map(db, select, &[], |row| {
        let (Json(mode), Json(agreed), Json(tally)) = (row.get(2)?, row.get(3)?, row.get(6)?);
        let verify = VerifyState {
            mode,
            agreed,
            seed: row.get::<_, Option<Json<_>>>(4)?.map(|Json(seed)| seed),
            pages: row.get(5)?,
            tally,
            done: row.get(7)?,
            at_ms: row.get(8)?,
        };
        Ok((pair(row)?, verify))
    })
}

fn notes(db: &Connection) -> rusqlite::Result<Head<Note>> {
    let of_newest = "FROM notes WHERE plan IN (SELECT max(number) FROM plans GROUP BY \"group\")";
    let select = format!("SELECT note {of_newest} ORDER BY plan, route, key LIMIT {HEAD}");
    let first = db
        .prepare_cached(&select)?
        .query_map([], |row| row.get(0).map(|Json(note)| note))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Head { count: count(db, of_newest)?, first })
}

fn holes(db: &Connection) -> rusqlite::Result<Head<FoundHole>> {
    let of_newest = "FROM holes WHERE plan IN (SELECT max(number) FROM plans GROUP BY \"group\")
                     OR plan > (SELECT ifnull(max(number), 0) FROM plans)";
    let select = format!(
        "SELECT plan, route, side, under, error {of_newest}
         ORDER BY plan, route, side, under LIMIT {HEAD}"
    );
    let hole = |row: &Row<'_>| {
        let (Number(plan), Json(side), Json(error)) = (row.get(0)?, row.get(2)?, row.get(4)?);
        let hole = Hole { under: KeyBuf(row.get(3)?), error };
        Ok(FoundHole { plan, route: row.get(1)?, side, hole })
    };
    let mut select = db.prepare_cached(&select)?;
    let first = select.query_map([], hole)?.collect::<rusqlite::Result<_>>()?;
    Ok(Head { count: count(db, of_newest)?, first })
}

fn count(db: &Connection, from: &str) -> rusqlite::Result<u64> {
    let mut select = db.prepare_cached(&format!("SELECT count(*) {from}"))?;
    select.query_row([], |row| row.get(0)).map(|Number(count)| count)
}

fn pair(row: &Row<'_>) -> rusqlite::Result<Pair> {
    Ok((row.get(0)?, row.get(1)?))
}

fn map<K: Ord, V>(
    db: &Connection,
    select: &str,
    values: &[&dyn ToSql],
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<(K, V)>,
) -> rusqlite::Result<BTreeMap<K, V>> {
    db.prepare_cached(select)?.query_map(values, read)?.collect()
}
