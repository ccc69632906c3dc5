//! Scans: records of one partition in the order of their keys, a batch at a time.

use super::records::{KeyValue, StorageStatus};
use crate::pegasus::wire::{Blob, wire_struct};

wire_struct! {
    /// `RPC_RRDB_RRDB_GET_SCANNER`. Older clients leave the filters out, and servers take it.
    GetScannerRequest {
        1 start_key: Blob,
        2 stop_key: Blob,
        3 start_inclusive: bool,
        4 stop_inclusive: bool,
        5 batch_size: i32,
        6 no_value: Option<bool>,
        7 hash_key_filter_type: Option<i32>,
        8 hash_key_filter_pattern: Option<Blob>,
        9 sort_key_filter_type: Option<i32>,
        10 sort_key_filter_pattern: Option<Blob>,
        11 validate_partition_hash: Option<bool>,
        12 return_expire_ts: Option<bool>,
        13 full_scan: Option<bool>,
        14 only_return_count: Option<bool>,
    }

    /// `RPC_RRDB_RRDB_SCAN`.
    ScanRequest {
        1 context_id: i64,
    }

    /// The answer to both.
    ScanResponse {
        1 error: StorageStatus,
        2 kvs: Vec<KeyValue>,
        /// [`ScanResponse::END`], or what the next batch is asked for by; any other
        /// number, negative ones too.
        3 context_id: i64,
        4 app_id: i32,
        5 partition_index: i32,
        6 server: String,
        7 kv_count: Option<i32>,
    }
}

impl ScanResponse {
    /// The `context_id` after the last batch.
    pub const END: i64 = -1;
}
