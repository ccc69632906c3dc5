"""Asks servers of Glue, Redshift and STS by boto3, and prints the answers as one JSON object.

Usage: control.py URL ACCESS_KEY SECRET_KEY QUESTION NAME

glue      a database with a partitioned table is made and read back
redshift  a cluster is made, found, and gives credentials to a user
"""

import json
import sys

import boto3


def glue(client, name):
    glue = client("glue")
    glue.create_database(DatabaseInput={"Name": name, "LocationUri": "s3://lower/"})
    storage = {
        "Columns": [{"Name": "id", "Type": "bigint"}],
        "Location": "s3://lower/sales/",
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
                      "Parameters": {"field.delim": "|"}},
    }
    table = {"Name": "sales", "TableType": "EXTERNAL_TABLE", "Parameters": {"EXTERNAL": "TRUE"},
             "PartitionKeys": [{"Name": "day", "Type": "string"}], "StorageDescriptor": storage}
    glue.create_table(DatabaseName=name, TableInput=table)
    partitions = [{"Values": [day], "StorageDescriptor": dict(storage, Location=f"s3://lower/sales/day={day}/")}
                  for day in ("1", "2")]
    made = glue.batch_create_partition(DatabaseName=name, TableName="sales", PartitionInputList=partitions)
    again = glue.batch_create_partition(DatabaseName=name, TableName="sales", PartitionInputList=partitions[:1])
    found = glue.get_table(DatabaseName=name, Name="sales")["Table"]
    listed = glue.get_partitions(DatabaseName=name, TableName="sales")["Partitions"]
    return {
        "as given": all(found[field] == table[field] for field in table),
        "errors": len(made.get("Errors", [])),
        "errors of a second time": [error["ErrorDetail"]["ErrorCode"] for error in again["Errors"]],
        "locations": [partition["StorageDescriptor"]["Location"] for partition in listed],
    }


def redshift(client, name):
    redshift = client("redshift")
    redshift.create_cluster(ClusterIdentifier=name, NodeType="ra3.large", DBName="dev",
                            MasterUsername="admin", MasterUserPassword="Only4tests")
    cluster = redshift.describe_clusters(ClusterIdentifier=name)["Clusters"][0]
    credentials = redshift.get_cluster_credentials(DbUser="reader", DbName="dev", ClusterIdentifier=name)
    role = client("sts").assume_role(RoleArn="arn:aws:iam::123456789012:role/lift", RoleSessionName="lift")
    return {
        "status": cluster["ClusterStatus"],
        "user": credentials["DbUser"],
        "password": bool(credentials["DbPassword"]),
        "role": role["AssumedRoleUser"]["Arn"],
        "key": client("kms").create_key()["KeyMetadata"]["Enabled"],
    }


def main():
    url, access_key, secret_key, question, name = sys.argv[1:]

    def client(service):
        return boto3.client(service, endpoint_url=url, region_name="us-east-1",
                            aws_access_key_id=access_key, aws_secret_access_key=secret_key)

    print(json.dumps({"glue": glue, "redshift": redshift}[question](client, name)))


main()
