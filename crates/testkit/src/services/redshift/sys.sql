-- The monitoring views that provisioned and serverless warehouses share.
CREATE TABLE sys_query_history (
    user_id integer, query_id bigint, query_label char(320), transaction_id bigint,
    session_id integer, database_name char(128), query_type char(32), status char(10),
    result_cache_hit boolean, start_time timestamp, end_time timestamp, elapsed_time bigint,
    queue_time bigint, execution_time bigint, error_message char(512), returned_rows bigint,
    returned_bytes bigint, query_text char(4000), redshift_version char(256),
    usage_limit char(150), compute_type varchar(32)
);
CREATE TABLE sys_transaction_history (
    user_id integer, transaction_id bigint, isolation_level text, status text,
    transaction_start_time timestamp, commit_start_time timestamp, commit_end_time timestamp,
    blocks_committed bigint, undo_transaction_id bigint
);
CREATE TABLE sys_query_text (
    user_id integer, query_id bigint, transaction_id bigint, session_id integer,
    start_time timestamp, sequence integer, text char(200)
);
CREATE TABLE sys_load_history (
    user_id integer, query_id bigint, transaction_id bigint, session_id integer,
    database_name text, status text, table_name text, start_time timestamp,
    end_time timestamp, duration bigint, data_source text, file_format text,
    loaded_rows bigint, loaded_bytes bigint, source_file_count integer,
    source_file_bytes bigint, file_count_scanned integer, file_bytes_scanned bigint,
    error_count bigint, copy_job_id bigint
);
CREATE TABLE sys_load_detail (
    user_id integer, query_id integer, file_name char(256), bytes_scanned integer,
    lines_scanned integer, record_time timestamp, splits_scanned integer,
    start_time timestamp, end_time timestamp, file_etag char(256),
    file_last_modified timestamp
);
CREATE TABLE sys_external_query_detail (
    user_id integer, query_id bigint, transaction_id bigint, child_query_sequence integer,
    segment_id integer, source_type char(32), start_time timestamp, end_time timestamp,
    duration bigint, total_partitions integer, qualified_partitions integer,
    scanned_files bigint, returned_rows bigint, returned_bytes bigint, file_format text,
    file_location text, external_query_text text, warning_message char(4000),
    table_name char(136), is_recursive char(1), is_nested char(1), s3list_time bigint,
    get_partition_time bigint
);
CREATE TABLE sys_unload_detail (
    user_id integer, query_id bigint, session_id integer, file_name char(1280),
    transaction_id bigint, start_time timestamp, end_time timestamp, line_count bigint,
    transfer_size bigint, file_format char(10)
);
