//! What `check` found at the two roots.

use super::{Lines, SCHEMA, bytes};
use crate::output::Output;
use crate::running::Ended;
use boatlift_core::Result;
use boatlift_core::store::RootFacts;
use boatlift_engine::journal::{View, read_view};

/// Tells what the roots are.
pub(crate) fn roots(ended: &Ended, output: &Output) -> Result<()> {
    let view = read_view(&ended.state.journal_path())?;
    match output.json {
        true => output.document(&serde_json::json!({
            "schema": SCHEMA, "name": view.name, "roots": view.roots.values().collect::<Vec<_>>(),
        })),
        false => output.result(screen(&view)),
    }
}

fn screen(view: &View) -> String {
    let mut lines = Lines::default();
    for roots in view.roots.values() {
        lines.add("LOWER", describe(&roots.lower));
        lines.add("UPPER", describe(&roots.upper));
    }
    lines.add("check", "both roots are sound");
    lines.0
}

fn describe(facts: &RootFacts) -> String {
    let mut text = format!("{} ({})", facts.resolved, facts.system);
    if facts.is_empty {
        text.push_str(", empty");
    }
    if let Some(free) = facts.free_bytes {
        text.push_str(&format!(", {} free", bytes(free)));
    }
    if !facts.sets_owners {
        text.push_str(", owners cannot be set by this user");
    }
    text
}
