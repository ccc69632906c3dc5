//! Pointers at clones, over a harvest on a real disk.

use super::*;
use crate::harvest::{Extent, Kept, Pin, Role, Span, Standing, Touch};
use crate::views::{Origin, QueryId};
use jiff::Timestamp;

/// A harvest in which objects of these families and places stand so.
fn clones(layout: Layout, objects: &[(Family, &str, Extent, Standing)]) -> Clones {
    let harvest = Harvest::open(":memory:".as_ref(), layout, &Span::ALL).expect("a harvest");
    for (number, (family, place, extent, standing)) in (1..).zip(objects) {
        let at = Timestamp::UNIX_EPOCH;
        let query = QueryId { origin: Origin::Stl, number };
        let place = Place::parse(place).expect("a place");
        let (role, extent) = (Role::Data, *extent);
        let touch = Touch {
            query,
            began: at,
            at,
            family: *family,
            role,
            place: &place,
            extent,
            known: None,
        };
        harvest.take([touch]).expect("taken");
        let asked = harvest.open_candidates(1).expect("candidates").remove(0);
        harvest.settle(&[(asked, standing.clone())]).expect("settled");
    }
    let (harvest, target) = (Arc::new(harvest), Place::new("new", "run/"));
    Clones { harvest, layout, target, agreements: Agreed::default() }
}

fn there() -> Standing {
    let (etag, pin) = ("e".to_owned(), Pin::Unchanged);
    Standing::There(Kept { size: 1, etag, version: None, modified: None, class: None, pin })
}

fn found_at(clones: &Clones, location: &str) -> Result<String, String> {
    match clones.of_location(&Place::parse(location).expect("a place")) {
        Found::Clone(place, None) => Ok(place.to_string()),
        Found::Clone(_, Some(remark)) => panic!("{remark}"),
        Found::Stays(why) => Err(why),
    }
}

#[test]
fn a_location_moves_only_when_all_in_it_is_cloned() {
    use Extent::Object;
    let of = Family::Spectrum;
    let lake = clones(
        Layout::ByBucket,
        &[
            (of, "s3://lake/t/ds=1/a", Object, there()),
            (of, "s3://lake/t/ds=2/a", Object, there()),
            (of, "s3://lake/t/ds=2/b", Object, Standing::Archived("GLACIER".into())),
            (of, "s3://lake/t2/a", Object, there()),
            (of, "s3://lake/t2/may", Object, Standing::MayBeMissing),
            (of, "s3://lake/u/a", Object, there()),
            (of, "s3://lake/u/", Extent::DeepPrefix, Standing::Denied("no".into())),
            (of, "s3://lake/whole", Object, there()),
        ],
    );
    let moved = |location: &str| {
        found_at(&lake, location).map(|to| to.replace("s3://new/run/spectrumfiles/lake", ""))
    };
    assert_eq!(moved("s3://lake/t/ds=1/"), Ok("/t/ds=1/".into()));
    assert_eq!(moved("s3://lake/t/ds=1"), Ok("/t/ds=1".into()));
    assert_eq!(moved("s3://lake/t2"), Ok("/t2".into()), "what nobody misses keeps nothing");
    assert_eq!(moved("s3://lake/whole"), Ok("/whole".into()));
    for (location, why) in [
        ("s3://lake/t/ds=2/", "holds s3://lake/t/ds=2/b, not cloned: archived in GLACIER"),
        ("s3://lake/t", "holds s3://lake/t/ds=2/b, not cloned"),
        ("s3://lake/u/", "not cloned: access denied: no"),
        ("s3://lake/none/", "has no clone"),
    ] {
        let told = moved(location).expect_err(location);
        assert!(told.contains(why), "{location}: {told}");
    }
    // Below a folder that could not be listed there may be more than is known.
    assert!(moved("s3://lake/u/a").expect_err("a part of it").starts_with("may hold more"));
}

#[test]
fn a_location_stays_when_an_object_in_it_failed_until_that_is_mended() {
    let object = (Family::Spectrum, "s3://lake/t/a", Extent::Object, there());
    let lake = clones(Layout::ByBucket, &[object]);
    let failed = |why: Option<&str>| {
        let below = "spectrumfiles/lake/t/a".to_owned();
        lake.harvest.note_outcomes(&[(below, why.map(str::to_owned))]).expect("noted");
        found_at(&lake, "s3://lake/t/")
    };
    assert!(failed(None).is_ok());
    assert!(failed(Some("no room")).expect_err("stays").ends_with("not cloned: no room"));
    assert!(failed(None).is_ok());
}

#[test]
fn a_prefix_of_a_copy_is_told_in_numbers_and_shares_nothing_with_another_bucket() {
    let objects = [
        (Family::Copy, "s3://b/in/1", Extent::Object, there()),
        (Family::Copy, "s3://b/in/2", Extent::Object, Standing::Missing),
        (Family::Copy, "s3://b/only", Extent::Object, there()),
        (Family::Copy, "s3://other/in/3", Extent::Object, there()),
    ];
    let place = |key| Place::new("b", key);
    let by_bucket = clones(Layout::ByBucket, &objects);
    let clone = Place::new("new", "run/copyfiles/b/in/");
    let remark = Some("1 of 2 objects are cloned".to_owned());
    assert_eq!(by_bucket.of_prefix(&place("in/")), Found::Clone(clone, remark));
    assert!(matches!(by_bucket.of_prefix(&place("on")), Found::Clone(_, None)));
    assert_eq!(by_bucket.of_prefix(&place("x")), Found::Stays("has no clone".into()));
    let reference = clones(Layout::Reference, &objects);
    match reference.of_prefix(&place("in/")) {
        Found::Stays(why) => assert!(why.contains("objects of bucket other"), "{why}"),
        found => panic!("{found:?}"),
    }
    assert!(matches!(reference.of_prefix(&place("only")), Found::Clone(_, None)));
    assert!(matches!(reference.of_object(&place("in/2")), Found::Stays(_)));
}
