//! The storage stage on the small database.

use crate::fixtures::{DB, fill, put};
use crate::harness::{Site, Stage};
use boatlift_clients::metastore::Stored;
use boatlift_testkit::fake_metastore::{local_path, rows_at};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

#[test]
fn files_come_over_and_every_place_is_exchanged() {
    let site = Site::new();
    fill(&site);
    let lives = site.lower_lives();
    site.run(Stage::Storage).expect(0);
    assert_eq!(site.upper_rows(), site.lower_rows());
    for (name, location) in site.upper.with(|world| world.places()) {
        assert!(location.starts_with(&site.upper_location("")), "{name} is still at {location}");
    }
    let orders = site.upper.table(DB, "orders").expect("a table");
    assert_eq!(orders.parameter("external.table.purge"), Some("true"));
    site.assert_lower_only_read();
    assert_eq!(site.lower_lives(), lives);
}

/// A site whose files have come over and whose places are exchanged.
fn exchanged() -> Site {
    let site = Site::new();
    fill(&site);
    site.run(Stage::Storage).expect(0);
    site
}

/// What a reader of a partition on UPPER found after every call of a run.
fn rows_seen(site: &Site, name: &'static str) -> Arc<Mutex<BTreeSet<Vec<Vec<u8>>>>> {
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let into = Arc::clone(&seen);
    site.upper.watch(move |world, _| {
        if let Some(location) = world.places().get(name) {
            let rows = rows_at(location).into_values().collect();
            into.lock().expect("no panic").insert(rows);
        }
    });
    seen
}

#[test]
fn a_partition_that_lower_moves_elsewhere_is_never_read_where_nothing_is_yet() {
    let site = exchanged();
    let elsewhere = site.lower_location("moved/1");
    put(&elsewhere, "part-0", "new rows");
    site.lower.with(|world| {
        let mut moved = world.partitions(DB, "events").remove("ds=1").expect("a partition");
        moved.set_location(Some(&elsewhere));
        world.alter_partitions(DB, "events", vec![moved.into_raw()]).expect("it is altered");
    });
    let seen = rows_seen(&site, "sales.events/ds=1");
    site.run(Stage::Storage).expect(0);
    site.upper.unwatch();
    let [old, new] = ["rows of sales.events/ds=1", "new rows"].map(|text| vec![text.into()]);
    assert_eq!(*seen.lock().expect("no panic"), BTreeSet::from([old, new]));
    assert_eq!(site.upper_rows(), site.lower_rows());
}

#[test]
fn a_table_that_lower_moves_elsewhere_is_never_read_where_nothing_is_yet() {
    let site = exchanged();
    let elsewhere = site.lower_location("moved/orders");
    put(&elsewhere, "part-0", "new orders");
    site.lower.with(|world| {
        let mut moved = world.table(DB, "orders").expect("a table");
        moved.set_location(Some(&elsewhere));
        world.alter_table(DB, "orders", moved.into_raw()).expect("it is altered");
    });
    let seen = rows_seen(&site, "sales.orders");
    site.run(Stage::Storage).expect(0);
    site.upper.unwatch();
    assert!(!seen.lock().expect("no panic").contains(&Vec::new()), "it was read empty");
    assert_eq!(site.upper_rows(), site.lower_rows());
    let orders = site.upper.table(DB, "orders").expect("a table");
    assert_eq!(orders.parameter("external.table.purge"), Some("true"));
}

#[test]
fn copies_stay_when_their_directory_is_gone_from_lower_and_its_metastore_still_names_it() {
    let site = exchanged();
    let before = site.upper_rows();
    let lost = site.lower.with(|world| world.places())["sales.events/ds=1"].clone();
    let lost = local_path(&lost).expect("a local location");
    std::fs::rename(&lost, lost.with_extension("away")).expect("it goes away");
    put(&site.lower.with(|world| world.places())["sales.events/ds=2"], "part-1", "more");
    site.run(Stage::Storage).expect(1).says("ds=1");
    let after = site.upper_rows();
    assert_eq!(after["sales.events/ds=1"], before["sales.events/ds=1"]);
    // The others go on, and all is well again when it is back.
    assert_eq!(after["sales.events/ds=2"], site.lower_rows()["sales.events/ds=2"]);
    std::fs::rename(lost.with_extension("away"), &lost).expect("it comes back");
    site.run(Stage::Storage).expect(0);
    assert_eq!(site.upper_rows(), site.lower_rows());
}
