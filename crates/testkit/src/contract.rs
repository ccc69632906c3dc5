//! The contract of stores: what every implementer of [`Store`] does, against a real one.
//!
//! A store passes it with an empty root per call of `make`. What only some systems have
//! (owners, links, attributes) is not asked here.

use boatlift_core::lane::{Pace, Stopped};
use boatlift_core::store::{Detail, ListRequest, Listed};
use boatlift_core::{
    Code, Digest, Facets, FacetsRef, Filter, Key, KeyBuf, Kind, Side, Store, Timestamp,
};
use std::io::Read;
use std::sync::Arc;

/// Runs every check, each on a store of its own.
///
/// # Panics
/// When the store breaks the contract.
pub fn store_contract(make: &dyn Fn() -> Arc<dyn Store>) {
    an_empty_root_says_so(&*make());
    what_is_written_is_read_listed_and_looked_at_alike(&*make());
    hostile_names_are_kept(&*make());
    keys_come_in_order(&*make());
    a_listing_of_many_pages_is_complete(&*make());
    empty_directories_are_items(&*make());
    writing_again_changes_nothing(&*make());
    a_failed_write_leaves_the_old(&*make());
    replacing_is_atomic(&make());
    removing_asks_what_was_expected(&*make());
    a_directory_is_removed_only_when_empty(&*make());
    keys_that_leave_the_root_are_refused(&*make());
    the_mark_comes_and_goes(&*make());
}

struct Free;

impl Pace for Free {
    fn spend(&self, _: Side, _: u64, _: u64) -> Result<(), Stopped> {
        Ok(())
    }
}

/// Facets of a file of `size` bytes, with a time that no clock will give it by itself.
fn file(size: usize) -> Facets<'static> {
    Facets {
        size: Some(size as u64),
        mtime: Some(Timestamp { seconds: 1_234_567_890, nanoseconds: 0 }),
        ..Facets::of(Kind::File)
    }
}

fn write(store: &dyn Store, key: &[u8], content: &[u8]) -> Digest {
    let written = store.write(Key::new(key), &file(content.len()), &mut &content[..]);
    written.unwrap_or_else(|error| panic!("{error}"))
}

fn read(store: &dyn Store, key: &[u8]) -> Vec<u8> {
    let mut content = store.read(Key::new(key)).unwrap_or_else(|error| panic!("{error}"));
    let mut bytes = Vec::new();
    content.body.read_to_end(&mut bytes).expect("the content can be read");
    let size = FacetsRef::checked(&content.facets).expect("well-formed facets").size();
    assert_eq!(size, Some(bytes.len() as u64), "the facets are of the content that was opened");
    bytes
}

fn look(store: &dyn Store, key: &[u8]) -> Option<Vec<u8>> {
    store.look(Key::new(key), Detail::Basic).unwrap_or_else(|error| panic!("{error}"))
}

fn list(store: &dyn Store) -> Vec<(KeyBuf, Vec<u8>)> {
    let request = ListRequest {
        filter: Arc::new(Filter::default()),
        detail: Detail::Basic,
        side: Side::Lower,
    };
    let mut listing = store.list(request).expect("a listing");
    let mut found = Vec::new();
    while let Some(listed) = listing.next(&Free).expect("a step of the listing") {
        match listed {
            Listed::Hole(hole) => panic!("a hole under {}: {}", hole.under, hole.error),
            Listed::Page(page) => found.extend(page.iter().map(|entry| {
                let lower = entry.lower.expect("an entry speaks of the side that was asked for");
                assert_eq!(entry.upper, None);
                (entry.key.to_owned(), lower.as_bytes().to_vec())
            })),
        }
    }
    found
}

fn keys(store: &dyn Store) -> Vec<Vec<u8>> {
    list(store).into_iter().map(|(key, _)| key.0).collect()
}

fn an_empty_root_says_so(store: &dyn Store) {
    assert!(store.facts().expect("facts").is_empty);
    store.prove_writable().expect("it can be written");
    assert_eq!(keys(store), [b""; 0], "the proof leaves nothing");
    assert!(store.facts().expect("facts").is_empty);
    write(store, b"a", b"");
    assert!(!store.facts().expect("facts").is_empty);
}

fn what_is_written_is_read_listed_and_looked_at_alike(store: &dyn Store) {
    for (key, content) in [(&b"a/b"[..], &b"content"[..]), (b"empty", b"")] {
        let digest = write(store, key, content);
        assert_eq!(read(store, key), content);
        write(store, key, content);
        assert_eq!(write(store, key, content), digest, "a digest is of the content alone");
    }
    for (key, listed) in list(store) {
        assert_eq!(look(store, &key.0), Some(listed.clone()), "{key}");
        let told = FacetsRef::checked(&listed).expect("well-formed facets").decode();
        assert_eq!(told.kind == Kind::Directory, key.as_key().is_directory());
        if told.kind == Kind::File {
            assert_eq!(told.mtime, file(0).mtime, "{key}");
        }
    }
    assert_eq!(look(store, b"missing"), None);
    assert_eq!(look(store, b"empty/"), None, "a file is not there as a directory");
    assert_eq!(look(store, b"a"), None, "a directory is not there as a file");
    assert!(store.read(Key::new(b"missing")).is_err());
    store.flush().expect("a flush");
}

fn hostile_names_are_kept(store: &dyn Store) {
    let long = [b'n'; 255];
    let names: [&[u8]; 9] = [
        b"\xff\xfe",
        b"new\nline",
        b"-rf",
        b" ",
        b"...",
        b"quote'\"\\",
        b"*?[a]",
        "é\u{7f}".as_bytes(),
        &long,
    ];
    for name in names {
        write(store, name, name);
        write(store, &[b"d/", name].concat(), name);
    }
    for name in names {
        assert_eq!(read(store, name), name);
        assert_eq!(read(store, &[b"d/", name].concat()), name);
    }
    assert_eq!(keys(store).len(), 2 * names.len() + 1);
}

fn keys_come_in_order(store: &dyn Store) {
    for key in [&b"a/x"[..], b"a-b", b"a.c/y", b"a0", b"b", b"\x01", b"\xff", b"Z"] {
        write(store, key, b"");
    }
    let found = keys(store);
    assert!(found.is_sorted(), "{found:?}");
    let expected: [&[u8]; 10] =
        [b"\x01", b"Z", b"a-b", b"a.c/", b"a.c/y", b"a/", b"a/x", b"a0", b"b", b"\xff"];
    assert_eq!(found, expected);
}

fn a_listing_of_many_pages_is_complete(store: &dyn Store) {
    let count = boatlift_core::page::PAGE_ITEMS + 100;
    for number in 0..count {
        write(store, format!("{}/{number:05}", number % 7).as_bytes(), b"");
    }
    let found = keys(store);
    assert!(found.is_sorted());
    assert_eq!(found.len(), count + 7);
}

fn empty_directories_are_items(store: &dyn Store) {
    let directory = Facets::of(Kind::Directory);
    let made = store.write(Key::new(b"d/e/"), &directory, &mut std::io::empty());
    made.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(keys(store), [&b"d/"[..], b"d/e/"]);
}

fn writing_again_changes_nothing(store: &dyn Store) {
    write(store, b"a", b"content");
    let comparable = |encoded: Vec<u8>| {
        let told = FacetsRef::checked(&encoded).expect("well-formed facets").decode();
        (told.kind, told.size, told.mtime, told.mode, told.owner)
    };
    let before = look(store, b"a").map(comparable);
    write(store, b"a", b"content");
    assert_eq!(look(store, b"a").map(comparable), before);
    assert_eq!(keys(store), [b"a"]);
}

fn a_failed_write_leaves_the_old(store: &dyn Store) {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the source broke"))
        }
    }
    write(store, b"a", b"old");
    let mut body = b"new, and ".chain(Broken);
    assert!(store.write(Key::new(b"a"), &file(20), &mut body).is_err());
    let short = store.write(Key::new(b"a"), &file(20), &mut &b"too short"[..]);
    assert!(short.is_err(), "a body that is not as long as promised is no success");
    assert_eq!(read(store, b"a"), b"old");
    assert_eq!(keys(store), [b"a"], "nothing else is left");
}

fn replacing_is_atomic(store: &Arc<dyn Store>) {
    const SIZE: usize = 300_000;
    write(&**store, b"a", &[b'a'; SIZE]);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for letter in b'b'..b'm' {
                write(&**store, b"a", &[letter; SIZE]);
            }
        });
        while !writer.is_finished() {
            let bytes = read(&**store, b"a");
            assert_eq!(bytes.len(), SIZE);
            assert!(bytes.iter().all(|byte| *byte == bytes[0]), "a part was seen");
        }
        writer.join().expect("every write");
    });
}

fn removing_asks_what_was_expected(store: &dyn Store) {
    let remove = |key: &[u8], expected: &[u8]| {
        let expected = FacetsRef::checked(expected).expect("well-formed facets");
        store.remove(Key::new(key), expected).map_err(|error| error.code)
    };
    write(store, b"a", b"then");
    let then = look(store, b"a").expect("it is there");
    write(store, b"a", b"and since");
    assert_eq!(remove(b"a", &then), Err(Code::RemoveFailed));
    assert_eq!(read(store, b"a"), b"and since");
    let now = look(store, b"a").expect("it is there");
    assert_eq!(remove(b"a", &now), Ok(()));
    assert_eq!(remove(b"a", &now), Ok(()), "what is not there is removed");
    assert_eq!(remove(b"no/such/place", &now), Ok(()));
    assert_eq!(look(store, b"a"), None);
}

fn a_directory_is_removed_only_when_empty(store: &dyn Store) {
    write(store, b"d/a", b"");
    let (directory, inside) = (look(store, b"d/"), look(store, b"d/a"));
    let (directory, inside) = (directory.expect("it is there"), inside.expect("it is there"));
    let expected = |bytes| FacetsRef::checked(bytes).expect("well-formed facets");
    assert!(store.remove(Key::new(b"d/"), expected(&directory)).is_err());
    assert_eq!(keys(store), [&b"d/"[..], b"d/a"]);
    assert_eq!(store.remove(Key::new(b"d/a"), expected(&inside)), Ok(()));
    assert_eq!(store.remove(Key::new(b"d/"), expected(&directory)), Ok(()));
    assert_eq!(keys(store), [b""; 0]);
}

fn keys_that_leave_the_root_are_refused(store: &dyn Store) {
    for key in [&b"../a"[..], b"/a", b"a/../../b", b"..", b"", b"a//b", b"a\0b"] {
        let key = Key::new(key);
        let code = |error: boatlift_core::Error| error.code;
        let written = store.write(key, &file(0), &mut std::io::empty()).map_err(code);
        assert_eq!(written, Err(Code::KeyEscapes), "{key}");
        assert_eq!(store.read(key).map(drop).map_err(code), Err(Code::KeyEscapes), "{key}");
        let looked = store.look(key, Detail::Basic).map_err(code);
        assert_eq!(looked, Err(Code::KeyEscapes), "{key}");
    }
}

fn the_mark_comes_and_goes(store: &dyn Store) {
    let mark = || store.read_mark().expect("the mark can be read");
    assert_eq!(mark(), None);
    for content in [&b"first"[..], b"second, and longer", b""] {
        store.write_mark(Some(content)).expect("a mark");
        assert_eq!(mark().as_deref(), Some(content));
    }
    assert_eq!(keys(store), [b""; 0], "no inventory lists it");
    assert!(store.facts().expect("facts").is_empty);
    for _ in 0..2 {
        store.write_mark(None).expect("it can be removed");
        assert_eq!(mark(), None);
    }
}
