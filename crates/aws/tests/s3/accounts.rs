//! Whose buckets and which keys: servers that refuse others. That the requester pays no server
//! of the tests looks at: only its header is proved, in `faults.rs`.

use crate::ground::{Folder, keys, read};
use crate::servers::{radosgw, versitygw};
use boatlift_aws::s3::{Bucket, Dress, Encryption, Form, S3Options};
use boatlift_testkit::services::radosgw::KEY_ID;

#[test]
fn a_bucket_of_another_owner_than_the_expected_is_neither_read_nor_written() {
    let server = versitygw();
    let folder = Folder::on(server);
    let as_of = |owner: &str| {
        let expected_bucket_owner = Some(owner.to_owned());
        let options = S3Options { expected_bucket_owner, ..S3Options::default() };
        let options = folder.options_as(&server.owner, options);
        Bucket::new(folder.url(), &options).expect("a client")
    };
    let write = |bucket: &Bucket, key: &str| {
        bucket.run(bucket.write(key, &Dress::default(), "content".into()))
    };
    let (ours, strange) = (as_of(&server.owner.access_key), as_of("SOMEBODYELSE"));
    write(&ours, "top/folder/a").unwrap_or_else(|refusal| panic!("{refusal:?}"));
    let refusal = write(&strange, "top/folder/b").expect_err("another's");
    assert!(refusal.is_denied(), "{refusal:?}");
    let refusal = strange.run(strange.head("top/folder/a", None)).expect_err("another's");
    assert!(refusal.is_denied(), "{refusal:?}");
    assert_eq!(keys(&*folder.open(Form::Objects)), ["a"]);
}

#[test]
fn a_key_that_the_key_service_does_not_know_encrypts_nothing() {
    let folder = Folder::on(radosgw());
    let write = |key: &str, name: &str| {
        let encryption = Some(Encryption::Kms(key.to_owned()));
        let store =
            folder.open_with(Form::Objects, S3Options { encryption, ..S3Options::default() });
        let bucket = store.bucket();
        bucket.run(bucket.write(&format!("top/folder/{name}"), &Dress::default(), "content".into()))
    };
    write(KEY_ID, "a").unwrap_or_else(|refusal| panic!("{refusal:?}"));
    let refusal = write("nobody-s-key", "b").expect_err("there is no such key");
    assert!(!refusal.is_missing() && refusal.status.is_some(), "{refusal:?}");
    let store = folder.open(Form::Objects);
    assert_eq!((keys(&*store), read(&*store, "a")), (vec!["a".to_owned()], b"content".to_vec()));
}
