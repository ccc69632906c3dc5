//! What was planned, what was done about it, and what that proves.

use super::{Cell, Page, amount, text};
use crate::report::model::{Findings, Planned, StageWork, Verification};
use crate::wording::{bytes, count, counted};
use boatlift_core::event::Tally;
use boatlift_core::policy::{Delete, Policy, Verify};

impl Page {
    pub(super) fn plan(&mut self, plan: &Planned) {
        match &plan.group_name {
            None => self.heading(&format!("Plan {}", plan.number)),
            Some(group) => self.heading(&format!("Plan {}: {group}", plan.number)),
        }
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

    pub(super) fn work(&mut self, stages: &[StageWork]) {
        self.heading("Work done, by stage");
        let busy =
            stages.iter().filter(|work| work.ended.is_none() || work.tally != Tally::default());
        let rows: Vec<_> = busy
            .map(|work| {
                let state = work.ended.as_ref().map_or("not ended", |_| "ended");
                let mut row = vec![text(&work.name), text(state)];
                row.extend(tally(&work.tally));
                row
            })
            .collect();
        let head = [
            "stage", "state", "done", "same", "vanished", "moving", "skipped", "failed", "bytes",
            "by proof",
        ];
        self.list(&head, rows, "Nothing had to be done.");
    }

    pub(super) fn proof(&mut self, findings: &Findings) {
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

    pub(super) fn verifications(&mut self, verifications: &[Verification]) {
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
        let head = [
            "mode",
            "ended",
            "entries agreed",
            "content verified",
            "differing at most (95 % confidence)",
            "done",
            "same",
            "vanished",
            "moving",
            "skipped",
            "failed",
            "bytes",
            "by proof",
        ];
        self.list(&head, rows, "Nothing was read back after the copy.");
    }

    pub(super) fn removals(&mut self, findings: &Findings) {
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
    let counts =
        [tally.done, tally.same, tally.vanished, tally.moving, tally.skipped, tally.failed];
    let proofs: Vec<String> =
        tally.proofs.iter().map(|(proof, items)| format!("{proof} {}", count(*items))).collect();
    let mut cells: Vec<Cell> = counts.map(|number| amount(count(number))).into();
    cells.push(amount(bytes(tally.bytes)));
    cells.push(text(&proofs.join(", ")));
    cells
}
