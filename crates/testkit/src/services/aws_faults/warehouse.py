"""Redshift: the Data API, which runs its statements on the PostgreSQL of the tests; and the
calls that hand out credentials for that PostgreSQL."""

import secrets
import ssl
import time
import uuid

import pg8000.exceptions
import pg8000.native

STAGES = ["SUBMITTED", "PICKED", "STARTED"]
LIFETIME_SECONDS = 900


class Refused(Exception):
    """An answer that is an error: its code and message."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code, self.message = code, message


class Warehouse:
    """`at` tells where PostgreSQL is; none, and every statement fails."""

    def __init__(self, at, rows_in_page):
        self.at, self.rows_in_page = at, rows_in_page
        self.statements = {}

    def connect(self, database=None):
        if self.at is None:
            raise Refused("ValidationException", "no warehouse stands behind this server")
        context = ssl.create_default_context(cafile=self.at["authority"]) if self.at["authority"] else None
        return pg8000.native.Connection(
            self.at["user"], host=self.at["host"], port=self.at["port"], password=self.at["password"],
            database=database or self.at["database"], ssl_context=context)

    def execute(self, asked, fate=None):
        """Runs the statement at once and tells of it later. `fate` is FAILED or ABORTED."""
        statement = {"Id": str(uuid.uuid4()), "asked": asked, "polls": 0, "begun": time.time(),
                     "end": "FINISHED", "rows": [], "columns": None, "error": None}
        if fate:
            statement["end"], statement["error"] = fate["status"], fate.get("error")
        else:
            self.run(statement)
        self.statements[statement["Id"]] = statement
        answer = {"Id": statement["Id"], "CreatedAt": statement["begun"], "Database": asked.get("Database")}
        for name in ("ClusterIdentifier", "WorkgroupName", "DbUser"):
            if name in asked:
                answer[name] = asked[name]
        return {name: value for name, value in answer.items() if value is not None}

    def run(self, statement):
        asked = statement["asked"]
        parameters = {one["name"]: one["value"] for one in asked.get("Parameters", [])}
        try:
            connection = self.connect(asked.get("Database"))
            try:
                rows = connection.run(asked["Sql"], **parameters)
                statement["rows"], statement["columns"] = rows or [], connection.columns
            finally:
                connection.close()
        except pg8000.exceptions.DatabaseError as error:
            told = error.args[0] if error.args else {}
            message = told.get("M", str(error)) if isinstance(told, dict) else str(told)
            statement["end"], statement["error"] = "FAILED", f"ERROR: {message}"

    def statement(self, asked):
        try:
            return self.statements[asked["Id"]]
        except KeyError:
            raise Refused("ResourceNotFoundException", "Query does not exist.") from None

    def describe(self, asked):
        statement = self.statement(asked)
        status = (STAGES + [statement["end"]])[min(statement["polls"], len(STAGES))]
        statement["polls"] += 1
        ended = status == statement["end"]
        answer = {"Id": statement["Id"], "Status": status, "CreatedAt": statement["begun"],
                  "UpdatedAt": time.time(), "QueryString": statement["asked"]["Sql"],
                  "HasResultSet": ended and statement["columns"] is not None}
        if ended:
            answer["ResultRows"] = len(statement["rows"]) if status == "FINISHED" else -1
            answer["ResultSize"] = sum(len(str(row)) for row in statement["rows"])
            answer["Duration"] = 1000
        if ended and statement["error"]:
            answer["Error"] = statement["error"]
        return answer

    def result(self, asked):
        statement = self.statement(asked)
        if statement["polls"] <= len(STAGES) or statement["end"] != "FINISHED":
            raise Refused("ResourceNotFoundException", "Query does not have result. Please check query status.")
        if statement["columns"] is None:
            raise Refused("ResourceNotFoundException", "Query does not have result.")
        start = int(asked.get("NextToken", "0"))
        end = start + self.rows_in_page
        answer = {"Records": [[field(value) for value in row] for row in statement["rows"][start:end]],
                  "ColumnMetadata": [{"name": column["name"], "label": column["name"]}
                                     for column in statement["columns"]],
                  "TotalNumRows": len(statement["rows"])}
        if end < len(statement["rows"]):
            answer["NextToken"] = str(end)
        return answer

    def cancel(self, asked):
        statement = self.statement(asked)
        statement["end"], statement["error"] = "ABORTED", "Query cancelled on user's request"
        return {"Status": True}

    def credentials(self, user):
        """Lets a user in with a new password, for as long as the server stands."""
        password = secrets.token_urlsafe(24)
        connection = self.connect()
        try:
            role = '"' + user.replace('"', '""') + '"'
            known = connection.run("SELECT 1 FROM pg_roles WHERE rolname = :name", name=user)
            if not known:
                connection.run(f"CREATE ROLE {role} LOGIN IN ROLE pg_read_all_data")
            connection.run(f"ALTER ROLE {role} PASSWORD '{password}'")
        finally:
            connection.close()
        return {"user": user, "password": password, "expiration": time.time() + LIFETIME_SECONDS}

    def workgroup(self, name):
        return {"workgroupName": name, "status": "AVAILABLE", "namespaceName": name,
                "workgroupArn": f"arn:aws:redshift-serverless:us-east-1:123456789012:workgroup/{name}",
                "endpoint": {"address": self.at["host"], "port": self.at["port"]}}


def field(value):
    """A cell as the Data API has it."""
    if value is None:
        return {"isNull": True}
    if isinstance(value, bool):
        return {"booleanValue": value}
    if isinstance(value, int):
        return {"longValue": value}
    if isinstance(value, float):
        return {"doubleValue": value}
    return {"stringValue": str(value)}
