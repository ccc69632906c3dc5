//! Listings of many keys, in ranges at the same time.

use crate::ground::{Folder, keys, write};
use crate::servers::{radosgw, versitygw};
use boatlift_aws::s3::Form;
use boatlift_core::Store;
use boatlift_testkit::services::s3::S3Endpoint;
use std::sync::Arc;

/// More than a few pages of a server.
const MANY: usize = 6_500;

fn many(server: &'static S3Endpoint, name: impl Fn(usize) -> String + Sync) {
    let store = Folder::on(server).open(Form::Objects);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (store, name) = (Arc::clone(&store), &name);
            scope.spawn(move || {
                (thread..MANY).step_by(8).for_each(|number| write(&*store, &name(number), b""));
            });
        }
    });
    let mut expected: Vec<String> = (0..MANY).map(name).collect();
    expected.sort_unstable();
    assert!(keys(&*store) == expected, "a key is missing, doubled or out of place");
}

#[test]
fn a_flat_folder_is_listed_whole_and_in_order() {
    many(versitygw(), |number| format!("part-{number:05}"));
}

#[test]
fn hashed_names_and_names_above_ascii_are_listed_whole_and_in_order() {
    many(radosgw(), |number| {
        let hash = blake3::hash(&number.to_le_bytes()).to_hex();
        let letter = char::from_u32(0x20 + (number as u32 % 900) * 7).unwrap_or('é');
        format!("{letter}{}", &hash[..12])
    });
}

#[test]
fn many_small_folders_are_listed_whole_and_in_order() {
    many(versitygw(), |number| format!("a/year={}/day={:03}/{number}", number % 3, number % 211));
}

#[test]
fn a_listing_that_is_given_up_ends() {
    let store = Folder::on(versitygw()).open(Form::Objects);
    write(&*store, "a", b"");
    let request = boatlift_core::store::ListRequest {
        filter: Arc::default(),
        detail: boatlift_core::store::Detail::Basic,
        side: boatlift_core::Side::Upper,
    };
    drop(store.list(request).expect("a listing"));
}
