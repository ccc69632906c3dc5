//! The real `boatlift` binary brings the files of a real LOWER by DistCp on the YARN of a real
//! UPPER. Both clusters are started once; each test has a database of its own.

use boatlift_testkit::services::http;
use boatlift_testkit::services::lower::{LowerOptions, LowerStack};
use boatlift_testkit::services::upper::{Part, UpperOptions, UpperStack};
use serde_json::Value;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The longest that a condition is waited for.
const PATIENCE: Duration = Duration::from_secs(120);
const EVERY: Duration = Duration::from_millis(200);
/// The superuser of both file systems.
const USER: &str = "hdfs";

struct Clusters {
    lower: LowerStack,
    upper: UpperStack,
}

fn clusters() -> &'static Clusters {
    static CLUSTERS: OnceLock<Clusters> = OnceLock::new();
    CLUSTERS.get_or_init(|| {
        let lower = std::thread::spawn(|| {
            LowerStack::start(LowerOptions::new().expect("ports")).expect("LOWER starts")
        });
        let options = UpperOptions { yarn: Part::Running, ..UpperOptions::new().expect("ports") };
        let upper = UpperStack::start(options).expect("UPPER starts");
        Clusters { lower: lower.join().expect("LOWER starts"), upper }
    })
}

/// The binary under test: named by `cargo xtask test`, else built here.
fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        if let Some(binary) = std::env::var_os("BOATLIFT_BIN") {
            return PathBuf::from(binary);
        }
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo).args(["build", "-q", "-p", "boatlift-cli"]).status();
        assert!(built.expect("cargo starts").success(), "the binary cannot be built");
        let test = std::env::current_exe().expect("the path of this test");
        test.parent().and_then(Path::parent).expect("a target directory").join("boatlift")
    })
}

/// The move of a database with one table `t`, partitioned by `ds`.
struct Scene {
    clusters: &'static Clusters,
    database: &'static str,
    top: TempDir,
}

impl Scene {
    fn new(database: &'static str, partitions: &[&str]) -> Scene {
        let clusters = clusters();
        let mut statements = vec![
            format!("CREATE DATABASE {database}"),
            format!("CREATE TABLE {database}.t (v STRING) PARTITIONED BY (ds STRING)"),
        ];
        statements.extend(partitions.iter().map(|p| format!("ALTER TABLE {database}.t ADD {p}")));
        let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
        clusters.lower.hql(USER, &statements).expect("the statements run");
        Scene { clusters, database, top: tempfile::tempdir().expect("a directory") }
    }

    /// Puts a file of that many bytes where LOWER looks for a partition's.
    fn put(&self, bytes: usize, path: &str) {
        let local = self.top.path().join("content");
        fs::write(&local, "line\n".repeat(bytes / 5)).expect("a file");
        let local = local.to_str().expect("a path");
        self.clusters.lower.hdfs(&[&["-put", "-f", local, path]]).expect("put");
    }

    fn boatlift(&self, arguments: &str) -> Command {
        let (lower, upper) = (&self.clusters.lower, &self.clusters.upper);
        let text = format!(
            "move: {database}\nmover: hive\nhive:\n\
             \x20 lower: {{metastore: {{uris: [\"{}\"]}}, namespace: \"{}\", legacy-hive: true}}\n\
             \x20 upper:\n\
             \x20   metastore: {{uris: [\"{}\"]}}\n\
             \x20   namespace: {}\n\
             \x20   hadoop-conf: {}\n\
             \x20 stage: storage\n\
             \x20 scope: {{databases: [{database}]}}\n\
             \x20 storage:\n\
             \x20   strategy: distcp\n\
             \x20   distcp:\n\
             \x20     command: {}\n\
             \x20     resource-manager: {}\n\
             \x20     arguments: [{arguments}]\n",
            lower.metastore_uri(),
            lower.hdfs_url(),
            upper.metastore_uri(),
            upper.hdfs_url(),
            upper.configuration().display(),
            upper.distcp_command().display(),
            upper.resource_manager_url(),
            database = self.database,
        );
        let file = self.top.path().join("move.yaml");
        fs::write(&file, text).expect("a move file");
        let mut command = Command::new(binary());
        command.arg("run").arg(file).arg("--state-dir").arg(self.top.path().join("state"));
        command.stdin(Stdio::null()).env("HADOOP_USER_NAME", USER).env("NO_COLOR", "1");
        command.env("HOME", self.top.path());
        command
    }

    #[track_caller]
    fn run(&self, code: i32) -> String {
        let Output { status, stdout, stderr } =
            self.boatlift("").output().expect("boatlift starts");
        let said = [stdout, stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert_eq!(status.code(), Some(code), "{said}");
        said
    }

    /// The states of the applications of this database.
    fn applications(&self) -> Vec<String> {
        let address = self.clusters.upper.resource_manager_url();
        let address: SocketAddr = address["http://".len()..].parse().expect("an address");
        let page = http::get(address, "/ws/v1/cluster/apps").expect("an answer");
        let answer: Value = serde_json::from_str(&page).expect("a document");
        let none = Vec::new();
        let apps = answer["apps"]["app"].as_array().unwrap_or(&none).iter();
        let ours = format!("boatlift {}/t", self.database);
        let ours = apps.filter(|app| app["name"].as_str().is_some_and(|n| n.ends_with(&ours)));
        ours.map(|app| app["state"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Size, time and name of every file must be the same on both sides.
    #[track_caller]
    fn assert_same_files(&self, path: &str, count: usize) {
        let (lower, upper) = (&self.clusters.lower, &self.clusters.upper);
        let pattern = format!("{path}/*/*");
        let words: &[&[&str]] = &[&["-stat", "%b %Y %n", &pattern]];
        let there = lower.hdfs(words).expect("LOWER tells");
        assert_eq!(upper.hdfs(words).expect("UPPER tells"), there);
        assert_eq!(there.lines().count(), count, "{there}");
    }

    fn table(&self) -> String {
        let told = format!("SHOW CREATE TABLE {}.t", self.database);
        let told = self.clusters.lower.hql(USER, &[told.as_str()]).expect("LOWER tells");
        let location = told.split("hdfs://").nth(1).expect("a location");
        let path = location.split('\'').next().and_then(|location| location.split_once('/'));
        format!("/{}", path.expect("a path").1)
    }
}

#[track_caller]
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(EVERY);
    }
}

/// A run that a test may leave behind.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn a_table_comes_over_by_one_job_and_again_by_none() {
    let scene = Scene::new("dc_once", &["PARTITION (ds='1')", "PARTITION (ds='x:y z')"]);
    let table = scene.table();
    scene.put(5_000, &format!("{table}/ds=1/a"));
    scene.put(10, &format!("{table}/ds=1/b+c"));
    scene.put(10, &format!("{table}/ds=x%3Ay z/000000_0"));
    scene.run(0);
    assert_eq!(scene.applications(), ["FINISHED"]);
    scene.assert_same_files(&table, 3);
    let count = scene.clusters.upper.hql(USER, &["SELECT count(*) FROM dc_once.t"]);
    assert_eq!(count.expect("UPPER counts").trim(), "1004");
    scene.run(0);
    assert_eq!(scene.applications().len(), 1, "nothing had to be copied");
    scene.put(15, &format!("{table}/ds=1/b+c"));
    scene.run(0);
    assert_eq!(scene.applications().len(), 2);
    scene.assert_same_files(&table, 3);
}

#[test]
fn a_job_outlives_the_run_that_began_it_and_is_adopted() {
    let scene = Scene::new("dc_adopt", &["PARTITION (ds='1')"]);
    let table = scene.table();
    for name in ["a", "b", "c"] {
        scene.put(30_000_000, &format!("{table}/ds=1/{name}"));
    }
    let slow = r#"-m, "1", -bandwidth, "4""#;
    let mut first = Running(scene.boatlift(slow).spawn().expect("boatlift starts"));
    until("a job runs", || scene.applications() == ["RUNNING"]);
    first.0.kill().expect("killed");
    first.0.wait().expect("dead");
    assert_eq!(scene.applications(), ["RUNNING"], "the job goes on");
    scene.run(0);
    assert_eq!(scene.applications(), ["FINISHED"], "there was no second job");
    scene.assert_same_files(&table, 3);
}

#[test]
fn a_job_that_cannot_write_leaves_everything_as_before() {
    let scene = Scene::new("dc_denied", &["PARTITION (ds='1')"]);
    let table = scene.table();
    scene.put(10, &format!("{table}/ds=1/a"));
    let place = format!("{table}/ds=1");
    let closed: &[&[&str]] = &[&["-mkdir", "-p", &place], &["-chmod", "755", &place]];
    scene.clusters.upper.hdfs(closed).expect("a directory of the superuser");
    let mut denied = scene.boatlift("");
    denied.env("HADOOP_USER_NAME", "mallory");
    let said = denied.output().expect("boatlift starts");
    assert_eq!(said.status.code(), Some(1), "{}", String::from_utf8_lossy(&said.stderr));
    let states = scene.applications();
    assert!(!states.is_empty() && states.iter().all(|state| state == "FINISHED"), "{states:?}");
    let left = scene.clusters.upper.hdfs(&[&["-ls", "-R", &table]]).expect("UPPER tells");
    assert!(!left.is_empty() && left.lines().all(|line| line.starts_with('d')), "{left}");
    let count = scene.clusters.upper.hql(USER, &["SELECT count(*) FROM dc_denied.t"]);
    assert_eq!(count.expect("UPPER reads LOWER's file").trim(), "2");
}
