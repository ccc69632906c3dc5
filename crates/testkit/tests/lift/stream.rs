//! The stream: the lane that any two stores have, between two directories.

use boatlift_core::facets::Kind;
use boatlift_core::filter::Filter;
use boatlift_core::key::Key;
use boatlift_core::lane::{Lane, Pace, Step, Stopped, Turn};
use boatlift_core::outcome::{Indexed, Outcome};
use boatlift_core::page::{Entry, Page, PageBuilder};
use boatlift_core::side::Side;
use boatlift_core::store::{Detail, ListRequest, Listed, Store};
use boatlift_core::{Code, FacetsRef};
use boatlift_engine::transfer::StreamLane;
use boatlift_stores::PosixStore;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts what it grants, and says stop after so many bytes.
struct Meter {
    bytes: AtomicU64,
    stop_at: u64,
    /// Appended to while LOWER is read.
    grows: Option<std::path::PathBuf>,
}

impl Pace for Meter {
    fn spend(&self, side: Side, _: u64, bytes: u64) -> Result<(), Stopped> {
        if let Some(path) = self.grows.as_ref().filter(|_| side == Side::Lower && bytes > 0) {
            let mut file = fs::OpenOptions::new().append(true).open(path).expect("the file");
            file.write_all(b"more").expect("appended");
        }
        match self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes > self.stop_at {
            true => Err(Stopped),
            false => Ok(()),
        }
    }
}

fn free() -> Meter {
    Meter { bytes: AtomicU64::new(0), stop_at: u64::MAX, grows: None }
}

struct Ground {
    top: tempfile::TempDir,
    lower: Arc<dyn Store>,
    upper: Arc<dyn Store>,
}

impl Ground {
    fn new() -> Ground {
        let top = tempfile::tempdir().expect("a directory");
        let open = |name: &str| -> Arc<dyn Store> {
            let path = top.path().join(name);
            fs::create_dir(&path).expect("a root");
            PosixStore::open(&path).expect("a store")
        };
        let (lower, upper) = (open("lower"), open("upper"));
        Ground { top, lower, upper }
    }

    fn path(&self, path: &str) -> std::path::PathBuf {
        self.top.path().join(path)
    }

    /// Makes `step` for everything on LOWER.
    fn carry(&self, step: Step, meter: &Meter) -> Vec<Indexed> {
        let page = all(&*self.lower, &*self.upper);
        let steps: Vec<_> = (0..page.len() as u32).map(|index| (index, step)).collect();
        let turn = Turn { page: &page, steps: &steps, owners: false };
        let lane = StreamLane::new(Arc::clone(&self.lower), Arc::clone(&self.upper));
        lane.carry(&turn, meter)
    }
}

/// A listing of LOWER as one page, with what UPPER has under the same keys.
fn all(lower: &dyn Store, upper: &dyn Store) -> Page {
    let filter = Arc::new(Filter::default());
    let request = ListRequest { filter, detail: Detail::Basic, side: Side::Lower };
    let mut listing = lower.list(request).expect("a listing");
    let mut builder = PageBuilder::new();
    while let Some(listed) = listing.next(&free()).expect("a step") {
        let Listed::Page(page) = listed else { panic!("a hole") };
        for entry in page.iter() {
            let found = upper.look(entry.key, Detail::Basic).expect("a look");
            let upper = found.as_deref().and_then(FacetsRef::checked);
            builder.push(&Entry { upper, ..entry });
        }
    }
    builder.take()
}

fn content(path: &Path) -> Vec<u8> {
    fs::read(path).expect("a file")
}

#[test]
fn files_directories_and_links_arrive_with_their_digests() {
    let ground = Ground::new();
    fs::create_dir_all(ground.path("lower/d/e")).expect("directories");
    fs::write(ground.path("lower/d/e/big"), vec![7; 3 << 20]).expect("a file");
    fs::write(ground.path("lower/empty"), b"").expect("a file");
    std::os::unix::fs::symlink("nowhere", ground.path("lower/link")).expect("a link");
    let outcomes = ground.carry(Step::Carry, &free());
    assert!(outcomes.iter().all(|(_, outcome)| outcome.is_good()), "{outcomes:?}");
    let digests = outcomes.iter().filter_map(|(_, outcome)| outcome.receipt()?.digest);
    assert_eq!(digests.count(), 2, "both files have one");
    assert_eq!(content(&ground.path("upper/d/e/big")), vec![7; 3 << 20]);
    let link = fs::read_link(ground.path("upper/link")).expect("a link");
    assert_eq!(link, Path::new("nowhere"));
    let read_back = ground.carry(Step::ReadBack, &free());
    let good = read_back.iter().filter(|(_, outcome)| outcome.is_good()).count();
    assert_eq!(good, 3, "all but the directories, whose times come last: {read_back:?}");
}

#[test]
fn a_file_that_grows_while_it_is_read_is_moving_and_leaves_nothing() {
    let ground = Ground::new();
    let path = ground.path("lower/log");
    fs::write(&path, vec![1; 1 << 20]).expect("a file");
    fs::write(ground.path("upper/log"), b"old").expect("a file");
    let meter = Meter { grows: Some(path), stop_at: 8 << 20, ..free() };
    let outcomes = ground.carry(Step::Carry, &meter);
    assert!(
        matches!(outcomes.as_slice(), [(0, Outcome::Moving)] | []),
        "neither done nor failed: {outcomes:?}"
    );
    assert_eq!(content(&ground.path("upper/log")), b"old");
    let names = fs::read_dir(ground.path("upper")).expect("a directory").count();
    assert_eq!(names, 1, "no temporary name is left");
}

#[test]
fn a_stop_in_the_middle_leaves_the_old_file_and_no_outcome() {
    let ground = Ground::new();
    fs::write(ground.path("lower/a"), vec![1; 4 << 20]).expect("a file");
    fs::write(ground.path("upper/a"), b"old").expect("a file");
    let outcomes = ground.carry(Step::Carry, &Meter { stop_at: 1 << 20, ..free() });
    assert!(outcomes.is_empty(), "{outcomes:?}");
    assert_eq!(content(&ground.path("upper/a")), b"old");
}

#[test]
fn reading_back_tells_content_that_differs_and_comparing_mends_it() {
    let ground = Ground::new();
    fs::write(ground.path("lower/a"), b"right").expect("a file");
    fs::write(ground.path("upper/a"), b"wrong").expect("a file");
    let outcomes = ground.carry(Step::ReadBack, &free());
    let [(0, Outcome::Failed(error))] = outcomes.as_slice() else { panic!("{outcomes:?}") };
    assert_eq!(error.code, Code::ContentDiffers);
    let mended = ground.carry(Step::CompareAndCarry, &free());
    assert!(mended.iter().all(|(_, outcome)| outcome.is_good()), "{mended:?}");
    assert_eq!(content(&ground.path("upper/a")), b"right");
}

#[test]
fn removal_wants_what_was_expected_and_a_look_tells_it_is_gone() {
    let ground = Ground::new();
    fs::write(ground.path("upper/a"), b"foreign").expect("a file");
    let found = ground.upper.look(Key::new(b"a"), Detail::Basic).expect("a look").expect("there");
    let upper = FacetsRef::checked(&found);
    assert_eq!(upper.map(FacetsRef::kind), Some(Kind::File));
    let mut builder = PageBuilder::new();
    builder.push(&Entry { upper, ..Entry::new(Key::new(b"a")) });
    let page = builder.take();
    let lane = StreamLane::new(Arc::clone(&ground.lower), Arc::clone(&ground.upper));
    for step in [Step::Remove, Step::Look] {
        let turn = Turn { page: &page, steps: &[(0, step)], owners: false };
        let outcomes = lane.carry(&turn, &free());
        assert!(outcomes.iter().all(|(_, outcome)| outcome.is_good()), "{outcomes:?}");
    }
    assert!(!ground.path("upper/a").exists());
}
