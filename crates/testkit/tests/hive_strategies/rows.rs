//! Rows go by each strategy: first all, then what changed; what fails leaves the old table.

use crate::clusters::clusters;
use crate::lift::Lift;

/// ORC with odd values of partitions, an empty partition, one outside the table's directory
/// where `@` is the database, and text without partitions.
const FILL: &[&str] = &[
    "CREATE DATABASE @",
    "CREATE TABLE @.txt (a int, b string) ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\t'",
    "INSERT INTO TABLE @.txt VALUES (1, 'x'), (2, NULL), (2, NULL)",
    "CREATE TABLE @.p (id int, c char(5), d decimal(38,10), m map<string,int>) \
     PARTITIONED BY (k string, n int) STORED AS ORC",
    "INSERT OVERWRITE TABLE @.p PARTITION (k = 'a b/c=%', n = 1) \
     SELECT a, b, a * 1.25, map('q', a) FROM @.txt",
    "INSERT OVERWRITE TABLE @.p PARTITION (k = \"it's\", n = 2) \
     SELECT a, b, a * 2.5, map('q', a) FROM @.txt",
    "ALTER TABLE @.p ADD PARTITION (k = 'empty', n = 3)",
];
/// A table with lines that Hive passes over: they are in files, and Hive writes none.
const HEADED: &[&str] = &[
    "CREATE TABLE @.headed (a int) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' \
     TBLPROPERTIES ('skip.header.line.count' = '1')",
    "INSERT OVERWRITE TABLE @.headed SELECT a FROM @.txt",
];
/// A partition that lies elsewhere.
const ELSEWHERE: &[&str] = &[
    "ALTER TABLE @.p ADD PARTITION (k = 'away', n = 4) LOCATION '/elsewhere/@'",
    "INSERT OVERWRITE TABLE @.p PARTITION (k = 'away', n = 4) \
     SELECT a, b, a * 3.5, map('q', a) FROM @.txt",
];
/// Rows written anew, added and dropped.
const CHANGE: &[&str] = &[
    "INSERT OVERWRITE TABLE @.txt SELECT a, b FROM @.txt WHERE a = 1",
    "INSERT INTO TABLE @.p PARTITION (k = \"it's\", n = 2) \
     SELECT a, 'new', a * 1.0, map('z', a) FROM @.txt",
    "ALTER TABLE @.p DROP PARTITION (k = 'a b/c=%', n = 1)",
];

fn assert_nothing_to_do(lift: &Lift<'_>) {
    let said = lift.run(0);
    assert!(!said.contains("steps"), "{said}");
}

#[test]
fn sql_carries_rows_and_again_what_changed() {
    let clusters = &*clusters();
    let lift = Lift::new(clusters, "by_sql", "{strategy: sql}");
    lift.on_lower(FILL);
    lift.on_lower(ELSEWHERE);
    // Killed while Hive writes: the next run writes over what is its own.
    lift.kill_when(|| !lift.transfer_tables().is_empty());
    lift.run(0);
    lift.assert_equal();
    assert_nothing_to_do(&lift);
    lift.on_lower(CHANGE);
    lift.run(0);
    lift.assert_equal();
    // A partition that comes back finds no old files in its way.
    lift.on_lower(&FILL[4..5]);
    lift.run(0);
    lift.assert_equal();

    lift.on_lower(HEADED);
    let said = lift.run(1);
    assert!(said.contains("skip.header.line.count"), "{said}");
    assert!(lift.open_items().iter().all(|key| key.starts_with("by_sql/headed")), "{said}");
    let rows = clusters.upper.hql(crate::lift::USER, &["SELECT count(1) FROM by_sql.txt"]);
    assert_eq!(rows.expect("rows").trim(), "1");
}

#[test]
fn export_and_import_carry_files_as_they_are() {
    let clusters = &*clusters();
    let lift = Lift::new(clusters, "by_export", "{strategy: export_import}");
    lift.on_lower(FILL);
    lift.on_lower(HEADED);
    lift.run(0);
    lift.assert_equal();
    assert_nothing_to_do(&lift);
    lift.on_lower(CHANGE);
    lift.run(0);
    lift.assert_equal();
    let left = clusters.lower.hdfs(&[&["-ls", "-R", "/apps/hive/warehouse"]]);
    let left = left.unwrap_or_default();
    assert!(!left.contains("export_by_export"), "{left}");

    lift.on_lower(ELSEWHERE);
    let said = lift.run(1);
    assert!(said.contains("not named like the partition"), "{said}");
}

#[test]
fn the_hybrid_takes_either_way_where_the_other_is_none() {
    let clusters = &*clusters();
    let limits = "{strategy: hybrid, hybrid: {sql-partition-limit: 3}}";
    let lift = Lift::new(clusters, "by_both", limits);
    lift.on_lower(FILL);
    lift.on_lower(HEADED);
    lift.on_lower(ELSEWHERE);
    lift.run(0);
    lift.assert_equal();
    assert_nothing_to_do(&lift);
}
