//! Listing: all keys below a root in their order, a page at a time.
//!
//! Ranges of keys are listed at the same time and handed out one after the other. In a tree
//! every object is also looked at, since its time and mode are not in a listing. What is held
//! is a bounded number of pages, however many keys there are.

mod ranges;
mod splits;
mod tree;

use super::bucket::Bucket;
use super::errors::{Answer, Refusal, failed, interrupted};
use super::list::Listed as Object;
use super::names::{Form, is_own};
use super::state::ObjectState;
use boatlift_core::lane::Pace;
use boatlift_core::store::{Hole, ListRequest, Listed, Listing};
use boatlift_core::{Code, Entry, Error, FacetsRef, Key, PageBuilder, Result, Side};
use futures_util::stream::{self, StreamExt};
use ranges::Ranges;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

/// Pages of the server that are looked at ahead of the reader.
const BATCHES_AHEAD: usize = 2;
/// Objects that are looked at together. The bucket's limit on requests holds beside it.
const LOOKS_AT_ONCE: usize = 64;

/// One object, with what is known of it, or the key of one that could not be looked at.
type Seen = Result<Object, (String, Refusal)>;

/// A page of the server, with how many requests it took.
type Batch = (Vec<Seen>, u64);

/// A listing that goes on in the background as long as it is held.
struct BucketListing {
    bucket: Arc<Bucket>,
    form: Form,
    request: ListRequest,
    batches: Receiver<Answer<Batch>>,
    reading: JoinHandle<()>,
    walk: tree::Walk,
    builder: PageBuilder,
    ready: VecDeque<Listed>,
    ended: bool,
}

/// Begins to list.
pub(crate) fn begin(
    bucket: &Arc<Bucket>,
    form: Form,
    request: ListRequest,
) -> impl Listing + use<> {
    let (sender, batches) = channel(BATCHES_AHEAD);
    let reading = bucket.spawn(read(Arc::clone(bucket), form, sender));
    BucketListing {
        bucket: Arc::clone(bucket),
        form,
        request,
        batches,
        reading,
        walk: tree::Walk::default(),
        builder: PageBuilder::new(),
        ready: VecDeque::new(),
        ended: false,
    }
}

impl Drop for BucketListing {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

/// Lists to the end, an error, or until nobody listens any more.
async fn read(bucket: Arc<Bucket>, form: Form, sender: Sender<Answer<Batch>>) {
    let mut ranges = Ranges::begin(&bucket);
    while let Some(page) = ranges.next().await {
        let batch = match page {
            Ok((objects, requests)) => Ok(seen(&bucket, form, objects, requests).await),
            Err(refusal) => Err(refusal),
        };
        let failed = batch.is_err();
        if sender.send(batch).await.is_err() || failed {
            return;
        }
    }
}

/// In a tree, looks at each object. What is gone by now is left out.
async fn seen(bucket: &Bucket, form: Form, objects: Vec<Object>, requests: u64) -> Batch {
    if form == Form::Objects {
        return (objects.into_iter().map(Ok).collect(), requests);
    }
    let count = objects.len() as u64;
    let looks = objects.into_iter().map(|object| async move {
        let relative = &object.key.as_bytes()[bucket.prefix().len()..];
        if is_own(relative) || form.checked(Key::new(relative)).is_err() {
            return Some(Ok(object));
        }
        match bucket.head(&object.key, None).await {
            Ok(state) => state.map(|state| Ok(Object { state, ..object })),
            Err(refusal) => Some(Err((object.key, refusal))),
        }
    });
    let seen = stream::iter(looks).buffered(LOOKS_AT_ONCE).filter_map(std::future::ready);
    (seen.collect().await, requests + count)
}

impl BucketListing {
    fn take(&mut self, batch: Vec<Seen>) {
        for seen in batch {
            match seen {
                Ok(object) => self.object(&object.key, &object.state),
                Err((key, refusal)) => self.refused(&key, refusal),
            }
        }
    }

    fn object(&mut self, name: &str, state: &ObjectState) {
        let key = &name.as_bytes()[self.bucket.prefix().len()..];
        if key.is_empty() || is_own(key) || !self.request.filter.takes_key(key) {
            return;
        }
        if self.form == Form::Tree && self.form.checked(Key::new(key)).is_ok() {
            for directory in self.walk.above(key) {
                let facets = super::look::There::Implied.encode(self.form);
                self.push(&directory, &facets);
            }
        }
        let facets = match self.form {
            Form::Tree if key.ends_with(b"/") && state.size == 0 => {
                state.encode(self.form, boatlift_core::Kind::Directory)
            }
            _ => state.encode(self.form, boatlift_core::Kind::File),
        };
        let key = key.to_vec();
        self.push(&key, &facets);
    }

    fn push(&mut self, key: &[u8], facets: &[u8]) {
        let facets = FacetsRef::checked(facets);
        let mut entry = Entry::new(Key::new(key));
        match self.request.side {
            Side::Lower => entry.lower = facets,
            Side::Upper => entry.upper = facets,
        }
        self.builder.push(&entry);
        if self.builder.is_full() {
            self.hand_out();
        }
    }

    /// What cannot be looked at is unknown, and so is what may lie below it.
    fn refused(&mut self, name: &str, refusal: Refusal) {
        let mut under = name.as_bytes()[self.bucket.prefix().len()..].to_vec();
        if !self.request.filter.takes_key(&under) {
            return;
        }
        if !under.ends_with(b"/") {
            under.push(b'/');
        }
        self.hand_out();
        let under = Key::new(&under).to_owned();
        let error = failed(Code::ListingFailed, "cannot look at", &under)(refusal);
        let error = Error { code: Code::ListingFailed, ..error };
        self.ready.push_back(Listed::Hole(Hole { under, error }));
    }

    fn hand_out(&mut self) {
        if !self.builder.is_empty() {
            self.ready.push_back(Listed::Page(self.builder.take()));
        }
    }
}

impl Listing for BucketListing {
    fn next(&mut self, pace: &dyn Pace) -> Result<Option<Listed>> {
        loop {
            if let Some(listed) = self.ready.pop_front() {
                return Ok(Some(listed));
            }
            if self.ended {
                return Ok(None);
            }
            match self.bucket.run(self.batches.recv()) {
                None => {
                    self.ended = true;
                    self.hand_out();
                }
                Some(Ok((batch, requests))) => {
                    pace.spend(self.request.side, requests, 0).map_err(|_| interrupted())?;
                    self.take(batch);
                }
                Some(Err(refusal)) => {
                    let cannot = failed(Code::ListingFailed, "cannot list", self.bucket.url());
                    return Err(cannot(refusal));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use boatlift_core::Filter;

    #[test]
    fn a_filter_is_asked_about_every_folder_above_a_key() {
        let filter = Filter::new(&["- tmp/", "- *.o"]).expect("a filter");
        for (key, is_in) in
            [("a/b", true), ("tmp/b", false), ("a/tmp/b", false), ("tmp", true), ("a/b.o", false)]
        {
            assert_eq!(filter.takes_key(key.as_bytes()), is_in, "{key}");
        }
        for odd in ["/a", "//", "a//b", "a/"] {
            assert!(filter.takes_key(odd.as_bytes()), "{odd}");
        }
    }
}
