//! Turns of the lane: from HDFS to HDFS, and from a local tree.

use crate::ground::{Free, Ground, Item, all_good, facets, item, lane, read, steps, write};
use boatlift_core::lane::{Pace, Step, Stopped};
use boatlift_core::store::Detail;
use boatlift_core::{Code, KeyBuf, Outcome, Proof, Side, Store};
use boatlift_stores::PosixStore;
use hdfs_native::WriteOptions;
use std::sync::atomic::{AtomicI64, Ordering};

#[test]
fn many_files_are_carried_looked_at_and_read_back() {
    let ground = Ground::new();
    let lower = ground.lower.open();
    let names: Vec<String> =
        (0..40).map(|number| format!("d{}/f{number:03}", number % 2)).collect();
    for name in &names {
        write(&*lower, name, name.repeat(100).as_bytes());
    }
    let mut items: Vec<Item> = names.iter().map(|name| ground.item(name)).collect();
    items.sort_by(|one, other| one.key.cmp(&other.key));
    let outcomes = ground.steps(Step::Carry, &items);
    all_good(&outcomes);
    let upper = ground.upper.open();
    for (item, outcome) in items.iter_mut().zip(&outcomes) {
        let receipt = outcome.receipt().expect("a receipt");
        let content = read(&*upper, &item.key.to_string());
        let digest = boatlift_core::Digest::Blake3(blake3::hash(&content).into());
        assert_eq!(receipt.proof, Proof::Carried);
        assert_eq!((receipt.bytes, receipt.digest), (content.len() as u64, Some(digest)));
        assert_eq!(receipt.lower, None, "nothing newer than the survey");
        item.digest = receipt.digest;
    }
    all_good(&ground.steps(Step::Look, &items));
    all_good(&ground.steps(Step::ReadBack, &items));
    let again = ground.steps(Step::SetAttributes, &items);
    assert!(again.iter().all(|outcome| matches!(outcome, Outcome::Same(_))), "{again:?}");
    assert_eq!(ground.upper.names("d0").len(), 20, "no temporary is left");
}

#[test]
fn a_local_tree_arrives_with_times_to_the_millisecond() {
    let ground = Ground::new();
    let top = tempfile::tempdir().expect("a directory");
    let content = vec![7; 3 << 20];
    std::fs::write(top.path().join("a"), &content).expect("a file");
    let file = std::fs::File::options().write(true).open(top.path().join("a")).expect("a file");
    let time = std::time::UNIX_EPOCH + std::time::Duration::new(1_700_000_000, 123_456_789);
    file.set_modified(time).expect("a time");
    let lower = PosixStore::open(top.path()).expect("a store");
    let items = [item(&*lower, &*ground.upper.open(), "a")];
    let lane = lane(lower, ground.upper.open());
    for step in [Step::Carry, Step::Look, Step::ReadBack] {
        all_good(&steps(&*lane, step, &items, &Free));
    }
    let upper = ground.upper.open();
    assert_eq!(read(&*upper, "a"), content);
    let look = ground.item("a").upper.expect("it is there");
    let mtime = facets(&look).decode().mtime.expect("a time");
    assert_eq!((mtime.seconds, mtime.nanoseconds), (1_700_000_000, 123_000_000));
}

#[test]
fn what_changed_since_the_survey_arrives_as_it_is_now() {
    let ground = Ground::new();
    let lower = ground.lower.open();
    write(&*lower, "a", b"then");
    let surveyed = ground.item("a");
    write(&*lower, "a", b"and now");
    let outcomes = ground.steps(Step::Carry, &[surveyed]);
    let receipt = outcomes[0].receipt().unwrap_or_else(|| panic!("{outcomes:?}"));
    assert_eq!(receipt.lower.as_deref(), ground.item("a").lower.as_deref());
    assert_eq!(read(&*ground.upper.open(), "a"), b"and now");
}

#[test]
fn what_is_gone_has_vanished() {
    let ground = Ground::new();
    let lower = ground.lower.open();
    write(&*lower, "a", b"then");
    let surveyed = ground.item("a");
    ground.lower.ask(ground.lower.admin.delete(&ground.lower.at("a"), false)).expect("removed");
    assert_eq!(ground.steps(Step::Carry, &[surveyed]), [Outcome::Vanished]);
    assert_eq!(ground.upper.names(""), [""; 0]);
}

#[test]
fn other_content_under_the_same_look_is_found_and_carried() {
    let ground = Ground::new();
    write(&*ground.lower.open(), "a", b"right");
    write(&*ground.upper.open(), "a", b"wrong");
    let found = ground.item("a");
    let outcomes = ground.steps(Step::ReadBack, std::slice::from_ref(&found));
    let [Outcome::Failed(error)] = &outcomes[..] else { panic!("{outcomes:?}") };
    assert_eq!(error.code, Code::ContentDiffers);
    all_good(&ground.steps(Step::CompareAndCarry, std::slice::from_ref(&found)));
    assert_eq!(read(&*ground.upper.open(), "a"), b"right");
    let again = ground.step_now(Step::CompareAndCarry, "a");
    assert!(matches!(again, Outcome::Same(ref receipt) if receipt.proof == Proof::ReadBack));
}

#[test]
fn a_file_gives_way_to_a_directory_only_where_the_plan_says_so() {
    let ground = Ground::new();
    let (lower, upper) = (ground.lower.open(), ground.upper.open());
    write(&*lower, "a/x", b"inside");
    write(&*upper, "a", b"in the way");
    let directory = ground.item("a/");
    let outcomes = ground.steps(Step::MakeDirectory, std::slice::from_ref(&directory));
    let [Outcome::Failed(error)] = &outcomes[..] else { panic!("{outcomes:?}") };
    assert_eq!(error.code, Code::InTheWay);
    let partner = Some(KeyBuf::from(&b"a"[..]));
    all_good(&ground.steps(Step::MakeDirectory, &[Item { partner, ..directory }]));
    all_good(&[ground.step_now(Step::Carry, "a/x")]);
    assert_eq!(read(&*upper, "a/x"), b"inside");
}

#[test]
fn a_directory_does_not_give_way_to_a_file() {
    let ground = Ground::new();
    write(&*ground.lower.open(), "a", b"a file");
    write(&*ground.upper.open(), "a/x", b"in the way");
    let outcome = ground.step_now(Step::Carry, "a");
    let Outcome::Failed(error) = outcome else { panic!("{outcome:?}") };
    assert_eq!(error.code, Code::InTheWay, "{error}");
    assert_eq!(ground.upper.names(""), ["a"]);
    assert_eq!(ground.upper.names("a"), ["x"]);
}

#[test]
fn a_rename_is_replayed_as_one_where_the_content_is_as_agreed() {
    let ground = Ground::new();
    let (lower, upper) = (ground.lower.open(), ground.upper.open());
    write(&*lower, "new", b"content");
    write(&*upper, "old", b"content");
    let look = |store: &dyn Store, key: &str| {
        store.look(boatlift_core::Key::new(key.as_bytes()), Detail::Basic).expect("a look")
    };
    let moved = Item {
        key: KeyBuf::from(&b"new"[..]),
        lower: look(&*lower, "new"),
        upper: look(&*upper, "old"),
        digest: Some(boatlift_core::Digest::Blake3(blake3::hash(b"content").into())),
        partner: Some(KeyBuf::from(&b"old"[..])),
    };
    let outcomes = ground.steps(Step::Rename, std::slice::from_ref(&moved));
    assert_eq!(outcomes[0].receipt().map(|receipt| receipt.bytes), Some(0), "{outcomes:?}");
    assert_eq!(ground.upper.names(""), ["new"]);
    all_good(&ground.steps(Step::Rename, &[moved]));
    assert_eq!(read(&*upper, "new"), b"content");
}

#[test]
fn a_file_that_is_being_written_never_arrives_in_part() {
    let ground = Ground::new();
    let path = ground.lower.at("open");
    let admin = &ground.lower.admin;
    let mut writer = ground.lower.ask(admin.create(&path, WriteOptions::default())).expect("made");
    let half = vec![1; 100_000];
    ground.lower.ask(writer.write_bytes(half.clone().into())).expect("written");
    ground.lower.ask(writer.hsync()).expect("synchronized");
    let surveyed = ground.item("open");
    let size = surveyed.lower.as_deref().map(facets).and_then(|facets| facets.size());
    let outcome = ground.steps(Step::Carry, std::slice::from_ref(&surveyed)).remove(0);
    match outcome.receipt() {
        Some(receipt) => assert_eq!(Some(receipt.bytes), size, "what it looked like"),
        None => assert_eq!(outcome, Outcome::Moving),
    }
    ground.lower.ask(writer.write_bytes(half.into())).expect("written");
    ground.lower.ask(writer.close()).expect("closed");
    assert_ne!(ground.item("open").lower, surveyed.lower, "a listing shows it");
    all_good(&[ground.step_now(Step::Carry, "open")]);
    assert_eq!(read(&*ground.upper.open(), "open"), vec![1; 200_000]);
}

/// Says stop after a number of bytes.
struct Stopping(AtomicI64);

impl Pace for Stopping {
    fn spend(&self, _: Side, _: u64, bytes: u64) -> Result<(), Stopped> {
        let left = self.0.fetch_sub(bytes as i64, Ordering::Relaxed) - bytes as i64;
        if left > 0 { Ok(()) } else { Err(Stopped) }
    }
}

#[test]
fn a_stop_leaves_no_trace_of_what_is_not_done() {
    let ground = Ground::new();
    let lower = ground.lower.open();
    for number in 0..8 {
        write(&*lower, &format!("f{number}"), &vec![number; 2 << 20]);
    }
    let items: Vec<Item> = (0..8).map(|number| ground.item(&format!("f{number}"))).collect();
    let pace = Stopping(AtomicI64::new(10 << 20));
    let outcomes = steps(&*lane(lower, ground.upper.open()), Step::Carry, &items, &pace);
    all_good(&outcomes);
    assert!(outcomes.len() < items.len(), "{}", outcomes.len());
    assert_eq!(ground.upper.names("").len(), outcomes.len());
}
