//! The survey: both sides and AGREED, compared in one pass in key order.
//!
//! It holds a few pages of each stream in memory, however large the sides are. What
//! differs goes into a difference segment; what is the same is only counted. It reads
//! both sides and changes neither.

mod links;
mod merge;
mod moves;
mod obstruction;
mod side;
#[cfg(test)]
mod tests;

use crate::segment::{Segment, SegmentWriter};
use boatlift_core::compare::Comparison;
use boatlift_core::filter::Filter;
use boatlift_core::lane::Pace;
use boatlift_core::page::Entry;
use boatlift_core::plan::{SegmentRef, Totals};
use boatlift_core::side::Side;
use boatlift_core::store::{Detail, Hole, ListRequest, Store};
use boatlift_core::{KeyBuf, Result};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// What a mover says of one entry of a difference: what the plan will do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Marks {
    /// One bit per stage that has a step for it.
    pub stages: u64,
    /// It is removed from UPPER.
    pub removes: bool,
    /// Its content is carried.
    pub carries: bool,
}

/// What a survey works on.
pub struct Surveyor<'a> {
    /// LOWER.
    pub lower: Arc<dyn Store>,
    /// UPPER; absent when it is known to hold nothing.
    pub upper: Option<Arc<dyn Store>>,
    /// What was last agreed.
    pub agreed: Option<Segment>,
    /// Names in and out.
    pub filter: Arc<Filter>,
    /// How much to ask about each item.
    pub detail: Detail,
    /// How strictly to compare.
    pub comparison: Comparison,
    /// Take UPPER to be as agreed, without listing it.
    pub trust_agreed: bool,
    /// Look for renames: only worth it when what is gone from LOWER will be removed.
    pub find_moves: bool,
    /// Keys whose content on UPPER is in doubt, whatever their facets say.
    pub suspects: &'a BTreeSet<KeyBuf>,
    /// What the plan will do with an entry.
    pub marks: &'a (dyn Fn(&Entry<'_>) -> Marks + Sync),
    /// Grants operations.
    pub pace: &'a dyn Pace,
    /// Told now and then how many entries were listed on a side.
    pub listed: &'a (dyn Fn(Side, u64) + Sync),
    /// Where scratch files may lie.
    pub scratch: &'a Path,
    /// Where the difference goes.
    pub segments: &'a Path,
}

/// What a survey found.
#[derive(Debug)]
pub struct Survey {
    /// Every entry that is not the same on both sides, and the directories above them.
    pub difference: SegmentRef,
    /// What was counted.
    pub totals: Totals,
    /// What could not be listed, by side.
    pub holes: Vec<(Side, Hole)>,
}

impl Surveyor<'_> {
    /// Compares.
    ///
    /// # Errors
    /// When a listing cannot go on at all, the pace said stop, or the difference cannot
    /// be written. Parts that cannot be listed are no error but holes.
    pub fn survey(mut self) -> Result<Survey> {
        let agreed = self.agreed.take();
        let request = |side| ListRequest { filter: self.filter.clone(), detail: self.detail, side };
        let lower = self.lower.list(request(Side::Lower))?;
        let upper = match &self.upper {
            Some(upper) if !self.trust_agreed => Some(upper.list(request(Side::Upper))?),
            _ => None,
        };
        let (mut totals, difference, holes, moves) = std::thread::scope(|scope| {
            let lower = side::Stream::start(scope, Some(lower), &self, Side::Lower)?;
            let upper = side::Stream::start(scope, upper, &self, Side::Upper)?;
            merge::Merge::new(&self, lower, agreed, upper)?.run()
        })?;
        let difference = match moves {
            Some(moves) => moves.replay(&self, difference, &mut totals)?,
            None => difference,
        };
        Ok(Survey { difference, totals, holes })
    }
}

/// Writes a difference, closing pages so that each is a fair turn for a lane: few enough
/// items to share out, few enough bytes to finish within minutes.
pub(crate) struct DifferenceWriter {
    segment: SegmentWriter,
    page_bytes: u64,
}

/// The most entries in a page of a difference.
const TURN_ITEMS: usize = 1024;
/// The most bytes of content in a page of a difference, unless one item alone has more.
const TURN_BYTES: u64 = 256 << 20;

impl DifferenceWriter {
    fn create(segments: &Path) -> Result<Self> {
        let segment = SegmentWriter::create(segments, "difference")?;
        Ok(DifferenceWriter { segment, page_bytes: 0 })
    }

    fn push(&mut self, entry: &Entry<'_>, marks: Marks) -> Result<()> {
        let bytes = match marks.carries {
            true => entry.lower.and_then(|lower| lower.size()).unwrap_or(0),
            false => 0,
        };
        let full = self.segment.len_in_page() >= TURN_ITEMS;
        if full || (self.page_bytes > 0 && self.page_bytes + bytes > TURN_BYTES) {
            self.segment.cut()?;
            self.page_bytes = 0;
        }
        self.segment.push(entry)?;
        self.segment.mark(marks.stages);
        self.page_bytes += bytes;
        Ok(())
    }

    fn finish(self) -> Result<SegmentRef> {
        self.segment.finish()
    }
}
