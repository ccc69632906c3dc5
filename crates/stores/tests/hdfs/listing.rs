//! Listings: order, filters, holes, our own names.

use crate::clusters::new;
use crate::ground::{Directory, facets, keys, list, write};
use boatlift_core::lane::{Pace, Stopped};
use boatlift_core::store::{Detail, ListRequest};
use boatlift_core::{Code, Filter, Key, Side, Store};
use std::sync::Arc;

#[test]
fn a_directory_that_may_not_be_read_is_a_hole() {
    let directory = Directory::on(new());
    let root = directory.open();
    for key in ["a", "secret/x", "z/y"] {
        write(&*root, key, b"");
    }
    for path in ["", "z"] {
        let path = directory.at(path).trim_end_matches('/').to_owned();
        directory.ask(directory.admin.set_permission(&path, 0o755)).expect("a mode");
    }
    directory.ask(directory.admin.set_permission(&directory.at("secret"), 0o700)).expect("a mode");
    let (items, holes) = list(&*directory.open_as("stranger"), Filter::default(), Detail::Basic);
    assert_eq!(keys(&items), ["a", "secret/", "z/", "z/y"]);
    let [hole] = &holes[..] else { panic!("{holes:?}") };
    assert_eq!(
        (hole.under.to_string().as_str(), hole.error.code),
        ("secret/", Code::ListingFailed)
    );
    assert!(hole.error.to_string().contains("Permission denied"), "{}", hole.error);
}

#[test]
fn what_is_left_out_is_not_walked_into() {
    let directory = Directory::on(new());
    let store = directory.open();
    for key in ["cache/x", "data/x", "data/x.tmp", "z"] {
        write(&*store, key, b"");
    }
    let filter = Filter::new(&["- cache/".to_owned(), "- *.tmp".to_owned()]).expect("a filter");
    let (items, holes) = list(&*store, filter, Detail::Basic);
    assert_eq!(keys(&items), ["data/", "data/x", "z"]);
    assert_eq!(holes, []);
}

#[test]
fn our_own_names_are_not_listed() {
    let directory = Directory::on(new());
    let store = directory.open();
    store.write_mark(Some(b"mark")).expect("a mark");
    write(&*store, "a/.boatlift-tmp-0123456789abcdef", b"left");
    write(&*store, "a/.boatlift/x", b"a user's own");
    let (items, _) = list(&*store, Filter::default(), Detail::Basic);
    assert_eq!(keys(&items), ["a/", "a/.boatlift/", "a/.boatlift/x"]);
}

#[test]
fn a_deep_and_wide_tree_is_listed_in_order_and_every_item_looks_alike() {
    let directory = Directory::on(new());
    let store = directory.open();
    for number in 0..60 {
        write(&*store, &format!("d{:02}/e{}/f{number}", number % 20, number % 3), b"x");
    }
    for detail in [Detail::Basic, Detail::Attributes] {
        let (items, holes) = list(&*store, Filter::default(), detail);
        assert_eq!((items.len(), holes.len()), (20 + 60 + 60, 0));
        for item in items {
            let look = store.look(item.key.as_key(), detail).expect("a look");
            assert_eq!(look, item.lower, "{}", item.key);
            let asked = facets(&look.expect("there")).decode().attributes.is_some();
            assert_eq!(asked, detail == Detail::Attributes);
        }
    }
}

#[test]
fn a_stopped_listing_says_so() {
    struct Stop;
    impl Pace for Stop {
        fn spend(&self, _: Side, _: u64, _: u64) -> Result<(), Stopped> {
            Err(Stopped)
        }
    }
    let directory = Directory::on(new());
    let request = ListRequest {
        filter: Arc::new(Filter::default()),
        detail: Detail::Basic,
        side: Side::Upper,
    };
    let mut listing = directory.open().list(request).expect("a listing");
    let error = listing.next(&Stop).expect_err("stopped");
    assert_eq!(error.code, Code::Interrupted);
}

#[test]
fn a_root_tells_who_may_set_owners_and_where_it_lies() {
    let directory = Directory::on(new());
    let facts = directory.open().facts().expect("facts");
    assert!(facts.sets_owners && facts.is_empty);
    assert_eq!(facts.resolved, directory.url());
    let above = directory.url().rsplit_once('/').map(|(above, _)| above.to_owned());
    assert_eq!(facts.ancestry.get(1), above.as_ref());
    assert_eq!(facts.ancestry.len(), 3, "{:?}", facts.ancestry);
    let stranger = directory.open_as("stranger");
    assert!(!stranger.facts().expect("facts").sets_owners);
    let error = stranger.prove_writable().expect_err("not theirs");
    assert_eq!(error.code, Code::RootUnwritable);
    let look = stranger.look(Key::new(b"x"), Detail::Basic);
    assert_eq!(look, Ok(None));
}
