//! Records: single ones, and many of one hash key.
//!
//! The number `error` of an answer is one of the storage's, see [`StorageStatus`].

use crate::pegasus::wire::{Blob, wire_enum, wire_struct};

wire_enum! {
    /// What the storage said.
    StorageStatus {
        /// Done.
        Ok = 0,
        /// No such record, or no such scan.
        NotFound = 1,
        /// The record cannot be read.
        Corruption = 2,
        /// Not for this table.
        NotSupported = 3,
        /// The request makes no sense.
        InvalidArgument = 4,
        /// The disk failed.
        IoError = 5,
        /// A limit of the server came first; what came is good.
        Incomplete = 7,
        /// The check of a conditional write failed.
        TryAgain = 13,
    }

    /// What a conditional write checks.
    CheckType {
        /// Nothing.
        None = 0,
        /// The record is not there.
        NotExist = 1,
        /// The record is not there or empty.
        NotExistOrEmpty = 2,
        /// The record is there.
        Exist = 3,
        /// The record is there and not empty.
        NotEmpty = 4,
    }
}

wire_struct! {
    /// `RPC_RRDB_RRDB_PUT`.
    UpdateRequest {
        1 key: Blob,
        2 value: Blob,
        /// Seconds since 2016; 0 is never.
        3 expire_ts_seconds: i32,
    }

    /// The answer to a write.
    UpdateResponse {
        1 error: StorageStatus,
        2 app_id: i32,
        3 partition_index: i32,
        /// The decree that the write became.
        4 decree: i64,
        5 server: String,
    }

    /// The answer to `RPC_RRDB_RRDB_GET`, whose argument is the key.
    ReadResponse {
        1 error: StorageStatus,
        2 value: Blob,
        3 app_id: i32,
        4 partition_index: i32,
        6 server: String,
    }

    /// The answer to `RPC_RRDB_RRDB_TTL`, whose argument is the key.
    TtlResponse {
        1 error: StorageStatus,
        /// -1 for a record that does not expire.
        2 ttl_seconds: i32,
        3 app_id: i32,
        4 partition_index: i32,
        6 server: String,
    }

    /// The answer to `RPC_RRDB_RRDB_SORTKEY_COUNT`, whose argument is the hash key.
    CountResponse {
        1 error: StorageStatus,
        2 count: i64,
        3 app_id: i32,
        4 partition_index: i32,
        6 server: String,
    }

    /// A record: of a scan with its whole key, of a hash key's records with the sort key.
    KeyValue {
        1 key: Blob,
        2 value: Blob,
        3 expire_ts_seconds: Option<i32>,
    }

    /// `RPC_RRDB_RRDB_MULTI_PUT`.
    MultiPutRequest {
        1 hash_key: Blob,
        2 kvs: Vec<KeyValue>,
        /// One for all records.
        3 expire_ts_seconds: i32,
    }

    /// `RPC_RRDB_RRDB_MULTI_REMOVE`.
    MultiRemoveRequest {
        1 hash_key: Blob,
        2 sort_keys: Vec<Blob>,
        3 max_count: i64,
    }

    /// Its answer.
    MultiRemoveResponse {
        1 error: StorageStatus,
        2 count: i64,
        3 app_id: i32,
        4 partition_index: i32,
        5 decree: i64,
        6 server: String,
    }

    /// `RPC_RRDB_RRDB_MULTI_GET`.
    MultiGetRequest {
        1 hash_key: Blob,
        2 sort_keys: Vec<Blob>,
        3 max_kv_count: i32,
        4 max_kv_size: i32,
        5 no_value: bool,
        6 start_sortkey: Blob,
        7 stop_sortkey: Blob,
        8 start_inclusive: bool,
        9 stop_inclusive: bool,
        10 sort_key_filter_type: i32,
        11 sort_key_filter_pattern: Blob,
        12 reverse: bool,
    }

    /// Its answer.
    MultiGetResponse {
        1 error: StorageStatus,
        2 kvs: Vec<KeyValue>,
        3 app_id: i32,
        4 partition_index: i32,
        6 server: String,
    }

    /// `RPC_RRDB_RRDB_BATCH_GET`.
    BatchGetRequest {
        1 keys: Vec<FullKey>,
    }

    /// A key in its two parts.
    FullKey {
        1 hash_key: Blob,
        2 sort_key: Blob,
    }

    /// A record with its key in two parts.
    FullData {
        1 hash_key: Blob,
        2 sort_key: Blob,
        3 value: Blob,
    }

    /// Its answer.
    BatchGetResponse {
        1 error: StorageStatus,
        2 data: Vec<FullData>,
        3 app_id: i32,
        4 partition_index: i32,
        6 server: String,
    }

    /// `RPC_RRDB_RRDB_INCR`.
    IncrRequest {
        1 key: Blob,
        2 increment: i64,
        3 expire_ts_seconds: i32,
    }

    /// Its answer.
    IncrResponse {
        1 error: StorageStatus,
        2 new_value: i64,
        3 app_id: i32,
        4 partition_index: i32,
        5 decree: i64,
        6 server: String,
    }

    /// `RPC_RRDB_RRDB_CHECK_AND_SET`.
    CheckAndSetRequest {
        1 hash_key: Blob,
        2 check_sort_key: Blob,
        3 check_type: CheckType,
        4 check_operand: Blob,
        5 set_diff_sort_key: bool,
        6 set_sort_key: Blob,
        7 set_value: Blob,
        8 set_expire_ts_seconds: i32,
        9 return_check_value: bool,
    }

    /// Its answer.
    CheckAndSetResponse {
        1 error: StorageStatus,
        2 check_value_returned: bool,
        3 check_value_exist: bool,
        4 check_value: Blob,
        5 app_id: i32,
        6 partition_index: i32,
        7 decree: i64,
        8 server: String,
    }
}
