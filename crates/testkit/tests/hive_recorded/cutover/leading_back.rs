//! The way back: within its window and with nothing written on UPPER, or with a word that it
//! may be lost.

use super::deaths::ended_by_next_run;
use super::place::{Place, READ_ONLY};
use crate::fixtures::{DB, put, table};
use crate::harness::Ran;
use boatlift_clients::metastore::Stored;
use std::fs;

/// Asserts that users are back on LOWER, both sides accept writes, and nothing is left.
#[track_caller]
fn assert_back(place: &Place, context: &str) {
    place.assert_on_lower(context);
    assert_eq!(place.authority(), "LOWER", "{context}");
    assert!(!place.has("upper.refuses"), "{context}: UPPER refuses writes");
    assert_eq!(place.upper_parameter(READ_ONLY), None, "{context}");
    assert_eq!(fs::read_to_string(place.path("users")).expect("announced").trim(), "LOWER");
}

fn handed_over() -> Place {
    let place = Place::new();
    place.cut_over().expect(0);
    place
}

fn back(place: &Place, more: &[&str]) -> Ran {
    place.verb("cutover", &[&["--reverse"], more].concat())
}

#[test]
fn users_are_led_back_and_the_move_goes_on() {
    let place = handed_over();
    back(&place, &["--dry-run"]).expect(0).says("✓ users follow UPPER");
    place.assert_on_upper("after the dry run");
    back(&place, &[]).expect(0).says("done: users follow LOWER again");
    assert_back(&place, "back");
    place.verb("status", &[]).expect(0).says("to LOWER: done; users follow LOWER");
    put(&crate::fixtures::lies(&place.site, "orders"), "later", "more");
    place.run().expect(0);
    assert_eq!(place.site.upper_rows(), place.site.lower_rows());
    place.cut_over().expect(0);
    place.assert_on_upper("the second time");
}

#[test]
fn what_was_written_on_upper_is_named_and_refused() {
    let place = handed_over();
    place.site.upper.create_table(&table("made_above"));
    let orders = place.site.upper.table(DB, "orders").expect("it");
    put(orders.location().expect("a place"), "inserted", "by a user of UPPER");
    let ran = back(&place, &[]).expect(2).says("BL-CUTOVER-007").says("made_above");
    ran.says("inserted").says("--discard-upper-writes");
    place.assert_on_upper("refused");
    assert!(!fs::read_to_string(place.path("commands")).expect("it").contains("raise-upper"));
    back(&place, &["--discard-upper-writes"]).expect(0);
    assert_back(&place, "discarded");
    assert!(place.site.lower.table(DB, "made_above").is_none());
    assert!(place.site.upper.table(DB, "made_above").is_some());
}

#[test]
fn what_stood_on_upper_before_is_no_write() {
    let place = Place::new();
    place.run().expect(0);
    place.site.upper.create_table(&table("always_there"));
    place.cut_over().expect(0);
    back(&place, &[]).expect(0);
    assert_back(&place, "back");
}

#[test]
fn what_is_written_while_uppers_fence_rises_undoes_the_way_back() {
    let place = handed_over();
    let orders = place.site.upper.table(DB, "orders").expect("it");
    let at = orders.location().expect("a place").trim_start_matches("file:").to_owned();
    place.script("raise-upper", &format!("echo x > {at}/inserted; touch $TOP/upper.refuses"));
    back(&place, &[]).expect(4).says("inserted").says("undone: users follow UPPER");
    place.assert_on_upper("undone");
    back(&place, &["--discard-upper-writes"]).expect(0);
    assert_back(&place, "discarded");
}

#[test]
fn when_the_window_is_over_it_is_refused() {
    let mut place = Place::new();
    place.site.more = place.settings("1s");
    place.cut_over().expect(0);
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    back(&place, &[]).expect(2).says("BL-CUTOVER-006").says("that was possible until");
    back(&place, &["--discard-upper-writes"]).expect(2).says("BL-CUTOVER-006");
    place.assert_on_upper("too late");
}

#[test]
fn without_a_cutover_there_is_no_way_back() {
    let place = Place::new();
    place.run().expect(0);
    back(&place, &[]).expect(2).says("no cutover led them to UPPER");
}

#[test]
fn uppers_fence_is_asked_for_like_lowers() {
    let mut place = Place::new();
    let settings = place.settings("1h");
    let cut = settings.find("    reverse:").expect("it");
    place.site.more = settings[..cut].to_owned();
    place.cut_over().expect(0);
    back(&place, &[]).expect(2).says("BL-CUTOVER-005").says("cutover.reverse.fence");
    place.assert_on_upper("refused");
}

#[test]
fn a_death_on_the_way_back_is_ended_by_the_next_run() {
    let mut ended = [0; 2];
    for number in 1.. {
        let place = handed_over();
        let mut command = place.site.verb("cutover", crate::harness::Stage::Storage);
        command.arg("--reverse").env("BOATLIFT_FAULT", format!("saga-effect:{number}"));
        if Ran::of(&mut command).status.code().is_some() {
            break;
        }
        // Where users are still on UPPER, a run has nothing else to do.
        let ran = ended_by_next_run(&place);
        let context = format!("saga-effect:{number}: {}{}", ran.stdout, ran.stderr);
        match place.authority().as_str() {
            "UPPER" => {
                place.assert_on_upper(&context);
                ended[0] += 1;
            }
            _ => {
                assert_back(&place, &context);
                ended[1] += 1;
            }
        }
    }
    assert!(ended[0] >= 4 && ended[1] >= 2, "{ended:?}");
}
