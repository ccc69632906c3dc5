//! The summary at the end of a run: what was found, what was done, on what ground it can
//! be believed, and where the report lies.

use super::{FIRST, Lines, SCHEMA, bytes, count, counted, notes};
use crate::output::Output;
use crate::running::Ended;
use boatlift_core::event::{End, Note, Tally};
use boatlift_core::outcome::Proof;
use boatlift_core::{Plan, Result};
use boatlift_engine::journal::read_view;
use boatlift_engine::lift::{GroupPlan, Until};
use boatlift_engine::report::Format;
use boatlift_engine::saga::Finish;
use std::collections::BTreeMap;

/// Prints the summary of a run.
pub(crate) fn summary(ended: &Ended, output: &Output) -> Result<()> {
    match (output.json, output.quiet) {
        (true, _) => output.document(&document(ended)),
        (false, true) => Ok(()),
        (false, false) => {
            let attention = read_view(&ended.state.journal_path())?.notes;
            output.result(screen(ended, &attention.first, attention.count))
        }
    }
}

fn document(ended: &Ended) -> serde_json::Value {
    let summary = &ended.summary;
    let proofs = &ended.status.proofs;
    serde_json::json!({
        "schema": SCHEMA,
        "name": ended.status.name,
        "end": summary.end,
        "exit_code": ended.exit() as u8,
        "plan": summary.plans.last().map(|of| of.plan.number),
        "totals": summary.plans.last().map(|of| of.plan.totals()),
        "groups": groups(&summary.plans),
        "held": summary.held,
        "tally": summary.tally,
        "proofs": proofs,
        "verified_content": verified(proofs),
        "report": summary.report,
    })
}

fn screen(ended: &Ended, attention: &[Note], noted: u64) -> String {
    let summary = &ended.summary;
    let mut lines = Lines::default();
    lines.add(&ended.status.name, headline(summary.end, ended.until));
    if let Some(finish) = &summary.recovered {
        lines.add("cutover", recovered(finish));
    }
    if ended.until == Until::Done {
        let alone = summary.plans.len() == 1;
        for of in &summary.plans {
            found(&mut lines, if alone { "found" } else { &of.group }, &of.plan);
        }
    }
    for held in &summary.held {
        lines.add("held", held.to_string());
    }
    lines.add("steps", outcomes(&summary.tally));
    lines.add("proof", proofs(&ended.status.proofs));
    let shown = &attention[..attention.len().min(FIRST)];
    lines.add("attention", notes(shown));
    if noted > shown.len() as u64 {
        lines.add(
            "",
            format!("{} more: boatlift items {}", noted - shown.len() as u64, ended.status.name),
        );
    }
    if let Some(report) = &summary.report {
        lines.add("report", report.join(Format::Markdown.file_name()).display().to_string());
    }
    lines.add("next", next(ended));
    lines.0
}

/// What became of a cutover that an earlier run had left open.
fn recovered(finish: &Finish) -> String {
    match finish {
        Finish::Done => "the one that was left open came to its end: the switch was made".into(),
        Finish::Undone(why) => format!("the one that was left open was undone: {why}"),
    }
}

/// What was found in each group.
fn groups(plans: &[GroupPlan]) -> serde_json::Value {
    let groups = plans.iter().map(|of| {
        let told = serde_json::json!({ "plan": of.plan.number, "totals": of.plan.totals() });
        (of.group.clone(), told)
    });
    serde_json::Value::Object(groups.collect())
}

fn found(lines: &mut Lines, title: &str, plan: &Plan) {
    let totals = plan.totals();
    let verdicts = totals.verdicts.iter();
    lines.add(title, counted(verdicts.map(|(v, sum)| (sum.entries, v.to_string()))));
    if totals.removals > 0 {
        lines.add("removals", format!("{} in plan {}", count(totals.removals), plan.number));
    }
}

fn headline(end: End, until: Until) -> &'static str {
    match end {
        End::Done if until != Until::Done => "verified: UPPER is as last agreed",
        End::Done => "done: UPPER is as LOWER, as far as the policy asks",
        End::Differences => "differences or failed items remain",
        End::Waiting => "waiting: a person must decide",
        End::Failed => "failed",
        End::Interrupted => "interrupted; the state is saved",
    }
}

fn outcomes(tally: &Tally) -> String {
    let mut text = counted([
        (tally.done, "done".into()),
        (tally.same, "same".into()),
        (tally.skipped, "skipped".into()),
        (tally.vanished, "vanished".into()),
        (tally.moving, "moving".into()),
        (tally.failed, "failed".into()),
    ]);
    if tally.bytes > 0 {
        text.push_str(&format!("   {}", bytes(tally.bytes)));
    }
    text
}

/// Only what was read back, or proved by UPPER's own means, counts as verified.
fn proofs(items: &BTreeMap<Proof, u64>) -> String {
    let text = counted(items.iter().map(|(proof, items)| (*items, word(*proof).to_owned())));
    match (text.is_empty(), verified(items)) {
        (true, _) => text,
        (false, 0) => format!("{text}   (no content was read back)"),
        (false, verified) => format!("{text}   ({} with verified content)", count(verified)),
    }
}

fn word(proof: Proof) -> &'static str {
    match proof {
        Proof::ReadBack => "read back",
        other => other.word(),
    }
}

/// At least how many items have a proof that verifies content.
fn verified(items: &BTreeMap<Proof, u64>) -> u64 {
    let verifying = items.iter().filter(|(proof, _)| proof.verifies_content());
    verifying.map(|(_, items)| items).sum()
}

/// What to do next. Never a step that destroys.
fn next(ended: &Ended) -> String {
    let name = &ended.status.name;
    match ended.summary.end {
        End::Done => String::new(),
        End::Waiting => format!("boatlift explain {name}"),
        End::Differences => format!("boatlift items {name}; run again when they are mended"),
        End::Failed => format!("boatlift explain {name}"),
        End::Interrupted => "give the same command again: it goes on where it stood".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carried_content_does_not_count_as_verified() {
        let mut items = BTreeMap::from([(Proof::Carried, 2), (Proof::Listed, 3)]);
        assert_eq!(proofs(&items), "3 listed   2 carried   (no content was read back)");
        items.insert(Proof::ReadBack, 1);
        assert!(proofs(&items).ends_with("1 read back   (1 with verified content)"));
    }
}
