//! Bad input: one clear error with a hint, the right exit code, and nothing lost.

use crate::harness::{Place, Ran, Running, lives, many_files, need_root};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

fn mirror(place: &Place, lower: &Path, upper: &Path) -> Ran {
    Ran::of(&mut place.boatlift(&["mirror".as_ref(), lower.as_os_str(), upper.as_os_str()]))
}

#[test]
fn a_missing_lower_is_refused() {
    let place = Place::new();
    fs::write(place.upper.join("file"), "").expect("a file");
    mirror(&place, &place.top.path().join("none"), &place.upper).expect(2).says("BL-ROOT-001");
    assert_eq!(lives(&place.upper).len(), 1);
}

#[test]
fn a_lower_that_is_a_file_is_refused() {
    let place = Place::new();
    let file = place.top.path().join("file");
    fs::write(&file, "").expect("a file");
    mirror(&place, &file, &place.upper).expect(2).says("BL-ROOT-001");
}

#[test]
fn a_lower_that_cannot_be_read_is_refused() {
    need_root();
    let place = Place::new();
    place.give_to_user();
    fs::set_permissions(&place.lower, fs::Permissions::from_mode(0o000)).expect("a mode");
    place.mirror_as_user(&[]).expect(2).says("BL-ROOT-002");
}

#[test]
fn roots_inside_each_other_are_refused_also_through_links() {
    let place = Place::new();
    let inner = place.lower.join("inner");
    fs::create_dir(&inner).expect("a directory");
    let link = place.top.path().join("link");
    symlink(&inner, &link).expect("a link");
    for (lower, upper) in [
        (&place.lower, &inner),
        (&inner, &place.lower),
        (&place.lower, &place.lower),
        (&place.lower, &link),
        (&link, &place.lower),
    ] {
        mirror(&place, lower, upper).expect(2).says("BL-ROOT-003");
        fs::remove_dir_all(&place.state).expect("each pair is a move of its own");
    }
    assert_eq!(lives(&place.lower).len(), 1);
}

#[test]
fn a_state_directory_of_another_move_is_refused() {
    let place = Place::new();
    many_files(&place.lower, 5, 5);
    place.mirror(&[]).expect(0);
    let other = place.top.path().join("other");
    fs::create_dir(&other).expect("a directory");
    mirror(&place, &place.lower, &other).expect(2).says("BL-STATE-001");
    assert!(lives(&other).is_empty());
    place.mirror(&[]).expect(0);
}

#[test]
fn a_journal_of_a_newer_version_is_refused_and_left_alone() {
    let place = Place::new();
    many_files(&place.lower, 5, 5);
    place.mirror(&[]).expect(0);
    let set = "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); \
               c.execute('pragma user_version=9999'); c.commit()";
    let journal = place.state.join("journal.db");
    let made = Command::new("python3").args(["-c", set]).arg(&journal).status();
    assert!(made.expect("python3").success());
    fs::write(place.lower.join("new"), "").expect("a file");
    place.mirror(&[]).expect(2).says("BL-STATE-002");
    assert!(!place.upper.join("new").exists());
}

#[test]
fn a_second_run_of_the_same_move_is_refused_and_the_first_goes_on() {
    let place = Place::new();
    many_files(&place.lower, 200, 10_000);
    let mut first = Running::start(&mut place.mirror_command(&["--rate=lower:1M"]));
    first.wait_until("the first directory", || place.upper.join("directory-000").exists());
    place.mirror(&[]).expect(2).says("BL-STATE-003");
    first.end().expect(0);
    place.assert_equal();
}

#[test]
fn a_broken_move_file_is_refused_with_line_and_column() {
    let place = Place::new();
    let file = place.top.path().join("lift.yaml");
    let text = "move: a\nlower: lower\nupper: upper\npolicy:\n  delte: gone\n";
    fs::write(&file, text).expect("a move file");
    let ran = Ran::of(&mut place.boatlift(&["run".as_ref(), file.as_os_str()]));
    let ran = ran.expect(2).says("BL-CONFIG-001");
    assert!(ran.stderr.contains("lift.yaml:5:3"), "{}", ran.stderr);
}

#[test]
fn an_option_that_does_not_exist_is_refused() {
    let place = Place::new();
    place.mirror(&["--delete=everything"]).expect(2);
    place.mirror(&["--no-such-option"]).expect(2);
}

#[test]
fn an_upper_that_is_not_empty_and_never_seen_is_taken_as_it_is() {
    let place = Place::new();
    many_files(&place.lower, 20, 100);
    let both = [&place.lower.join("directory-000"), &place.upper];
    assert!(Command::new("cp").arg("-a").args(both).status().expect("cp").success());
    let before = lives(&place.upper);
    place.mirror(&[]).expect(0);
    let after = lives(&place.upper);
    for (path, life) in before.iter().filter(|(path, _)| path.is_file()) {
        assert_eq!(after[path], *life, "{} was copied again", path.display());
    }
}

#[test]
fn the_same_move_by_a_move_file() {
    let place = Place::new();
    many_files(&place.lower, 20, 100);
    let file = place.top.path().join("lift.yaml");
    let text = "move: night\nlower: lower\nupper: upper\npolicy:\n  delete: all\n";
    fs::write(&file, text).expect("a move file");
    for _ in 0..2 {
        Ran::of(&mut place.boatlift(&["run".as_ref(), file.as_os_str()])).expect(0);
        place.assert_equal();
        fs::remove_file(place.lower.join("directory-000/file-00003")).ok();
    }
}

#[test]
fn every_verb_of_the_book_is_there() {
    let place = Place::new();
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations/verbs.md");
    let table = fs::read_to_string(book).expect("the table of verbs");
    let verbs = table.lines().filter_map(|line| {
        let verb = line.strip_prefix("| `")?.split(['`', ' ']).next()?;
        Some((verb, line.contains("not in this version")))
    });
    let mut seen = 0;
    for (verb, absent) in verbs {
        let ran = Ran::of(&mut place.boatlift(&[verb, "--help"]));
        let expected = if absent { 2 } else { 0 };
        assert_eq!(ran.status.code(), Some(expected), "{verb}: {}", ran.stderr);
        seen += 1;
    }
    assert!(seen > 20, "the table has {seen} verbs");
}
