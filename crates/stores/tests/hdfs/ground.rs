//! Directories on a real cluster, their stores, and turns of the lane between them.

use crate::clusters::{Cluster, new, old};
use boatlift_core::lane::{Pace, Step, Stopped};
use boatlift_core::store::{Detail, Hole, ListRequest, Listed};
use boatlift_core::{
    Entry, Facets, FacetsRef, Filter, Key, KeyBuf, Kind, Lane, Outcome, PageBuilder, Side, Store,
    Timestamp, Turn,
};
use boatlift_stores::{HdfsOptions, HdfsStore, HdfsUrl};
use hdfs_native::{Client, ClientBuilder};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::runtime::Runtime;

/// A pace that never waits and never stops.
pub(crate) struct Free;

impl Pace for Free {
    fn spend(&self, _: Side, _: u64, _: u64) -> Result<(), Stopped> {
        Ok(())
    }
}

/// An empty directory of its own on a cluster; removed when dropped.
pub(crate) struct Directory {
    pub(crate) cluster: &'static Cluster,
    pub(crate) path: String,
    pub(crate) admin: Client,
    runtime: Runtime,
}

impl Directory {
    pub(crate) fn on(cluster: &'static Cluster) -> Directory {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = format!("/hdfs_work/test-{}-{number}", std::process::id());
        let runtime = Runtime::new().expect("a runtime");
        let admin = ClientBuilder::new()
            .with_url(&cluster.url)
            .with_user(&cluster.superuser)
            .with_io_runtime(runtime.handle().clone())
            .build()
            .expect("a client");
        let made = runtime.block_on(admin.mkdirs(&path, 0o755, true));
        made.expect("a NameNode that takes a directory");
        Directory { cluster, path, admin, runtime }
    }

    pub(crate) fn url(&self) -> String {
        format!("{}{}", self.cluster.url, self.path)
    }

    pub(crate) fn open(&self) -> Arc<HdfsStore> {
        self.open_as(&self.cluster.superuser)
    }

    pub(crate) fn open_as(&self, user: &str) -> Arc<HdfsStore> {
        let options = HdfsOptions { user: Some(user.into()), ..HdfsOptions::default() };
        let url = HdfsUrl::parse(&self.url()).expect("a URL");
        HdfsStore::open(&url, &options).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The path of a name below it.
    pub(crate) fn at(&self, name: &str) -> String {
        format!("{}/{name}", self.path)
    }

    /// Does something as the superuser, past the store.
    pub(crate) fn ask<T>(
        &self,
        question: impl Future<Output = hdfs_native::Result<T>>,
    ) -> hdfs_native::Result<T> {
        self.runtime.block_on(question)
    }

    /// The names in a directory below it, sorted; also our own.
    pub(crate) fn names(&self, below: &str) -> Vec<String> {
        let path = self.at(below).trim_end_matches('/').to_owned();
        let statuses = self.ask(self.admin.list_status(&path, false)).expect("a listing");
        let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        let mut names: Vec<String> = statuses.iter().map(|status| name(&status.path)).collect();
        names.sort();
        names
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let removed = self.runtime.block_on(self.admin.delete(&self.path, true));
        if !std::thread::panicking() {
            removed.expect("the test's directory can be removed");
        }
    }
}

/// An entry that owns what it says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Item {
    pub(crate) key: KeyBuf,
    pub(crate) lower: Option<Vec<u8>>,
    pub(crate) upper: Option<Vec<u8>>,
    pub(crate) digest: Option<boatlift_core::Digest>,
    pub(crate) partner: Option<KeyBuf>,
}

impl Item {
    pub(crate) fn entry(&self) -> Entry<'_> {
        Entry {
            lower: self.lower.as_deref().map(facets),
            upper: self.upper.as_deref().map(facets),
            digest: self.digest,
            partner: self.partner.as_ref().map(KeyBuf::as_key),
            ..Entry::new(self.key.as_key())
        }
    }
}

pub(crate) fn facets(bytes: &[u8]) -> FacetsRef<'_> {
    FacetsRef::checked(bytes).expect("facets")
}

/// LOWER on the old cluster and UPPER on the new.
pub(crate) struct Ground {
    pub(crate) lower: Directory,
    pub(crate) upper: Directory,
}

impl Ground {
    pub(crate) fn new() -> Ground {
        Ground { lower: Directory::on(old()), upper: Directory::on(new()) }
    }

    pub(crate) fn item(&self, key: &str) -> Item {
        item(&*self.lower.open(), &*self.upper.open(), key)
    }

    pub(crate) fn steps(&self, step: Step, items: &[Item]) -> Vec<Outcome> {
        steps(&*lane(self.lower.open(), self.upper.open()), step, items, &Free)
    }

    pub(crate) fn step_now(&self, step: Step, key: &str) -> Outcome {
        self.steps(step, &[self.item(key)]).remove(0)
    }
}

pub(crate) fn lane(lower: Arc<dyn Store>, upper: Arc<HdfsStore>) -> Arc<dyn Lane> {
    upper.lane_from(lower).expect("a lane")
}

/// The item with what both sides say of it now.
pub(crate) fn item(lower: &dyn Store, upper: &dyn Store, key: &str) -> Item {
    let key = KeyBuf::from(key.as_bytes());
    let look = |side: &dyn Store| side.look(key.as_key(), Detail::Basic).expect("a look");
    Item { lower: look(lower), upper: look(upper), key, ..Item::default() }
}

/// Makes the same step with many items, in key order.
pub(crate) fn steps(lane: &dyn Lane, step: Step, items: &[Item], pace: &dyn Pace) -> Vec<Outcome> {
    let mut page = PageBuilder::new();
    items.iter().for_each(|item| page.push(&item.entry()));
    let page = page.take();
    let mut steps: Vec<_> = (0..items.len() as u32).map(|index| (index, step)).collect();
    if step == Step::Remove {
        steps.reverse();
    }
    let outcomes = lane.carry(&Turn { page: &page, steps: &steps, owners: true }, pace);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

pub(crate) fn all_good(outcomes: &[Outcome]) {
    for outcome in outcomes {
        assert!(outcome.is_good(), "{outcome:?}");
    }
}

pub(crate) fn write(store: &dyn Store, key: &str, content: &[u8]) {
    let facets = Facets {
        size: Some(content.len() as u64),
        mtime: Some(Timestamp { seconds: 1_234_567_890, nanoseconds: 123_000_000 }),
        mode: Some(0o640),
        ..Facets::of(Kind::File)
    };
    let written = store.write(Key::new(key.as_bytes()), &facets, &mut &content[..]);
    written.unwrap_or_else(|error| panic!("{error}"));
}

pub(crate) fn read(store: &dyn Store, key: &str) -> Vec<u8> {
    let content = store.read(Key::new(key.as_bytes()));
    let mut content = content.unwrap_or_else(|error| panic!("{error}"));
    let mut bytes = Vec::new();
    content.body.read_to_end(&mut bytes).expect("content");
    bytes
}

/// Everything that a store lists, with the holes.
pub(crate) fn list(store: &dyn Store, filter: Filter, detail: Detail) -> (Vec<Item>, Vec<Hole>) {
    let request = ListRequest { filter: Arc::new(filter), detail, side: Side::Lower };
    let mut listing = store.list(request).expect("a listing");
    let (mut items, mut holes) = (Vec::new(), Vec::new());
    while let Some(listed) = listing.next(&Free).expect("a step of the listing") {
        match listed {
            Listed::Hole(hole) => holes.push(hole),
            Listed::Page(page) => items.extend(page.iter().map(|entry| Item {
                key: entry.key.to_owned(),
                lower: entry.lower.map(|facets| facets.as_bytes().to_vec()),
                ..Item::default()
            })),
        }
    }
    assert!(items.is_sorted_by(|one, other| one.key < other.key), "keys out of order");
    (items, holes)
}

pub(crate) fn keys(items: &[Item]) -> Vec<String> {
    items.iter().map(|item| item.key.to_string()).collect()
}
