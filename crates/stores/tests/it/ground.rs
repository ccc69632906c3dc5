//! Two directories, their stores, and turns of the local lane between them.

use boatlift_core::lane::{Pace, Step, Stopped};
use boatlift_core::store::{Detail, Hole, ListRequest, Listed};
use boatlift_core::{
    Digest, Entry, FacetsRef, Filter, Key, KeyBuf, Lane, Outcome, PageBuilder, Side, Store, Turn,
};
use boatlift_stores::PosixStore;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A pace that never waits and never stops.
pub(crate) struct Free;

impl Pace for Free {
    fn spend(&self, _: Side, _: u64, _: u64) -> Result<(), Stopped> {
        Ok(())
    }
}

/// An entry that owns what it says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Item {
    pub(crate) key: KeyBuf,
    pub(crate) lower: Option<Vec<u8>>,
    pub(crate) upper: Option<Vec<u8>>,
    pub(crate) digest: Option<Digest>,
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

/// LOWER and UPPER in a temporary directory.
pub(crate) struct Ground {
    pub(crate) top: tempfile::TempDir,
    pub(crate) lower: PathBuf,
    pub(crate) upper: PathBuf,
}

impl Ground {
    pub(crate) fn new() -> Ground {
        let top = tempfile::tempdir().expect("a temporary directory");
        Ground::within(top)
    }

    pub(crate) fn within(top: tempfile::TempDir) -> Ground {
        let (lower, upper) = (top.path().join("lower"), top.path().join("upper"));
        std::fs::create_dir(&lower).expect("LOWER");
        std::fs::create_dir(&upper).expect("UPPER");
        Ground { top, lower, upper }
    }

    pub(crate) fn lane(&self) -> Arc<dyn Lane> {
        let (lower, upper) = (open(&self.lower), open(&self.upper));
        upper.lane_from(lower).expect("a local lane")
    }

    /// The item with what both sides say of it now.
    pub(crate) fn item(&self, key: &str) -> Item {
        let key = KeyBuf::from(key.as_bytes());
        let look = |side: &Path| open(side).look(key.as_key(), Detail::Basic).expect("a look");
        Item { lower: look(&self.lower), upper: look(&self.upper), key, ..Item::default() }
    }

    /// Makes one step with one item.
    pub(crate) fn step(&self, step: Step, item: &Item) -> Outcome {
        self.steps(step, std::slice::from_ref(item)).remove(0)
    }

    /// Makes one step with the item as both sides show it now.
    pub(crate) fn step_now(&self, step: Step, key: &str) -> Outcome {
        self.step(step, &self.item(key))
    }

    /// Makes the same step with many items, in key order.
    pub(crate) fn steps(&self, step: Step, items: &[Item]) -> Vec<Outcome> {
        self.paced(step, items, &Free)
    }

    pub(crate) fn paced(&self, step: Step, items: &[Item], pace: &dyn Pace) -> Vec<Outcome> {
        let lane = self.lane();
        let mut outcomes = Vec::new();
        for chunk in items.chunks(1000) {
            let mut page = PageBuilder::new();
            chunk.iter().for_each(|item| page.push(&item.entry()));
            let page = page.take();
            let steps: Vec<_> = (0..chunk.len() as u32).map(|index| (index, step)).collect();
            let turn = Turn { page: &page, steps: &steps, owners: is_root() };
            let told = lane.carry(&turn, pace);
            outcomes.extend(told.into_iter().map(|(_, outcome)| outcome));
        }
        outcomes
    }

    /// Carries all that LOWER has, in the order of a move's stages; every outcome is good.
    pub(crate) fn mirror(&self) {
        let items = with_leaders(list(&self.lower, Side::Lower));
        let upper: std::collections::HashMap<_, _> =
            list(&self.upper, Side::Upper).into_iter().map(|item| (item.key, item.upper)).collect();
        let items: Vec<Item> = items
            .into_iter()
            .map(|item| Item { upper: upper.get(&item.key).cloned().flatten(), ..item })
            .collect();
        let is_directory = |item: &&Item| item.key.as_key().is_directory();
        let is_link = |item: &&Item| {
            item.lower.as_deref().is_some_and(|lower| facets(lower).decode().linked.is_some())
        };
        let (directories, others): (Vec<_>, Vec<_>) =
            items.iter().partition::<Vec<&Item>, _>(is_directory);
        let (links, contents): (Vec<_>, Vec<_>) =
            others.into_iter().partition::<Vec<&Item>, _>(is_link);
        let owned = |items: Vec<&Item>| items.into_iter().cloned().collect::<Vec<_>>();
        let (directories, links, contents) = (owned(directories), owned(links), owned(contents));
        all_good(self.steps(Step::MakeDirectory, &directories));
        all_good(self.steps(Step::Carry, &contents));
        all_good(self.steps(Step::Link, &links));
        all_good(self.steps(Step::SetAttributes, &directories));
        all_good(self.steps(Step::Look, &items));
        assert_eq!(self.lane().align_roots(is_root()), Ok(()));
    }
}

pub(crate) fn all_good(outcomes: Vec<Outcome>) {
    for outcome in outcomes {
        assert!(outcome.is_good(), "{outcome:?}");
    }
}

pub(crate) fn open(path: &Path) -> Arc<PosixStore> {
    PosixStore::open(path).expect("a store")
}

pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Everything that a side lists; a hole fails the test.
pub(crate) fn list(path: &Path, side: Side) -> Vec<Item> {
    let (items, holes) = list_with(path, side, Filter::default(), Detail::Basic);
    assert_eq!(holes, vec![]);
    items
}

pub(crate) fn list_with(
    path: &Path,
    side: Side,
    filter: Filter,
    detail: Detail,
) -> (Vec<Item>, Vec<Hole>) {
    let request = ListRequest { filter: Arc::new(filter), detail, side };
    let mut listing = open(path).list(request).expect("a listing");
    let (mut items, mut holes) = (Vec::new(), Vec::new());
    while let Some(listed) = listing.next(&Free).expect("a step of the listing") {
        match listed {
            Listed::Hole(hole) => holes.push(hole),
            Listed::Page(page) => items.extend(page.iter().map(|entry| Item {
                key: entry.key.to_owned(),
                lower: entry.lower.map(|facets| facets.as_bytes().to_vec()),
                upper: entry.upper.map(|facets| facets.as_bytes().to_vec()),
                ..Item::default()
            })),
        }
    }
    assert!(items.is_sorted_by(|one, other| one.key < other.key), "keys out of order");
    (items, holes)
}

/// Resolves groups of hard links, as the survey does.
fn with_leaders(items: Vec<Item>) -> Vec<Item> {
    let mut leaders = std::collections::HashMap::new();
    let resolve = |item: Item| {
        let lower = item.lower.clone().expect("LOWER's facets");
        let mut told = facets(&lower).decode();
        if told.links.is_some() {
            let leader: &KeyBuf =
                leaders.entry((told.device, told.inode)).or_insert_with(|| item.key.clone());
            if *leader != item.key {
                told.linked = Some(&leader.0);
                let mut encoded = Vec::new();
                told.encode(&mut encoded);
                return Item { lower: Some(encoded), ..item };
            }
        }
        item
    };
    items.into_iter().map(resolve).collect()
}

pub(crate) fn key(text: &str) -> Key<'_> {
    Key::new(text.as_bytes())
}

/// The names in a directory, sorted.
pub(crate) fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).expect("a directory");
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.expect("an entry").file_name().to_string_lossy().into_owned()
    };
    let mut names: Vec<String> = entries.map(name).collect();
    names.sort();
    names
}

/// A file system mounted for a test; unmounted when dropped.
pub(crate) struct Mount(PathBuf);

impl Mount {
    /// Mounts a file system of memory, or tells that it is not allowed here.
    pub(crate) fn new(kind: &str, options: &str, at: &Path) -> Option<Mount> {
        let mut mount = std::process::Command::new("mount");
        mount.args(["-t", kind, "-o", options, "none"]).arg(at);
        let mounted = is_root() && mount.status().is_ok_and(|status| status.success());
        mounted.then(|| Mount(at.to_owned()))
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Lazily: a store may still hold on to it.
        let unmounted = std::process::Command::new("umount").arg("-l").arg(&self.0).status();
        assert!(unmounted.is_ok_and(|status| status.success()), "{} stays", self.0.display());
    }
}

/// Runs `act` while `beside` is done over and over on another thread, until `act` ends,
/// also by a failed assertion.
pub(crate) fn beside(beside: impl Fn() + Send + Sync, act: impl FnOnce()) {
    struct End<'a>(&'a AtomicBool);
    impl Drop for End<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                beside();
            }
        });
        let end = End(&ended);
        act();
        drop(end);
        thread.join().expect("what was done beside it");
    });
}
