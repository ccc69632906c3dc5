//! Many partitions, against moto alone: it has neither pages nor segments, which a client
//! must bear.

use crate::ground::{ask, options};
use crate::passes::{Passes, not_good};
use boatlift_mover_redshift::glue::Statistics;
use boatlift_testkit::services::moto::Moto;
use serde_json::json;

#[test]
fn two_thousand_partitions_with_null_values_survive_a_kill_in_the_middle() {
    let moto = Moto::start().unwrap_or_else(|error| panic!("{error}"));
    let server = moto.endpoint();
    ask(server, &["fill", "lib"]);
    let table = json!({"DatabaseName": "lib", "TableInput": {
        "Name": "many", "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [{"Name": "n", "Type": "string"}, {"Name": "region", "Type": "string"}],
        "StorageDescriptor": {"Location": "s3://lake/many/"}}});
    ask(server, &["call", "create_table", &table.to_string()]);
    ask(server, &["partitions", "lib", "many", "2000"]);
    // Databases, tables, and three turns of partitions.
    let mut killed = Passes::new(server, options("lib", Statistics::Leave, 3));
    let carried = killed.pass_until(5);
    assert!(carried.len() < 1000, "{}", carried.len());
    drop(killed);
    let half = ask(server, &["judge", "lib", "lib_clone"]);
    assert_ne!(half["differences"], json!([]), "the judge sees that it is not whole");
    let mut again = Passes::new(server, options("lib", Statistics::Leave, 3));
    let bad = not_good(&again.pass());
    assert_eq!(bad.len(), 4, "only what stays behind: {bad:?}");
    let judged = ask(server, &["judge", "lib", "lib_clone"]);
    assert_eq!((&judged["differences"], &judged["partitions"]), (&json!([]), &json!(2030)));
}
