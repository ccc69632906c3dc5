//! The edge cases of the hive guide, by their numbers there: one test per row.

use crate::fixtures::{
    DB, column, database, filled, lies, partition, partitioned, put, table, view,
};
use crate::harness::{Ran, Site, Stage};
use boatlift_clients::metastore::{Column, Database, Partition, Stored, Table};
use boatlift_clients::thrift::{Map, Struct, Value};
use boatlift_testkit::fake_metastore::local_path;
use std::fs;

/// A site whose LOWER has only the database.
fn site() -> Site {
    let site = Site::new();
    database(&site);
    site
}

/// Runs the metadata stage to a clean end.
#[track_caller]
fn bring(site: &Site) {
    site.run(Stage::Metadata).expect(0);
    site.assert_lower_only_read();
}

/// A table of UPPER.
#[track_caller]
fn above(site: &Site, name: &str) -> Table {
    site.upper.table(DB, name).unwrap_or_else(|| panic!("UPPER has no {name}"))
}

/// Asserts that nothing of a table's description was lost: storage descriptor, partition
/// keys, retention, view texts, and every parameter but those that go stale.
#[track_caller]
fn assert_whole(site: &Site, name: &str) {
    let lower = site.lower.table(DB, name).expect("a table of LOWER");
    let upper = above(site, name);
    for field in [6, 7, 8, 10, 11, 14] {
        assert_eq!(upper.as_raw().get(field), lower.as_raw().get(field), "field {field} of {name}");
    }
    let stale = ["transient_lastDdlTime", "numRows", "COLUMN_STATS_ACCURATE", "EXTERNAL"];
    for (key, value) in lower.parameters().filter(|(key, _)| !stale.contains(key)) {
        assert_eq!(upper.parameter(key), Some(value), "{key} of {name}");
    }
}

/// Asserts that the partitions of a table are the same objects on both sides.
#[track_caller]
fn assert_partitions_whole(site: &Site, name: &str, count: usize) {
    let lower = site.lower.with(|world| world.partitions(DB, name));
    let upper = site.upper.with(|world| world.partitions(DB, name));
    assert_eq!(upper.len(), count, "partitions of {name}");
    assert_eq!(upper.keys().collect::<Vec<_>>(), lower.keys().collect::<Vec<_>>());
    for (partition, there) in &lower {
        assert_eq!(upper[partition].storage(), there.storage(), "{name}/{partition}");
        assert_eq!(upper[partition].values(), there.values(), "{name}/{partition}");
    }
}

/// A partitioned table on LOWER, with these partitions, each with a file.
fn with_partitions(site: &Site, of: &Table, all: &[Partition]) {
    site.lower.create_table(of);
    site.lower.add_partitions(all);
    for (name, location) in site.lower.with(|world| world.places()) {
        if name.starts_with(&format!("{DB}.{}/", of.name())) {
            put(&location, "part-0", &name);
        }
    }
}

#[test]
fn row_01_locations_outside_the_table_and_of_another_table() {
    let site = site();
    filled(&site, &table("other"));
    let events = partitioned("events", "ds");
    let (outside, of_other) = (site.lower_location("out/of/it"), lies(&site, "other"));
    with_partitions(
        &site,
        &events,
        &[partition(&events, &["1"], Some(&outside)), partition(&events, &["2"], Some(&of_other))],
    );
    bring(&site);
    assert_partitions_whole(&site, "events", 2);
    site.run(Stage::Storage).expect(0);
    assert_eq!(site.upper_rows(), site.lower_rows());
}

#[test]
fn row_01_a_third_file_system_without_a_rule_fails_that_table_alone_in_the_storage_stage() {
    let site = site();
    filled(&site, &table("near"));
    let mut far = table("far");
    far.set_location(Some("s3a://elsewhere/far"));
    site.lower.create_table(&far);
    bring(&site);
    assert_whole(&site, "far");
    site.run(Stage::Storage).expect(1).says("no rule names it");
    assert_eq!(above(&site, "far").location(), Some("s3a://elsewhere/far"));
    assert_eq!(
        above(&site, "near").location(),
        Some(&*site.upper_location("warehouse/sales.db/near"))
    );
}

#[test]
fn row_02_a_missing_directory_is_reported_and_not_made() {
    let site = site();
    let events = partitioned("events", "ds");
    let all = [partition(&events, &["1"], None), partition(&events, &["2"], None)];
    with_partitions(&site, &events, &all);
    filled(&site, &table("lost"));
    let (lost, part) = (lies(&site, "lost"), format!("{}/ds=2", lies(&site, "events")));
    for location in [&lost, &part] {
        fs::remove_dir_all(local_path(location).expect("a path")).expect("it goes");
    }
    let ran = site.run(Stage::Metadata);
    let ran = ran.says("ds=2").says("does not exist on LOWER");
    assert_ne!(ran.status.code(), Some(4));
    assert_eq!(site.upper.table(DB, "lost"), None);
    assert_eq!(site.upper.with(|world| world.partitions(DB, "events")).len(), 1);
    for location in [&lost, &part] {
        assert!(!local_path(location).expect("a path").exists(), "UPPER made {location}");
    }
}

#[test]
fn row_02_two_partitions_share_a_directory() {
    let site = site();
    let events = partitioned("events", "ds");
    let shared = site.lower_location("shared");
    let at = |value| partition(&events, &[value], Some(&shared));
    with_partitions(&site, &events, &[at("1"), at("2")]);
    bring(&site);
    site.run(Stage::Storage).expect(0);
    assert_eq!(site.upper_rows(), site.lower_rows());
}

#[test]
fn row_03_partition_values_of_every_kind() {
    let site = site();
    let events = partitioned("events", "ds");
    let long = "x".repeat(200);
    let values = [
        "a/b",
        "a=b",
        "100%",
        "10:30",
        "a#b",
        "a b",
        "é中😀",
        "__HIVE_DEFAULT_PARTITION__",
        "007",
        "2026-01-31",
        "a'b\"c",
        "{x}[y]^",
        "tab\there",
        "..",
        ".",
        "%2F",
        "A",
        "a",
        &long,
    ];
    let all: Vec<Partition> = values.iter().map(|v| partition(&events, &[v], None)).collect();
    with_partitions(&site, &events, &all);
    bring(&site);
    assert_partitions_whole(&site, "events", values.len());
}

#[test]
fn row_03_files_of_partitions_with_escaped_names() {
    let site = site();
    let events = partitioned("events", "ds");
    let values = ["a/b", "100%", "a b", "é中😀", "%2F"];
    let all: Vec<Partition> = values.iter().map(|v| partition(&events, &[v], None)).collect();
    with_partitions(&site, &events, &all);
    site.run(Stage::Storage).expect(0);
    assert_eq!(site.upper_rows(), site.lower_rows());
    assert_eq!(site.upper_rows().len(), values.len());
}

#[test]
fn row_04_thousands_of_partitions_come_in_batches_also_after_a_cut() {
    use boatlift_testkit::fake_metastore::{Act, Moment};
    let site = site();
    let events = partitioned("events", "ds");
    site.lower.create_table(&events);
    let shared = site.lower_location("shared");
    let all: Vec<Partition> =
        (0..3000).map(|n| partition(&events, &[&n.to_string()], Some(&shared))).collect();
    site.lower.add_partitions(&all);
    site.upper.at(20, Moment::After, Act::Cut);
    let ran = site.run(Stage::Metadata);
    assert!(!site.upper.cancel(), "there was no call 20");
    if ran.status.code() != Some(0) {
        site.run(Stage::Metadata).expect(0);
    }
    assert_partitions_whole(&site, "events", 3000);
    let batches = site.upper.writes().iter().filter(|call| *call == "add_partitions_req").count();
    assert!((15..=20).contains(&batches), "{batches} calls that add partitions");
}

#[test]
fn row_05_an_empty_partitioned_table_comes_over() {
    let site = site();
    site.lower.create_table(&partitioned("events", "ds"));
    bring(&site);
    assert_whole(&site, "events");
    site.run(Stage::Storage).expect(0);
    let place = site.upper_location("warehouse/sales.db/events");
    assert_eq!(above(&site, "events").location(), Some(&*place));
}

#[test]
fn row_06_partitions_with_columns_and_formats_of_their_own() {
    let site = site();
    let events = partitioned("events", "ds");
    let mut old = partition(&events, &["1"], None);
    old.set_columns(&[column("id", "int")]);
    old.set_input_format(Some("org.apache.hadoop.hive.ql.io.orc.OrcInputFormat"));
    old.set_serde_library(Some("org.apache.hadoop.hive.ql.io.orc.OrcSerde"));
    old.set_serde_parameter("only.here", Some("1"));
    with_partitions(&site, &events, &[old, partition(&events, &["2"], None)]);
    bring(&site);
    assert_partitions_whole(&site, "events", 2);
}

#[test]
fn row_07_buckets_and_skew() {
    let site = site();
    let mut bucketed = table("bucketed");
    let sort = Struct::new().with(1, "id").with(2, 1);
    let storage = bucketed.storage_mut();
    storage.set(6, 8);
    storage.set(8, Value::strings(["id"]));
    storage.set(9, Value::structs([sort]));
    filled(&site, &bucketed);
    let mut skewed = table("skewed");
    let below = site.lower_location("warehouse/sales.db/skewed/id=1");
    let mut places = Map::strings([("x", below.as_str())]);
    places.entries[0].0 = Value::strings(["1"]);
    places.kinds = Some((Value::strings(["1"]).kind(), Value::from("x").kind()));
    let lists = Value::List(boatlift_clients::thrift::List {
        kind: Value::strings(["1"]).kind(),
        items: vec![Value::strings(["1"])],
    });
    let skew = Struct::new().with(1, Value::strings(["id"]));
    let mut skew = skew.with(3, places);
    skew.fields.insert(1, (2, lists));
    skewed.storage_mut().set(11, skew);
    filled(&site, &skewed);
    bring(&site);
    assert_whole(&site, "bucketed");
    assert_whole(&site, "skewed");
    assert_eq!(above(&site, "bucketed").parameter("bucketing_version"), Some("1"));
    site.run(Stage::Storage).expect(0);
    let moved = site.upper_location("warehouse/sales.db/skewed/id=1");
    assert_eq!(above(&site, "skewed").skewed_locations(), [moved]);
}

#[test]
fn row_08_serde_properties_with_any_text() {
    let site = site();
    let mut odd = table("odd");
    let literal = format!("{{\"type\":\"record\",\"doc\":\"{}\"}}", "x".repeat(6000));
    let schema = site.lower_location("schemas/odd.avsc");
    for (key, value) in [
        ("field.delim", "\u{1}"),
        ("line.delim", "\n"),
        ("escape.delim", "\\"),
        ("quote", "'\";\t"),
        ("empty", ""),
        ("avro.schema.literal", &literal),
        ("avro.schema.url", &schema),
    ] {
        odd.set_serde_parameter(key, Some(value));
    }
    filled(&site, &odd);
    put(&site.lower_location("schemas"), "odd.avsc", "{}");
    bring(&site);
    assert_whole(&site, "odd");
}

#[test]
fn row_09_comments_in_any_text() {
    let site = site();
    let mut odd = table("odd");
    let comment = |name, comment| Column { name, type_name: "string", comment };
    odd.set_columns(&[
        comment("a", Some("é中😀 'quoted' \"twice\"\nsecond line\t;")),
        comment("b", Some("")),
        comment("c", None),
    ]);
    odd.set_parameter("comment", "naïve 😀\n'x'");
    filled(&site, &odd);
    bring(&site);
    assert_whole(&site, "odd");
}

#[test]
fn row_10_types_of_every_kind() {
    let site = site();
    let mut odd = table("odd");
    let wide: Vec<String> = (0..500).map(|n| format!("field_{n}:string")).collect();
    let wide = format!("struct<{}>", wide.join(","));
    odd.set_columns(&[
        column("a", "char(10)"),
        column("b", "varchar(65535)"),
        column("c", "decimal(38,38)"),
        column("d", "interval_day_time"),
        column("e", "uniontype<int,string>"),
        column("f", "timestamp with local time zone"),
        column("g", "struct<a:struct<b:struct<c:struct<d:array<map<string,int>>>>>>"),
        column("h", &wide),
    ]);
    filled(&site, &odd);
    bring(&site);
    assert_whole(&site, "odd");
}

#[test]
fn row_11_names_that_are_words_of_sql_or_no_ascii() {
    let site = site();
    let mut odd = table("select");
    odd.set_columns(&[column("order", "int"), column("1st", "int"), column("größe", "int")]);
    filled(&site, &odd);
    for name in ["2026", "Orders_UPPER", "größe"] {
        filled(&site, &table(name));
    }
    bring(&site);
    for name in ["select", "2026", "orders_upper", "größe"] {
        assert_whole(&site, name);
    }
}

#[test]
fn row_12_views_come_after_what_they_read_and_also_without_it() {
    let site = site();
    filled(&site, &table("z_base"));
    site.lower.create_table(&view("a_first", "select id from sales.b_second"));
    site.lower.create_table(&view("b_second", "select id from sales.z_base"));
    site.lower.create_table(&view("broken", "select id from sales.gone"));
    site.lower.create_table(&view("set", "select id from sales.z_base where id > ${hiveconf:x}"));
    bring(&site);
    for name in ["a_first", "b_second", "broken", "set"] {
        assert_whole(&site, name);
        assert_eq!(above(&site, name).table_type(), Some("VIRTUAL_VIEW"));
    }
    let made = site.upper.calls().into_iter();
    let made = made.filter(|call| call.method.starts_with("create_table"));
    let names: Vec<String> =
        made.filter_map(|call| Some(call.arguments.structure(1)?.string(1)?.to_owned())).collect();
    let at = |name: &str| names.iter().position(|found| found == name).expect("it was made");
    assert!(at("z_base") < at("b_second"), "{names:?}");
}

/// A table that stays behind, and the word by which the report says why.
#[track_caller]
fn assert_stays(change: impl FnOnce(&mut Table), why: &str) {
    let site = site();
    filled(&site, &table("near"));
    let mut odd = table("odd");
    change(&mut odd);
    filled(&site, &odd);
    let ran = site.run(Stage::Metadata);
    assert_eq!(site.upper.table(DB, "odd"), None, "{why}: it came over");
    assert_whole(&site, "near");
    ran.expect(0).says(why);
}

#[test]
fn row_13_transactional_tables_stay_behind() {
    assert_stays(|t| t.set_parameter("transactional", "True"), "transactional");
    assert_stays(
        |t| {
            t.set_parameter("transactional", "true");
            t.set_parameter("transactional_properties", "insert_only");
        },
        "insert",
    );
}

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
