//! Damage: full disks, read-only targets, cut segments, torn journals.

use crate::harness::{Place, lives, many_files, need_root};
use std::fs::{self, OpenOptions};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file system mounted for a test; unmounted at its end.
pub(crate) struct Mounted {
    at: PathBuf,
}

impl Mounted {
    /// A tmpfs of this size.
    pub(crate) fn tmpfs(at: &Path, size: &str) -> Mounted {
        Mounted::new(at, &["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
    }

    /// Whatever `mount WORDS` mounts there.
    pub(crate) fn new(at: &Path, words: &[&str]) -> Mounted {
        mount(words, at);
        Mounted { at: at.to_owned() }
    }

    /// Mounts the same again with other options.
    pub(crate) fn change(&self, options: &str) {
        mount(&["-o", &format!("remount,{options}")], &self.at);
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let ended = Command::new("umount").arg(&self.at).status();
        assert!(ended.is_ok_and(|status| status.success()) || std::thread::panicking());
    }
}

fn mount(words: &[&str], at: &Path) {
    let status = Command::new("mount").args(words).arg(at).status().expect("mount");
    assert!(status.success(), "mount {words:?}");
}

#[test]
fn a_full_upper_is_told_and_the_next_run_goes_on() {
    need_root();
    let place = Place::new();
    many_files(&place.lower, 300, 20_000);
    let mount = Mounted::tmpfs(&place.upper, "2m");
    let ran = place.mirror(&[]);
    assert!(matches!(ran.status.code(), Some(1 | 4)), "{} {}", ran.status, ran.stderr);
    assert!(ran.stderr.contains("BL-COPY-003") || ran.stdout.contains("BL-COPY-003"));
    for path in lives(&place.upper).into_keys().filter(|path| path.is_file()) {
        let key = path.strip_prefix(&place.upper).expect("a key");
        if key.starts_with(".boatlift") {
            continue;
        }
        let same =
            fs::read(&path).expect("a file") == fs::read(place.lower.join(key)).expect("a file");
        assert!(same, "{} is half a file", key.display());
    }
    mount.change("size=20m");
    place.mirror(&[]).expect(0);
    place.assert_equal();
    place.assert_nothing_of_ours();
}

#[test]
fn a_full_state_directory_is_told_and_the_next_run_goes_on() {
    need_root();
    let place = Place::new();
    many_files(&place.lower, 5_000, 10);
    fs::create_dir(&place.state).expect("a directory");
    let mount = Mounted::tmpfs(&place.state, "400k");
    place.mirror(&[]).expect(4).says("BL-STATE-006");
    mount.change("size=50m");
    place.mirror(&[]).expect(0);
    place.assert_equal();
}

#[test]
fn a_read_only_upper_is_refused() {
    need_root();
    let place = Place::new();
    many_files(&place.lower, 10, 10);
    let mount = Mounted::tmpfs(&place.upper, "2m");
    mount.change("ro");
    place.mirror(&[]).expect(4).says("BL-ROOT-004");
    mount.change("rw");
    place.mirror(&[]).expect(0);
    place.assert_equal();
}

#[test]
fn a_file_that_cannot_be_read_fails_alone() {
    need_root();
    let place = Place::new();
    many_files(&place.lower, 50, 100);
    place.give_to_user();
    let closed = fs::Permissions::from_mode(0o000);
    fs::set_permissions(place.lower.join("directory-000/file-00020"), closed).expect("a mode");
    let ran = place.mirror_as_user(&[]).expect(1);
    assert!(ran.stdout.contains("file-00020") || ran.stderr.contains("file-00020"));
    assert_eq!(lives(&place.upper).len(), 50, "a directory and 49 files");
}

/// Segments of the state directory, largest first.
fn segments(place: &Place) -> Vec<PathBuf> {
    let listed = boatlift_testkit::trees::below(&place.state).expect("a listing");
    let is_segment = |path: &PathBuf| {
        path.is_file() && path.parent().is_some_and(|parent| parent.ends_with("segments"))
    };
    let mut found: Vec<_> = listed.into_iter().filter(is_segment).collect();
    found.sort_by_key(|path| std::cmp::Reverse(fs::metadata(path).map_or(0, |info| info.len())));
    found
}

#[test]
fn a_truncated_segment_is_told_and_nothing_is_removed() {
    let place = Place::new();
    many_files(&place.lower, 2_000, 10);
    place.mirror(&[]).expect(0);
    fs::remove_file(place.lower.join("directory-000/file-00007")).expect("a removal");
    let segment = segments(&place).into_iter().next().expect("AGREED is a segment");
    let file = OpenOptions::new().write(true).open(&segment).expect("a segment");
    file.set_len(file.metadata().expect("its length").len() / 2).expect("a cut");
    let before = lives(&place.upper);
    place.mirror(&["--delete=gone"]).expect(4).says("BL-STATE-005");
    assert_eq!(lives(&place.upper), before);
}

#[test]
fn a_flipped_bit_in_a_segment_is_told() {
    let place = Place::new();
    many_files(&place.lower, 2_000, 10);
    place.mirror(&[]).expect(0);
    let segment = segments(&place).into_iter().next().expect("AGREED is a segment");
    let file = OpenOptions::new().read(true).write(true).open(&segment).expect("a segment");
    let middle = file.metadata().expect("its length").len() / 2;
    let mut byte = [0];
    file.read_exact_at(&mut byte, middle).expect("a byte");
    file.write_all_at(&[byte[0] ^ 16], middle).expect("a flip");
    place.mirror(&[]).expect(4).says("BL-STATE-005");
}

#[test]
fn a_torn_journal_page_is_told_and_nothing_is_written() {
    let place = Place::new();
    many_files(&place.lower, 100, 10);
    place.mirror(&[]).expect(0);
    fs::write(place.lower.join("new"), "").expect("a file");
    let journal = place.state.join("journal.db");
    let file = OpenOptions::new().write(true).open(&journal).expect("the journal");
    for page in 1..4 {
        file.write_all_at(&[0x5a; 2_048], page * 4_096).expect("a torn page");
    }
    place.mirror(&[]).expect(4).says("BL-STATE-005");
    assert!(!place.upper.join("new").exists());
}

#[test]
fn a_lost_live_state_costs_a_survey_and_no_evidence() {
    let place = Place::new();
    many_files(&place.lower, 100, 10);
    place.mirror(&[]).expect(0);
    for entry in fs::read_dir(&place.state).expect("a listing").flatten() {
        if entry.file_name().to_string_lossy().starts_with("live.db") {
            fs::remove_file(entry.path()).expect("a removal");
        }
    }
    fs::write(place.lower.join("new"), "").expect("a file");
    place.mirror(&[]).expect(0);
    place.assert_equal();
}
