//! Torn and flipped bytes in the journal and its write-ahead log. A log may lose its end,
//! as a crash makes it lose it; what is left is then a state that once was.

use crate::history::{History, events, history, recorded};
use boatlift_core::{Code, Event};
use boatlift_engine::journal::{Journal, View, check, read_view};
use boatlift_engine::state::StateDir;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Distance between the bytes that are changed, and between the lengths of a torn log:
/// primes, so that every part of a page gets its turn.
const STRIDE: usize = 211;
const LOG_STRIDE: usize = 8209;

#[test]
fn a_changed_byte_in_the_journal_changes_nothing_unnoticed() {
    let History { state, _base } = history("home");
    let whole = fs::read(state.journal_path()).expect("ours");
    let sound = contents(&state).expect("sound");
    for at in (0..whole.len()).step_by(STRIDE) {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x01;
        fs::write(state.journal_path(), flipped).expect("ours");
        match contents(&state) {
            Err(code) => assert!(is_clear(code), "byte {at}: {code}"),
            Ok(read) if read == sound => {}
            Ok(_) => {
                let report = check(&state).expect("it could be read");
                assert!(!report.is_sound(), "byte {at} changed the state unnoticed");
            }
        }
    }
}

#[test]
fn a_zeroed_page_of_the_journal_is_noticed() {
    let History { state, _base } = history("home");
    let whole = fs::read(state.journal_path()).expect("ours");
    for page in 0..whole.len() / 4096 {
        let mut torn = whole.clone();
        torn[page * 4096..(page + 1) * 4096].fill(0);
        fs::write(state.journal_path(), torn).expect("ours");
        let told = match check(&state) {
            Err(error) => is_clear(error.code),
            Ok(report) => !report.is_sound(),
        };
        assert!(told, "page {page} is gone unnoticed");
    }
}

#[test]
fn a_torn_log_leaves_a_state_that_once_was() {
    let (_base, state) = crashed();
    let log = state.path().join("journal.db-wal");
    let whole = fs::read(&log).expect("ours");
    let full = copy_and_read(&state, &whole);
    assert_eq!(full.last_seq, 26, "an undamaged log loses nothing");
    let mut seen = Vec::new();
    for len in (0..whole.len()).step_by(LOG_STRIDE) {
        seen.push(copy_and_read(&state, &whole[..len]).last_seq);
    }
    assert!(seen.is_sorted(), "more of a log is never less of a history: {seen:?}");
    for at in (0..whole.len()).step_by(LOG_STRIDE) {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x10;
        copy_and_read(&state, &flipped);
    }
}

/// The state of a process that died: every event in a transaction of its own, all of them
/// still in the log.
fn crashed() -> (TempDir, StateDir) {
    let base = tempfile::tempdir().expect("a temporary directory");
    let alive = StateDir::create_or_open(&base.path().join("alive")).expect("created");
    let journal = Journal::open(&alive.journal_path()).expect("opened");
    events(&alive, "home").into_iter().for_each(|event| journal.commit(event).expect("legal"));
    let dead = StateDir::create_or_open(&base.path().join("dead")).expect("created");
    copy(alive.path(), dead.path());
    (base, dead)
}

/// Opens a copy of the state with another log, and proves that it is one that once was.
fn copy_and_read(state: &StateDir, log: &[u8]) -> View {
    let base = tempfile::tempdir().expect("a temporary directory");
    copy(state.path(), base.path());
    let copy = StateDir::create_or_open(base.path()).expect("opened");
    fs::write(copy.path().join("journal.db-wal"), log).expect("written");
    drop(Journal::open(&copy.journal_path()).expect("a log may end anywhere"));
    let report = check(&copy).expect("readable");
    assert!(report.is_sound(), "{:?}", report.findings);
    read_view(&copy.journal_path()).expect("readable")
}

fn copy(from: &Path, to: &Path) {
    for entry in from.read_dir().expect("ours") {
        let path = entry.expect("ours").path();
        let target = to.join(path.file_name().expect("a name"));
        match path.is_dir() {
            true => {
                fs::create_dir(&target).expect("ours");
                copy(&path, &target);
            }
            false if path.extension().is_some_and(|extension| extension == "db-shm") => {}
            false => assert!(fs::copy(&path, &target).is_ok(), "{}", target.display()),
        }
    }
}

type Contents = (View, Vec<(u64, i64, Event)>);

/// Everything that can be read of a journal.
fn contents(state: &StateDir) -> Result<Contents, Code> {
    let view = read_view(&state.journal_path()).map_err(|error| error.code)?;
    Ok((view, recorded(state).map_err(|error| error.code)?))
}

fn is_clear(code: Code) -> bool {
    matches!(code, Code::StateDamaged | Code::StateNewer | Code::StateIo)
}
