//! `report.csv`: one line per item of the newest plans that was not the same on both
//! sides, streamed from the segments a page at a time, and after them those that only a
//! note tells of.

use super::model::{Findings, Row};
use super::rows::{Digests, Rows};
use boatlift_core::{Code, Error, KeyBuf, Result};
use std::collections::BTreeSet;
use std::io::Write;
use std::ops::ControlFlow;

/// The columns. Readers rely on their order: new ones are added at the end.
const COLUMNS: [&str; 14] = [
    "plan",
    "route",
    "key",
    "kind",
    "verdict",
    "action",
    "state",
    "size",
    "moved_from",
    "digest",
    "stage",
    "attempts",
    "reason",
    "error_code",
];

/// Writes all lines.
pub(super) fn write(findings: &Findings, rows: &Rows<'_>, out: &mut dyn Write) -> Result<()> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(out);
    writer.write_record(COLUMNS).map_err(unwritable)?;
    let mut waiting: BTreeSet<(u64, u32, String)> = rows
        .notes
        .keys()
        .map(|(plan, route, key): &(u64, u32, KeyBuf)| (*plan, *route, key.to_string()))
        .collect();
    rows.each(findings, Digests::With, &mut |row| {
        if !waiting.is_empty() {
            waiting.remove(&(row.plan, row.route, row.key.clone()));
        }
        writer.write_record(line(&row)).map_err(unwritable)?;
        Ok(ControlFlow::Continue(()))
    })?;
    for note in rows.notes.values() {
        if waiting.contains(&(note.plan, note.route, note.key.to_string())) {
            writer.write_record(line(&Row::of_note(note))).map_err(unwritable)?;
        }
    }
    writer.flush().map_err(unwritable)
}

/// Absent values are empty fields.
fn line(row: &Row) -> [String; COLUMNS.len()] {
    let number = |number: Option<u64>| number.map(|n| n.to_string()).unwrap_or_default();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        row.plan.to_string(),
        row.route.to_string(),
        row.key.clone(),
        row.kind.unwrap_or_default().to_owned(),
        row.verdict.word().to_owned(),
        row.action.unwrap_or_default().to_owned(),
        row.state.clone(),
        number(row.size),
        text(&row.moved_from),
        text(&row.digest),
        text(&row.stage),
        number(row.attempts.map(u64::from)),
        text(&row.reason),
        row.error_code.map(|code| code.to_string()).unwrap_or_default(),
    ]
}

fn unwritable(error: impl std::fmt::Display) -> Error {
    Error::new(Code::StateIo, "cannot write report").on("report.csv").because(error)
}
