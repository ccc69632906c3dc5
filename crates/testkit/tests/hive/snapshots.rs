//! Files are read from HDFS snapshots that are made on LOWER: what writers do during a copy is not
//! in it, and no snapshot is left.

use crate::clusters::{Clusters, clusters};
use crate::move_file::{Extent, More};
use crate::runs::{HiveMove, Ran};
use boatlift_testkit::judges::hive::{Reading, judge_hive};
use boatlift_testkit::services::http;
use std::fs;

const DATABASE: &str = "imaged";
/// What an administrator of LOWER allows snapshots of.
const WAREHOUSE: &str = "/apps/hive/warehouse/imaged.db";
const USER: &str = "hive";

const TABLES: &[&str] = &[
    "CREATE DATABASE imaged",
    "CREATE TABLE imaged.sales (k INT, v STRING) PARTITIONED BY (day STRING) \
     ROW FORMAT DELIMITED FIELDS TERMINATED BY ','",
    "ALTER TABLE imaged.sales ADD PARTITION (day='1')",
    "ALTER TABLE imaged.sales ADD PARTITION (day='2')",
    "ALTER TABLE imaged.sales ADD PARTITION (day='3') LOCATION '/imaged_elsewhere/three'",
];
const FILES: [&str; 3] = [
    "/apps/hive/warehouse/imaged.db/sales/day=1/rows",
    "/apps/hive/warehouse/imaged.db/sales/day=2/rows",
    "/imaged_elsewhere/three/rows",
];

/// The clusters, and the move between them.
struct Scene<'c> {
    clusters: &'c Clusters,
    lift: HiveMove<'c>,
}

impl<'c> Scene<'c> {
    fn new(clusters: &'c Clusters) -> Self {
        let mut lift = HiveMove::new(clusters, &[DATABASE]);
        let hive = format!(
            "  storage: {{snapshots: {{directories: [{WAREHOUSE}], web-hdfs: [\"{}\"]}}}}\n",
            clusters.lower.webhdfs_url()
        );
        lift.more = More { hive, ..More::default() };
        Scene { clusters, lift }
    }

    /// Gives files of LOWER 40,000 rows whose text begins with a word.
    fn put(&self, word: &str, files: &[&str]) {
        let local = self.lift.path(word);
        let rows: String = (0..40_000).map(|k| format!("{k},{word}{k:0100}\n")).collect();
        fs::write(&local, rows).expect("a file");
        let local = local.to_str().expect("a plain path");
        let puts: Vec<[&str; 4]> = files.iter().map(|file| ["-put", "-f", local, file]).collect();
        let puts: Vec<&[&str]> = puts.iter().map(|put| put.as_slice()).collect();
        self.clusters.lower.hdfs(&puts).expect("files on LOWER");
    }

    /// The snapshots that LOWER has now.
    fn snapshots(&self) -> Vec<String> {
        let webhdfs = self.clusters.lower.webhdfs_url();
        let address = webhdfs.trim_start_matches("http://").parse().expect("an address");
        let question = format!("/webhdfs/v1{WAREHOUSE}/.snapshot?op=LISTSTATUS&user.name=hdfs");
        let told = http::get(address, &question).expect("LOWER answers");
        let names = told.split("\"pathSuffix\":\"").skip(1);
        names.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
    }

    /// Lets the copy go slowly, so that there is time to be in its way.
    fn slow_down(&mut self, is_slow: bool) {
        let limits = if is_slow { "limits: {upper: {rate: 500K}}\n" } else { "" };
        limits.clone_into(&mut self.lift.more.top);
    }

    /// The beginning of a file on UPPER.
    fn on_upper(&self, file: &str) -> String {
        let said = self.clusters.upper.hdfs(&[&["-cat", file]]).expect("a file on UPPER");
        said.chars().take(12).collect()
    }

    /// Whether a file is on its way to UPPER under another name.
    fn copies_now(&self) -> bool {
        let webhdfs = self.clusters.upper.webhdfs_url();
        let address = webhdfs.trim_start_matches("http://").parse().expect("an address");
        let day = "/webhdfs/v1/apps/hive/warehouse/imaged.db/sales/day=1";
        let told = http::get(address, &format!("{day}?op=LISTSTATUS&user.name=hdfs"));
        told.is_some_and(|told| told.contains("boatlift"))
    }

    /// Kills a run in the middle of a copy; the snapshot that its plan needs stays.
    fn kill_copying(&mut self) -> String {
        self.slow_down(true);
        self.lift.run_and_kill(Extent::Storage, || self.copies_now());
        self.slow_down(false);
        let left = self.snapshots();
        assert_eq!(left.len(), 1, "the run was not caught: {left:?}");
        left[0].clone()
    }

    #[track_caller]
    fn assert_equal(&self) {
        let (lower, upper) = (self.clusters.lower_side(), self.clusters.upper_side());
        let differences = judge_hive(&lower, &upper, Reading::Exchanged, &[DATABASE]);
        let differences = differences.expect("a verdict");
        assert!(differences.is_empty(), "{differences:#?}");
        assert_eq!(self.snapshots(), [""; 0]);
    }
}

#[test]
fn files_come_as_the_snapshot_has_them() {
    let clusters = &*clusters();
    let mut scene = Scene::new(clusters);
    clusters.lower.hql(USER, TABLES).expect("LOWER is filled");
    scene.put("first", &FILES);
    let checked = scene.lift.check(Extent::Storage).expect(&[2]);
    assert!(checked.stdout.contains("hdfs dfsadmin -allowSnapshot"), "{}", checked.stdout);
    let refused = scene.lift.run(Extent::Storage).expect(&[4]);
    assert!(refused.stderr.contains("not a snapshottable directory"), "{}", refused.stderr);
    clusters.lower.hdfs_admin(&[&["-allowSnapshot", WAREHOUSE]]).expect("they are allowed");
    let checked = scene.lift.check(Extent::Storage).expect(&[0]);
    assert!(checked.stdout.contains("✓ LOWER allows snapshots of"), "{}", checked.stdout);

    // Overwritten after the snapshot: the copy is the snapshot's, and is not exchanged.
    scene.slow_down(true);
    let mut running = scene.lift.start(Extent::Storage);
    while scene.snapshots().is_empty() {
        assert!(running.try_wait().expect("its state").is_none(), "no snapshot was seen");
    }
    scene.lift.verb("pause", &[]).expect(&[0]);
    scene.put("other", &FILES[..2]);
    scene.lift.verb("resume", &[]).expect(&[0]);
    let ran = Ran::ended(running).expect(&[1]);
    assert!(ran.stdout.contains("it changed on LOWER since"), "{}", ran.stdout);
    assert_eq!(scene.snapshots(), [""; 0]);
    for file in &FILES[..2] {
        assert_eq!(scene.on_upper(file), "0,first00000");
    }
    scene.slow_down(false);
    scene.lift.run(Extent::Storage).expect(&[0]);
    scene.assert_equal();

    // Killed as soon as the snapshot is there, and in the middle of the copy.
    scene.put("third", &FILES);
    scene.lift.run_and_kill(Extent::Storage, || !scene.snapshots().is_empty());
    scene.kill_copying();
    scene.lift.run(Extent::Storage).expect(&[0]);
    scene.assert_equal();

    // A plan whose snapshot is gone is made anew.
    scene.put("fourth", &FILES);
    let name = scene.kill_copying();
    clusters.lower.hdfs(&[&["-deleteSnapshot", WAREHOUSE, &name]]).expect("it is removed");
    scene.lift.run(Extent::Storage).expect(&[0]);
    scene.assert_equal();
}
