//! Keeping a journal small: old counts become hourly sums, segments that nothing refers
//! to are removed, free pages are given back.

use super::{Journal, read_view};
use crate::clock;
use crate::database::{self, Json, failed};
use crate::live::Live;
use crate::segment;
use crate::state::StateDir;
use boatlift_core::event::Tally;
use boatlift_core::{Event, Result};
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;

/// Events that count are kept so long before they are folded into hourly sums.
const KEEP_DAYS: i64 = 30;

const HOUR_MS: i64 = 3_600_000;

/// What a vacuum did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct VacuumReport {
    /// Events folded into hourly sums.
    pub events_folded: u64,
    /// Segment files removed.
    pub segments_removed: u64,
    /// Bytes given back to the file system.
    pub bytes_freed: u64,
}

/// Makes the state of a move that does not run small again.
///
/// # Errors
/// [`boatlift_core::Code::StateBusy`] while the move runs; when the state cannot be
/// written or is damaged.
pub fn vacuum(state: &StateDir) -> Result<VacuumReport> {
    let _lock = state.lock()?;
    let before = size(state);
    let journal = Journal::open(&state.journal_path())?;
    let events_folded = journal.fold_old(clock::now_ms() - KEEP_DAYS * 24 * HOUR_MS)?;
    drop(journal);
    let view = read_view(&state.journal_path())?;
    let keep = view.segments().map(|segment| segment.file.clone()).collect();
    let segments_removed = segment::sweep(&state.segments_path(), &keep)?;
    let path = state.journal_path();
    let db = database::open_existing(&path, &super::JOURNAL)?;
    db.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")
        .map_err(failed("cannot vacuum journal", &path))?;
    drop(db);
    Live::open(&state.live_path())?.vacuum()?;
    let bytes_freed = before.saturating_sub(size(state));
    Ok(VacuumReport { events_folded, segments_removed, bytes_freed })
}

/// Bytes in the state directory and its segments.
fn size(state: &StateDir) -> u64 {
    let files = [state.path().to_owned(), state.segments_path()].into_iter();
    let entries = files.filter_map(|path| std::fs::read_dir(path).ok()).flatten().flatten();
    entries.filter_map(|entry| entry.metadata().ok()).filter(|m| m.is_file()).map(|m| m.len()).sum()
}

/// Folds counting events from before `before_ms` into `hourly`, inside the caller's
/// transaction. What the view shows stays: bundles of each group's newest plan, and
/// verifications that go on. The last event stays too: it holds the numbering.
pub(super) fn fold_old(db: &Connection, before_ms: i64) -> rusqlite::Result<u64> {
    let mut select = db.prepare(
        "SELECT seq, at_ms, event FROM events
         WHERE at_ms < ?1 AND seq < (SELECT max(seq) FROM events) AND CASE event ->> '$.event'
           WHEN 'bundle_done' THEN event ->> '$.plan' NOT IN
             (SELECT max(number) FROM plans GROUP BY \"group\")
           WHEN 'verify_passed' THEN NOT EXISTS (SELECT 1 FROM verifies
             WHERE \"group\" = event ->> '$.group' AND route = event ->> '$.route' AND NOT done)
           END",
    )?;
    let mut rows = select.query([before_ms])?;
    let mut folded = 0;
    while let Some(row) = rows.next()? {
        let (seq, at_ms, Json(event)): (i64, i64, Json<Event>) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        if let Some((kind, tally)) = counted(&event) {
            add_to_hour(db, at_ms / HOUR_MS, kind, tally)?;
            db.prepare_cached("DELETE FROM events WHERE seq = ?1")?.execute([seq])?;
            folded += 1;
        }
    }
    Ok(folded)
}

fn counted(event: &Event) -> Option<(&'static str, &Tally)> {
    match event {
        Event::BundleDone { tally, .. } => Some(("bundle_done", tally)),
        Event::VerifyPassed { tally, .. } => Some(("verify_passed", tally)),
        _ => None,
    }
}

fn add_to_hour(db: &Connection, hour: i64, kind: &str, tally: &Tally) -> rusqlite::Result<()> {
    let mut sum = db
        .prepare_cached("SELECT tally FROM hourly WHERE hour = ?1 AND kind = ?2")?
        .query_row(params![hour, kind], |row| row.get(0).map(|Json(sum)| sum))
        .optional()?
        .unwrap_or_else(Tally::default);
    sum.merge(tally);
    db.prepare_cached("INSERT OR REPLACE INTO hourly VALUES (?1, ?2, ?3)")?.execute(params![
        hour,
        kind,
        Json(sum)
    ])?;
    Ok(())
}
