//! `report.csv`: one line per item of the newest plans that was not the same on both
//! sides, streamed from the segments a page at a time, and after them those that only a
//! note tells of.

use super::model::{Findings, Row};
use super::rows::{Digests, Rows};
use crate::wording::one_line;
use boatlift_core::{Code, Error, KeyBuf, Result};
use std::collections::BTreeSet;
use std::fmt::Write as _;
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
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(out);
    writer.write_record(COLUMNS).map_err(unwritable)?;
    let mut scratch = String::new();
    let mut waiting: BTreeSet<(u64, u32, String)> = rows
        .notes()
        .keys()
        .map(|(plan, route, key): &(u64, u32, KeyBuf)| (*plan, *route, key.to_string()))
        .collect();
    rows.each(findings, Digests::With, &mut |row| {
        if !waiting.is_empty() {
            waiting.remove(&(row.plan, row.route, row.key.clone()));
        }
        line(&mut writer, &mut scratch, &row).map_err(unwritable)?;
        Ok(ControlFlow::Continue(()))
    })?;
    for note in rows.notes().values() {
        if waiting.contains(&(note.plan, note.route, note.key.to_string())) {
            line(&mut writer, &mut scratch, &Row::of_note(note)).map_err(unwritable)?;
        }
    }
    writer.flush().map_err(unwritable)
}

/// Absent values are empty fields. `scratch` saves an allocation a number.
fn line(
    writer: &mut csv::Writer<&mut dyn Write>,
    scratch: &mut String,
    row: &Row,
) -> csv::Result<()> {
    let mut number = |writer: &mut csv::Writer<&mut dyn Write>, number: Option<u64>| {
        scratch.clear();
        if let Some(number) = number {
            let _infallible = write!(scratch, "{number}");
        }
        writer.write_field(&*scratch)
    };
    number(writer, Some(row.plan))?;
    number(writer, Some(u64::from(row.route)))?;
    writer.write_field(&row.key)?;
    writer.write_field(row.kind.unwrap_or_default())?;
    writer.write_field(row.verdict.word())?;
    writer.write_field(row.action.unwrap_or_default())?;
    writer.write_field(&*row.state)?;
    number(writer, row.size)?;
    writer.write_field(row.moved_from.as_deref().unwrap_or_default())?;
    writer.write_field(row.digest.as_deref().unwrap_or_default())?;
    writer.write_field(row.stage.as_deref().unwrap_or_default())?;
    number(writer, row.attempts.map(u64::from))?;
    writer.write_field(row.reason.as_deref().map(one_line).unwrap_or_default())?;
    writer.write_field(row.error_code.map(|code| code.as_str()).unwrap_or_default())?;
    writer.write_record(None::<&[u8]>)
}

fn unwritable(error: impl std::fmt::Display) -> Error {
    Error::new(Code::StateIo, "cannot write report").on("report.csv").because(error)
}
