//! Rows 14 to 31: databases, purges, rights, spellings, what stays behind, owners.

use super::{above, assert_stays, assert_whole, bring, site};
use crate::fixtures::{DB, column, filled, table};
use crate::harness::{Ran, Stage};
use boatlift_clients::metastore::{Database, Stored};

#[test]
fn row_14_a_database_that_is_there_keeps_its_place_and_owner() {
    let site = site();
    filled(&site, &table("orders"));
    let mut there = Database::new(DB);
    let place = site.upper_location("its/own/place");
    there.set_location(Some(&place));
    there.set_owner(Some("eve"));
    there.set_parameter("team", "x");
    site.upper.create_database(&there);
    bring(&site);
    let found = site.upper.with(|world| world.databases());
    let found = found.iter().find(|found| found.name() == DB).expect("the database");
    assert_eq!((found.location(), found.owner()), (Some(&*place), Some("eve")));
    assert_eq!(found.parameter("team"), Some("x"));
    assert_whole(&site, "orders");
}

#[test]
fn row_14_a_database_of_upper_that_lies_on_lower_is_refused() {
    let site = site();
    filled(&site, &table("orders"));
    let mut there = Database::new(DB);
    there.set_location(Some(&site.lower_location("warehouse/sales.db")));
    site.upper.create_database(&there);
    let ran = site.run(Stage::Metadata);
    assert_ne!(ran.status.code(), Some(0));
    ran.says("is on LOWER");
}

#[test]
fn row_21_a_table_that_purges_does_not_while_its_files_are_lowers() {
    let site = site();
    let mut purging = table("purging");
    purging.set_table_type(Some("EXTERNAL_TABLE"));
    purging.set_parameter("EXTERNAL", "TRUE");
    purging.set_parameter("external.table.purge", "true");
    filled(&site, &purging);
    let mut kept = table("kept");
    kept.set_table_type(Some("EXTERNAL_TABLE"));
    kept.set_parameter("EXTERNAL", "TRUE");
    filled(&site, &kept);
    bring(&site);
    assert_eq!(above(&site, "purging").parameter("external.table.purge"), None);
    site.run(Stage::Storage).expect(0);
    assert_eq!(above(&site, "purging").parameter("external.table.purge"), Some("true"));
    assert_eq!(above(&site, "kept").parameter("external.table.purge"), None);
}

#[test]
fn row_22_a_directory_that_upper_may_not_make() {
    let site = site();
    filled(&site, &table("orders"));
    let denied = site.top.path().join("upper/warehouse/sales.db");
    site.upper.with(|world| world.denied = vec![denied]);
    let ran = site.run(Stage::Metadata);
    assert_ne!(ran.status.code(), Some(0));
    ran.says("Unable to create database path");
    site.upper.with(|world| world.denied.clear());
    bring(&site);
}

#[test]
fn row_23_one_place_is_written_in_many_ways() {
    let site = site();
    let mut odd = table("odd");
    let plain = site.lower_location("ab/c");
    odd.set_location(Some(&format!("{}//", plain.replacen("file:/", "file:///", 1))));
    filled(&site, &odd);
    let mut clash = table("clash");
    clash.set_location(Some(&format!("file:{}/lower2/t", site.top.path().display())));
    filled(&site, &clash);
    bring(&site);
    assert_eq!(above(&site, "odd").location(), Some(&*plain));
    // `lower2` is not below `lower`.
    let ran = site.run(Stage::Storage).expect(1).says("no rule names it");
    assert_eq!(above(&site, "odd").location(), Some(&*site.upper_location("ab/c")));
    assert_eq!(
        above(&site, "clash").location(),
        site.lower.table(DB, "clash").expect("it").location()
    );
    drop(ran);
}

#[test]
fn row_24_tables_whose_rows_are_not_plain_files_stay_behind() {
    let handler = "org.apache.hadoop.hive.hbase.HBaseStorageHandler";
    assert_stays(|t| t.set_parameter("storage_handler", handler), "odd");
    assert_stays(|t| t.set_parameter("table_type", "ICEBERG"), "Iceberg");
    assert_stays(|t| t.set_parameter("spark.sql.sources.provider", "delta"), "Delta");
    let hudi = "org.apache.hudi.hadoop.HoodieParquetInputFormat";
    assert_stays(|t| t.set_input_format(Some(hudi)), "Hudi");
}

#[test]
fn row_25_indexes_and_tables_of_a_session_stay_behind() {
    assert_stays(|t| t.set_table_type(Some("INDEX_TABLE")), "index");
    assert_stays(|t| t.set_table_type(Some("MATERIALIZED_VIEW")), "materialized");
    assert_stays(|t| t.as_raw_mut().set(14, true), "session");
    let site = site();
    filled(&site, &table("values__tmp__table__3"));
    site.run(Stage::Metadata).expect(0);
    assert_eq!(site.upper.table(DB, "values__tmp__table__3"), None);
}

#[test]
fn row_26_stale_statistics_go_and_other_parameters_stay() {
    let site = site();
    let mut odd = table("odd");
    for (key, value) in
        [("numRows", "5"), ("COLUMN_STATS_ACCURATE", "true"), ("our.own", "x"), ("skip", "")]
    {
        odd.set_parameter(key, value);
    }
    filled(&site, &odd);
    bring(&site);
    let found = above(&site, "odd");
    assert_eq!(
        (found.parameter("numRows"), found.parameter("COLUMN_STATS_ACCURATE")),
        (None, None)
    );
    assert_eq!((found.parameter("our.own"), found.parameter("skip")), (Some("x"), Some("")));
}

#[test]
fn row_29_no_columns_and_two_thousand() {
    let site = site();
    let mut none = table("none");
    none.set_columns(&[]);
    filled(&site, &none);
    let names: Vec<String> = (0..2000).map(|n| format!("column_{n}")).collect();
    let mut wide = table("wide");
    wide.set_columns(&names.iter().map(|name| column(name, "string")).collect::<Vec<_>>());
    filled(&site, &wide);
    bring(&site);
    assert_whole(&site, "none");
    assert_whole(&site, "wide");
}

#[test]
fn row_30_owners_come_only_when_asked_and_retention_always() {
    let mut owned = table("owned");
    owned.as_raw_mut().set(6, 30);
    let with = |more: &str| {
        let mut site = site();
        site.more = more.to_owned();
        filled(&site, &owned);
        bring(&site);
        assert_whole(&site, "owned");
        above(&site, "owned").owner().map(str::to_owned)
    };
    assert_eq!(with(""), None);
    assert_eq!(with("  carry: {owners: true}\n").as_deref(), Some("adam"));
}

#[test]
fn row_30_fields_of_a_later_version_come_along() {
    let site = site();
    let mut newer = table("newer");
    newer.as_raw_mut().set(99, "what a later version says");
    filled(&site, &newer);
    bring(&site);
    assert_eq!(above(&site, "newer").as_raw().string(99), Some("what a later version says"));
}

#[test]
fn row_31_a_serde_that_nobody_has_is_never_loaded() {
    let site = site();
    let mut odd = table("odd");
    odd.set_serde_library(Some("com.example.NobodyHasThis"));
    odd.set_parameter("skip.header.line.count", "1");
    filled(&site, &odd);
    bring(&site);
    assert_whole(&site, "odd");
}

#[test]
fn a_run_on_an_empty_database_is_done() {
    let ran: Ran = site().run(Stage::Storage);
    ran.expect(0);
}
