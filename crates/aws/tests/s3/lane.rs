//! The lane between two buckets: inside one server, and through this process.

use crate::ground::{Folder, Ground, facets, keys, read, steps, write};
use crate::servers::{moto, radosgw, versitygw};
use boatlift_aws::s3::{Condition, Form, S3Options, Source};
use boatlift_core::lane::{Pace, Step, Stopped};
use boatlift_core::{Code, Outcome, Proof, Side, Store};
use boatlift_testkit::services::s3::S3Endpoint;

fn proof(outcome: &Outcome) -> Option<Proof> {
    outcome.receipt().map(|receipt| receipt.proof)
}

fn carried_is_stored_looked_at_and_left(lower: &'static S3Endpoint, upper: &'static S3Endpoint) {
    let ground = Ground::on(lower, upper);
    write(&*ground.lower, "a", b"content");
    let carried = ground.step_now(Step::Carry, "a");
    assert_eq!(proof(&carried), Some(Proof::Stored), "{carried:?}");
    assert_eq!(read(&*ground.upper, "a"), b"content");
    let told = carried.receipt().and_then(|receipt| receipt.upper.clone()).expect("a look");
    assert_eq!(ground.item("a").upper.as_deref(), Some(&*told), "it is told as it is found");
    assert!(matches!(ground.step_now(Step::Look, "a"), Outcome::Done(_)));
    assert!(matches!(ground.step_now(Step::Carry, "a"), Outcome::Same(_)), "it is there");
    assert_eq!(proof(&ground.step_now(Step::ReadBack, "a")), Some(Proof::ReadBack));
    write(&*ground.lower, "a", b"changed");
    assert!(matches!(ground.step_now(Step::CompareAndCarry, "a"), Outcome::Done(_)));
    assert_eq!(read(&*ground.upper, "a"), b"changed");
    assert_eq!(proof(&ground.step_now(Step::CompareAndCarry, "a")), Some(Proof::Stored));
}

#[test]
fn inside_versitygw_what_is_carried_is_proved_by_what_is_stored() {
    carried_is_stored_looked_at_and_left(versitygw(), versitygw());
}

#[test]
fn inside_radosgw_what_is_carried_is_proved_by_what_is_stored() {
    carried_is_stored_looked_at_and_left(radosgw(), radosgw());
}

#[test]
fn between_services_what_is_carried_is_proved_by_what_is_stored() {
    carried_is_stored_looked_at_and_left(versitygw(), radosgw());
    carried_is_stored_looked_at_and_left(radosgw(), versitygw());
}

#[test]
fn many_objects_are_carried_in_one_turn() {
    let ground = Ground::on(versitygw(), versitygw());
    let names: Vec<String> = (0..300).map(|number| format!("d/{number:04}")).collect();
    names.iter().for_each(|name| write(&*ground.lower, name, name.as_bytes()));
    let items: Vec<_> = names.iter().map(|name| ground.item(name)).collect();
    let outcomes = ground.steps(Step::Carry, &items);
    assert_eq!(outcomes.len(), names.len());
    assert!(outcomes.iter().all(|outcome| proof(outcome) == Some(Proof::Stored)));
    assert_eq!(keys(&*ground.upper), names);
}

#[test]
fn what_changed_since_the_survey_arrives_as_it_is_now() {
    for upper in [versitygw(), radosgw()] {
        let ground = Ground::on(versitygw(), upper);
        write(&*ground.lower, "a", b"surveyed");
        let item = ground.item("a");
        write(&*ground.lower, "a", b"and since then changed");
        let outcome = ground.steps(Step::Carry, std::slice::from_ref(&item)).remove(0);
        let Outcome::Done(receipt) = &outcome else { panic!("{outcome:?}") };
        assert_eq!(receipt.lower.as_deref().map(|l| facets(l).size()), Some(Some(22)));
        assert_eq!(read(&*ground.upper, "a"), b"and since then changed");
    }
}

#[test]
fn what_is_gone_is_vanished_and_what_changed_at_upper_is_not_removed() {
    let ground = Ground::on(versitygw(), versitygw());
    write(&*ground.lower, "a", b"x");
    write(&*ground.upper, "a", b"then");
    let item = ground.item("a");
    let expected = facets(item.lower.as_deref().expect("it is there"));
    ground.lower.remove(item.key.as_key(), expected).expect("removed");
    assert_eq!(ground.steps(Step::Carry, std::slice::from_ref(&item)), [Outcome::Vanished]);
    write(&*ground.upper, "a", b"since");
    let outcome = ground.steps(Step::Remove, &[item]).remove(0);
    let Outcome::Failed(error) = outcome else { panic!("{outcome:?}") };
    assert_eq!(error.code, Code::RemoveFailed);
    assert!(matches!(ground.step_now(Step::Remove, "a"), Outcome::Done(_)));
    assert_eq!(keys(&*ground.upper), [""; 0]);
}

#[test]
fn another_content_at_upper_is_found_by_reading_it_back() {
    let ground = Ground::on(versitygw(), versitygw());
    write(&*ground.lower, "a", b"one");
    write(&*ground.upper, "a", b"two");
    let outcome = ground.step_now(Step::ReadBack, "a");
    let Outcome::Failed(error) = outcome else { panic!("{outcome:?}") };
    assert_eq!(error.code, Code::ContentDiffers);
}

#[test]
fn a_stop_leaves_the_rest_undone() {
    struct Stop;
    impl Pace for Stop {
        fn spend(&self, _: Side, _: u64, _: u64) -> Result<(), Stopped> {
            Err(Stopped)
        }
    }
    let ground = Ground::on(versitygw(), versitygw());
    write(&*ground.lower, "a", b"x");
    assert_eq!(steps(&*ground.lane(), Step::Carry, &[ground.item("a")], &Stop), []);
    assert_eq!(keys(&*ground.upper), [""; 0]);
}

#[test]
fn without_a_right_to_lower_the_server_is_not_asked_and_the_bytes_pass_through_here() {
    let server = versitygw();
    let (lower, upper) = (Folder::on(server), Folder::on(server));
    let other = server.other.as_ref().expect("a second user");
    let bucket = &upper.bucket;
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":"{}","Action":"s3:*",
        "Resource":["arn:aws:s3:::{bucket}","arn:aws:s3:::{bucket}/*"]}}]}}"#,
        other.access_key
    );
    server.set_policy(bucket, &policy).expect("a policy");
    let ground = Ground {
        lower: lower.open(Form::Objects),
        upper: upper.open_as(other, Form::Objects, S3Options::default()),
    };
    write(&*ground.lower, "a", b"content");
    let outcome = ground.step_now(Step::Carry, "a");
    let Outcome::Done(receipt) = &outcome else { panic!("{outcome:?}") };
    assert!(receipt.digest.is_some(), "it passed through here");
    assert_eq!(read(&*ground.upper, "a"), b"content");
}

#[test]
fn exactly_the_version_that_is_named_is_copied() {
    let server = radosgw();
    let folder = Folder::on(server);
    server.keep_versions(&folder.bucket).expect("versions");
    let store = folder.open(Form::Objects);
    let bucket = store.bucket();
    write(&*store, "a", b"old");
    let state = bucket.run(bucket.head("top/folder/a", None)).expect("a look").expect("there");
    write(&*store, "a", b"newer");
    let key = "top/folder/a".to_owned();
    let source = Source { bucket: folder.bucket.clone(), owner: None, key, state };
    let copy = |to, condition| bucket.run(bucket.copy(&source, to, None, condition));
    let made = copy("top/folder/b", Condition::None).expect("a copy");
    assert_eq!((made.size, read(&*store, "b")), (3, b"old".to_vec()));
}

#[test]
fn a_wrong_key_and_a_missing_bucket_are_told_apart() {
    use boatlift_aws::s3::{S3Store, S3Url};
    use boatlift_aws::session::AwsOptions;
    use boatlift_testkit::services::s3::Credentials;
    let server = versitygw();
    let open = |user: &Credentials, bucket: &str, url: &str| {
        let file = crate::ground::credentials_file(user);
        let session = AwsOptions {
            region: Some(server.region.clone()),
            endpoint_url: Some(url.to_owned()),
            profile: Some("test".into()),
            credentials_file: Some(file.path().to_owned()),
            ..AwsOptions::default()
        };
        let url = S3Url::parse(&format!("s3://{bucket}")).expect("a URL");
        let options = S3Options { session, ..S3Options::default() };
        S3Store::open(&url, &options, Form::Tree).map(drop).expect_err("refused").code
    };
    let bucket = Folder::on(server).bucket;
    let stranger = Credentials::new("NOBODY", "nothing");
    assert_eq!(open(&stranger, &bucket, &server.url), Code::S3Credentials);
    assert_eq!(open(&server.owner, "no-such-bucket", &server.url), Code::RootMissing);
    assert_eq!(open(&server.owner, &bucket, "http://127.0.0.1:1"), Code::ServerUnreachable);
    let other = server.other.as_ref().expect("a second user");
    assert_eq!(open(other, &bucket, &server.url), Code::RootUnreadable);
}

#[test]
fn an_empty_folder_s_object_is_an_object_as_any_other() {
    for server in [versitygw(), radosgw()] {
        let ground = Ground::on(server, server);
        for key in ["a/", "a/b/"] {
            write(&*ground.lower, key, b"");
        }
        write(&*ground.lower, "a/x", b"x");
        let items: Vec<_> = ["a/", "a/b/", "a/x"].map(|key| ground.item(key)).into();
        let outcomes = ground.steps(Step::Carry, &items);
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Done(_))), "{outcomes:?}");
        assert_eq!(keys(&*ground.upper), ["a/", "a/b/", "a/x"]);
        let looked = ground.steps(Step::Look, &items);
        assert!(looked.iter().all(Outcome::is_good), "{looked:?}");
    }
}

#[test]
fn an_archived_object_fails_alone_and_says_what_is_to_be_done() {
    let server = moto();
    let archived = S3Options { storage_class: Some("GLACIER".into()), ..S3Options::default() };
    let ground = Ground::on(server, server);
    let cold = Folder { server, bucket: ground.lower.bucket().url().bucket.clone() };
    write(&*cold.open_with(Form::Objects, archived), "a", b"cold");
    write(&*ground.lower, "b", b"warm");
    let outcomes = ground.steps(Step::Carry, &[ground.item("a"), ground.item("b")]);
    let Outcome::Failed(error) = &outcomes[0] else { panic!("{outcomes:?}") };
    assert_eq!(error.code, Code::S3Archived, "{error}");
    assert!(outcomes[1].is_good(), "{outcomes:?}");
}
