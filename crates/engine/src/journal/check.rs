//! `journal check`: whether what is kept still agrees with itself.

use super::fold::Fold;
use super::{JOURNAL, line, load};
use crate::database::{self, failed};
use crate::segment::Segment;
use crate::state::StateDir;
use boatlift_core::plan::SegmentRef;
use boatlift_core::{Code, Error, Result};
use rusqlite::Connection;
use serde::Serialize;
use std::path::Path;

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct CheckReport {
    /// Events that were read.
    pub events: u64,
    /// Segments that were read, page by page.
    pub segments: u64,
    /// What is wrong, one line each; empty when all is sound.
    pub findings: Vec<String>,
}

impl CheckReport {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Reads everything that a move keeps: SQLite's own checks on the journal, the events
/// folded anew and compared with the state tables, every page of every segment that the
/// state refers to. Damage is a finding, not an error. The move may run meanwhile.
///
/// # Errors
/// When the journal cannot be opened as one of ours, or the system refuses to read.
pub fn check(state: &StateDir) -> Result<CheckReport> {
    let path = state.journal_path();
    let db = database::open_existing(&path, &JOURNAL)?;
    let transaction = db.unchecked_transaction().map_err(failed("cannot read journal", &path))?;
    let mut report = CheckReport::default();
    report.take(integrity(&transaction, &path))?;
    let folded = fold(&transaction, &path, &mut report);
    let told = load::load(&transaction).map_err(failed("cannot read journal", &path));
    if let (Some(folded), Some(told)) = (report.take(folded)?, report.take(told)?) {
        if folded != told {
            report.findings.push("the state tables do not follow from the events".to_owned());
        }
        for segment in told.segments() {
            report.segments += 1;
            let read = Segment::open(&state.segments_path(), segment).and_then(|s| s.verify());
            if read.is_ok() || is_referred_to(state, segment)? {
                report.take(read)?;
            }
        }
    }
    drop(transaction);
    let live = state.live_path();
    if live.exists() {
        let checked = crate::live::open_existing(&live).and_then(|db| integrity(&db, &live));
        report.take(checked)?;
    }
    Ok(report)
}

impl CheckReport {
    /// Damage becomes a finding; what is no damage is the caller's.
    fn take<T>(&mut self, result: Result<T>) -> Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error) if matches!(error.code, Code::StateDamaged | Code::Bug) => {
                self.findings.push(error.to_string());
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// Whether the state still refers to a segment: a run removes what it has replaced.
fn is_referred_to(state: &StateDir, segment: &SegmentRef) -> Result<bool> {
    let now = super::read_view(&state.journal_path())?;
    Ok(now.segments().any(|referred| referred == segment))
}

fn fold(db: &Connection, path: &Path, report: &mut CheckReport) -> Result<super::View> {
    let mut fold = Fold::default();
    line::read(db, path, 0, &mut |seq, at_ms, event| {
        report.events += 1;
        fold.add(seq, at_ms, event).map_err(|illegal| {
            let tried = format!("cannot fold event {seq} of");
            Error::new(Code::StateDamaged, tried).on(path.display()).because(illegal)
        })
    })?;
    Ok(fold.finish())
}

fn integrity(db: &Connection, path: &Path) -> Result<()> {
    let broken = failed("cannot read", path);
    let ask = || {
        let mut select = db.prepare("PRAGMA integrity_check(10)")?;
        select.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()
    };
    match ask().map_err(broken)?.as_slice() {
        [ok] if ok == "ok" => Ok(()),
        found => Err(Error::new(Code::StateDamaged, "cannot trust")
            .on(path.display())
            .because(found.join("; "))),
    }
}
