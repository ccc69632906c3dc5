//! A place for one test: two metastores, their directories, a move file, and how to run it.

use boatlift_testkit::fake_metastore::{Act, FakeMetastore, Moment, Speech, rows_at};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The longest that one run may take.
const PATIENCE: Duration = Duration::from_secs(60);

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

/// How far a move goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Metadata,
    Storage,
}

/// Two clusters, each a metastore over a local directory, and a move between them.
pub(crate) struct Site {
    pub(crate) top: TempDir,
    pub(crate) lower: FakeMetastore,
    pub(crate) upper: FakeMetastore,
    /// What follows the databases of the scope.
    pub(crate) scope: String,
    /// Rules of locations, beside the one that every move has: each with a comma before it.
    pub(crate) rules: String,
    /// Lines below `hive:`, beside those that every move has.
    pub(crate) more: String,
    /// Lines beside `hive:`.
    pub(crate) beside: String,
}

impl Site {
    /// Two empty clusters.
    pub(crate) fn new() -> Site {
        Site::speaking(Speech::Buffered, Speech::Buffered)
    }

    /// Two empty clusters whose metastores use these transports.
    pub(crate) fn speaking(lower: Speech, upper: Speech) -> Site {
        // In memory where there is such a file system: a killed process loses nothing of it,
        // and hundreds of runs need not wait for a disk.
        let memory = Path::new("/dev/shm");
        let place = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let top = tempfile::Builder::new().prefix("boatlift-hive-").tempdir_in(place);
        let top = top.expect("a directory");
        let start = |side: &str, speech| {
            let warehouse = top.path().join(side).join("warehouse");
            fs::create_dir_all(&warehouse).expect("a warehouse");
            FakeMetastore::start(&warehouse, speech)
        };
        let (lower, upper) = (start("lower", lower), start("upper", upper));
        let [scope, rules, more, beside] = [const { String::new() }; 4];
        Site { lower, upper, top, scope, rules, more, beside }
    }

    /// The location of a directory of LOWER.
    pub(crate) fn lower_location(&self, below: &str) -> String {
        format!("file:{}/lower/{below}", self.top.path().display())
    }

    /// The location of a directory of UPPER.
    pub(crate) fn upper_location(&self, below: &str) -> String {
        format!("file:{}/upper/{below}", self.top.path().display())
    }

    /// The move file. Both namespaces are names only: every table lies below a rule.
    pub(crate) fn move_file(&self, stage: Stage) -> String {
        let side = |server: &FakeMetastore, name: &str| {
            format!("{{metastore: {{uris: [\"{}\"]}}, namespace: hdfs://{name}", server.uri())
        };
        format!(
            "move: recorded\nmover: hive\n{}hive:\n  lower: {}, legacy-hive: true}}\n  \
             upper: {}}}\n  stage: {}\n  scope: {{databases: [sales]{}}}\n  connections: 2\n  \
             locations: {{rules: [{{from: \"{}\", to: \"{}\"}}{}]}}\n{}",
            self.beside,
            side(&self.lower, "lower"),
            side(&self.upper, "upper"),
            if stage == Stage::Storage { "storage" } else { "metadata" },
            self.scope,
            self.lower_location("").trim_end_matches('/'),
            self.upper_location("").trim_end_matches('/'),
            self.rules,
            self.more,
        )
    }

    /// The state directory of the move.
    pub(crate) fn state(&self) -> PathBuf {
        self.top.path().join("state")
    }

    /// The command `boatlift run` on this site's move.
    pub(crate) fn command(&self, stage: Stage) -> Command {
        self.command_with(&self.move_file(stage))
    }

    /// The command `boatlift run` on a move file with this text.
    pub(crate) fn command_with(&self, text: &str) -> Command {
        self.verb_with("run", text)
    }

    /// The command of another verb on this site's move.
    pub(crate) fn verb(&self, verb: &str, stage: Stage) -> Command {
        self.verb_with(verb, &self.move_file(stage))
    }

    fn verb_with(&self, verb: &str, text: &str) -> Command {
        let file = self.top.path().join("move.yaml");
        fs::write(&file, text).expect("a move file");
        let mut command = Command::new(binary());
        command.arg(verb).arg(&file).arg("--state-dir").arg(self.state());
        let home = self.top.path();
        command.current_dir(home).stdin(Stdio::null()).env_remove("BOATLIFT_FAULT");
        command.env("NO_COLOR", "1").env("HOME", home).env("XDG_STATE_HOME", home.join("none"));
        command
    }

    /// Runs the move to its end.
    pub(crate) fn run(&self, stage: Stage) -> Ran {
        let ran = Ran::of(&mut self.command(stage));
        let report = fs::read_to_string(self.state().join("reports/report.md"));
        Ran { report: report.unwrap_or_default(), ..ran }
    }

    /// Runs the move until it dies at the `number`-th passing of a fault point; false when
    /// it ended before.
    pub(crate) fn dies_at(&self, stage: Stage, point: &str, number: u32) -> bool {
        let mut command = self.command(stage);
        command.env("BOATLIFT_FAULT", format!("{point}:{number}"));
        match Ran::of(&mut command) {
            ran if ran.status.code().is_none() => true,
            ran => {
                ran.expect(0);
                false
            }
        }
    }

    /// Runs the move, and kills it at UPPER's call with this number; false when it ended
    /// before.
    pub(crate) fn is_killed_at(&self, stage: Stage, number: usize, moment: Moment) -> bool {
        let child = Arc::new(AtomicI32::new(0));
        let victim = Arc::clone(&child);
        self.upper.forget_calls();
        let kill = Act::CutAfter(Box::new(move || kill(&victim)));
        self.upper.at(number, moment, kill);
        let mut command = self.command(stage);
        let running = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let running = running.expect("boatlift starts");
        child.store(running.id().try_into().expect("a process id"), Ordering::Release);
        let ran = Ran::ended(running);
        let killed = !self.upper.cancel();
        if !killed {
            ran.expect(0);
        }
        killed
    }

    /// What a reader on UPPER finds under every table and partition.
    pub(crate) fn upper_rows(&self) -> BTreeMap<String, BTreeMap<PathBuf, Vec<u8>>> {
        let places = self.upper.with(|world| world.places());
        places.into_iter().map(|(name, location)| (name, rows_at(&location))).collect()
    }

    /// What a reader on LOWER finds.
    pub(crate) fn lower_rows(&self) -> BTreeMap<String, BTreeMap<PathBuf, Vec<u8>>> {
        let places = self.lower.with(|world| world.places());
        places.into_iter().map(|(name, location)| (name, rows_at(&location))).collect()
    }

    /// Objects of UPPER as text, without the directory of this test.
    pub(crate) fn upper_told(&self) -> BTreeMap<String, String> {
        let top = self.top.path().display().to_string();
        let bytes = |text: &str| format!("{:?}", text.as_bytes());
        let as_bytes = bytes(&top);
        let as_bytes = as_bytes.trim_matches(['[', ']']);
        let told = self.upper.with(|world| world.told()).into_iter();
        told.filter(|(name, _)| name != "boatlift_marks")
            .map(|(name, text)| (name, text.replace(&top, "TOP").replace(as_bytes, "TOP")))
            .map(|(name, text)| (name, without_source(&text)))
            .collect()
    }

    /// Every entry of LOWER's file system with inode and time of change: one that nobody
    /// touched keeps them.
    pub(crate) fn lower_lives(&self) -> BTreeMap<PathBuf, (u64, i64, i64)> {
        let top = self.top.path().join("lower");
        let listed = boatlift_testkit::trees::below(&top).expect("a listing");
        let life = |path: PathBuf| {
            let info = fs::symlink_metadata(&path).expect("an entry");
            (path, (info.ino(), info.ctime(), info.ctime_nsec()))
        };
        listed.into_iter().map(life).collect()
    }

    /// Asserts that LOWER's metastore heard reads only.
    #[track_caller]
    pub(crate) fn assert_lower_only_read(&self) {
        assert_eq!(self.lower.writes(), [""; 0], "LOWER's metastore was written to");
        assert!(!self.lower.calls().is_empty(), "LOWER's metastore was never asked");
    }
}

/// The fingerprint in a mark covers locations, which have the directory of this test in them.
fn without_source(text: &str) -> String {
    let Some((before, after)) = text.split_once("boatlift.source=") else { return text.to_owned() };
    format!("{before}{}", after.get(64..).unwrap_or_default())
}

fn kill(child: &AtomicI32) {
    let begun = Instant::now();
    let id = loop {
        match child.load(Ordering::Acquire) {
            0 => assert!(begun.elapsed() < PATIENCE, "the child has no id"),
            id => break id,
        }
    };
    // It has not been waited for, since it is in the middle of a call.
    let id = rustix::process::Pid::from_raw(id).expect("a process id");
    rustix::process::kill_process(id, rustix::process::Signal::KILL).expect("the signal");
}

/// A run that has ended.
pub(crate) struct Ran {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// The report that it wrote, if it came that far.
    pub(crate) report: String,
}

impl Ran {
    /// Runs a command to its end.
    pub(crate) fn of(command: &mut Command) -> Ran {
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        Ran::ended(child.expect("boatlift starts"))
    }

    /// Waits for a child's end.
    pub(crate) fn ended(child: Child) -> Ran {
        let Output { status, stdout, stderr } = child.wait_with_output().expect("its end");
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ran { status, stdout: text(stdout), stderr: text(stderr), report: String::new() }
    }

    /// Asserts the exit code.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Ran {
        let Ran { status, stdout, stderr, .. } = &self;
        assert_eq!(status.code(), Some(code), "{status}\nstdout:\n{stdout}\nstderr:\n{stderr}");
        self
    }

    /// Asserts that stdout, stderr or the report has this text.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Ran {
        let Ran { stdout, stderr, report, .. } = &self;
        let told = [stdout, stderr, report].iter().any(|place| place.contains(text));
        assert!(told, "no {text:?} in\nstdout:\n{stdout}\nstderr:\n{stderr}\n{report}");
        self
    }
}
