//! A full disk under the state directory: everything that was promised is kept, what could
//! not be kept is an error, and with space the move goes on.

use crate::history::write_segment;
use boatlift_core::{Code, Event};
use boatlift_engine::journal::{Journal, read_view};
use boatlift_engine::live::{Live, LiveOutcomes};
use boatlift_engine::segment::SegmentWriter;
use boatlift_engine::state::StateDir;
use std::path::Path;
use std::process::Command;

/// A file system of 4 MiB, gone with this value. Only root may mount one.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<SmallDisk> {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=4m", "none"]).arg(directory.path());
        let mounted = rustix::process::geteuid().is_root() && mount.status().ok()?.success();
        mounted.then_some(SmallDisk(directory))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg(self.path()).status());
    }
}

#[test]
fn a_full_disk_loses_nothing_that_was_promised() {
    let Some(disk) = SmallDisk::mount() else { return };
    let state = StateDir::create_or_open(&disk.path().join("state")).expect("created");
    let journal = Journal::open(&state.journal_path()).expect("opened");
    let live = Live::open(&state.live_path()).expect("opened");
    let opened =
        Event::MoveOpened { move_id: "m".into(), name: "home".into(), mover: "tree".into() };
    journal.commit(opened).expect("space is left");
    let filler = disk.path().join("filler");
    std::fs::write(&filler, vec![0; 8 << 20]).expect_err("more than there is");

    let pause = || Event::Paused { by: "ann".repeat(20_000) };
    let full = journal.commit(pause()).expect_err("no space");
    assert_eq!(full.code, Code::StateIo);
    assert_eq!(journal.sync(), Err(full), "what follows might rest on what was lost");
    let outcomes = vec![0; 100_000];
    let batch = [LiveOutcomes { plan: 1, route: 0, stage: 0, page: 0, outcomes }];
    assert_eq!(live.put(&batch).expect_err("no space").code, Code::StateIo);
    let segment = SegmentWriter::create(&state.segments_path(), "agreed").and_then(|w| w.finish());
    assert_eq!(segment.expect_err("no space").code, Code::StateIo);
    drop(journal);

    std::fs::remove_file(&filler).expect("ours");
    assert_eq!(read_view(&state.journal_path()).expect("sound").last_seq, 1);
    let journal = Journal::open(&state.journal_path()).expect("opened");
    journal.commit(pause()).expect("space is left");
    live.put(&batch).expect("space is left");
    write_segment(&state.segments_path(), "agreed", "home", 1);
    assert_eq!(state.segments_path().read_dir().expect("ours").count(), 1, "no partial file");
}
