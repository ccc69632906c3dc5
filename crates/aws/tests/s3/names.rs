//! Keys that no file system has: exact between buckets, refused one by one in a tree.

use crate::ground::{Folder, Ground, keys, list, read, write};
use crate::servers::{radosgw, versitygw};
use boatlift_aws::s3::Form;
use boatlift_core::lane::Step;
use boatlift_core::store::Detail;
use boatlift_core::{Code, Key, Outcome, Store};

/// What facts say of odd keys, in the order of their bytes.
fn odd() -> Vec<String> {
    let long = "k".repeat(1024 - "top/folder/".len());
    let mut keys: Vec<String> = [
        "a b",
        "a+b",
        "100%",
        "a%2Fb",
        "a?b=c",
        "a#b",
        "a&b",
        "a'b\"c",
        "a\tb",
        "a\nb",
        "/lead",
        "a//b",
        "//",
        "up/../down",
        "..",
        ".",
        "folder/",
        "🚀/x",
        "\u{e9}",
        "e\u{301}",
        "x",
        "x/y",
        "a\\b",
        "<a>",
        "data.manifest",
        "\u{7f}",
        "\u{ffff}z",
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
fn the_versions_of_odd_keys_are_found() {
    let ground = Ground::on(radosgw(), radosgw());
    let bucket = ground.lower.bucket();
    for key in ["a\tb", "a\nb", "a%2Fb", "a+b", "<a>", "\u{1}"] {
        write(&*ground.lower, key, key.as_bytes());
        let whole = format!("{}{key}", bucket.url().prefix);
        let found = bucket.run(bucket.versions(&whole));
        assert_eq!(found.map(|found| found.len()), Ok(1), "{key:?}");
    }
}

#[test]
fn odd_keys_pass_through_this_process_to_another_service_as_they_are() {
    let ground = Ground::on(versitygw(), radosgw());
    let plain = |key: &String| {
        !key.contains("//")
            && !key.contains("..")
            && !key.starts_with('/')
            && key.len() < 256
            && key != "."
            && key != "x"
            && !key.contains('\u{ffff}')
    };
    let names: Vec<String> = odd().into_iter().filter(plain).collect();
    assert!(names.len() > 15);
    names.iter().for_each(|key| {
        write(&*ground.lower, key, if key.ends_with('/') { b"" } else { key.as_bytes() })
    });
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
    let tree = folder.open(Form::Tree);
    let codes: Vec<_> = list(&*tree)
        .0
        .iter()
        .map(|item| {
            let key = item.key.as_key();
            let looked = tree.look(key, Detail::Basic).map(drop).map_err(|error| error.code);
            (item.key.to_string(), looked)
        })
        .collect();
    let expected = [
        ("/lead", Err(Code::KeyEscapes)),
        ("a//b", Err(Code::KeyEscapes)),
        ("empty/", Ok(())),
        ("full/", Err(Code::Unsupported)),
        ("good", Ok(())),
        ("up/../down", Err(Code::KeyEscapes)),
    ];
    assert_eq!(codes, expected.map(|(key, looked)| (key.to_owned(), looked)));
}

#[test]
fn a_key_that_no_object_can_have_is_not_there() {
    let store = Folder::on(versitygw()).open(Form::Tree);
    for key in [&b"\xff"[..], &[b'n'; 1024]] {
        assert_eq!(store.look(Key::new(key), Detail::Basic), Ok(None));
        assert_eq!(
            store.read(Key::new(key)).map(drop).map_err(|error| error.code),
            Err(Code::Unsupported)
        );
    }
}
