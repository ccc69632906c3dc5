//! LOWER goes on living while it is copied: files vanish, change, and come.

use crate::harness::{Place, Running, many_files};
use rustix::process::Signal;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{FileExt, MetadataExt, symlink};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// The size of what is being written beside its destination, if anything is.
fn half_written(directory: &Path) -> u64 {
    let entries = fs::read_dir(directory).expect("a listing").flatten();
    let ours =
        entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(".boatlift-tmp-"));
    ours.filter_map(|entry| entry.metadata().ok()).map(|info| info.len()).sum()
}

#[test]
fn a_file_that_changes_while_it_is_read_is_copied_again() {
    let place = Place::new();
    let file = place.lower.join("file");
    fs::write(&file, vec![b'a'; 8 << 20]).expect("a file");
    let mut running = Running::start(&mut place.mirror_command(&["--rate=lower:4M"]));
    running.wait_until("a half-written copy", || half_written(&place.upper) > 0);
    OpenOptions::new()
        .write(true)
        .open(&file)
        .expect("the file")
        .write_all_at(b"b", 0)
        .expect("a change");
    running.end().expect(0);
    place.assert_equal();
    place.assert_nothing_of_ours();
}

#[test]
fn a_reader_never_sees_half_a_file() {
    let place = Place::new();
    fs::write(place.lower.join("file"), vec![b'n'; 4 << 20]).expect("a file");
    fs::write(place.upper.join("file"), b"old").expect("a file");
    let mut running = Running::start(&mut place.mirror_command(&["--rate=lower:4M"]));
    let mut seen = Vec::new();
    while !running.has_ended() {
        seen.push(fs::read(place.upper.join("file")).expect("always there"));
        seen.dedup();
    }
    running.end().expect(0);
    let whole = |content: &Vec<u8>| content == b"old" || content.len() == 4 << 20;
    assert!(seen.iter().all(whole), "seen: {:?}", seen.iter().map(Vec::len).collect::<Vec<_>>());
}

#[test]
fn a_file_that_never_rests_is_told_and_never_recorded() {
    let place = Place::new();
    many_files(&place.lower, 20, 10);
    let file = place.lower.join("busy");
    fs::write(&file, vec![b'x'; 64 << 20]).expect("a file");
    let stop = AtomicBool::new(false);
    let ran = std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut log = OpenOptions::new().append(true).open(&file).expect("the file");
            while !stop.load(Ordering::Relaxed) {
                log.write_all(b"more\n").expect("a line");
            }
        });
        let ran = place.mirror(&["--rate=lower:200M"]);
        stop.store(true, Ordering::Relaxed);
        ran
    });
    let ran = ran.expect(1);
    assert!(ran.stdout.contains("moving") || ran.stderr.contains("moving"), "{}", ran.stdout);
    place.mirror(&[]).expect(0);
    place.assert_equal();
}

#[test]
fn a_file_that_vanishes_is_no_failure() {
    let place = Place::new();
    many_files(&place.lower, 200, 10_000);
    let mut running = Running::start(&mut place.mirror_command(&["--rate=lower:1M", "--jobs=1"]));
    running.wait_until("the first file", || {
        fs::read_dir(place.upper.join("directory-000")).is_ok_and(|mut all| all.next().is_some())
    });
    fs::remove_file(place.lower.join("directory-001/file-00199")).expect("a removal");
    let code = running.end().status.code();
    assert!(matches!(code, Some(0 | 1)), "{code:?}");
    place.mirror(&["--delete=all"]).expect(0);
    place.assert_equal();
}

#[test]
fn a_renamed_tree_is_renamed_on_upper_too() {
    let place = Place::new();
    many_files(&place.lower, 100, 10_000);
    place.mirror(&[]).expect(0);
    let old = place.upper.join("directory-000/file-00042");
    let inode = fs::metadata(&old).expect("a file").ino();
    fs::rename(place.lower.join("directory-000"), place.lower.join("renamed")).expect("a rename");
    place.mirror(&["--delete=gone", "--max-delete=100%"]).expect(0);
    place.assert_equal();
    let new = fs::metadata(place.upper.join("renamed/file-00042")).expect("a file");
    assert_eq!(new.ino(), inode, "it was copied, not renamed");
}

#[test]
fn a_directory_is_renamed_and_a_link_takes_its_place() {
    let place = Place::new();
    fs::create_dir_all(place.lower.join("d/x")).expect("directories");
    for name in ["d/x/f", "keep"] {
        fs::write(place.lower.join(name), name).expect("a file");
    }
    symlink("nowhere", place.lower.join("l")).expect("a link");
    place.mirror(&[]).expect(0);
    for (from, to) in [("l", "aside"), ("d", "l"), ("aside", "d")] {
        fs::rename(place.lower.join(from), place.lower.join(to)).expect("a rename");
    }
    place.mirror(&["--delete=all", "--max-delete=100%"]).expect(0);
    place.assert_equal();
}

#[test]
fn following_keeps_both_sides_in_step_until_stopped() {
    let place = Place::new();
    many_files(&place.lower, 20, 10);
    let mut running =
        Running::start(&mut place.mirror_command(&["--follow=100ms", "--delete=gone"]));
    for round in 0..3 {
        let name = format!("round-{round}");
        fs::write(place.lower.join(&name), &name).expect("a file");
        running.wait_until("the new file", || place.upper.join(&name).exists());
        fs::remove_file(place.lower.join(&name)).expect("a removal");
        running.wait_until("the removal", || !place.upper.join(&name).exists());
    }
    running.signal(Signal::INT);
    running.end().expect(130);
    place.mirror(&["--delete=all"]).expect(0);
    place.assert_equal();
}
