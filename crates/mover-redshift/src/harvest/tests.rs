//! A harvest on a real disk.

use super::*;
use crate::layout::Family;
use crate::place::Place;
use crate::views::Origin;
use boatlift_core::Code;

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).expect("a time")
}

fn begun(layout: Layout) -> (tempfile::TempDir, Harvest) {
    let directory = tempfile::tempdir().expect("a directory");
    let harvest = Harvest::open(&directory.path().join(FILE_NAME), layout).expect("a harvest");
    (directory, harvest)
}

fn query(number: i64) -> QueryId {
    QueryId { origin: Origin::Stl, number }
}

fn touch(place: &Place, number: i64, at: i64) -> Touch<'_> {
    Touch {
        query: query(number),
        at: time(at),
        family: Family::Copy,
        role: Role::Data,
        place,
        extent: Extent::Object,
        known: None,
    }
}

fn there(etag: &str) -> Standing {
    let etag = etag.to_owned();
    let pin = Pin::Unchanged;
    Standing::There(Kept { size: 1, etag, version: None, modified: None, class: None, pin })
}

#[test]
fn an_object_that_many_statements_touched_is_one_row_and_the_latest_counts() {
    let (directory, harvest) = begun(Layout::ByBucket);
    let place = Place::new("b", "k");
    let known = |etag: &str| Some(Known { etag: etag.into(), modified: Some(time(1)) });
    let touches = || {
        [(1, 10, "old"), (2, 30, "new"), (3, 20, "middle")]
            .map(|(number, at, etag)| Touch { known: known(etag), ..touch(&place, number, at) })
    };
    harvest.take(touches()).expect("taken");
    // Windows overlap: the same again changes nothing.
    harvest.take(touches()).expect("taken");
    let rows = harvest.page(None, 10).expect("a page");
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].below, "copyfiles/b/k");
    assert_eq!(rows[0].candidate.known, known("new"));
    assert_eq!(harvest.touches(&rows[0]), Ok(3));
    drop(harvest);
    let again = Harvest::open(&directory.path().join(FILE_NAME), Layout::ByBucket);
    assert_eq!(again.expect("a harvest").page(None, 10).expect("a page"), rows);
}

#[test]
fn what_one_view_tells_of_a_load_is_kept_whichever_comes_first() {
    let place = Place::new("b", "k");
    let told = |number: i64, at: i64, etag: &str| Touch {
        known: Some(Known { etag: etag.into(), modified: None }),
        ..touch(&place, number, at)
    };
    let silent = |number: i64, at: i64| touch(&place, number, at);
    let met = |touches: Vec<Touch<'_>>| {
        let (_directory, harvest) = begun(Layout::ByBucket);
        for touch in touches {
            harvest.take([touch]).expect("taken");
        }
        let row = harvest.row("copyfiles/b/k").expect("an answer").expect("a row");
        let etag = row.candidate.known.map(|known| known.etag);
        (row.candidate.at, etag, row.candidate.role)
    };
    let latest = (time(1_003), Some("new".to_owned()), Role::Data);
    let views = || [told(1, 10, "old"), silent(2, 13), told(3, 1_000, "new"), silent(4, 1_003)];
    assert_eq!(met(views().to_vec()), latest);
    assert_eq!(met(views().into_iter().rev().collect()), latest);
    let [a, b, c, d] = views();
    assert_eq!(met(vec![d, a, c, b]), latest);
    // A load that only the silent view knows met nobody knows what.
    let silent_later = met(vec![told(1, 10, "old"), silent(2, 10_000)]);
    assert_eq!(silent_later, (time(10_000), None, Role::Data));
    // What an earlier statement needed it for is learnt, and takes nothing back.
    let earlier = Touch { role: Role::Manifest, ..silent(2, 5) };
    let met = met(vec![told(1, 10, "e"), earlier]);
    assert_eq!(met, (time(10), Some("e".into()), Role::Manifest));
}

#[test]
fn an_answer_to_what_was_known_before_settles_nothing() {
    let (_directory, harvest) = begun(Layout::ByBucket);
    let place = Place::new("b", "k");
    harvest.take([touch(&place, 1, 100)]).expect("taken");
    let asked = harvest.open_candidates(1).expect("candidates").remove(0);
    // Meanwhile another view tells the tag, and another statement that it is a manifest.
    let known = Some(Known { etag: "e".into(), modified: None });
    let told = Touch { known, ..touch(&place, 2, 97) };
    let changes = [told.clone(), Touch { role: Role::Manifest, ..told }];
    let mut asked = asked;
    for change in changes {
        harvest.take([change]).expect("taken");
        harvest.settle(&[(asked, there("x"))]).expect("nothing");
        asked = harvest.open_candidates(1).expect("candidates").remove(0);
    }
    harvest.settle(&[(asked, there("e"))]).expect("settled");
    assert_eq!(harvest.open_candidates(1), Ok(Vec::new()));
}

#[test]
fn a_location_is_an_object_or_a_folder_and_never_a_name_that_begins_so() {
    let (_directory, harvest) = begun(Layout::ByBucket);
    let place = Place::new("b", "events2/part");
    harvest.take([touch(&place, 1, 1)]).expect("taken");
    let open = harvest.open_candidates(1).expect("candidates");
    harvest.settle(&[(open[0].clone(), there("e"))]).expect("settled");
    for (below, is_there) in [
        ("copyfiles/b/events", false),
        ("copyfiles/b/events2", true),
        ("copyfiles/b/events2/", true),
        ("copyfiles/b/events2/part", true),
        ("copyfiles/b/events2/par", false),
    ] {
        assert_eq!(harvest.has_folder(below), Ok(is_there), "{below}");
    }
    assert_eq!(harvest.has_below("copyfiles/b/events"), Ok(true), "COPY takes a plain prefix");
}

#[test]
fn a_manifest_names_what_can_be_cloned() {
    let (_directory, harvest) = begun(Layout::ByBucket);
    let list = Place::new("b", "list");
    harvest.take([Touch { role: Role::Manifest, ..touch(&list, 1, 1) }]).expect("taken");
    let by = harvest.open_candidates(1).expect("candidates").remove(0);
    let named = ["one", "two"].map(|key| Place::new("b", key));
    harvest.take_named(&by, &named).expect("taken");
    let of = harvest.row("copyfiles/b/list").expect("an answer").expect("a row");
    let names = || harvest.named(&of, None, 10).expect("rows").len();
    assert_eq!((names(), harvest.names(&of)), (0, Ok(0)));
    for candidate in harvest.open_candidates(9).expect("candidates") {
        harvest.settle(&[(candidate, there("e"))]).expect("settled");
    }
    assert_eq!((names(), harvest.names(&of)), (2, Ok(2)));
    let one = harvest.row("copyfiles/b/one").expect("an answer").expect("a row");
    harvest.reopen(&one).expect("opened");
    assert_eq!(harvest.open_candidates(9).map(|open| open.len()), Ok(1));
    assert_eq!(names(), 1);
    harvest.forget_named(&by).expect("forgotten");
    assert_eq!(names(), 0);
}

#[test]
fn a_load_that_both_families_tell_of_is_one_and_its_entity_tag_stays() {
    let place = Place::new("b", "k");
    let known = Some(Known { etag: "e".into(), modified: Some(time(1)) });
    let sys = |number, at| Touch {
        query: QueryId { origin: Origin::Sys, number },
        known: known.clone(),
        ..touch(&place, number, at)
    };
    // The families' clocks differ by seconds, in either direction; windows overlap.
    for (stl_at, sys_at) in [(100, 100), (103, 100), (100, 103)] {
        let (_directory, harvest) = begun(Layout::ByBucket);
        for _ in 0..2 {
            harvest.take([touch(&place, 7, stl_at)]).expect("taken");
            harvest.take([sys(9_000, sys_at)]).expect("taken");
        }
        let rows = harvest.page(None, 10).expect("a page");
        assert_eq!(rows[0].candidate.known, known, "{stl_at} {sys_at}");
        assert_eq!(harvest.touches(&rows[0]), Ok(1), "{stl_at} {sys_at}");
        // A load long after is another, of which no entity tag is known.
        harvest.take([touch(&place, 8, 1_000)]).expect("taken");
        let rows = harvest.page(None, 10).expect("a page");
        assert_eq!((&rows[0].candidate.known, harvest.touches(&rows[0])), (&None, Ok(2)));
    }
}

#[test]
fn rows_come_in_the_byte_order_of_their_clones_a_page_at_a_time() {
    let (_directory, harvest) = begun(Layout::ByBucket);
    // By bucket and key "a" would come first; its clone comes after those of "a-b" and "a.b".
    let places = [("a.b", "k"), ("a", "é"), ("a", "k"), ("a-b", "k"), ("a", "//")]
        .map(|(bucket, key)| Place::new(bucket, key));
    harvest.take(places.iter().map(|place| touch(place, 1, 1))).expect("taken");
    let mut below: Vec<String> = Vec::new();
    loop {
        let page = harvest.page(below.last().map(String::as_str), 2).expect("a page");
        if page.is_empty() {
            break;
        }
        below.extend(page.into_iter().map(|row| row.below));
    }
    let mut sorted = below.clone();
    sorted.sort_by(|one, other| one.as_bytes().cmp(other.as_bytes()));
    assert_eq!((below.len(), &below), (5, &sorted));
}

#[test]
fn what_is_settled_stays_so_until_it_is_touched_later() {
    let (_directory, harvest) = begun(Layout::ByBucket);
    let places = ["one", "two"].map(|key| Place::new("b", key));
    harvest.take(places.iter().map(|place| touch(place, 1, 10))).expect("taken");
    let open = harvest.open_candidates(10).expect("candidates");
    let standings = [there("e"), Standing::Missing];
    let settled: Vec<_> = open.iter().cloned().zip(standings).collect();
    harvest.settle(&settled).expect("settled");
    assert_eq!(harvest.open_candidates(10), Ok(Vec::new()));

    harvest.reopen_failures().expect("opened");
    assert_eq!(harvest.open_candidates(10), Ok(vec![open[1].clone()]));
    harvest.take([touch(&open[0].place, 2, 20)]).expect("taken");
    assert_eq!(harvest.open_candidates(10).expect("candidates").len(), 2);
    // What was found out about an earlier touch does not settle a later one.
    harvest.settle(&settled[..1]).expect("settled");
    assert_eq!(harvest.open_candidates(10).expect("candidates").len(), 2);
}

#[test]
fn a_prefix_is_answered_by_objects_that_inherit_its_touches() {
    let (_directory, harvest) = begun(Layout::ByBucket);
    let prefix = Place::new("lake", "year=1/");
    let question =
        Touch { family: Family::Spectrum, extent: Extent::Prefix, ..touch(&prefix, 7, 10) };
    harvest.take([question.clone(), Touch { query: query(8), ..question }]).expect("taken");
    assert_eq!(harvest.page(None, 10), Ok(Vec::new()), "a question is no object");
    let open = harvest.open_candidates(10).expect("candidates");
    let found = ["year=1/a", "year=1/b"].map(|key| (key.to_owned(), there(key)));
    harvest.expand(&open[0], &found).expect("expanded");
    harvest.settle(&[(open[0].clone(), Standing::Expanded)]).expect("settled");
    let rows = harvest.page(None, 10).expect("a page");
    let keys: Vec<&str> = rows.iter().map(|row| row.candidate.place.key.as_str()).collect();
    assert_eq!(keys, ["year=1/a", "year=1/b"]);
    assert_eq!(harvest.touches(&rows[0]), Ok(2));
    assert_eq!(harvest.open_candidates(10), Ok(Vec::new()));
}

#[test]
fn two_sources_of_one_clone_are_found() {
    let places = ["one", "other"].map(|bucket| Place::new(bucket, "k"));
    for (layout, meets) in [(Layout::ByBucket, false), (Layout::Reference, true)] {
        let (directory, harvest) = begun(layout);
        harvest.take(places.iter().map(|place| touch(place, 1, 1))).expect("taken");
        let found = harvest.collision().expect("an answer");
        let buckets = found.map(|(one, other)| [one, other].map(|row| row.candidate.place.bucket));
        assert_eq!(buckets.is_some(), meets, "{layout:?}");
        if meets {
            let other = Harvest::open(&directory.path().join(FILE_NAME), Layout::ByBucket);
            assert_eq!(other.expect_err("refused").code, Code::ConfigValue);
        }
    }
}

#[test]
fn a_window_is_read_whole_once_and_then_what_ended_since_with_an_overlap() {
    let (_directory, harvest) = begun(Layout::ByBucket);
    let (from, hour) = (time(1_000_000), 3_600);
    let until = |hours: i64| time(1_000_000 + hours * hour);
    assert_eq!(harvest.next(from, from), Ok(None));
    let first = harvest.next(from, until(2)).expect("a window").expect("one");
    assert_eq!((first.from, first.until, first.ended_since), (from, until(2), None));
    harvest.reach(&first).expect("reached");
    let earlier = Window::new(from, until(1)).expect("a window");
    harvest.reach(&earlier).expect("reached, and not back");
    let second = harvest.next(from, until(3)).expect("a window").expect("one");
    assert_eq!((second.from, second.until), (from, until(3)));
    assert_eq!(second.ended_since, Some(time(1_000_000 + 2 * hour - 1_800)));
    // What began before was never read.
    let before = harvest.next(time(5), until(3)).expect("a window").expect("one");
    assert_eq!(before.ended_since, None);
}

#[test]
fn statements_come_by_time() {
    let (_directory, harvest) = begun(Layout::ByBucket);
    for (number, at) in [(3, 1), (1, 2), (2, 1)] {
        let text = crate::copy_text::SqlText::whole("copy t from 's3://b/k'").redact();
        harvest.take_statement(query(number), time(at), &text).expect("kept");
    }
    let mut order = Vec::new();
    let each = |query: &str, _: &str| {
        order.push(query.to_owned());
        Ok(())
    };
    harvest.each_statement(each).expect("statements");
    assert_eq!(order, ["stl:2", "stl:3", "stl:1"]);
}

#[test]
fn a_file_that_is_no_harvest_is_damage() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join(FILE_NAME);
    std::fs::write(&path, "not a database, but long enough to be looked at as one")
        .expect("a file");
    let error = Harvest::open(&path, Layout::ByBucket).expect_err("damage");
    assert_eq!(error.code, Code::StateDamaged);
}
