-- The views of what a database can read, and what PostgreSQL lacks of Redshift's language:
-- the type `datetime` and the joining of text by `+`.
CREATE DOMAIN datetime AS timestamp;
CREATE OPERATOR + (LEFTARG = text, RIGHTARG = text, FUNCTION = textcat);
CREATE TABLE svv_external_schemas (
    esoid oid, eskind smallint, schemaname name, esowner integer, databasename text,
    esoptions text
);
CREATE TABLE svv_tables (
    table_catalog varchar(128), table_schema varchar(128), table_name varchar(128),
    table_type varchar(128), remarks varchar(256)
);
CREATE TABLE svv_external_tables (
    redshift_database_name text, schemaname text, tablename text, tabletype text,
    location text, input_format text, output_format text, serialization_lib text,
    serde_parameters text, compressed integer, parameters text
);
CREATE TABLE svv_external_partitions (
    schemaname text, tablename text, "values" text, location text, input_format text,
    output_format text, serialization_lib text, serde_parameters text, compressed integer,
    parameters text
);
