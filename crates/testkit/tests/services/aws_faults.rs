//! The server of faults breaks what it is told to, says nothing that Amazon could not say, and
//! notices when it does.

use boatlift_testkit::judges::aws::{Question, ask};
use boatlift_testkit::services::aws_faults::{AwsFaults, AwsFaultsOptions, Fault, Rule};
use boatlift_testkit::services::redshift::{Redshift, RedshiftOptions, SqlEndpoint, psql};
use serde_json::{Value, json};

/// A rule for calls of S3's CopyObject.
fn copies(after: u64, times: u64, fault: Fault) -> Rule {
    Rule { service: "s3", operation: "CopyObject", after, times: Some(times), fault }
}

fn started(options: &AwsFaultsOptions) -> AwsFaults {
    AwsFaults::start(options).expect("it starts")
}

fn asked(faults: &AwsFaults, question: Question, name: &str) -> Value {
    ask(faults.endpoint(), question, name).expect("answers")
}

/// What was said that Amazon does not say.
fn invalid(faults: &AwsFaults) -> Vec<String> {
    faults.record().expect("the record").invalid
}

#[test]
fn copies_end_as_the_rules_say_and_a_lost_answer_has_its_copy() {
    let faults = started(&AwsFaultsOptions::default());
    // A call that an earlier rule breaks is not counted by a later one.
    faults
        .add(&[
            copies(1, 2, Fault::Error(503, "SlowDown")),
            copies(1, 1, Fault::ErrorInSuccess("InternalError")),
            copies(1, 1, Fault::Error(400, "ExpiredToken")),
            copies(1, 1, Fault::Dropped),
            copies(1, 1, Fault::AnswerLost),
        ])
        .expect("the rules");
    let answer = asked(&faults, Question::Copies, "lower");
    let outcomes = json!([
        "ok",
        "SlowDown",
        "SlowDown",
        "InternalError",
        "ExpiredToken",
        "ConnectionClosedError",
        "ConnectionClosedError",
        "ok"
    ]);
    assert_eq!(answer["outcomes"], outcomes);
    assert_eq!(answer["there"], json!(["copy-0", "copy-6", "copy-7"]));
    let record = faults.record().expect("the record");
    assert_eq!((record.calls["s3:CopyObject"], record.broken["s3:CopyObject"]), (8, 6));
    assert_eq!(record.invalid, [""; 0]);
}

#[test]
fn what_amazon_could_not_say_is_noticed() {
    let faults = started(&AwsFaultsOptions::default());
    let answer = |service, operation, body| {
        let fault = Fault::Answer(body);
        Rule { service, operation, after: 0, times: Some(1), fault }
    };
    let list = "<ListBucketResult><Name>b</Name><KeyCount>many</KeyCount></ListBucketResult>";
    let odd = "<ListBucketResult><Name>b</Name><Keys>1</Keys></ListBucketResult>";
    faults
        .add(&[
            answer("glue", "GetDatabases", json!({"DatabaseList": [{"Name": 7}]})),
            answer("glue", "GetTables", json!({"Tables": []})),
            answer("s3", "ListObjectsV2", json!(list)),
            answer("s3", "ListObjectsV2", json!(odd)),
            copies(0, 1, Fault::Error(400, "NoSuchThing")),
        ])
        .expect("the rules");
    let target = |operation: &str, body: &str| {
        let header = format!("X-Amz-Target: AWSGlue.{operation}");
        let url = &faults.endpoint().url;
        let words = ["--silent", "--header", &header, "--data-binary", body, url];
        let curl = std::process::Command::new("curl").args(words).output().expect("curl runs");
        String::from_utf8(curl.stdout).expect("text")
    };
    assert!(target("GetDatabases", "{}").contains("DatabaseList"));
    assert!(target("GetTables", r#"{"DatabaseName":"d"}"#).contains("Tables"));
    let refused = target("GetTable", r#"{"DatabaseName":"d","Nam":"t"}"#);
    assert!(refused.contains("ValidationException") && refused.contains("Name"), "{refused}");
    let server = faults.endpoint();
    for query in ["b?list-type=2", "b?list-type=2", "b?list-type=2&page=3"] {
        let _refused_by_moto = server.call(&server.owner, "GET", query, None);
    }
    server.copy("b/key", "b/copy").expect_err("the rule refuses it");
    let noticed = invalid(&faults);
    let expected = [
        ("an answer of glue:GetDatabases", "Name"),
        ("an answer of glue:GetTables", "\"Tables\""),
        ("a request of glue:GetTable", "Nam"),
        ("an answer of s3:ListObjectsV2", "cannot be parsed"),
        ("an answer of s3:ListObjectsV2", "Keys"),
        ("a request of s3:ListObjectsV2", "page"),
        ("an error of s3:CopyObject", "NoSuchThing"),
    ];
    for (call, word) in expected {
        let found = noticed.iter().any(|line| line.starts_with(call) && line.contains(word));
        assert!(found, "{call} {word}: {noticed:#?}");
    }
}

#[test]
fn statements_of_the_data_api_run_on_the_warehouse_and_credentials_open_it() {
    let redshift = Redshift::start(RedshiftOptions::default()).expect("it starts");
    let warehouse = Some(redshift.endpoint().clone());
    let options = AwsFaultsOptions { warehouse, rows_in_page: 10, ..Default::default() };
    let faults = started(&options);
    let expected = json!({
        "states": ["SUBMITTED", "PICKED", "STARTED", "FINISHED"],
        "pages": 3,
        "rows": 25,
        "total": 25,
        "first": [
            {"longValue": 1}, {"isNull": true}, {"booleanValue": false}, {"doubleValue": 0.5}
        ],
        "columns": ["n", "word", "yes", "half"],
        "failed": "FAILED",
        "error": "ERROR: relation \"nowhere\" does not exist",
        "result of a failure": "ResourceNotFoundException",
    });
    assert_eq!(asked(&faults, Question::Statements, "-"), expected);
    let fate = |fault| {
        let (service, operation) = ("redshift-data", "ExecuteStatement");
        Rule { service, operation, after: 1, times: None, fault }
    };
    faults.add(&[fate(Fault::StatementAborted)]).expect("a rule");
    assert_eq!(asked(&faults, Question::Statements, "-")["failed"], "ABORTED");
    let answer = asked(&faults, Question::Serverless, "shop");
    let port = redshift.endpoint().port;
    assert_eq!(answer["ports"], json!([port, port]));
    let folder = tempfile::tempdir().expect("a folder");
    for login in answer["logins"].as_array().expect("a list") {
        let [user, password] = [0, 1].map(|at| login[at].as_str().expect("text").to_owned());
        let endpoint = SqlEndpoint { user, password, ..redshift.endpoint().clone() };
        let count = ["--command", "SELECT count(*) FROM stl_query"];
        assert_eq!(psql(&endpoint, folder.path()).arguments(count).run().expect("it opens"), "0\n");
    }
    assert_eq!(invalid(&faults), [""; 0]);
}

#[test]
fn the_catalog_has_limits_segments_indexes_and_statistics() {
    let faults = started(&AwsFaultsOptions { partitions_in_page: 4, ..Default::default() });
    let expected = json!({
        "too many": "ValidationException",
        "pages": 7,
        "found": 25,
        "distinct": 25,
        "index": ["CREATING", "ACTIVE"],
        "nulls": 1,
        "absent statistics": ["absent"],
        "absent table": "EntityNotFoundException",
    });
    assert_eq!(asked(&faults, Question::Catalog, "shop"), expected);
    let noticed = invalid(&faults);
    assert!(noticed.len() == 1 && noticed[0].contains("101 members, at most 100"), "{noticed:?}");
}

#[test]
fn a_million_keys_are_listed_by_prefix_from_the_middle_and_to_the_end() {
    let generated = [("million".to_owned(), 1_000_000)].into();
    let faults = started(&AwsFaultsOptions { generated, ..Default::default() });
    let expected = json!({
        "days": 1_000,
        "in a day": 1_000,
        "sorted": true,
        "at the end": 10,
        "last": "day=0999/part-0999999.gz",
    });
    assert_eq!(asked(&faults, Question::Listing, "million"), expected);
    assert_eq!(invalid(&faults), [""; 0]);
}
