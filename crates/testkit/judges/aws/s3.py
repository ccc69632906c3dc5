"""Asks a server of S3 by boto3 what it can do, and prints the answers as one JSON object.

Usage: s3.py URL ACCESS_KEY SECRET_KEY QUESTION BUCKET

keys      every odd key is put, listed, read and copied; for each key `ok`, or what went wrong
versions  an object is written twice and deleted; the old version is copied by its id
parts     an object is copied in parts with its metadata and tags
sealed    an object `sealed` is written with a key of the customer's own, read with it and without
"""

import json
import sys
import unicodedata

import boto3
import botocore
from botocore.config import Config

KEYS = {
    "space": "a b", "plus": "a+b", "percent": "100%", "encoded slash": "a%2Fb", "question": "a?b=c",
    "hash": "a#b", "ampersand": "a&b", "quotes": "a'b\"c", "tab": "a\tb", "newline": "a\nb",
    "leading slash": "/lead", "two slashes": "a//b", "dots": "up/../down", "folder": "folder/",
    "emoji": "\N{ROCKET}/x", "composed": unicodedata.normalize("NFC", "\u00e9"),
    "decomposed": unicodedata.normalize("NFD", "\u00e9"), "1024 bytes": "k" * 1024,
    "prefix of a key": "x", "below a key": "x/y", "backslash": "a\\b", "angle": "<a>",
}
PART = 5 << 20


def client(url, access_key, secret_key):
    config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1},
                    connect_timeout=10, read_timeout=60)
    return boto3.client("s3", endpoint_url=url, region_name="us-east-1", config=config,
                        aws_access_key_id=access_key, aws_secret_access_key=secret_key)


def keys(s3, bucket):
    """One after the other: an answer is `ok`, or the step and the server's error code."""
    content = {key: b"" if name == "folder" else name.encode() for name, key in KEYS.items()}
    answers = {}
    for name, key in KEYS.items():
        answers[name] = attempt([
            ("put", lambda: s3.put_object(Bucket=bucket, Key=key, Body=content[key])),
            ("read", lambda: same(s3.get_object(Bucket=bucket, Key=key)["Body"].read(), content[key])),
            ("copy", lambda: s3.copy_object(Bucket=bucket, Key="copy-of/" + name,
                                            CopySource={"Bucket": bucket, "Key": key})),
            ("read the copy", lambda: same(
                s3.get_object(Bucket=bucket, Key="copy-of/" + name)["Body"].read(), content[key])),
        ])
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": 7})
    listed = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
    for name, key in KEYS.items():
        if answers[name] == "ok" and listed.count(key) != 1:
            answers[name] = f"listed {listed.count(key)} times"
    expected = [key for key in listed if not key.startswith("copy-of/")]
    answers["order"] = "ok" if expected == sorted(expected, key=str.encode) else "not by bytes"
    return answers


def attempt(steps):
    for name, step in steps:
        try:
            step()
        except botocore.exceptions.ClientError as error:
            return f"{name}: {error.response['Error']['Code']}"
        except (AssertionError, botocore.exceptions.BotoCoreError) as error:
            return f"{name}: {type(error).__name__}"
    return "ok"


def same(found, expected):
    assert found == expected, (found, expected)


def versions(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    old = s3.put_object(Bucket=bucket, Key="key", Body=b"old")["VersionId"]
    s3.put_object(Bucket=bucket, Key="key", Body=b"newer")
    s3.delete_object(Bucket=bucket, Key="key")
    listed = s3.list_object_versions(Bucket=bucket)
    source = {"Bucket": bucket, "Key": "key", "VersionId": old}
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=source)
    return {
        "sizes": [version["Size"] for version in listed["Versions"]],
        "delete markers": len(listed["DeleteMarkers"]),
        "copied": s3.get_object(Bucket=bucket, Key="copy")["Body"].read().decode(),
    }


def parts(s3, bucket):
    content = bytes(range(256)) * (2 * PART // 256) + b"tail"
    s3.put_object(Bucket=bucket, Key="key", Body=content)
    begun = s3.create_multipart_upload(Bucket=bucket, Key="copy", Metadata={"who": "me"}, Tagging="a=b")
    upload = {"Bucket": bucket, "Key": "copy", "UploadId": begun["UploadId"]}
    done = []
    for number, start in enumerate(range(0, len(content), PART), 1):
        end = min(start + PART, len(content)) - 1
        answer = s3.upload_part_copy(PartNumber=number, CopySourceRange=f"bytes={start}-{end}",
                                     CopySource={"Bucket": bucket, "Key": "key"}, **upload)
        done.append({"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]})
    s3.complete_multipart_upload(MultipartUpload={"Parts": done}, **upload)
    copied = s3.get_object(Bucket=bucket, Key="copy")
    same(copied["Body"].read(), content)
    tags = s3.get_object_tagging(Bucket=bucket, Key="copy").get("TagSet", [])
    return {"parts": len(done), "metadata": copied["Metadata"], "tags": tags}


def sealed(s3, bucket):
    """boto3 sends the digest of the key by itself."""
    own = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "0123456789" * 3 + "01"}
    s3.put_object(Bucket=bucket, Key="sealed", Body=b"content", **own)
    same(s3.get_object(Bucket=bucket, Key="sealed", **own)["Body"].read(), b"content")
    try:
        s3.get_object(Bucket=bucket, Key="sealed")
    except botocore.exceptions.ClientError as error:
        return {"without": error.response["ResponseMetadata"]["HTTPStatusCode"]}
    return {"without": 200}


def main():
    url, access_key, secret_key, question, bucket = sys.argv[1:]
    s3 = client(url, access_key, secret_key)
    s3.create_bucket(Bucket=bucket)
    questions = {"keys": keys, "versions": versions, "parts": parts, "sealed": sealed}
    print(json.dumps(questions[question](s3, bucket)))


main()
