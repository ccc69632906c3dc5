//! Records: read, and what writes do to them.

use boatlift_clients::pegasus::Key;
use boatlift_clients::pegasus::hash::crc64;
use boatlift_clients::pegasus::rpc::{self, Rpc};
use boatlift_clients::pegasus::structs::*;
use boatlift_clients::pegasus::wire::{Blob, CodecError, Head, Request};

use super::listen::Reply;
use super::partition::{Changes, Operation, Partition, Row, Rows};
use super::world::World;

/// A write that was understood.
pub(super) struct Understood {
    /// The hash of its key; none where servers do not look at it.
    pub(super) hash: Option<u64>,
    pub(super) operation: Operation,
}

/// The partition that a request is for; the gate has seen it.
pub(super) fn partition<'a>(world: &'a mut World, head: &Head) -> &'a mut Partition {
    let table = world.tables.get_mut(&head.app_id).expect("the table is there");
    let index = usize::try_from(head.partition_index).expect("the partition is there");
    &mut table.partitions[index]
}

/// Whether a record is there at a time, in seconds since 2016.
pub(super) fn is_alive(row: &Row, now: i64) -> bool {
    let expiry = i64::from(row.expire_ts_seconds.cast_unsigned());
    expiry == 0 || expiry > now
}

pub(super) fn get(world: &mut World, head: &Head, key: &Blob, server: String) -> ReadResponse {
    let now = world.expiry_seconds();
    let row = partition(world, head).rows.get(&key.0).filter(|row| is_alive(row, now));
    let (error, value) = match row {
        Some(row) => (StorageStatus::Ok, row.value.clone()),
        None => (StorageStatus::NotFound, Vec::new()),
    };
    let Head { app_id, partition_index, .. } = *head;
    ReadResponse { error, value: Blob(value), app_id, partition_index, server }
}

pub(super) fn ttl(world: &mut World, head: &Head, key: &Blob, server: String) -> TtlResponse {
    let now = world.expiry_seconds();
    let row = partition(world, head).rows.get(&key.0).filter(|row| is_alive(row, now));
    let (error, ttl_seconds) = match row {
        None => (StorageStatus::NotFound, 0),
        Some(row) if row.expire_ts_seconds == 0 => (StorageStatus::Ok, -1),
        Some(row) => {
            let left = i64::from(row.expire_ts_seconds.cast_unsigned()) - now;
            (StorageStatus::Ok, i32::try_from(left).unwrap_or(i32::MAX))
        }
    };
    let Head { app_id, partition_index, .. } = *head;
    TtlResponse { error, ttl_seconds, app_id, partition_index, server }
}

/// Reads a write; `now` is in seconds since 2016.
pub(super) fn understand(
    request: &Request<'_>,
    server: String,
    now: i64,
) -> Result<Understood, CodecError> {
    let (hash, changes) = match request.name.as_str() {
        rpc::Put::NAME => {
            let asked: UpdateRequest = request.argument()?;
            let expire_ts_seconds = asked.expire_ts_seconds;
            let row = Row { value: asked.value.0, expire_ts_seconds };
            (hash_of(&asked.key), vec![(asked.key.0, Some(row))])
        }
        rpc::Remove::NAME => {
            let key: Blob = request.argument()?;
            (hash_of(&key), vec![(key.0, None)])
        }
        rpc::MultiPut::NAME => multi_put(request.argument()?),
        rpc::MultiRemove::NAME => return multi_remove(request, server),
        rpc::Increment::NAME => return increment(request, server, now),
        _ => return check_and_set(request, server, now),
    };
    let (reply, head) = (Reply::to(request), request.head);
    let operation = Box::new(move |_: &Rows, decree| {
        let Head { app_id, partition_index, .. } = head;
        let error = StorageStatus::Ok;
        let answer = UpdateResponse { error, app_id, partition_index, decree, server };
        (changes, reply.with(&answer))
    });
    Ok(Understood { hash: Some(hash), operation })
}

fn hash_of(key: &Blob) -> u64 {
    Key::from_blob(&key.0).map_or(0, |key| key.partition_hash())
}

/// The whole key of a record in one piece.
fn whole(hash_key: &Blob, sort_key: &Blob) -> Vec<u8> {
    let key = Key::new(hash_key.0.clone(), sort_key.0.clone());
    key.expect("a key that fits").to_blob().0
}

fn multi_put(asked: MultiPutRequest) -> (u64, Changes) {
    let MultiPutRequest { hash_key, kvs, expire_ts_seconds } = asked;
    let rows = kvs.into_iter().map(|kv| {
        let row = Row { value: kv.value.0, expire_ts_seconds };
        (whole(&hash_key, &kv.key), Some(row))
    });
    (crc64(&hash_key.0), rows.collect())
}

fn multi_remove(request: &Request<'_>, server: String) -> Result<Understood, CodecError> {
    let asked: MultiRemoveRequest = request.argument()?;
    let keys = asked.sort_keys.iter().map(|sort_key| (whole(&asked.hash_key, sort_key), None));
    let changes: Changes = keys.collect();
    let (reply, Head { app_id, partition_index, .. }) = (Reply::to(request), request.head);
    let count = i64::try_from(asked.sort_keys.len()).unwrap_or(i64::MAX);
    let operation = Box::new(move |_: &Rows, decree| {
        let error = StorageStatus::Ok;
        let answer = MultiRemoveResponse { error, count, app_id, partition_index, decree, server };
        (changes, reply.with(&answer))
    });
    Ok(Understood { hash: Some(crc64(&asked.hash_key.0)), operation })
}

fn increment(request: &Request<'_>, server: String, now: i64) -> Result<Understood, CodecError> {
    let asked: IncrRequest = request.argument()?;
    let (reply, Head { app_id, partition_index, .. }) = (Reply::to(request), request.head);
    let hash = hash_of(&asked.key);
    let operation = Box::new(move |rows: &Rows, decree| {
        let old = rows.get(&asked.key.0).filter(|row| is_alive(row, now));
        let text = old.map(|row| row.value.clone()).unwrap_or_default();
        let old: i64 = String::from_utf8_lossy(&text).parse().unwrap_or(0);
        let new_value = old.wrapping_add(asked.increment);
        let row = Row { value: new_value.to_string().into_bytes(), expire_ts_seconds: 0 };
        let error = StorageStatus::Ok;
        let answer = IncrResponse { error, new_value, app_id, partition_index, decree, server };
        (vec![(asked.key.0, Some(row))], reply.with(&answer))
    });
    Ok(Understood { hash: Some(hash), operation })
}

/// Whether the check holds or not, a decree is used.
fn check_and_set(
    request: &Request<'_>,
    server: String,
    now: i64,
) -> Result<Understood, CodecError> {
    let asked: CheckAndSetRequest = request.argument()?;
    let (reply, Head { app_id, partition_index, .. }) = (Reply::to(request), request.head);
    let checked = whole(&asked.hash_key, &asked.check_sort_key);
    let operation = Box::new(move |rows: &Rows, decree| {
        let is_there = rows.get(&checked).is_some_and(|row| is_alive(row, now));
        let holds = match asked.check_type {
            CheckType::None => true,
            CheckType::NotExist | CheckType::NotExistOrEmpty => !is_there,
            _ => is_there,
        };
        let target = match asked.set_diff_sort_key {
            true => whole(&asked.hash_key, &asked.set_sort_key),
            false => checked,
        };
        let row = Row { value: asked.set_value.0, expire_ts_seconds: asked.set_expire_ts_seconds };
        let answer = CheckAndSetResponse {
            error: if holds { StorageStatus::Ok } else { StorageStatus::TryAgain },
            check_value_returned: asked.return_check_value,
            check_value_exist: asked.return_check_value && is_there,
            check_value: Blob::default(),
            app_id,
            partition_index,
            decree,
            server,
        };
        let changes = holds.then_some((target, Some(row))).into_iter().collect();
        (changes, reply.with(&answer))
    });
    Ok(Understood { hash: None, operation })
}
