//! Verification: what counts as proved, and that damage on UPPER is found.

use crate::harness::{Place, Ran, many_files};
use boatlift_testkit::trees::stamp;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::{FileExt, MetadataExt};

fn verify(place: &Place, mode: &str) -> Ran {
    let state = place.state.to_string_lossy().into_owned();
    Ran::of(&mut place.boatlift(&["verify", &state, mode]))
}

#[test]
fn content_is_read_back_and_counted_so() {
    let place = Place::new();
    many_files(&place.lower, 30, 1_000);
    let ran = place.mirror(&["--verify=content", "--json"]).expect(0);
    assert!(ran.stdout.contains("read_back"), "{}", ran.stdout);
    let place = Place::new();
    many_files(&place.lower, 30, 1_000);
    let ran = place.mirror(&["--json"]).expect(0);
    assert!(ran.stdout.contains("carried"), "{}", ran.stdout);
}

#[test]
fn bytes_that_rotted_on_upper_are_found_by_reading_back() {
    let place = Place::new();
    many_files(&place.lower, 30, 1_000);
    place.mirror(&[]).expect(0);
    let victim = place.upper.join("directory-000/file-00013");
    let info = fs::metadata(&victim).expect("a file");
    let file = OpenOptions::new().write(true).open(&victim).expect("a file");
    file.write_all_at(b"rot", 500).expect("a change");
    drop(file);
    stamp(&victim, info.mtime(), info.mtime_nsec()).expect("the old time");
    let ran = verify(&place, "--mode=content").expect(1);
    assert!(ran.stdout.contains("file-00013") || ran.stderr.contains("file-00013"));
    place.mirror(&["--checksum"]).expect(0);
    place.assert_equal();
    verify(&place, "--mode=content").expect(0);
}

#[test]
fn an_entry_missing_on_upper_is_found_by_listing() {
    let place = Place::new();
    many_files(&place.lower, 30, 1_000);
    place.mirror(&[]).expect(0);
    fs::remove_file(place.upper.join("directory-000/file-00013")).expect("a removal");
    verify(&place, "--mode=listing").expect(1);
    place.mirror(&[]).expect(0);
    place.assert_equal();
}
