//! What a cutover refuses before any fence.

use super::place::Place;
use crate::fixtures::{DB, column, table};
use crate::harness::{Ran, Stage};
use boatlift_clients::metastore::{Database, Stored};
use std::fs;

/// Asserts that it was refused before anything of a cutover was done.
#[track_caller]
fn assert_refused(place: &Place, ran: Ran, because: &str) {
    ran.expect(2).says("BL-CUTOVER-005").says(because).says("hint:");
    assert!(!place.has("commands"), "a command was run");
    place.assert_on_lower(because);
}

#[test]
fn a_dry_run_lists_what_is_needed_and_changes_nothing() {
    let place = Place::new();
    place.run().expect(0);
    let (told, lives) = (place.site.upper_told(), place.site.lower_lives());
    place.site.lower.forget_calls();
    place.site.upper.forget_calls();
    let ran = place.verb("cutover", &["--dry-run"]).expect(0);
    ran.says("✓ users follow LOWER").says("✓ every table's files are on UPPER").says("steps:");
    assert_eq!(place.site.upper.writes(), [""; 0]);
    place.site.assert_lower_only_read();
    assert_eq!(place.site.upper_told(), told);
    assert_eq!(place.site.lower_lives(), lives);
    assert!(!place.has("commands"));
}

#[test]
fn a_move_that_was_never_run_is_not_ready() {
    let place = Place::new();
    let ran = place.verb("cutover", &["--dry-run"]).expect(1);
    ran.says("✗ the last pass ended with both sides in step: catalogue new");
}

#[test]
fn the_metadata_stage_alone_is_refused() {
    let place = Place::new();
    place.site.run(Stage::Metadata).expect(0);
    let dry = Ran::of(place.site.verb("cutover", Stage::Metadata).arg("--dry-run")).expect(1);
    dry.says("✗ every table's files are on UPPER: `stage: metadata` leaves them on LOWER");
    let ran = Ran::of(&mut place.site.verb("cutover", Stage::Metadata));
    assert_refused(&place, ran, "`stage: metadata` leaves them on LOWER");
}

#[test]
fn a_table_that_points_at_lower_is_refused_though_nothing_failed() {
    let place = Place::new();
    place.run().expect(0);
    // Nobody's table, in a database of the move: no pass ever looks at where it points.
    let mut linked = table("linked");
    linked.set_table_type(Some("EXTERNAL_TABLE"));
    linked.set_location(Some(&place.site.lower_location("elsewhere/linked")));
    place.site.upper.create_table(&linked);
    assert_refused(&place, place.cut_over(), "point at LOWER");
}

#[test]
fn a_table_whose_properties_name_a_file_of_lower_is_refused() {
    let place = Place::new();
    place.run().expect(0);
    let mut schemed = table("schemed");
    schemed.set_table_type(Some("EXTERNAL_TABLE"));
    let schema = place.site.lower_location("schemas/orders.avsc");
    schemed.set_serde_parameter("avro.schema.url", Some(&schema));
    place.site.upper.create_table(&schemed);
    assert_refused(&place, place.cut_over(), "point at LOWER");
}

#[test]
fn a_failed_item_is_refused() {
    let place = Place::new();
    let mut foreign = table("orders");
    foreign.set_columns(&[column("something", "else")]);
    place.site.upper.create_database(&Database::new(DB));
    place.site.upper.create_table(&foreign);
    assert_refused(&place, place.cut_over(), "failed or kept changing");
}

#[test]
fn held_removals_are_refused() {
    let mut place = Place::new();
    place.site.more += "  on-drop: drop\n";
    place.site.beside = "policy: {max-delete: 0}\n".to_owned();
    place.run().expect(0);
    place.site.lower.with(|world| world.drop_table(DB, "orders", true).expect("it is dropped"));
    let ran = place.cut_over();
    ran.expect(2).says("BL-CUTOVER-005").says("removals are held back");
    place.assert_on_lower("held");
}

#[test]
fn a_fence_by_property_alone_needs_the_word_of_a_person() {
    let mut place = Place::new();
    place.site.more = String::new();
    place.run().expect(0);
    assert_refused(&place, place.cut_over(), "property-only: accepted");
    place.site.more = "  cutover: {fence: {property-only: accepted}}\n".to_owned();
    place.verb("cutover", &["--dry-run"]).expect(0).says("it stops nobody who does not look");
    place.cut_over().expect(0);
    assert_eq!(place.authority(), "UPPER");
}

#[test]
fn a_command_that_is_missing_is_found_before_the_fence() {
    let place = Place::new();
    place.run().expect(0);
    fs::remove_file(place.path("lift")).expect("removed");
    assert_refused(&place, place.cut_over(), "there is no program");
}

#[test]
fn an_impossible_promise_is_refused() {
    let place = Place::new();
    place.run().expect(0);
    let ran = place.verb("cutover", &["--max-reject", "10s"]);
    ran.expect(2).says("cannot promise to refuse writes for at most");
    place.assert_on_lower("promise");
}
