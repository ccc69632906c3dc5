//! What LOWER drops, and what becomes of it on UPPER: reported, dropped, or kept.

use crate::fixtures::{DB, fill, partition, partitioned};
use crate::harness::{Ran, Site, Stage};
use boatlift_clients::metastore::{Database, Function, Stored};
use boatlift_clients::thrift::Value;
use boatlift_testkit::fake_metastore::local_path;

/// A site brought to UPPER, on whose LOWER a table, a partition and a view were dropped.
fn after_drops(on_drop: &str, stage: Stage) -> Site {
    let mut site = Site::new();
    site.more = format!("  on-drop: {on_drop}\n");
    site.beside = "policy: {max-delete: 100%}\n".to_owned();
    fill(&site);
    site.run(stage).expect(0);
    site.lower.with(|world| {
        world.drop_table(DB, "orders", true).expect("it is dropped");
        world.drop_table(DB, "recent", true).expect("it is dropped");
        let names = [Value::from("ds=1")];
        world.drop_partitions(DB, "events", &names, true).expect("it is dropped");
    });
    site
}

/// Whether the dropped ones are on UPPER: table, view, partition.
fn left(site: &Site) -> [bool; 3] {
    let is_there = |name| site.upper.table(DB, name).is_some();
    let partition = site.upper.with(|world| world.partitions(DB, "events")).contains_key("ds=1");
    [is_there("orders"), is_there("recent"), partition]
}

/// Asserts that UPPER's metastore was never told to delete a file.
#[track_caller]
fn assert_files_left_to_us(site: &Site) {
    for call in site.upper.calls() {
        let deletes = match call.method.as_str() {
            "drop_table_with_environment_context" => call.arguments.bool(3),
            "drop_partitions_req" => call.arguments.structure(1).and_then(|asked| asked.bool(4)),
            _ => None,
        };
        assert_ne!(deletes, Some(true), "{} deletes", call.method);
    }
}

#[test]
fn on_drop_report_names_them_and_leaves_them() {
    let site = after_drops("report", Stage::Metadata);
    let ran: Ran = site.run(Stage::Metadata);
    assert_eq!(left(&site), [true; 3]);
    ran.says("gone");
}

#[test]
fn on_drop_keep_leaves_them() {
    let site = after_drops("keep", Stage::Metadata);
    site.run(Stage::Metadata).expect(0);
    assert_eq!(left(&site), [true; 3]);
}

#[test]
fn on_drop_drop_drops_them_and_no_file() {
    let site = after_drops("drop", Stage::Metadata);
    let lives = site.lower_lives();
    site.run(Stage::Metadata).expect(0);
    assert_eq!(left(&site), [false; 3]);
    assert!(site.upper.table(DB, "events").is_some());
    assert_files_left_to_us(&site);
    assert_eq!(site.lower_lives(), lives);
    site.assert_lower_only_read();
}

#[test]
fn on_drop_drop_removes_the_copies_of_what_was_exchanged() {
    let site = after_drops("drop", Stage::Storage);
    let copy = local_path(&site.upper_location("warehouse/sales.db/orders")).expect("a path");
    assert!(copy.is_dir(), "the files were not copied");
    site.run(Stage::Storage).expect(0);
    assert_eq!(left(&site), [false; 3]);
    assert_files_left_to_us(&site);
    assert!(!copy.join("part-0").exists(), "the copy is left");
    assert_eq!(site.upper_rows(), site.lower_rows());
}

/// A site whose UPPER altered a table that LOWER dropped.
fn altered_and_dropped() -> Site {
    let site = after_drops("drop", Stage::Metadata);
    let mut altered = site.upper.table(DB, "orders").expect("a table");
    altered.set_parameter("somebody", "needs it");
    altered.remove_parameter("transient_lastDdlTime");
    let raw = altered.into_raw();
    site.upper.with(|world| world.alter_table(DB, "orders", raw)).expect("it is altered");
    site
}

#[test]
fn what_was_altered_on_upper_is_not_dropped() {
    let site = altered_and_dropped();
    let ran = site.run(Stage::Metadata);
    assert_eq!(left(&site), [true, false, false]);
    ran.says("1 conflict").says("orders");
}

#[test]
fn what_was_altered_on_upper_and_hence_not_dropped_is_a_difference_that_remains() {
    altered_and_dropped().run(Stage::Metadata).expect(1);
}

#[test]
fn tables_go_until_none_is_left() {
    let site = after_drops("drop", Stage::Metadata);
    site.lower.with(|world| {
        for name in ["events", "nothing"] {
            world.drop_table(DB, name, true).expect("it is dropped");
        }
    });
    site.run(Stage::Metadata).expect(0);
    assert_eq!(site.upper.with(|world| world.tables().len()), 0);
}

/// A site that follows drops.
fn following(scope: &str, more: &str) -> Site {
    let mut site = Site::new();
    site.scope = scope.to_owned();
    site.more = format!("  on-drop: drop\n{more}");
    site.beside = "policy: {max-delete: 100%}\n".to_owned();
    fill(&site);
    site
}

#[test]
fn a_partition_that_is_no_longer_among_the_newest_is_not_dropped() {
    let site = following(", newest-partitions: 2", "");
    site.run(Stage::Metadata).expect(0);
    site.lower.add_partitions(&[partition(&partitioned("events", "ds"), &["4"], None)]);
    site.run(Stage::Metadata).expect(0).says("out of scope.newest-partitions");
    let there = site.upper.with(|world| world.partitions(DB, "events"));
    assert_eq!(there.into_keys().collect::<Vec<_>>(), ["ds=2", "ds=3", "ds=4"]);
    let names = [Value::from("ds=4")];
    site.lower.with(|world| world.drop_partitions(DB, "events", &names, true)).expect("dropped");
    site.run(Stage::Metadata).expect(0);
    let there = site.upper.with(|world| world.partitions(DB, "events"));
    assert_eq!(there.into_keys().collect::<Vec<_>>(), ["ds=2", "ds=3"]);
}

/// Drops `events` on LOWER, and makes it again with another key.
fn made_anew(site: &Site) {
    site.lower.with(|world| world.drop_table(DB, "events", true)).expect("it is dropped");
    site.lower.create_table(&partitioned("events", "day"));
}

/// A partition that a user of UPPER added there.
fn add_on_upper(site: &Site, table: &str) {
    let of = site.upper.table(DB, table).expect("a table");
    let place = site.upper_location("of/a/user");
    site.upper.add_partitions(&[partition(&of, &["9"], Some(&place))]);
}

#[test]
fn a_table_that_was_made_anew_is_left_while_its_directory_is_missing() {
    let site = following("", "");
    site.run(Stage::Metadata).expect(0);
    made_anew(&site);
    let place = site.lower.table(DB, "events").expect("a table");
    let place = local_path(place.location().expect("a location")).expect("a path");
    std::fs::remove_dir_all(place).expect("it goes");
    site.run(Stage::Metadata).says("does not exist on LOWER");
    assert!(site.upper.table(DB, "events").is_some(), "the old one was dropped");
}

#[test]
fn a_table_that_was_made_anew_does_not_take_partitions_of_upper_along() {
    let site = following("", "");
    site.run(Stage::Metadata).expect(0);
    add_on_upper(&site, "events");
    made_anew(&site);
    site.run(Stage::Metadata).expect(1).says("BL-HIVE-001").says("ds=9");
    assert!(site.upper.with(|world| world.partitions(DB, "events")).contains_key("ds=9"));
}

#[test]
fn a_dropped_table_does_not_take_partitions_of_upper_along() {
    let site = following("", "");
    site.run(Stage::Metadata).expect(0);
    add_on_upper(&site, "events");
    site.lower.with(|world| world.drop_table(DB, "events", true)).expect("it is dropped");
    site.run(Stage::Metadata).expect(1).says("BL-HIVE-001").says("ds=9");
    assert!(site.upper.with(|world| world.partitions(DB, "events")).contains_key("ds=9"));
}

#[test]
fn a_function_that_upper_altered_is_not_dropped() {
    let site = following("", "  carry: {functions: true}\n");
    let class = |class| Function::new(DB, "mask", class, "adam");
    site.lower.create_function(&class("org.example.Mask"));
    site.lower.create_function(&Function::new(DB, "plain", "org.example.Plain", "adam"));
    site.run(Stage::Metadata).expect(0);
    site.upper.with(|world| world.drop_function(DB, "mask")).expect("it is dropped");
    site.upper.create_function(&class("org.example.Other"));
    for name in ["mask", "plain"] {
        site.lower.with(|world| world.drop_function(DB, name)).expect("it is dropped");
    }
    site.run(Stage::Metadata).expect(1).says("BL-HIVE-001").says("mask");
    let told = site.upper_told();
    assert!(told.contains_key("sales.mask()") && !told.contains_key("sales.plain()"));
}

#[test]
fn a_database_that_somebody_else_made_is_not_dropped() {
    let site = following(", database-regex: other", "");
    site.lower.create_database(&Database::new("other"));
    site.upper.create_database(&Database::new(DB));
    site.run(Stage::Metadata).expect(0);
    site.lower.with(|world| {
        for name in ["orders", "events", "nothing", "recent"] {
            world.drop_table(DB, name, true).expect("it is dropped");
        }
        world.drop_database(DB, false).expect("it is dropped");
    });
    site.run(Stage::Metadata).says("BL-HIVE-001");
    assert!(site.upper_told().contains_key(DB));
    assert_eq!(site.upper.with(|world| world.tables().len()), 0);
}
