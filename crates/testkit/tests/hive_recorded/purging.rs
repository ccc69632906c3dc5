//! `DROP TABLE` by a user of UPPER never takes files of LOWER along: no table there purges while
//! a partition of it points at LOWER.

use crate::fixtures::{DB, fill, partition, partitioned, put};
use crate::harness::{Site, Stage};
use boatlift_clients::metastore::Stored;
use boatlift_testkit::fake_metastore::World;
use std::sync::{Arc, Mutex};

const PURGE: &str = "external.table.purge";

/// A site whose table `events` is exchanged and purges.
fn exchanged() -> Site {
    let site = Site::new();
    fill(&site);
    site.run(Stage::Storage).expect(0);
    assert!(purges(&site), "events does not purge");
    site
}

fn purges(site: &Site) -> bool {
    site.upper.table(DB, "events").expect("a table").parameter(PURGE) == Some("true")
}

/// A partition that comes to LOWER.
fn add(site: &Site, value: &str) {
    site.lower.add_partitions(&[partition(&partitioned("events", "ds"), &[value], None)]);
    let place = format!("warehouse/sales.db/events/ds={value}");
    put(&site.lower_location(&place), "part-0", "later rows");
}

/// Partitions that a drop would have deleted on LOWER, at any call of a run.
fn endangered(site: &Site) -> Arc<Mutex<Vec<String>>> {
    let found = Arc::new(Mutex::new(Vec::new()));
    let (into, lower) = (Arc::clone(&found), site.lower_location(""));
    site.upper.watch(move |world: &World, call| {
        let Some(table) = world.table(DB, "events") else { return };
        if table.parameter(PURGE) != Some("true") {
            return;
        }
        for (name, partition) in world.partitions(DB, "events") {
            if partition.location().is_some_and(|at| at.starts_with(&lower)) {
                into.lock().expect("no panic").push(format!("{name} after {}", call.method));
            }
        }
    });
    found
}

#[test]
fn a_partition_that_comes_later_never_hangs_on_a_table_that_purges() {
    let site = exchanged();
    let endangered = endangered(&site);
    add(&site, "4");
    site.run(Stage::Storage).expect(0);
    site.upper.unwatch();
    assert_eq!(*endangered.lock().expect("no panic"), [""; 0]);
    assert_eq!(site.upper_rows(), site.lower_rows());
    assert!(purges(&site), "its files are its own again");
}

#[test]
fn a_partition_whose_files_change_never_hangs_on_a_table_that_purges() {
    let site = exchanged();
    let endangered = endangered(&site);
    put(&site.lower_location("warehouse/sales.db/events/ds=1"), "part-1", "more rows");
    site.run(Stage::Storage).expect(0);
    site.upper.unwatch();
    assert_eq!(*endangered.lock().expect("no panic"), [""; 0]);
    assert_eq!(site.upper_rows(), site.lower_rows());
    assert!(purges(&site), "its files are its own again");
}

#[test]
fn a_table_does_not_purge_while_the_metadata_stage_alone_follows() {
    let site = exchanged();
    add(&site, "4");
    site.run(Stage::Metadata).expect(0);
    assert!(!purges(&site));
    site.run(Stage::Storage).expect(0);
    assert!(purges(&site));
}
