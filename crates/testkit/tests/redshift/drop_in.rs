//! The External Object Replicator's own file: the Data API is a server of ours whose answers
//! Amazon's models judge, objects are at moto.

use crate::ground::{Ground, ask_glue, file, said};
use boatlift_testkit::services::aws_faults::{AwsFaults, AwsFaultsOptions};
use boatlift_testkit::services::redshift::{ExternalSchema, ExternalTable, Views, Workload};
use serde_json::{Value, json};
use std::process::Command;

const LOG: &str = "external_replicator_logs/external_replicator.log";

/// The command in the directory of the ground, with `amazon` in the place of Amazon.
fn drop_in(ground: &Ground, amazon: &AwsFaults, words: &[&str]) -> Command {
    let mut command = ground.command(&[&["external-replicator"], words].concat());
    let server = amazon.endpoint();
    command.current_dir(ground.top.path()).env("AWS_ENDPOINT_URL", &server.url);
    command.env("AWS_ACCESS_KEY_ID", &server.owner.access_key);
    command.env("AWS_SECRET_ACCESS_KEY", &server.owner.secret_key);
    command
}

#[track_caller]
fn runs(mut command: Command, code: i32) -> String {
    let output = command.output().expect("boatlift starts");
    assert_eq!(output.status.code(), Some(code), "{}", said(&output));
    said(&output)
}

/// The tool's own file, for a window from today on.
fn write_file(ground: &Ground) {
    let day = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    let text = format!(
        "source_cluster_endpoint: shop.abc.us-east-1.redshift.amazonaws.com:5439\\dev\n\
         region: us-east-1\nredshift_user: awsuser\nstart_time: {day}\n\
         end_time: 2036-01-01T00:00:00+00:00\ntarget_s3_location: s3://clones/shop\n\
         log_level: info\n"
    );
    std::fs::write(ground.top.path().join("external_replicator.yaml"), text).expect("a file");
}

/// Amazon in front of the ground's warehouse, with a bucket on either side.
fn amazon(ground: &Ground) -> AwsFaults {
    let warehouse = Some(ground.warehouse.endpoint().clone());
    let options = AwsFaultsOptions { warehouse, ..AwsFaultsOptions::default() };
    let amazon = AwsFaults::start(&options).unwrap_or_else(|error| panic!("{error}"));
    for bucket in ["source", "clones"] {
        amazon.endpoint().make_bucket(bucket).unwrap_or_else(|error| panic!("{error}"));
    }
    amazon
}

#[test]
fn its_file_is_run_with_its_layout_its_lists_and_its_log() {
    let ground = Ground::new(Views::Older);
    let amazon = amazon(&ground);
    let server = amazon.endpoint();
    let call = |method, path, body| server.call(&server.owner, method, path, body);
    call("PUT", "source/in/a", Some("content")).unwrap_or_else(|error| panic!("{error}"));
    let files = [file("s3://source/in/a", None), file("s3://source/in/gone", None)];
    let loads = vec![ground.load(1, "copy t from 's3://source/in/'", "s3://source/in/", &files)];
    ground.fill(&Workload { loads, ..Workload::default() });
    write_file(&ground);

    let planned = runs(drop_in(&ground, &amazon, &["--dry-run"]), 0);
    assert!(planned.contains("costs ") && planned.contains("3 requests that write"), "{planned}");
    assert!(planned.contains("remark: start_time: it names no zone"), "{planned}");
    assert!(call("GET", "clones/shop/copyfiles/in/a", None).is_err(), "{planned}");

    let ran = runs(drop_in(&ground, &amazon, &[]), 1);
    let clone = call("GET", "clones/shop/copyfiles/in/a", None);
    assert_eq!(clone.ok().as_deref(), Some("content"), "{ran}");
    let list = call("GET", "clones/shop/copyfiles/Final_Copy_Objects.csv", None).expect("a list");
    assert!(list.contains("s3://source/in/gone,") && list.contains("object not found"), "{list}");
    let log = |older| std::fs::read_to_string(ground.top.path().join(format!("{LOG}{older}")));
    let newest = log("").expect("a log");
    assert!(newest.contains("INFO") && newest.contains("a window was read"), "{newest}");
    assert!(newest.contains("s3://source/in/gone"), "no failed object is told: {newest}");
    assert!(log(".1").is_ok() && log(".2").is_err());
    let record = amazon.record().expect("a record");
    assert_eq!(record.invalid, [""; 0]);
    let asked = record.calls.keys().filter(|call| call.starts_with("glue:"));
    assert_eq!(asked.count(), 0, "no external table was queried: nobody may ask the catalogue");
}

#[test]
fn tables_that_spectrum_queried_are_cloned_into_a_new_database() {
    let ground = Ground::new(Views::Older);
    let amazon = amazon(&ground);
    let server = amazon.endpoint();
    let call = |method, path, body| server.call(&server.owner, method, path, body);
    call("PUT", "source/lake/events/day%3D1/a", Some("rows")).expect("an object");
    let ask = |operation: &str, arguments: Value| ask_glue(server, operation, &arguments);
    ask("create_database", json!({"DatabaseInput": {"Name": "lib"}}));
    let serde = json!({"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"});
    let storage = |key: &str| json!({"Location": format!("s3://source/{key}"), "SerdeInfo": serde});
    let keys = json!([{"Name": "day", "Type": "string"}]);
    let input = json!({"Name": "events", "StorageDescriptor": storage("lake/events/"),
        "PartitionKeys": keys, "TableType": "EXTERNAL_TABLE"});
    ask("create_table", json!({"DatabaseName": "lib", "TableInput": input}));
    let partition = json!({"Values": ["1"], "StorageDescriptor": storage("lake/events/day=1/")});
    ask(
        "create_partition",
        json!({"DatabaseName": "lib", "TableName": "events", "PartitionInput": partition}),
    );
    let table = ExternalTable {
        name: "events".into(),
        location: "s3://source/lake/events/".into(),
        partitions: Vec::new(),
    };
    let schema = ExternalSchema {
        catalog: "dev".into(),
        name: "lake".into(),
        glue_database: "lib".into(),
        options: "{}".into(),
        tables: vec![table],
    };
    let scans = vec![ground.scan(1, "source", "lake/events/day=1/")];
    ground.fill(&Workload { scans, schemas: vec![schema], ..Workload::default() });
    write_file(&ground);

    let ran = runs(drop_in(&ground, &amazon, &[]), 0);
    let statements = ground.state_file("reports/schemas.sql");
    let clone = statements.split("DATABASE '").nth(1).and_then(|rest| rest.split('\'').next());
    let clone = clone.unwrap_or_else(|| panic!("{statements}\n{ran}"));
    assert!(clone.starts_with("lib_clone_"), "{statements}");
    let events = ask("get_table", json!({"DatabaseName": clone, "Name": "events"}));
    let events = &events["Table"]["StorageDescriptor"];
    let moved = "s3://clones/shop/spectrumfiles/lake/events/";
    assert_eq!((&events["Location"], &events["SerdeInfo"]), (&json!(moved), &serde), "{ran}");
    let partitions = ask("get_partitions", json!({"DatabaseName": clone, "TableName": "events"}));
    let found = &partitions["Partitions"][0]["StorageDescriptor"]["Location"];
    assert_eq!(*found, json!(format!("{moved}day=1/")));
    assert_eq!(
        call("GET", &format!("{}day%3D1/a", &moved[5..]), None).ok().as_deref(),
        Some("rows")
    );

    // The next run finds all of it there, in the same database.
    let again = runs(drop_in(&ground, &amazon, &[]), 0);
    assert!(!again.contains("added"), "{again}");
    assert_eq!(amazon.record().expect("a record").invalid, [""; 0]);
}

#[test]
fn a_missing_file_is_told_in_plain_words() {
    let ground = Ground::new(Views::Older);
    let mut command = ground.command(&["external-replicator"]);
    command.current_dir(ground.top.path());
    let told = runs(command, 2);
    assert!(told.contains("external_replicator.yaml"), "{told}");
    assert!(!told.contains("boatlift status") && told.contains("boatlift help"), "{told}");
}
