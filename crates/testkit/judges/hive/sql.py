"""Runs statements in one session.

usage: sql.py HIVESERVER2 STATEMENT...
"""

import sys

from servers import Server


def main():
    url, *statements = sys.argv[1:]
    server = Server(url)
    for statement in statements:
        server.run(statement)


if __name__ == "__main__":
    main()
