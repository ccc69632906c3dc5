//! Runs of the binary, in a state directory of a test's own.

use crate::clusters::Clusters;
use crate::move_file::{self, Extent, More};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The longest that a condition is waited for.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often a move that runs is looked at.
const EVERY: Duration = Duration::from_millis(500);
/// The user of both file systems; on both sides it is the superuser.
const USER: &str = "hdfs";
/// Plans of one look at everything: catalogue, data, locations.
const PLANS_PER_LOOK: u64 = 3;

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

/// A move of some databases, with its state and what else a test keeps.
pub(crate) struct HiveMove<'c> {
    top: TempDir,
    databases: &'static [&'static str],
    clusters: &'c Clusters,
    /// What is added to the move file.
    pub(crate) more: More,
}

/// A run that has ended.
pub(crate) struct Ran {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    fn of(command: &mut Command) -> Ran {
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Ran::ended(command.spawn().expect("boatlift starts"))
    }

    /// Waits for the end of a run whose output is piped.
    pub(crate) fn ended(child: Child) -> Ran {
        let output = child.wait_with_output().expect("its end");
        Ran {
            status: output.status,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Asserts that the exit code is one of these.
    #[track_caller]
    pub(crate) fn expect(self, codes: &[i32]) -> Ran {
        let Ran { status, stdout, stderr } = &self;
        let ended = status.code().is_some_and(|code| codes.contains(&code));
        assert!(ended, "{status}\nstdout:\n{stdout}\nstderr:\n{stderr}");
        self
    }
}

impl<'c> HiveMove<'c> {
    /// A move of databases that exist on LOWER, or will.
    pub(crate) fn new(clusters: &'c Clusters, databases: &'static [&'static str]) -> Self {
        let top = tempfile::Builder::new().prefix("boatlift-hive-").tempdir();
        HiveMove {
            top: top.expect("a temporary directory"),
            databases,
            clusters,
            more: More::default(),
        }
    }

    /// A path in the directory of this test.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.top.path().join(name)
    }

    /// Runs the move to its end.
    pub(crate) fn run(&self, extent: Extent) -> Ran {
        Ran::of(&mut self.on_file("run", extent))
    }

    /// Starts the move, whose end [`Ran::ended`] waits for.
    pub(crate) fn start(&self, extent: Extent) -> Child {
        let mut command = self.on_file("run", extent);
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("boatlift starts")
    }

    /// Looks whether the move can go well.
    pub(crate) fn check(&self, extent: Extent) -> Ran {
        Ran::of(&mut self.on_file("check", extent))
    }

    /// Tells what the move would do.
    pub(crate) fn plan(&self, extent: Extent) -> Ran {
        Ran::of(&mut self.on_file("plan", extent))
    }

    /// Runs the move, and kills it as soon as `begun` says so.
    pub(crate) fn run_and_kill(&self, extent: Extent, begun: impl Fn() -> bool) {
        Self::kill(self.on_file("run", extent), begun);
    }

    /// Runs another verb on the move, and kills it as soon as `begun` says so.
    pub(crate) fn verb_and_kill(&self, verb: &str, begun: impl Fn() -> bool) {
        Self::kill(self.command(verb, &self.path("state")), begun);
    }

    fn kill(mut command: Command, begun: impl Fn() -> bool) {
        let mut child =
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
        while child.try_wait().expect("the state of the child").is_none() && !begun() {}
        drop(child.kill());
        drop(child.wait());
    }

    /// Runs another verb on the move as it was last run.
    pub(crate) fn verb(&self, verb: &str, arguments: &[&str]) -> Ran {
        Ran::of(self.command(verb, &self.path("state")).args(arguments))
    }

    /// Starts the move, which goes on until it is interrupted.
    pub(crate) fn follow(&self) -> Following<'_> {
        let mut command = self.on_file("run", Extent::Following);
        let log = std::fs::File::create(self.path("follow.log")).expect("a log");
        command.stdout(log.try_clone().expect("the log")).stderr(log);
        Following { of: self, child: command.spawn().expect("boatlift starts") }
    }

    /// What a person would have to look at, by key.
    pub(crate) fn open_items(&self) -> Vec<String> {
        let items = self.json("items");
        let items = items.as_array().expect("a list of items");
        items.iter().map(|item| item["key"].as_str().expect("a key").to_owned()).collect()
    }

    /// A verb on the move as it shall be from now on.
    fn on_file(&self, verb: &str, extent: Extent) -> Command {
        let file =
            move_file::write(self.top.path(), self.clusters, self.databases, extent, &self.more);
        self.command(verb, &file)
    }

    fn command(&self, verb: &str, about: &Path) -> Command {
        let mut command = Command::new(binary());
        command.arg(verb).arg(about).arg("--state-dir").arg(self.path("state"));
        command.stdin(Stdio::null()).env("NO_COLOR", "1").env("HADOOP_USER_NAME", USER);
        command.env("HOME", self.top.path()).env_remove("BOATLIFT_FAULT");
        command
    }

    /// The one document that a verb prints of this move.
    fn json(&self, verb: &str) -> Value {
        let output = self.command(verb, &self.path("state")).arg("--json").output();
        let output = output.expect("boatlift starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{verb}: {said}");
        serde_json::from_slice(&output.stdout).expect("a document")
    }
}

/// A move that follows. Killed when a test gives up.
pub(crate) struct Following<'m> {
    of: &'m HiveMove<'m>,
    child: Child,
}

impl Following<'_> {
    /// Waits until two whole looks at both sides, begun after now, found nothing to do.
    ///
    /// # Panics
    /// When the run ends before, or it takes too long.
    #[track_caller]
    pub(crate) fn wait_until_drained(&mut self) {
        let begun = Instant::now();
        let first = self.of.json("status")["plan"].as_u64().unwrap_or(0);
        let mut busy = first;
        loop {
            let status = self.of.json("status");
            let plan = status["plan"].as_u64().unwrap_or(0);
            let verdicts = status["verdicts"].as_object().expect("verdicts by word");
            if verdicts.keys().any(|verdict| verdict != "same") {
                busy = plan;
            }
            if status["phase"] == "agreed" && plan >= busy + 3 * PLANS_PER_LOOK {
                return;
            }
            let ended = self.child.try_wait().expect("the state of the child");
            assert!(ended.is_none(), "the run ended: {}", self.said());
            assert!(begun.elapsed() < PATIENCE, "not drained: {status:#}\n{}", self.said());
            std::thread::sleep(EVERY);
        }
    }

    /// Interrupts it as a person would, and waits for its end.
    #[track_caller]
    pub(crate) fn interrupt(mut self) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::INT).expect("the signal");
        let status = self.child.wait().expect("the end of the child");
        assert_eq!(status.code(), Some(130), "{}", self.said());
    }

    fn said(&self) -> String {
        std::fs::read_to_string(self.of.path("follow.log")).unwrap_or_default()
    }
}

impl Drop for Following<'_> {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
