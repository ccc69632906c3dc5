//! The items of the newest plans, one by one, from their difference segments: what the
//! comparison said, what the plan does about it, and what became of it. A page at a time.

use super::fold::Notes;
use super::model::{Findings, Row};
use crate::journal::{Pair, View};
use crate::segment::{Segment, SegmentCursor};
use boatlift_core::event::Note;
use boatlift_core::lane::Step;
use boatlift_core::mover::{Mover, Stage};
use boatlift_core::page::Entry;
use boatlift_core::{Digest, Plan, Result, Verdict};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;

/// Where the rows of a report come from. The segments are open, so that a run which
/// replaces them meanwhile does no harm.
pub(super) struct Rows<'a> {
    mover: &'a dyn Mover,
    notes: Notes,
    routes: Vec<RouteRows>,
    /// AGREED, by group and route.
    agreed: BTreeMap<Pair, Segment>,
}

/// The segments of one route.
struct RouteRows {
    plan: Plan,
    route: u32,
    difference: Segment,
    /// AGREED, when it holds the plan's outcomes.
    agreed: Option<Segment>,
}

/// Whether rows are to tell the digests of AGREED, which costs reading it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Digests {
    With,
    Without,
}

impl<'a> Rows<'a> {
    /// Opens the segments of the newest plans, as far as `view` still refers to them.
    pub(super) fn open(
        view: &View,
        mover: &'a dyn Mover,
        plans: &[Plan],
        notes: Notes,
        directory: &Path,
    ) -> Result<Rows<'a>> {
        let kept: BTreeSet<&str> = view.segments().map(|segment| segment.file.as_str()).collect();
        let mut routes = Vec::new();
        for plan in plans {
            for planned in &plan.routes {
                if !kept.contains(planned.difference.file.as_str()) {
                    continue;
                }
                let settled = view.plan_of(plan.group).is_some_and(|state| {
                    state.plan.number == plan.number && state.settled.contains(&planned.route)
                });
                let agreed = view.agreed.get(&(plan.group, planned.route)).filter(|_| settled);
                routes.push(RouteRows {
                    plan: plan.clone(),
                    route: planned.route,
                    difference: Segment::open(directory, &planned.difference)?,
                    agreed: agreed.map(|at| Segment::open(directory, &at.segment)).transpose()?,
                });
            }
        }
        let agreed = view
            .agreed
            .iter()
            .map(|(pair, agreed)| Ok((*pair, Segment::open(directory, &agreed.segment)?)));
        Ok(Rows { mover, notes, routes, agreed: agreed.collect::<Result<_>>()? })
    }

    /// AGREED, by group and route.
    pub(super) fn agreed(&self) -> &BTreeMap<Pair, Segment> {
        &self.agreed
    }

    /// The last word on each item that is noted.
    pub(super) fn notes(&self) -> &Notes {
        &self.notes
    }

    /// Shows every row, in the order of groups, routes and keys, until `show` breaks off.
    pub(super) fn each(
        &self,
        findings: &Findings,
        digests: Digests,
        show: &mut dyn FnMut(Row) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        for of in &self.routes {
            let maker = RowMaker::new(self, findings, of);
            let agreed = of.agreed.clone().filter(|_| digests == Digests::With);
            let mut agreed = SegmentCursor::new(agreed)?;
            for number in 0..of.difference.pages() {
                for entry in of.difference.read_page(number)?.iter() {
                    let digest = digest_of(&mut agreed, &entry)?;
                    let Some(row) = maker.row(&entry, digest) else { continue };
                    if show(row)?.is_break() {
                        return Ok(());
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
    plan: &'a Plan,
    route: u32,
    /// Removals wait for a person.
    held: bool,
    /// What is known of each stage of the mover.
    stages: Vec<StageKnown>,
}

#[derive(Clone, Copy)]
struct StageKnown {
    verifies: bool,
    removes: bool,
    ended: bool,
    /// Every item of it that did not come out well has a note.
    all_noted: bool,
}

impl<'a> RowMaker<'a> {
    fn new(rows: &'a Rows<'a>, findings: &Findings, of: &'a RouteRows) -> Self {
        let (number, route) = (of.plan.number, of.route);
        let planned = findings.plans.iter().find(|planned| planned.number == number);
        let approved = planned.is_some_and(|planned| planned.approved_by.is_some());
        let known = |(index, stage): (usize, &Stage)| {
            let mut works = findings.stages.iter();
            let work = works.find(|work| {
                (work.plan, work.route, work.stage as usize) == (number, route, index)
            });
            StageKnown {
                verifies: stage.verifies,
                removes: stage.removes,
                ended: work.is_some_and(|work| work.ended.is_some()),
                all_noted: work.is_none_or(|work| work.unrecorded == 0),
            }
        };
        let stages = rows.mover.stages(of.plan.group).iter().enumerate().map(known).collect();
        let held = !of.plan.held.is_empty() && !approved;
        RowMaker { rows, plan: &of.plan, route, held, stages }
    }

    /// The row of an entry; none for a directory that is only there because of what is
    /// below it.
    fn row(&self, entry: &Entry<'_>, digest: Option<Digest>) -> Option<Row> {
        let note = match self.rows.notes.is_empty() {
            true => None,
            false => self.rows.notes.get(&(self.plan.number, self.route, entry.key.to_owned())),
        };
        if entry.verdict == Verdict::Same && note.is_none() {
            return None;
        }
        let facets = entry.lower.or(entry.upper).map(|facets| facets.decode());
        let moved = entry.partner.filter(|_| entry.verdict == Verdict::Moved);
        let (action, state) = self.judge(entry);
        let mut row = Row {
            plan: self.plan.number,
            route: self.route,
            key: entry.key.to_string(),
            kind: facets.map(|facets| facets.kind.word()),
            verdict: entry.verdict,
            action,
            state: Cow::Borrowed(state),
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

    /// The first thing that the plan does about an entry, and what became of all of it if
    /// the journal has no note: what has none came out well in every stage that has ended
    /// and noted all that did not.
    fn judge(&self, entry: &Entry<'_>) -> (Option<&'static str>, &'static str) {
        let mut first = None;
        let (mut held, mut ended, mut certain) = (false, true, true);
        for (index, stage) in self.stages.iter().enumerate() {
            let Some(step) = self.rows.mover.step(self.plan.group, index, entry, &self.plan.policy)
            else {
                continue;
            };
            certain &= stage.all_noted;
            if stage.verifies {
                continue;
            }
            first = first.or(Some(action(step)));
            held |= self.held && stage.removes;
            ended &= stage.ended;
        }
        let state = match (first, held, ended, certain) {
            (None, _, _, _) => "kept",
            (_, true, _, _) => "held",
            (_, _, false, _) => "open",
            (_, _, true, false) => "uncertain",
            (_, _, true, true) => "done",
        };
        (first, state)
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
            state: Cow::Borrowed(""),
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
        self.state = Cow::Owned(note.state.clone());
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
