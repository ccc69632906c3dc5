//! Rows that nobody holds: they are made up as they are scanned, the same on every cluster. A scan of
//! them is known by the number of its next row, so that no server keeps anything of it.

use boatlift_clients::pegasus::Key;
use boatlift_clients::pegasus::structs::*;
use boatlift_clients::pegasus::wire::{Blob, Head};

use super::world::World;

/// Rows of a batch.
const BATCH: u64 = 1_000;
/// Bytes of a value.
const VALUE: usize = 100;
/// The hash key of a row is its number in so many digits, and of the sort key there is one.
const DIGITS: usize = 16;
const SORT_KEY: &[u8] = b"row";

/// Rows of a table that are made up.
#[derive(Debug, Default)]
pub(super) struct Generated {
    /// How many each partition has; none in a table that holds its rows.
    pub(super) rows: u64,
    /// How many were scanned in all.
    pub(super) scanned: u64,
}

/// The number of the first row that a scan shall give.
pub(super) fn first(asked: &GetScannerRequest) -> u64 {
    let key = &asked.start_key.0;
    let digits = key.get(2..2 + DIGITS).and_then(|digits| str::from_utf8(digits).ok());
    let number = digits.and_then(|digits| digits.parse::<u64>().ok());
    number.map_or(0, |number| number + u64::from(!asked.start_inclusive))
}

/// A batch from a row on; nothing where the table holds its rows itself.
pub(super) fn batch(
    world: &mut World,
    head: &Head,
    first: u64,
    server: &str,
) -> Option<ScanResponse> {
    let generated = &mut world.tables.get_mut(&head.app_id)?.generated;
    if generated.rows == 0 {
        return None;
    }
    let end = (first + BATCH).min(generated.rows);
    generated.scanned += end.saturating_sub(first);
    let next = i64::try_from(end).ok().filter(|_| end < generated.rows);
    Some(ScanResponse {
        error: StorageStatus::Ok,
        kvs: (first..end).map(row).collect(),
        context_id: next.unwrap_or(ScanResponse::END),
        app_id: head.app_id,
        partition_index: head.partition_index,
        server: server.to_owned(),
        kv_count: None,
    })
}

fn row(number: u64) -> KeyValue {
    let hash_key = format!("{number:0DIGITS$}").into_bytes();
    let key = Key::new(hash_key, SORT_KEY.to_vec()).expect("a key that fits");
    let mut value = vec![b'.'; VALUE];
    value[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    KeyValue { key: key.to_blob(), value: Blob(value), expire_ts_seconds: Some(0) }
}
