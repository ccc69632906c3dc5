//! The survey against sides that are lists.

use super::{Marks, Survey, Surveyor};
use crate::segment::{Segment, SegmentCursor, SegmentWriter};
use boatlift_core::compare::{Comparison, Verdict};
use boatlift_core::digest::Digest;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::facets::{Facets, FacetsRef, Kind, Timestamp};
use boatlift_core::filter::Filter;
use boatlift_core::key::{Key, KeyBuf};
use boatlift_core::lane::{Lane, Pace, Stopped};
use boatlift_core::page::{Entry, Page, PageBuilder};
use boatlift_core::plan::SegmentRef;
use boatlift_core::side::Side;
use boatlift_core::store::{Content, Detail, Hole, ListRequest, Listed, Listing, RootFacts, Store};
use std::any::Any;
use std::collections::BTreeSet;
use std::io::Read;
use std::sync::{Arc, Mutex};

/// A key with what it stands for: `content` makes size and mtime, `inode` the identity.
#[derive(Clone, Copy)]
struct Item {
    key: &'static str,
    content: u64,
    inode: u64,
    names: u64,
}

fn item(key: &'static str, content: u64) -> Item {
    let inode = key.bytes().fold(7, |sum, byte| sum * 31 + u64::from(byte));
    Item { key, content, inode, names: 1 }
}

fn facets(item: &Item) -> Vec<u8> {
    let mut out = Vec::new();
    let directory = item.key.ends_with('/');
    let time = Some(Timestamp { seconds: item.content as i64, nanoseconds: 1 });
    let facets = Facets {
        size: (!directory).then_some(item.content),
        mtime: time,
        inode: Some(item.inode),
        links: (item.names > 1).then_some(item.names),
        ..Facets::of(if directory { Kind::Directory } else { Kind::File })
    };
    facets.encode(&mut out);
    out
}

fn page(items: &[Item], sides: &[Side]) -> Page {
    let mut builder = PageBuilder::new();
    for item in items {
        let facets = facets(item);
        let facets = FacetsRef::checked(&facets);
        let on = |side| facets.filter(|_| sides.contains(&side));
        let (lower, upper) = (on(Side::Lower), on(Side::Upper));
        builder.push(&Entry { lower, upper, ..Entry::new(Key::new(item.key.as_bytes())) });
    }
    builder.take()
}

/// A side that is a list. Only its listing is asked for.
struct List {
    items: Vec<Item>,
    hole: Option<&'static str>,
}

struct Steps(Mutex<Vec<Listed>>);

impl Listing for Steps {
    fn next(&mut self, _: &dyn Pace) -> Result<Option<Listed>> {
        Ok(self.0.get_mut().expect("no panic").pop())
    }
}

impl Store for List {
    fn list(&self, request: ListRequest) -> Result<Box<dyn Listing>> {
        let mut steps = vec![Listed::Page(page(&self.items, &[request.side]))];
        if let Some(under) = self.hole {
            let error = Error::new(Code::ListingFailed, "cannot list");
            let under = KeyBuf(under.as_bytes().to_vec());
            steps.push(Listed::Hole(Hole { under, error }));
        }
        Ok(Box::new(Steps(Mutex::new(steps))))
    }

    fn facts(&self) -> Result<RootFacts> {
        unreachable!()
    }
    fn prove_writable(&self) -> Result<()> {
        unreachable!()
    }
    fn look(&self, _: Key<'_>, _: Detail) -> Result<Option<Vec<u8>>> {
        unreachable!()
    }
    fn read(&self, _: Key<'_>) -> Result<Content<'_>> {
        unreachable!()
    }
    fn write(&self, _: Key<'_>, _: &Facets<'_>, _: &mut dyn Read) -> Result<Digest> {
        unreachable!()
    }
    fn remove(&self, _: Key<'_>, _: FacetsRef<'_>) -> Result<()> {
        unreachable!()
    }
    fn flush(&self) -> Result<()> {
        unreachable!()
    }
    fn lane_from(self: Arc<Self>, _: Arc<dyn Store>) -> Option<Arc<dyn Lane>> {
        unreachable!()
    }
    fn sweep(&self, _: &Page) -> Result<()> {
        unreachable!()
    }
    fn read_mark(&self) -> Result<Option<Vec<u8>>> {
        unreachable!()
    }
    fn write_mark(&self, _: Option<&[u8]>) -> Result<()> {
        unreachable!()
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct Unpaced;

impl Pace for Unpaced {
    fn spend(&self, _: Side, _: u64, _: u64) -> Result<(), Stopped> {
        Ok(())
    }
}

/// Surveys three lists; the difference as `key verdict partner`.
fn survey(lower: List, agreed: &[Item], upper: List) -> (Survey, Vec<String>) {
    let directory = tempfile::tempdir().expect("a directory");
    let agreed = (!agreed.is_empty()).then(|| {
        let mut writer = SegmentWriter::create(directory.path(), "agreed").expect("a segment");
        writer.push_page(&page(agreed, &[Side::Lower, Side::Upper])).expect("a page");
        let agreed = writer.finish().expect("a segment");
        Segment::open(directory.path(), &agreed).expect("a segment")
    });
    let survey = Surveyor {
        lower: Arc::new(lower),
        upper: Some(Arc::new(upper)),
        agreed,
        filter: Arc::new(Filter::default()),
        detail: Detail::Basic,
        comparison: Comparison { lower_inodes: true, upper_inodes: true, ..Default::default() },
        trust_agreed: false,
        find_moves: true,
        suspects: &BTreeSet::new(),
        marks: &|entry| Marks { stages: 1, removes: entry.lower.is_none(), carries: true },
        pace: &Unpaced,
        listed: &|_, _| {},
        scratch: directory.path(),
        segments: directory.path(),
    }
    .survey()
    .expect("a survey");
    let lines = lines(directory.path(), &survey.difference);
    (survey, lines)
}

fn lines(directory: &std::path::Path, difference: &SegmentRef) -> Vec<String> {
    let segment = Segment::open(directory, difference).expect("a segment");
    let mut cursor = SegmentCursor::new(Some(segment)).expect("a cursor");
    let mut lines = Vec::new();
    while let Some(entry) = cursor.peek() {
        let partner = entry.partner.map(|partner| format!(" {partner}")).unwrap_or_default();
        let linked = entry.lower.and_then(|lower| lower.decode().linked.map(Key::new));
        let linked = linked.map(|leader| format!(" ={leader}")).unwrap_or_default();
        lines.push(format!("{} {}{partner}{linked}", entry.key, entry.verdict));
        cursor.advance().expect("the next entry");
    }
    lines
}

fn side(items: &[Item]) -> List {
    List { items: items.to_vec(), hole: None }
}

#[test]
fn only_what_differs_and_the_directories_above_it_are_in_the_difference() {
    let agreed = [item("a/", 1), item("a/x", 1), item("b/", 1), item("b/y", 1)];
    let lower = [item("a/", 1), item("a/x", 1), item("b/", 1), item("b/y", 2), item("c", 1)];
    let (survey, lines) = survey(side(&lower), &agreed, side(&agreed));
    assert_eq!(lines, ["b/ same", "b/y changed", "c added"]);
    assert_eq!(survey.totals.verdicts[&Verdict::Same].entries, 3);
    assert_eq!((survey.totals.lower.entries, survey.totals.upper.entries), (5, 4));
}

#[test]
fn a_rename_on_lower_is_found_by_its_inode() {
    let agreed = [item("d/", 1), item("old", 5)];
    let renamed = Item { key: "d/new", ..item("old", 5) };
    let (survey, lines) = survey(side(&[item("d/", 1), renamed]), &agreed, side(&agreed));
    assert_eq!(lines, ["d/ same", "d/new moved old", "old gone"]);
    assert_eq!(survey.totals.removals, 0, "a renamed file is not removed");
    assert_eq!(survey.totals.verdicts[&Verdict::Moved].entries, 1);
}

#[test]
fn a_file_that_upper_changed_is_not_renamed_there() {
    let agreed = [item("old", 5)];
    let renamed = Item { key: "new", ..item("old", 5) };
    let (_, lines) = survey(side(&[renamed]), &agreed, side(&[item("old", 6)]));
    assert_eq!(lines, ["new added", "old conflict"]);
}

#[test]
fn a_name_and_a_directory_in_each_others_place_know_of_each_other() {
    let lower = [item("a", 1), item("a-b", 1), item("c/", 1), item("c/x", 1)];
    let upper = [item("a-b", 1), item("a/", 1), item("a/y", 1), item("c", 1)];
    let (_, lines) = survey(side(&lower), &[], side(&upper));
    assert_eq!(
        lines,
        [
            "a added",
            "a-b same",
            "a/ foreign a",
            "a/y foreign a",
            "c foreign",
            "c/ added c",
            "c/x added"
        ]
    );
}

#[test]
fn nothing_below_a_hole_is_gone() {
    let agreed = [item("a/", 1), item("a/x", 1), item("b", 1)];
    let lower = List { items: vec![item("a/", 1)], hole: Some("a/") };
    let (survey, lines) = survey(lower, &agreed, side(&agreed));
    assert_eq!(lines, ["b gone"]);
    assert_eq!(survey.totals.verdicts[&Verdict::Unknown].entries, 1);
    assert_eq!(survey.holes.len(), 1);
}

#[test]
fn what_could_not_be_looked_at_is_not_gone_though_its_neighbours_may_be() {
    let agreed = [item("a", 1), item("a-b", 1), item("b", 1)];
    let lower = List { items: Vec::new(), hole: Some("a/") };
    let (survey, lines) = survey(lower, &agreed, side(&agreed));
    assert_eq!(lines, ["a-b gone", "b gone"]);
    assert_eq!(survey.totals.verdicts[&Verdict::Unknown].entries, 1);
}

#[test]
fn later_names_of_an_inode_are_linked_to_the_first() {
    let linked = |key| Item { key, names: 3, ..item("first", 1) };
    let lower = [linked("a"), linked("d/z"), linked("f")];
    let (_, lines) = survey(side(&lower), &[], side(&[]));
    assert_eq!(lines, ["a added", "d/z added =a", "f added =a"]);
}

#[test]
fn what_both_sides_removed_is_forgotten() {
    let (survey, lines) = survey(side(&[item("k", 1)]), &[item("j", 1)], side(&[item("k", 1)]));
    assert_eq!(lines, ["j gone", "k same"]);
    assert_eq!(survey.totals.removals, 0);
    assert_eq!(survey.totals.verdicts.get(&Verdict::Gone), None);
}

#[test]
fn the_directory_of_a_forgotten_file_comes_before_its_neighbours_that_differ() {
    let agreed = [item("d/", 1), item("d/a", 1), item("d/b", 1)];
    let (lower, upper) = ([item("d/", 1), item("d/b", 2)], [item("d/", 1), item("d/b", 1)]);
    let (_, lines) = survey(side(&lower), &agreed, side(&upper));
    assert_eq!(lines, ["d/ same", "d/a gone", "d/b changed"]);
}
