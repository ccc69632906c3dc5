//! Large objects: sent and copied by parts, and what is left of them after a failure.

use crate::ground::{Folder, Ground, bytes, read, write};
use crate::servers::{radosgw, versitygw};
use boatlift_aws::s3::{Form, S3Options};
use boatlift_core::lane::Step;
use boatlift_core::store::Detail;
use boatlift_core::{Facets, Key, Kind, Outcome, Proof, Store, Timestamp};
use boatlift_testkit::services::s3::S3Endpoint;
use std::io::Read;

const MIB: usize = 1 << 20;

fn small_parts() -> S3Options {
    S3Options { part_mib: 5, copy_part_mib: 5, copy_parts_above_mib: 6, ..S3Options::default() }
}

/// The id of an upload, as the server told it when it began.
fn id_of(begun: &str) -> String {
    let after = begun.split("<UploadId>").nth(1).expect("an id");
    after.split('<').next().expect("its end").to_owned()
}

/// The uploads that a bucket has open, as the server tells them to `curl`.
fn open_uploads(server: &S3Endpoint, bucket: &str) -> usize {
    let told = server.call(&server.owner, "GET", &format!("{bucket}?uploads="), None);
    told.expect("a list").matches("<UploadId>").count()
}

fn a_large_object_arrives(lower: &'static S3Endpoint, upper: &'static S3Endpoint) -> Option<Proof> {
    let ground = Ground::with(lower, upper, small_parts());
    let content = bytes(21 * MIB + 3);
    write(&*ground.lower, "large", &content);
    let outcome = ground.step_now(Step::Carry, "large");
    assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
    assert!(read(&*ground.upper, "large") == content);
    assert!(matches!(ground.step_now(Step::Look, "large"), Outcome::Done(_)));
    let bucket = ground.upper.bucket();
    assert_eq!(open_uploads(upper, &bucket.url().bucket), 0);
    let notes =
        upper.call(&upper.owner, "GET", &format!("{}?list-type=2", bucket.url().bucket), None);
    assert!(!notes.expect("a list").contains(".boatlift"), "a record is left");
    outcome.receipt().map(|receipt| receipt.proof)
}

#[test]
fn versitygw_copies_a_large_object_by_parts_and_proves_it_by_its_checksum() {
    assert_eq!(a_large_object_arrives(versitygw(), versitygw()), Some(Proof::Stored));
}

#[test]
fn radosgw_copies_a_large_object_by_parts_and_proves_nothing() {
    assert_eq!(a_large_object_arrives(radosgw(), radosgw()), Some(Proof::Claimed));
}

#[test]
fn a_large_object_passes_through_here_by_parts_and_is_hashed() {
    assert_eq!(a_large_object_arrives(versitygw(), radosgw()), Some(Proof::Carried));
    assert_eq!(a_large_object_arrives(radosgw(), versitygw()), Some(Proof::Carried));
}

#[test]
fn a_write_by_parts_that_fails_leaves_nothing() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the source broke"))
        }
    }
    for server in [versitygw(), radosgw()] {
        let folder = Folder::on(server);
        let store = folder.open_with(Form::Tree, small_parts());
        let content = bytes(11 * MIB);
        let facets = Facets { size: Some(20 * MIB as u64), ..Facets::of(Kind::File) };
        let mut body = content.as_slice().chain(Broken);
        assert!(store.write(Key::new(b"a"), &facets, &mut body).is_err());
        assert!(store.write(Key::new(b"a"), &facets, &mut &*content).is_err(), "too short");
        assert_eq!(open_uploads(server, &folder.bucket), 0);
        assert_eq!(store.look(Key::new(b"a"), Detail::Basic), Ok(None));
    }
}

#[test]
fn an_upload_that_a_crash_left_is_aborted_by_its_record_and_no_other_is() {
    for server in [versitygw(), radosgw()] {
        let folder = Folder::on(server);
        let store = folder.open(Form::Objects);
        let begin = |key: &str| {
            let path = format!("{}/top/folder/{key}?uploads=", folder.bucket);
            server.call(&server.owner, "POST", &path, None).expect("an upload")
        };
        begin("ours");
        let ours = id_of(&begin("ours"));
        begin("theirs");
        let hash = blake3::hash(b"top/folder/ours").to_hex();
        let note = format!("{ours}\ntop/folder/ours");
        write(&*store, &format!(".boatlift/uploads/{}", &hash[..32]), note.as_bytes());
        assert_eq!(open_uploads(server, &folder.bucket), 3);
        store.write_mark(Some(b"mark")).expect("a mark");
        let path = format!("{}?uploads=", folder.bucket);
        let left = server.call(&server.owner, "GET", &path, None).expect("uploads");
        assert!(!left.contains(&ours), "{left}");
        assert_eq!(open_uploads(server, &folder.bucket), 2, "those of others stay");
        store.write_mark(None).expect("no mark");
        assert!(store.facts().expect("facts").is_empty);
    }
}

#[test]
fn an_upload_that_a_crash_left_is_aborted_when_its_key_is_written_again_large_or_small() {
    for (server, mib) in [(versitygw(), 6), (versitygw(), 0), (radosgw(), 6), (radosgw(), 0)] {
        let folder = Folder::on(server);
        let begin = |key: &str| {
            let path = format!("{}/top/folder/{key}?uploads=", folder.bucket);
            server.call(&server.owner, "POST", &path, None).expect("an upload")
        };
        let hash = blake3::hash(b"top/folder/day=1/ours").to_hex();
        let record = format!(".boatlift/uploads/{}", &hash[..32]);
        // Of a run that died before it learned the upload's id.
        write(&*folder.open(Form::Objects), &record, b"\ntop/folder/day=1/ours");
        begin("day%3D1/ours");
        begin("day%3D1/another");
        let store = folder.open_with(Form::Tree, small_parts());
        let content = bytes(mib * MIB + 1);
        let size = Some(content.len() as u64);
        let facets = Facets { size, ..Facets::of(Kind::File) };
        store.write(Key::new(b"day=1/else"), &facets, &mut &*content).expect("it is written");
        assert_eq!(open_uploads(server, &folder.bucket), 2, "of a key that is not written");
        store.write(Key::new(b"day=1/ours"), &facets, &mut &*content).expect("it is written");
        assert_eq!(open_uploads(server, &folder.bucket), 1, "{mib} MiB");
    }
}

#[test]
fn what_is_written_beside_a_large_object_is_copied_with_its_parts() {
    for server in [versitygw(), radosgw()] {
        let ground = Ground::with(server, server, small_parts());
        let tree = |store: &boatlift_aws::s3::S3Store| {
            let bucket = store.bucket().url().bucket.clone();
            Folder { server, bucket }.open(Form::Tree)
        };
        let content = bytes(12 * MIB);
        let mtime = Some(Timestamp { seconds: 1_000_000_000, nanoseconds: 5 });
        let size = Some(content.len() as u64);
        let facets = Facets { size, mtime, mode: Some(0o750), ..Facets::of(Kind::File) };
        let key = Key::new(b"large");
        tree(&ground.lower).write(key, &facets, &mut &*content).expect("it is written");
        let outcome = ground.step_now(Step::Carry, "large");
        assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
        let look = tree(&ground.upper).look(key, Detail::Basic).expect("a look").expect("there");
        let told = crate::ground::facets(&look).decode();
        assert_eq!((told.size, told.mtime, told.mode), (size, mtime, Some(0o750)));
    }
}
