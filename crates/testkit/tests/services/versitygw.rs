//! Versity's gateway is an S3 server with versions and two users.

use crate::odd_keys::failed;
use boatlift_testkit::judges::aws::{Question, ask};
use boatlift_testkit::services::s3::S3Endpoint;
use boatlift_testkit::services::versitygw::{Versions, Versitygw, VersitygwOptions};
use serde_json::json;

/// Puts an object as the owner.
fn put(endpoint: &S3Endpoint, path: &str, content: &str) {
    endpoint.call(&endpoint.owner, "PUT", path, Some(content)).expect("it is put");
}

#[test]
fn what_is_put_is_got_by_the_owner_and_not_by_the_other_until_a_policy_says_so() {
    let gateway = Versitygw::start(&VersitygwOptions::default()).expect("it starts");
    let endpoint = gateway.endpoint();
    endpoint.make_bucket("lower").expect("a bucket");
    put(endpoint, "lower/day%3D1/part%200", "content");
    let get = |user| endpoint.call(user, "GET", "lower/day%3D1/part%200", None);
    assert_eq!(get(&endpoint.owner).expect("it is there"), "content");
    let other = endpoint.other.as_ref().expect("a second user");
    let refused = get(other).expect_err("not hers").to_string();
    assert!(refused.contains("AccessDenied"), "{refused}");
    let policy = format!(
        r#"{{"Statement":[{{"Effect":"Allow","Principal":"{}","Action":"s3:GetObject","Resource":"arn:aws:s3:::lower/*"}}]}}"#,
        other.access_key
    );
    endpoint.set_policy("lower", &policy).expect("a policy");
    assert_eq!(get(other).expect("she may now"), "content");
}

#[test]
fn versions_are_kept_where_they_are_on_and_refused_where_they_are_absent() {
    let gateway = Versitygw::start(&VersitygwOptions::default()).expect("it starts");
    let kept = json!({"sizes": [5, 3], "delete markers": 1, "copied": "old"});
    assert_eq!(ask(gateway.endpoint(), Question::Versions, "versions").expect("answers"), kept);
    let without = VersitygwOptions { versions: Versions::Absent, ..VersitygwOptions::default() };
    let gateway = Versitygw::start(&without).expect("it starts");
    gateway.endpoint().make_bucket("versions").expect("a bucket");
    gateway.endpoint().keep_versions("versions").expect_err("there are none");
}

#[test]
fn a_copy_above_the_limit_is_refused_and_a_kept_folder_keeps_its_objects_and_users() {
    let kept = tempfile::tempdir().expect("a folder");
    let directory = Some(kept.path().to_path_buf());
    let usual = VersitygwOptions { directory, ..VersitygwOptions::default() };
    let first = Versitygw::start(&usual).expect("it starts");
    first.endpoint().make_bucket("lower").expect("a bucket");
    put(first.endpoint(), "lower/key", "content");
    drop(first);
    let limited = VersitygwOptions { copy_limit_bytes: Some(4), ..usual };
    let second = Versitygw::start(&limited).expect("it starts again");
    let endpoint = second.endpoint();
    let there = endpoint.call(&endpoint.owner, "GET", "lower/key", None);
    assert_eq!(there.expect("it is kept"), "content");
    let copy = |from: &str| endpoint.copy(from, "lower/copy");
    let refused = copy("lower/key").expect_err("too large").to_string();
    assert!(refused.contains("InvalidRequest"), "{refused}");
    put(endpoint, "lower/small", "tiny");
    copy("lower/small").expect("it is copied");
}

#[test]
fn odd_keys_are_kept_as_far_as_they_are_paths() {
    let gateway = Versitygw::start(&VersitygwOptions::default()).expect("it starts");
    let not_paths = [
        "1024 bytes: put: KeyTooLongError",
        "below a key: put: ObjectParentIsFile",
        "dots: listed 0 times",
        "folder: copy: InternalError",
        "leading slash: listed 0 times",
        "two slashes: listed 0 times",
    ];
    assert_eq!(failed(gateway.endpoint()), not_paths);
    let parts = ask(gateway.endpoint(), Question::Parts, "parts").expect("answers");
    let tags = json!([{"Key": "a", "Value": "b"}]);
    assert_eq!(parts, json!({"parts": 3, "metadata": {"who": "me"}, "tags": tags}));
}
