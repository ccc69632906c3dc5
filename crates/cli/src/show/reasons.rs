//! Why a move waits or fails, from its journal.

use super::{FIRST, Lines, SCHEMA, count, notes};
use crate::hints::hint;
use crate::output::Output;
use boatlift_core::Result;
use boatlift_core::policy::Held;
use boatlift_engine::journal::{PlanState, View};

/// Tells what keeps a move from going on, and what is still in place.
pub(crate) fn reasons(view: &View, output: &Output) -> Result<()> {
    match output.json {
        true => output.document(&serde_json::json!({
            "schema": SCHEMA,
            "name": view.name,
            "phase": view.phase,
            "paused_by": view.paused_by,
            "held": held(view),
            "error": view.last_run.as_ref().and_then(|run| run.error.as_ref()),
            "holes": view.holes.first,
            "attention": view.notes.count,
            "leavings": view.leavings.values().collect::<Vec<_>>(),
        })),
        false => output.result(screen(view)),
    }
}

fn screen(view: &View) -> String {
    let mut lines = Lines::default();
    lines.add("move", format!("{}, phase {}", view.name, view.phase));
    if let Some(by) = &view.paused_by {
        lines.add("paused", format!("by {by}; `boatlift resume {}` lets it go on", view.name));
    }
    for why in held(view) {
        lines.add("held", why);
    }
    if let Some(how) = approval(view) {
        lines.add("approve", how);
    }
    if let Some(error) = view.last_run.as_ref().and_then(|run| run.error.as_ref()) {
        lines.add("error", format!("[{}] {error}", error.code));
        lines.add("hint", hint(error.code));
    }
    for hole in view.holes.first.iter().take(FIRST) {
        let under = if hole.hole.under.0.is_empty() { "the root" } else { "" };
        let text = format!("{} {}{under}: {}", hole.side, hole.hole.under, hole.hole.error);
        lines.add("not listed", text);
    }
    if !view.notes.is_empty() {
        let shown = &view.notes.first[..view.notes.first.len().min(FIRST)];
        lines.add("attention", notes(shown));
    }
    for leaving in view.leavings.values() {
        lines.add("in place", format!("{leaving:?}"));
    }
    if lines.0.lines().count() == 1 {
        lines.add("", "nothing keeps it from going on");
    }
    lines.0
}

/// The newest plan, while its removals wait for a person.
fn waiting(view: &View) -> Option<&PlanState> {
    let waits = |state: &&PlanState| !state.dropped && state.approved_by.is_none();
    view.plan.as_ref().filter(waits).filter(|state| !state.plan.held.is_empty())
}

/// Why its removals are held.
fn held(view: &View) -> Vec<String> {
    waiting(view)
        .map_or_else(Vec::new, |state| state.plan.held.iter().map(ToString::to_string).collect())
}

/// How to approve them, with what that does.
fn approval(view: &View) -> Option<String> {
    let plan = &waiting(view)?.plan;
    let removals = count(plan.totals().removals);
    plan.held.iter().all(Held::can_be_approved).then(|| {
        let (name, number) = (&view.name, plan.number);
        format!("`boatlift run {name} --approve {number}` removes {removals} entries from UPPER")
    })
}
