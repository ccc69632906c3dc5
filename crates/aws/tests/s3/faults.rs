//! What no server does on purpose: storms of refusals, errors inside a 200, a role whose
//! session ends. A server of ours does, in front of moto; Amazon's own models judge both what
//! is asked and what it answers.

use crate::ground::{Folder, Ground, Item, bytes, keys, read, write};
use boatlift_aws::s3::{Dress, Encryption, Form, Grant, S3Options};
use boatlift_aws::session::{AwsOptions, Role};
use boatlift_core::lane::Step;
use boatlift_core::{Code, Error, Outcome, Retry};
use boatlift_testkit::services::aws_faults::{AwsFaults, AwsFaultsOptions, Fault, Rule};
use boatlift_testkit::services::s3::S3Endpoint;

/// A server of a test's own, whose rules disturb no other. It ends with the process.
pub(crate) fn faults() -> (&'static AwsFaults, &'static S3Endpoint) {
    let started = AwsFaults::start(&AwsFaultsOptions::default());
    let server = Box::leak(Box::new(started.unwrap_or_else(|error| panic!("{error}"))));
    (server, server.endpoint())
}

fn breaks(server: &AwsFaults, operation: &'static str, times: Option<u64>, fault: Fault) {
    let rule = Rule { service: "s3", operation, after: 0, times, fault };
    server.add(&[rule]).expect("a rule");
}

#[track_caller]
pub(crate) fn failure(outcome: &Outcome) -> &Error {
    match outcome {
        Outcome::Failed(error) => error,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
pub(crate) fn is_as_amazon_has_it(server: &AwsFaults) {
    assert_eq!(server.record().expect("a record").invalid, [""; 0]);
}

#[test]
fn a_storm_of_slow_down_passes_and_every_object_arrives() {
    let (server, endpoint) = faults();
    let ground = Ground::on(endpoint, endpoint);
    let names: Vec<_> = (0..30).map(|number| format!("{number:02}")).collect();
    names.iter().for_each(|name| write(&*ground.lower, name, name.as_bytes()));
    breaks(server, "CopyObject", Some(100), Fault::Error(503, "SlowDown"));
    let mut left: Vec<Item> = names.iter().map(|name| ground.item(name)).collect();
    let mut rounds = 0;
    while !left.is_empty() {
        let outcomes = ground.steps(Step::Carry, &left);
        for outcome in outcomes.iter().filter(|outcome| !outcome.is_good()) {
            let error = failure(outcome);
            assert_eq!((error.code, error.retry), (Code::S3Throttled, Retry::Later), "{error}");
        }
        let mut outcomes = outcomes.iter();
        left.retain(|_| !outcomes.next().is_some_and(Outcome::is_good));
        rounds += 1;
        assert!(rounds < 20, "{} objects do not arrive", left.len());
    }
    assert_eq!(keys(&*ground.upper), names);
    assert_eq!(server.record().expect("a record").broken["s3:CopyObject"], 100);
    is_as_amazon_has_it(server);
}

#[test]
fn an_error_inside_a_200_is_an_error_and_nothing_is_called_copied() {
    let (server, endpoint) = faults();
    let ground = Ground::on(endpoint, endpoint);
    write(&*ground.lower, "a", b"content");
    breaks(server, "CopyObject", Some(20), Fault::ErrorInSuccess("InternalError"));
    let error = ground.step_now(Step::Carry, "a");
    assert_eq!(failure(&error).retry, Retry::Later, "{error:?}");
    assert_eq!(keys(&*ground.upper), [""; 0]);
    is_as_amazon_has_it(server);
}

#[test]
fn an_upload_whose_end_fails_inside_a_200_is_aborted() {
    let (server, endpoint) = faults();
    let options = S3Options { copy_part_mib: 5, copy_parts_above_mib: 6, ..S3Options::default() };
    let ground = Ground::with(endpoint, endpoint, options);
    let content = bytes(12 << 20);
    write(&*ground.lower, "large", &content);
    let fault = Fault::ErrorInSuccess("InternalError");
    breaks(server, "CompleteMultipartUpload", Some(3), fault);
    let error = ground.step_now(Step::Carry, "large");
    assert_eq!(failure(&error).retry, Retry::Later, "{error:?}");
    let bucket = &ground.upper.bucket().url().bucket;
    let uploads = || {
        let told = endpoint.call(&endpoint.owner, "GET", &format!("{bucket}?uploads="), None);
        told.expect("a list").matches("<UploadId>").count()
    };
    assert_eq!((keys(&*ground.upper), uploads()), (Vec::new(), 0));
    assert!(matches!(ground.step_now(Step::Carry, "large"), Outcome::Done(_)));
    assert!(read(&*ground.upper, "large") == content);
    is_as_amazon_has_it(server);
}

#[test]
fn denied_and_misdirected_requests_have_kinds_of_their_own() {
    let (server, endpoint) = faults();
    let ground = Ground::on(endpoint, endpoint);
    write(&*ground.lower, "a", b"x");
    let item = ground.item("a");
    for (status, code, kind) in [
        (301, "PermanentRedirect", Code::S3Region),
        (400, "AuthorizationHeaderMalformed", Code::S3Region),
        (403, "InvalidObjectState", Code::S3Archived),
    ] {
        // A refusal is asked for again through the SDK, which knows what it says.
        breaks(server, "CopyObject", Some(2), Fault::Error(status, code));
        let outcome = ground.steps(Step::Carry, std::slice::from_ref(&item)).remove(0);
        let error = failure(&outcome);
        assert_eq!((error.code, error.retry), (kind, Retry::Never), "{error}");
    }
    // Neither the server nor this host may read it.
    breaks(server, "CopyObject", None, Fault::Error(403, "AccessDenied"));
    breaks(server, "GetObject", None, Fault::Error(403, "AccessDenied"));
    let outcome = ground.steps(Step::Carry, &[item]).remove(0);
    assert_eq!(failure(&outcome).code, Code::Denied, "{outcome:?}");
    assert_eq!(keys(&*ground.upper), [""; 0]);
}

#[test]
fn what_an_object_is_written_with_is_told_in_every_way_of_writing() {
    let (server, endpoint) = faults();
    let key = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000001";
    let options = S3Options {
        encryption: Some(Encryption::Kms(key.into())),
        storage_class: Some("STANDARD_IA".into()),
        acl: Some(Grant::BucketOwnerFullControl),
        expected_bucket_owner: Some("123456789012".into()),
        requester_pays: true,
        copy_part_mib: 5,
        copy_parts_above_mib: 6,
        ..S3Options::default()
    };
    let ground = Ground::with(endpoint, endpoint, options);
    write(&*ground.lower, "large", &bytes(7 << 20));
    // Tags and metadata go along.
    let lower = ground.lower.bucket();
    let dress =
        Dress { metadata: [("colour".to_owned(), "red".to_owned())].into(), ..Dress::default() };
    let written = lower.run(lower.write("top/folder/a", &dress, "content".into()));
    written.unwrap_or_else(|refusal| panic!("{refusal:?}"));
    let tags = "<Tagging><TagSet><Tag><Key>team</Key><Value>shop</Value></Tag></TagSet></Tagging>";
    let path = |bucket: &str| format!("{bucket}/top/folder/a?tagging=");
    let call = |method, bucket: &str, body| {
        endpoint.call(&endpoint.owner, method, &path(bucket), body).expect("tags")
    };
    call("PUT", &lower.url().bucket, Some(tags));

    for name in ["a", "large"] {
        let outcome = ground.step_now(Step::Carry, name);
        assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
    }
    write(&*ground.upper, "written", b"here");
    let upper = ground.upper.bucket();
    assert!(call("GET", &upper.url().bucket, None).contains("<Value>shop</Value>"));
    let state = upper.run(upper.head("top/folder/a", None)).expect("a look").expect("there");
    assert_eq!(state.dress.metadata.get("colour").map(String::as_str), Some("red"));
    assert_eq!(state.storage_class.as_deref(), Some("STANDARD_IA"));

    let headers = server.record().expect("a record").headers;
    for operation in ["CopyObject", "CreateMultipartUpload", "PutObject"] {
        for header in [
            "x-amz-server-side-encryption: aws:kms".to_owned(),
            format!("x-amz-server-side-encryption-aws-kms-key-id: {key}"),
            "x-amz-storage-class: STANDARD_IA".to_owned(),
            "x-amz-acl: bucket-owner-full-control".to_owned(),
            "x-amz-expected-bucket-owner: 123456789012".to_owned(),
            "x-amz-request-payer: requester".to_owned(),
        ] {
            let line = format!("s3:{operation} {header}");
            assert!(headers.contains_key(&line), "{line} was never told: {headers:#?}");
        }
    }
    is_as_amazon_has_it(server);
}

#[test]
fn a_role_s_session_is_renewed_before_it_ends() {
    let (server, endpoint) = faults();
    let folder = Folder::on(endpoint);
    // The first session is about to end; moto's own last an hour.
    let ends = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(5);
    let session = format!(
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <AssumeRoleResult><Credentials><AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId>\
         <SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>\
         <Expiration>{}</Expiration></Credentials></AssumeRoleResult>\
         <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></AssumeRoleResponse>",
        ends.strftime("%Y-%m-%dT%H:%M:%SZ")
    );
    let fault = Fault::Answer(session.into());
    let rule = Rule { service: "sts", operation: "AssumeRole", after: 0, times: Some(1), fault };
    server.add(&[rule]).expect("a rule");
    let role = Some(Role { arn: "arn:aws:iam::123456789012:role/mover".into(), ..Role::default() });
    let session = AwsOptions { role, ..AwsOptions::default() };
    let store = folder.open_with(Form::Objects, S3Options { session, ..S3Options::default() });
    for name in ["a", "b", "c", "d"] {
        write(&*store, name, name.as_bytes());
    }
    assert_eq!(keys(&*store), ["a", "b", "c", "d"]);
    assert_eq!(server.record().expect("a record").calls["sts:AssumeRole"], 2);
    is_as_amazon_has_it(server);
}
