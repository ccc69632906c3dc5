//! What somebody else made or changed on UPPER, and what changes on LOWER.

use crate::catalogues::server;
use crate::ground::{ask, options};
use crate::passes::Passes;
use boatlift_core::compare::Verdict;
use boatlift_core::{Code, Outcome};
use boatlift_mover_redshift::glue::{MOVE, Statistics};
use boatlift_testkit::services::s3::S3Endpoint;
use serde_json::{Value, json};

fn table(server: &S3Endpoint, database: &str, name: &str) -> Value {
    let asked = json!({"DatabaseName": database, "Name": name}).to_string();
    ask(server, &["call", "get_table", &asked])["Table"].clone()
}

fn update(server: &S3Endpoint, operation: &str, database: &str, input: Value) {
    let asked = json!({"DatabaseName": database, "TableInput": input}).to_string();
    ask(server, &["call", operation, &asked]);
}

fn code(outcome: &Outcome) -> Option<Code> {
    match outcome {
        Outcome::Failed(error) => Some(error.code),
        _ => None,
    }
}

#[test]
fn a_table_that_is_not_ours_is_left_alone_with_its_partitions() {
    let server = server();
    let at = server.endpoint();
    ask(at, &["fill", "lib"]);
    ask(at, &["call", "create_database", r#"{"DatabaseInput": {"Name": "lib_clone"}}"#]);
    let keys = json!([{"Name": "ds", "Type": "string"}, {"Name": "region", "Type": "string"}]);
    update(
        at,
        "create_table",
        "lib_clone",
        json!({"Name": "sales", "Owner": "me", "PartitionKeys": keys}),
    );
    let before = table(at, "lib_clone", "sales");
    let mut passes = Passes::new(at, options("lib", Statistics::Leave, 2));
    for _ in 0..2 {
        let outcomes = passes.pass();
        assert_eq!(code(&outcomes["lib/sales/"]), Some(Code::GlueForeign), "{outcomes:?}");
        let partitions = outcomes.iter().filter(|(key, _)| key.starts_with("lib/sales/ds="));
        let codes: Vec<_> = partitions.map(|(_, outcome)| code(outcome)).collect();
        assert_eq!(codes, [Some(Code::GlueForeign); 30]);
    }
    assert_eq!(table(at, "lib_clone", "sales"), before);
    assert_eq!(table(at, "lib_clone", "plain")["Parameters"][MOVE], json!("m"), "others arrive");
    let asked = json!({"DatabaseName": "lib_clone", "TableName": "sales"}).to_string();
    assert_eq!(ask(at, &["call", "get_partitions", &asked])["Partitions"], json!([]));
}

#[test]
fn what_changes_on_lower_is_updated_and_what_somebody_changed_on_upper_is_not() {
    let server = server();
    let at = server.endpoint();
    ask(at, &["fill", "lib"]);
    let mut passes = Passes::new(at, options("lib", Statistics::Leave, 2));
    passes.pass();
    let changed = |name: &str| {
        json!({"Name": name, "Description": "new", "StorageDescriptor":
        {"Location": "s3://lake/elsewhere/", "Columns": [{"Name": "id", "Type": "int"}]}})
    };
    for name in ["plain", "with space"] {
        update(at, "update_table", "lib", changed(name));
    }
    let mut drifted = changed("with space");
    drifted["Description"] = json!("somebody's");
    update(at, "update_table", "lib_clone", drifted);
    let survey = passes.survey();
    assert_eq!(survey.get("lib/plain/"), Some(&Verdict::Changed), "{survey:?}");
    assert_eq!(survey.get("lib/with space/"), Some(&Verdict::Conflict), "{survey:?}");
    let outcomes = passes.pass();
    assert!(matches!(outcomes["lib/plain/"], Outcome::Done(_)), "{outcomes:?}");
    assert_eq!(code(&outcomes["lib/with space/"]), Some(Code::GlueForeign));
    let plain = table(at, "lib_clone", "plain");
    assert_eq!(
        plain["StorageDescriptor"]["Location"],
        json!("s3://new/run/spectrumfiles/lake/elsewhere/")
    );
    assert_eq!(table(at, "lib_clone", "with space")["Description"], json!("somebody's"));
}

#[test]
fn what_lower_dropped_is_dropped_and_changed_partitions_are_updated() {
    let server = server();
    let at = server.endpoint();
    ask(at, &["fill", "lib"]);
    let mut passes = Passes::new(at, options("lib", Statistics::Leave, 3));
    passes.pass();
    ask(at, &["call", "delete_table", r#"{"DatabaseName": "lib", "Name": "with-dash"}"#]);
    let one = json!({"DatabaseName": "lib", "TableName": "sales", "PartitionValues": ["000002", "eu-west-1"]});
    ask(at, &["call", "delete_partition", &one.to_string()]);
    let mut other = one.clone();
    other["PartitionValueList"] = json!(["000004", "eu-west-1"]);
    other.as_object_mut().expect("an object").remove("PartitionValues");
    other["PartitionInput"] = json!({"Values": ["000004", "eu-west-1"],
        "StorageDescriptor": {"Location": "s3://lake/moved/4"}});
    ask(at, &["call", "update_partition", &other.to_string()]);
    let outcomes = passes.pass();
    for key in [
        "lib/with-dash/",
        "lib/sales/ds=000002/region=eu-west-1",
        "lib/sales/ds=000004/region=eu-west-1",
    ] {
        assert!(matches!(outcomes[key], Outcome::Done(_)), "{key}: {:?}", outcomes[key]);
    }
    let judged = ask(at, &["judge", "lib", "lib_clone"]);
    assert_eq!((&judged["differences"], &judged["partitions"]), (&json!([]), &json!(29)));
    assert_eq!(server.record().expect("a record").invalid, [""; 0]);
}

#[test]
fn a_table_partitioned_by_other_keys_keeps_the_partitions_that_have_the_old_values() {
    let server = server();
    let at = server.endpoint();
    ask(at, &["fill", "lib"]);
    let mut passes = Passes::new(at, options("lib", Statistics::Leave, 3));
    passes.pass();
    ask(at, &["call", "delete_table", r#"{"DatabaseName": "lib", "Name": "sales"}"#]);
    let keys = json!([{"Name": "day", "Type": "string"}, {"Name": "region", "Type": "string"}]);
    let place = json!({"Location": "s3://lake/sales/"});
    let input = json!({"Name": "sales", "PartitionKeys": keys, "StorageDescriptor": place});
    update(at, "create_table", "lib", input);
    ask(at, &["partitions", "lib", "sales", "30"]);
    passes.pass();
    let judged = ask(at, &["judge", "lib", "lib_clone"]);
    assert_eq!((&judged["differences"], &judged["partitions"]), (&json!([]), &json!(30)));
}
