//! The edge cases of the hive guide, by their numbers there: one test per row.

mod descriptions;
mod partitions;
mod surroundings;

use crate::fixtures::{DB, database, filled, put, table};
use crate::harness::{Site, Stage};
use boatlift_clients::metastore::{Partition, Stored, Table};

/// A site whose LOWER has only the database.
pub(super) fn site() -> Site {
    let site = Site::new();
    database(&site);
    site
}

/// Runs the metadata stage to a clean end.
#[track_caller]
pub(super) fn bring(site: &Site) {
    site.run(Stage::Metadata).expect(0);
    site.assert_lower_only_read();
}

/// A table of UPPER.
#[track_caller]
pub(super) fn above(site: &Site, name: &str) -> Table {
    site.upper.table(DB, name).unwrap_or_else(|| panic!("UPPER has no {name}"))
}

/// Asserts that nothing of a table's description was lost: storage descriptor, partition
/// keys, retention, view texts, and every parameter but those that go stale.
#[track_caller]
pub(super) fn assert_whole(site: &Site, name: &str) {
    let lower = site.lower.table(DB, name).expect("a table of LOWER");
    let upper = above(site, name);
    for field in [6, 7, 8, 10, 11, 14] {
        assert_eq!(upper.as_raw().get(field), lower.as_raw().get(field), "field {field} of {name}");
    }
    let stale = ["transient_lastDdlTime", "numRows", "COLUMN_STATS_ACCURATE", "EXTERNAL"];
    for (key, value) in lower.parameters().filter(|(key, _)| !stale.contains(key)) {
        assert_eq!(upper.parameter(key), Some(value), "{key} of {name}");
    }
}

/// Asserts that the partitions of a table are the same objects on both sides.
#[track_caller]
pub(super) fn assert_partitions_whole(site: &Site, name: &str, count: usize) {
    let lower = site.lower.with(|world| world.partitions(DB, name));
    let upper = site.upper.with(|world| world.partitions(DB, name));
    assert_eq!(upper.len(), count, "partitions of {name}");
    assert_eq!(upper.keys().collect::<Vec<_>>(), lower.keys().collect::<Vec<_>>());
    for (partition, there) in &lower {
        assert_eq!(upper[partition].storage(), there.storage(), "{name}/{partition}");
        assert_eq!(upper[partition].values(), there.values(), "{name}/{partition}");
    }
}

/// A partitioned table on LOWER, with these partitions, each with a file.
pub(super) fn with_partitions(site: &Site, of: &Table, all: &[Partition]) {
    site.lower.create_table(of);
    site.lower.add_partitions(all);
    for (name, location) in site.lower.with(|world| world.places()) {
        if name.starts_with(&format!("{DB}.{}/", of.name())) {
            put(&location, "part-0", &name);
        }
    }
}

/// A table that stays behind, and the word by which the report says why.
#[track_caller]
pub(super) fn assert_stays(change: impl FnOnce(&mut Table), why: &str) {
    let site = site();
    filled(&site, &table("near"));
    let mut odd = table("odd");
    change(&mut odd);
    filled(&site, &odd);
    let ran = site.run(Stage::Metadata);
    assert_eq!(site.upper.table(DB, "odd"), None, "{why}: it came over");
    assert_whole(&site, "near");
    ran.expect(0).says(why);
}
