//! Ranges of keys that are listed at the same time.
//!
//! A listing begins with one range. While it goes on and few are alive, a range gives the far
//! part of what it has left to a new one. Each holds a few pages at most and then waits for
//! the reader, who takes one range after the other.

use super::splits;
use crate::s3::bucket::Bucket;
use crate::s3::errors::Answer;
use crate::s3::list::{self, ListPage, Listed};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

/// Ranges that are alive at a time.
const MOST_RANGES: usize = 16;
/// Pages that a range holds for the reader.
const PAGES_HELD: usize = 4;
/// Pages after which a range first looks for a place to split: what is shorter is listed before
/// places in it would be found.
const PAGES_UNTIL_FIRST_LOOK: u32 = 2;
/// Pages after which a range that found no place to split looks again.
const PAGES_UNTIL_NEXT_LOOK: u32 = 8;

/// Objects in order, and the requests that it took to get them.
pub(super) type Taken = (Vec<Listed>, u64);

/// All ranges of a listing, in order.
pub(super) struct Ranges {
    front: Option<Range>,
}

/// The reader's end of a range. Dropped, it is given up.
struct Range {
    pages: Receiver<Answer<Taken>>,
    bounds: Arc<Mutex<Bounds>>,
    reading: JoinHandle<()>,
    alive: Arc<AtomicUsize>,
}

/// What a range covers.
struct Bounds {
    /// The last key that is in it; without one it goes on to the end.
    until: Option<String>,
    /// The range that follows.
    next: Option<Range>,
}

/// The lister's end of a range.
struct Lister {
    bucket: Arc<Bucket>,
    bounds: Arc<Mutex<Bounds>>,
    alive: Arc<AtomicUsize>,
    after: Option<String>,
    /// Pages before it looks for a place to split again.
    patience: u32,
}

impl Ranges {
    pub(super) fn begin(bucket: &Arc<Bucket>) -> Ranges {
        let alive = Arc::new(AtomicUsize::new(0));
        Ranges { front: Some(Range::begin(bucket, &alive, None, None, None)) }
    }

    /// The next page, or `None` at the end.
    pub(super) async fn next(&mut self) -> Option<Answer<Taken>> {
        loop {
            let front = self.front.as_mut()?;
            if let Some(page) = front.pages.recv().await {
                return Some(page);
            }
            let next = bounds(&front.bounds).next.take();
            self.front = next;
        }
    }
}

impl Range {
    fn begin(
        bucket: &Arc<Bucket>,
        alive: &Arc<AtomicUsize>,
        after: Option<String>,
        until: Option<String>,
        next: Option<Range>,
    ) -> Range {
        alive.fetch_add(1, Ordering::Relaxed);
        let (sender, pages) = channel(PAGES_HELD);
        let bounds = Arc::new(Mutex::new(Bounds { until, next }));
        let lister = Lister {
            bucket: Arc::clone(bucket),
            bounds: Arc::clone(&bounds),
            alive: Arc::clone(alive),
            after,
            patience: PAGES_UNTIL_FIRST_LOOK,
        };
        let reading = bucket.spawn(lister.list(sender));
        Range { pages, bounds, reading, alive: Arc::clone(alive) }
    }
}

impl Drop for Range {
    fn drop(&mut self) {
        self.reading.abort();
        self.alive.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Lister {
    async fn list(mut self, sender: Sender<Answer<Taken>>) {
        let mut is_cut = false;
        loop {
            // A place to split is looked for while the next page is on its way.
            let look = async {
                match is_cut && self.may_split() {
                    true => self.places().await.ok(),
                    false => None,
                }
            };
            let (page, looked) = tokio::join!(self.page(), look);
            self.patience = self.patience.saturating_sub(1);
            let mut requests = 1;
            if let (Ok(page), Some((places, asked))) = (&page, looked) {
                let last = page.objects.last().map(|object| &*object.key);
                self.split(last, places);
                requests += asked;
            }
            let page = page.map(|page| self.within(page, requests));
            let goes_on = matches!(&page, Ok((_, _, true)));
            let failed = page.is_err();
            let sent = sender.send(page.map(|(objects, requests, _)| (objects, requests))).await;
            if sent.is_err() || failed || !goes_on {
                return;
            }
            is_cut = true;
        }
    }

    async fn page(&self) -> Answer<ListPage> {
        list::page(&self.bucket, self.bucket.prefix(), self.after.as_deref(), None, None).await
    }

    fn may_split(&self) -> bool {
        self.patience == 0 && self.alive.load(Ordering::Relaxed) < MOST_RANGES
    }

    async fn places(&self) -> Answer<(Vec<String>, u64)> {
        let after = self.after.clone().unwrap_or_default();
        let until = bounds(&self.bounds).until.clone();
        splits::find(&self.bucket, &after, until.as_deref()).await
    }

    /// Gives what comes after each of `places` to a range of its own; `last` is the last key
    /// of the page in hand, which is handed out here.
    fn split(&mut self, last: Option<&str>, places: Vec<String>) {
        let places: Vec<String> =
            places.into_iter().filter(|place| last.is_some_and(|last| **place > *last)).collect();
        if places.is_empty() {
            self.patience = PAGES_UNTIL_NEXT_LOOK;
            return;
        }
        let mut own = bounds(&self.bounds);
        for place in places.into_iter().rev() {
            if self.alive.load(Ordering::Relaxed) >= MOST_RANGES {
                return;
            }
            let (until, next) = (own.until.take(), own.next.take());
            let begun = Range::begin(&self.bucket, &self.alive, Some(place.clone()), until, next);
            own.next = Some(begun);
            own.until = Some(place);
        }
    }

    /// The part of a page that lies in this range, and whether the range goes on after it.
    fn within(&mut self, mut page: ListPage, requests: u64) -> (Vec<Listed>, u64, bool) {
        let until = bounds(&self.bounds).until.clone();
        let listed = page.objects.len();
        if let Some(until) = until {
            let inside = page.objects.partition_point(|object| object.key <= until);
            page.objects.truncate(inside);
        }
        let goes_on = page.is_cut && page.objects.len() == listed && listed > 0;
        self.after = page.objects.last().map(|object| object.key.clone()).or(self.after.take());
        (page.objects, requests, goes_on)
    }
}

fn bounds(bounds: &Mutex<Bounds>) -> MutexGuard<'_, Bounds> {
    bounds.lock().unwrap_or_else(PoisonError::into_inner)
}
