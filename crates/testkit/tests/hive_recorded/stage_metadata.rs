//! The metadata stage on the small database.

use crate::fixtures::{DB, fill};
use crate::harness::{Site, Stage};
use boatlift_clients::metastore::Stored;
use boatlift_testkit::fake_metastore::local_path;
use std::fs;

#[test]
fn every_object_comes_over_and_points_at_lower() {
    let site = Site::new();
    fill(&site);
    let lives = site.lower_lives();
    site.run(Stage::Metadata).expect(0);
    let names: Vec<String> = site.upper_told().into_keys().collect();
    assert_eq!(
        names,
        [
            "default",
            "sales",
            "sales.events",
            "sales.events/ds=1",
            "sales.events/ds=2",
            "sales.events/ds=3",
            "sales.nothing",
            "sales.orders",
            "sales.recent",
        ]
    );
    assert_eq!(site.upper_rows(), site.lower_rows());
    let orders = site.upper.table(DB, "orders").expect("a table");
    assert_eq!(orders.table_type(), Some("EXTERNAL_TABLE"));
    assert_eq!(orders.parameter("hmsMirror_LegacyManaged"), Some("true"));
    assert_eq!(orders.parameter("external.table.purge"), None);
    let database = site.upper.with(|world| world.databases()).remove(1);
    let location = database.location().expect("a location").to_owned();
    assert!(location.starts_with(&site.upper_location("")), "{location} is a database on LOWER");
    assert_eq!(orders.location(), site.lower.table(DB, "orders").expect("it").location());
    site.assert_lower_only_read();
    assert_eq!(site.lower_lives(), lives);
}

#[test]
fn a_second_run_changes_nothing() {
    let site = Site::new();
    fill(&site);
    site.run(Stage::Metadata).expect(0);
    let told = site.upper_told();
    site.upper.forget_calls();
    site.run(Stage::Metadata).expect(0);
    let beside_marks: Vec<String> =
        site.upper.writes().into_iter().filter(|call| !call.ends_with("_database")).collect();
    assert_eq!(beside_marks, [""; 0]);
    assert_eq!(site.upper_told(), told);
}

#[test]
fn what_was_open_in_the_storage_stage_is_history_when_a_move_goes_back() {
    let site = Site::new();
    fill(&site);
    site.run(Stage::Storage).expect(0);
    let orders = site.lower.table(DB, "orders").expect("a table");
    let directory = local_path(orders.location().expect("a location")).expect("a path");
    fs::rename(&directory, directory.with_extension("away")).expect("it goes");
    site.run(Stage::Storage).expect(1).says("1 part not listed");
    let ran = site.run(Stage::Metadata);
    assert!(!ran.report.contains("not listed"), "{}", ran.report);
}
