//! How often LOWER is read: the lane and the reports use what the survey read.

use crate::fixtures::{DB, fill, fill_sparsely, filled, table, view};
use crate::harness::{Site, Stage};
use boatlift_testkit::fake_metastore::{Act, Call, Moment};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Longer than any test lasts.
const FOR_GOOD: Duration = Duration::from_secs(3600);

/// How often each object was asked for.
fn reads(calls: &[Call]) -> BTreeMap<String, usize> {
    let mut reads = BTreeMap::new();
    for call in calls {
        let text = |id| call.arguments.string(id).unwrap_or_default().to_owned();
        let texts = |id| {
            let items = call.arguments.items(id).unwrap_or_default();
            items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect::<Vec<_>>()
        };
        let request = call.arguments.structure(1);
        let names = match call.method.as_str() {
            "get_database" => vec![text(1)],
            "get_table" => vec![text(2)],
            "get_table_req" => {
                vec![request.and_then(|it| it.string(2)).expect("a name").to_owned()]
            }
            "get_table_objects_by_name" => texts(2),
            "get_table_objects_by_name_req" => {
                let items = request.and_then(|it| it.items(2)).unwrap_or_default();
                items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
            }
            "get_partitions_by_names" => {
                texts(3).into_iter().map(|name| format!("{}/{name}", text(2))).collect()
            }
            _ => Vec::new(),
        };
        names.into_iter().for_each(|name| *reads.entry(name).or_default() += 1);
    }
    reads
}

fn statements(site: &Site) -> String {
    std::fs::read_to_string(site.state().join("reports/upper.sql")).expect("upper.sql")
}

/// Asserts that a text has these parts, in this order.
#[track_caller]
fn assert_in_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part} is not in order:\n{text}"));
        rest = &rest[at + part.len()..];
    }
}

#[test]
fn every_object_of_lower_is_read_once() {
    let site = Site::new();
    fill(&site);
    site.lower.forget_calls();
    site.run(Stage::Metadata).expect(0);
    let names =
        ["events", "events/ds=1", "events/ds=2", "events/ds=3", "nothing", "orders", "recent", DB];
    let mut wanted: BTreeMap<String, usize> = names.map(|name| (name.to_owned(), 1)).into();
    // Hive 1.2 says of a missing table, too, that it has no partitions: the client looks.
    wanted.insert("nothing".to_owned(), 2);
    assert_eq!(reads(&site.lower.calls()), wanted);
    assert_in_order(
        &statements(&site),
        &[
            "CREATE DATABASE IF NOT EXISTS `sales`",
            "CREATE EXTERNAL TABLE `sales`.`events`",
            "PARTITION (`ds`='3')",
            "CREATE EXTERNAL TABLE `sales`.`orders`",
            "CREATE VIEW `sales`.`recent`",
        ],
    );
}

#[test]
fn statements_are_written_when_lower_is_away_at_the_end() {
    let site = Site::new();
    fill(&site);
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let running = scope.spawn(|| site.run(Stage::Metadata));
        // The mark is written after the survey has ended.
        while site.upper.writes().is_empty() {
            assert!(begun.elapsed() < Duration::from_secs(60), "UPPER is never written to");
            std::thread::sleep(Duration::from_millis(1));
        }
        let next = site.lower.calls().len() + 1;
        site.lower.at(next, Moment::Before, Act::Restart(FOR_GOOD));
        running.join().expect("a run").expect(0);
    });
    assert!(site.lower.cancel(), "LOWER was asked after the survey");
    assert_in_order(&statements(&site), &["`sales`.`orders`", "CREATE VIEW `sales`.`recent`"]);
}

#[test]
fn statements_of_a_move_that_was_resumed_are_complete() {
    let site = Site::new();
    fill_sparsely(&site);
    assert!(site.dies_at(Stage::Metadata, "stage-done", 2), "it ended before");
    site.lower.forget_calls();
    site.run(Stage::Metadata).expect(0);
    // What was not carried before the death is read anew: the survey's is of another process.
    let reads = reads(&site.lower.calls());
    assert_eq!(reads.get("events/ds=1"), Some(&1), "{reads:?}");
    assert_eq!(reads.get("orders"), None, "{reads:?}");
    assert_in_order(
        &statements(&site),
        &["TABLE `sales`.`events`", "PARTITION (`ds`='2')", "`sales`.`orders`", "`sales`.`recent`"],
    );
}

#[test]
fn a_table_that_is_created_and_exchanged_in_one_run_has_both_statements() {
    let site = Site::new();
    site.lower.create_database(&boatlift_clients::metastore::Database::new(DB));
    filled(&site, &table("orders"));
    site.run(Stage::Storage).expect(0);
    assert_in_order(
        &statements(&site),
        &["CREATE EXTERNAL TABLE `sales`.`orders`", "ALTER TABLE `sales`.`orders` SET LOCATION"],
    );
}

#[test]
fn views_follow_the_views_that_they_name() {
    let site = Site::new();
    fill(&site);
    let views = [
        ("a_top", "select id from `sales`.`b_middle` join `sales`.`recent`"),
        ("b_middle", "select id from sales.c_bottom"),
        ("c_bottom", "select id from orders"),
        ("d_one", "select id from sales.d_other"),
        ("d_other", "select id from sales.d_one join nowhere.at_all"),
    ];
    for (name, query) in views {
        site.lower.create_table(&view(name, query));
    }
    site.run(Stage::Metadata).expect(0);
    let calls = site.upper.calls();
    let created = calls.iter().filter(|call| call.method.starts_with("create_table"));
    let name = |call: &Call| call.arguments.structure(1)?.string(1).map(str::to_owned);
    let created: Vec<String> = created.filter_map(name).collect();
    let at = |view: &str| created.iter().position(|name| name == view).expect(view);
    assert!(at("c_bottom") < at("b_middle") && at("b_middle") < at("a_top"), "{created:?}");
    assert!(at("recent") < at("a_top") && at("orders") < at("c_bottom"), "{created:?}");
    assert_in_order(
        &statements(&site),
        &["VIEW `sales`.`c_bottom`", "VIEW `sales`.`b_middle`", "VIEW `sales`.`a_top`", "`d_one`"],
    );
}
