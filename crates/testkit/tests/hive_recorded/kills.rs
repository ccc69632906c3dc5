//! Deaths: before and after every event of the journal, and at every call on UPPER's
//! metastore. The next run comes to the same end, LOWER hears reads only, and there is no
//! moment in which a reader on UPPER misses a table that was there, or meets other rows.

use crate::fixtures::{DB, fill_sparsely, lies, partition, partitioned, put};
use crate::harness::{Site, Stage};
use boatlift_testkit::fake_metastore::{Act, Moment, World, rows_at};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// Files by the name of the table or partition that shows them.
type Rows = BTreeMap<String, BTreeMap<PathBuf, Vec<u8>>>;

/// What was wrong for a reader, and after which call.
type Complaints = Arc<Mutex<Vec<String>>>;

/// What a move begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begin {
    /// Nothing on UPPER.
    Empty,
    /// UPPER exchanged, and changes on LOWER since.
    Exchanged,
    /// Nothing on UPPER, and the tables go in two waves.
    InWaves,
}

fn site(begin: Begin) -> Site {
    let mut site = Site::new();
    if begin == Begin::InWaves {
        site.scope = ", waves: [[\"sales[.]events\"]]".to_owned();
    }
    fill_sparsely(&site);
    if begin == Begin::Exchanged {
        site.run(Stage::Storage).expect(0);
        put(&lies(&site, "orders"), "part-2", "late orders");
        let events = partitioned("events", "ds");
        site.lower.add_partitions(&[partition(&events, &["3"], None)]);
        put(&format!("{}/ds=3", lies(&site, "events")), "part-0", "rows of 3");
        put(&format!("{}/ds=1", lies(&site, "events")), "part-0", "other rows");
    }
    site
}

/// Watches UPPER as a reader does, after every call: whatever was there stays, and shows the
/// rows of before or those of LOWER.
fn watch(site: &Site) -> Complaints {
    let complaints = Complaints::default();
    let (told, before, lower) = (Arc::clone(&complaints), site.upper_rows(), site.lower_rows());
    let mut seen: Vec<String> = before.keys().cloned().collect();
    site.upper.watch(move |world, call| {
        let places = world.places();
        let complain = |why: String| {
            told.lock()
                .expect("complaints")
                .push(format!("{} {}: {why}", call.number, call.method));
        };
        for name in seen.iter().filter(|name| !places.contains_key(*name)) {
            complain(format!("{name} is missing"));
        }
        for (name, location) in &places {
            let rows = rows_at(location);
            if ![&before, &lower].iter().any(|known| known.get(name) == Some(&rows)) {
                complain(format!("{name} at {location} shows {rows:?}"));
            }
        }
        seen = places.into_keys().collect();
    });
    complaints
}

/// How an undisturbed run ends.
struct Undisturbed {
    told: BTreeMap<String, String>,
    rows: Rows,
    calls: usize,
}

fn undisturbed(begin: Begin, stage: Stage) -> Undisturbed {
    let site = site(begin);
    let complaints = watch(&site);
    site.upper.forget_calls();
    site.run(stage).expect(0);
    assert_eq!(*complaints.lock().expect("complaints"), [""; 0], "undisturbed");
    let calls = site.upper.calls().len();
    Undisturbed { told: site.upper_told(), rows: site.upper_rows(), calls }
}

/// Runs to the end after a death, and compares.
fn assert_recovers(site: &Site, stage: Stage, wanted: &Undisturbed, after: &str) {
    let ran = site.run(stage);
    assert_eq!(ran.status.code(), Some(0), "after {after}: {}{}", ran.stdout, ran.stderr);
    assert_eq!(site.upper_told(), wanted.told, "after {after}");
    assert_eq!(site.upper_rows(), wanted.rows, "after {after}");
    site.assert_lower_only_read();
}

fn die_at_every_event(point: &str, begin: Begin, stage: Stage) {
    let wanted = undisturbed(begin, stage);
    for number in 1.. {
        let site = site(begin);
        let lives = site.lower_lives();
        let complaints = watch(&site);
        let after = format!("{point}:{number} of {stage:?} from {begin:?}");
        let died = site.dies_at(stage, point, number);
        assert_recovers(&site, stage, &wanted, &after);
        assert_eq!(*complaints.lock().expect("complaints"), [""; 0], "{after}");
        assert_eq!(site.lower_lives(), lives, "LOWER's files were touched, {after}");
        if !died {
            assert!(number > 1, "no run passes {point}");
            return;
        }
    }
}

fn die_at_every_call(begin: Begin, stage: Stage, moments: &[Moment]) {
    let wanted = undisturbed(begin, stage);
    let mut died = 0;
    // Two connections share the calls in no fixed order: a few more may come.
    for number in 1..wanted.calls + 2 {
        for &moment in moments {
            let site = site(begin);
            let lives = site.lower_lives();
            let complaints = watch(&site);
            let after = format!("a death {moment:?} call {number} of {stage:?} from {begin:?}");
            died += usize::from(site.is_killed_at(stage, number, moment));
            assert_recovers(&site, stage, &wanted, &after);
            assert_eq!(*complaints.lock().expect("complaints"), [""; 0], "{after}");
            assert_eq!(site.lower_lives(), lives, "LOWER's files were touched, {after}");
        }
    }
    let most = wanted.calls * moments.len();
    assert!(died + 4 >= most, "only {died} deaths at {} calls", wanted.calls);
}

#[test]
fn dies_right_after_every_event_of_the_metadata_stage() {
    die_at_every_event("journal", Begin::Empty, Stage::Metadata);
}

#[test]
fn dies_right_before_every_event_of_the_metadata_stage() {
    die_at_every_event("journal-before", Begin::Empty, Stage::Metadata);
}

#[test]
fn dies_at_every_call_of_the_metadata_stage() {
    die_at_every_call(Begin::Empty, Stage::Metadata, &[Moment::Before, Moment::After]);
}

#[test]
fn dies_right_after_every_event_of_the_storage_stage() {
    die_at_every_event("journal", Begin::Exchanged, Stage::Storage);
}

#[test]
fn dies_right_before_every_event_of_the_storage_stage() {
    die_at_every_event("journal-before", Begin::Exchanged, Stage::Storage);
}

#[test]
fn dies_right_after_every_event_of_waves() {
    die_at_every_event("journal", Begin::InWaves, Stage::Storage);
}

#[test]
fn dies_at_every_call_of_the_storage_stage() {
    die_at_every_call(Begin::Empty, Stage::Storage, &[Moment::After]);
}

#[test]
fn dies_at_every_call_when_exchanged_files_change() {
    die_at_every_call(Begin::Exchanged, Stage::Storage, &[Moment::Before]);
}

#[test]
fn dies_between_files_and_receipts() {
    for point in ["receipts-flushed", "receipts-durable"] {
        die_at_every_event(point, Begin::Empty, Stage::Storage);
    }
}

#[test]
fn a_reader_who_misses_a_table_is_noticed() {
    let site = site(Begin::Exchanged);
    let complaints = watch(&site);
    site.upper.forget_calls();
    let gap = |world: &mut World| world.drop_table(DB, "orders", false).expect("it is dropped");
    site.upper.at(3, Moment::Before, Act::Meanwhile(Box::new(gap)));
    site.run(Stage::Storage);
    let complaints = complaints.lock().expect("complaints");
    assert!(complaints.iter().any(|why| why.contains("sales.orders is missing")), "{complaints:?}");
}
