//! A cutover that succeeds, and those that fail on the way and are undone.

use super::place::{Place, READ_ONLY, authority};
use crate::fixtures::{DB, lies, put, table};
use crate::harness::Site;
use boatlift_clients::metastore::Table;
use boatlift_testkit::fake_metastore::{Act, FakeMetastore, Moment, World};

#[test]
fn users_come_to_an_upper_that_has_everything() {
    let place = Place::new();
    put(&lies(&place.site, "orders"), "late", "written before the fence");
    let ran = place.cut_over().expect(0);
    ran.says("done: users follow UPPER, and LOWER refuses writes");
    place.assert_on_upper("done");
    assert_eq!(place.site.upper_rows(), place.site.lower_rows());
    place
        .verb("status", &[])
        .expect(0)
        .says("to UPPER: done; users follow UPPER; reversible until 20");
}

#[test]
fn nothing_is_written_to_upper_after_the_switch() {
    let place = Place::new();
    place.cut_over().expect(0);
    let told = place.site.upper_told();
    put(&lies(&place.site, "orders"), "late", "written in spite of the fence");
    place.site.upper.forget_calls();
    place.run().expect(2).says("BL-MOVE-002").says("users follow it since the cutover");
    place.cut_over().expect(2).says("users follow it since the cutover");
    assert_eq!(place.site.upper.writes(), [""; 0]);
    assert_eq!(place.site.upper_told(), told);
    // The same from a state directory that knows nothing.
    std::fs::remove_dir_all(place.site.state()).expect("the state goes");
    place.run().expect(2).says("users follow it since the cutover");
    assert_eq!(place.site.upper_told(), told);
    place.assert_on_upper("after");
}

#[test]
fn a_fence_that_fails_is_taken_back_to_the_last_property() {
    let place = Place::new();
    place.run().expect(0);
    set(&place, "somebody's own");
    place.script("raise", "touch $TOP/lower.refuses; echo no such right >&2; exit 3");
    let ran = place.cut_over().expect(4).says("BL-CUTOVER-001").says("no such right");
    ran.says("undone: users follow LOWER as before");
    assert_eq!(place.lower_parameter(READ_ONLY).as_deref(), Some("somebody's own"));
    assert!(!place.has("lower.refuses"));
    place.verb("status", &[]).expect(0).says("to UPPER: undone; users follow LOWER");
    place.script("raise", "touch $TOP/lower.refuses");
    place.cut_over().expect(0);
    place.assert_on_upper("the second time");
}

/// Sets the property that a fence uses, as another would.
fn set(place: &Place, value: &str) {
    place.site.lower.with(|world| {
        let all = world.databases();
        let mut database = all.into_iter().find(|found| found.name() == DB).expect("it");
        database.set_parameter(READ_ONLY, value);
        world.alter_database(DB, database.into_raw()).expect("it is altered");
    });
}

#[test]
fn an_announcement_that_fails_leaves_the_way_forward() {
    let place = Place::new();
    place.script("announce", "echo no answer >&2; exit 1");
    place.cut_over().expect(4).says("BL-CUTOVER-004").says("no answer");
    assert_eq!(place.authority(), "UPPER");
    assert!(place.has("lower.refuses"), "LOWER accepts writes though users follow UPPER");
    place.script("announce", "echo UPPER > $TOP/users");
    place.run().expect(0).says("came to its end");
    place.assert_on_upper("after the second run");
    place.run().expect(2);
}

#[test]
fn a_table_made_behind_the_fence_is_noticed_and_all_is_undone() {
    let place = Place::new();
    place.run().expect(0);
    let behind = |world: &mut World| world.create_table(table("late").into_raw()).expect("made");
    // The log is looked at once more when the last comparison is over.
    let method = "get_next_notification";
    let number = calls_of(|site| &site.lower, method);
    place.site.lower.forget_calls();
    let act = Act::Meanwhile(Box::new(behind));
    place.site.lower.at_call_of(method, number, Moment::Before, act);
    let ran = place.cut_over().expect(4);
    ran.says("LOWER was written behind the fence").says("sales.late");
    place.assert_on_lower("written behind the fence");
}

/// How often a method is called in a cutover that nobody disturbs.
fn calls_of(on: fn(&Site) -> &FakeMetastore, method: &str) -> usize {
    let place = Place::new();
    place.run().expect(0);
    on(&place.site).forget_calls();
    place.cut_over().expect(0);
    let calls = on(&place.site).calls();
    calls.iter().filter(|call| call.method.starts_with(method)).count()
}

/// As when the request of a run that died long ago arrives at last.
#[test]
fn a_switch_that_comes_late_finds_that_it_was_decided_otherwise() {
    let method = "create_table";
    let number = calls_of(|site| &site.upper, method);
    let place = Place::new();
    place.run().expect(0);
    place.site.upper.forget_calls();
    let spoil = |world: &mut World| {
        let (about, word) = authority(world).expect("it was armed");
        let term = word.trim_start_matches("LOWER ");
        let mut first = Table::new("boatlift_marks", &format!("cutover_{about}_{term}"));
        first.set_table_type(Some("VIRTUAL_VIEW"));
        first.set_parameter("boatlift.decided", "spoiled");
        world.create_table(first.into_raw()).expect("somebody was first");
    };
    let act = Act::Meanwhile(Box::new(spoil));
    place.site.upper.at_call_of(method, number, Moment::Before, act);
    place.cut_over().expect(4).says("BL-CUTOVER-001").says("it was spoiled");
    place.assert_on_lower("too late");
    place.cut_over().expect(0);
    place.assert_on_upper("the second time");
}

#[test]
fn what_is_written_while_the_fence_rises_comes_along() {
    let place = Place::new();
    place.run().expect(0);
    let late = lies(&place.site, "orders").trim_start_matches("file:").to_owned();
    place.script("raise", &format!("echo late > {late}/late; touch $TOP/lower.refuses"));
    place.cut_over().expect(0);
    assert!(place.has("upper/warehouse/sales.db/orders/late"));
    assert_eq!(place.site.upper_rows(), place.site.lower_rows());
}

#[test]
fn a_deadline_that_passes_in_the_fence_undoes() {
    let place = Place::new();
    place.run().expect(0);
    place.script("raise", "touch $TOP/lower.refuses; exec sleep 600");
    place.verb("cutover", &["--max-reject", "90s"]).expect(4).says("did not end within 5 s");
    place.assert_on_lower("too slow");
}

#[test]
fn finish_after_the_switch_makes_it_final() {
    let place = Place::new();
    place.cut_over().expect(0);
    place.verb("finish", &[]).expect(0);
    place.verb("cutover", &["--reverse"]).expect(2).says("finished");
    place.assert_on_upper("finished");
}
