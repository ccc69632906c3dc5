//! Walking through a segment in key order.

use super::reader::Segment;
use boatlift_core::{Entry, Page, Result};

/// The entries of a segment, one after the other, with a look at the next. Without a
/// segment there are none.
#[derive(Debug)]
pub struct SegmentCursor {
    segment: Option<Segment>,
    page: Page,
    next_page: u32,
    at: usize,
}

impl SegmentCursor {
    /// Stands before the first entry.
    ///
    /// # Errors
    /// When the first page is damaged or cannot be read.
    pub fn new(segment: Option<Segment>) -> Result<SegmentCursor> {
        let mut cursor = SegmentCursor { segment, page: Page::default(), next_page: 0, at: 0 };
        cursor.turn_page()?;
        Ok(cursor)
    }

    /// The next entry, or `None` after the last.
    #[must_use]
    pub fn peek(&self) -> Option<Entry<'_>> {
        (self.at < self.page.len()).then(|| self.page.get(self.at))
    }

    /// Steps past the next entry; after the last it stays.
    ///
    /// # Errors
    /// When the page after is damaged or cannot be read.
    pub fn advance(&mut self) -> Result<()> {
        self.at += 1;
        if self.at < self.page.len() { Ok(()) } else { self.turn_page() }
    }

    fn turn_page(&mut self) -> Result<()> {
        (self.page, self.at) = match &self.segment {
            Some(segment) if self.next_page < segment.pages() => {
                let page = segment.read_page(self.next_page)?;
                self.next_page += 1;
                (page, 0)
            }
            _ => (Page::default(), 0),
        };
        Ok(())
    }
}
