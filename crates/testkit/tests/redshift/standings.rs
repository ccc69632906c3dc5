//! What cannot be cloned: each has its own words in the report, and holds nothing else up.

use crate::ground::{Ground, bucket, file, get, objects, put};
use boatlift_testkit::judges::aws::{Question, ask};
use boatlift_testkit::services::aws_faults::{AwsFaults, AwsFaultsOptions, Fault, Rule};
use boatlift_testkit::services::redshift::{Views, Workload};
use serde_json::json;
use std::collections::BTreeMap;

/// The warehouse tells that these were loaded.
fn load(ground: &Ground, uris: &[String]) {
    let files: Vec<_> = uris.iter().map(|uri| file(uri, None)).collect();
    let loads = vec![ground.load(1, "copy t from 's3://x/y'", "s3://x/y", &files)];
    ground.fill(&Workload { loads, ..Workload::default() });
}

/// The reason of each object that is not cloned, and nothing of the others.
fn reasons(ground: &Ground) -> BTreeMap<String, String> {
    let lines = ground.report("copyfiles/Final_Copy_Objects.csv");
    lines.iter().map(|line| (line[0].to_owned(), line[6].to_owned())).collect()
}

#[test]
fn archived_missing_and_far_objects_and_missing_buckets_are_told_apart() {
    let ground = Ground::new(Views::Older);
    let amazon = AwsFaults::start(&AwsFaultsOptions::default());
    let amazon = amazon.unwrap_or_else(|error| panic!("{error}"));
    let server = amazon.endpoint();
    // Buckets of the oldest region may have names that no new one gets.
    for bucket in ["source", "Legacy_Bucket", "clones"] {
        server.make_bucket(bucket).unwrap_or_else(|error| panic!("{error}"));
    }
    let put = |path: &str, headers: &[&str]| {
        server.put_with(path, "content", headers).unwrap_or_else(|error| panic!("{error}"));
    };
    put("source/plain", &[]);
    put("Legacy_Bucket/old", &[]);
    put("source/cold", &["x-amz-storage-class: GLACIER"]);
    let uris = [
        "source/plain",
        "Legacy_Bucket/old",
        "source/cold",
        "source/gone",
        "nowhere/k",
        "two words/k",
    ];
    load(&ground, &uris.map(|path| format!("s3://{path}")));
    let move_file = ground.move_file_at(server, "s3://clones", "");

    let ran = ground.runs("run", &move_file, 1);
    let reasons = reasons(&ground);
    for (path, why) in [
        ("source/plain", ""),
        ("Legacy_Bucket/old", ""),
        ("source/cold", "archived in GLACIER: restore it first"),
        ("source/gone", "object not found"),
        ("nowhere/k", "bucket not found"),
        ("two words/k", "`two words` is no name of a bucket"),
    ] {
        assert_eq!(reasons[&format!("s3://{path}")], why, "{path}: {ran}");
    }
    assert_eq!(ground.report("copyfiles/Final_Copy_Objects.csv").len(), uris.len());

    let path = "clones/copyfiles/Legacy_Bucket/old";
    let old = server.call(&server.owner, "GET", path, None);
    assert_eq!(old.ok().as_deref(), Some("content"), "{ran}");

    // A manifest that may be looked at and not be read. The first object that is read is the
    // mark of the move.
    let rule = |operation, (after, times), fault| Rule {
        service: "s3",
        operation,
        after,
        times: Some(times),
        fault,
    };
    let denied = Fault::Error(403, "AccessDenied");
    amazon.add(&[rule("GetObject", (1, 1), denied)]).unwrap_or_else(|error| panic!("{error}"));
    put("source/list", &[]);
    let text = "copy t from 's3://source/list' iam_role default manifest";
    let loads = vec![ground.load(3, text, "s3://source/list", &[])];
    ground.fill(&Workload { loads, ..Workload::default() });
    ground.runs("run", &move_file, 1);
    let list = &self::reasons(&ground)["s3://source/list"];
    assert!(list.starts_with("access denied"), "{list}");

    // A request that the server takes for none, and says so when it is asked for words: of all
    // five objects that are looked at again.
    let odd = || Fault::Error(400, "InvalidArgument");
    let rules = [rule("HeadObject", (0, 5), odd()), rule("GetObject", (1, 5), odd())];
    amazon.add(&rules).unwrap_or_else(|error| panic!("{error}"));
    load(&ground, &["s3://source/odd".to_owned()]);
    ground.runs("run", &move_file, 1);
    let odd = &self::reasons(&ground)["s3://source/odd"];
    assert!(odd.contains("InvalidArgument"), "{odd}");

    // A bucket of another region.
    let fault = Fault::Error(301, "PermanentRedirect");
    let rule = Rule { service: "s3", operation: "HeadObject", after: 0, times: None, fault };
    amazon.add(&[rule]).unwrap_or_else(|error| panic!("{error}"));
    load(&ground, &["s3://source/plain".to_owned(), "s3://source/far".to_owned()]);
    ground.runs("run", &move_file, 1);
    assert!(self::reasons(&ground)["s3://source/far"].starts_with("in another region"));
}

#[test]
fn an_object_whose_key_only_its_owner_has_and_one_of_a_stranger_are_told_in_plain_words() {
    let ground = Ground::new(Views::Older);
    let clones = bucket("own-key-clones");
    let [one, closed] = ["own-key", "closed"].map(|name| format!("{name}-{}", std::process::id()));
    let asked = ask(objects(), Question::Sealed, &one).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(asked, json!({"without": 400}));
    put(&one, "plain", "content");
    let server = objects();
    let stranger = server.other.as_ref().expect("a second user");
    for (path, body) in [(closed.clone(), None), (format!("{closed}/secret"), Some("secret"))] {
        let made = server.call(stranger, "PUT", &path, body);
        made.unwrap_or_else(|error| panic!("{error}"));
    }
    let uri = |bucket: &str, key: &str| format!("s3://{bucket}/{key}");
    load(&ground, &[uri(&one, "plain"), uri(&one, "sealed"), uri(&closed, "secret")]);
    // What Spectrum listed and nobody lets us list, and where nothing is any more.
    let scans = vec![ground.scan(5, &closed, "lake/"), ground.scan(6, &one, "empty/")];
    ground.fill(&Workload { scans, ..Workload::default() });
    let move_file = ground.move_file(&format!("s3://{clones}"), "");
    let planned = ground.runs("plan", &move_file, 0);
    assert!(planned.contains("4 cannot be cloned now"), "{planned}");
    let ran = ground.runs("run", &move_file, 1);
    let lines = ground.report("Spectrumfiles/Spectrum_objects_copy_report.csv");
    let told: Vec<_> = lines.iter().map(|line| (&line[0], &line[5], &line[6])).collect();
    assert_eq!(told.len(), 2, "{told:?}: {ran}");
    let of = |place: String| {
        let (_, status, why) = told.iter().find(|(at, ..)| **at == place).expect("a line");
        assert_eq!(*status, "not cloned", "{place}");
        why.to_owned()
    };
    assert!(of(uri(&closed, "lake/")).starts_with("access denied"), "{told:?}");
    assert_eq!(of(uri(&one, "empty/")), "object not found");
    assert_eq!(get(&clones, &format!("copyfiles/{one}/plain")).as_deref(), Some("content"));
    let reasons = reasons(&ground);
    let sealed = &reasons[&uri(&one, "sealed")];
    assert!(sealed.contains("(SSE-C)"), "{sealed}: {ran}");
    let closed = &reasons[&uri(&closed, "secret")];
    assert!(closed.starts_with("access denied"), "{closed}: {ran}");
}

#[test]
fn a_window_that_is_older_than_the_views_is_told() {
    let ground = Ground::new(Views::Provisioned);
    let clones = bucket("forgotten");
    let move_file = ground.move_file(&format!("s3://{clones}"), "");
    let text = std::fs::read_to_string(&move_file).expect("a move file");
    let begun = text.find("window: {start: ").expect("a window");
    let text = format!("{}window: {{start: 2026-01-01T00:00:00Z}}\n", &text[..begun]);
    std::fs::write(&move_file, text).expect("a move file");
    let path = move_file.to_str().expect("a plain path");
    let output = ground.command(&["redshift", "collect", path]).output().expect("it starts");
    let said = crate::ground::said(&output);
    assert!(output.status.success() && said.contains("the views have forgotten"), "{said}");
}
