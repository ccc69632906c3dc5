//! A service that asks for fewer requests, loses answers and denies.

use crate::catalogues::server;
use crate::ground::{ask, client, options};
use crate::passes::{Passes, not_good};
use boatlift_core::{Code, Outcome, Retry};
use boatlift_mover_redshift::glue::Statistics;
use boatlift_testkit::services::aws_faults::{Fault, Rule};
use serde_json::json;

fn rule(operation: &'static str, times: Option<u64>, fault: Fault) -> Rule {
    Rule { service: "glue", operation, after: 0, times, fault }
}

#[test]
fn throttled_calls_are_tried_again_later_and_nothing_is_lost() {
    let server = server();
    let at = server.endpoint();
    ask(at, &["fill", "lib"]);
    // As often as one call of ours is tried by the session.
    let storm = rule("BatchCreatePartition", Some(3), Fault::Error(400, "ThrottlingException"));
    server.add(&[storm]).expect("a rule");
    let mut passes = Passes::new(at, options("lib", Statistics::Leave, 2));
    let outcomes = passes.pass();
    let partitions = outcomes.iter().filter(|(key, _)| key.starts_with("lib/sales/ds="));
    for (key, outcome) in partitions {
        let Outcome::Failed(error) = outcome else { panic!("{key}: {outcome:?}") };
        assert_eq!((error.code, error.retry), (Code::GlueThrottled, Retry::Later));
    }
    assert_eq!(not_good(&passes.pass()).len(), 4);
    assert_eq!(ask(at, &["judge", "lib", "lib_clone"])["differences"], json!([]));
}

#[test]
fn a_lost_answer_is_no_lost_partition() {
    let server = server();
    let at = server.endpoint();
    ask(at, &["fill", "lib"]);
    let lost = ["BatchCreatePartition", "CreateTable", "CreateDatabase"];
    server.add(&lost.map(|operation| rule(operation, Some(1), Fault::AnswerLost))).expect("rules");
    let mut passes = Passes::new(at, options("lib", Statistics::Leave, 2));
    for _ in 0..3 {
        passes.pass();
    }
    assert_eq!(not_good(&passes.pass()).len(), 4);
    assert_eq!(ask(at, &["judge", "lib", "lib_clone"])["differences"], json!([]));
}

#[test]
fn what_is_denied_or_missing_says_so() {
    let server = server();
    let at = server.endpoint();
    let glue = client(at);
    assert_eq!(glue.database("nowhere").expect("an answer"), None);
    assert_eq!(glue.table("nowhere", "t").expect("an answer"), None);
    let error = glue.partitions("nowhere", "t", &[vec!["1".into()]]).expect_err("no such table");
    assert_eq!((error.code, error.retry), (Code::GlueMissing, Retry::Never), "{error}");
    let denied = rule("GetTables", None, Fault::Error(400, "AccessDeniedException"));
    server.add(&[denied]).expect("a rule");
    ask(at, &["call", "create_database", r#"{"DatabaseInput": {"Name": "lib"}}"#]);
    let error = glue.each_table("lib", &mut |_| Ok(())).expect_err("denied");
    assert_eq!((error.code, error.retry), (Code::Denied, Retry::Never), "{error}");
}

#[test]
fn a_database_that_lower_does_not_have_leaves_a_hole() {
    let server = server();
    let passes = Passes::new(server.endpoint(), options("nowhere", Statistics::Leave, 2));
    let holes = passes.holes();
    assert_eq!(holes.len(), 1);
    assert_eq!(
        (holes[0].under.to_string().as_str(), holes[0].error.code),
        ("nowhere/", Code::GlueMissing)
    );
}
