//! Names that HDFS does not take: each is a failure of one item, and told in words.

use crate::clusters::new;
use crate::ground::{Directory, Item, facets, lane, read, steps, write};
use boatlift_core::lane::Step;
use boatlift_core::store::Detail;
use boatlift_core::{Code, Facets, Key, KeyBuf, Kind, Outcome, Retry, Store};
use boatlift_stores::PosixStore;
use std::os::unix::ffi::OsStrExt;

/// Below a name of 256 bytes `fs-limits.max-component-length` begins to refuse.
const REFUSED: [&[u8]; 4] = [b"\xff", b"a:b", b".snapshot", &[b'n'; 256]];

#[test]
fn a_refused_name_is_not_there_and_cannot_be_written() {
    let directory = Directory::on(new());
    let store = directory.open();
    for name in REFUSED {
        let key = Key::new(name);
        let file = Facets { size: Some(0), ..Facets::of(Kind::File) };
        let error = store.write(key, &file, &mut std::io::empty()).expect_err("refused");
        assert_eq!((error.code, error.retry), (Code::Unsupported, Retry::Never), "{error}");
        assert_eq!(store.look(key, Detail::Basic), Ok(None), "{key}");
    }
    assert_eq!(directory.names(""), [""; 0]);
}

#[test]
fn refused_names_of_a_local_tree_fail_alone() {
    let top = tempfile::tempdir().expect("a directory");
    let names = [b"a:b".as_slice(), b"good", b"\xff"];
    for name in names {
        std::fs::write(top.path().join(std::ffi::OsStr::from_bytes(name)), name).expect("a file");
    }
    let (lower, upper) = (PosixStore::open(top.path()).expect("a store"), Directory::on(new()));
    let items = names.map(|name| {
        let key = KeyBuf(name.to_vec());
        let seen = lower.look(key.as_key(), Detail::Basic).expect("a look");
        Item { lower: seen, key, ..Item::default() }
    });
    let outcomes = steps(&*lane(lower, upper.open()), Step::Carry, &items, &crate::ground::Free);
    let code = |outcome: &Outcome| match outcome {
        Outcome::Failed(error) => Some(error.code),
        _ => None,
    };
    let codes: Vec<_> = outcomes.iter().map(code).collect();
    assert_eq!(codes, [Some(Code::Unsupported), None, Some(Code::Unsupported)], "{outcomes:?}");
    assert_eq!(upper.names(""), ["good"]);
    assert_eq!(read(&*upper.open(), "good"), b"good");
}

#[test]
fn what_hdfs_does_not_have_is_told_by_kind() {
    let top = tempfile::tempdir().expect("a directory");
    std::os::unix::fs::symlink("nowhere", top.path().join("link")).expect("a link");
    drop(std::os::unix::net::UnixListener::bind(top.path().join("socket")).expect("a socket"));
    let (lower, upper) = (PosixStore::open(top.path()).expect("a store"), Directory::on(new()));
    let items = ["link", "socket"].map(|name| crate::ground::item(&*lower, &*upper.open(), name));
    let outcomes = steps(&*lane(lower, upper.open()), Step::Carry, &items, &crate::ground::Free);
    let Outcome::Failed(error) = &outcomes[0] else { panic!("{outcomes:?}") };
    assert_eq!(error.code, Code::Unsupported);
    assert!(matches!(&outcomes[1], Outcome::Skipped(why) if why.contains("socket")));
    assert_eq!(upper.names(""), [""; 0]);
}

#[test]
fn a_percent_sign_is_a_character() {
    let directory = Directory::on(new());
    let store = directory.open();
    for name in ["a%20b", "a b", "a?b#c", "+"] {
        write(&*store, name, name.as_bytes());
    }
    assert_eq!(directory.names(""), ["+", "a b", "a%20b", "a?b#c"]);
    let look = store.look(Key::new(b"a%20b"), Detail::Basic).expect("a look").expect("there");
    assert_eq!(facets(&look).size(), Some(5));
}
