//! However a test ends, its services end.

use boatlift_testkit::services::condition::Condition;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::fs;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// The longest time until everything is gone.
const LIMIT: Duration = Duration::from_secs(60);

/// The program `stacks`, with what it printed.
struct Stacks {
    program: Child,
    printed: Value,
}

impl Stacks {
    fn up(options: &[&str]) -> Self {
        let mut program = Command::new(env!("CARGO_BIN_EXE_stacks"))
            .args(["up", "lower"])
            .args(options)
            .stdout(Stdio::piped())
            .spawn()
            .expect("stacks starts");
        let stdout = BufReader::new(program.stdout.take().expect("a pipe"));
        let mut values = serde_json::Deserializer::from_reader(stdout).into_iter();
        let printed = values.next().expect("one object").expect("JSON");
        Stacks { program, printed }
    }

    fn processes(&self) -> Vec<u64> {
        let processes = self.printed["processes"].as_object().expect("processes");
        processes.values().map(|id| id.as_u64().expect("a number")).collect()
    }

    fn folder(&self) -> PathBuf {
        let logs = Path::new(self.printed["logs"].as_str().expect("a path"));
        logs.parent().expect("a folder").to_path_buf()
    }

    fn end_by(mut self, signal: Signal) -> ExitStatus {
        kill_process(Pid::from_child(&self.program), signal).expect("it runs");
        self.program.wait().expect("it ends")
    }
}

/// Whether a process runs; one that has ended and waits for its parent does not.
fn runs(process: u64) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let state = status.lines().find_map(|line| line.strip_prefix("State:\t"));
    state.is_some_and(|state| !state.starts_with('Z'))
}

#[test]
fn a_signal_stops_all_services_and_a_named_folder_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let stacks = Stacks::up(&["--dir", folder.path().to_str().expect("a path")]);
    let processes = stacks.processes();
    assert_eq!(processes.iter().filter(|process| runs(**process)).count(), 4);
    assert!(stacks.end_by(Signal::TERM).success());
    assert_eq!(processes.iter().filter(|process| runs(**process)).count(), 0);
    assert!(folder.path().join("name/current/VERSION").is_file());
}

#[test]
fn services_and_their_folder_do_not_outlive_a_killed_test() {
    let stacks = Stacks::up(&[]);
    let (processes, folder) = (stacks.processes(), stacks.folder());
    assert!(processes.iter().all(|process| runs(*process)) && folder.is_dir());
    assert!(!stacks.end_by(Signal::KILL).success());
    let gone = Condition::new("nothing left", move || {
        !processes.iter().any(|process| runs(*process)) && !folder.exists()
    });
    assert!(gone.wait(LIMIT), "something of the stack is left");
}
