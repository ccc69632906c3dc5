//! All that a catalogue holds, against the server that has indexes, statistics and pages.

use crate::ground::{ask, options};
use crate::passes::{Passes, not_good};
use boatlift_core::{Outcome, Proof, Store};
use boatlift_mover_redshift::glue::{Action, Statistics};
use boatlift_testkit::services::aws_faults::{AwsFaults, AwsFaultsOptions, Record};
use serde_json::json;

/// A server whose pages of partitions are small.
pub(crate) fn server() -> AwsFaults {
    let options = AwsFaultsOptions { partitions_in_page: 7, ..AwsFaultsOptions::default() };
    AwsFaults::start(&options).unwrap_or_else(|error| panic!("{error}"))
}

/// How many calls have changed the catalogue so far.
pub(crate) fn writes(record: &Record) -> u64 {
    let verbs = ["Create", "Update", "Delete", "BatchCreate", "BatchUpdate", "BatchDelete"];
    let writes = record.calls.iter().filter(|(call, _)| {
        let operation = call.strip_prefix("glue:").unwrap_or_default();
        verbs.iter().any(|verb| operation.starts_with(verb))
    });
    writes.map(|(_, count)| count).sum()
}

#[test]
fn every_field_index_and_statistic_arrives_and_a_second_run_writes_nothing() {
    let server = server();
    ask(server.endpoint(), &["fill", "lib", "extras"]);
    let mut passes = Passes::new(server.endpoint(), options("lib", Statistics::All, 4));
    let outcomes = passes.pass();
    let stays = not_good(&outcomes);
    let behind = ["(schemas)/legacy", "lib/iceberg/", "lib/link/", "lib/recent/"];
    assert_eq!(stays.keys().collect::<Vec<_>>(), behind, "{stays:?}");
    assert!(stays.values().all(|why| why.starts_with("Skipped")), "{stays:?}");
    let proof = outcomes["lib/sales/"].receipt().map(|receipt| receipt.proof);
    assert_eq!(proof, Some(Proof::ReadBack));
    let judged = ask(server.endpoint(), &["judge", "lib", "lib_clone", "extras"]);
    let expected = json!({
        "differences": [], "tables": 4, "partitions": 30, "statistics": 2, "indexes": 1
    });
    assert_eq!(judged, expected);
    let record = server.record().expect("a record");
    assert_eq!(record.invalid, [""; 0], "the models allow every call");
    let before = writes(&record);
    assert!(passes.pass().values().all(|outcome| matches!(outcome, Outcome::Skipped(_))));
    let mut anew = Passes::new(server.endpoint(), options("lib", Statistics::All, 10));
    assert!(anew.pass().values().all(|outcome| matches!(outcome, Outcome::Skipped(_))));
    assert_eq!(writes(&server.record().expect("a record")), before);
}

#[test]
fn statistics_that_change_alone_are_brought() {
    let server = server();
    ask(server.endpoint(), &["fill", "lib", "extras"]);
    let mut passes = Passes::new(server.endpoint(), options("lib", Statistics::Tables, 1));
    passes.pass();
    let data = json!({"Type": "BOOLEAN", "BooleanColumnStatisticsData":
        {"NumberOfTrues": 1, "NumberOfFalses": 2, "NumberOfNulls": 3}});
    let update = json!({"DatabaseName": "lib", "TableName": "plain", "ColumnStatisticsList": [
        {"ColumnName": "id", "ColumnType": "bigint", "AnalyzedTime": 5, "StatisticsData": data}]});
    ask(server.endpoint(), &["call", "update_column_statistics_for_table", &update.to_string()]);
    let outcomes = passes.pass();
    assert!(matches!(outcomes["lib/plain/"], Outcome::Same(_)), "{outcomes:?}");
    let asked = json!({"DatabaseName": "lib_clone", "TableName": "plain", "ColumnNames": ["id"]});
    let told =
        ask(server.endpoint(), &["call", "get_column_statistics_for_table", &asked.to_string()]);
    assert_eq!(told["ColumnStatisticsList"][0]["StatisticsData"], data);
}

#[test]
fn a_review_tells_table_by_table_what_cloning_comes_to() {
    let server = server();
    ask(server.endpoint(), &["fill", "lib"]);
    let mut passes = Passes::new(server.endpoint(), options("lib", Statistics::Leave, 2));
    let of = |passes: &Passes, name: &str| {
        let all = passes.review();
        all.into_iter().find(|table| table.table == name).expect("a table")
    };
    let sales = of(&passes, "sales");
    assert_eq!((sales.action, sales.target.as_str()), (Action::Create, "lib_clone"));
    assert_eq!((sales.partitions, sales.partitions_kept), (30, 0));
    let kept: Vec<String> = sales.kept.iter().map(|kept| kept.location.clone()).collect();
    assert_eq!(kept, ["s3://elsewhere/c", "s3://elsewhere/more/"]);
    assert!(matches!(of(&passes, "recent").action, Action::Stays(_)));
    passes.pass();
    assert_eq!(of(&passes, "sales").action, Action::Skip);
    let input = json!({"Name": "plain", "Owner": "other", "StorageDescriptor": {"Location": "s3://lake/p2"}});
    let update = json!({"DatabaseName": "lib", "TableInput": input}).to_string();
    ask(server.endpoint(), &["call", "update_table", &update]);
    let plain = of(&passes, "plain");
    assert_eq!(plain.action, Action::Update);
    let told: Vec<String> = plain.differences.iter().map(ToString::to_string).collect();
    assert!(told.iter().any(|line| line == "Owner: nothing instead of `other`"), "{told:?}");
    assert!(told.iter().any(|line| line.starts_with("StorageDescriptor.Location: ")), "{told:?}");
}

#[test]
fn the_record_of_a_move_comes_and_goes() {
    let server = server();
    let passes = Passes::new(server.endpoint(), options("lib", Statistics::Leave, 1));
    let upper = passes.upper();
    assert_eq!(upper.read_mark().expect("no record"), None);
    for mark in [&b"{\"term\":1}"[..], b"{\"term\":2}"] {
        upper.write_mark(Some(mark)).expect("it is kept");
        assert_eq!(upper.read_mark().expect("a record").as_deref(), Some(mark));
    }
    upper.write_mark(None).expect("it goes");
    let databases = ask(server.endpoint(), &["call", "get_databases", "{}"]);
    assert_eq!(databases["DatabaseList"], json!([]), "its database goes with it");
    assert!(
        passes.lower().facts().expect("facts").ancestry != upper.facts().expect("facts").ancestry
    );
}
