//! The judge and the watch of Hive notice what they are there for. Boatlift takes no part:
//! both sides are made alike by hand, and then UPPER is spoiled.

use crate::clusters::{Clusters, clusters};
use crate::program::Program;
use boatlift_testkit::judges::finish;
use boatlift_testkit::judges::hive::{Reading, judge_hive, program};
use std::collections::BTreeSet;
use std::fs;

/// Of these each table but the first is spoiled in one way.
const TABLES: &[&str] =
    &["alike", "content", "extra_partition", "property", "comment", "place", "missing"];

/// What is done to UPPER, by statements.
const SPOILS: &[&str] = &[
    "ALTER TABLE judged.extra_partition ADD PARTITION (day='2')",
    "ALTER TABLE judged.property SET TBLPROPERTIES ('owner.team'='another')",
    "ALTER TABLE judged.comment CHANGE id id INT COMMENT 'another'",
    "ALTER TABLE judged.place PARTITION (day='1') SET LOCATION '/judged/elsewhere'",
    "DROP TABLE judged.missing",
];

fn sql(url: &str, statements: &[String]) {
    let mut sql = program("sql").expect("a cache");
    finish(sql.arg(url).args(statements)).expect("the statements run");
}

/// A database whose tables have a partition with a row each, on both sides alike.
fn make_alike(clusters: &Clusters) {
    let table = |name: &&str| {
        [
            format!(
                "CREATE EXTERNAL TABLE judged.{name} (id INT) PARTITIONED BY (day STRING) \
                 LOCATION '/judged/{name}'"
            ),
            format!("ALTER TABLE judged.{name} ADD PARTITION (day='1')"),
        ]
    };
    let mut statements = vec!["CREATE DATABASE judged".to_owned()];
    statements.extend(TABLES.iter().flat_map(table));
    for url in [clusters.lower.hive_server2_url(), clusters.upper.hive_server2_url()] {
        sql(&url, &statements);
    }
    let file = clusters.lower.directory().join("row");
    fs::write(&file, "1\n").expect("a file");
    let row = file.to_str().expect("a plain path");
    let paths: Vec<String> =
        TABLES.iter().map(|name| format!("/judged/{name}/day=1/row")).collect();
    let puts: Vec<[&str; 3]> = paths.iter().map(|path| ["-put", row, path.as_str()]).collect();
    let puts: Vec<&[&str]> = puts.iter().map(|put| put.as_slice()).collect();
    clusters.lower.hdfs(&puts).expect("rows on LOWER");
    clusters.upper.hdfs(&puts).expect("rows on UPPER");
}

fn spoil(clusters: &Clusters) {
    let file = clusters.upper.directory().join("another-row");
    fs::write(&file, "2\n").expect("a file");
    let another = file.to_str().expect("a plain path");
    let commands: [&[&str]; 3] = [
        &["-put", "-f", another, "/judged/content/day=1/row"],
        &["-mkdir", "-p", "/judged/elsewhere"],
        &["-cp", "/judged/place/day=1/row", "/judged/elsewhere/row"],
    ];
    clusters.upper.hdfs(&commands).expect("the commands run");
    let spoils: Vec<String> = SPOILS.iter().map(ToString::to_string).collect();
    sql(&clusters.upper.hive_server2_url(), &spoils);
}

#[test]
fn the_judge_sees_every_kind_of_difference_and_the_watch_what_is_gone() {
    let clusters = &*clusters();
    make_alike(clusters);
    let judged = || {
        let (lower, upper) = (clusters.lower_side(), clusters.upper_side());
        let found = judge_hive(&lower, &upper, Reading::Exchanged, &["judged"]);
        let found = found.expect("a verdict").into_iter();
        found.map(|difference| (difference.table, difference.what)).collect::<BTreeSet<_>>()
    };
    assert_eq!(judged(), BTreeSet::new());
    let journal = clusters.upper.directory().join("judged-journal");
    let watching = Program::watch(&clusters.upper.hive_server2_url(), &journal, &["judged"]);
    spoil(clusters);
    let expected = [
        ("content", "rows"),
        ("extra_partition", "partitions"),
        ("property", "definition"),
        ("comment", "definition"),
        ("place", "rows"),
        ("missing", "existence"),
    ];
    let expected = expected.map(|(table, what)| (format!("judged.{table}"), what.to_owned()));
    assert_eq!(judged(), BTreeSet::from(expected));
    let faults = watching.end();
    for name in ["judged.missing", "judged.missing/day=1"] {
        let fault = format!("{{\"name\": \"{name}\", ");
        assert!(faults.lines().any(|line| line.starts_with(&fault)), "no {name} in:\n{faults}");
    }
    assert_eq!(faults.lines().count(), 2, "{faults}");
}
