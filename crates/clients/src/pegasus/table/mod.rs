//! A table: records by key, at the primaries that the meta server names.
//!
//! When a server is not the primary any more, the partitions are looked up once and the
//! request is sent once more: it was not carried out.

mod probe;
mod scan;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::error::PegasusError;
use super::key::{Expiry, Key, partition_of};
use super::meta::Meta;
use super::rpc::{self, Rpc};
use super::server::{Options, Place, Server};
use super::structs::*;
use super::wire::{Blob, ErrorCode, Gpid};
use crate::wire::Endpoint;

pub use probe::Writes;
pub use scan::{Contents, Record, ScanFrom, ScanOptions, Scanner};

/// A table of one cluster.
#[derive(Debug)]
pub struct Table {
    name: String,
    meta: Arc<Meta>,
    options: Options,
    state: Mutex<State>,
}

/// The partitions as they were last looked up, and the servers met so far.
#[derive(Debug)]
struct State {
    config: Arc<QueryConfigResponse>,
    servers: BTreeMap<Endpoint, Arc<Server>>,
}

impl Table {
    /// Looks a table up.
    ///
    /// # Errors
    /// `ERR_OBJECT_NOT_FOUND` when there is none, or when no leader answers.
    pub async fn open(meta: Arc<Meta>, name: &str, options: Options) -> Result<Self, PegasusError> {
        let config = look_up(&meta, name).await?;
        let state = Mutex::new(State { config, servers: BTreeMap::new() });
        Ok(Self { name: name.to_owned(), meta, options, state })
    }

    /// The partitions as they were last looked up.
    pub fn config(&self) -> Arc<QueryConfigResponse> {
        Arc::clone(&self.state().config)
    }

    /// Looks the partitions up again.
    ///
    /// # Errors
    /// As [`Table::open`].
    pub async fn refresh(&self) -> Result<Arc<QueryConfigResponse>, PegasusError> {
        let config = look_up(&self.meta, &self.name).await?;
        self.state().config = Arc::clone(&config);
        Ok(config)
    }

    /// How many partitions there are.
    pub fn partitions(&self) -> u32 {
        u32::try_from(self.config().partition_count).unwrap_or_default().max(1)
    }

    /// The primary of a partition.
    ///
    /// # Errors
    /// When there was none at the last look.
    pub fn primary(&self, partition: u32) -> Result<Arc<Server>, PegasusError> {
        let mut state = self.state();
        let index = i32::try_from(partition).unwrap_or(i32::MAX);
        let mut partitions = state.config.partitions.iter();
        let found = partitions.find(|found| found.pid.partition_index == index);
        let target = found.and_then(|found| found.primary.target());
        let (ip, port) = target
            .ok_or_else(|| PegasusError::NoPrimary { table: self.name.clone(), partition })?;
        let endpoint = Endpoint::new(ip.to_string(), port);
        let new = || Arc::new(Server::new(endpoint.clone(), self.options.clone()));
        Ok(Arc::clone(state.servers.entry(endpoint.clone()).or_insert_with(new)))
    }

    /// Reads a record's value.
    ///
    /// # Errors
    /// When the primary does not answer or its storage fails.
    pub async fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, PegasusError> {
        let answer = self.call::<rpc::Get>(key.partition_hash(), &key.to_blob()).await?;
        match answer.error {
            StorageStatus::Ok => Ok(Some(answer.value.0)),
            StorageStatus::NotFound => Ok(None),
            status => Err(self.storage::<rpc::Get>(key.partition_hash(), status)),
        }
    }

    /// Writes a record and gives the decree that the write became.
    ///
    /// # Errors
    /// When the primary does not answer or refuses.
    pub async fn put(&self, key: &Key, value: &[u8], expiry: Expiry) -> Result<i64, PegasusError> {
        let request = UpdateRequest {
            key: key.to_blob(),
            value: value.into(),
            expire_ts_seconds: expiry.to_wire(),
        };
        self.write::<rpc::Put>(key.partition_hash(), &request).await
    }

    /// Removes a record; the decree is used whether or not there was one.
    ///
    /// # Errors
    /// As [`Table::put`].
    pub async fn remove(&self, key: &Key) -> Result<i64, PegasusError> {
        self.write::<rpc::Remove>(key.partition_hash(), &key.to_blob()).await
    }

    /// Writes records of one hash key, not empty, that all expire at the same time.
    ///
    /// # Errors
    /// As [`Table::put`].
    pub async fn multi_put(
        &self,
        hash_key: &[u8],
        records: &[(Vec<u8>, Vec<u8>)],
        expiry: Expiry,
    ) -> Result<i64, PegasusError> {
        let kvs = records.iter().map(|(sort_key, value)| KeyValue {
            key: Blob(sort_key.clone()),
            value: Blob(value.clone()),
            expire_ts_seconds: None,
        });
        let request = MultiPutRequest {
            hash_key: hash_key.into(),
            kvs: kvs.collect(),
            expire_ts_seconds: expiry.to_wire(),
        };
        self.write::<rpc::MultiPut>(super::hash::crc64(hash_key), &request).await
    }

    async fn write<C: Rpc<Response = UpdateResponse>>(
        &self,
        hash: u64,
        request: &C::Request,
    ) -> Result<i64, PegasusError> {
        let answer = self.call::<C>(hash, request).await?;
        match answer.error {
            StorageStatus::Ok => Ok(answer.decree),
            status => Err(self.storage::<C>(hash, status)),
        }
    }

    /// Makes a call at the primary of the partition of a hash.
    ///
    /// # Errors
    /// When the primary does not answer or refuses, after one more look at the partitions.
    pub async fn call<C: Rpc>(
        &self,
        hash: u64,
        request: &C::Request,
    ) -> Result<C::Response, PegasusError> {
        match self.call_once::<C>(hash, request).await {
            Err(error) if error.is_stale_place() => {
                self.refresh().await?;
                self.call_once::<C>(hash, request).await
            }
            answer => answer,
        }
    }

    async fn call_once<C: Rpc>(
        &self,
        hash: u64,
        request: &C::Request,
    ) -> Result<C::Response, PegasusError> {
        let partition = partition_of(hash, self.partitions());
        let place = Place::Partition { gpid: self.gpid(partition), hash };
        self.primary(partition)?.call::<C>(place, request).await
    }

    /// The id of a partition.
    pub fn gpid(&self, partition: u32) -> Gpid {
        let partition_index = i32::try_from(partition).unwrap_or(i32::MAX);
        Gpid { app_id: self.config().app_id, partition_index }
    }

    fn storage<C: Rpc>(&self, hash: u64, status: StorageStatus) -> PegasusError {
        self.storage_of(C::NAME, partition_of(hash, self.partitions()), status)
    }

    fn storage_of(&self, call: &str, partition: u32, status: StorageStatus) -> PegasusError {
        match self.primary(partition) {
            Ok(server) => PegasusError::Storage {
                call: call.to_owned(),
                server: server.endpoint().clone(),
                status,
            },
            Err(error) => error,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn look_up(meta: &Meta, name: &str) -> Result<Arc<QueryConfigResponse>, PegasusError> {
    let config = meta.query_config(name).await?;
    config.map(Arc::new).ok_or_else(|| PegasusError::Rejected {
        call: rpc::QueryConfig::NAME.to_owned(),
        server: meta.leader().endpoint().clone(),
        code: ErrorCode::from("ERR_OBJECT_NOT_FOUND"),
        hint: format!("there is no table {name}"),
    })
}
