//! The files of a real LOWER on HDFS come into a bucket, where UPPER's Hive reads them by Hadoop's
//! own `s3a`.

use crate::clusters::{Clusters, clusters};
use crate::move_file::{Extent, More};
use crate::runs::HiveMove;
use boatlift_testkit::judges::hive::{HiveSide, Reading, judge_hive};
use boatlift_testkit::services::s3::S3Endpoint;
use std::fs;

/// The database that is moved.
const DATABASE: &str = "bucketed";
/// Where its files go, as UPPER's Hive names it.
const WAREHOUSE: &str = "s3a://upper/warehouse";
/// Who writes on LOWER.
const USER: &str = "hive";

/// Partitions: usual, with a name that Hive escapes, outside of the table, and empty.
const TABLES: &[&str] = &[
    "CREATE DATABASE bucketed",
    "CREATE TABLE bucketed.plain (k INT, v STRING) ROW FORMAT DELIMITED FIELDS TERMINATED BY ','",
    "CREATE TABLE bucketed.sales (k INT, v STRING) PARTITIONED BY (day STRING) \
     ROW FORMAT DELIMITED FIELDS TERMINATED BY ','",
    "ALTER TABLE bucketed.sales ADD PARTITION (day='1')",
    "ALTER TABLE bucketed.sales ADD PARTITION (day='2 a:b')",
    "ALTER TABLE bucketed.sales ADD PARTITION (day='3') LOCATION '/bucketed_elsewhere/three'",
    "ALTER TABLE bucketed.sales ADD PARTITION (day='4')",
];

/// The directories that get files on LOWER.
const FILLED: &[&str] = &[
    "/apps/hive/warehouse/bucketed.db/plain",
    "/apps/hive/warehouse/bucketed.db/sales/day=1",
    "/apps/hive/warehouse/bucketed.db/sales/day=2 a%3Ab",
    "/bucketed_elsewhere/three",
];

/// Gives a partition other files, whatever it had.
const OVERWRITE: &str = "INSERT OVERWRITE TABLE bucketed.sales PARTITION (day='1') \
     SELECT k + 100, v FROM bucketed.sales WHERE day = '3'";

/// The clusters, and the move between them.
struct Scene<'c> {
    clusters: &'c Clusters,
    lift: HiveMove<'c>,
}

impl<'c> Scene<'c> {
    fn new(clusters: &'c Clusters) -> Self {
        server(clusters).make_bucket("upper").expect("a bucket");
        let mut lift = HiveMove::new(clusters, &[DATABASE]);
        let namespace = Some(WAREHOUSE.to_owned());
        lift.more = More { namespace, top: reached(&lift, clusters), ..More::default() };
        Scene { clusters, lift }
    }

    fn on_lower(&self, statements: &[&str]) {
        self.clusters.lower.hql(USER, statements).expect("LOWER is written");
    }

    /// Puts a file of so many rows of a length into directories of LOWER.
    fn put(&self, name: &str, rows: usize, row_bytes: usize, directories: &[&str]) {
        let file = self.lift.path(name);
        let value = "x".repeat(row_bytes);
        let text: String = (0..rows).map(|k| format!("{k},{k}{value}\n")).collect();
        fs::write(&file, text).expect("a file");
        let file = file.to_str().expect("a plain path");
        let puts: Vec<[&str; 3]> = directories.iter().map(|to| ["-put", file, to]).collect();
        let puts: Vec<&[&str]> = puts.iter().map(|put| put.as_slice()).collect();
        self.clusters.lower.hdfs(&puts).expect("files on LOWER");
    }

    /// What the server of the buckets answers to `curl`.
    fn call(&self, path_and_query: &str) -> String {
        let server = server(self.clusters);
        server.call(&server.owner, "GET", path_and_query, None).expect("an answer")
    }

    /// The objects of the bucket, each with what tells when it was written; without those that
    /// stand for folders.
    fn objects(&self) -> Vec<String> {
        let told = self.call("upper?list-type=2");
        let objects = told.split("<Contents>").skip(1).filter(|object| !object.contains("/</Key>"));
        objects.map(str::to_owned).collect()
    }

    /// Whether the bucket has an object whose key has these words.
    fn holds(&self, words: &str) -> bool {
        self.objects().iter().any(|object| object.contains(words))
    }

    fn open_uploads(&self) -> usize {
        self.call("upper?uploads=").matches("<UploadId>").count()
    }

    /// Asserts that both HiveServer2s give the same rows, partitions and definitions, UPPER's
    /// from the bucket alone, and that nothing of ours is left there.
    #[track_caller]
    fn assert_equal(&self) {
        let lower = self.clusters.lower_side();
        let upper = HiveSide { hdfs: WAREHOUSE.to_owned(), ..self.clusters.upper_side() };
        let differences = judge_hive(&lower, &upper, Reading::Exchanged, &[DATABASE]);
        let differences = differences.expect("a verdict");
        assert!(differences.is_empty(), "{differences:#?}");
        assert!(self.open_uploads() == 0 && !self.holds(".boatlift"), "{:#?}", self.objects());
    }
}

/// The server of UPPER's buckets.
fn server(clusters: &Clusters) -> &S3Endpoint {
    clusters.upper.buckets().expect("it has buckets")
}

/// The part of the move file that says how UPPER's buckets are reached.
fn reached(lift: &HiveMove<'_>, clusters: &Clusters) -> String {
    let server = server(clusters);
    let file = lift.path("credentials");
    let (key, secret) = (&server.owner.access_key, &server.owner.secret_key);
    let lines = format!("[upper]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n");
    fs::write(&file, lines).expect("credentials");
    format!(
        "s3: {{upper: {{part-mib: 5, session: {{endpoint-url: \"{}\", region: {}, profile: upper, \
         credentials-file: {}}}}}}}\n",
        server.url,
        server.region,
        file.display()
    )
}

#[test]
fn upper_reads_from_a_bucket_what_lower_has_on_hdfs() {
    let clusters = &*clusters();
    let mut scene = Scene::new(clusters);
    scene.on_lower(TABLES);
    scene.put("rows", 10, 3, FILLED);
    let checked = scene.lift.check(Extent::Storage).expect(&[0]);
    for proved in ["✓ UPPER reaches s3a://upper/", "✓ we may write s3a://upper/warehouse/"] {
        assert!(checked.stdout.contains(proved), "{}", checked.stdout);
    }
    let planned = scene.lift.plan(Extent::Storage).expect(&[0]);
    assert!(planned.stdout.contains(" -> s3a://upper/warehouse"), "{}", planned.stdout);
    scene.lift.run(Extent::Storage).expect(&[0]);
    scene.assert_equal();

    let before = scene.objects();
    scene.lift.run(Extent::Storage).expect(&[0]);
    assert_eq!(scene.objects(), before, "there was nothing to do");

    scene.on_lower(&[OVERWRITE]);
    scene.put("large", 200, 100_000, &FILLED[..2]);
    let usual = scene.lift.more.top.clone();
    scene.lift.more.top += "limits: {upper: {rate: 8M}}\n";
    scene.lift.run_and_kill(Extent::Storage, || scene.open_uploads() == 2);
    assert_eq!(scene.open_uploads(), 2, "no uploads were caught open");
    // One of the files comes again, the other is gone by then.
    scene.on_lower(&[OVERWRITE]);
    scene.lift.more.top = usual;
    scene.lift.run(Extent::Storage).expect(&[0]);
    scene.assert_equal();

    scene.put("larger", 200, 100_000, &FILLED[..2]);
    scene.lift.more.top += "limits: {upper: {rate: 8M}}\n";
    scene.lift.run_and_kill(Extent::Storage, || scene.open_uploads() == 2);
    assert_eq!(scene.open_uploads(), 2, "no uploads were caught open");
    scene.on_lower(&["ALTER TABLE bucketed.sales DROP PARTITION (day='1')"]);
    scene.lift.more.top = reached(&scene.lift, clusters);
    scene.lift.run(Extent::Storage).expect(&[0]);
    scene.assert_equal();

    clusters.upper.hql(USER, &["DROP TABLE bucketed.sales"]).expect("UPPER's user drops");
    assert!(scene.holds("/plain/rows") && !scene.holds("/sales/day="), "{:#?}", scene.objects());
}

#[test]
fn rows_do_not_go_into_a_bucket_by_sql() {
    let clusters = &*clusters();
    let mut lift = HiveMove::new(clusters, &["queried"]);
    let hive = "  storage: {strategy: sql}\n".to_owned();
    let namespace = Some("s3a://queried/warehouse".to_owned());
    lift.more = More { namespace, top: reached(&lift, clusters), hive, ..More::default() };
    let refused = lift.check(Extent::Storage).expect(&[2]);
    assert!(refused.stderr.contains("`copy` does"), "{}", refused.stderr);
}
