//! Tests of fingerprints: what changes them, and what does not.

use super::*;
use crate::classify::Class;
use crate::marks;
use crate::samples;
use crate::translate::{OwnsFiles, Translator};
use boatlift_clients::metastore::{Column, Stored};
use boatlift_clients::thrift::Value;
use proptest::prelude::*;

fn translator() -> Translator {
    Translator::new(&samples::config(), "m").expect("a translator")
}

fn linked() -> Table {
    translator().table(&samples::table(), Class::LegacyManaged).expect("translated")
}

type Change = (&'static str, fn(&mut Table));

/// What may differ between a table that was written and the same table read from UPPER.
const HARMLESS: &[Change] = &[
    ("ddl time", |t| t.set_parameter("transient_lastDdlTime", "1")),
    ("statistics", |t| t.set_parameter("totalSize", "9")),
    ("spark's statistics", |t| t.set_parameter("spark.sql.statistics.colStats.id.max", "9")),
    ("mark of hms-mirror", |t| t.set_parameter("hmsMirror_Metadata_Stage1", "now")),
    ("mark of ours", |t| t.set_parameter(marks::SOURCE, "other")),
    ("translation", |t| t.set_parameter("TRANSLATED_TO_EXTERNAL", "TRUE")),
    ("external as a parameter", |t| assert!(t.remove_parameter("EXTERNAL"))),
    ("creation time", |t| t.as_raw_mut().set(4, 99)),
    ("id", |t| t.as_raw_mut().set(25, 99_i64)),
    ("catalog", |t| t.set_catalog(Some("spark"))),
    ("owner", |t| t.set_owner(Some("hive"))),
    ("rewriting", |t| t.as_raw_mut().set(15, false)),
    ("no comment", |t| t.set_columns(&without_empty_comments(t))),
    ("case of names", |t| t.set_name("ORDERS")),
    ("slashes", |t| t.set_location(Some("hdfs://LOWER/wh//sales.db/orders/"))),
    ("place on UPPER", |t| t.set_location(Some("hdfs://upper/external/sales.db/orders"))),
    ("schema on UPPER", |t| t.set_parameter("avro.schema.url", "/schemas/orders.avsc")),
    ("no compression", |t| drop(t.storage_mut().take(5))),
    ("name of the SerDe", |t| {
        t.storage_mut().structure_mut(7).expect("a SerDe").set(1, "orders");
    }),
    ("order of parameters", |t| t.as_raw_mut().map_mut(9).entries.reverse()),
    ("no field that nobody knows", |t| drop(t.as_raw_mut().take(4_000))),
];

const HARMFUL: &[Change] = &[
    ("place", |t| t.set_location(Some("hdfs://lower:8020/wh/sales.db/orders2"))),
    ("purge of LOWER's files", |t| t.set_parameter("external.table.purge", "true")),
    ("parameter", |t| t.set_parameter("team.key", "changed")),
    ("parameter less", |t| assert!(t.remove_parameter("team.key"))),
    ("parameter more", |t| t.set_parameter("x", "")),
    ("bucketing", |t| t.set_parameter("bucketing_version", "2")),
    ("buckets", |t| t.storage_mut().set(6, 8)),
    ("type", |t| t.set_columns(&[Column { name: "id", type_name: "int", comment: None }])),
    ("SerDe", |t| t.set_serde_library(Some("x"))),
    ("SerDe's property", |t| t.set_serde_parameter("field.delim", Some("\u{2}"))),
    ("sort order", |t| t.storage_mut().set(9, Value::structs([]))),
    ("skew", |t| drop(t.storage_mut().take(11))),
    ("keys", |t| t.set_partition_keys(&[])),
    ("retention", |t| t.as_raw_mut().set(6, 5)),
    ("type of table", |t| t.set_table_type(Some("VIRTUAL_VIEW"))),
    ("view", |t| t.set_view_expanded_text(Some("select 1"))),
    ("subdirectories", |t| t.storage_mut().set(12, true)),
];

fn without_empty_comments(table: &Table) -> Vec<Column<'static>> {
    let leak = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
    let columns = table.columns().into_iter().map(|c| Column {
        name: leak(c.name),
        type_name: leak(c.type_name),
        comment: c.comment.filter(|comment| !comment.is_empty()).map(leak),
    });
    columns.collect()
}

#[test]
fn what_servers_do_by_themselves_changes_nothing() {
    let translator = translator();
    let before = translator.fingerprints().table(&linked());
    for (name, change) in HARMLESS {
        let mut table = linked();
        change(&mut table);
        assert_eq!(translator.fingerprints().table(&table), before, "{name}");
    }
}

#[test]
fn what_matters_changes_the_fingerprint() {
    let translator = translator();
    let before = translator.fingerprints().table(&linked());
    for (name, change) in HARMFUL {
        let mut table = linked();
        change(&mut table);
        // The type of a table shows only where no parameter says `EXTERNAL`.
        if *name == "type of table" {
            table.remove_parameter("EXTERNAL");
        }
        assert_ne!(translator.fingerprints().table(&table), before, "{name}");
    }
}

#[test]
fn the_mark_is_the_fingerprint_of_the_marked_table() {
    let table = linked();
    let now = translator().fingerprints().table(&table);
    assert_eq!(table.parameter(marks::SOURCE), Some(now.to_string().as_str()));
    assert_eq!(now.to_string().parse(), Ok(now));
    assert_eq!(marks::may_overwrite(&table, &now, "m"), Ok(()));
}

#[test]
fn an_adopted_table_has_the_fingerprint_of_the_linked_one() {
    let translator = translator();
    let before = translator.fingerprints().table(&linked());
    for owns in [OwnsFiles::NotYet, OwnsFiles::Yes] {
        let adopted = translator.adopt_table(&linked(), owns).expect("adopted");
        assert_eq!(translator.fingerprints().table(&adopted), before);
    }
    let mut external = samples::table();
    external.set_table_type(Some("EXTERNAL_TABLE"));
    let linked = translator.table(&external, Class::External).expect("translated");
    let mut adopted = translator.adopt_table(&linked, OwnsFiles::Yes).expect("adopted");
    let before = translator.fingerprints().table(&adopted);
    adopted.set_parameter("external.table.purge", "true");
    assert_ne!(translator.fingerprints().table(&adopted), before, "a purge nobody asked for");
}

#[test]
fn owners_count_where_they_are_carried() {
    let mut config = samples::config();
    config.carry.owners = true;
    let translator = Translator::new(&config, "m").expect("a translator");
    let table = translator.table(&samples::table(), Class::LegacyManaged).expect("translated");
    let before = translator.fingerprints().table(&table);
    let mut changed = table.clone();
    changed.set_owner(Some("hive"));
    assert_ne!(translator.fingerprints().table(&changed), before);
    let mut said = table;
    said.as_raw_mut().set(18, 1);
    assert_eq!(translator.fingerprints().table(&said), before, "a user, said or not");
}

#[test]
fn partitions_of_both_forms_have_one_fingerprint() {
    let translator = translator();
    let linked = translator.partition(&samples::partition()).expect("translated");
    let adopted = translator.adopt_partition(&linked).expect("adopted");
    assert_ne!(linked.location(), adopted.location());
    let fingerprints = translator.fingerprints();
    assert_eq!(fingerprints.partition(&linked), fingerprints.partition(&adopted));
    let mut other = linked.clone();
    other.set_values(&["2020-01-02"]);
    assert_ne!(fingerprints.partition(&linked), fingerprints.partition(&other));
}

#[test]
fn fingerprints_stay_the_same_from_version_to_version() {
    let translator = translator();
    let partition = translator.partition(&samples::partition()).expect("translated");
    let now = [
        translator.fingerprints().table(&linked()).to_string(),
        translator.fingerprints().partition(&partition).to_string(),
    ];
    assert_eq!(now.to_vec(), include_str!("golden.txt").lines().collect::<Vec<_>>());
}

proptest! {
    #[test]
    fn the_order_of_parameters_does_not_count(
        pairs in prop::collection::btree_map("[a-c.]{1,3}", "[a-c]{0,3}", 0..6),
        turn in 0usize..6,
    ) {
        let translator = translator();
        let mut table = Table::new("d", "t");
        for (key, value) in &pairs {
            table.set_parameter(key, value);
        }
        let mut turned = table.clone();
        let entries = &mut turned.as_raw_mut().map_mut(9).entries;
        let by = if entries.is_empty() { 0 } else { turn % entries.len() };
        entries.rotate_left(by);
        let fingerprints = translator.fingerprints();
        prop_assert_eq!(fingerprints.table(&table), fingerprints.table(&turned));
    }

    #[test]
    fn facts_do_not_run_into_each_other(a in "[ab=\\]]{0,3}", b in "[ab=\\]]{0,3}") {
        let translator = translator();
        let with = |key: &str, value: &str| {
            let mut table = Table::new("d", "t");
            table.set_parameter(key, value);
            translator.fingerprints().table(&table)
        };
        prop_assert_eq!(with(&a, &b) == with(&b, &a), a == b);
    }
}
