//! Objects as a metastore of Hive 1.2 gives them, for the tests of this crate.

use crate::config::{EXAMPLE, HiveConfig, LocationRule};
use boatlift_clients::metastore::{Column, Partition, Stored, Table};
use boatlift_clients::thrift::{Kind, List, Map, Struct, Value};
use std::path::Path;

/// The example, with one rule and one renamed database.
pub(crate) fn config() -> HiveConfig {
    let mut config = HiveConfig::parse(EXAMPLE, Path::new("boatlift.yaml")).expect("valid");
    let rule = LocationRule { from: "/wh".into(), to: "/external".into() };
    config.locations.rules.push(rule);
    config.databases.rename.insert("sales".into(), "old_sales".into());
    config
}

/// A managed table, bucketed, sorted and skewed, with partitions, odd texts and a field that
/// nobody knows.
pub(crate) fn table() -> Table {
    let mut table = Table::new("sales", "orders");
    table.set_table_type(Some("MANAGED_TABLE"));
    table.set_owner(Some("etl"));
    table.set_location(Some("hdfs://lower:8020/wh/sales.db/orders"));
    let column = |name, type_name, comment| Column { name, type_name, comment };
    table.set_columns(&[
        column("id", "bigint", None),
        column("note", "varchar(20)", Some("it's; \u{1F600}\n")),
        column("select", "map<string,struct<a:int,b:array<decimal(38,38)>>>", Some("")),
    ]);
    table.set_partition_keys(&[column("ds", "string", Some("day"))]);
    table.set_input_format(Some("org.apache.hadoop.hive.ql.io.orc.OrcInputFormat"));
    table.set_output_format(Some("org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat"));
    table.set_serde_library(Some("org.apache.hadoop.hive.ql.io.orc.OrcSerde"));
    table.set_serde_parameter("serialization.format", Some("1"));
    table.set_serde_parameter("field.delim", Some("\u{1}"));
    for (key, value) in [
        ("comment", "all orders"),
        ("numRows", "7"),
        ("COLUMN_STATS_ACCURATE", "{\"BASIC_STATS\":\"true\"}"),
        ("transient_lastDdlTime", "1600000000"),
        ("avro.schema.url", "/schemas/orders.avsc"),
        ("team.key", "kept"),
    ] {
        table.set_parameter(key, value);
    }
    let storage = table.storage_mut();
    storage.set(6, 4);
    storage.set(8, Value::strings(["id"]));
    storage.set(9, Value::structs([Struct::new().with(1, "id").with(2, 1)]));
    storage.set(11, skew());
    table.as_raw_mut().set(4, 1_600_000_000);
    table.as_raw_mut().set(13, Struct::new());
    table.as_raw_mut().set(17, "hive");
    table.as_raw_mut().set(25, 77_i64);
    table.as_raw_mut().set(4_000, "from the future");
    table
}

fn skew() -> Struct {
    let values = List { kind: Kind::List, items: vec![Value::strings(["7"])] };
    let place = Value::from("hdfs://lower:8020/wh/sales.db/orders/id=7");
    let places = Map {
        kinds: Some((Kind::List, Kind::Bytes)),
        entries: vec![(Value::strings(["7"]), place)],
    };
    Struct::new().with(1, Value::strings(["id"])).with(2, values).with(3, places)
}

/// A partition outside its table's directory, with another SerDe.
pub(crate) fn partition() -> Partition {
    let mut partition = Partition::new("sales", "orders", &["2020-01-01"]);
    partition.set_location(Some("/elsewhere/2020-01-01/"));
    partition.set_columns(&[Column { name: "id", type_name: "int", comment: None }]);
    partition.set_serde_library(Some("org.example.Old"));
    partition.set_parameter("numFiles", "3");
    partition.set_parameter("kept", "yes");
    partition.as_raw_mut().set(4, 1_600_000_000);
    partition.as_raw_mut().set(10, 5_i64);
    partition
}
