//! Damage: whatever happens to the files of a move, one clear error says so. Nothing
//! panics, and nothing that was changed is taken for what was written.

use crate::history::{History, history, recorded, write_segment};
use boatlift_core::plan::SegmentRef;
use boatlift_core::{Code, Result};
use boatlift_engine::journal::{Journal, check, read_view};
use boatlift_engine::live::Live;
use boatlift_engine::segment::Segment;
use boatlift_engine::state::StateDir;
use rusqlite::Connection;
use std::fs;
use std::path::{Path, PathBuf};

/// What happens to a move's files, and what a person is told.
struct Case {
    name: &'static str,
    damage: fn(&StateDir),
    code: Code,
    says: &'static str,
}

const CASES: &[Case] = &[
    Case {
        name: "the journal is empty",
        damage: |state| cut(&state.journal_path(), 0),
        code: Code::StateDamaged,
        says: "journal.db",
    },
    Case {
        name: "the journal lost its second half",
        damage: |state| cut(&state.journal_path(), length(&state.journal_path()) / 2),
        code: Code::StateDamaged,
        says: "malformed",
    },
    Case {
        name: "the journal is text",
        damage: |state| fs::write(state.journal_path(), "name: home\n".repeat(99)).expect("ours"),
        code: Code::StateDamaged,
        says: "not a database",
    },
    Case {
        name: "the journal is another program's database",
        damage: |state| {
            fs::remove_file(state.journal_path()).expect("ours");
            sql(&state.journal_path(), "CREATE TABLE cookies (name TEXT)");
        },
        code: Code::StateDamaged,
        says: "it is no journal",
    },
    Case {
        name: "the live state stands in the journal's place",
        damage: |state| replace(&state.journal_path(), &state.live_path()),
        code: Code::StateDamaged,
        says: "it is no journal",
    },
    Case {
        name: "the journal is missing, its write-ahead log is not",
        damage: |state| {
            fs::rename(state.journal_path(), state.path().join("journal.db-wal")).expect("ours");
        },
        code: Code::StateDamaged,
        says: "write-ahead log",
    },
    Case {
        name: "a newer Boatlift wrote the journal",
        damage: |state| sql(&state.journal_path(), "PRAGMA user_version = 99"),
        code: Code::StateNewer,
        says: "99",
    },
    Case {
        name: "a state table is missing",
        damage: |state| sql(&state.journal_path(), "DROP TABLE bundles"),
        code: Code::StateDamaged,
        says: "bundles",
    },
    Case {
        name: "a state table was edited",
        damage: |state| sql(&state.journal_path(), "UPDATE groups SET phase = '\"agreed\"'"),
        code: Code::StateDamaged,
        says: "do not follow from the events",
    },
    Case {
        name: "a state table holds what does not parse",
        damage: |state| sql(&state.journal_path(), "UPDATE groups SET phase = 'sideways'"),
        code: Code::StateDamaged,
        says: "journal.db",
    },
    Case {
        name: "an event was edited",
        damage: |state| sql(&state.journal_path(), "UPDATE events SET at_ms = 7 WHERE seq = 3"),
        code: Code::StateDamaged,
        says: "event 3",
    },
    Case {
        name: "the journal is of another move",
        damage: |state| {
            let other = history("other");
            replace(&state.journal_path(), &other.state.journal_path());
        },
        code: Code::StateDamaged,
        says: "the file is missing",
    },
    Case {
        name: "a segment is missing",
        damage: |state| fs::remove_file(difference(state)).expect("ours"),
        code: Code::StateDamaged,
        says: "the file is missing",
    },
    Case {
        name: "another segment has this one's name",
        damage: |state| {
            let directory = state.path().join("elsewhere");
            let other = write_segment(&directory, "difference", "other", 2);
            fs::rename(directory.join(other.file), difference(state)).expect("ours");
        },
        code: Code::StateDamaged,
        says: "another segment than the journal names",
    },
    Case {
        name: "a newer Boatlift wrote the live state",
        damage: |state| sql(&state.live_path(), "PRAGMA user_version = 99"),
        code: Code::StateNewer,
        says: "live.db",
    },
    Case {
        name: "the live state lost its second half",
        damage: |state| cut(&state.live_path(), length(&state.live_path()) / 2),
        code: Code::StateDamaged,
        says: "live.db",
    },
];

#[test]
fn every_kind_of_damage_is_one_clear_error() {
    for case in CASES {
        let History { state, _base } = history("home");
        (case.damage)(&state);
        let errors = examine(&state);
        let told = errors.iter().any(|(code, text)| *code == case.code && text.contains(case.says));
        assert!(told, "{}: {errors:?}", case.name);
    }
}

#[test]
fn a_history_without_damage_is_sound() {
    let History { state, _base } = history("home");
    assert_eq!(examine(&state), []);
    let report = check(&state).expect("readable");
    assert_eq!((report.events, report.segments), (26, 2));
}

#[test]
fn a_segment_cut_at_any_length_is_damaged() {
    let History { state, _base } = history("home");
    let (path, reference) = (difference(&state), reference(&state));
    let whole = fs::read(&path).expect("ours");
    for len in 0..whole.len() {
        fs::write(&path, &whole[..len]).expect("ours");
        let error = read_through(&state, &reference).expect_err("cut");
        assert_eq!(error.code, Code::StateDamaged, "cut at {len}: {error}");
        assert!(error.to_string().contains(&reference.file), "{error}");
    }
}

#[test]
fn a_segment_with_any_byte_changed_is_damaged() {
    let History { state, _base } = history("home");
    let (path, reference) = (difference(&state), reference(&state));
    let whole = fs::read(&path).expect("ours");
    for at in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x20;
        fs::write(&path, flipped).expect("ours");
        let error = read_through(&state, &reference).expect_err("changed");
        assert_eq!(error.code, Code::StateDamaged, "changed at {at}: {error}");
    }
}

#[test]
fn a_damaged_page_is_named_and_the_others_are_read() {
    let History { state, _base } = history("home");
    let reference = reference(&state);
    let segment = Segment::open(&state.segments_path(), &reference).expect("sound");
    let mut bytes = fs::read(difference(&state)).expect("ours");
    bytes[segment.meta(1).offset as usize + 3] ^= 1;
    fs::write(difference(&state), bytes).expect("ours");
    let segment = Segment::open(&state.segments_path(), &reference).expect("index is sound");
    assert!(segment.read_page(0).is_ok());
    let error = segment.read_page(1).expect_err("changed").to_string();
    assert!(error.contains("page 1: its checksum differs"), "{error}");
}

/// What opening, reading and checking say, as codes and texts.
fn examine(state: &StateDir) -> Vec<(Code, String)> {
    let mut errors = Vec::new();
    let mut keep = |result: Result<()>| {
        if let Err(error) = result {
            errors.push((error.code, error.to_string()));
        }
    };
    keep(Journal::open(&state.journal_path()).map(drop));
    keep(read_view(&state.journal_path()).map(drop));
    keep(recorded(state).map(drop));
    keep(Live::open(&state.live_path()).and_then(|live| live.pages_done(2, 0, 0)).map(drop));
    match check(state) {
        Ok(report) => {
            errors.extend(report.findings.into_iter().map(|text| (Code::StateDamaged, text)));
        }
        Err(error) => errors.push((error.code, error.to_string())),
    }
    errors
}

fn read_through(state: &StateDir, reference: &SegmentRef) -> Result<()> {
    Segment::open(&state.segments_path(), reference)?.verify()
}

/// The open plan's difference.
fn reference(state: &StateDir) -> SegmentRef {
    let view = read_view(&state.journal_path()).expect("sound");
    view.plan.expect("a plan").plan.routes[0].difference.clone()
}

fn difference(state: &StateDir) -> PathBuf {
    state.segments_path().join(reference(state).file)
}

fn length(path: &Path) -> u64 {
    path.metadata().expect("ours").len()
}

fn replace(path: &Path, by: &Path) {
    fs::copy(by, path).expect("ours");
}

fn cut(path: &Path, len: u64) {
    fs::OpenOptions::new().write(true).open(path).and_then(|f| f.set_len(len)).expect("ours");
}

fn sql(path: &Path, statement: &str) {
    Connection::open(path).and_then(|db| db.execute_batch(statement)).expect("our own SQL");
}
