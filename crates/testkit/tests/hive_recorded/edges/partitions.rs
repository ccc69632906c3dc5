//! Rows 1 to 6: where things lie, and partitions.

use super::{above, assert_partitions_whole, assert_whole, bring, site, with_partitions};
use crate::fixtures::{DB, column, filled, lies, partition, partitioned, put, table};
use crate::harness::Stage;
use boatlift_clients::metastore::{Partition, Stored};
use boatlift_testkit::fake_metastore::local_path;
use std::fs;

#[test]
fn row_01_locations_outside_the_table_and_of_another_table() {
    let site = site();
    filled(&site, &table("other"));
    let events = partitioned("events", "ds");
    let (outside, of_other) = (site.lower_location("out/of/it"), lies(&site, "other"));
    with_partitions(
        &site,
        &events,
        &[partition(&events, &["1"], Some(&outside)), partition(&events, &["2"], Some(&of_other))],
    );
    bring(&site);
    assert_partitions_whole(&site, "events", 2);
    site.run(Stage::Storage).expect(0);
    assert_eq!(site.upper_rows(), site.lower_rows());
}

#[test]
fn row_01_a_third_file_system_without_a_rule_fails_that_table_alone_in_the_storage_stage() {
    let site = site();
    filled(&site, &table("near"));
    let mut far = table("far");
    far.set_location(Some("s3a://elsewhere/far"));
    site.lower.create_table(&far);
    bring(&site);
    assert_whole(&site, "far");
    site.run(Stage::Storage).expect(1).says("no rule names it");
    assert_eq!(above(&site, "far").location(), Some("s3a://elsewhere/far"));
    assert_eq!(
        above(&site, "near").location(),
        Some(&*site.upper_location("warehouse/sales.db/near"))
    );
}

#[test]
fn row_02_a_missing_directory_is_reported_and_not_made() {
    let site = site();
    let events = partitioned("events", "ds");
    let all = [partition(&events, &["1"], None), partition(&events, &["2"], None)];
    with_partitions(&site, &events, &all);
    filled(&site, &table("lost"));
    let (lost, part) = (lies(&site, "lost"), format!("{}/ds=2", lies(&site, "events")));
    for location in [&lost, &part] {
        fs::remove_dir_all(local_path(location).expect("a path")).expect("it goes");
    }
    let ran = site.run(Stage::Metadata);
    let ran = ran.says("ds=2").says("does not exist on LOWER");
    assert_ne!(ran.status.code(), Some(4));
    assert_eq!(site.upper.table(DB, "lost"), None);
    assert_eq!(site.upper.with(|world| world.partitions(DB, "events")).len(), 1);
    for location in [&lost, &part] {
        assert!(!local_path(location).expect("a path").exists(), "UPPER made {location}");
    }
}

#[test]
fn row_02_two_partitions_share_a_directory() {
    let site = site();
    let events = partitioned("events", "ds");
    let shared = site.lower_location("shared");
    let at = |value| partition(&events, &[value], Some(&shared));
    with_partitions(&site, &events, &[at("1"), at("2")]);
    bring(&site);
    site.run(Stage::Storage).expect(0);
    assert_eq!(site.upper_rows(), site.lower_rows());
    put(&shared, "part-0", "rows that both have now");
    put(&shared, "part-1", "more of them");
    site.run(Stage::Storage).expect(0);
    assert_eq!(site.upper_rows(), site.lower_rows());
}

#[test]
fn row_03_partition_values_of_every_kind() {
    let site = site();
    let events = partitioned("events", "ds");
    let long = "x".repeat(200);
    let values = [
        "a/b",
        "a=b",
        "100%",
        "10:30",
        "a#b",
        "a b",
        "é中😀",
        "__HIVE_DEFAULT_PARTITION__",
        "007",
        "2026-01-31",
        "a'b\"c",
        "{x}[y]^",
        "tab\there",
        "..",
        ".",
        "%2F",
        "A",
        "a",
        &long,
    ];
    let all: Vec<Partition> = values.iter().map(|v| partition(&events, &[v], None)).collect();
    with_partitions(&site, &events, &all);
    bring(&site);
    assert_partitions_whole(&site, "events", values.len());
}

#[test]
fn row_03_files_of_partitions_with_escaped_names() {
    let site = site();
    let events = partitioned("events", "ds");
    let values = ["a/b", "100%", "a b", "é中😀", "%2F"];
    let all: Vec<Partition> = values.iter().map(|v| partition(&events, &[v], None)).collect();
    with_partitions(&site, &events, &all);
    site.run(Stage::Storage).expect(0);
    assert_eq!(site.upper_rows(), site.lower_rows());
    assert_eq!(site.upper_rows().len(), values.len());
}

#[test]
fn row_04_thousands_of_partitions_come_in_batches_also_after_a_cut() {
    use boatlift_testkit::fake_metastore::{Act, Moment};
    let site = site();
    let events = partitioned("events", "ds");
    site.lower.create_table(&events);
    let shared = site.lower_location("shared");
    let all: Vec<Partition> =
        (0..3000).map(|n| partition(&events, &[&n.to_string()], Some(&shared))).collect();
    site.lower.add_partitions(&all);
    site.upper.at(20, Moment::After, Act::Cut);
    let ran = site.run(Stage::Metadata);
    assert!(!site.upper.cancel(), "there was no call 20");
    if ran.status.code() != Some(0) {
        site.run(Stage::Metadata).expect(0);
    }
    assert_partitions_whole(&site, "events", 3000);
    let batches = site.upper.writes().iter().filter(|call| *call == "add_partitions_req").count();
    assert!((15..=20).contains(&batches), "{batches} calls that add partitions");
}

#[test]
fn row_05_an_empty_partitioned_table_comes_over() {
    let site = site();
    site.lower.create_table(&partitioned("events", "ds"));
    bring(&site);
    assert_whole(&site, "events");
    site.run(Stage::Storage).expect(0);
    let place = site.upper_location("warehouse/sales.db/events");
    assert_eq!(above(&site, "events").location(), Some(&*place));
}

#[test]
fn row_06_partitions_with_columns_and_formats_of_their_own() {
    let site = site();
    let events = partitioned("events", "ds");
    let mut old = partition(&events, &["1"], None);
    old.set_columns(&[column("id", "int")]);
    old.set_input_format(Some("org.apache.hadoop.hive.ql.io.orc.OrcInputFormat"));
    old.set_serde_library(Some("org.apache.hadoop.hive.ql.io.orc.OrcSerde"));
    old.set_serde_parameter("only.here", Some("1"));
    with_partitions(&site, &events, &[old, partition(&events, &["2"], None)]);
    bring(&site);
    assert_partitions_whole(&site, "events", 2);
}
