//! A plan: what would be done, in counts and bytes, and the first entries of it.

use super::{FIRST, Lines, SCHEMA, bytes, count};
use crate::output::Output;
use crate::running::Ended;
use boatlift_core::{Key, KeyBuf, Plan, Result, Verdict};
use boatlift_engine::segment::{Segment, SegmentCursor};
use boatlift_engine::state::StateDir;
use serde::Serialize;

/// One entry of a plan.
#[derive(Debug, Serialize)]
struct Shown {
    verdict: Verdict,
    key: KeyBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<KeyBuf>,
    bytes: Option<u64>,
}

/// Prints the plan of a run that ended with it.
pub(crate) fn plan(ended: &Ended, output: &Output) -> Result<()> {
    if ended.summary.plans.is_empty() {
        return match output.json {
            true => output.document(&serde_json::json!({ "schema": SCHEMA, "plan": null })),
            false => output.result("no plan was made"),
        };
    }
    let is_alone = ended.summary.plans.len() == 1;
    ended
        .summary
        .plans
        .iter()
        .try_for_each(|of| plan_of(&of.plan, Some(&*of.group).filter(|_| !is_alone), ended, output))
}

fn plan_of(plan: &Plan, group: Option<&str>, ended: &Ended, output: &Output) -> Result<()> {
    let first = first_entries(plan, &ended.state)?;
    match output.json {
        true => output.document(&serde_json::json!({
            "schema": SCHEMA,
            "name": ended.status.name,
            "end": ended.summary.end,
            "plan": plan.number,
            "group": group,
            "policy": plan.policy,
            "totals": plan.totals(),
            "held": plan.held,
            "holes": plan.routes.iter().map(|route| route.holes).sum::<u64>(),
            "first": first,
        })),
        false => output.result(screen(plan, group, &ended.status.name, &first)),
    }
}

fn screen(plan: &Plan, group: Option<&str>, name: &str, first: &[Shown]) -> String {
    let totals = plan.totals();
    let mut lines = Lines::default();
    let group = group.map(|group| format!(", {group}")).unwrap_or_default();
    lines.add("plan", format!("{} of {name}{group}", plan.number));
    for (verdict, sum) in &totals.verdicts {
        let (entries, size) = (count(sum.entries).to_string(), bytes(sum.bytes).to_string());
        lines.add(verdict.word(), format!("{entries:>14} entries {size:>12}"));
    }
    if plan.is_empty() {
        lines.add("to do", "nothing: UPPER is as LOWER, as far as the policy asks");
        return lines.0;
    }
    let carry = format!("{} entries, {}", count(totals.carry.entries), bytes(totals.carry.bytes));
    lines.add("carries", carry);
    lines.add("removes", format!("{} entries", count(totals.removals)));
    for held in &plan.held {
        lines.add("held", held.to_string());
    }
    if !plan.held.is_empty() && plan.held.iter().all(|held| held.can_be_approved()) {
        lines.add("approve", format!("boatlift run {name} --approve {}", plan.number));
    }
    for (index, entry) in first.iter().enumerate() {
        lines.add(if index == 0 { "first" } else { "" }, entry.line());
    }
    lines.add("all", format!("boatlift report {name} --format csv"));
    lines.0
}

impl Shown {
    fn line(&self) -> String {
        let size = self.bytes.map_or(String::new(), |size| bytes(size).to_string());
        let from = self.from.as_ref().map_or(String::new(), |from| format!(" (from {from})"));
        format!("{:<8} {size:>12}  {}{from}", self.verdict.word(), self.key)
    }
}

/// The first entries that are not the same on both sides.
fn first_entries(plan: &Plan, state: &StateDir) -> Result<Vec<Shown>> {
    let mut first = Vec::new();
    for route in &plan.routes {
        let segment = Segment::open(&state.segments_path(), &route.difference)?;
        let mut cursor = SegmentCursor::new(Some(segment))?;
        while let Some(entry) = cursor.peek().filter(|_| first.len() < FIRST) {
            if entry.verdict != Verdict::Same {
                let facets = entry.lower.or(entry.upper).map(|facets| facets.decode());
                let moved = entry.partner.filter(|_| entry.verdict == Verdict::Moved);
                first.push(Shown {
                    verdict: entry.verdict,
                    key: entry.key.to_owned(),
                    from: moved.map(Key::to_owned),
                    bytes: facets.and_then(|facets| facets.size),
                });
            }
            cursor.advance()?;
        }
    }
    Ok(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use boatlift_core::Term;
    use boatlift_core::plan::{PlannedRoute, SegmentRef, Sum, Totals};
    use boatlift_core::policy::{Held, Policy};

    #[test]
    fn a_plan_tells_counts_removals_holds_and_how_to_approve() {
        let difference = SegmentRef { file: "d".into(), hash: "h".into(), pages: 1, entries: 3 };
        let mut totals = Totals { removals: 2, ..Totals::default() };
        totals.verdicts.insert(Verdict::Added, Sum { entries: 1, bytes: 2048 });
        totals.carry = Sum { entries: 1, bytes: 2048 };
        let plan = Plan {
            number: 7,
            group: 0,
            term: Term(1),
            policy: Policy::default(),
            routes: vec![PlannedRoute {
                route: 0,
                difference,
                totals,
                holes: 0,
                positions: Default::default(),
            }],
            held: vec![Held::Limit { removals: 2, allowed: 0 }],
        };
        let key = KeyBuf::from(&b"a/b"[..]);
        let first = [Shown { verdict: Verdict::Added, key, from: None, bytes: Some(2048) }];
        let screen = screen(&plan, None, "x", &first);
        for part in [
            "added                    1 entries     2.00 KiB",
            "removes     2 entries",
            "held        2 removals are more than the 0 that max-delete allows",
            "approve     boatlift run x --approve 7",
            "first       added        2.00 KiB  a/b",
        ] {
            assert!(screen.contains(part), "{part}\n{screen}");
        }
    }
}
