//! Scans. Their handles are negative half of the time, as real ones are.

use std::collections::BTreeSet;

use boatlift_clients::pegasus::structs::*;
use boatlift_clients::pegasus::wire::{Blob, Head};

use super::generated;
use super::records::{is_alive, partition};
use super::world::World;

/// Begins a scan over the keys that are there now.
pub(super) fn open(
    world: &mut World,
    head: &Head,
    asked: GetScannerRequest,
    server: usize,
    name: String,
) -> ScanResponse {
    if world.incomplete_scans > 0 {
        world.incomplete_scans -= 1;
        return without_rows(head, StorageStatus::Incomplete, name);
    }
    if let Some(batch) = generated::batch(world, head, generated::Next::of(&asked), &name) {
        return batch;
    }
    let partition = partition(world, head);
    let start = &asked.start_key.0;
    let is_within = |key: &&Vec<u8>| {
        let from = if asked.start_inclusive { *key >= start } else { *key > start };
        from && **key < asked.stop_key.0
    };
    let keys: BTreeSet<_> = partition.rows.keys().filter(is_within).cloned().collect();
    batch(world, head, asked, keys, server, name)
}

/// Goes on with a scan.
pub(super) fn go_on(
    world: &mut World,
    head: &Head,
    context_id: i64,
    server: usize,
    name: String,
) -> ScanResponse {
    if let Some(batch) = generated::batch(world, head, generated::Next::after(context_id), &name) {
        return batch;
    }
    match world.replicas[server].scans.remove(&context_id) {
        Some((asked, keys)) => batch(world, head, asked, keys, server, name),
        None => without_rows(head, StorageStatus::NotFound, name),
    }
}

fn without_rows(head: &Head, error: StorageStatus, server: String) -> ScanResponse {
    ScanResponse {
        error,
        kvs: Vec::new(),
        context_id: 0,
        app_id: head.app_id,
        partition_index: head.partition_index,
        server,
        kv_count: None,
    }
}

fn batch(
    world: &mut World,
    head: &Head,
    asked: GetScannerRequest,
    mut keys: BTreeSet<Vec<u8>>,
    server: usize,
    name: String,
) -> ScanResponse {
    let now = world.expiry_seconds();
    let partition = partition(world, head);
    let mut kvs = Vec::new();
    while kvs.len() < usize::try_from(asked.batch_size).unwrap_or(1).max(1) {
        let Some(key) = keys.pop_first() else { break };
        let row = partition.rows.get(&key).filter(|row| is_alive(row, now));
        let Some(row) = row else { continue };
        kvs.push(KeyValue {
            key: Blob(key),
            value: Blob(if asked.no_value == Some(true) { Vec::new() } else { row.value.clone() }),
            expire_ts_seconds: asked
                .return_expire_ts
                .unwrap_or(false)
                .then_some(row.expire_ts_seconds),
        });
    }
    let context_id = match keys.is_empty() {
        true => ScanResponse::END,
        false => {
            let replica = &mut world.replicas[server];
            replica.last_scan += 1;
            let number = replica.last_scan;
            let handle = if number % 2 == 0 { number } else { -100 - number };
            replica.scans.insert(handle, (asked, keys));
            handle
        }
    };
    ScanResponse {
        error: StorageStatus::Ok,
        kvs,
        context_id,
        app_id: head.app_id,
        partition_index: head.partition_index,
        server: name,
        kv_count: None,
    }
}
