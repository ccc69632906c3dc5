//! Deaths of the process at every event: what was durable before is there afterwards, and
//! nothing else.

use crate::history::{events, recorded};
use boatlift_engine::journal::{Journal, check};
use boatlift_engine::state::StateDir;
use std::path::Path;
use std::process::{Command, ExitStatus};

/// Where the child keeps its state; without it the child's test does nothing.
const STATE: &str = "BOATLIFT_TEST_STATE";

/// The process that dies: records the whole history, half of it without waiting.
#[test]
fn child() {
    let Ok(path) = std::env::var(STATE) else { return };
    let state = StateDir::create_or_open(Path::new(&path)).expect("created");
    let journal = Journal::open(&state.journal_path()).expect("opened");
    for (number, event) in events(&state, "home").into_iter().enumerate() {
        match number % 2 {
            0 => journal.record(event),
            _ => journal.commit(event).expect("legal"),
        }
    }
}

#[test]
fn a_death_at_any_event_keeps_exactly_those_before() {
    for (point, at) in [("journal", 1), ("journal", 9), ("journal", 26), ("journal-before", 10)] {
        let base = tempfile::tempdir().expect("a temporary directory");
        let status = run_child(base.path(), &format!("{point}:{at}"));
        assert!(!status.success(), "{point}:{at} did not die");
        let state = StateDir::open(base.path()).expect("a journal");
        let kept = recorded(&state).expect("sound").len();
        assert_eq!(kept, if point == "journal" { at } else { at - 1 }, "{point}:{at}");
        let report = check(&state).expect("readable");
        assert!(report.is_sound(), "{point}:{at}: {:?}", report.findings);
    }
}

#[test]
fn a_point_that_is_never_passed_kills_nobody() {
    for fault in ["journal:27", "elsewhere:1", "journal", "journal:x"] {
        let base = tempfile::tempdir().expect("a temporary directory");
        assert!(run_child(base.path(), fault).success(), "{fault}");
    }
}

fn run_child(state: &Path, fault: &str) -> ExitStatus {
    Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "deaths::child", "--quiet"])
        .env(STATE, state)
        .env("BOATLIFT_FAULT", fault)
        .stdout(std::process::Stdio::null())
        .status()
        .expect("a child")
}
