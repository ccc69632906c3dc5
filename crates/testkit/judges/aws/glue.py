"""Fills a Data Catalog by boto3, and judges whether another database in it is its clone.

Usage: glue.py URL ACCESS_KEY SECRET_KEY fill NAME [extras]
       glue.py URL ACCESS_KEY SECRET_KEY partitions NAME TABLE COUNT
       glue.py URL ACCESS_KEY SECRET_KEY judge LOWER UPPER [extras]
       glue.py URL ACCESS_KEY SECRET_KEY call OPERATION ARGUMENTS

fill        a database with a table of every field, odd names and places, and what stays behind
partitions  more partitions of a table: null and odd values, each tenth outside the root
judge       compares every field of LOWER's tables with UPPER's, where s3://lake/ has become
            s3://new/run/spectrumfiles/lake/; prints what differs as one JSON object
call        one call, with arguments as JSON
"""

import json
import sys

import boto3

OLD, NEW = "://lake/", "://new/run/spectrumfiles/lake/"
# What only the service writes; its own input has no such fields.
SHOWN_ONLY = {"DatabaseName", "CreateTime", "UpdateTime", "CreatedBy", "CatalogId", "VersionId",
              "IsRegisteredWithLakeFormation", "CreationTime", "TableName"}
STAYS = {"iceberg", "link", "recent"}


def storage(location, **more):
    return {
        "Columns": [{"Name": "id", "Type": "bigint", "Comment": "from s3://lake/x", "Parameters": {"a": "b"}},
                    {"Name": "name", "Type": "struct<a:int,b:array<string>>"}],
        "Location": location,
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "SerdeInfo": {"Name": "lazy", "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
                      "Parameters": {"field.delim": "\u0001", "path": location, "avro.schema.url": "s3n://lake/s.avsc"}},
        **more,
    }


def fill(glue, name, extras=None):
    glue.create_database(DatabaseInput={
        "Name": name, "Description": "all of it", "LocationUri": "s3a://lake/db", "Parameters": {"k": "v", "at": "s3://lake/p"},
        "CreateTableDefaultPermissions": [{"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"},
                                           "Permissions": ["ALL"]}]})
    full = storage(
        "s3://lake/sales/", Compressed=True, NumberOfBuckets=4, BucketColumns=["id"],
        AdditionalLocations=["s3://lake/more/", "s3://elsewhere/more/"],
        SortColumns=[{"Column": "id", "SortOrder": 1}], Parameters={"x": "", "skip.header.line.count": "1"},
        SkewedInfo={"SkewedColumnNames": ["name"], "SkewedColumnValues": ["x"],
                    "SkewedColumnValueLocationMaps": {"x": "s3://lake/sales/x"}},
        StoredAsSubDirectories=True)
    keys = [{"Name": "ds", "Type": "string", "Comment": "day"}, {"Name": "region", "Type": "string"}]
    table = {"Name": "sales", "Description": "words", "Owner": "somebody", "Retention": 30, "LastAccessTime": 1600000000,
             "LastAnalyzedTime": 1500000000, "StorageDescriptor": full, "PartitionKeys": keys,
             "TableType": "EXTERNAL_TABLE",
             "Parameters": {"EXTERNAL": "TRUE", "projection.enabled": "true", "comment": "see s3://lake/",
                            "storage.location.template": "s3://lake/sales/${ds}/${region}/",
                            "lists": '["s3://lake/a,b","s3://elsewhere/c"]'}}
    indexes = {"PartitionIndexes": [{"IndexName": "by day", "Keys": ["ds"]}]} if extras else {}
    glue.create_table(DatabaseName=name, TableInput=table, **indexes)
    for odd in ("with space", "with-dash", "plain"):
        input = {"Name": odd, "StorageDescriptor": storage(f"s3://lake/{odd}"), "TableType": "EXTERNAL_TABLE"}
        glue.create_table(DatabaseName=name, TableInput=input)
    glue.create_table(DatabaseName=name, TableInput={
        "Name": "iceberg", "Parameters": {"table_type": "ICEBERG", "metadata_location": "s3://lake/i/m.json"},
        "StorageDescriptor": storage("s3://lake/i"), "TableType": "EXTERNAL_TABLE"})
    glue.create_table(DatabaseName=name, TableInput={
        "Name": "recent", "TableType": "VIRTUAL_VIEW", "ViewOriginalText": "select 1", "ViewExpandedText": "select 1"})
    glue.create_table(DatabaseName=name, TableInput={
        "Name": "link", "TargetTable": {"CatalogId": "111122223333", "DatabaseName": "far", "Name": "away"}})
    partitions(glue, name, "sales", "30")
    if extras:
        data = {"Type": "LONG", "LongColumnStatisticsData": {
            "MinimumValue": 1, "MaximumValue": 9, "NumberOfNulls": 0, "NumberOfDistinctValues": 5}}
        one = [{"ColumnName": "id", "ColumnType": "bigint", "AnalyzedTime": 1700000000, "StatisticsData": data}]
        glue.update_column_statistics_for_table(DatabaseName=name, TableName="plain", ColumnStatisticsList=one)
        values = glue.get_partitions(DatabaseName=name, TableName="sales")["Partitions"][0]["Values"]
        glue.update_column_statistics_for_partition(
            DatabaseName=name, TableName="sales", PartitionValues=values, ColumnStatisticsList=one)
    return {}


def partitions(glue, name, table, count):
    def one(number):
        odd = ["__HIVE_DEFAULT_PARTITION__", "a/b=c", "100%", "é 😀", "..", "2020-01-01 00:00:00"]
        region = odd[number % len(odd)] if number % 2 else "eu-west-1"
        location = f"s3://lake/far/{number}" if number % 10 == 0 else f"s3://lake/sales/{number}/"
        return {"Values": [f"{number:06d}", region], "StorageDescriptor": storage(location),
                "LastAccessTime": 1600000000 + number, "Parameters": {"numRows": str(number)}}

    for start in range(0, int(count), 100):
        batch = [one(number) for number in range(start, min(start + 100, int(count)))]
        answer = glue.batch_create_partition(DatabaseName=name, TableName=table, PartitionInputList=batch)
        assert not answer.get("Errors"), answer["Errors"]
    return {}


def moved(value, key=None):
    """Where everything of LOWER should be on UPPER, by replacing text and nothing cleverer."""
    if isinstance(value, dict):
        return {name: moved(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [moved(one) for one in value]
    if isinstance(value, str) and key not in ("Comment", "comment", "Description"):
        return value.replace(OLD, NEW)
    return value


def plain(told):
    """Without what only the service writes, and without the marks of a move."""
    told = {name: value for name, value in told.items() if name not in SHOWN_ONLY and value not in ({}, [], None)}
    if "Parameters" in told:
        kept = {name: value for name, value in told["Parameters"].items() if not name.startswith("boatlift.")}
        told["Parameters"] = kept
        if not kept:
            del told["Parameters"]
    if "StorageDescriptor" in told:
        # The service's own values for what was not given.
        told["StorageDescriptor"] = {"Compressed": False, "NumberOfBuckets": 0, "StoredAsSubDirectories": False,
                                     **told["StorageDescriptor"]}
    return {"Retention": 0, **told} if "Values" not in told else told


def every(glue, operation, field, **asked):
    pages = glue.get_paginator(operation).paginate(**asked)
    return [one for page in pages for one in page[field]]


def judge(glue, lower, upper, extras=None):
    differences, counted = [], {"tables": 0, "partitions": 0, "statistics": 0, "indexes": 0}

    def same(what, one, other):
        if one != other:
            differences.append({"what": what, "intended": one, "found": other})

    def database(name):
        told = plain(glue.get_database(Name=name)["Database"])
        return {key: value for key, value in told.items() if key not in ("Name", "Retention")}

    same("database", moved(database(lower)), database(upper))
    there = {one["Name"]: one for one in every(glue, "get_tables", "TableList", DatabaseName=lower)}
    here = {one["Name"]: one for one in every(glue, "get_tables", "TableList", DatabaseName=upper)}
    same("names", sorted(set(there) - STAYS), sorted(here))
    for name in sorted(set(there) & set(here)):
        counted["tables"] += 1
        same(name, moved(plain(there[name])), plain(here[name]))
        found = []
        for database in (lower, upper):
            all = every(glue, "get_partitions", "Partitions", DatabaseName=database, TableName=name)
            found.append({tuple(one["Values"]): plain(one) for one in all})
            same(f"{name}: partitions are told once", len(all), len(found[-1]))
        same(f"{name}: partitions", sorted(found[0]), sorted(found[1]))
        for values in set(found[0]) & set(found[1]):
            counted["partitions"] += 1
            intended = dict(moved(found[0][values]), Values=list(values))
            same(f"{name} {values}", intended, found[1][values])
        if extras:
            extra(glue, lower, upper, name, list(found[0]), same, counted)
    return {"differences": differences[:20], **counted}


def extra(glue, lower, upper, name, partitions, same, counted):
    def indexes(database):
        told = glue.get_partition_indexes(DatabaseName=database, TableName=name)
        return sorted((one["IndexName"], [key["Name"] for key in one["Keys"]])
                      for one in told["PartitionIndexDescriptorList"])

    def of_table(database):
        return glue.get_column_statistics_for_table(
            DatabaseName=database, TableName=name, ColumnNames=["id", "name"])["ColumnStatisticsList"]

    def of_partition(database, values):
        return glue.get_column_statistics_for_partition(
            DatabaseName=database, TableName=name, PartitionValues=list(values),
            ColumnNames=["id", "name"])["ColumnStatisticsList"]

    same(f"{name}: indexes", indexes(lower), indexes(upper))
    same(f"{name}: statistics", of_table(lower), of_table(upper))
    counted["indexes"] += len(indexes(lower))
    counted["statistics"] += len(of_table(lower))
    for values in partitions:
        same(f"{name} {values}: statistics", of_partition(lower, values), of_partition(upper, values))
        counted["statistics"] += len(of_partition(lower, values))


def call(glue, operation, arguments):
    answer = getattr(glue, operation)(**json.loads(arguments))
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def main():
    url, access_key, secret_key, word, *rest = sys.argv[1:]
    glue = boto3.client("glue", endpoint_url=url, region_name="us-east-1",
                        aws_access_key_id=access_key, aws_secret_access_key=secret_key)
    verbs = {"fill": fill, "partitions": partitions, "judge": judge, "call": call}
    print(json.dumps(verbs[word](glue, *rest), default=str))


main()
