//! Where a move comes from and what it went through: roots, decisions, runs, plans.

use super::{Cell, Page, amount, name, text};
use crate::report::model::{Decision, Findings, Pass, Roots, Run};
use crate::wording::{bytes, count};
use boatlift_core::event::End;
use boatlift_core::{Leaving, Side};

/// The most runs and plans that are shown; `report.json` has all.
const NEWEST: usize = 20;

impl Page {
    pub(super) fn move_itself(&mut self, findings: &Findings) {
        let fact = |name: &str, value: Cell| vec![text(name), value];
        self.table(
            &["The move", ""],
            vec![
                fact("name", name(&findings.name)),
                fact("id", name(&findings.move_id)),
                fact("mover", text(&findings.mover)),
                fact("phase", text(findings.phase.word())),
                fact("term", text(&findings.term.to_string())),
                fact("as of", text(&findings.as_of)),
            ],
        );
        self.heading("Roots");
        let rows = findings
            .roots
            .iter()
            .flat_map(|roots| [Side::Lower, Side::Upper].map(|side| root(roots, side)));
        let rows = rows.collect();
        self.list(&["side", "root", "system", "device", "seen at"], rows, "No root was seen yet.");
    }

    pub(super) fn decisions(&mut self, decisions: &[Decision]) {
        self.heading("Decisions of people");
        let rows: Vec<_> = decisions
            .iter()
            .map(|decision| {
                vec![
                    text(&decision.at),
                    text(&decision.by),
                    text(&decision.what),
                    decision.key.as_deref().map_or_else(|| text(""), name),
                    text(decision.reason.as_deref().unwrap_or_default()),
                ]
            })
            .collect();
        self.list(&["at", "by", "what", "item", "reason"], rows, "None.");
    }

    pub(super) fn runs(&mut self, runs: &[Run]) {
        self.heading("Runs");
        let earlier = runs.len().saturating_sub(NEWEST);
        let rows: Vec<_> = runs[earlier..]
            .iter()
            .map(|run| {
                let error = run.error.as_ref().map(ToString::to_string).unwrap_or_default();
                vec![
                    text(&run.begun),
                    text(run.ended.as_deref().unwrap_or_default()),
                    text(run.end.map_or("did not end, or was killed", ending)),
                    amount(run.term.to_string()),
                    text(&format!("process {} on {}", run.pid, run.host)),
                    text(&run.version),
                    text(&error),
                ]
            })
            .collect();
        let head = ["begun", "ended", "how", "term", "process", "version", "error"];
        self.list(&head, rows, "None.");
        self.earlier(earlier);
    }

    pub(super) fn passes(&mut self, passes: &[Pass]) {
        self.heading("Plans so far");
        let earlier = passes.len().saturating_sub(NEWEST);
        let rows: Vec<_> = passes[earlier..]
            .iter()
            .map(|pass| {
                vec![
                    amount(pass.plan.to_string()),
                    text(&pass.surveyed),
                    text(pass.settled.as_deref().unwrap_or("not settled")),
                    amount(count(pass.lower.entries)),
                    amount(count(pass.carry.entries)),
                    amount(bytes(pass.carry.bytes)),
                    amount(count(pass.removals)),
                    amount(count(pass.tally.open())),
                ]
            })
            .collect();
        let head = [
            "plan",
            "surveyed",
            "settled",
            "LOWER held",
            "to carry",
            "bytes",
            "to remove",
            "left open",
        ];
        self.list(&head, rows, "None.");
        self.earlier(earlier);
    }

    pub(super) fn leavings(&mut self, leavings: &[Leaving]) {
        self.heading("What of ours is still on the systems");
        let rows = leavings.iter().map(|leaving| match leaving {
            Leaving::Temporaries { plan } => vec![
                text("temporary names beside the destinations, perhaps"),
                text(&format!("of plan {plan}")),
            ],
            Leaving::Mark => vec![text("the mark at the root of UPPER"), text("")],
            Leaving::Still { still, .. } => {
                let of = still.directories.join(", ");
                vec![text(&format!("the snapshot {} on LOWER", still.name)), name(&of)]
            }
            Leaving::Setting { name: setting, .. } => {
                vec![text("a changed setting"), name(setting)]
            }
        });
        let rows = rows.collect();
        self.list(&["what", "which"], rows, "Nothing.");
    }
}

fn root(roots: &Roots, side: Side) -> Vec<Cell> {
    let facts = match side {
        Side::Lower => &roots.lower,
        Side::Upper => &roots.upper,
    };
    vec![
        text(&side.to_string()),
        name(&facts.resolved),
        text(&facts.system),
        text(&facts.device),
        text(&roots.at),
    ]
}

fn ending(end: End) -> &'static str {
    match end {
        End::Done => "done",
        End::Differences => "differences or failed items remain",
        End::Waiting => "waits for a person",
        End::Failed => "failed",
        End::Interrupted => "interrupted, state saved",
    }
}
