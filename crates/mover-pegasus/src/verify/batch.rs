//! How many rows a scan asks for at once. Servers count rows and not bytes: an answer that is too
//! long for a frame, or takes too long, would be the same however often it is asked for. Pure.

/// The most rows of a batch, and as many as the first one has: nothing is known of the rows yet.
const MOST: u16 = 1_000;
const FIRST: u16 = 100;
/// Bytes of keys and values after which a batch is made smaller, a quarter of the longest frame. One
/// of less than a quarter of that is made larger.
const MOST_BYTES: usize = 16 << 20;
/// Batches that come after one that did not, before they are made larger again.
const GOOD_BATCHES: u32 = 50;

/// The size of the batches of one scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Batch {
    rows: u16,
    /// Batches to come before one is made larger.
    until_larger: u32,
}

impl Batch {
    /// The size of the first one.
    pub(super) fn first() -> Batch {
        Batch { rows: FIRST, until_larger: 0 }
    }

    /// How many rows are asked for.
    pub(super) fn rows(self) -> u16 {
        self.rows
    }

    /// The size of the next one, after one came that has so many bytes.
    #[must_use]
    pub(super) fn after(self, bytes: usize) -> Batch {
        let until_larger = self.until_larger.saturating_sub(1);
        let rows = match bytes {
            bytes if bytes > MOST_BYTES => self.halved(),
            bytes if bytes < MOST_BYTES / 4 && self.until_larger == 0 => (self.rows * 2).min(MOST),
            _ => self.rows,
        };
        Batch { rows, until_larger }
    }

    /// The size of the next one, after one did not come.
    #[must_use]
    pub(super) fn after_none(self) -> Batch {
        Batch { rows: self.halved(), until_larger: GOOD_BATCHES }
    }

    fn halved(self) -> u16 {
        (self.rows / 2).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_follow_the_size_of_rows() {
        let (small, large) = (100, 1 << 20);
        let next = |batch: Batch, row: usize| batch.after(row * usize::from(batch.rows()));
        let grown = (0..9).fold(Batch::first(), |batch, _| next(batch, small));
        assert_eq!(grown.rows(), MOST);
        let shrunk = (0..9).fold(grown, |batch, _| next(batch, large));
        assert!(usize::from(shrunk.rows()) * large <= MOST_BYTES, "{shrunk:?}");
        assert_eq!(next(shrunk, large), shrunk, "it does not go to and fro");
    }

    #[test]
    fn a_batch_that_does_not_come_is_not_asked_for_again_soon() {
        let mut batch = Batch::first().after_none();
        assert_eq!(batch.rows(), 50);
        for _ in 0..GOOD_BATCHES {
            batch = batch.after(0);
            assert_eq!(batch.rows(), 50);
        }
        assert_eq!(batch.after(0).rows(), 100);
        let least = (0..20).fold(batch, |batch, _| batch.after_none());
        assert_eq!(least.rows(), 1);
    }
}
