-- The views of a provisioned cluster's own history. Columns and types are those of Amazon's
-- Database Developer Guide; text of a fixed length is cut by Redshift and padded with blanks.
CREATE TABLE stl_query (
    userid integer, query integer, label char(320), xid bigint, pid integer,
    database char(32), querytxt char(4000), starttime timestamp, endtime timestamp,
    aborted integer, insert_pristine integer, concurrency_scaling_status integer
);
CREATE TABLE stl_querytext (
    userid integer, xid bigint, pid integer, query integer, sequence integer, text char(200)
);
CREATE TABLE stl_undone (
    userid integer, xact_id bigint, xact_id_undone bigint, undo_start_ts timestamp,
    undo_end_ts timestamp, table_id bigint
);
CREATE TABLE stl_load_commits (
    userid integer, query integer, slice integer, name char(256), filename char(256),
    byte_offset integer, lines_scanned integer, errors integer, curtime timestamp,
    status integer, file_format char(16), is_partial integer, start_offset bigint,
    copy_job_id bigint
);
CREATE TABLE stl_s3client (
    userid integer, query integer, slice integer, recordtime timestamp, pid integer,
    http_method char(64), bucket char(64), key char(256), transfer_size bigint,
    data_size bigint, start_time bigint, end_time bigint, transfer_time bigint,
    compression_time bigint, connect_time bigint, app_connect_time bigint, retries bigint,
    request_id char(32), extended_request_id char(128), ip_address char(64),
    is_partial integer, start_offset bigint
);
CREATE TABLE stl_unload_log (
    userid integer, query integer, slice integer, pid integer, path char(1280),
    start_time timestamp, end_time timestamp, line_count bigint, transfer_size bigint,
    file_format char(10)
);
CREATE TABLE svl_s3list (
    query integer, segment integer, node integer, slice integer, eventtime timestamp,
    bucket text, prefix text, recursive char(1), retrieved_files integer,
    max_file_size bigint, avg_file_size double precision, generated_splits integer,
    avg_split_length double precision, duration bigint
);
CREATE TABLE svl_s3query_summary (
    userid integer, query integer, xid bigint, pid integer, segment integer, step integer,
    starttime timestamp, endtime timestamp, elapsed integer, aborted integer,
    external_table_name char(136), file_format char(16), is_partitioned char(1),
    is_rrscan char(1), is_nested varchar(1), s3_scanned_rows bigint,
    s3_scanned_bytes bigint, s3query_returned_rows bigint, s3query_returned_bytes bigint,
    files integer, files_max integer, files_avg integer, splits bigint, splits_max integer,
    splits_avg integer, total_split_size bigint, max_split_size bigint,
    avg_split_size bigint, total_retries integer, max_retries integer,
    max_request_duration integer, avg_request_duration double precision,
    max_request_parallelism integer, avg_request_parallelism double precision,
    total_slowdown_count bigint, max_slowdown_count bigint
);
