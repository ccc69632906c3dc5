"""HiveServer2 and WebHDFS for the hive programs of the test kit: pyhive and the standard
library, nothing of Boatlift."""

import http.client
import json
import urllib.parse

from pyhive import hive


class Statement(Exception):
    """A statement that failed, with what the server said."""


class Server:
    """One session of a HiveServer2."""

    def __init__(self, url, settings=None):
        host, port = url.removeprefix("jdbc:hive2://").strip("/").split(":")
        self.connection = hive.connect(host, int(port), username="hive", auth="NONE")
        for name, value in (settings or {}).items():
            self.run(f"SET {name}={value}")

    def run(self, statement):
        """Runs a statement and gives its rows, an empty list where it has none."""
        cursor = self.connection.cursor()
        try:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
        except hive.OperationalError as error:
            status = getattr(error.args[0], "status", None)
            said = getattr(status, "errorMessage", None) or str(error)
            raise Statement(f"{statement}: {said}") from error
        finally:
            cursor.close()


class Files:
    """A file system, by WebHDFS as the user `hive`."""

    def __init__(self, url):
        self.name_node = url.removeprefix("http://")

    def put(self, path, content):
        """Writes a file whole, in place of one that is there."""
        location = self._ask("PUT", path, "CREATE", 307, overwrite="true")
        parts = urllib.parse.urlsplit(location)
        self._send(parts.netloc, "PUT", f"{parts.path}?{parts.query}", 201, content)

    def get(self, path):
        """Reads a file whole."""
        location = self._ask("GET", path, "OPEN", 307)
        parts = urllib.parse.urlsplit(location)
        return self._send(parts.netloc, "GET", f"{parts.path}?{parts.query}", 200)

    def make(self, path):
        """Makes a directory and those above it."""
        self._ask("PUT", path, "MKDIRS", 200)

    def remove(self, path):
        """Removes a file, or a directory with what it holds."""
        self._ask("DELETE", path, "DELETE", 200, recursive="true")

    def names(self, path):
        """The names in a directory."""
        listed = json.loads(self._ask("GET", path, "LISTSTATUS", 200))
        return sorted(entry["pathSuffix"] for entry in listed["FileStatuses"]["FileStatus"])

    def _ask(self, method, path, operation, expected, **more):
        query = urllib.parse.urlencode({"op": operation, "user.name": "hive", **more})
        target = f"/webhdfs/v1{urllib.parse.quote(path)}?{query}"
        return self._send(self.name_node, method, target, expected)

    @staticmethod
    def _send(address, method, target, expected, body=None):
        connection = http.client.HTTPConnection(address, timeout=30)
        try:
            connection.request(method, target, body=body)
            answer = connection.getresponse()
            said = answer.read()
            if answer.status != expected:
                raise OSError(f"{method} {target}: {answer.status}: {said[:500]!r}")
            return answer.getheader("Location") if expected == 307 else said
        finally:
            connection.close()
