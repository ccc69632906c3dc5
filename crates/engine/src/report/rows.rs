//! The items of the newest plans, one by one, from their difference segments: what the
//! comparison said, what the plan does about it, and what became of it. A page at a time.

use super::fold::Notes;
use super::model::{Findings, Row};
use crate::segment::{Segment, SegmentCursor};
use boatlift_core::event::Note;
use boatlift_core::lane::Step;
use boatlift_core::mover::Mover;
use boatlift_core::page::Entry;
use boatlift_core::plan::Agreement;
use boatlift_core::{Digest, Plan, Result, Verdict};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// Where the rows of a report come from.
pub(super) struct Rows<'a> {
    pub(super) mover: &'a dyn Mover,
    pub(super) segments: PathBuf,
    /// The newest plan of each group.
    pub(super) plans: Vec<Plan>,
    pub(super) notes: Notes,
    /// AGREED, by group and route.
    pub(super) agreed: BTreeMap<(u32, u32), Agreement>,
}

/// Whether rows are to tell the digests of AGREED, which costs reading it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Digests {
    With,
    Without,
}

impl Rows<'_> {
    /// Shows every row, in the order of groups, routes and keys, until `show` breaks off.
    pub(super) fn each(
        &self,
        findings: &Findings,
        digests: Digests,
        show: &mut dyn FnMut(Row) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        for plan in &self.plans {
            let planned = findings.plans.iter().find(|planned| planned.number == plan.number);
            if planned.is_some_and(|planned| planned.dropped) {
                continue;
            }
            for route in &plan.routes {
                let maker = RowMaker { rows: self, findings, plan, route: route.route };
                let settled = planned.is_some_and(|planned| planned.settled.is_some());
                let agreed = match settled && digests == Digests::With {
                    true => self.agreed.get(&(plan.group, route.route)),
                    false => None,
                };
                let agreed = agreed.map(|agreed| Segment::open(&self.segments, &agreed.segment));
                let mut agreed = SegmentCursor::new(agreed.transpose()?)?;
                let difference = Segment::open(&self.segments, &route.difference)?;
                for number in 0..difference.pages() {
                    for entry in difference.read_page(number)?.iter() {
                        let digest = digest_of(&mut agreed, &entry)?;
                        let Some(row) = maker.row(&entry, digest) else { continue };
                        if show(row)?.is_break() {
                            return Ok(());
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

/// Both streams are in key order, so this never looks back.
fn digest_of(agreed: &mut SegmentCursor, entry: &Entry<'_>) -> Result<Option<Digest>> {
    while agreed.peek().is_some_and(|known| known.key < entry.key) {
        agreed.advance()?;
    }
    let known = agreed.peek().filter(|known| known.key == entry.key);
    Ok(known.and_then(|known| known.digest))
}

/// Makes the rows of one route of one plan.
struct RowMaker<'a> {
    rows: &'a Rows<'a>,
    findings: &'a Findings,
    plan: &'a Plan,
    route: u32,
}

impl RowMaker<'_> {
    /// The row of an entry; none for a directory that is only there because of what is
    /// below it.
    fn row(&self, entry: &Entry<'_>, digest: Option<Digest>) -> Option<Row> {
        let at = (self.plan.number, self.route, entry.key.to_owned());
        let note = self.rows.notes.get(&at);
        if entry.verdict == Verdict::Same && note.is_none() {
            return None;
        }
        let facets = entry.lower.or(entry.upper).map(|facets| facets.decode());
        let steps = self.steps(entry);
        let moved = entry.partner.filter(|_| entry.verdict == Verdict::Moved);
        let mut row = Row {
            plan: self.plan.number,
            route: self.route,
            key: entry.key.to_string(),
            kind: facets.map(|facets| facets.kind.word()),
            verdict: entry.verdict,
            action: steps.first().map(|(_, step)| action(*step)),
            state: self.state(&steps).to_owned(),
            size: facets.and_then(|facets| facets.size),
            moved_from: moved.map(|key| key.to_string()),
            digest: digest.map(|digest| digest.to_string()),
            stage: None,
            attempts: None,
            reason: None,
            error_code: None,
        };
        if let Some(note) = note {
            row.take_note(note);
        }
        Some(row)
    }

    /// The steps that change something, each with its stage.
    fn steps(&self, entry: &Entry<'_>) -> Vec<(usize, Step)> {
        let mover = self.rows.mover;
        let stages = mover.stages().iter().enumerate().filter(|(_, stage)| !stage.verifies);
        let step = |index| mover.step(index, entry, &self.plan.policy).map(|step| (index, step));
        stages.filter_map(|(index, _)| step(index)).collect()
    }

    /// What became of an entry of which the journal has no note: what it has none of came
    /// out well in every stage that has ended.
    fn state(&self, steps: &[(usize, Step)]) -> &'static str {
        let held = !self.plan.held.is_empty()
            && !self.findings.plans.iter().any(|planned| {
                planned.number == self.plan.number && planned.approved_by.is_some()
            });
        let ended = |stage: usize| {
            self.findings.stages.iter().any(|work| {
                let at = (work.plan, work.route, work.stage as usize);
                at == (self.plan.number, self.route, stage) && work.ended.is_some()
            })
        };
        let removes = |stage: usize| self.rows.mover.stages()[stage].removes;
        match steps {
            [] => "kept",
            steps if held && steps.iter().any(|(stage, _)| removes(*stage)) => "held",
            steps if steps.iter().all(|(stage, _)| ended(*stage)) => "done",
            _ => "open",
        }
    }
}

impl Row {
    /// The row of an item of which only the note is known.
    pub(super) fn of_note(note: &Note) -> Row {
        let mut row = Row {
            plan: note.plan,
            route: note.route,
            key: note.key.to_string(),
            kind: None,
            verdict: note.verdict,
            action: None,
            state: String::new(),
            size: None,
            moved_from: None,
            digest: None,
            stage: None,
            attempts: None,
            reason: None,
            error_code: None,
        };
        row.take_note(note);
        row
    }

    fn take_note(&mut self, note: &Note) {
        self.state.clone_from(&note.state);
        self.stage = Some(note.stage.clone());
        self.attempts = Some(note.attempts);
        let error = note.error.as_ref();
        self.reason = note.reason.clone().or_else(|| error.map(ToString::to_string));
        self.error_code = error.map(|error| error.code);
    }
}

fn action(step: Step) -> &'static str {
    match step {
        Step::MakeDirectory => "make_directory",
        Step::Carry => "carry",
        Step::CompareAndCarry => "compare_and_carry",
        Step::Rename => "rename",
        Step::Link => "link",
        Step::SetAttributes => "set_attributes",
        Step::Remove => "remove",
        Step::Look => "look",
        Step::ReadBack => "read_back",
    }
}
