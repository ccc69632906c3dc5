//! What was agreed on, shown to a mover's stores and lanes.

use crate::journal::{Journal, Skip};
use crate::segment::Segment;
use boatlift_core::Result;
use boatlift_core::filter::Filter;
use boatlift_core::key::{Key, KeyBuf};
use boatlift_core::mover::Agreements;
use boatlift_core::page::Entry;
use boatlift_core::plan::Agreement;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

/// The agreements of a move as its journal has them now.
pub(super) struct Journaled {
    pub(super) journal: Arc<Journal>,
    pub(super) segments: PathBuf,
    pub(super) filter: Arc<Filter>,
}

impl Agreements for Journaled {
    fn agreement(&self, group: u32, route: u32) -> Result<Option<Agreement>> {
        Ok(self.journal.view()?.agreed.remove(&(group, route)))
    }

    fn each_from(
        &self,
        agreement: &Agreement,
        from: Key<'_>,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<()> {
        let segment = Segment::open(&self.segments, &agreement.segment)?;
        for number in first_page(&segment, from)..segment.pages() {
            let page = segment.read_page(number)?;
            for entry in page.iter().filter(|entry| entry.key >= from) {
                if visit(&entry).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn left_out(&self, key: Key<'_>) -> Result<Option<String>> {
        if !self.filter.takes_key(key.as_bytes()) {
            return Ok(Some("the filter leaves it out".to_owned()));
        }
        let skip = self.journal.view()?.skips.remove(&key.to_owned());
        Ok(skip.map(told))
    }

    fn left_out_by_people(&self) -> Result<Vec<(KeyBuf, String)>> {
        let skips = self.journal.view()?.skips.into_iter();
        Ok(skips.map(|(key, skip)| (key, told(skip))).collect())
    }
}

fn told(skip: Skip) -> String {
    format!("{} left it out: {}", skip.by, skip.reason)
}

/// The last page that does not begin after `from`.
fn first_page(segment: &Segment, from: Key<'_>) -> u32 {
    let (mut low, mut high) = (0, segment.pages());
    while low < high {
        let middle = low + (high - low) / 2;
        match segment.meta(middle).first_key.as_key() <= from {
            true => low = middle + 1,
            false => high = middle,
        }
    }
    low.saturating_sub(1)
}
