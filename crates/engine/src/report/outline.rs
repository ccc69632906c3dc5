//! A report as a sequence of blocks, from which Markdown and HTML are rendered alike: what
//! a person reads does not depend on the format.

use super::model::{
    Decision, Findings, HoleFound, Listed, Pass, Planned, Roots, Row, Run, StageWork, Verification,
};
use crate::wording::{bytes, count, counted};
use boatlift_core::event::{End, Tally};
use boatlift_core::policy::{Delete, Policy, Verify};
use boatlift_core::{Leaving, Side};

/// The most runs and plans that are shown; `report.json` has all.
const NEWEST: usize = 20;

/// A whole report.
pub(super) struct Outline {
    pub(super) title: String,
    pub(super) headline: String,
    pub(super) complete: bool,
    pub(super) blocks: Vec<Block>,
}

/// One block.
pub(super) enum Block {
    Heading(String),
    Paragraph(String),
    Table { head: Vec<&'static str>, rows: Vec<Vec<Cell>> },
}

/// One cell of a table.
pub(super) enum Cell {
    /// Words, perhaps of other people or of systems.
    Text(String),
    /// A key, a path or another literal name.
    Name(String),
    /// An amount, aligned to the right.
    Amount(String),
}

/// The outline of a report.
pub(super) fn of(findings: &Findings) -> Outline {
    let mut page = Page::default();
    page.move_itself(findings);
    findings.plans.iter().for_each(|plan| page.plan(plan));
    page.work(&findings.stages);
    page.proof(findings);
    page.verifications(&findings.verifications);
    page.removals(findings);
    page.holes(&findings.holes);
    page.classes("Items that did not come out well", &findings.attention, Page::noted);
    page.classes("Differences to know of", &findings.differences, Page::differing);
    page.decisions(&findings.decisions);
    page.runs(&findings.runs);
    page.passes(&findings.passes);
    page.leavings(&findings.leavings);
    Outline {
        title: format!("Report on {}", findings.name),
        headline: findings.headline.clone(),
        complete: findings.complete,
        blocks: page.blocks,
    }
}

#[derive(Default)]
struct Page {
    blocks: Vec<Block>,
}

impl Page {
    fn move_itself(&mut self, findings: &Findings) {
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
        let rows = findings.roots.iter().flat_map(|roots| {
            [Side::Lower, Side::Upper].map(|side| root(roots, side))
        });
        let rows = rows.collect();
        self.list(&["side", "root", "system", "device", "seen at"], rows, "No root was seen yet.");
    }

    fn plan(&mut self, plan: &Planned) {
        self.heading(&format!("Plan {}", plan.number));
        let state = match (plan.dropped, &plan.proved, &plan.settled) {
            (true, _, _) => "given up for a newer survey".to_owned(),
            (_, Some(at), _) => format!("carried out, and proved as far as asked at {at}"),
            (_, None, Some(at)) => format!("carried out, settled at {at}, not proved as asked"),
            (_, None, None) => "not carried out to its end".to_owned(),
        };
        let begun = plan.survey_begun.as_ref().map(|at| format!(" from {at}")).unwrap_or_default();
        self.text(format!("Surveyed{begun} until {}; {state}.", plan.surveyed));
        self.text(format!("Policy: {}.", policy(&plan.policy)));
        if let Some(by) = &plan.approved_by {
            self.text(format!("Its removals were approved by {by}."));
        }
        let sum = |name: &str, sum: boatlift_core::plan::Sum| {
            vec![text(name), amount(count(sum.entries)), amount(bytes(sum.bytes))]
        };
        let totals = &plan.totals;
        let mut rows = vec![
            sum("LOWER held", totals.lower),
            sum("UPPER held", totals.upper),
            sum("to carry", totals.carry),
        ];
        rows.extend(totals.verdicts.iter().map(|(verdict, found)| sum(verdict.word(), *found)));
        self.table(&["counted", "entries", "bytes"], rows);
    }

    fn work(&mut self, stages: &[StageWork]) {
        self.heading("Work done, by stage");
        let busy = stages.iter().filter(|work| work.ended.is_none() || work.tally != Tally::default());
        let rows: Vec<_> = busy
            .map(|work| {
                let state = work.ended.as_ref().map_or("not ended", |_| "ended");
                let mut row = vec![text(&work.name), text(state)];
                row.extend(tally(&work.tally));
                row
            })
            .collect();
        let head = ["stage", "state", "done", "same", "vanished", "moving", "skipped", "failed",
            "bytes", "by proof"];
        self.list(&head, rows, "Nothing had to be done.");
    }

    fn proof(&mut self, findings: &Findings) {
        self.heading("Proof");
        let verified = counted(findings.verified_content, "item");
        self.text(format!(
            "Content verified on UPPER: {verified}. Only a checksum stored by UPPER, reading back, \
             rows and replication positions count as that; what was carried was hashed on its way \
             and not read again. Each count is the most that one step proved, so at least so many \
             different items have that proof."
        ));
        let rows: Vec<_> = findings
            .proofs
            .iter()
            .map(|(proof, items)| {
                let verifies = if proof.verifies_content() { "yes" } else { "no" };
                vec![text(proof.word()), amount(count(*items)), text(verifies)]
            })
            .collect();
        self.list(&["proof", "items, at least", "verifies content"], rows, "No step gave a proof.");
    }

    fn verifications(&mut self, verifications: &[Verification]) {
        self.heading("Verification");
        let rows: Vec<_> = verifications
            .iter()
            .map(|verification| {
                let bound = verification.at_most_differing_percent;
                let bound = bound.map_or_else(String::new, |bound| format!("{bound} %"));
                let mode = match verification.mode {
                    Verify::Listing => "listing",
                    Verify::Sample => "sample",
                    Verify::Content => "content",
                };
                let ended = verification.ended.as_deref().unwrap_or("not ended");
                let mut row = vec![
                    text(mode),
                    text(ended),
                    amount(count(verification.entries)),
                    amount(count(verification.verified_content)),
                    amount(bound),
                ];
                row.extend(tally(&verification.tally));
                row
            })
            .collect();
        let head = ["mode", "ended", "entries agreed", "content verified",
            "differing at most (95 % confidence)", "done", "same", "vanished", "moving", "skipped",
            "failed", "bytes", "by proof"];
        self.list(&head, rows, "Nothing was read back after the copy.");
    }

    fn removals(&mut self, findings: &Findings) {
        self.heading("Removals from UPPER");
        let removals = &findings.removals;
        self.text(match (removals.planned, removals.held) {
            (0, false) => "None was planned.".to_owned(),
            (planned, true) => format!(
                "{} held back for a person, none made: {}.",
                counted(planned, "removal"),
                removals.why.join(" and ")
            ),
            (planned, false) => {
                format!("{} planned, {} done.", count(planned), count(removals.done))
            }
        });
    }

    fn holes(&mut self, holes: &[HoleFound]) {
        self.heading("Parts that could not be listed");
        let shown = holes.iter().take(super::FIRST);
        let rows: Vec<_> = shown
            .map(|hole| {
                let under = if hole.under.is_empty() { "(the root)" } else { &hole.under };
                vec![
                    text(&hole.side.to_string()),
                    name(under),
                    text(hole.error.code.as_str()),
                    text(&hole.error.to_string()),
                ]
            })
            .collect();
        self.list(&["side", "under", "code", "error"], rows, "None was met.");
        self.more(holes.len().saturating_sub(super::FIRST) as u64, "report.json");
    }

    fn classes(&mut self, title: &str, classes: &[Listed], table: fn(&mut Page, &[Row])) {
        self.heading(title);
        if classes.is_empty() {
            self.text("None.".to_owned());
        }
        for listed in classes {
            self.text(format!(
                "{}: {} ({}).",
                listed.class,
                counted(listed.entries, "entry"),
                listed.meaning
            ));
            table(self, &listed.first);
            self.more(listed.more, "report.csv, as far as they are known one by one");
        }
    }

    fn noted(&mut self, first: &[Row]) {
        let rows = first.iter().map(|row| {
            vec![
                name(&row.key),
                text(row.stage.as_deref().unwrap_or_default()),
                amount(row.attempts.map(|attempts| attempts.to_string()).unwrap_or_default()),
                text(row.error_code.map(|code| code.as_str()).unwrap_or_default()),
                text(row.reason.as_deref().unwrap_or_default()),
            ]
        });
        let rows = rows.collect::<Vec<_>>();
        self.table(&["key", "stage", "attempts", "code", "reason"], rows);
    }

    fn differing(&mut self, first: &[Row]) {
        let rows = first.iter().map(|row| {
            vec![
                name(&row.key),
                text(row.kind.unwrap_or_default()),
                amount(row.size.map(bytes).unwrap_or_default()),
                text(row.action.unwrap_or("left as it is")),
                text(&row.state),
                row.moved_from.as_deref().map_or_else(|| text(""), name),
            ]
        });
        let rows = rows.collect::<Vec<_>>();
        self.table(&["key", "kind", "size", "action", "state", "moved from"], rows);
    }

    fn decisions(&mut self, decisions: &[Decision]) {
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

    fn runs(&mut self, runs: &[Run]) {
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

    fn passes(&mut self, passes: &[Pass]) {
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
        let head = ["plan", "surveyed", "settled", "LOWER held", "to carry", "bytes", "to remove",
            "left open"];
        self.list(&head, rows, "None.");
        self.earlier(earlier);
    }

    fn leavings(&mut self, leavings: &[Leaving]) {
        self.heading("What of ours is still on the systems");
        let rows = leavings.iter().map(|leaving| match leaving {
            Leaving::Temporaries { plan } => vec![
                text("temporary names beside the destinations, perhaps"),
                text(&format!("of plan {plan}")),
            ],
            Leaving::Mark => vec![text("the mark at the root of UPPER"), text("")],
            Leaving::Setting { name: setting, .. } => vec![text("a changed setting"), name(setting)],
        });
        let rows = rows.collect();
        self.list(&["what", "which"], rows, "Nothing.");
    }

    fn heading(&mut self, title: &str) {
        self.blocks.push(Block::Heading(title.to_owned()));
    }

    fn text(&mut self, text: String) {
        self.blocks.push(Block::Paragraph(text));
    }

    fn table(&mut self, head: &[&'static str], rows: Vec<Vec<Cell>>) {
        if !rows.is_empty() {
            self.blocks.push(Block::Table { head: head.to_vec(), rows });
        }
    }

    fn list(&mut self, head: &[&'static str], rows: Vec<Vec<Cell>>, none: &str) {
        if rows.is_empty() {
            self.text(none.to_owned());
        }
        self.table(head, rows);
    }

    fn more(&mut self, more: u64, place: &str) {
        if more > 0 {
            self.text(format!("And {} more: see {place}.", count(more)));
        }
    }

    fn earlier(&mut self, earlier: usize) {
        if earlier > 0 {
            self.text(format!("And {} before: see report.json.", count(earlier as u64)));
        }
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

fn policy(policy: &Policy) -> String {
    let delete = match policy.delete {
        Delete::None => "nothing is removed from UPPER".to_owned(),
        Delete::Gone => {
            format!("what LOWER removed is removed from UPPER, at most {}", policy.max_delete)
        }
        Delete::All => format!(
            "what LOWER removed and what only UPPER has is removed from UPPER, at most {}",
            policy.max_delete
        ),
    };
    let verify = match policy.verify {
        Verify::Listing => "UPPER is proved by listing it",
        Verify::Sample => "UPPER is proved by listing it and by reading a sample back",
        Verify::Content => "UPPER is proved by listing it and by reading all of it back",
    };
    let mut all = vec![delete, verify.to_owned()];
    let mut also = |set: bool, words: &str| all.extend(set.then(|| words.to_owned()));
    also(policy.checksum, "files are compared by content");
    also(policy.keep_drifted, "what UPPER changed by itself is left as UPPER has it");
    also(policy.trust_agreed, "UPPER is taken to be as last agreed, without listing it");
    if !policy.filter.is_empty() {
        all.push(format!("names in and out: {}", policy.filter.join(", ")));
    }
    all.join("; ")
}

/// The cells of a tally, in the order of the table heads.
fn tally(tally: &Tally) -> Vec<Cell> {
    let counts = [tally.done, tally.same, tally.vanished, tally.moving, tally.skipped, tally.failed];
    let proofs: Vec<String> =
        tally.proofs.iter().map(|(proof, items)| format!("{proof} {}", count(*items))).collect();
    let mut cells: Vec<Cell> = counts.map(|number| amount(count(number))).into();
    cells.push(amount(bytes(tally.bytes)));
    cells.push(text(&proofs.join(", ")));
    cells
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

fn text(words: &str) -> Cell {
    Cell::Text(words.to_owned())
}

fn name(literal: &str) -> Cell {
    Cell::Name(literal.to_owned())
}

fn amount(number: String) -> Cell {
    Cell::Amount(number)
}
