"""Drives the server of faults by boto3, without retries, and prints what came as one JSON object.

Usage: faults.py URL ACCESS_KEY SECRET_KEY QUESTION NAME

copies      an object is copied eight times; how each call ended, and which copies are there
statements  the Data API: a result in pages with every kind of cell, and a statement that fails
serverless  workgroups and credentials of Redshift Serverless, and credentials of a cluster
catalog     partitions in segments and pages, too many in a call, indexes, statistics of columns
listing     a bucket of generated keys: by days, one day, and its end
"""

import json
import sys
import time

import boto3
import botocore
from botocore.config import Config

CALLS = 8
CLUSTER = {"ClusterIdentifier": "shop", "Database": "dev", "DbUser": "reader"}


def copies(client, name):
    s3 = client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="key", Body=b"content")
    outcomes = []
    for number in range(CALLS):
        try:
            s3.copy_object(Bucket=name, Key=f"copy-{number}", CopySource={"Bucket": name, "Key": "key"})
            outcomes.append("ok")
        except botocore.exceptions.ClientError as error:
            outcomes.append(error.response["Error"]["Code"])
        except botocore.exceptions.BotoCoreError as error:
            outcomes.append(type(error).__name__)
    listed = s3.list_objects_v2(Bucket=name, Prefix="copy-").get("Contents", [])
    return {"outcomes": outcomes, "there": [entry["Key"] for entry in listed]}


def run(api, sql, **more):
    """Runs a statement to its end; gives its states and its last description."""
    begun = api.execute_statement(Sql=sql, **CLUSTER, **more)["Id"]
    states = []
    while not states or states[-1] not in ("FINISHED", "FAILED", "ABORTED"):
        told = api.describe_statement(Id=begun)
        states.append(told["Status"])
        time.sleep(0.01)
    return states, told


def statements(client, _):
    api = client("redshift-data")
    states, told = run(api, "SELECT n, CASE WHEN n = 1 THEN NULL ELSE 'x' END AS word, n = 2 AS yes, n / 2.0::float8 AS half "
                            "FROM generate_series(1, :most) n ORDER BY n", Parameters=[{"name": "most", "value": "25"}])
    pages, rows, token = 0, [], {}
    while True:
        page = api.get_statement_result(Id=told["Id"], **token)
        pages, rows = pages + 1, rows + page["Records"]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    failed, why = run(api, "SELECT * FROM nowhere")
    try:
        api.get_statement_result(Id=why["Id"])
        result = "given"
    except botocore.exceptions.ClientError as error:
        result = error.response["Error"]["Code"]
    return {"states": states, "pages": pages, "rows": len(rows), "total": page["TotalNumRows"], "first": rows[0],
            "columns": [column["name"] for column in page["ColumnMetadata"]],
            "failed": failed[-1], "error": why.get("Error"), "result of a failure": result}


def serverless(client, name):
    api = client("redshift-serverless")
    group = api.get_workgroup(workgroupName=name)["workgroup"]
    given = api.get_credentials(workgroupName=name, dbName="dev")
    control = client("redshift")
    control.create_cluster(ClusterIdentifier=name, NodeType="ra3.large", DBName="dev",
                           MasterUsername="admin", MasterUserPassword="Only4tests")
    cluster = control.describe_clusters(ClusterIdentifier=name)["Clusters"][0]
    user = control.get_cluster_credentials(DbUser="reader", DbName="dev", ClusterIdentifier=name)
    role = control.get_cluster_credentials_with_iam(DbName="dev", ClusterIdentifier=name)
    return {"workgroups": len(api.list_workgroups()["workgroups"]), "ports": [group["endpoint"]["port"], cluster["Endpoint"]["Port"]],
            "logins": [[given["dbUser"], given["dbPassword"]], [user["DbUser"], user["DbPassword"]], [role["DbUser"], role["DbPassword"]]]}


def catalog(client, name):
    glue = client("glue")
    storage = {"Columns": [{"Name": "id", "Type": "bigint"}], "Location": "s3://lower/t/"}
    table = {"Name": "t", "StorageDescriptor": storage, "PartitionKeys": [{"Name": "day", "Type": "string"}]}
    glue.create_database(DatabaseInput={"Name": name})
    glue.create_table(DatabaseName=name, TableInput=table, PartitionIndexes=[{"IndexName": "by_day", "Keys": ["day"]}])
    of = {"DatabaseName": name, "TableName": "t"}
    partitions = [{"Values": [f"{day:03}"], "StorageDescriptor": storage} for day in range(101)]
    try:
        glue.batch_create_partition(PartitionInputList=partitions, **of)
        refused = "nothing"
    except botocore.exceptions.ClientError as error:
        refused = error.response["Error"]["Code"]
    glue.batch_create_partition(PartitionInputList=partitions[:25], **of)
    pages, found = 0, []
    for segment in range(3):
        told = {"Segment": {"SegmentNumber": segment, "TotalSegments": 3}}
        for page in glue.get_paginator("get_partitions").paginate(**of, **told):
            pages, found = pages + 1, found + [partition["Values"][0] for partition in page["Partitions"]]
    data = {"Type": "LONG", "LongColumnStatisticsData": {"NumberOfNulls": 1, "NumberOfDistinctValues": 2}}
    statistics = {"ColumnName": "id", "ColumnType": "bigint", "AnalyzedTime": 1_700_000_000, "StatisticsData": data}
    glue.update_column_statistics_for_table(ColumnStatisticsList=[statistics], **of)
    kept = glue.get_column_statistics_for_table(ColumnNames=["id", "absent"], **of)
    states = [glue.get_partition_indexes(**of)["PartitionIndexDescriptorList"][0]["IndexStatus"] for _ in range(2)]
    try:
        glue.get_partition_indexes(DatabaseName=name, TableName="absent")
        absent = "found"
    except botocore.exceptions.ClientError as error:
        absent = error.response["Error"]["Code"]
    return {"too many": refused, "pages": pages, "found": len(found), "distinct": len(set(found)),
            "index": states, "nulls": kept["ColumnStatisticsList"][0]["StatisticsData"]["LongColumnStatisticsData"]["NumberOfNulls"],
            "absent statistics": [error["ColumnName"] for error in kept["Errors"]], "absent table": absent}


def listing(client, name):
    s3 = client("s3")

    def pages(**asked):
        return s3.get_paginator("list_objects_v2").paginate(Bucket=name, **asked)

    days = [one["Prefix"] for page in pages(Delimiter="/") for one in page.get("CommonPrefixes", [])]
    day = [entry["Key"] for page in pages(Prefix=days[7], MaxKeys=300) for entry in page["Contents"]]
    end = [entry["Key"] for page in pages(StartAfter=f"{days[-1]}part-0999989.gz") for entry in page.get("Contents", [])]
    return {"days": len(days), "in a day": len(set(day)), "sorted": day == sorted(day), "at the end": len(end), "last": end[-1]}


def main():
    url, access_key, secret_key, question, name = sys.argv[1:]
    config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, parameter_validation=False)

    def client(service):
        return boto3.client(service, endpoint_url=url, region_name="us-east-1", config=config,
                            aws_access_key_id=access_key, aws_secret_access_key=secret_key)

    questions = {"copies": copies, "statements": statements, "serverless": serverless, "catalog": catalog, "listing": listing}
    print(json.dumps(questions[question](client, name)))


main()
