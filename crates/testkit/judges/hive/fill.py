"""Fills databases of LOWER by HiveServer2: every format, partitions inside and outside their
tables' directories, odd partition values, views, and a table as Spark writes it.

usage: fill.py HIVESERVER2 WEBHDFS HDFS
"""

import json
import sys

from servers import Files, Server

ROWS = 40
WAREHOUSE = "/apps/hive/warehouse"
ODD_VALUES = ["a b", "x/y", "k=v", "100%", "grüße", "日本", "plain"]

PERSON = json.dumps({
    "type": "record", "name": "person", "namespace": "shop",
    "fields": [
        {"name": "id", "type": "int"},
        {"name": "name", "type": ["null", "string"], "default": None},
    ],
})

SPARK_COLUMNS = json.dumps({"type": "struct", "fields": [
    {"name": "id", "type": "integer", "nullable": True, "metadata": {}},
    {"name": "amount", "type": "double", "nullable": True, "metadata": {}},
]})

# Tables that nothing but this program writes begin with `still`.
TABLES = [
    "CREATE DATABASE shop COMMENT 'what we sell'",
    "CREATE DATABASE shop_more",
    "CREATE TABLE shop.seed (id INT, name STRING, day STRING) "
    "ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\t'",
    "CREATE TABLE shop.orders (id INT COMMENT 'its number', name STRING, price DECIMAL(10,2), "
    "tags ARRAY<STRING>, counts MAP<STRING,INT>, placed TIMESTAMP, kind CHAR(4)) COMMENT 'orders' "
    "PARTITIONED BY (day STRING, hour INT) STORED AS ORC",
    "CREATE TABLE shop.clicks (id INT, page STRING) PARTITIONED BY (day STRING) "
    "STORED AS PARQUET",
    "CREATE EXTERNAL TABLE shop.logs (line STRING, size BIGINT) PARTITIONED BY (what STRING) "
    "ROW FORMAT DELIMITED FIELDS TERMINATED BY '|' LOCATION '/data/logs'",
    "CREATE TABLE shop.notes (id INT, note STRING COMMENT 'it\\'s free text; really') "
    "ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\t' TBLPROPERTIES ('owner.team'='a; b')",
    "CREATE TABLE shop.people ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.avro.AvroSerDe' "
    "STORED AS INPUTFORMAT 'org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat' "
    "OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.avro.AvroContainerOutputFormat' "
    f"TBLPROPERTIES ('avro.schema.literal'='{PERSON}')",
    "CREATE TABLE shop.visits (id INT, name STRING) PARTITIONED BY (day STRING) STORED AS AVRO",
    "CREATE TABLE shop.still_orc (id INT, name STRING) PARTITIONED BY (day STRING) STORED AS ORC",
    "CREATE TABLE shop.still_text (id INT, note STRING)",
    "CREATE TABLE shop.empty (id INT) PARTITIONED BY (day STRING) STORED AS ORC",
    "CREATE TABLE shop.first_name (id INT, note STRING) PARTITIONED BY (day STRING)",
    "CREATE TABLE shop.dropped (id INT, note STRING) PARTITIONED BY (day STRING)",
    "CREATE TABLE shop_more.other (id INT, note STRING) STORED AS ORC",
    "CREATE TABLE shop_more.table_then_view (id INT, note STRING)",
    "CREATE VIEW shop.long_notes AS SELECT id, note FROM shop.notes WHERE id > 3",
    "CREATE VIEW shop_more.joined AS SELECT o.id, n.note FROM shop.orders o "
    "JOIN shop.long_notes n ON (o.id = n.id)",
    "CREATE VIEW shop_more.view_then_table AS SELECT id FROM shop_more.other",
]

# One pass over the seed fills most tables: each job of this old engine takes seconds.
CONTENT = """FROM (SELECT id, name, day FROM shop.seed) s
INSERT OVERWRITE TABLE shop.orders PARTITION (day, hour) SELECT id, name,
  CAST(id * 1.25 AS DECIMAL(10,2)), array(name, day), map(name, id),
  CAST('2024-01-02 03:04:05.6' AS TIMESTAMP), 'ab', day, id % 3
INSERT OVERWRITE TABLE shop.clicks PARTITION (day) SELECT id, name, day
INSERT OVERWRITE TABLE shop.notes SELECT id, concat('note ', name)
INSERT OVERWRITE TABLE shop.people SELECT id, name
INSERT OVERWRITE TABLE shop.visits PARTITION (day) SELECT id, name, day
INSERT OVERWRITE TABLE shop.still_orc PARTITION (day) SELECT id, name, day
INSERT OVERWRITE TABLE shop.still_text SELECT id, name
INSERT OVERWRITE TABLE shop.first_name PARTITION (day) SELECT id, name, day
INSERT OVERWRITE TABLE shop.dropped PARTITION (day) SELECT id, name, day
INSERT OVERWRITE TABLE shop_more.other SELECT id, name
INSERT OVERWRITE TABLE shop_more.table_then_view SELECT id, name"""


def spark_table(hdfs):
    """A table as Spark 2 writes one: its own parameters, and its location once more."""
    location = f"{hdfs}{WAREHOUSE}/shop.db/spark_sales"
    parquet = "org.apache.hadoop.hive.ql.io.parquet"
    return (
        "CREATE TABLE shop.spark_sales (id INT, amount DOUBLE) "
        f"ROW FORMAT SERDE '{parquet}.serde.ParquetHiveSerDe' "
        f"WITH SERDEPROPERTIES ('path'='{location}') "
        f"STORED AS INPUTFORMAT '{parquet}.MapredParquetInputFormat' "
        f"OUTPUTFORMAT '{parquet}.MapredParquetOutputFormat' LOCATION '{location}' "
        "TBLPROPERTIES ('spark.sql.sources.provider'='parquet', "
        "'spark.sql.create.version'='2.4.8', 'spark.sql.sources.schema.numParts'='1', "
        f"'spark.sql.sources.schema.part.0'='{SPARK_COLUMNS}')"
    )


def odd_partitions(server, files):
    """Partitions with odd values, every second one outside the table's directory."""
    for number, value in enumerate(ODD_VALUES):
        if number % 2:
            place = f"/elsewhere/log {number}"
            files.put(f"{place}/lines", f"{value}|{number}\noutside|1\n".encode())
            location = f" LOCATION '{place}'"
        else:
            location = ""
        server.run(f"ALTER TABLE shop.logs ADD PARTITION (what='{value}'){location}")
    for number, name in enumerate(files.names("/data/logs")):
        files.put(f"/data/logs/{name}/lines", f"{name}|{number}\ninside|2\n".encode())


def spark_files(server, files, hdfs):
    """Files under the names that Spark gives them, and its mark of success."""
    server.run(spark_table(hdfs))
    server.run("CREATE TABLE shop.made (id INT, amount DOUBLE) STORED AS PARQUET")
    server.run("INSERT OVERWRITE TABLE shop.made SELECT id, id * 0.5 FROM shop.seed")
    made = f"{WAREHOUSE}/shop.db/made"
    name = "part-00000-0b1d7f6a-6f0e-4d0c-9a55-0d6a3c9b7a11-c000.snappy.parquet"
    content = files.get(f"{made}/{files.names(made)[0]}")
    spark = f"{WAREHOUSE}/shop.db/spark_sales"
    files.put(f"{spark}/{name}", content)
    files.put(f"{spark}/_SUCCESS", b"")


def main():
    url, webhdfs, hdfs = sys.argv[1:]
    server, files = Server(url), Files(webhdfs)
    for statement in TABLES:
        server.run(statement)
    lines = "".join(f"{i}\tname {i}\t2024-01-0{i % 4 + 1}\n" for i in range(ROWS))
    files.put(f"{WAREHOUSE}/shop.db/seed/lines", lines.encode())
    server.run(CONTENT)
    odd_partitions(server, files)
    spark_files(server, files, hdfs)


if __name__ == "__main__":
    main()
