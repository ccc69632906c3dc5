//! Settling: a plan's outcomes folded into a new AGREED.
//!
//! An entry enters AGREED only on receipts; what was not done, not looked at, or left
//! to a person stays as it was agreed before. Reads the plan's segments and receipts,
//! writes one new segment, touches neither side.

use crate::live::Live;
use crate::segment::{Segment, SegmentCursor, SegmentWriter};
use boatlift_core::Result;
use boatlift_core::compare::Verdict;
use boatlift_core::digest::Digest;
use boatlift_core::facets::FacetsRef;
use boatlift_core::lane::Step;
use boatlift_core::mover::Mover;
use boatlift_core::outcome::Outcome;
use boatlift_core::page::{Entry, Page};
use boatlift_core::plan::{Plan, SegmentRef};
use std::path::Path;

/// A plan on one route, to be folded.
pub struct Settlement<'a> {
    /// Derives steps from entries.
    pub mover: &'a dyn Mover,
    /// The plan.
    pub plan: &'a Plan,
    /// Index of the route in the plan.
    pub route: u32,
    /// The plan's difference on this route.
    pub difference: &'a Segment,
    /// What was agreed before.
    pub agreed: Option<&'a SegmentRef>,
    /// The receipts.
    pub live: &'a Live,
    /// Where segments lie.
    pub segments: &'a Path,
}

/// What becomes of one entry of AGREED.
enum Fate<'a> {
    /// It stays as it was, or stays out.
    Keep,
    /// UPPER no longer has it.
    Drop,
    /// Both sides hold this now.
    Agree(Entry<'a>),
}

/// The outcomes of one page by stage and entry.
struct Outcomes(Vec<Vec<Option<Outcome>>>);

impl Settlement<'_> {
    /// Writes the new AGREED.
    ///
    /// # Errors
    /// When a segment or the receipts cannot be read, or the new segment not be written.
    pub fn settle(&self) -> Result<SegmentRef> {
        let agreed = self.agreed.map(|agreed| Segment::open(self.segments, agreed)).transpose()?;
        let mut old = SegmentCursor::new(agreed)?;
        let mut new = SegmentWriter::create(self.segments, "agreed")?;
        for number in 0..self.difference.pages() {
            let page = self.difference.read_page(number)?;
            let outcomes = self.outcomes(number, &page)?;
            for (index, entry) in page.iter().enumerate() {
                copy_before(&mut old, &mut new, Some(&entry))?;
                let agreed = old.peek().filter(|agreed| agreed.key == entry.key);
                match (self.fate(&entry, index, &outcomes), agreed) {
                    (Fate::Agree(entry), _) => new.push(&entry)?,
                    (Fate::Keep, Some(agreed)) => new.push(&agreed)?,
                    (Fate::Keep, None) | (Fate::Drop, _) => {}
                }
                if agreed.is_some() {
                    old.advance()?;
                }
            }
        }
        copy_before(&mut old, &mut new, None)?;
        new.finish()
    }

    fn outcomes(&self, number: u32, page: &Page) -> Result<Outcomes> {
        let mask = self.difference.meta(number).mask;
        let mut stages = Vec::new();
        for stage in 0..self.mover.stages(self.plan.group).len() {
            let mut by_entry = Vec::new();
            if mask & (1 << stage) != 0 {
                by_entry.resize(page.len(), None);
                let receipts = self.live.get(self.plan.number, self.route, stage as u32, number)?;
                for (index, outcome) in receipts.unwrap_or_default() {
                    if let Some(slot) = by_entry.get_mut(index as usize) {
                        *slot = Some(outcome);
                    }
                }
            }
            stages.push(by_entry);
        }
        Ok(Outcomes(stages))
    }

    fn fate<'a>(&self, entry: &Entry<'a>, index: usize, outcomes: &'a Outcomes) -> Fate<'a> {
        if entry.lower.is_none() && entry.upper.is_none() {
            return Fate::Drop;
        }
        let mut agreed = Entry { verdict: Verdict::Same, partner: None, ..*entry };
        let (mut made, mut looked, mut removed) = (false, false, false);
        for (stage, outcomes) in outcomes.0.iter().enumerate() {
            let Some(step) = self.mover.step(self.plan.group, stage, entry, &self.plan.policy)
            else {
                continue;
            };
            let outcome = outcomes.get(index).and_then(Option::as_ref);
            if step == Step::Look && !outcome.is_some_and(Outcome::is_good) {
                agreed.upper = None;
                looked = true;
                continue;
            }
            let Some(receipt) = outcome.and_then(Outcome::receipt) else { return Fate::Keep };
            made = true;
            removed |= step == Step::Remove;
            agreed.digest = digest_after(step, agreed.digest, receipt.digest);
            if let Some(lower) = receipt.lower.as_deref() {
                agreed.lower = FacetsRef::checked(lower);
            }
            if let Some(upper) = receipt.upper.as_deref() {
                agreed.upper = FacetsRef::checked(upper);
                looked = true;
            }
        }
        if removed {
            return Fate::Drop;
        }
        match (entry.verdict, made) {
            (Verdict::Same, _) => Fate::Agree(agreed),
            (_, true) if entry.lower.is_some() => {
                // What UPPER said before the step is no longer true.
                agreed.upper = agreed.upper.filter(|_| looked);
                Fate::Agree(agreed)
            }
            _ => Fate::Keep,
        }
    }
}

/// The digest that is known of the content after a step.
fn digest_after(step: Step, before: Option<Digest>, receipt: Option<Digest>) -> Option<Digest> {
    match step {
        Step::Carry | Step::CompareAndCarry => receipt,
        Step::MakeDirectory | Step::Link => None,
        _ => receipt.or(before),
    }
}

/// Copies what was agreed and is not in the difference, up to `entry`.
fn copy_before(
    old: &mut SegmentCursor,
    new: &mut SegmentWriter,
    entry: Option<&Entry<'_>>,
) -> Result<()> {
    while let Some(agreed) = old.peek() {
        if entry.is_some_and(|entry| agreed.key >= entry.key) {
            break;
        }
        new.push(&agreed)?;
        old.advance()?;
    }
    Ok(())
}
