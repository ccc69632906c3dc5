//! What comes along with tables where `carry` asks for it: column statistics, owners, constraints
//! and functions, as UPPER's own HiveServer2 shows them.

use crate::clusters::{Clusters, clusters};
use crate::move_file::{Extent, More};
use crate::runs::HiveMove;
use std::collections::BTreeMap;
use std::fs;

/// The database that Hive 1.2 has.
const DATABASE: &str = "carried";
/// Who owns its tables: HiveServer2 makes them as itself, and Boatlift is somebody else.
const OWNER: &str = "hive";
/// The database of constraints, which Hive 1.2 has no calls for, and where it goes.
const KEYED: &str = "keyed";
const KEYED_ABOVE: &str = "keyed_above";

const TABLES: &[&str] = &[
    "CREATE DATABASE carried",
    "CREATE TABLE carried.plain (k INT, v STRING) ROW FORMAT DELIMITED FIELDS TERMINATED BY ','",
    "CREATE TABLE carried.sales (k INT, v STRING) PARTITIONED BY (day STRING) \
     ROW FORMAT DELIMITED FIELDS TERMINATED BY ','",
    "ALTER TABLE carried.sales ADD PARTITION (day='1')",
    "ALTER TABLE carried.sales ADD PARTITION (day='2')",
];

const ANALYZE: &[&str] = &[
    "ANALYZE TABLE carried.plain COMPUTE STATISTICS FOR COLUMNS k, v",
    "ANALYZE TABLE carried.sales PARTITION (day='1') COMPUTE STATISTICS FOR COLUMNS k, v",
];

/// Gives each directory 23 rows: `k` from 7 to 29, `v` one of five.
fn put_rows(lift: &HiveMove<'_>, clusters: &Clusters) {
    let rows: String = (7..30).map(|k| format!("{k},{}\n", "x".repeat(1 + k % 5))).collect();
    let file = lift.path("rows");
    fs::write(&file, rows).expect("a file");
    let file = file.to_str().expect("a plain path");
    let puts = ["plain", "sales/day=1", "sales/day=2"]
        .map(|below| format!("/apps/hive/warehouse/{DATABASE}.db/{below}/rows"));
    let puts = puts.each_ref().map(|to| ["-put", file, to]);
    let puts: Vec<&[&str]> = puts.iter().map(|put| put.as_slice()).collect();
    clusters.lower.hdfs(&puts).expect("rows on LOWER");
}

/// What UPPER's Hive tells of a column's statistics, by name; without those that it does not know.
fn statistics(clusters: &Clusters, of: &str) -> BTreeMap<String, String> {
    let described = clusters.upper.hql(OWNER, &[&format!("DESCRIBE FORMATTED {of}")]);
    let described = described.expect("UPPER describes a column");
    let fields = described.lines().filter_map(|line| line.split_once('\t'));
    let fields = fields.map(|(name, value)| {
        (name.trim().to_owned(), value.split('\t').next().unwrap_or_default().trim().to_owned())
    });
    fields.filter(|(_, value)| !value.is_empty()).collect()
}

#[track_caller]
fn assert_statistics(clusters: &Clusters) {
    for of in ["carried.plain k", "carried.sales PARTITION (day='1') k"] {
        let all = statistics(clusters, of);
        let told = ["min", "max", "num_nulls"].map(|name| all.get(name).map(String::as_str));
        assert_eq!(told, [Some("7"), Some("29"), Some("0")], "{of}: {all:#?}");
    }
    let told = statistics(clusters, "carried.plain v");
    assert_eq!(told.get("max_col_len").map(String::as_str), Some("5"), "{told:?}");
    let never_analyzed = statistics(clusters, "carried.sales PARTITION (day='2') k");
    assert_eq!(never_analyzed.get("max"), None, "{never_analyzed:?}");
}

#[test]
fn statistics_and_owners_come_along_and_outlive_the_exchange() {
    let clusters = &*clusters();
    let mut lift = HiveMove::new(clusters, &[DATABASE]);
    lift.more.hive = "  carry: {statistics: true, owners: true}\n".into();
    clusters.lower.hql(OWNER, TABLES).expect("LOWER is filled");
    put_rows(&lift, clusters);
    clusters.lower.hql(OWNER, ANALYZE).expect("LOWER counts");

    lift.run(Extent::Metadata).expect(&[0]);
    assert_statistics(clusters);
    let described = statistics(clusters, "carried.plain");
    assert_eq!(described.get("Owner:").map(String::as_str), Some(OWNER), "{described:#?}");
    lift.run(Extent::Storage).expect(&[0]);
    assert_statistics(clusters);
    lift.run(Extent::Storage).expect(&[0]);
    assert_eq!(lift.open_items(), [""; 0]);
}

/// Tables of Hive 4.0 with every kind of constraint that its external tables may have, their files
/// on LOWER's HDFS, and a function. The foreign key's table comes before the one it points at.
fn keyed(clusters: &Clusters) -> Vec<String> {
    let at = |table| format!("LOCATION '{}/keyed/{table}'", clusters.lower.hdfs_url());
    let not_checked = "DISABLE NOVALIDATE RELY";
    vec![
        format!("CREATE DATABASE {KEYED}"),
        format!(
            "CREATE EXTERNAL TABLE keyed.owner (id INT, name STRING NOT NULL {not_checked}, \
             CONSTRAINT owner_key PRIMARY KEY (id) {not_checked}, \
             CONSTRAINT owner_name UNIQUE (name) {not_checked}) {}",
            at("owner")
        ),
        format!(
            "CREATE EXTERNAL TABLE keyed.a_thing (owner INT, CONSTRAINT thing_owner FOREIGN KEY \
             (owner) REFERENCES keyed.owner(id) {not_checked}) {}",
            at("a_thing")
        ),
        "CREATE FUNCTION keyed.loud AS 'org.apache.hadoop.hive.ql.udf.generic.GenericUDFUpper'"
            .to_owned(),
    ]
}

/// What `DESCRIBE FORMATTED` says of a table's constraints, without names of databases.
fn constraints(clusters: &Clusters, database: &str, table: &str) -> Vec<String> {
    let described = clusters.upper.hql(OWNER, &[&format!("DESCRIBE FORMATTED {database}.{table}")]);
    let described = described.expect("UPPER describes a table");
    let lines = described.lines().skip_while(|line| !line.contains("# Constraints"));
    let lines = lines.map(|line| line.replace(database, "database"));
    let words = lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    words.filter(|line| !line.is_empty()).collect()
}

/// One metastore stands for both sides, under two names: no other real server here has
/// constraints, and the old one never answers again after `CREATE FUNCTION`. What is asserted is
/// what went from one database of it to another.
#[test]
fn constraints_and_functions_come_along() {
    let clusters = &*clusters();
    let mut lift = HiveMove::new(clusters, &[KEYED]);
    lift.more = More {
        lower_metastore: Some(clusters.upper.metastore_uri().replace("127.0.0.1", "localhost")),
        hive: format!(
            "  carry: {{constraints: true, functions: true}}\n  databases: {{rename: {{{KEYED}: {KEYED_ABOVE}}}}}\n"
        ),
        ..More::default()
    };
    let statements = keyed(clusters);
    let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
    clusters.upper.hql(OWNER, &statements).expect("a database with constraints");

    lift.run(Extent::Metadata).expect(&[0]);
    for (table, kinds) in [("owner", 3), ("a_thing", 1)] {
        let there = constraints(clusters, KEYED, table);
        let kinds_there = there.iter().filter(|line| line.starts_with("# ")).count() - 1;
        assert_eq!(kinds_there, kinds, "{there:#?}");
        assert_eq!(constraints(clusters, KEYED_ABOVE, table), there);
    }
    // A HiveServer2 asks for functions when it starts.
    let hive_server2 = clusters.upper.hive_server2.as_ref().expect("UPPER has one");
    hive_server2.restart().expect("it starts again");
    let loud = clusters.upper.hql(OWNER, &[&format!("SELECT {KEYED_ABOVE}.loud('x')")]);
    assert!(loud.expect("UPPER has the function").contains('X'));
    lift.run(Extent::Storage).expect(&[0]);
    assert_eq!(lift.open_items(), [""; 0]);
}
