//! Reports: what a move did, on what ground it can be believed, and what it left open.
//!
//! A report is a pure function of the journal and its segments: the same state gives the
//! same bytes, on any day and any host. It never asks a store, a clock or a running
//! process, and never claims more than the proof that the journal holds.

mod attention;
mod csv;
mod fold;
mod headline;
mod html;
mod known;
mod markdown;
pub mod model;
mod outline;
mod rows;
#[cfg(test)]
pub(crate) mod story;
#[cfg(test)]
mod tests;
mod verification;

pub use known::{Known, Which};
pub(crate) use verification::at_least;

use crate::journal::{View, read_events, read_view};
use crate::state::StateDir;
use boatlift_core::mover::Mover;
use boatlift_core::outcome::Proof;
use boatlift_core::{Code, Error, Event, Result};
use fold::{Fold, Folded};
use model::{Findings, Removals};
use rows::Rows;
use std::io::Write;
use std::path::Path;

/// Number of the format of `report.json` and `report.csv`.
pub const SCHEMA: u32 = 1;
/// The most items that a class of items shows one by one; `report.csv` has all.
pub const FIRST: usize = 100;

/// The forms in which a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people, in a terminal or a ticket.
    Markdown,
    /// For programs: the findings.
    Json,
    /// For programs: one line per item.
    Csv,
    /// For people, in a browser or on paper: one file that asks for no other.
    Html,
}

impl Format {
    /// All formats.
    pub const ALL: [Format; 4] = [Format::Markdown, Format::Json, Format::Csv, Format::Html];

    /// What is written at the end of every run: what does not grow with the move. The lines
    /// of all items are written on demand.
    pub const AT_THE_END: [Format; 3] = [Format::Markdown, Format::Json, Format::Html];

    /// The name of the file that holds it.
    #[must_use]
    pub fn file_name(self) -> &'static str {
        match self {
            Format::Markdown => "report.md",
            Format::Json => "report.json",
            Format::Csv => "report.csv",
            Format::Html => "report.html",
        }
    }
}

impl std::str::FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "md" => Ok(Format::Markdown),
            "json" => Ok(Format::Json),
            "csv" => Ok(Format::Csv),
            "html" => Ok(Format::Html),
            _ => Err(format!("`{text}` is no format: md, json, csv or html")),
        }
    }
}

/// A report of one move, ready to be written.
pub struct Report<'a> {
    findings: Findings,
    rows: Rows<'a>,
}

impl<'a> Report<'a> {
    /// The report of the move in `state`, which may be running. `mover` derives what the
    /// plans do.
    ///
    /// # Errors
    /// When the journal or a segment cannot be read.
    pub fn from_state(state: &StateDir, mover: &'a dyn Mover) -> Result<Report<'a>> {
        let mut seen = 0;
        loop {
            let view = read_view(&state.journal_path())?;
            match Report::of_view(&view, state, mover) {
                // A run went on and removed segments of the plan that the view showed.
                Err(_) if view.last_seq > seen => seen = view.last_seq,
                other => return other,
            }
        }
    }

    /// The report that follows from events, each with its number and its time in
    /// milliseconds since 1970, and the view that follows from them.
    ///
    /// # Errors
    /// When a segment cannot be read.
    pub fn build(
        view: &View,
        history: impl IntoIterator<Item = (u64, i64, Event)>,
        mover: &'a dyn Mover,
        segments: &Path,
    ) -> Result<Report<'a>> {
        let mut fold = Fold::new(known(view), mover);
        for (_, at_ms, event) in history {
            fold.take(&time(at_ms), event);
        }
        Report::from_folded(view, fold.finish(), mover, segments)
    }

    /// All that the report says, except the lines of `report.csv`.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// Writes the report in one format.
    ///
    /// # Errors
    /// When a segment cannot be read or `out` cannot be written.
    pub fn write(&self, format: Format, out: &mut dyn Write) -> Result<()> {
        let text = match format {
            Format::Csv => return csv::write(&self.findings, &self.rows, out),
            Format::Markdown => markdown::render(&outline::of(&self.findings)),
            Format::Html => html::render(&outline::of(&self.findings)),
            Format::Json => {
                let json = serde_json::to_string_pretty(&self.findings);
                json.map_err(|error| Error::new(Code::Bug, "cannot encode").because(error))? + "\n"
            }
        };
        out.write_all(text.as_bytes()).map_err(|error| unwritable(format.file_name(), &error))
    }

    /// Writes the files of [`Format::AT_THE_END`] into `directory`, which is made where it is
    /// missing. Each takes the place of an older one whole, or not at all.
    ///
    /// # Errors
    /// When a segment cannot be read or a file cannot be written.
    pub fn write_to(&self, directory: &Path) -> Result<()> {
        let failed = |path: &Path| {
            let path = path.display().to_string();
            move |error: std::io::Error| unwritable(&path, &error)
        };
        std::fs::create_dir_all(directory).map_err(failed(directory))?;
        for format in Format::AT_THE_END {
            let path = directory.join(format.file_name());
            let unfinished = directory.join(format!("{}.tmp", format.file_name()));
            let file = std::fs::File::create(&unfinished).map_err(failed(&unfinished))?;
            let mut out = std::io::BufWriter::new(file);
            self.write(format, &mut out)?;
            out.flush().map_err(failed(&unfinished))?;
            std::fs::rename(&unfinished, &path).map_err(failed(&path))?;
        }
        Ok(())
    }

    fn of_view(view: &View, state: &StateDir, mover: &'a dyn Mover) -> Result<Report<'a>> {
        let mut fold = Fold::new(known(view), mover);
        read_events(&state.journal_path(), 0, &mut |number, at_ms, event| {
            if number <= view.last_seq {
                fold.take(&time(at_ms), event);
            }
            Ok(())
        })?;
        Report::from_folded(view, fold.finish(), mover, &state.segments_path())
    }

    fn from_folded(
        view: &View,
        folded: Folded,
        mover: &'a dyn Mover,
        segments: &Path,
    ) -> Result<Report<'a>> {
        let Folded { mut findings, notes, newest } = folded;
        let rows = Rows::open(view, mover, &newest, notes, segments)?;
        prove(&mut findings);
        findings.removals = removals(&findings);
        attention::list(&mut findings, &rows)?;
        headline::set(&mut findings);
        Ok(Report { findings, rows })
    }
}

/// What a view tells of a move without its events.
fn known(view: &View) -> Findings {
    Findings {
        schema: SCHEMA,
        name: view.name.clone(),
        move_id: view.move_id.clone(),
        mover: view.mover.clone(),
        phase: view.phase,
        term: view.term.0,
        as_of: time(view.last_event_ms),
        leavings: view.leavings.values().cloned().collect(),
        ..Findings::default()
    }
}

/// A time of the journal as reports write it.
pub(crate) fn time(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms)
        .map_or_else(|_| format!("@{at_ms}ms"), |time| format!("{time:.3}"))
}

/// Counts by proof, over stages and verifications.
fn prove(findings: &mut Findings) {
    let group = |number| {
        let mut plans = findings.plans.iter();
        plans.find(|plan| plan.number == number).map_or(0, |plan| plan.group)
    };
    let stages = findings.stages.iter().map(|w| ((group(w.plan), w.route), &w.tally));
    let verifications = findings.verifications.iter().map(|v| ((v.group, v.route), &v.tally));
    let steps: Vec<_> = stages.chain(verifications).collect();
    for proof in Proof::ALL {
        let at_least = verification::at_least(&steps, |tally| {
            tally.proofs.get(&proof).copied().unwrap_or_default()
        });
        if at_least > 0 {
            findings.proofs.insert(proof, at_least);
        }
    }
    findings.verified_content = verification::at_least(&steps, verification::verified);
}

fn removals(findings: &Findings) -> Removals {
    let held = |plan: &&model::Planned| !plan.held.is_empty() && plan.approved_by.is_none();
    let holding: Vec<_> = findings.plans.iter().filter(held).collect();
    let removing = findings.stages.iter().filter(|work| work.removes);
    Removals {
        planned: findings.plans.iter().map(|plan| plan.totals.removals).sum(),
        done: removing.map(|work| work.tally.done + work.tally.same).sum(),
        held: !holding.is_empty(),
        why: holding.iter().flat_map(|plan| plan.held.clone()).collect(),
    }
}

fn unwritable(what: &str, error: &std::io::Error) -> Error {
    Error::new(Code::StateIo, "cannot write report").on(what).because(error)
}
