//! Keys that no file system has: exact between buckets, refused one by one in a tree.

use crate::ground::{Folder, Ground, Item, Free, keys, list, read, steps, write};
use crate::servers::{radosgw, versitygw};
use boatlift_aws::s3::Form;
use boatlift_core::lane::Step;
use boatlift_core::store::Detail;
use boatlift_core::{Code, Key, Outcome, Store};

/// What facts say of odd keys, in the order of their bytes.
fn odd() -> Vec<String> {
    let long = "k".repeat(1024 - "top/folder/".len());
    let mut keys: Vec<String> = [
        "a b", "a+b", "100%", "a%2Fb", "a?b=c", "a#b", "a&b", "a'b\"c", "a\tb", "a\nb", "/lead",
        "a//b", "//", "up/../down", "..", ".", "folder/", "🚀/x", "\u{e9}", "e\u{301}", "x", "x/y",
        "a\\b", "<a>", "data.manifest", "\u{7f}", "\u{ffff}z",
    ]
    .map(str::to_owned)
    .into();
    keys.push(long);
    keys.sort_unstable();
    keys
}

#[test]
fn every_odd_key_is_copied_between_buckets_and_listed_as_it_is() {
    let ground = Ground::on(radosgw(), radosgw());
    for key in odd() {
        write(&*ground.lower, &key, if key.ends_with('/') { b"" } else { key.as_bytes() });
    }
    assert_eq!(keys(&*ground.lower), odd());
    let outcomes = ground.steps(Step::Carry, &list(&*ground.lower).0);
    for (key, outcome) in odd().iter().zip(&outcomes) {
        assert!(matches!(outcome, Outcome::Done(_)), "{key:?}: {outcome:?}");
    }
    assert_eq!(keys(&*ground.upper), odd());
    for key in odd().iter().filter(|key| !key.ends_with('/')) {
        assert_eq!(read(&*ground.upper, key), key.as_bytes(), "{key:?}");
    }
}

#[test]
fn odd_keys_pass_through_this_process_to_another_service_as_they_are() {
    let ground = Ground::on(versitygw(), radosgw());
    let plain = |key: &String| {
        !key.contains("//") && !key.contains("..") && !key.starts_with('/') && key.len() < 256
            && key != "." && key != "x" && !key.contains('\u{ffff}')
    };
    let names: Vec<String> = odd().into_iter().filter(plain).collect();
    assert!(names.len() > 15);
    names.iter().for_each(|key| write(&*ground.lower, key, if key.ends_with('/') { b"" } else { key.as_bytes() }));
    let outcomes = ground.steps(Step::Carry, &list(&*ground.lower).0);
    assert!(outcomes.iter().all(Outcome::is_good), "{outcomes:?}");
    assert_eq!(keys(&*ground.upper), names);
}

#[test]
fn what_a_tree_cannot_hold_is_listed_and_refused_one_by_one() {
    let folder = Folder::on(radosgw());
    let objects = folder.open(Form::Objects);
    for key in ["good", "/lead", "a//b", "up/../down", "full/", "empty/"] {
        write(&*objects, key, if key == "empty/" { b"" } else { b"content" });
    }
    let top = tempfile::tempdir().expect("a directory");
    let inside = top.path().join("inside");
    std::fs::create_dir(&inside).expect("a directory");
    let (lower, upper) = (folder.open(Form::Tree), boatlift_stores::PosixStore::open(&inside));
    let upper = upper.expect("a store");
    let items: Vec<Item> = list(&*lower).0;
    let names: Vec<_> = items.iter().map(|item| item.key.to_string()).collect();
    assert_eq!(names, ["/lead", "a//b", "empty/", "full/", "good", "up/../down"]);
    let lane = boatlift_engine::transfer::lane(lower, upper);
    let outcomes = steps(&*lane, Step::Carry, &items, &Free);
    let code = |outcome: &Outcome| match outcome {
        Outcome::Failed(error) => Some(error.code),
        _ => None,
    };
    let codes: Vec<_> = outcomes.iter().map(code).collect();
    let (escapes, unsupported) = (Some(Code::KeyEscapes), Some(Code::Unsupported));
    assert_eq!(codes, [escapes, escapes, None, unsupported, None, escapes], "{outcomes:?}");
    let beside: Vec<_> = std::fs::read_dir(top.path()).expect("names").collect();
    assert_eq!(beside.len(), 1, "nothing is written outside of the root");
    assert_eq!(std::fs::read_dir(&inside).expect("names").count(), 2);
}

#[test]
fn a_key_that_no_object_can_have_is_not_there() {
    let store = Folder::on(versitygw()).open(Form::Tree);
    for key in [&b"\xff"[..], &[b'n'; 1024]] {
        assert_eq!(store.look(Key::new(key), Detail::Basic), Ok(None));
        assert_eq!(store.read(Key::new(key)).map(drop).map_err(|error| error.code), Err(Code::Unsupported));
    }
}
