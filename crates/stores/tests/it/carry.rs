//! Carrying files: whole or not at all, and never mixed.

use crate::ground::{Free, Ground, beside, facets, key, names, open};
use boatlift_core::lane::{Pace, Step, Stopped};
use boatlift_core::{Code, Digest, Kind, Outcome, PageBuilder, Proof, Side, Store};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

const MEBIBYTE: usize = 1 << 20;

/// Acts the first time that a turn pays for bytes of a side; stops it there, or not.
struct Midway<F: Fn() + Send + Sync> {
    act: F,
    stop: bool,
    times: AtomicU32,
}

impl<F: Fn() + Send + Sync> Pace for Midway<F> {
    fn spend(&self, _: Side, _: u64, bytes: u64) -> Result<(), Stopped> {
        if bytes > 0 && self.times.fetch_add(1, Ordering::Relaxed) == 0 {
            (self.act)();
        }
        match self.stop && self.times.load(Ordering::Relaxed) > 0 {
            true => Err(Stopped),
            false => Ok(()),
        }
    }
}

fn midway<F: Fn() + Send + Sync>(stop: bool, act: F) -> Midway<F> {
    Midway { act, stop, times: AtomicU32::new(0) }
}

#[test]
fn content_mode_and_time_arrive_with_a_digest() {
    let ground = Ground::new();
    fs::create_dir(ground.lower.join("d")).expect("a directory");
    let from = ground.lower.join("d/f");
    fs::write(&from, b"content").expect("a file");
    fs::set_permissions(&from, fs::Permissions::from_mode(0o6751)).expect("a mode");
    boatlift_testkit::trees::stamp(&from, 1_000, 7).expect("a time");
    let outcome = ground.step_now(Step::Carry, "d/f");
    let receipt = outcome.receipt().expect("a receipt");
    assert!(matches!(outcome, Outcome::Done(_)));
    assert_eq!((receipt.proof, receipt.bytes), (Proof::Carried, 7));
    assert_eq!(receipt.digest, Some(Digest::Blake3(blake3::hash(b"content").into())));
    assert_eq!((&receipt.lower, &receipt.upper), (&None, &None));
    let to = fs::metadata(ground.upper.join("d/f")).expect("the copy");
    assert_eq!((to.mode() & 0o7777, to.mtime(), to.mtime_nsec()), (0o6751, 1_000, 7));
    let parent = fs::metadata(ground.upper.join("d")).expect("a directory made on demand");
    assert_eq!(parent.mode() & 0o7777, 0o700);
    assert_eq!(names(&ground.upper.join("d")), ["f"]);
}

#[test]
fn a_receipt_tells_what_lower_is_by_now() {
    let ground = Ground::new();
    fs::write(ground.lower.join("f"), b"surveyed").expect("a file");
    let item = ground.item("f");
    fs::write(ground.lower.join("f"), b"and changed since").expect("a file");
    let outcome = ground.step(Step::Carry, &item);
    let newer = outcome.receipt().and_then(|receipt| receipt.lower.clone()).expect("facets");
    assert_eq!(facets(&newer).decode().size, Some(17));
    assert_eq!(Some(newer.into_vec()), ground.item("f").lower);
}

#[test]
fn a_file_that_changes_while_it_is_read_is_moving() {
    for grown in [false, true] {
        let ground = Ground::new();
        let from = ground.lower.join("f");
        fs::write(&from, vec![b'a'; 4 * MEBIBYTE]).expect("a file");
        fs::write(ground.upper.join("f"), b"old").expect("a file");
        let changed = vec![b'b'; if grown { 5 } else { 4 } * MEBIBYTE];
        let pace = midway(false, || {
            let file = fs::OpenOptions::new().write(true).open(&from).expect("the file");
            std::os::unix::fs::FileExt::write_all_at(&file, &changed, 0).expect("a change");
        });
        let outcomes = ground.paced(Step::Carry, &[ground.item("f")], &pace);
        assert_eq!(outcomes, [Outcome::Moving], "grown: {grown}");
        assert_eq!(fs::read(ground.upper.join("f")).expect("UPPER's"), b"old");
        assert_eq!(names(&ground.upper), ["f"]);
        let again = ground.step_now(Step::Carry, "f");
        assert!(again.is_good(), "{again:?}");
        assert!(fs::read(ground.upper.join("f")).expect("UPPER's") == changed);
    }
}

#[test]
fn a_change_that_hides_behind_the_old_mtime_is_moving() {
    let ground = Ground::new();
    let from = ground.lower.join("f");
    fs::write(&from, vec![b'a'; 4 * MEBIBYTE]).expect("a file");
    boatlift_testkit::trees::stamp(&from, 5, 6).expect("a time");
    let pace = midway(false, || {
        fs::write(&from, vec![b'b'; 4 * MEBIBYTE]).expect("a change");
        boatlift_testkit::trees::stamp(&from, 5, 6).expect("the old time");
    });
    assert_eq!(ground.paced(Step::Carry, &[ground.item("f")], &pace), [Outcome::Moving]);
    assert_eq!(names(&ground.upper), [""; 0]);
}

#[test]
fn a_stop_in_the_middle_leaves_no_outcome_and_no_trace() {
    let ground = Ground::new();
    fs::write(ground.lower.join("a"), b"small").expect("a file");
    fs::write(ground.lower.join("f"), vec![b'a'; 4 * MEBIBYTE]).expect("a file");
    let seen = AtomicBool::new(false);
    let pace = midway(true, || {
        let ours = names(&ground.upper).iter().any(|name| name.starts_with(".boatlift-tmp-"));
        seen.store(ours, Ordering::Relaxed);
    });
    let outcomes = ground.paced(Step::Carry, &[ground.item("a"), ground.item("f")], &pace);
    assert!(seen.into_inner(), "the content goes to a temporary name first");
    assert!(matches!(&outcomes[..], [Outcome::Done(_)]), "{outcomes:?}");
    assert_eq!(names(&ground.upper), ["a"]);
}

#[test]
fn what_an_interrupted_turn_left_is_replaced_or_swept() {
    let ground = Ground::new();
    fs::write(ground.lower.join("f"), vec![b'a'; 2 * MEBIBYTE]).expect("a file");
    let found = std::sync::Mutex::new(PathBuf::new());
    let pace = midway(true, || {
        let name = names(&ground.upper).remove(0);
        *found.lock().expect("a lock") = ground.upper.join(name);
    });
    let item = ground.item("f");
    assert_eq!(ground.paced(Step::Carry, std::slice::from_ref(&item), &pace), []);
    let temporary = found.into_inner().expect("a path");
    let leave = || fs::write(&temporary, b"half").expect("a leaving");
    leave();
    assert!(ground.step(Step::Carry, &item).is_good());
    assert_eq!(names(&ground.upper), ["f"]);
    leave();
    let mut page = PageBuilder::new();
    page.push(&item.entry());
    open(&ground.upper).sweep(&page.take()).expect("a sweep");
    assert_eq!(names(&ground.upper), ["f"]);
}

#[test]
fn what_is_gone_or_another_kind_by_now_is_vanished() {
    let ground = Ground::new();
    fs::create_dir(ground.lower.join("d")).expect("a directory");
    for name in ["d/f", "gone", "link", "directory"] {
        fs::write(ground.lower.join(name), name).expect("a file");
    }
    let items = ["d/f", "directory", "gone", "link"].map(|name| ground.item(name));
    for name in ["link", "directory", "gone"] {
        fs::remove_file(ground.lower.join(name)).expect("removed");
    }
    let outside = ground.top.path().join("outside");
    fs::write(&outside, b"none of ours").expect("a file");
    std::os::unix::fs::symlink(&outside, ground.lower.join("link")).expect("a link");
    fs::create_dir(ground.lower.join("directory")).expect("a directory");
    fs::remove_dir_all(ground.lower.join("d")).expect("removed");
    assert_eq!(ground.steps(Step::Carry, &items), vec![Outcome::Vanished; 4]);
    assert_eq!(names(&ground.upper), [""; 0]);
}

#[test]
fn a_directory_in_the_way_is_told_and_left() {
    let ground = Ground::new();
    fs::write(ground.lower.join("f"), b"file").expect("a file");
    for (inside, name) in [(false, "f"), (true, "f")] {
        fs::create_dir_all(ground.upper.join(name)).expect("a directory");
        if inside {
            fs::write(ground.upper.join("f/x"), b"theirs").expect("a file");
        }
        let outcome = ground.step_now(Step::Carry, "f");
        assert_eq!(failure(&outcome), Some(Code::InTheWay), "{outcome:?}");
        assert_eq!(names(&ground.upper), ["f"]);
    }
}

#[test]
fn a_reader_sees_the_old_file_or_the_new_never_a_part() {
    let ground = Ground::new();
    let (from, to) = (ground.lower.join("f"), ground.upper.join("f"));
    fs::write(&from, vec![b'a'; MEBIBYTE]).expect("a file");
    assert!(ground.step_now(Step::Carry, "f").is_good());
    let reader = || {
        let bytes = fs::read(&to).expect("always there");
        assert_eq!(bytes.len(), MEBIBYTE);
        assert!(bytes.iter().all(|byte| *byte == bytes[0]), "mixed content");
    };
    beside(reader, || {
        for letter in b'b'..b'z' {
            fs::write(&from, vec![letter; MEBIBYTE]).expect("a file");
            let outcome = ground.step_now(Step::Carry, "f");
            assert!(outcome.is_good(), "{outcome:?}");
        }
    });
}

#[test]
fn bytes_are_spent_on_both_sides() {
    #[derive(Default)]
    struct Count([std::sync::atomic::AtomicU64; 2]);
    impl Pace for Count {
        fn spend(&self, side: Side, operations: u64, bytes: u64) -> Result<(), Stopped> {
            assert!(operations > 0 || bytes > 0);
            self.0[usize::from(side == Side::Upper)].fetch_add(bytes, Ordering::Relaxed);
            Ok(())
        }
    }
    let ground = Ground::new();
    fs::write(ground.lower.join("f"), vec![1; 3 * MEBIBYTE + 5]).expect("a file");
    let count = Count::default();
    crate::ground::all_good(ground.paced(Step::Carry, &[ground.item("f")], &count));
    let spent = count.0.map(std::sync::atomic::AtomicU64::into_inner);
    assert_eq!(spent, [3 * MEBIBYTE as u64 + 5; 2]);
}

#[test]
fn a_key_that_would_leave_its_root_is_refused() {
    let ground = Ground::new();
    fs::write(ground.top.path().join("outside"), b"secret").expect("a file");
    let mut page = PageBuilder::new();
    page.push(&boatlift_core::Entry::new(key("../outside")));
    let turn = boatlift_core::Turn {
        page: &page.take(),
        steps: &[(0, Step::Carry), (0, Step::MakeDirectory), (0, Step::Look)],
        owners: false,
    };
    for (_, outcome) in ground.lane().carry(&turn, &Free) {
        assert_eq!(failure(&outcome), Some(Code::KeyEscapes));
    }
}

#[test]
fn symbolic_links_are_carried_as_they_are() {
    let ground = Ground::new();
    for (name, target) in [("dangling", "no/where"), ("absolute", "/etc/passwd"), ("up", "..")] {
        std::os::unix::fs::symlink(target, ground.lower.join(name)).expect("a link");
        boatlift_testkit::trees::stamp(&ground.lower.join(name), 5, 6).expect("a time");
        let outcome = ground.step_now(Step::Carry, name);
        assert!(matches!(&outcome, Outcome::Done(r) if r.proof == Proof::Carried), "{outcome:?}");
        let copy = ground.upper.join(name);
        assert_eq!(fs::read_link(&copy).expect("a link").to_str(), Some(target));
        let look = fs::symlink_metadata(&copy).expect("a look");
        assert_eq!((look.mtime(), look.mtime_nsec()), (5, 6));
        let item = ground.item(name);
        assert_eq!(facets(&item.upper.expect("facets")).kind(), Kind::Symlink);
    }
}

pub(crate) fn failure(outcome: &Outcome) -> Option<Code> {
    match outcome {
        Outcome::Failed(error) => Some(error.code),
        _ => None,
    }
}
