"""Judges every request and every answer by Amazon's own service models, as botocore has them.

Types, required and unknown members are checked by botocore's validator; limits, words and
patterns, which that leaves to Amazon, by `bounds` here. Answers in XML are read by botocore's
parsers, which overlook elements they do not know: `strange` names those.
"""

import re
import xml.etree.ElementTree as xml

import botocore.parsers
import botocore.session
import botocore.validate

SESSION = botocore.session.get_session()
MODELS = {}
PARTS_OF_HTTP = ("header", "headers", "querystring", "uri", "statusCode")
# What every service may answer, whatever its model says.
COMMON_ERRORS = {
    "AccessDeniedException", "ExpiredTokenException", "InternalServerError", "ThrottlingException",
    "UnrecognizedClientException", "ValidationException", "ServiceUnavailable",
}
S3_ERRORS = {
    "SlowDown", "InternalError", "ExpiredToken", "AccessDenied", "NoSuchKey", "NoSuchBucket",
    "ServiceUnavailable", "RequestTimeout", "InvalidObjectState", "PreconditionFailed",
    "PermanentRedirect", "AuthorizationHeaderMalformed",
}


def model(service):
    if service not in MODELS:
        MODELS[service] = SESSION.get_service_model(service)
    return MODELS[service]


def operation(service, name):
    return model(service).operation_model(name)


def targets():
    """The service of each prefix of X-Amz-Target."""
    names = ("glue", "redshift-data", "redshift-serverless", "kms", "secretsmanager", "lakeformation")
    found = {}
    for name in names:
        prefix = model(name).metadata.get("targetPrefix")
        if prefix:
            found[prefix] = name
    return found


def faults_of_value(shape, value):
    """What is wrong with a request or an answer, as sentences; none when it is right."""
    if shape is None:
        return []
    report = botocore.validate.ParamValidator().validate(value, shape)
    found = [report.generate_report()] if report.has_errors() else []
    return found + list(bounds(shape, value, ""))


def bounds(shape, value, place):
    limits = shape.metadata
    if shape.type_name == "structure" and isinstance(value, dict):
        for name, member in value.items():
            if name in shape.members:
                yield from bounds(shape.members[name], member, f"{place}.{name}")
    elif shape.type_name == "list" and isinstance(value, (list, tuple)):
        if "max" in limits and len(value) > limits["max"]:
            yield f"{place}: {len(value)} members, at most {limits['max']}"
        for number, member in enumerate(value):
            yield from bounds(shape.member, member, f"{place}[{number}]")
    elif shape.type_name == "map" and isinstance(value, dict):
        for name, member in value.items():
            yield from bounds(shape.value, member, f"{place}.{name}")
    elif shape.type_name == "string" and isinstance(value, str):
        if "max" in limits and len(value) > limits["max"]:
            yield f"{place}: {len(value)} characters, at most {limits['max']}"
        if "enum" in limits and value not in limits["enum"]:
            yield f"{place}: {value!r} is none of {limits['enum']}"
        if "pattern" in limits and not fits(limits["pattern"], value):
            yield f"{place}: {value!r} does not fit {limits['pattern']}"
    elif shape.type_name in ("integer", "long") and isinstance(value, int):
        if "max" in limits and value > limits["max"]:
            yield f"{place}: {value}, at most {limits['max']}"


def fits(pattern, value):
    """Java's patterns mostly mean the same in Python; those that do not even compile pass."""
    try:
        return re.search(pattern, value) is not None
    except re.error:
        return True


def faults_of_http_request(service, name, bucket, key, query, headers):
    """Checks what an S3 request says in its path, query and headers."""
    shape = operation(service, name).input_shape
    given, known = {}, set()
    for member, inner in shape.members.items():
        location, wire = inner.serialization.get("location"), inner.serialization.get("name", member)
        if location == "querystring":
            known.add(wire)
            if wire in query:
                given[member] = typed(inner, query[wire])
        elif location == "header" and headers.get(wire) is not None:
            given[member] = typed(inner, headers[wire])
        elif location == "uri":
            given[member] = bucket if member == "Bucket" else key
    static = operation(service, name).http["requestUri"].partition("?")[2]
    known.update(word.partition("=")[0] for word in static.split("&"))
    body = set(shape.members) - {m for m, s in shape.members.items()
                                 if s.serialization.get("location") in PARTS_OF_HTTP}
    problems = [f"unknown word of the query: {word}" for word in query
                if word not in known | {"x-id", ""}]
    for required in shape.required_members:
        if required not in given and required not in body:
            problems.append(f"missing: {required}")
    return problems + list(bounds(shape, given, ""))


def faults_of_query_request(service, name, asked):
    """Checks the names of what a request in the older protocol says, at its top."""
    shape = operation(service, name).input_shape
    given = {word.partition(".")[0] for word in asked} - {"Action", "Version"}
    known, required = (set(shape.members), shape.required_members) if shape else (set(), [])
    return [f"unknown: {word}" for word in sorted(given - known)] + \
        [f"missing: {word}" for word in required if word not in given]


def typed(shape, text):
    if shape.type_name in ("integer", "long"):
        return int(text) if re.fullmatch(r"-?\d+", text) else text
    return text


def faults_of_http_answer(service, name, status, headers, body):
    """Checks an answer in XML, a good one by its shape and a bad one by its code."""
    about = operation(service, name)
    protocol = model(service).metadata["protocol"]
    # The body of an object is not for a parser.
    if about.has_streaming_output and status < 300:
        return []
    answer = {"status_code": status, "headers": headers, "body": body}
    try:
        parsed = botocore.parsers.create_parser(protocol).parse(answer, about.output_shape)
    except (botocore.parsers.ResponseParserError, ValueError) as error:
        return [f"the answer cannot be parsed: {error}"]
    if status >= 300:
        # An answer to HEAD has no body, so its status is all it says.
        code = parsed.get("Error", {}).get("Code", "")
        return [] if code or not body else ["an error without a code"]
    parsed.pop("ResponseMetadata", None)
    found = faults_of_value(about.output_shape, parsed)
    if service == "s3" and body and about.output_shape is not None:
        found += list(strange(about.output_shape, xml.fromstring(body), name))
    return found


def strange(shape, element, place):
    """Elements that the shape does not know."""
    payload = shape.serialization.get("payload")
    if payload:
        yield from strange(shape.members[payload], element, place)
        return
    known = {s.serialization.get("name", m): s for m, s in shape.members.items()
             if s.serialization.get("location") not in PARTS_OF_HTTP}
    for child in element:
        tag = child.tag.rpartition("}")[2]
        inner = known.get(tag)
        if inner is None:
            yield f"{place}: an element that the model does not know: {tag}"
        elif inner.type_name == "structure":
            yield from strange(inner, child, f"{place}.{tag}")
        elif inner.type_name == "list" and inner.serialization.get("flattened") and inner.member.type_name == "structure":
            yield from strange(inner.member, child, f"{place}.{tag}")


def faults_of_error(service, name, code):
    """Checks that a service can answer an operation with this code."""
    if service == "s3":
        return [] if code in S3_ERRORS else [f"{code} is no error of S3"]
    known = {shape.error_code for shape in operation(service, name).error_shapes}
    known |= {shape.name for shape in operation(service, name).error_shapes}
    return [] if code in known | COMMON_ERRORS else [f"{code} is no error of {service} {name}"]
