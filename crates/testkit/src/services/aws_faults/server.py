"""An HTTP server in front of moto that breaks calls on purpose, answers by itself what moto
cannot, and judges every request and answer by Amazon's own models.

It plays no clever cloud: which call goes wrong, when and how is told by rules, and whatever
it says that Amazon could not say is noted down. The program takes one argument, its options
as JSON: `port`; `moto` as HOST:PORT; `warehouse`, a PostgreSQL or null; `rows_in_page` and
`partitions_in_page`; `generated`, the number of keys by bucket.

Below `/-/` it speaks to the test: `POST /-/rules` adds rules, `GET /-/record` tells what
happened. A rule is an object: `service` and `operation` (`*` is any), how many of the calls
it lets pass first (`after`) and how many it then breaks (`times`, none is all), and a `fault`:

error      `status`, `code`, `message`: an answer that refuses
two hundred   `code`, `message`: an answer that begins with 200 and holds an error (S3 copies)
drop       the connection ends before the call is made
lost       the call is made, and the connection ends instead of the answer
stall      the call is made, and the answer comes `seconds` later
answer     `body`: this is the answer, right or wrong
statement  `status` FAILED or ABORTED, `error`: how a statement of the Data API ends
"""

import http.client
import json
import re
import socket
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

import catalog
import model
import objects
import warehouse

# A forwarded call takes no longer, and a request has no more bytes.
FORWARD_SECONDS = 120
MOST_BYTES = 1 << 30
# How headers end that say of an object how it is written, and on whose account.
TOLD = ("bucket-owner", "request-payer", "-acl", "storage-class", "server-side-encryption", "kms-key-id")
SINGLE_HOP = ("connection", "keep-alive", "transfer-encoding", "content-length", "date", "server")
QUERY_NAMESPACE = "http://redshift.amazonaws.com/doc/2012-12-01/"


class State:
    """What all connections share; held by its lock whenever it is changed."""

    def __init__(self, options):
        self.lock = threading.Lock()
        self.moto = options["moto"]
        self.rules, self.calls, self.broken, self.invalid, self.headers = [], {}, {}, [], {}
        self.targets = model.targets()
        self.warehouse = warehouse.Warehouse(options["warehouse"], options["rows_in_page"])
        self.catalog = catalog.Catalog(self.ask_glue, options["partitions_in_page"])
        self.generated = {name: objects.GeneratedBucket(name, count)
                          for name, count in options["generated"].items()}

    def fault(self, service, operation):
        """Counts a call, and gives the fault of the first rule that breaks it."""
        with self.lock:
            name = f"{service}:{operation}"
            self.calls[name] = self.calls.get(name, 0) + 1
            for rule in self.rules:
                if rule.get("service", "*") not in ("*", service) or rule.get("operation", "*") not in ("*", operation):
                    continue
                rule["seen"] = rule.get("seen", 0) + 1
                nth = rule["seen"] - rule.get("after", 0)
                if nth > 0 and (rule.get("times") is None or nth <= rule["times"]):
                    self.broken[name] = self.broken.get(name, 0) + 1
                    return rule["fault"]
        return None

    def tell_of(self, service, operation, headers):
        """Counts the headers that say how an object is written, and on whose account."""
        with self.lock:
            for name, value in headers.items():
                if name.lower().startswith("x-amz-") and name.lower().endswith(TOLD):
                    line = f"{service}:{operation} {name.lower()}: {value}"
                    self.headers[line] = self.headers.get(line, 0) + 1

    def note(self, what, service, operation, problems):
        with self.lock:
            self.invalid += [f"{what} of {service}:{operation}: {problem}" for problem in problems]

    def ask_glue(self, operation, asked):
        headers = {"X-Amz-Target": f"AWSGlue.{operation}", "Content-Type": "application/x-amz-json-1.1",
                   "Authorization": "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/glue/aws4_request"}
        status, _, body = forward(self.moto, "POST", "/", headers, json.dumps(asked).encode())
        answer = json.loads(body or b"{}")
        if status >= 300:
            raise warehouse.Refused(answer.get("__type", "InternalServiceException").rpartition("#")[2],
                                    answer.get("message", answer.get("Message", "")))
        return answer


def forward(moto, method, path, headers, body):
    connection = http.client.HTTPConnection(moto, timeout=FORWARD_SECONDS)
    try:
        # Names of headers may be written in small letters.
        has_host = any(name.lower() == "host" for name in headers)
        connection.putrequest(method, path, skip_host=has_host, skip_accept_encoding=True)
        for name, value in headers.items():
            if name.lower() not in SINGLE_HOP and name.lower() != "expect":
                connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.getheaders(), answer.read()
    finally:
        connection.close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    state = None

    def do_any(self):
        """One call. What this program did not foresee is no answer of Amazon either."""
        try:
            self.call()
        except (ConnectionError, TimeoutError):
            self.close_connection = True
        except Exception as error:  # noqa: BLE001
            self.state.note("an accident", self.command, self.path, [repr(error)])
            self.hang_up()

    def call(self):
        body = self.body()
        if body is None:
            return
        scope = re.search(r"/([a-z0-9-]+)/aws4_request", self.headers.get("Authorization", "") + self.path)
        service = scope.group(1) if scope else None
        if self.path.startswith("/-/"):
            self.control(body)
            return
        target = self.headers.get("X-Amz-Target")
        if target:
            self.json_call(target, body)
        elif service in ("redshift", "sts"):
            self.query_call(service, body)
        elif service == "s3":
            self.object_call(body)
        else:
            self.reply(*forward(self.state.moto, self.command, self.path, dict(self.headers), body))

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_any

    def body(self):
        """The whole body; none when it is too large or of no known length."""
        if self.headers.get("Transfer-Encoding"):
            self.reply(501, [], objects.error("NotImplemented", "a body without a length"))
            return None
        length = int(self.headers.get("Content-Length") or 0)
        if length > MOST_BYTES:
            self.reply(400, [], objects.error("EntityTooLarge", "too large for a test"))
            return None
        return self.rfile.read(length)

    def control(self, body):
        state = self.state
        with state.lock:
            if self.path == "/-/rules":
                state.rules += json.loads(body)
            answer = {"calls": state.calls, "broken": state.broken, "invalid": state.invalid,
                      "headers": state.headers}
            told = json.dumps(answer).encode()
        self.reply(200, [("Content-Type", "application/json")], told)

    # JSON: Glue, the Data API, Redshift Serverless and others.

    def json_call(self, target, body):
        prefix, _, operation = target.partition(".")
        service = self.state.targets.get(prefix)
        if service is None or operation not in model.model(service).operation_names:
            self.refuse(400, "UnknownOperationException", f"nobody knows {target}")
            return
        asked = json.loads(body or b"{}")
        about = model.operation(service, operation)
        problems = model.faults_of_value(about.input_shape, asked)
        fault = self.state.fault(service, operation)
        if problems:
            self.state.note("a request", service, operation, problems)
            self.refuse(400, "ValidationException", "; ".join(problems))
            return
        if fault and fault["kind"] == "answer":
            self.json_answer(service, operation, fault["body"])
            return
        if fault and self.broke(fault, service, operation, json_errors=True):
            return
        try:
            answer = self.json_result(service, operation, asked, fault, body)
        except warehouse.Refused as refused:
            self.state.note("an error", service, operation, model.faults_of_error(service, operation, refused.code))
            self.refuse(400, refused.code, refused.message)
            return
        if self.after_the_call(fault):
            return
        if answer is not None:
            self.json_answer(service, operation, answer)

    def json_result(self, service, operation, asked, fault, body):
        """The answer of what is played here; otherwise moto's is passed on, and there is none."""
        state = self.state
        house = state.warehouse
        fate = fault if fault and fault["kind"] == "statement" else None
        played = {
            "redshift-data": {
                "ExecuteStatement": lambda: house.execute(asked, fate), "DescribeStatement": lambda: house.describe(asked),
                "GetStatementResult": lambda: house.result(asked), "CancelStatement": lambda: house.cancel(asked),
            },
            "redshift-serverless": {
                "GetCredentials": lambda: self.serverless_credentials(asked),
                "GetWorkgroup": lambda: {"workgroup": house.workgroup(asked["workgroupName"])},
                "ListWorkgroups": lambda: {"workgroups": [house.workgroup("default")]},
            },
            "glue": {name: (lambda answer=answer: answer(asked)) for name, answer in state.catalog.answers().items()},
        }.get(service, {})
        if operation in played:
            with state.catalog_lock:
                return played[operation]()
        status, headers, answer = forward(state.moto, "POST", self.path, dict(self.headers), body)
        if status < 300:
            parsed = json.loads(answer or b"{}")
            state.note("an answer", service, operation,
                       model.faults_of_value(model.operation(service, operation).output_shape, parsed))
        if not self.after_the_call(fault):
            self.reply(status, headers, answer)
        return None

    def serverless_credentials(self, asked):
        given = self.state.warehouse.credentials(f"IAM:{asked.get('workgroupName', 'default')}")
        return {"dbUser": given["user"], "dbPassword": given["password"],
                "expiration": given["expiration"], "nextRefreshTime": given["expiration"]}

    def json_answer(self, service, operation, answer):
        problems = model.faults_of_value(model.operation(service, operation).output_shape, answer)
        self.state.note("an answer", service, operation, problems)
        self.reply(200, [("Content-Type", "application/x-amz-json-1.1")], json.dumps(answer).encode())

    def refuse(self, status, code, message):
        told = json.dumps({"__type": code, "message": message}).encode()
        self.reply(status, [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-ErrorType", code)], told)

    # Redshift's control plane and STS, in an older protocol.

    def query_call(self, service, body):
        asked = objects.parse("/?" + body.decode())[2]
        operation = asked.get("Action", "")
        if operation not in model.model(service).operation_names:
            refusal = objects.query_error("InvalidAction", f"nobody knows {operation}")
            self.reply(400, [("Content-Type", "text/xml")], refusal)
            return
        self.state.note("a request", service, operation, model.faults_of_query_request(service, operation, asked))
        fault = self.state.fault(service, operation)
        if fault and fault["kind"] == "answer":
            self.xml_answer(service, operation, None, 200, [("Content-Type", "text/xml")], fault["body"].encode())
            return
        if fault and self.broke(fault, service, operation, json_errors=False):
            return
        if operation in ("GetClusterCredentials", "GetClusterCredentialsWithIAM") and self.state.warehouse.at:
            user = "IAM:" + asked["DbUser"] if "DbUser" in asked else "IAMR:lift"
            with self.state.catalog_lock:
                given = self.state.warehouse.credentials(user)
            until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(given["expiration"]))
            text = (f'<{operation}Response xmlns="{QUERY_NAMESPACE}"><{operation}Result>'
                    f"<DbUser>{escape(given['user'])}</DbUser><DbPassword>{escape(given['password'])}</DbPassword>"
                    f"<Expiration>{until}</Expiration></{operation}Result><ResponseMetadata>"
                    f"<RequestId>1</RequestId></ResponseMetadata></{operation}Response>")
            answer = 200, [("Content-Type", "text/xml")], text.encode()
        else:
            answer = self.with_our_address(forward(self.state.moto, "POST", self.path, dict(self.headers), body))
        self.xml_answer(service, operation, fault, *answer)

    def with_our_address(self, answer):
        """A cluster of moto is where our warehouse is."""
        status, headers, body = answer
        at = self.state.warehouse.at
        if at:
            body = re.sub(rb"<Address>[^<]*</Address>", b"<Address>" + at["host"].encode() + b"</Address>", body)
            body = re.sub(rb"<Port>\d+</Port>", b"<Port>%d</Port>" % at["port"], body)
        return status, headers, body

    # S3.

    def object_call(self, body):
        bucket, key, query = objects.parse(self.path)
        operation = objects.identify(self.command, bucket, key, query, self.headers)
        if operation is None:
            self.reply(*forward(self.state.moto, self.command, self.path, dict(self.headers), body))
            return
        self.state.note("a request", "s3", operation,
                        model.faults_of_http_request("s3", operation, bucket, key, query, self.headers))
        self.state.tell_of("s3", operation, self.headers)
        fault = self.state.fault("s3", operation)
        if fault and fault["kind"] == "answer":
            self.xml_answer("s3", operation, None, 200, [("Content-Type", "application/xml")], fault["body"].encode())
            return
        if fault and self.broke(fault, "s3", operation, json_errors=False):
            return
        generated = self.state.generated.get(bucket)
        if generated and operation == "ListObjectsV2":
            answer = 200, [("Content-Type", "application/xml")], generated.list(query)
            if not generated.to_be_judged():
                if not self.after_the_call(fault):
                    self.reply(*answer)
                return
        else:
            answer = forward(self.state.moto, self.command, self.path, dict(self.headers), body)
        self.xml_answer("s3", operation, fault, *answer)

    def xml_answer(self, service, operation, fault, status, headers, body):
        small = {name.lower(): value for name, value in headers}
        self.state.note("an answer", service, operation,
                        model.faults_of_http_answer(service, operation, status, small, body))
        if not self.after_the_call(fault):
            self.reply(status, headers, body)

    # Faults.

    def broke(self, fault, service, operation, json_errors):
        """Whether the fault took the place of the call."""
        if fault["kind"] == "drop":
            self.hang_up()
            return True
        if fault["kind"] not in ("error", "two hundred"):
            return False
        code, message = fault["code"], fault.get("message", "on purpose")
        status = 200 if fault["kind"] == "two hundred" else fault["status"]
        self.state.note("an error", service, operation, model.faults_of_error(service, operation, code))
        if json_errors:
            self.refuse(status, code, message)
        elif service == "s3":
            self.xml_refusal(status, code, message)
        else:
            self.reply(status, [("Content-Type", "text/xml")], objects.query_error(code, message))
        return True

    def xml_refusal(self, status, code, message):
        body = b"" if self.command == "HEAD" else objects.error(code, message)
        extra = [("Retry-After", "1")] if status == 503 else []
        self.reply(status, [("Content-Type", "application/xml"), *extra], body)

    def after_the_call(self, fault):
        """Whether the fault took the place of the answer."""
        if fault and fault["kind"] == "stall":
            time.sleep(fault["seconds"])
        if fault and fault["kind"] == "lost":
            self.hang_up()
            return True
        return False

    def hang_up(self):
        """Ends the connection by a reset, in the middle of nothing."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def reply(self, status, headers, body):
        length = str(len(body))
        if self.command == "HEAD":
            given = [value for name, value in headers if name.lower() == "content-length"]
            length = given[0] if given else length
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in SINGLE_HOP:
                self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_):
        pass

    def finish(self):
        try:
            super().finish()
        except (OSError, ValueError):
            pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def main():
    options = json.loads(sys.argv[1])
    Handler.state = State(options)
    # Statements and the catalog's own tables are kept by one call at a time.
    Handler.state.catalog_lock = threading.Lock()
    Server(("127.0.0.1", options["port"]), Handler).serve_forever()


main()
