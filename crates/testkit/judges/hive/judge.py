"""Compares databases of LOWER and UPPER by SQL alone: the rows of every partition, SHOW
PARTITIONS and SHOW CREATE TABLE. Prints one line of JSON for each difference.

usage: judge.py LOWER-HIVESERVER2 LOWER-HDFS UPPER-HIVESERVER2 UPPER-HDFS linked|exchanged DATABASE...

`linked`: UPPER's tables read LOWER's files; `exchanged`: they read their own. Ends with 0 when
it could look at everything, whatever it found.
"""

import concurrent.futures
import decimal
import hashlib
import json
import re
import sys
import urllib.parse

from servers import Server, Statement

SETTINGS = {"hive.compute.query.using.stats": "false"}

# What a server or this move adds to a table, or keeps of it as it pleases.
NOT_COMPARED = re.compile(
    r"^(boatlift\..*|hms-?[mM]irror_.*|transient_lastDdlTime|last_modified_(by|time)|COLUMN_STATS_ACCURATE|"
    r"num(Files|Rows|Partitions|FilesErasureCoded)|rawDataSize|totalSize|bucketing_version|"
    r"external\.table\.purge|EXTERNAL|STATS_GENERATED.*|discover\.partitions|"
    r"TRANSLATED_TO_EXTERNAL|serialization\.format)$"
)


# Two ways to say the same of a text table, and where properties of a SerDe stand.
DELIMITED = re.compile(r"ROW FORMAT DELIMITED\s+FIELDS TERMINATED BY ('[^']*')")
DELIMITED_AS_SERDE = (
    "ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe' "
    "WITH SERDEPROPERTIES ('field.delim'="
)
SERDE_PROPERTIES = re.compile(r"\s*WITH SERDEPROPERTIES\s*\(((?:[^()']|'(?:[^'\\]|\\.)*')*)\)")
PAIR = re.compile(r"'((?:[^'\\]|\\.)*)'\s*=\s*'((?:[^'\\]|\\.)*)'")


def rows(server, table, bases, is_view):
    """A digest of the rows of each partition with the files they lie in, whatever their
    order. A view's rows lie nowhere."""
    place = "''" if is_view else "INPUT__FILE__NAME"
    keys = 0 if is_view else partition_keys(server, table)
    by_partition = {}
    for file, *row in server.run(f"SELECT {place}, t.* FROM {table} t"):
        values, partition = row[:len(row) - keys], row[len(row) - keys:]
        line = repr([without(file, bases), *map(plain, values)])
        by_partition.setdefault(repr(partition), []).append(line)
    digests = {}
    for partition, found in by_partition.items():
        text = "\n".join(sorted(found)).encode()
        places = {line.rsplit("/", 1)[0] for line in found}
        digest = hashlib.sha256(text).hexdigest()[:16]
        digests[partition] = [len(found), digest, *sorted(places)]
    return digests


def plain(value):
    """A value in one spelling: an old Hive drops the zeros at a decimal's end."""
    return str(value.normalize()) if isinstance(value, decimal.Decimal) else value


def partition_keys(server, table):
    """How many columns a table is partitioned by."""
    described = [(row[0] or "").strip() for row in server.run(f"DESCRIBE {table}")]
    if "# Partition Information" not in described:
        return 0
    after = described[described.index("# Partition Information") + 1:]
    return sum(1 for name in after if name and not name.startswith("#"))


def partitions(server, table, is_old):
    """Its partitions by name, in one spelling; none for what has no partitions."""
    if partition_keys(server, table) == 0:
        return None
    names = [row[0] for row in server.run(f"SHOW PARTITIONS {table}")]
    spelled_alike = names if is_old else map(as_hive_1_shows, names)
    return sorted(urllib.parse.unquote(name) for name in spelled_alike)


def as_hive_1_shows(name):
    """Hive 1 shows the low byte of each character: the rows tell such names apart."""
    return bytes(ord(character) & 0xFF for character in name).decode(errors="replace")


def definition(server, table, bases):
    """SHOW CREATE TABLE taken apart, without what differs between two Hives."""
    text = "\n".join(row[0] for row in server.run(f"SHOW CREATE TABLE {table}"))
    if text.upper().startswith("CREATE VIEW"):
        query = text.split(" AS ", 1)[1] if " AS " in text else text.split(" AS\n", 1)[1]
        query = query.split("\nTBLPROPERTIES")[0]
        return {"view": re.sub(r"[`\s]+", " ", query).strip().lower()}
    head, _, tail = text.partition("TBLPROPERTIES (")
    head = DELIMITED.sub(lambda found: DELIMITED_AS_SERDE + found[1] + ")", head)
    of_serde = "".join(SERDE_PROPERTIES.findall(head))
    return {
        "head": without(spelled(SERDE_PROPERTIES.sub("", head)), bases),
        "serde": pairs(of_serde, bases),
        "properties": pairs(tail, bases),
    }


def pairs(text, bases):
    """Properties by name, without those that servers keep for themselves."""
    return {
        unescaped(key): without(unescaped(value), bases)
        for key, value in PAIR.findall(text)
        if not NOT_COMPARED.match(key)
    }


def spelled(head):
    """The head of a statement in one spelling."""
    head = re.sub(r"^CREATE (EXTERNAL )?TABLE", "CREATE TABLE", head)
    head = re.sub(r"^(CREATE TABLE) `?\w+`?\.`?(\w+)`?", r"\1 \2", head)
    head = re.sub(r"[`\s]+", " ", head)
    return re.sub(r" ?([(),]) ?", r"\1", head).strip()


def unescaped(text):
    return re.sub(r"\\(.)", r"\1", text)


def without(text, bases):
    for base in bases:
        text = text.replace(base, "")
    return text


class Side:
    """A cluster, and the file systems that its tables may lie on."""

    def __init__(self, url, bases, is_old):
        self.server, self.bases, self.is_old = Server(url, SETTINGS), bases, is_old

    def tables(self, database):
        return {row[0] for row in self.server.run(f"SHOW TABLES IN {database}")}

    def looks_at(self, table):
        """All there is to compare of one table or view."""
        defined = definition(self.server, table, self.bases)
        is_view = "view" in defined
        shown = {"definition": defined, "rows": rows(self.server, table, self.bases, is_view)}
        if not is_view:
            shown["partitions"] = partitions(self.server, table, self.is_old)
        return shown


def look(side, table):
    try:
        return side.looks_at(table)
    except Statement as error:
        return {"error": str(error)}


def look_at_all(side, databases):
    """Every table and view of a side by name, with all there is to compare of it."""
    return {
        f"{database}.{name}": look(side, f"{database}.{name}")
        for database in databases
        for name in sorted(side.tables(database))
    }


def differences(lower, upper):
    for table in sorted(lower.keys() ^ upper.keys()):
        only = "LOWER" if table in lower else "UPPER"
        yield {"table": table, "what": "existence", "only": only}
    for table in sorted(lower.keys() & upper.keys()):
        below, above = lower[table], upper[table]
        for what in sorted(below.keys() | above.keys()):
            one, other = below.get(what), above.get(what)
            if one != other or what == "error":
                yield {"table": table, "what": what, "lower": one, "upper": other}


def main():
    lower_url, lower_hdfs, upper_url, upper_hdfs, stage, *databases = sys.argv[1:]
    # Once exchanged, nothing on UPPER may name LOWER's file system.
    above = lower_hdfs if stage == "linked" else upper_hdfs
    lower, upper = Side(lower_url, [lower_hdfs], True), Side(upper_url, [above], False)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda side: look_at_all(side, databases), (lower, upper)))
    for difference in differences(*both):
        print(json.dumps(difference, ensure_ascii=False))


if __name__ == "__main__":
    main()
