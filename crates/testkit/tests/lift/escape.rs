//! Nothing outside the roots is touched, and nothing outside LOWER is read, also while
//! somebody swaps directories for symbolic links.

use crate::harness::{Place, lives, many_files};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Swaps `directory` for a symbolic link to `outside` and back, until told to stop. At the
/// end the directory is there.
fn swap(directory: &Path, outside: &Path, stop: &AtomicBool) {
    let aside = outside.with_extension("aside");
    while !stop.load(Ordering::Relaxed) {
        if fs::rename(directory, &aside).is_err() {
            std::thread::yield_now();
            continue;
        }
        // A run may make a new directory there, before the link or in its place.
        drop(symlink(outside, directory));
        std::thread::yield_now();
        while fs::rename(&aside, directory).is_err() {
            drop(fs::remove_file(directory).or_else(|_| fs::remove_dir_all(directory)));
        }
    }
}

fn with_outside() -> (Place, std::path::PathBuf) {
    let place = Place::new();
    let outside = place.top.path().join("outside");
    fs::create_dir(&outside).expect("a directory");
    for number in 0..20 {
        fs::write(outside.join(format!("file-{number:05}")), "secret").expect("a file");
    }
    fs::write(outside.join("only outside"), "secret").expect("a file");
    (place, outside)
}

#[test]
fn nothing_outside_upper_is_touched_while_directories_are_swapped_for_links() {
    let (place, outside) = with_outside();
    many_files(&place.lower, 100, 2_000);
    fs::create_dir(place.upper.join("directory-000")).expect("a directory");
    let before = lives(&outside);
    for _ in 0..5 {
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| swap(&place.upper.join("directory-000"), &outside, &stop));
            // How it ends does not matter here: much of what it wanted was taken away.
            place.mirror(&["--delete=all", "--max-delete=100%"]);
            stop.store(true, Ordering::Relaxed);
        });
        assert_eq!(lives(&outside), before);
    }
    place.mirror(&["--delete=all", "--max-delete=100%"]).expect(0);
    place.assert_equal();
    assert_eq!(lives(&outside), before);
}

#[test]
fn nothing_outside_lower_is_read_while_directories_are_swapped_for_links() {
    let (place, outside) = with_outside();
    many_files(&place.lower, 100, 2_000);
    for _ in 0..5 {
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| swap(&place.lower.join("directory-000"), &outside, &stop));
            place.mirror(&[]);
            stop.store(true, Ordering::Relaxed);
        });
        for path in lives(&place.upper).into_keys().filter(|path| path.is_file()) {
            let within = path.canonicalize().expect("a path").starts_with(&place.upper);
            let content = fs::read(&path).expect("a file");
            assert!(!within || content != b"secret", "{} came from outside", path.display());
        }
    }
    place.mirror(&["--delete=all", "--max-delete=100%"]).expect(0);
    place.assert_equal();
}

#[test]
fn a_link_on_upper_in_place_of_a_directory_is_replaced_not_followed() {
    let (place, outside) = with_outside();
    fs::create_dir(place.lower.join("d")).expect("a directory");
    fs::write(place.lower.join("d/file-00001"), "of LOWER").expect("a file");
    symlink(&outside, place.upper.join("d")).expect("a link");
    let before = lives(&outside);
    place.mirror(&[]).expect(0);
    assert_eq!(lives(&outside), before);
    place.assert_equal();
}
