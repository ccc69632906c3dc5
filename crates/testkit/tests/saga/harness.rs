//! A fresh system per test, processes of ours and children that work on it, and the
//! judgement at the end.

use boatlift_core::saga::{SagaEnd, SagaState};
use boatlift_core::{Side, Term};
use boatlift_engine::saga::SagaLog;
use boatlift_testkit::fake_faults::{Rule, Scene};
use boatlift_testkit::fake_run::FakeRun;
use boatlift_testkit::fake_system::{FakeSystem, World};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// The longest that any child may take.
const LIMIT: Duration = Duration::from_secs(60);

/// A system and everybody who works on it.
pub(crate) struct Theatre {
    pub(crate) system: FakeSystem,
    dir: tempfile::TempDir,
}

/// How a child ended.
pub(crate) struct Exit {
    pub(crate) status: ExitStatus,
    pub(crate) said: String,
}

/// A child that is killed when the test fails.
pub(crate) struct Process(Child);

impl Theatre {
    /// A system that refuses what is asked for in an older term.
    pub(crate) fn new() -> Theatre {
        Theatre::with(true)
    }

    /// A system that knows nothing of terms, apart from its authority's version.
    pub(crate) fn blind_to_terms() -> Theatre {
        Theatre::with(false)
    }

    fn with(compares_terms: bool) -> Theatre {
        let dir = in_memory().or_else(|_| tempfile::tempdir()).expect("a temporary directory");
        let system = FakeSystem::create(dir.path(), compares_terms);
        FakeRun::open_move(&system);
        Theatre { system, dir }
    }

    /// A process in this one, with its faults as `POINT=ACTION`.
    pub(crate) fn process(&self, faults: &[&str]) -> FakeRun {
        let rules = faults.iter().map(|rule| rule.parse::<Rule>().expect("a fault"));
        FakeRun::new(Scene::new(self.system.clone(), rules.collect()))
    }

    /// A child that was begun.
    pub(crate) fn spawn(&self, verb: &str, faults: &[&str]) -> Process {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fake-lift"));
        command.arg(verb).arg(self.dir.path()).args(faults);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        Process(command.spawn().expect("the child starts"))
    }

    /// A child that has ended.
    pub(crate) fn child(&self, verb: &str, faults: &[&str]) -> Exit {
        self.spawn(verb, faults).wait()
    }

    /// The cutover as its log tells.
    pub(crate) fn state(&self) -> SagaState {
        self.process(&[]).log().state().expect("a legal log")
    }

    /// Whom users follow in the end. All must be well, for the client too, and the log must
    /// say the same.
    #[track_caller]
    pub(crate) fn settled(&self, context: &str) -> Side {
        let state = self.state();
        assert!(self.system.change(World::write), "{context}: the client is refused");
        let side = self.system.world().settled().unwrap_or_else(|why| panic!("{context}: {why}"));
        let told = match state.ended() {
            Some(SagaEnd::Done) => Side::Upper,
            Some(SagaEnd::Undone) => Side::Lower,
            None if state.term() == Term(0) => Side::Lower,
            None => panic!("{context}: the cutover is still open: {state:?}"),
        };
        assert_eq!(told, side, "{context}: the log says otherwise");
        side
    }
}

/// Processes are killed here, machines are not: no disk is needed.
fn in_memory() -> std::io::Result<tempfile::TempDir> {
    tempfile::tempdir_in("/dev/shm")
}

impl Process {
    /// Waits until it stands still.
    pub(crate) fn wait_until_stopped(&self) {
        let answer = waitpid(Some(self.pid()), WaitOptions::UNTRACED).expect("it is our child");
        assert!(answer.is_some_and(|(_, status)| status.stopped()), "it ended instead");
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("it is not reaped yet");
    }

    /// Waits until it has ended.
    pub(crate) fn wait(mut self) -> Exit {
        let begun = Instant::now();
        let status = loop {
            match self.0.try_wait().expect("it is our child") {
                Some(status) => break status,
                None if begun.elapsed() > LIMIT => panic!("the child hangs"),
                None => std::thread::sleep(Duration::from_millis(1)),
            }
        };
        let mut said = String::new();
        let mut stdout = self.0.stdout.take().expect("a pipe");
        stdout.read_to_string(&mut said).expect("the child speaks UTF-8");
        Exit { status, said: said.trim().to_owned() }
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.0)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            self.0.kill().and_then(|()| self.0.wait().map(drop)).expect("it is our child");
        }
    }
}
