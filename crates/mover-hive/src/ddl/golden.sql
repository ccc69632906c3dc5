CREATE DATABASE IF NOT EXISTS `old_sales`
WITH DBPROPERTIES (
  'boatlift.move'='nightly',
  'boatlift.source'='0b03e36769830c9fb2d25b13245e345ee6369e471463b41b90fe6ea794466723');

CREATE EXTERNAL TABLE `old_sales`.`orders` (
  `id` bigint,
  `note` varchar(20) COMMENT 'it\'s\073 😀\n',
  `select` map<string,struct<a:int,b:array<decimal(38,38)>>>)
COMMENT 'all orders'
PARTITIONED BY (
  `ds` string COMMENT 'day')
CLUSTERED BY (`id`) SORTED BY (`id` ASC) INTO 4 BUCKETS
SKEWED BY (`id`) ON (('7'))
ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.orc.OrcSerde'
WITH SERDEPROPERTIES (
  'field.delim'='\u0001',
  'serialization.format'='1')
STORED AS INPUTFORMAT 'org.apache.hadoop.hive.ql.io.orc.OrcInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat'
LOCATION 'hdfs://lower:8020/wh/sales.db/orders'
TBLPROPERTIES (
  'avro.schema.url'='hdfs://lower:8020/schemas/orders.avsc',
  'boatlift.move'='nightly',
  'boatlift.purges'='true',
  'boatlift.source'='0013d8e3de7e31648ed0b23bf29a56751ec4e78f5f1ff89b521b2c9df1f456f8',
  'bucketing_version'='1',
  'hmsMirror_Converted'='true',
  'hmsMirror_LegacyManaged'='true',
  'team.key'='kept');

ALTER TABLE `old_sales`.`orders` ADD IF NOT EXISTS
  PARTITION (`ds`='2020-01-01') LOCATION 'hdfs://lower:8020/elsewhere/2020-01-01';

ALTER TABLE `old_sales`.`orders` PARTITION (`ds`='2020-01-01') SET LOCATION 'hdfs://upper:8020/a';

ALTER TABLE `old_sales`.`orders` SET LOCATION 'hdfs://upper:8020/b';

ALTER TABLE `old_sales`.`orders` SET TBLPROPERTIES (
  'external.table.purge'='true');

DROP TABLE IF EXISTS `old_sales`.`orders`;
