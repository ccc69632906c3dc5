"""Writes LOWER for a while, in the ways that users do: through Hive, and behind its back.

Before it drops or renames something, it says so in a journal, a line of JSON each.

usage: write.py HIVESERVER2 WEBHDFS HDFS JOURNAL SECONDS
"""

import json
import sys
import time

from servers import Files, Server

WAREHOUSE = "/apps/hive/warehouse/shop.db"


class Writer:
    """What is done in each round, and what only once."""

    def __init__(self, url, webhdfs, hdfs, journal):
        self.server, self.files, self.hdfs = Server(url), Files(webhdfs), hdfs
        self.journal = open(journal, "a", encoding="utf-8")
        self.once = [
            self.add_columns, self.rename_table, self.drop_table, self.make_anew,
            self.move_partition, self.change_view, self.change_properties,
        ]

    def gone(self, name):
        """Says that a table, or a partition of it, is about to go."""
        self.journal.write(json.dumps({"gone": name}) + "\n")
        self.journal.flush()

    def round(self, number):
        """One round through Hive, and behind its back."""
        self.through_hive(number)
        self.behind_its_back(number)
        if number < len(self.once):
            self.once[number]()

    def through_hive(self, number):
        run = self.server.run
        columns = "id, name, CAST(id AS DECIMAL(10,2)), array(name), map(name, id), NULL, 'cd'"
        added = f", 'round {number}'" if number > 0 else ""
        run(f"INSERT OVERWRITE TABLE shop.orders PARTITION (day='2024-02-0{number % 3 + 1}', "
            f"hour={number % 2}) SELECT {columns}{added} FROM shop.seed WHERE id < {number + 3}")
        run("INSERT OVERWRITE TABLE shop.clicks PARTITION (day='2024-01-01') "
            f"SELECT id + {number}, name{added} FROM shop.seed WHERE id > {number}")
        run(f"INSERT INTO TABLE shop.visits PARTITION (day='2024-01-0{number % 4 + 1}') "
            f"SELECT id, 'round {number}' FROM shop.seed WHERE id = 1")
        run(f"ALTER TABLE shop.logs ADD PARTITION (what='round {number}/a=b')")
        self.gone(f"shop.orders/day=2024-01-0{number % 4 + 1}/hour={number % 3}")
        run(f"ALTER TABLE shop.orders DROP IF EXISTS PARTITION (day='2024-01-0{number % 4 + 1}', "
            f"hour={number % 3})")

    def behind_its_back(self, number):
        """Files added, written anew and removed; Hive hears of none of it."""
        put, inside = self.files.put, f"/data/logs/what=round {number}%2Fa%3Db"
        put(f"{inside}/lines", f"new|{number}\n".encode())
        put(f"/data/logs/what=a b/more-{number}", f"more|{number}\n".encode())
        put("/elsewhere/log 3/lines", f"another|{number}\n".encode() * (number + 1))
        # Of the same length, so that time alone tells.
        put("/elsewhere/log 5/lines", f"same size|{number % 10}\n".encode())
        if number > 0:
            self.files.remove(f"/data/logs/what=a b/more-{number - 1}")
        self.as_spark_appends(number)
        clicks = f"{WAREHOUSE}/clicks/day=2024-01-02"
        name = self.files.names(clicks)[0]
        put(f"{clicks}/copied-{number % 3}", self.files.get(f"{clicks}/{name}"))

    def as_spark_appends(self, number):
        made, spark = f"{WAREHOUSE}/made", f"{WAREHOUSE}/spark_sales"
        content = self.files.get(f"{made}/{self.files.names(made)[0]}")
        name = f"part-0000{number}-5d5b9a1c-3f62-4a43-8a26-92f3e1e1d7aa-c000.snappy.parquet"
        self.files.put(f"{spark}/_temporary/0/{name}", content)
        self.files.put(f"{spark}/{name}", content)
        self.files.remove(f"{spark}/_temporary")

    def add_columns(self):
        self.server.run("ALTER TABLE shop.orders ADD COLUMNS (extra STRING) CASCADE")
        self.server.run("ALTER TABLE shop.clicks ADD COLUMNS (referrer STRING)")
        self.server.run("USE shop")
        self.server.run("ALTER TABLE clicks PARTITION (day='2024-01-02') "
                        "ADD COLUMNS (referrer STRING)")
        self.server.run("ALTER TABLE shop.clicks CHANGE page page STRING COMMENT 'the address'")

    def rename_table(self):
        self.gone("shop.first_name")
        self.server.run("ALTER TABLE shop.first_name RENAME TO shop.second_name")
        self.gone("shop.visits/day=2024-01-04")
        self.server.run("ALTER TABLE shop.visits PARTITION (day='2024-01-04') "
                        "RENAME TO PARTITION (day='2023-01-04')")

    def drop_table(self):
        self.gone("shop.dropped")
        self.server.run("DROP TABLE shop.dropped")
        self.server.run("INSERT OVERWRITE TABLE shop.people SELECT id, 'anew' FROM shop.seed")

    def make_anew(self):
        """Another table under a name that was in use."""
        self.gone("shop_more.other")
        self.server.run("DROP TABLE shop_more.other")
        self.server.run("CREATE TABLE shop_more.other (number BIGINT) PARTITIONED BY (day STRING)")
        self.server.run("ALTER TABLE shop_more.other ADD PARTITION (day='1')")
        self.files.put("/apps/hive/warehouse/shop_more.db/other/day=1/lines", b"1\n2\n")
        self.gone("shop_more.table_then_view")
        self.server.run("DROP TABLE shop_more.table_then_view")
        self.server.run("CREATE VIEW shop_more.table_then_view AS SELECT number FROM "
                        "shop_more.other")
        self.gone("shop_more.view_then_table")
        self.server.run("DROP VIEW shop_more.view_then_table")
        self.server.run("CREATE TABLE shop_more.view_then_table (id INT)")
        self.files.put("/apps/hive/warehouse/shop_more.db/view_then_table/lines", b"7\n")

    def move_partition(self):
        """A partition whose files from now on lie elsewhere."""
        self.files.put("/elsewhere/plain/lines", b"moved|1\n")
        # Hive 1.2 alters partitions of the database in use alone.
        self.server.run("USE shop")
        self.server.run("ALTER TABLE logs PARTITION (what='plain') "
                        f"SET LOCATION '{self.hdfs}/elsewhere/plain'")

    def change_view(self):
        self.server.run("ALTER VIEW shop.long_notes AS SELECT id, note FROM shop.notes WHERE id > 5")
        self.server.run("ALTER TABLE shop.notes ADD COLUMNS (added INT)")

    def change_properties(self):
        self.server.run("ALTER TABLE shop.notes SET TBLPROPERTIES ('owner.team'='c')")
        self.server.run("ALTER TABLE shop.notes SET SERDEPROPERTIES ('escape.delim'='\\\\')")
        self.server.run("TRUNCATE TABLE shop.orders PARTITION (day='2024-01-04', hour=1)")


def main():
    url, webhdfs, hdfs, journal, seconds = sys.argv[1:]
    writer, number, end = Writer(url, webhdfs, hdfs, journal), 0, time.monotonic() + float(seconds)
    # What is done only once must be done, however slow the machine is.
    while time.monotonic() < end or number < len(writer.once):
        writer.round(number)
        number += 1
    print(f"{number} rounds")


if __name__ == "__main__":
    main()
