//! Whether the server may be asked to copy by itself: UPPER's account may read one of LOWER's
//! buckets, and not another.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Copies out of one bucket that were refused one after the other, until the server is not asked
/// for it any more.
const MOST_REFUSED: u32 = 16;

/// What is known of copies inside the server, by the bucket that they come from.
#[derive(Debug)]
pub(crate) struct Inside {
    is_one_service: bool,
    refused: Mutex<BTreeMap<String, u32>>,
}

impl Inside {
    pub(crate) fn new(is_one_service: bool) -> Inside {
        Inside { is_one_service, refused: Mutex::default() }
    }

    pub(crate) fn is_open(&self, from: &str) -> bool {
        self.is_one_service
            && self.with(|refused| refused.get(from).is_none_or(|times| *times < MOST_REFUSED))
    }

    pub(crate) fn worked(&self, from: &str) {
        if self.is_open(from) {
            self.with(|refused| refused.remove(from));
        }
    }

    pub(crate) fn was_refused(&self, from: &str, why: &str) {
        let times = self.with(|refused| {
            let times = refused.entry(from.to_owned()).or_default();
            *times = times.saturating_add(1);
            *times
        });
        if times == MOST_REFUSED {
            tracing::warn!(
                bucket = from,
                why,
                "the server does not copy by itself; bytes pass through here"
            );
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<String, u32>) -> T) -> T {
        work(&mut self.refused.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bucket_that_may_not_be_read_closes_the_way_for_itself_alone() {
        let inside = Inside::new(true);
        (0..MOST_REFUSED).for_each(|_| inside.was_refused("closed", "denied"));
        assert!(!inside.is_open("closed") && inside.is_open("other"));
        inside.worked("closed");
        assert!(!inside.is_open("closed"), "a late answer opens nothing");
        (1..MOST_REFUSED).for_each(|_| inside.was_refused("other", "denied"));
        inside.worked("other");
        inside.was_refused("other", "denied");
        assert!(inside.is_open("other"), "only refusals in a row count");
        assert!(!Inside::new(false).is_open("other"));
    }
}
