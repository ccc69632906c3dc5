//! The External Object Replicator's own file: the Data API is a server of ours whose answers
//! Amazon's models judge, objects are at moto.

use crate::ground::{Ground, file, said};
use boatlift_testkit::services::aws_faults::{AwsFaults, AwsFaultsOptions};
use boatlift_testkit::services::redshift::{Views, Workload};
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

#[test]
fn its_file_is_run_with_its_layout_its_lists_and_its_log() {
    let ground = Ground::new(Views::Older);
    let warehouse = Some(ground.warehouse.endpoint().clone());
    let options = AwsFaultsOptions { warehouse, ..AwsFaultsOptions::default() };
    let amazon = AwsFaults::start(&options).unwrap_or_else(|error| panic!("{error}"));
    let server = amazon.endpoint();
    for bucket in ["source", "clones"] {
        server.make_bucket(bucket).unwrap_or_else(|error| panic!("{error}"));
    }
    let call = |method, path, body| server.call(&server.owner, method, path, body);
    call("PUT", "source/in/a", Some("content")).unwrap_or_else(|error| panic!("{error}"));
    let files = [file("s3://source/in/a", None), file("s3://source/in/gone", None)];
    let loads = vec![ground.load(1, "copy t from 's3://source/in/'", "s3://source/in/", &files)];
    ground.fill(&Workload { loads, ..Workload::default() });
    let day = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    let text = format!(
        "source_cluster_endpoint: shop.abc.us-east-1.redshift.amazonaws.com:5439\\dev\n\
         region: us-east-1\nredshift_user: awsuser\nstart_time: {day}\n\
         end_time: 2036-01-01T00:00:00+00:00\ntarget_s3_location: s3://clones/shop\n\
         log_level: info\n"
    );
    std::fs::write(ground.top.path().join("external_replicator.yaml"), text).expect("a file");

    let planned = runs(drop_in(&ground, &amazon, &["--dry-run"]), 0);
    assert!(planned.contains("costs ") && planned.contains("1 requests that write"), "{planned}");
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
