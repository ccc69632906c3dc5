//! Backups of a move, also while it runs, and what a vacuum gives back.

use crate::history::{History, history, recorded, segment};
use boatlift_core::{Code, Event, KeyBuf};
use boatlift_engine::journal::{Journal, back_up, check, read_view, vacuum};
use boatlift_engine::live::Live;
use boatlift_engine::state::StateDir;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

#[test]
fn a_backup_of_a_running_move_is_a_sound_state_of_its_own() {
    let History { state, _base } = history("home");
    let target = _base.path().join("backup");
    let journal = Journal::open(&state.journal_path()).expect("opened");
    let enough = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !enough.load(Ordering::Relaxed) {
                journal.commit(Event::Paused { by: "ann".into() }).expect("legal");
            }
        });
        let copied = back_up(&state, &target);
        enough.store(true, Ordering::Relaxed);
        copied.expect("backed up");
    });
    let copy = StateDir::open(&target).expect("a state directory");
    let report = check(&copy).expect("readable");
    assert!(report.is_sound(), "{:?}", report.findings);
    assert_eq!(report.segments, 2);
    let all = recorded(&state).expect("sound");
    let copied = recorded(&copy).expect("sound");
    assert_eq!(all[..copied.len()], copied, "the copy is of one moment");
    let live = Live::open(&copy.live_path()).expect("copied");
    assert_eq!(live.pages_done(2, 0, 0).map(|pages| pages.len()), Ok(2));
    assert_eq!(fs::read(copy.move_file_path()).ok(), fs::read(state.move_file_path()).ok());
    Journal::open(&copy.journal_path()).expect("it can go on from there");
}

#[test]
fn a_backup_spares_what_is_there() {
    let History { state, _base } = history("home");
    let target = _base.path().join("full");
    fs::create_dir(&target).expect("ours");
    fs::write(target.join("precious"), "").expect("ours");
    let error = back_up(&state, &target).expect_err("not empty");
    assert_eq!(error.code, Code::Usage);
    assert_eq!(target.read_dir().expect("ours").count(), 1);
}

#[test]
fn a_backup_of_a_damaged_segment_fails() {
    let History { state, _base } = history("home");
    let view = read_view(&state.journal_path()).expect("sound");
    let agreed = &view.agreed[&(0, 0)].segment.file;
    fs::write(state.segments_path().join(agreed), "short").expect("ours");
    let error = back_up(&state, &_base.path().join("backup")).expect_err("damaged");
    assert_eq!(error.code, Code::StateDamaged);
}

#[test]
fn a_vacuum_removes_only_what_nothing_refers_to() {
    let History { state, _base } = history("home");
    let before = read_view(&state.journal_path()).expect("sound");
    segment(&state, "difference", "abandoned", 1);
    let journal = Journal::open(&state.journal_path()).expect("opened");
    for number in 0..2000 {
        let key = KeyBuf(format!("{number:0200}").into_bytes());
        journal.record(Event::SkipAsked { key, reason: "no".into(), by: "ann".into() });
    }
    let by = String::from("ann");
    let again = journal.commit(Event::RetryAsked { key: None, by });
    again.expect("legal");
    drop(journal);
    let report = vacuum(&state).expect("nobody runs it");
    // The abandoned segment, and the difference of the plan that is settled.
    assert_eq!((report.segments_removed, report.events_folded), (2, 0));
    assert!(report.bytes_freed > 0);
    assert!(check(&state).expect("readable").is_sound());
    let after = read_view(&state.journal_path()).expect("sound");
    assert_eq!((after.plan, after.agreed, after.notes), (before.plan, before.agreed, before.notes));
}

#[test]
fn a_move_that_runs_is_not_vacuumed() {
    let History { state, _base } = history("home");
    let _running = state.lock().expect("free");
    assert_eq!(vacuum(&state).expect_err("it runs").code, Code::StateBusy);
}
