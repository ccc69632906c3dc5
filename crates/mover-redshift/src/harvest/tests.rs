//! A harvest on a real disk.

use super::*;
use crate::layout::Family;
use crate::manifests::{Entry, Necessity};
use crate::place::Place;
use crate::views::{CopyStatement, Origin, QueryId, Window};
use boatlift_core::Code;

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).expect("a time")
}

fn begun(layout: Layout) -> (tempfile::TempDir, Harvest) {
    let directory = tempfile::tempdir().expect("a directory");
    let harvest =
        Harvest::open(&directory.path().join(FILE_NAME), layout, &Span::ALL).expect("a harvest");
    (directory, harvest)
}

fn query(number: i64) -> QueryId {
    QueryId { origin: Origin::Stl, number }
}

fn touch(place: &Place, number: i64, at: i64) -> Touch<'_> {
    Touch {
        query: query(number),
        began: time(at),
        at: time(at),
        family: Family::Copy,
        role: Role::Data,
        place,
        extent: Extent::Object,
        known: None,
    }
}

fn entry(key: &str, necessity: Necessity, content_length: Option<u64>) -> Entry {
    Entry { number: 1, place: Place::new("b", key), necessity, content_length }
}

fn statement(number: i64, at: i64) -> CopyStatement {
    let text = crate::copy_text::SqlText::whole("copy t from 's3://b/k'").redact();
    let (started, ended) = (time(at), time(at));
    CopyStatement { query: query(number), user: 100, started, ended, text }
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
    let again = Harvest::open(&directory.path().join(FILE_NAME), Layout::ByBucket, &Span::ALL);
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
    let named = ["one", "two"].map(|key| entry(key, Necessity::Mandatory, None));
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
    harvest.expand(&open[0], &found, None).expect("expanded");
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
            let other =
                Harvest::open(&directory.path().join(FILE_NAME), Layout::ByBucket, &Span::ALL);
            assert_eq!(other.expect_err("refused").code, Code::ConfigValue);
        }
    }
}

#[test]
fn a_window_is_read_whole_once_and_then_what_ended_since_with_an_overlap() {
    let (_directory, harvest) = begun(Layout::ByBucket);
    let (from, hour) = (time(1_000_000), 3_600);
    let until = |hours: i64| time(1_000_000 + hours * hour);
    assert_eq!(harvest.next(from, from, "t"), Ok(None));
    let first = harvest.next(from, until(2), "t").expect("a window").expect("one");
    assert_eq!((first.from, first.until, first.ended_since), (from, until(2), None));
    harvest.reach(&first, "t").expect("reached");
    let earlier = Window::new(from, until(1)).expect("a window");
    harvest.reach(&earlier, "t").expect("reached, and not back");
    let second = harvest.next(from, until(3), "t").expect("a window").expect("one");
    assert_eq!((second.from, second.until), (from, until(3)));
    assert_eq!(second.ended_since, Some(time(1_000_000 + 2 * hour - 1_800)));
    // What began before was never read.
    let before = harvest.next(time(5), until(3), "t").expect("a window").expect("one");
    assert_eq!(before.ended_since, None);
    // Nor was what other terms take.
    let other = harvest.next(from, until(3), "failed, too").expect("a window").expect("one");
    assert_eq!(other.ended_since, None);
}

#[test]
fn statements_come_by_time() {
    let (_directory, harvest) = begun(Layout::ByBucket);
    for (number, at) in [(3, 1), (1, 2), (2, 1)] {
        harvest.take_statement(&statement(number, at)).expect("kept");
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
    let error = Harvest::open(&path, Layout::ByBucket, &Span::ALL).expect_err("damage");
    assert_eq!(error.code, Code::StateDamaged);
}

/// A question that a scan asks.
fn scan(place: &Place, extent: Extent) -> Touch<'_> {
    Touch { family: Family::Spectrum, extent, ..touch(place, 1, 10) }
}

fn listed(harvest: &Harvest) -> Vec<String> {
    let rows = harvest.page(None, 100).expect("a page");
    rows.into_iter().map(|row| row.below).collect()
}

#[test]
fn a_question_that_nothing_answers_is_an_item_with_its_reason() {
    let (_directory, harvest) = begun(Layout::ByBucket);
    let places = ["denied/", "gone", "full/"].map(|key| Place::new("lake", key));
    let extents = [Extent::DeepPrefix, Extent::Prefix, Extent::DeepPrefix];
    harvest
        .take(places.iter().zip(extents).map(|(place, extent)| scan(place, extent)))
        .expect("taken");
    // The same place flat and deep is one item.
    harvest.take([scan(&places[0], Extent::Prefix)]).expect("taken");
    let cut = Place::new("b", "k".repeat(256));
    harvest.take([Touch { extent: Extent::Cut, ..touch(&cut, 2, 10) }]).expect("taken");
    assert_eq!(listed(&harvest), [""; 0], "nothing is known yet");
    for asked in harvest.open_candidates(9).expect("candidates") {
        let standing = match &*asked.place.key {
            "denied/" => Standing::Denied("no".into()),
            "gone" => Standing::Missing,
            "full/" => Standing::Expanded,
            _ => Standing::Ambiguous(2),
        };
        if asked.place.key == "full/" {
            harvest.expand(&asked, &[("full/a".into(), there("e"))], None).expect("expanded");
        }
        harvest.settle(&[(asked, standing)]).expect("settled");
    }
    let cut = format!("copyfiles/b/{}*", cut.key);
    let below = ["denied/*", "full/a", "gone*"].map(|key| format!("spectrumfiles/lake/{key}"));
    assert_eq!(listed(&harvest), [&[cut.clone()][..], &below[..]].concat());
    let row = harvest.row(&below[0]).expect("an answer").expect("an item");
    assert_eq!(row.hindrance(), Some(&Standing::Denied("no".into())));
    assert_eq!(row.candidate.place, places[0]);
    assert_eq!(harvest.has(&below[0]), Ok(false));
    // What was refused is asked again, and is no item when it is answered.
    harvest.reopen_failures().expect("opened");
    for asked in harvest.open_candidates(9).expect("candidates") {
        harvest.settle(&[(asked, Standing::Expanded)]).expect("settled");
    }
    assert_eq!(listed(&harvest), below[1..2]);
}

#[test]
fn another_window_shows_what_its_own_queries_touched() {
    let (directory, harvest) = begun(Layout::ByBucket);
    let [early, late, list] = ["early", "late", "list"].map(|key| Place::new("b", key));
    let manifest = Touch { role: Role::Manifest, ..touch(&list, 3, 200) };
    harvest.take([touch(&early, 1, 100), touch(&late, 2, 200), manifest]).expect("taken");
    // A query that began early and ended late belongs to when it began.
    let slow = Place::new("b", "slow");
    harvest.take([Touch { at: time(300), ..touch(&slow, 1, 100) }]).expect("taken");
    let open = harvest.open_candidates(9).expect("candidates");
    let by = open.iter().find(|open| open.place == list).expect("a manifest");
    harvest.take_named(by, &[entry("named", Necessity::Mandatory, None)]).expect("taken");
    for (number, at) in [(1, 100), (2, 200)] {
        harvest.take_statement(&statement(number, at)).expect("kept");
    }
    drop(harvest);
    let shown = |from: i64, until: Option<i64>| {
        let window = Span { from: time(from), until: until.map(time) };
        let path = directory.path().join(FILE_NAME);
        let harvest = Harvest::open(&path, Layout::ByBucket, &window).expect("a harvest");
        let mut statements = Vec::new();
        let each = |query: &str, _: &str| {
            statements.push(query.to_owned());
            Ok(())
        };
        harvest.each_statement(each).expect("statements");
        let open = harvest.open_candidates(9).expect("candidates").len();
        let keys = listed(&harvest).iter().map(|key| key[12..].to_owned()).collect::<Vec<_>>();
        assert_eq!(open, keys.len(), "what is not shown is not asked for");
        (keys.join(" "), statements.join(" "))
    };
    let told = |keys: &str, statements: &str| (keys.to_owned(), statements.to_owned());
    assert_eq!(shown(0, None), told("early late list named slow", "stl:1 stl:2"));
    assert_eq!(shown(0, Some(200)), told("early slow", "stl:1"));
    assert_eq!(shown(101, None), told("late list named", "stl:2"));
}

#[test]
fn what_nobody_misses_is_told_apart_from_what_is_missing() {
    let (_directory, harvest) = begun(Layout::ByBucket);
    let list = Place::new("b", "list");
    harvest.take([Touch { role: Role::Manifest, ..touch(&list, 1, 1) }]).expect("taken");
    let by = harvest.open_candidates(1).expect("candidates").remove(0);
    let entries = [
        entry("may", Necessity::Optional, None),
        entry("must", Necessity::Optional, None),
        entry("must", Necessity::Mandatory, None),
        entry("loaded", Necessity::Optional, None),
    ];
    harvest.take_named(&by, &entries).expect("taken");
    harvest.take([touch(&Place::new("b", "loaded"), 2, 1)]).expect("taken");
    let may = |key: &str| {
        let open = harvest.open_candidates(9).expect("candidates");
        let of = open.iter().find(|open| open.place.key == key).expect("a candidate");
        harvest.may_be_missing(of)
    };
    assert_eq!([may("may"), may("must"), may("loaded")], [Ok(true), Ok(false), Ok(false)]);
    assert_eq!(may("list"), Ok(false), "nothing names it");
}

#[test]
fn a_manifest_that_gives_an_object_another_length_is_found() {
    let (_directory, harvest) = begun(Layout::ByBucket);
    let list = Place::new("b", "list");
    harvest.take([Touch { role: Role::Manifest, ..touch(&list, 1, 1) }]).expect("taken");
    let by = harvest.open_candidates(1).expect("candidates").remove(0);
    let of = harvest.row("copyfiles/b/list").expect("an answer").expect("a row");
    let other = |told| {
        harvest.forget_named(&by).expect("forgotten");
        harvest.take_named(&by, &[entry("k", Necessity::Mandatory, told)]).expect("taken");
        for open in harvest.open_candidates(9).expect("candidates") {
            // One byte each.
            harvest.settle(&[(open, there("e"))]).expect("settled");
        }
        harvest.other_length(&of).expect("an answer").map(|other| other.told)
    };
    assert_eq!([other(None), other(Some(1)), other(Some(7))], [None, None, Some(7)]);
}

#[test]
fn an_answer_goes_on_where_it_was_left_until_a_later_touch() {
    let (_directory, harvest) = begun(Layout::ByBucket);
    let place = Place::new("lake", "a/");
    harvest.take([scan(&place, Extent::DeepPrefix)]).expect("taken");
    let asked = harvest.open_candidates(1).expect("candidates").remove(0);
    assert_eq!(harvest.answered_until(&asked), Ok(None));
    let found = [("a/1".to_owned(), there("e"))];
    harvest.expand(&asked, &found, Some("a/1")).expect("expanded");
    assert_eq!(harvest.answered_until(&asked), Ok(Some("a/1".into())));
    let later = Touch { at: time(99), ..scan(&place, Extent::DeepPrefix) };
    harvest.take([later]).expect("taken");
    let again = harvest.open_candidates(1).expect("candidates").remove(0);
    assert_eq!(harvest.answered_until(&again), Ok(None), "it may have changed");
    harvest.expand(&again, &found, Some("a/1")).expect("expanded");
    harvest.expand(&again, &[], None).expect("expanded");
    assert_eq!(harvest.answered_until(&again), Ok(None), "it is at its end");
}

#[test]
fn what_is_to_be_asked_is_found_without_sorting_all_of_it() {
    let (_directory, harvest) = begun(Layout::ByBucket);
    let plan: Vec<String> = harvest
        .with("cannot explain", |db| {
            let mut query = db.prepare(
                "EXPLAIN QUERY PLAN SELECT key FROM wanted WHERE standing IS NULL
                 ORDER BY role = 2 DESC, extent DESC LIMIT 1000",
            )?;
            query.query_map([], |row| row.get(3))?.collect()
        })
        .expect("a plan");
    let plan = plan.join("; ");
    assert!(plan.contains("objects_to_ask") && !plan.contains("TEMP B-TREE"), "{plan}");
}
