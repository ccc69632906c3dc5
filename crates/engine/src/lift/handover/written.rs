//! What users wrote on UPPER since they follow it: what a new comparison finds changed
//! there, without what the last one before the switch had found already.

use super::Lift;
use crate::lift::Until;
use crate::lift::pass::PassEnd;
use crate::segment::{Segment, SegmentCursor};
use boatlift_core::compare::Verdict;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::page::Entry;
use boatlift_core::plan::SegmentRef;
use boatlift_core::saga::{Evidence, SagaStep};
use boatlift_core::side::Term;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The fact of Verify that says what the last comparison before the switch had found.
pub(super) const BEFORE: &str = "differences";
/// How many of what was written are named.
const NAMED: usize = 10;

/// A difference of one route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Difference {
    group: u32,
    route: u32,
    segment: SegmentRef,
}

/// What was written on UPPER.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Written {
    pub(super) items: u64,
    /// The first of them, each with what happened to it.
    first: Vec<String>,
}

impl Written {
    fn add(&mut self, group: &str, entry: &Entry<'_>) {
        self.items += 1;
        if self.first.len() < NAMED {
            self.first.push(format!("{group}: {} ({})", entry.key, entry.verdict));
        }
    }

    /// The first of them in words.
    pub(super) fn told(&self) -> String {
        let more = self.items - self.first.len() as u64;
        match more {
            0 => self.first.join(", "),
            more => format!("{}, and {more} more", self.first.join(", ")),
        }
    }
}

impl Lift {
    /// The differences of the newest plans, as a fact for later.
    pub(super) fn differences_now(&self) -> Result<String> {
        let differences = self.differences()?;
        serde_json::to_string(&differences)
            .map_err(|error| Error::new(Code::Bug, "cannot note differences").because(error))
    }

    fn differences(&self) -> Result<Vec<Difference>> {
        let view = self.journal.view()?;
        let groups = self.spec.mover.active_groups().into_iter();
        let plans = groups.filter_map(|(group, _)| view.plan_of(group).map(|state| &state.plan));
        let all = plans.flat_map(|plan| {
            plan.routes.iter().map(|route| Difference {
                group: plan.group,
                route: route.route,
                segment: route.difference.clone(),
            })
        });
        Ok(all.collect())
    }

    /// Compares both sides anew, changes nothing on either, and tells what is written on
    /// UPPER since the cutover whose evidence is `before`.
    ///
    /// # Errors
    /// When a part of a side cannot be listed: then nobody knows.
    pub(super) fn written_since(
        &self,
        term: Term,
        before: &BTreeMap<SagaStep, Evidence>,
    ) -> Result<Written> {
        let groups = self.spec.mover.active_groups();
        let mut all = PassEnd::default();
        for (number, group) in &groups {
            all.merge(self.pass(term, *number, group, Until::Planned)?);
        }
        if all.has_holes() {
            return Err(Error::new(Code::ListingFailed, "cannot tell what was written on UPPER")
                .because("a part of a side could not be listed"));
        }
        let known = before.get(&SagaStep::Verify).and_then(|found| found.get(BEFORE));
        // Without it everything that differs counts as written.
        let known: Vec<Difference> =
            known.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let mut written = Written::default();
        for now in self.differences()? {
            let group = groups.iter().find(|(number, _)| *number == now.group);
            let group = group.map_or("", |(_, group)| &group.name);
            let then = known.iter().find(|of| (of.group, of.route) == (now.group, now.route));
            self.add_written(group, &now, then, &mut written)?;
        }
        Ok(written)
    }

    fn add_written(
        &self,
        group: &str,
        now: &Difference,
        then: Option<&Difference>,
        written: &mut Written,
    ) -> Result<()> {
        let segments = self.state.segments_path();
        // One that was swept away since is as good as none.
        let then = then.and_then(|of| Segment::open(&segments, &of.segment).ok());
        let mut then = SegmentCursor::new(then)?;
        let mut now = SegmentCursor::new(Some(Segment::open(&segments, &now.segment)?))?;
        while let Some(entry) = now.peek() {
            while then.peek().is_some_and(|earlier| earlier.key < entry.key) {
                then.advance()?;
            }
            let was_so = then.peek().is_some_and(|earlier| {
                earlier.key == entry.key && upper_of(&earlier) == upper_of(&entry)
            });
            if is_of_upper(entry.verdict) && !was_so {
                written.add(group, &entry);
            }
            now.advance()?;
        }
        Ok(())
    }
}

fn upper_of<'a>(entry: &Entry<'a>) -> Option<&'a [u8]> {
    entry.upper.map(|facets| facets.as_bytes())
}

/// Whether it says that UPPER changed, or may have. What LOWER alone changed stays there.
fn is_of_upper(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Foreign | Verdict::Drifted | Verdict::Conflict | Verdict::Unknown => true,
        Verdict::Same | Verdict::Added | Verdict::Changed | Verdict::Moved | Verdict::Gone => false,
    }
}
