//! What stands on UPPER and is not ours, or not as we wrote it: it is never overwritten, and
//! the run says so.

use crate::fixtures::{DB, column, fill, partitioned, put, table, view};
use crate::harness::{Ran, Site, Stage};
use boatlift_clients::metastore::{Database, Stored, Table};
use boatlift_testkit::fake_metastore::Translation;

/// LOWER filled, and UPPER with the database and one table in it.
fn with_upper(there: &Table) -> Site {
    let site = Site::new();
    fill(&site);
    site.upper.create_database(&Database::new(DB));
    site.upper.create_table(there);
    site
}

/// Alters a table of UPPER as Hive would.
fn alter(site: &Site, name: &str, change: impl FnOnce(&mut Table)) {
    let mut to = site.upper.table(DB, name).expect("a table");
    to.remove_parameter("transient_lastDdlTime");
    change(&mut to);
    let raw = to.into_raw();
    site.upper.with(|world| world.alter_table(DB, name, raw)).expect("it is altered");
}

/// Runs, and asserts that `name` was left as it was and that the run says so.
#[track_caller]
fn assert_left(site: &Site, stage: Stage, name: &str, code: &str) -> Ran {
    let rows = || site.upper_rows().remove(&format!("{DB}.{name}"));
    let before = (site.upper.table(DB, name), rows());
    let ran = site.run(stage);
    assert_eq!((site.upper.table(DB, name), rows()), before, "{name} was written");
    assert_eq!(ran.status.code(), Some(1), "{}{}", ran.stdout, ran.stderr);
    ran.says(code).says(name)
}

#[test]
fn row_15_a_foreign_table_is_left_alone_and_the_others_come() {
    let mut foreign = table("orders");
    foreign.set_columns(&[column("something", "else")]);
    let site = with_upper(&foreign);
    let at = site.upper.table(DB, "orders").expect("a table");
    put(at.location().expect("a location"), "part-0", "rows of others");
    assert_left(&site, Stage::Metadata, "orders", "BL-HIVE-001");
    assert!(site.upper.table(DB, "events").is_some());
    assert_left(&site, Stage::Storage, "orders", "BL-HIVE-001");
}

#[test]
fn row_15_a_view_in_place_of_a_table_is_left_alone() {
    let site = with_upper(&view("orders", "select 1"));
    assert_left(&site, Stage::Metadata, "orders", "BL-HIVE-001");
}

#[test]
fn row_15_a_table_in_place_of_a_view_is_left_alone_until_a_person_decides() {
    let site = with_upper(&table("recent"));
    let before = site.upper.table(DB, "recent");
    site.run(Stage::Metadata).expect(3).says("BL-HIVE-001").says("recent");
    assert_eq!(site.upper.table(DB, "recent"), before);
}

#[test]
fn row_15_names_differ_in_case_alone() {
    let mut foreign = table("ORDERS");
    foreign.set_columns(&[column("something", "else")]);
    let site = with_upper(&foreign);
    assert_left(&site, Stage::Metadata, "orders", "BL-HIVE-001");
}

#[test]
fn row_15_ours_and_drifted_is_left_alone() {
    let site = Site::new();
    fill(&site);
    site.run(Stage::Metadata).expect(0);
    alter(&site, "orders", |to| to.set_columns(&[column("another", "int")]));
    assert_left(&site, Stage::Metadata, "orders", "BL-HIVE-001");
}

#[test]
fn row_15_ours_without_a_journal_is_taken_again() {
    let site = Site::new();
    fill(&site);
    site.run(Stage::Metadata).expect(0);
    let told = site.upper_told();
    std::fs::remove_dir_all(site.state()).expect("the state goes");
    site.run(Stage::Metadata).expect(0);
    assert_eq!(site.upper_told(), told);
}

#[test]
fn row_15_a_table_of_hms_mirror_is_written_anew() {
    let mut theirs = table("orders");
    theirs.set_table_type(Some("EXTERNAL_TABLE"));
    theirs.set_parameter("EXTERNAL", "TRUE");
    theirs.set_parameter("hmsMirror_Converted", "true");
    theirs.set_columns(&[column("old", "int")]);
    let site = with_upper(&theirs);
    site.run(Stage::Metadata).expect(0);
    let columns = site.upper.table(DB, "orders").expect("it").columns().len();
    assert_eq!(columns, 2);
}

#[test]
fn a_write_through_upper_stops_the_exchange_of_that_table_alone() {
    let site = Site::new();
    fill(&site);
    site.run(Stage::Metadata).expect(0);
    alter(&site, "orders", |to| to.set_parameter("numFiles", "7"));
    let ran = site.run(Stage::Storage);
    assert_eq!(ran.status.code(), Some(1), "{}{}", ran.stdout, ran.stderr);
    ran.says("BL-HIVE-004").says("orders");
    let place =
        |name: &str| site.upper.table(DB, name).expect("a table").location().map(str::to_owned);
    assert!(place("orders").expect("a place").starts_with(&site.lower_location("")));
    assert!(place("events").expect("a place").starts_with(&site.upper_location("")));
}

#[test]
fn a_write_through_upper_that_was_accepted_does_not_stop_it() {
    let mut site = Site::new();
    fill(&site);
    site.run(Stage::Metadata).expect(0);
    alter(&site, "orders", |to| to.set_parameter("numFiles", "7"));
    site.more = "  accept-upper-writes: [sales.orders]\n".to_owned();
    site.run(Stage::Storage).expect(0);
    assert_eq!(site.upper_rows(), site.lower_rows());
    let place = site.upper.table(DB, "orders").expect("it").location().map(str::to_owned);
    assert!(place.expect("a place").starts_with(&site.upper_location("")));
}

#[test]
fn a_server_that_adds_a_parameter_is_no_failure() {
    let site = Site::new();
    fill(&site);
    let added = ("TRANSLATED_TO_EXTERNAL".to_owned(), "TRUE".to_owned());
    site.upper.with(|world| world.translation = Translation::Adds(added.0, added.1));
    site.run(Stage::Metadata).expect(0);
    site.run(Stage::Metadata).expect(0);
}

#[test]
fn a_server_that_moves_a_location_is_found_out() {
    let site = Site::new();
    fill(&site);
    let elsewhere = site.top.path().join("upper/moved");
    site.upper.with(|world| world.translation = Translation::Moves(elsewhere));
    let ran = site.run(Stage::Metadata);
    assert_eq!(ran.status.code(), Some(1), "{}{}", ran.stdout, ran.stderr);
    ran.says("BL-HIVE-002");
}

#[test]
fn a_server_that_turns_external_tables_into_purging_ones_is_found_out() {
    let site = Site::new();
    fill(&site);
    let purge = ("external.table.purge".to_owned(), "true".to_owned());
    site.upper.with(|world| world.translation = Translation::Adds(purge.0, purge.1));
    let ran = site.run(Stage::Metadata);
    assert_eq!(ran.status.code(), Some(1), "{}{}", ran.stdout, ran.stderr);
    ran.says("BL-HIVE-002");
}

#[test]
fn a_gap_in_the_notification_log_leads_to_a_full_comparison() {
    let site = Site::new();
    fill(&site);
    site.run(Stage::Metadata).expect(0);
    site.lower.with(|world| world.notes_events = false);
    let mut to = site.lower.table(DB, "orders").expect("a table");
    to.set_columns(&[column("later", "int")]);
    let raw = to.into_raw();
    site.lower.with(|world| world.alter_table(DB, "orders", raw)).expect("it is altered");
    site.lower.with(|world| world.forget_events());
    site.run(Stage::Metadata).expect(0);
    assert_eq!(site.upper.table(DB, "orders").expect("it").columns()[0].name, "later");
}

#[test]
fn an_event_with_the_number_of_another_is_not_missed() {
    let site = Site::new();
    fill(&site);
    site.run(Stage::Metadata).expect(0);
    site.lower.with(|world| world.notes_events = false);
    let mut to = site.lower.table(DB, "orders").expect("a table");
    to.set_columns(&[column("later", "int")]);
    let raw = to.into_raw();
    site.lower.with(|world| {
        world.alter_table(DB, "orders", raw).expect("it is altered");
        world.notes_events = true;
        world.note_alike(DB, "orders");
    });
    site.run(Stage::Metadata).expect(0);
    assert_eq!(site.upper.table(DB, "orders").expect("it").columns()[0].name, "later");
}

/// A site whose UPPER has, by chance, the external table that LOWER's `ext` would become.
fn with_equal() -> Site {
    let site = Site::new();
    fill(&site);
    let mut ext = table("ext");
    ext.set_owner(None);
    ext.set_table_type(Some("EXTERNAL_TABLE"));
    ext.set_parameter("EXTERNAL", "TRUE");
    ext.set_location(Some(&site.lower_location("ext")));
    site.lower.create_table(&ext);
    put(&site.lower_location("ext"), "part-0", "rows");
    site.upper.create_database(&Database::new(DB));
    site.upper.create_table(&ext);
    site.run(Stage::Metadata).expect(0);
    assert_eq!(site.upper.table(DB, "ext").expect("it").parameter("boatlift.move"), None);
    site
}

#[test]
fn a_foreign_table_that_happens_to_be_equal_is_not_written_later() {
    let site = with_equal();
    let mut to = site.lower.table(DB, "ext").expect("a table");
    to.set_columns(&[column("later", "int")]);
    let raw = to.into_raw();
    site.lower.with(|world| world.alter_table(DB, "ext", raw)).expect("it is altered");
    assert_left(&site, Stage::Metadata, "ext", "BL-HIVE-001");
}

#[test]
fn a_foreign_table_that_happens_to_be_equal_is_not_exchanged() {
    assert_left(&with_equal(), Stage::Storage, "ext", "BL-HIVE-001");
}

#[test]
fn a_foreign_table_gets_no_partitions() {
    let mut foreign = partitioned("events", "ds");
    foreign.set_columns(&[column("something", "else")]);
    foreign.set_parameter("external.table.purge", "true");
    let site = with_upper(&foreign);
    assert_left(&site, Stage::Metadata, "events", "BL-HIVE-001");
    assert!(site.upper.with(|world| world.partitions(DB, "events")).is_empty());
}

#[test]
fn overwrite_never_leaves_what_is_there_and_brings_the_rest() {
    let mut site = Site::new();
    site.more = "  overwrite: never\n".to_owned();
    fill(&site);
    site.run(Stage::Metadata).expect(0);
    let mut to = site.lower.table(DB, "orders").expect("a table");
    to.set_columns(&[column("later", "int")]);
    let raw = to.into_raw();
    site.lower.with(|world| world.alter_table(DB, "orders", raw)).expect("it is altered");
    site.lower.create_table(&table("new"));
    let before = site.upper.table(DB, "orders");
    site.run(Stage::Metadata).says("overwrite: never");
    assert_eq!(site.upper.table(DB, "orders"), before);
    assert!(site.upper.table(DB, "new").is_some());
}

#[test]
fn views_stay_behind_where_they_are_to_be_skipped() {
    let mut site = Site::new();
    site.scope = ", views: skip".to_owned();
    fill(&site);
    site.run(Stage::Metadata).expect(0);
    assert_eq!(site.upper.table(DB, "recent"), None);
    assert!(site.upper.table(DB, "orders").is_some());
}
