"""Glue: what moto forgets (partition indexes, statistics of columns) or does not do (pages and
segments of partitions). Tables and partitions themselves are moto's."""

from warehouse import Refused

MOST_INDEXES = 3


class Catalog:
    """`ask` puts an operation of Glue to moto and gives its answer, or raises `Refused`."""

    def __init__(self, ask, partitions_in_page):
        self.ask, self.partitions_in_page = ask, partitions_in_page
        self.indexes, self.statistics = {}, {}

    def table(self, asked):
        """The table that is asked about; raises what moto says when there is none."""
        name = asked.get("TableName") or asked.get("Name")
        return self.ask("GetTable", {"DatabaseName": asked["DatabaseName"], "Name": name})["Table"]

    def place(self, asked):
        return asked["DatabaseName"], asked["TableName"]

    def create_table(self, asked):
        answer = self.ask("CreateTable", asked)
        for index in asked.get("PartitionIndexes", []):
            place = {"DatabaseName": asked["DatabaseName"], "TableName": asked["TableInput"]["Name"]}
            self.create_index({**place, "PartitionIndex": index})
        return answer

    def create_index(self, asked):
        types = {key["Name"]: key["Type"] for key in self.table(asked).get("PartitionKeys", [])}
        index = asked["PartitionIndex"]
        unknown = [key for key in index["Keys"] if key not in types]
        if unknown:
            raise Refused("InvalidInputException", f"no partition keys: {unknown}")
        there = self.indexes.setdefault(self.place(asked), [])
        if any(one["IndexName"] == index["IndexName"] for one in there):
            raise Refused("AlreadyExistsException", "Index with the given indexName already exists")
        if len(there) == MOST_INDEXES:
            raise Refused("ResourceNumberLimitExceededException", f"at most {MOST_INDEXES} indexes")
        keys = [{"Name": key, "Type": types[key]} for key in index["Keys"]]
        there.append({"IndexName": index["IndexName"], "Keys": keys, "IndexStatus": "CREATING"})
        return {}

    def get_indexes(self, asked):
        """An index is being made when it is first asked for, and active from then on."""
        self.table(asked)
        there = self.indexes.get(self.place(asked), [])
        shown = [dict(one) for one in there]
        for one in there:
            one["IndexStatus"] = "ACTIVE"
        return {"PartitionIndexDescriptorList": shown}

    def delete_index(self, asked):
        self.table(asked)
        there = self.indexes.get(self.place(asked), [])
        kept = [one for one in there if one["IndexName"] != asked["IndexName"]]
        if len(kept) == len(there):
            raise Refused("EntityNotFoundException", "no such index")
        self.indexes[self.place(asked)] = kept
        return {}

    def owner(self, asked):
        """Of whom statistics are kept: a table, or one partition."""
        self.table(asked)
        return (*self.place(asked), *asked.get("PartitionValues", []))

    def update_statistics(self, asked):
        kept = self.statistics.setdefault(self.owner(asked), {})
        for one in asked["ColumnStatisticsList"]:
            kept[one["ColumnName"]] = one
        return {"Errors": []}

    def get_statistics(self, asked):
        kept = self.statistics.get(self.owner(asked), {})
        missing = [name for name in asked["ColumnNames"] if name not in kept]
        detail = {"ErrorCode": "EntityNotFoundException", "ErrorMessage": "no statistics"}
        return {"ColumnStatisticsList": [kept[name] for name in asked["ColumnNames"] if name in kept],
                "Errors": [{"ColumnName": name, "Error": detail} for name in missing]}

    def get_partitions(self, asked):
        """A segment holds every n-th partition; a token is where to go on in it."""
        rest = {name: value for name, value in asked.items()
                if name not in ("NextToken", "MaxResults", "Segment")}
        every = self.ask("GetPartitions", rest)["Partitions"]
        segment = asked.get("Segment")
        if segment:
            every = every[segment["SegmentNumber"]::segment["TotalSegments"]]
        start = int(asked.get("NextToken") or 0)
        end = start + min(asked.get("MaxResults", self.partitions_in_page), self.partitions_in_page)
        answer = {"Partitions": every[start:end]}
        if end < len(every):
            answer["NextToken"] = str(end)
        return answer

    def answers(self):
        """What is answered here, by the operation's name."""
        return {
            "CreateTable": self.create_table, "CreatePartitionIndex": self.create_index,
            "GetPartitionIndexes": self.get_indexes, "DeletePartitionIndex": self.delete_index,
            "UpdateColumnStatisticsForTable": self.update_statistics,
            "UpdateColumnStatisticsForPartition": self.update_statistics,
            "GetColumnStatisticsForTable": self.get_statistics,
            "GetColumnStatisticsForPartition": self.get_statistics,
            "GetPartitions": self.get_partitions,
        }
