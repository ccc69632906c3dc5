//! Rows 7 to 13: what a table says of itself, views, transactional tables.

use super::{above, assert_stays, assert_whole, bring, site};
use crate::fixtures::{column, filled, put, table, view};
use crate::harness::{Site, Stage};
use boatlift_clients::metastore::{Column, Stored};
use boatlift_clients::thrift::{Map, Struct, Value};
use boatlift_testkit::fake_metastore::local_path;

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

/// A site whose table `odd` names a schema beside it.
fn with_schema() -> Site {
    let site = site();
    let mut odd = table("odd");
    odd.set_serde_parameter("avro.schema.url", Some(&site.lower_location("schemas/odd.avsc")));
    filled(&site, &odd);
    site
}

/// What UPPER's `odd` names as its schema.
fn schema_above(site: &Site) -> String {
    let odd = above(site, "odd");
    let named = odd.serde_parameters().into_iter().find(|(key, _)| *key == "avro.schema.url");
    named.expect("the property").1.to_owned()
}

#[test]
fn row_08_a_schema_beside_a_table_comes_with_the_exchange() {
    let site = with_schema();
    put(&site.lower_location("schemas"), "odd.avsc", "{}");
    site.run(Stage::Storage).expect(0);
    let place = site.upper_location("schemas/odd.avsc");
    assert_eq!(schema_above(&site), place);
    let file = local_path(&place).expect("a path");
    assert_eq!(std::fs::read_to_string(file).expect("the schema"), "{}");
}

#[test]
fn row_08_a_schema_that_cannot_come_holds_the_exchange_up() {
    let site = with_schema();
    site.run(Stage::Storage).expect(1).says("BL-HIVE-003").says("avro.schema.url names it");
    put(&site.lower_location("schemas"), "odd.avsc", "{}");
    put(&site.upper_location("schemas"), "odd.avsc", "[]");
    site.run(Stage::Storage).expect(1).says("BL-COPY-008").says("odd.avsc");
    assert_eq!(schema_above(&site), site.lower_location("schemas/odd.avsc"));
    put(&site.upper_location("schemas"), "odd.avsc", "{}");
    site.run(Stage::Storage).expect(0);
    assert_eq!(schema_above(&site), site.upper_location("schemas/odd.avsc"));
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
