//! Bad input: servers that are not there or speak something else, move files with mistakes,
//! and what changes while it is carried. One clear error or status each, nothing lost.

use crate::fixtures::{
    DB, column, database, fill, filled, lies, partition, partitioned, put, table,
};
use crate::harness::{Ran, Site, Stage};
use boatlift_clients::metastore::Stored;
use boatlift_testkit::fake_metastore::{Act, Moment, Speech, World};
use std::net::TcpListener;
use std::time::{Duration, Instant};

#[test]
fn an_unreachable_metastore_is_named() {
    let site = Site::new();
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = closed.local_addr().expect("an address").to_string();
    drop(closed);
    let port = site.upper.uri().replace("thrift://", "");
    let text = site.move_file(Stage::Metadata).replace(&port, &address);
    let ran = Ran::of(&mut site.command_with(&text));
    assert!(matches!(ran.status.code(), Some(2 | 4)), "{}", ran.status);
    ran.says("BL-SERVER-001").says(&address).says("hint:");
    assert_eq!(site.lower.writes(), [""; 0]);
}

/// A run against metastores whose transport is not the configured one.
#[track_caller]
fn assert_refused(server: Speech, transport: &str) {
    let site = Site::speaking(Speech::Buffered, server);
    fill(&site);
    let text = site.move_file(Stage::Metadata);
    let uri = format!("uris: [\"{}\"]", site.upper.uri());
    let text = text.replace(&uri, &format!("{uri}, transport: {transport}"));
    let ran = Ran::of(&mut site.command_with(&text));
    assert!(matches!(ran.status.code(), Some(2 | 4)), "{}", ran.status);
    ran.says("error[BL-SERVER-00").says("hint:");
    assert_eq!(site.upper.writes(), [""; 0]);
    assert_eq!(site.lower.writes(), [""; 0]);
}

#[test]
fn row_28_a_framed_server_spoken_to_without_frames() {
    assert_refused(Speech::Framed, "buffered");
}

#[test]
fn row_28_a_buffered_server_spoken_to_in_frames() {
    assert_refused(Speech::Buffered, "framed");
}

#[test]
fn row_28_a_server_of_http_spoken_to_without() {
    assert_refused(Speech::Http, "buffered");
}

#[test]
fn row_28_a_buffered_server_spoken_to_by_http() {
    assert_refused(Speech::Buffered, "http");
}

/// A run against metastores whose transport is the configured one.
#[track_caller]
fn assert_spoken(speech: Speech, transport: &str) {
    let site = Site::speaking(Speech::Buffered, speech);
    fill(&site);
    let uri = format!("uris: [\"{}\"]", site.upper.uri());
    let text = site.move_file(Stage::Metadata);
    let text = text.replace(&uri, &format!("{uri}, transport: {transport}"));
    Ran::of(&mut site.command_with(&text)).expect(0);
    assert_eq!(site.upper_rows(), site.lower_rows());
}

#[test]
fn frames_and_http_carry_a_whole_move() {
    assert_spoken(Speech::Framed, "framed");
    assert_spoken(Speech::Http, "http");
}

#[test]
fn wrong_and_missing_keys_are_told_with_line_and_column() {
    let site = Site::new();
    let good = site.move_file(Stage::Metadata);
    for (from, to, line, told) in [
        ("stage: metadata", "stages: metadata", 6, "stages"),
        ("stage: metadata", "stage: everything", 6, "everything"),
        ("connections: 2", "connections: many", 8, "u16"),
        ("legacy-hive: true", "legacyHive: true", 4, "legacyHive"),
    ] {
        let ran = Ran::of(&mut site.command_with(&good.replace(from, to))).expect(2);
        assert!(ran.stderr.contains(told), "{to}: {}", ran.stderr);
        let place = format!("line {line}");
        let named = ran.stderr.contains(&place) || ran.stderr.contains(&format!(":{line}:"));
        assert!(named, "{to}: no line {line} in {}", ran.stderr);
        ran.says("BL-CONFIG-00").says("hint:");
    }
    for (from, to, told) in [
        ("connections: 2", "connections: 0", "hive.connections"),
        ("thrift://", "ftp://", "metastore.uris"),
        ("namespace: hdfs://lower", "namespace: ''", "lower.namespace"),
    ] {
        Ran::of(&mut site.command_with(&good.replace(from, to))).expect(2).says(told);
    }
    assert!(site.upper.calls().is_empty() && site.lower.calls().is_empty(), "a server was asked");
}

#[test]
fn two_rules_that_would_bring_two_places_together_are_refused() {
    let site = Site::new();
    let good = site.move_file(Stage::Metadata);
    let more = format!("}}, {{from: \"file:/other\", to: \"{}\"}}]}}", site.upper_location("x"));
    Ran::of(&mut site.command_with(&good.replace("}]}", &more))).expect(2).says("together");
}

#[test]
fn a_rule_that_leads_to_lower_is_refused() {
    let site = Site::new();
    let good = site.move_file(Stage::Metadata);
    let to = format!("to: \"{}\"", site.upper_location("").trim_end_matches('/'));
    let bad = good.replace(&to, "to: \"hdfs://lower/back\"");
    Ran::of(&mut site.command_with(&bad)).expect(2).says("a place of LOWER");
}

/// The number of a call in an undisturbed metadata run, by its method.
fn call(of: impl Fn(&Site) -> Vec<String>, method: &str) -> usize {
    let site = Site::new();
    fill(&site);
    site.run(Stage::Metadata).expect(0);
    let at = of(&site).iter().position(|found| found == method);
    at.unwrap_or_else(|| panic!("no call of {method}")) + 1
}

fn on_upper(site: &Site) -> Vec<String> {
    site.upper.calls().into_iter().map(|call| call.method).collect()
}

#[test]
fn row_27_a_server_that_restarts_in_mid_batch_loses_nothing() {
    let wanted = Site::new();
    fill(&wanted);
    wanted.run(Stage::Metadata).expect(0);
    for method in ["create_table_with_environment_context", "add_partitions_req"] {
        for moment in [Moment::Before, Moment::After] {
            let number = call(on_upper, method);
            let site = Site::new();
            fill(&site);
            site.upper.at(number, moment, Act::Restart(Duration::from_millis(300)));
            let ran = site.run(Stage::Metadata);
            assert!(!site.upper.cancel(), "there was no call {number}");
            if ran.status.code() != Some(0) {
                site.upper.wait_until_back();
                site.run(Stage::Metadata).expect(0);
            }
            assert_eq!(site.upper_told(), wanted.upper_told(), "{method} {moment:?}");
            site.assert_lower_only_read();
        }
    }
}

#[test]
fn row_27_an_answer_that_is_lost_after_the_change_was_made_is_no_failure() {
    let number = call(on_upper, "create_table_with_environment_context");
    let site = Site::new();
    fill(&site);
    site.upper.at(number, Moment::After, Act::Cut);
    site.run(Stage::Metadata).expect(0);
    assert_eq!(site.upper_rows(), site.lower_rows());
}

#[test]
fn row_27_a_read_of_lower_that_breaks_is_repeated() {
    for number in [3, 6, 9] {
        let site = Site::new();
        fill(&site);
        site.lower.at(number, Moment::After, Act::Cut);
        site.run(Stage::Metadata).expect(0);
        assert!(!site.lower.cancel(), "there was no call {number}");
    }
}

#[test]
fn a_late_answer_is_waited_for() {
    let site = Site::new();
    fill(&site);
    site.upper.at(12, Moment::After, Act::Wait(Duration::from_secs(1)));
    site.run(Stage::Metadata).expect(0);
    assert!(!site.upper.cancel());
}

#[test]
fn a_table_that_cannot_be_read_is_reported_and_the_others_come() {
    let site = Site::new();
    fill(&site);
    site.lower.with(|world| world.unreadable = vec![format!("{DB}.orders")]);
    let ran = site.run(Stage::Metadata);
    assert_ne!(ran.status.code(), Some(0));
    ran.says("broken row");
    assert!(site.upper.table(DB, "orders").is_none());
    assert!(site.upper.table(DB, "events").is_some());
    site.lower.with(|world| world.unreadable.clear());
    site.run(Stage::Metadata).expect(0);
    assert_eq!(site.upper_rows(), site.lower_rows());
}

/// Changes LOWER once the survey has ended, while a run goes on: the mark on UPPER is written
/// after it. The lane does not read again what was surveyed.
fn run_and_change(site: &Site, change: impl FnOnce(&mut World)) -> Ran {
    site.upper.forget_calls();
    std::thread::scope(|scope| {
        let running = scope.spawn(|| site.run(Stage::Metadata));
        let begun = Instant::now();
        while site.upper.writes().is_empty() {
            assert!(begun.elapsed() < Duration::from_secs(60), "UPPER is never written to");
            std::thread::sleep(Duration::from_millis(1));
        }
        site.lower.with(change);
        running.join().expect("a run")
    })
}

#[test]
fn row_16_a_table_that_is_altered_or_dropped_between_survey_and_carrying() {
    for drops in [true, false] {
        let site = Site::new();
        database(&site);
        filled(&site, &table("orders"));
        let ran = run_and_change(&site, move |world| {
            let mut to = table("orders");
            to.set_columns(&[column("id", "bigint"), column("added", "int")]);
            to.set_location(world.table(DB, "orders").expect("it").location());
            match drops {
                true => world.drop_table(DB, "orders", false),
                false => world.alter_table(DB, "orders", to.into_raw()),
            }
            .expect("it is changed");
        });
        assert_ne!(ran.status.code(), Some(4), "{}", ran.stderr);
        // What was dropped came over as it was surveyed, and is known to be gone from now on.
        let (said, column) = if drops { ("1 gone", "name") } else { ("1 changed", "added") };
        site.run(Stage::Metadata).expect(0).says(said);
        let orders = site.upper.table(DB, "orders").expect("a table");
        assert_eq!(orders.columns()[1].name, column);
        site.assert_lower_only_read();
    }
}

#[test]
fn row_17_a_partition_and_a_file_that_come_while_files_are_copied() {
    let site = Site::new();
    fill(&site);
    site.run(Stage::Metadata).expect(0);
    let events = partitioned("events", "ds");
    let (place, orders) = (format!("{}/ds=9", lies(&site, "events")), lies(&site, "orders"));
    site.lower.forget_calls();
    let act = Act::Meanwhile(Box::new(move |world| {
        world.add_partition(partition(&events, &["9"], None).into_raw()).expect("it is added");
        put(&place, "part-0", "rows of 9");
        put(&orders, "part-0", "rewritten while it is copied");
    }));
    site.lower.at(12, Moment::Before, act);
    site.run(Stage::Storage);
    assert!(!site.lower.cancel(), "there was no call 12");
    for (name, rows) in site.upper_rows() {
        let now = &site.lower_rows()[&name];
        assert!(&rows == now, "{name} shows {rows:?} instead of {now:?}");
    }
    site.run(Stage::Storage).expect(0);
    assert_eq!(site.upper_rows(), site.lower_rows());
}
