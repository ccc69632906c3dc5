//! Which items a report shows one by one: those that differ in a way that a person should
//! know of, and those that did not come out well. The first of each class; the rest is
//! counted.

use super::FIRST;
use super::model::{Findings, Listed, Row};
use super::rows::{Digests, Rows};
use boatlift_core::event::Tally;
use boatlift_core::plan::Sum;
use boatlift_core::{Result, Verdict};
use std::ops::ControlFlow;

/// The verdicts that a person should know of, with what they mean.
const VERDICTS: [(Verdict, &str); 6] = [
    (Verdict::Drifted, "UPPER changed or lost it since both sides last agreed; LOWER did not"),
    (Verdict::Conflict, "both sides changed it, or have it differing and never agreed on it"),
    (Verdict::Foreign, "only UPPER has it, and it was never agreed on"),
    (Verdict::Gone, "LOWER removed it since both sides last agreed"),
    (Verdict::Moved, "LOWER renamed it since both sides last agreed"),
    (Verdict::Unknown, "what was known did not suffice, so that it never counted as the same"),
];

/// The states of items that did not come out well, with what they mean.
const STATES: [(&str, &str); 4] = [
    ("failed", "a step failed for good, or as often as it was tried"),
    ("moving", "it changed each time it was read"),
    ("vanished", "LOWER no longer had it when its turn came"),
    ("skipped", "it was left out, for the reason given"),
];

/// Fills in the lists.
pub(super) fn list(findings: &mut Findings, rows: &Rows<'_>) -> Result<()> {
    findings.attention = STATES
        .iter()
        .map(|(state, meaning)| by_state(findings, rows, state, meaning))
        .filter(|listed| listed.entries > 0)
        .collect();
    findings.differences = differences(findings, rows)?;
    Ok(())
}

fn by_state(findings: &Findings, rows: &Rows<'_>, state: &str, meaning: &'static str) -> Listed {
    let noted = || rows.notes().values().filter(|note| note.state == state);
    let first: Vec<Row> = noted().take(FIRST).map(Row::of_note).collect();
    let stages = findings.stages.iter().map(|work| &work.tally);
    let tallies = stages.chain(findings.verifications.iter().map(|v| &v.tally));
    let counted = tallies.map(|tally| of_state(tally, state)).max().unwrap_or_default();
    let entries = counted.max(noted().count() as u64);
    let more = entries - first.len() as u64;
    Listed { class: state.to_owned(), meaning, entries, bytes: 0, first, more }
}

/// How many outcomes of a state a tally counts.
pub(super) fn of_state(tally: &Tally, state: &str) -> u64 {
    match state {
        "failed" => tally.failed,
        "moving" => tally.moving,
        "vanished" => tally.vanished,
        _ => tally.skipped,
    }
}

/// Counts come from the surveys, the first items from the difference segments. Entries
/// below a hole are counted, and are in no segment.
fn differences(findings: &Findings, rows: &Rows<'_>) -> Result<Vec<Listed>> {
    let mut lists: Vec<(Verdict, Listed)> = VERDICTS
        .iter()
        .map(|(verdict, meaning)| (*verdict, by_verdict(findings, *verdict, meaning)))
        .filter(|(_, listed)| listed.entries > 0)
        .collect();
    let mut open = |row: Row| {
        if let Some((_, listed)) = lists.iter_mut().find(|(verdict, _)| *verdict == row.verdict)
            && listed.first.len() < FIRST
        {
            listed.first.push(row);
            listed.more = listed.entries.saturating_sub(listed.first.len() as u64);
        }
        let full = |listed: &Listed| listed.more == 0 || listed.first.len() >= FIRST;
        match lists.iter().all(|(_, listed)| full(listed)) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    };
    rows.each(findings, Digests::Without, &mut |row| Ok(open(row)))?;
    Ok(lists.into_iter().map(|(_, listed)| listed).collect())
}

fn by_verdict(findings: &Findings, verdict: Verdict, meaning: &'static str) -> Listed {
    let mut sum = Sum::default();
    for found in findings.plans.iter().filter_map(|plan| plan.totals.verdicts.get(&verdict)) {
        sum.entries += found.entries;
        sum.bytes += found.bytes;
    }
    let Sum { entries, bytes } = sum;
    let class = verdict.word().to_owned();
    Listed { class, meaning, entries, bytes, first: Vec::new(), more: entries }
}
