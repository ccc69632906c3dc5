//! Rows that nobody holds: they are made up as they are scanned, the same on every cluster. A scan of
//! them is known by the number of its next row, so that no server keeps anything of it; by a negative
//! one when it is of keys alone.

use boatlift_clients::pegasus::Key;
use boatlift_clients::pegasus::structs::*;
use boatlift_clients::pegasus::wire::{Blob, Head};

use super::world::World;

/// Rows of a batch, at most.
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
    /// What their values depend on.
    pub(super) salt: u64,
    /// How many were scanned in all.
    pub(super) scanned: u64,
}

/// What a scan goes on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Next {
    /// The number of the next row.
    first: u64,
    values: Values,
    /// Rows of the batch.
    rows: u64,
}

/// Whether a scan gives them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Values {
    Given,
    LeftOut,
}

impl Next {
    /// How a scan begins.
    pub(super) fn of(asked: &GetScannerRequest) -> Next {
        let values = if asked.no_value == Some(true) { Values::LeftOut } else { Values::Given };
        let rows = u64::try_from(asked.batch_size).unwrap_or(BATCH).min(BATCH);
        Next { first: first(asked), values, rows }
    }

    /// How it goes on: no number of those is the one that tells the end.
    pub(super) fn after(context_id: i64) -> Next {
        let number = context_id.unsigned_abs();
        match context_id < 0 {
            true => Next { first: number - 1, values: Values::LeftOut, rows: BATCH },
            false => Next { first: number, values: Values::Given, rows: BATCH },
        }
    }
}

/// The number of the first row that a scan shall give.
fn first(asked: &GetScannerRequest) -> u64 {
    let key = &asked.start_key.0;
    let digits = key.get(2..2 + DIGITS).and_then(|digits| str::from_utf8(digits).ok());
    let number = digits.and_then(|digits| digits.parse::<u64>().ok());
    number.map_or(0, |number| number + u64::from(!asked.start_inclusive))
}

/// A batch from a row on; nothing where the table holds its rows itself.
pub(super) fn batch(
    world: &mut World,
    head: &Head,
    Next { first, values, rows }: Next,
    server: &str,
) -> Option<ScanResponse> {
    let generated = &mut world.tables.get_mut(&head.app_id)?.generated;
    if generated.rows == 0 {
        return None;
    }
    let end = (first + rows).min(generated.rows);
    generated.scanned += end.saturating_sub(first);
    let next = i64::try_from(end).ok().filter(|_| end < generated.rows);
    let next = next.map(|next| if values == Values::Given { next } else { -next - 1 });
    let salt = generated.salt;
    Some(ScanResponse {
        error: StorageStatus::Ok,
        kvs: (first..end).map(|number| row(number, salt, values)).collect(),
        context_id: next.unwrap_or(ScanResponse::END),
        app_id: head.app_id,
        partition_index: head.partition_index,
        server: server.to_owned(),
        kv_count: None,
    })
}

fn row(number: u64, salt: u64, values: Values) -> KeyValue {
    let hash_key = format!("{number:0DIGITS$}").into_bytes();
    let key = Key::new(hash_key, SORT_KEY.to_vec()).expect("a key that fits");
    let mut value = Vec::new();
    if values == Values::Given {
        value.resize(VALUE, b'.');
        let drawn = (number ^ salt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        value[..8].copy_from_slice(&drawn.to_be_bytes());
    }
    KeyValue { key: key.to_blob(), value: Blob(value), expire_ts_seconds: Some(0) }
}
