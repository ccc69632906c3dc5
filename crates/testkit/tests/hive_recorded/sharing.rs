//! Places that more than one object reads: the copies stay until the last of them is dropped.

use crate::fixtures::{DB, database, partition, partitioned, put, table};
use crate::harness::{Site, Stage};
use boatlift_clients::metastore::{Stored, Table};
use boatlift_clients::thrift::Value;
use boatlift_testkit::fake_metastore::{local_path, rows_at};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

/// A site that follows drops.
fn site() -> Site {
    let mut site = Site::new();
    site.more = "  on-drop: drop\n".to_owned();
    site.beside = "policy: {max-delete: 100%}\n".to_owned();
    database(&site);
    site
}

/// Drops a partition of LOWER and leaves its files, as Hive does with external tables.
fn drop_partition(site: &Site, value: &str) {
    let names = [Value::from(format!("ds={value}").as_str())];
    site.lower
        .with(|world| world.drop_partitions(DB, "events", &names, false))
        .expect("it is dropped");
}

/// How many files readers of something on UPPER found, after every call of a run.
fn counts_seen(site: &Site, name: &'static str) -> Arc<Mutex<BTreeSet<usize>>> {
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let into = Arc::clone(&seen);
    site.upper.watch(move |world, _| {
        if let Some(location) = world.places().get(name) {
            into.lock().expect("no panic").insert(rows_at(location).len());
        }
    });
    seen
}

/// An external table at a location.
fn external(name: &str, location: &str) -> Table {
    let mut table = table(name);
    table.set_table_type(Some("EXTERNAL_TABLE"));
    table.set_parameter("EXTERNAL", "TRUE");
    table.set_location(Some(location));
    table
}

#[test]
fn of_two_partitions_in_one_directory_the_other_keeps_its_files() {
    let site = site();
    let events = partitioned("events", "ds");
    let shared = site.lower_location("shared");
    site.lower.create_table(&events);
    let at = |value| partition(&events, &[value], Some(&shared));
    site.lower.add_partitions(&[at("1"), at("2")]);
    put(&shared, "part-0", "rows of both");
    site.run(Stage::Storage).expect(0);
    drop_partition(&site, "1");
    let seen = counts_seen(&site, "sales.events/ds=2");
    site.run(Stage::Storage).expect(0);
    site.upper.unwatch();
    assert_eq!(*seen.lock().expect("no panic"), BTreeSet::from([1]));
    assert_eq!(site.upper_rows(), site.lower_rows());
    drop_partition(&site, "2");
    site.run(Stage::Storage).expect(0);
    let copy = local_path(&site.upper_location("shared/part-0")).expect("a path");
    assert!(!copy.exists(), "the last one left its copy");
}

#[test]
fn a_table_that_lies_in_a_dropped_one_keeps_its_files() {
    let site = site();
    let (outer, inner) = (site.lower_location("data"), site.lower_location("data/inner"));
    site.lower.create_table(&external("outside", &outer));
    site.lower.create_table(&external("within", &inner));
    put(&outer, "part-0", "rows of the outer");
    put(&inner, "part-0", "rows of the inner");
    site.run(Stage::Storage).expect(0);
    site.lower.with(|world| world.drop_table(DB, "outside", false)).expect("it is dropped");
    let seen = counts_seen(&site, "sales.within");
    site.run(Stage::Storage).expect(0);
    site.upper.unwatch();
    assert_eq!(*seen.lock().expect("no panic"), BTreeSet::from([1]));
    assert_eq!(site.upper_rows(), site.lower_rows());
}

#[test]
fn what_somebody_on_upper_reads_stays() {
    let site = site();
    site.lower.create_table(&external("old", &site.lower_location("data")));
    put(&site.lower_location("data"), "part-0", "rows");
    site.run(Stage::Storage).expect(0);
    site.upper.create_table(&external("theirs", &site.upper_location("data")));
    site.lower.with(|world| world.drop_table(DB, "old", false)).expect("it is dropped");
    site.run(Stage::Storage).expect(0);
    assert!(site.upper.table(DB, "old").is_none());
    assert_eq!(site.upper_rows()["sales.theirs"].len(), 1);
}
