//! A move of one database by a strategy, run by the binary.

use crate::clusters::Clusters;
use boatlift_testkit::judges::hive::{Reading, judge_hive};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use tempfile::TempDir;

/// The user of both file systems; on both sides it is the superuser.
pub(crate) const USER: &str = "hdfs";

/// All rows, with values as both generations of Hive print them.
const ROWS: [&str; 2] = [
    "SELECT 'txt', a, b FROM @.txt",
    "SELECT k, n, id, concat('[', c, ']'), CAST(d AS DOUBLE), m['q'], m['z'] FROM @.p",
];

/// A move of one database.
pub(crate) struct Lift<'c> {
    pub(crate) clusters: &'c Clusters,
    pub(crate) database: &'static str,
    top: TempDir,
    file: PathBuf,
}

impl<'c> Lift<'c> {
    /// A move by a strategy, written as the value of `storage`.
    pub(crate) fn new(clusters: &'c Clusters, database: &'static str, storage: &str) -> Self {
        let top = tempfile::Builder::new().prefix("boatlift-rows-").tempdir();
        let top = top.expect("a temporary directory");
        let (lower, upper) = (&clusters.lower, &clusters.upper);
        let text = format!(
            "move: {database}\nmover: hive\n\
             hive:\n\
             \x20 lower:\n\
             \x20   metastore: {{uris: [\"{}\"]}}\n\
             \x20   hive-server2: {{uri: \"{}\"}}\n\
             \x20   namespace: {}\n\
             \x20   legacy-hive: true\n\
             \x20 upper:\n\
             \x20   metastore: {{uris: [\"{}\"]}}\n\
             \x20   hive-server2: {{uri: \"{}\"}}\n\
             \x20   namespace: {}\n\
             \x20 stage: storage\n\
             \x20 storage: {storage}\n\
             \x20 on-drop: drop\n\
             \x20 scope: {{databases: [{database}]}}\n\
             policy: {{max-delete: 100%}}\n",
            lower.metastore_uri(),
            lower.hive_server2_url(),
            lower.hdfs_url(),
            upper.metastore_uri(),
            upper.hive_server2_url(),
            upper.hdfs_url(),
        );
        let places: &[&[&str]] = &[
            &["-mkdir", "-p", "/apps/hive/warehouse", "/elsewhere"],
            &["-chmod", "-R", "777", "/apps", "/elsewhere"],
        ];
        // UPPER's Hive has a user of its own, who writes there.
        upper.hdfs(places).expect("directories on UPPER");
        let file = top.path().join("move.yaml");
        std::fs::write(&file, text).expect("a move file");
        Lift { clusters, database, top, file }
    }

    /// Runs statements on LOWER, in which `@` stands for the database.
    pub(crate) fn on_lower(&self, statements: &[&str]) {
        let statements: Vec<String> =
            statements.iter().map(|text| text.replace('@', self.database)).collect();
        let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
        self.clusters.lower.hql(USER, &statements).expect("LOWER is written");
    }

    /// Runs the move and asserts its exit code.
    #[track_caller]
    pub(crate) fn run(&self, code: i32) -> String {
        let output = self.command("run", &self.file).output().expect("boatlift starts");
        let said = said(&output);
        assert_eq!(output.status.code(), Some(code), "{said}");
        said
    }

    /// Starts the move and kills it as soon as `begun` says so.
    pub(crate) fn kill_when(&self, begun: impl Fn() -> bool) {
        let mut command = self.command("run", &self.file);
        let mut child =
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
        while child.try_wait().expect("the state of the child").is_none() && !begun() {}
        drop(child.kill());
        drop(child.wait());
    }

    /// Keys of what a person would have to look at.
    pub(crate) fn open_items(&self) -> Vec<String> {
        let state = self.top.path().join("state");
        let output = self.command("items", &state).arg("--json").output().expect("starts");
        let items: Value = serde_json::from_slice(&output.stdout).expect("a document");
        let items = items.as_array().expect("a list of items");
        items.iter().map(|item| item["key"].as_str().expect("a key").to_owned()).collect()
    }

    /// Asserts that both sides have the same tables, partitions and rows, and that nothing of
    /// ours is left over. Of rows the judge wants to see the same files, too, which are
    /// others where Hive wrote them: values are compared here instead.
    #[track_caller]
    pub(crate) fn assert_equal(&self) {
        let (lower, upper) = (self.clusters.lower_side(), self.clusters.upper_side());
        let differences = judge_hive(&lower, &upper, Reading::Exchanged, &[self.database]);
        let mut differences = differences.expect("a verdict");
        differences.retain(|difference| difference.what != "rows");
        assert!(differences.is_empty(), "{differences:#?}");
        let queries = ROWS.map(|text| text.replace('@', self.database));
        let queries = queries.each_ref().map(String::as_str);
        let sorted = |printed: String| {
            let mut lines: Vec<String> = printed.lines().map(str::to_owned).collect();
            lines.sort_unstable();
            lines
        };
        let lower = sorted(self.clusters.lower.hql(USER, &queries).expect("rows of LOWER"));
        let upper = sorted(self.clusters.upper.hql(USER, &queries).expect("rows of UPPER"));
        assert!(!lower.is_empty(), "no rows");
        assert_eq!(lower, upper);
        assert_eq!(self.transfer_tables(), [""; 0]);
    }

    /// Tables of ours on UPPER.
    pub(crate) fn transfer_tables(&self) -> Vec<String> {
        let shown = format!("SHOW TABLES IN {}", self.database);
        let shown = self.clusters.upper.hql(USER, &[&shown]).expect("tables");
        shown.lines().filter(|name| name.contains("transfer_")).map(str::to_owned).collect()
    }

    fn command(&self, verb: &str, about: &Path) -> Command {
        let mut command = Command::new(binary());
        command.arg(verb).arg(about).arg("--state-dir").arg(self.top.path().join("state"));
        command.stdin(Stdio::null()).env("NO_COLOR", "1").env("HADOOP_USER_NAME", USER);
        command.env("HOME", self.top.path()).env_remove("BOATLIFT_FAULT");
        command
    }
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
        let profile = test.parent().and_then(Path::parent).expect("a target directory");
        profile.join("boatlift")
    })
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}\n{}", text(&output.stdout), text(&output.stderr))
}
