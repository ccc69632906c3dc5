//! The program under test: where it is, how a run of it ended, and runs in the background.

use rustix::process::{Pid, Signal, kill_process};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// The longest that a condition is waited for.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(2);

/// The binary under test: named by `cargo xtask test`, else built here.
pub fn binary() -> &'static Path {
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

/// A run that has ended.
pub struct Ran {
    /// How it ended.
    pub status: ExitStatus,
    /// What it gave.
    pub stdout: String,
    /// What it said.
    pub stderr: String,
}

impl Ran {
    /// Runs a command to its end.
    pub fn of(command: &mut Command) -> Ran {
        Ran::from(command.output().expect("boatlift starts"))
    }

    /// Asserts the exit code.
    ///
    /// # Panics
    /// When it is another.
    #[track_caller]
    pub fn expect(self, code: i32) -> Ran {
        let Ran { status, stdout, stderr } = &self;
        let ended = status.code();
        assert_eq!(ended, Some(code), "{status}\nstdout:\n{stdout}\nstderr:\n{stderr}");
        self
    }

    /// Asserts that the error shown has this code, and a hint beside it.
    ///
    /// # Panics
    /// When it has not.
    #[track_caller]
    pub fn says(self, code: &str) -> Ran {
        assert!(self.stderr.contains(code), "no {code} in:\n{}", self.stderr);
        assert!(self.stderr.contains("hint:"), "no hint in:\n{}", self.stderr);
        self
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Ran {
        Ran {
            status: output.status,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// A run in the background. Killed when a test gives up.
pub struct Running {
    child: Option<Child>,
}

impl Running {
    /// Starts it.
    pub fn start(command: &mut Command) -> Running {
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Running { child: Some(command.spawn().expect("boatlift starts")) }
    }

    /// Sends a signal, if the run has not ended.
    pub fn signal(&mut self, signal: Signal) {
        // A child that was not waited for keeps its id: nobody else is hit.
        if !self.has_ended() {
            let child = self.child.as_ref().expect("it runs until its end is taken");
            let id = Pid::from_child(child);
            kill_process(id, signal).expect("the signal");
        }
    }

    /// Whether it has.
    pub fn has_ended(&mut self) -> bool {
        let child = self.child.as_mut().expect("it runs until its end is taken");
        child.try_wait().expect("the state of the child").is_some()
    }

    /// Waits for its end.
    pub fn end(mut self) -> Ran {
        let child = self.child.take().expect("it runs until its end is taken");
        Ran::from(child.wait_with_output().expect("the end of the child"))
    }

    /// Waits until `condition` holds.
    ///
    /// # Panics
    /// When the run ends before, or it takes too long.
    #[track_caller]
    pub fn wait_until(&mut self, what: &str, mut condition: impl FnMut() -> bool) {
        let begun = Instant::now();
        while !condition() {
            assert!(!self.has_ended(), "the run ended before {what}");
            assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
            std::thread::sleep(LOOK);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            drop(child.kill());
            drop(child.wait());
        }
    }
}
