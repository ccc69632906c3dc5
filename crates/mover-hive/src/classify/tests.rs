//! Tests of classification.

use super::*;
use crate::config::{EXAMPLE, HiveConfig};
use std::collections::BTreeSet;

fn standing(kind: &str, parameters: &[(&str, &str)], change: impl Fn(&mut Table)) -> Standing {
    let config = HiveConfig::parse(EXAMPLE, std::path::Path::new("a.yaml")).expect("valid");
    let mut table = Table::new("d", "t");
    table.set_table_type(Some(kind));
    table.set_location(Some("hdfs://lower/t"));
    for (key, value) in parameters {
        table.set_parameter(key, value);
    }
    change(&mut table);
    classify(&table, &config.lower)
}

#[test]
fn types_and_parameters_decide() {
    use Class::{External, LegacyManaged, View};
    use SkipReason::{
        Delta, Hudi, Iceberg, Index, InsertOnly, MaterializedView, NonNative, Transactional,
        UnknownType,
    };
    let carry = Standing::Carry;
    let skip = Standing::Skip;
    let hbase = "org.apache.hadoop.hive.hbase.HBaseStorageHandler";
    let iceberg = "org.apache.iceberg.mr.hive.HiveIcebergStorageHandler";
    let managed = "MANAGED_TABLE";
    for (kind, parameters, expected) in [
        (managed, &[][..], carry(LegacyManaged)),
        ("EXTERNAL_TABLE", &[], carry(External)),
        (managed, &[("EXTERNAL", "TRUE")], carry(External)),
        (managed, &[("EXTERNAL", "FALSE")], carry(LegacyManaged)),
        ("VIRTUAL_VIEW", &[], carry(View)),
        ("MATERIALIZED_VIEW", &[], skip(MaterializedView)),
        ("INDEX_TABLE", &[], skip(Index)),
        ("SNAPSHOT", &[], skip(UnknownType)),
        (managed, &[("transactional", "true")], skip(Transactional)),
        (managed, &[("TRANSACTIONAL", "True")], skip(Transactional)),
        (managed, &[("transactional", "false")], carry(LegacyManaged)),
        ("EXTERNAL_TABLE", &[("transactional", "TRUE")], skip(Transactional)),
        (
            managed,
            &[("transactional", "true"), ("transactional_properties", "insert_only")],
            skip(InsertOnly),
        ),
        (
            managed,
            &[("transactional", "true"), ("transactional_properties", "default")],
            skip(Transactional),
        ),
        ("EXTERNAL_TABLE", &[("storage_handler", hbase)], skip(NonNative)),
        ("EXTERNAL_TABLE", &[("storage_handler", iceberg)], skip(Iceberg)),
        ("EXTERNAL_TABLE", &[("table_type", "ICEBERG")], skip(Iceberg)),
        ("EXTERNAL_TABLE", &[("spark.sql.sources.provider", "delta")], skip(Delta)),
        ("EXTERNAL_TABLE", &[("spark.sql.sources.provider", "HUDI")], skip(Hudi)),
        ("EXTERNAL_TABLE", &[("spark.sql.sources.provider", "jdbc")], skip(NonNative)),
        ("EXTERNAL_TABLE", &[("spark.sql.sources.provider", "parquet")], carry(External)),
    ] {
        assert_eq!(standing(kind, parameters, |_| ()), expected, "{kind} {parameters:?}");
    }
}

#[test]
fn tables_of_sessions_are_left_out() {
    let named = |name: &str| standing("MANAGED_TABLE", &[], |table| table.set_name(name));
    let temporary = Standing::Skip(SkipReason::Temporary);
    assert_eq!(named("values__tmp__table__12"), temporary);
    assert_eq!(named("Values__Tmp__Table__1"), temporary);
    assert_eq!(named("values__tmp__table__of_mine"), Standing::Carry(Class::LegacyManaged));
    let flagged = standing("MANAGED_TABLE", &[], |table| {
        table.as_raw_mut().set(14, true);
    });
    assert_eq!(flagged, temporary);
}

#[test]
fn input_formats_and_missing_locations_are_seen() {
    let hudi = standing("EXTERNAL_TABLE", &[], |table| {
        table.set_input_format(Some("org.apache.hudi.hadoop.HoodieParquetInputFormat"));
    });
    assert_eq!(hudi, Standing::Skip(SkipReason::Hudi));
    let nowhere = standing("EXTERNAL_TABLE", &[], |table| table.set_location(None));
    assert_eq!(nowhere, Standing::Skip(SkipReason::NoLocation));
}

#[test]
fn managed_tables_of_a_newer_hive_are_not_legacy() {
    let mut config = HiveConfig::parse(EXAMPLE, std::path::Path::new("a.yaml")).expect("valid");
    config.lower.legacy_hive = false;
    let mut table = Table::new("d", "t");
    table.set_table_type(Some("MANAGED_TABLE"));
    table.set_location(Some("/t"));
    assert_eq!(classify(&table, &config.lower), Standing::Carry(Class::Managed));
}

#[test]
fn words_differ_and_sentences_have_no_full_stop() {
    let words: BTreeSet<_> = SkipReason::ALL.iter().map(|reason| reason.word()).collect();
    assert_eq!(words.len(), SkipReason::ALL.len());
    for reason in SkipReason::ALL {
        assert!(!reason.to_string().ends_with('.'), "{reason}");
    }
}
