//! The sentences at the head of a report. They are read alone, so they never claim more
//! than the events prove, and name whatever is left out.

use super::model::Findings;
use crate::wording::{bytes, count, counted};
use boatlift_core::outcome::Proof;
use boatlift_core::{Phase, Verdict};

/// Sets the headline, and whether the move counts as complete.
pub(super) fn set(findings: &mut Findings) {
    let (lacking, excepted) = (lacking(findings), excepted(findings));
    let proved = !findings.plans.is_empty()
        && findings.plans.iter().all(|plan| plan.proved.is_some() && !plan.dropped);
    findings.complete = proved && lacking.is_empty() && !findings.removals.held;
    let first = match (findings.plans.is_empty(), proved, lacking.is_empty()) {
        (true, _, _) => "Nothing is known of UPPER yet: no survey has ended.".to_owned(),
        (_, true, true) => format!(
            "UPPER holds everything that LOWER had in the survey that ended at {}{}: {}.",
            surveyed(findings),
            except(&excepted),
            ground(findings)
        ),
        (_, true, false) => format!(
            "UPPER does not hold everything that LOWER had in the survey that ended at {}: {}.",
            surveyed(findings),
            [lacking.as_slice(), &excepted].concat().join(", ")
        ),
        (_, false, _) => unproved(findings, &lacking),
    };
    let more = [Some(first), extra(findings), sample(findings), held(findings), failed(findings)];
    findings.headline = more.into_iter().flatten().collect::<Vec<_>>().join(" ");
}

/// The oldest of the newest surveys: what all groups can be held to.
fn surveyed(findings: &Findings) -> &str {
    findings.plans.iter().map(|plan| plan.surveyed.as_str()).min().unwrap_or_default()
}

/// On what ground UPPER is as LOWER was.
fn ground(findings: &Findings) -> String {
    let entries: u64 = findings.plans.iter().map(|plan| plan.totals.lower.entries).sum();
    let size: u64 = findings.plans.iter().map(|plan| plan.totals.lower.bytes).sum();
    let trusted = findings.plans.iter().any(|plan| plan.policy.trust_agreed);
    let compared = match trusted {
        false => "listed and compared",
        true => "listed on LOWER and compared with what was last agreed, UPPER not listed",
    };
    let mut ground = format!("{} ({}) {compared}", counted(entries, "entry"), bytes(size));
    let known = |proof| findings.proofs.get(&proof).copied().unwrap_or_default();
    ground += &format!(", {} read back", count(known(Proof::ReadBack)));
    for (proof, words) in [
        (Proof::Stored, "with UPPER's own checksum equal"),
        (Proof::Rows, "with equal rows"),
        (Proof::Position, "passed by UPPER's replication position"),
    ] {
        if known(proof) > 0 {
            ground += &format!(", {} {words}", count(known(proof)));
        }
    }
    if findings.plans.iter().any(|plan| !plan.policy.filter.is_empty()) {
        ground += ", names that the filter leaves out not looked at";
    }
    ground
}

/// What LOWER had and UPPER lacks, or may lack, against the policy.
fn lacking(findings: &Findings) -> Vec<String> {
    let mut all = Vec::new();
    all.extend(in_state(findings, "failed", "failed"));
    all.extend(in_state(findings, "moving", "changed while being read"));
    if !findings.holes.is_empty() {
        all.push(format!("{} not listed", counted(findings.holes.len() as u64, "part")));
    }
    all
}

/// What UPPER lacks because someone, or LOWER itself, wants it so.
fn excepted(findings: &Findings) -> Vec<String> {
    let mut all = Vec::new();
    all.extend(in_state(findings, "skipped", "left out"));
    all.extend(in_state(findings, "vanished", "that vanished from LOWER meanwhile"));
    let kept: u64 = findings
        .plans
        .iter()
        .filter(|plan| plan.policy.keep_drifted)
        .flat_map(|plan| {
            [Verdict::Drifted, Verdict::Conflict].map(|verdict| plan.totals.verdicts.get(&verdict))
        })
        .flatten()
        .map(|sum| sum.entries)
        .sum();
    if kept > 0 {
        all.push(format!("{} left as UPPER has it", counted(kept, "drifted entry")));
    }
    all
}

fn except(excepted: &[String]) -> String {
    match excepted.is_empty() {
        true => String::new(),
        false => format!(", except {}", excepted.join(", ")),
    }
}

fn in_state(findings: &Findings, state: &str, words: &str) -> Option<String> {
    let listed = findings.attention.iter().find(|listed| listed.class == state)?;
    Some(format!("{} {words}", counted(listed.entries, "item")))
}

fn unproved(findings: &Findings, lacking: &[String]) -> String {
    let open = findings.plans.iter().filter(|plan| plan.proved.is_none() || plan.dropped);
    let plans: Vec<String> = open
        .map(|plan| match plan.dropped {
            true => format!("plan {} was given up for a newer survey", plan.number),
            false => format!(
                "plan {}, surveyed at {}, with {} ({}) to carry, is not carried out and proved \
                 to its end",
                plan.number,
                plan.surveyed,
                counted(plan.totals.carry.entries, "entry"),
                bytes(plan.totals.carry.bytes)
            ),
        })
        .collect();
    let mut text = format!("UPPER is not proved to hold what LOWER had: {}", plans.join("; "));
    if !lacking.is_empty() {
        text += &format!(" ({})", lacking.join(", "));
    }
    text + "."
}

/// What UPPER holds beyond LOWER, by the newest plans and what they were allowed.
fn extra(findings: &Findings) -> Option<String> {
    let kept: u64 = findings
        .plans
        .iter()
        .filter(|plan| plan.proved.is_some() && !plan.dropped)
        .map(|plan| only_upper(plan).saturating_sub(plan.totals.removals))
        .sum();
    (kept > 0)
        .then(|| format!("UPPER also holds {} that LOWER did not have.", counted(kept, "entry")))
}

fn only_upper(plan: &super::model::Planned) -> u64 {
    let of = |verdict| plan.totals.verdicts.get(&verdict).map_or(0, |sum| sum.entries);
    of(Verdict::Gone) + of(Verdict::Foreign)
}

fn sample(findings: &Findings) -> Option<String> {
    let known = findings.verifications.iter().rev();
    let mut bounds = known.filter_map(|v| v.at_most_differing_percent.map(|bound| (v, bound)));
    bounds.next().map(|(verification, bound)| {
        format!(
            "In a random sample of {} nothing differed: at most {bound} % of the files differ \
             (95 % confidence).",
            counted(verification.verified_content, "file")
        )
    })
}

fn held(findings: &Findings) -> Option<String> {
    let removals = &findings.removals;
    removals.held.then(|| {
        format!(
            "No removal was made: {} from UPPER wait for a person, because {}.",
            counted(removals.planned, "removal"),
            removals.why.join(" and ")
        )
    })
}

fn failed(findings: &Findings) -> Option<String> {
    let error = findings.runs.last().and_then(|run| run.error.as_ref());
    let failed = findings.phase == Phase::Failed;
    error.filter(|_| failed).map(|error| format!("The last run failed: {error} ({}).", error.code))
}
