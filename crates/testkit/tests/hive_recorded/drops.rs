//! What LOWER drops, and what becomes of it on UPPER: reported, dropped, or kept.

use crate::fixtures::{DB, fill};
use crate::harness::{Ran, Site, Stage};
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
