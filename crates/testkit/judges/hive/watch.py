"""Reads UPPER as its users do, until standard input ends: what was there once must stay there
until LOWER drops it, and tables that nobody writes must show the same rows at every moment.

Prints one line of JSON for the first fault of each name, and how often it looked to standard error.

usage: watch.py HIVESERVER2 JOURNAL DATABASE...
"""

import json
import re
import select
import sys

from servers import Server, Statement

NOT_FOUND = re.compile(r"not found|NoSuchObject|does not exist|Error 10001|Error 10006", re.I)


class Watch:
    """What was seen so far, and what may be missing."""

    def __init__(self, url, journal, databases):
        self.server, self.journal, self.databases = Server(url), journal, databases
        self.server.run("SET hive.compute.query.using.stats=false")
        self.seen, self.rows, self.faulty = set(), {}, set()

    def excused(self, name):
        """Whether LOWER dropped or renamed it, or the table that it is a part of."""
        try:
            with open(self.journal, encoding="utf-8") as journal:
                gone = {json.loads(line)["gone"] for line in journal}
        except FileNotFoundError:
            return False
        return name in gone or name.partition("/")[0] in gone

    def look(self):
        """One look at everything."""
        now = set()
        for database in self.databases:
            for (name,) in self.server.run(f"SHOW TABLES IN {database}"):
                table = f"{database}.{name}"
                now |= {table, *self.parts(table)}
        for name in sorted(self.seen - now):
            self.fault(name, "was there, and is not")
        self.seen |= now
        for table in sorted(name for name in now if ".still_" in name and "/" not in name):
            self.unchanged(table)

    def parts(self, table):
        """The partitions of a table; none of one that has no partitions."""
        try:
            return [f"{table}/{name}" for (name,) in self.server.run(f"SHOW PARTITIONS {table}")]
        except Statement as error:
            if NOT_FOUND.search(str(error)):
                self.fault(table, str(error))
            return []

    def unchanged(self, table):
        """Rows of a table that nobody writes, however its files move."""
        try:
            rows = sorted(map(repr, self.server.run(f"SELECT * FROM {table}")))
            if len(self.rows.setdefault(table, rows)) == 0 or self.rows[table] != rows:
                self.fault(table, f"shows {len(rows)} rows, and had {len(self.rows[table])}")
        except Statement as error:
            self.fault(table, str(error))

    def fault(self, name, what):
        """Tells the first fault of each name."""
        if not self.excused(name) and name not in self.faulty:
            self.faulty.add(name)
            print(json.dumps({"name": name, "what": what}, ensure_ascii=False), flush=True)


def ended():
    """Waits a moment; whether standard input has ended."""
    ready, _, _ = select.select([sys.stdin], [], [], 0.5)
    return bool(ready) and not sys.stdin.read(1)


def main():
    url, journal, *databases = sys.argv[1:]
    watch, looks = Watch(url, journal, databases), 0
    while looks == 0 or not ended():
        watch.look()
        looks += 1
        if looks == 1:
            print("it watches", file=sys.stderr, flush=True)
    watch.look()
    print(f"{looks} looks at {len(watch.seen)} names", file=sys.stderr)


if __name__ == "__main__":
    main()
