//! Scans: all records of a partition in the order of their keys, with their expiry.

use std::sync::Arc;

use super::Table;
use crate::pegasus::error::PegasusError;
use crate::pegasus::key::Expiry;
use crate::pegasus::rpc::{self, CLEAR_SCANNER};
use crate::pegasus::server::{Place, Server};
use crate::pegasus::structs::{
    GetScannerRequest, KeyValue, ScanRequest, ScanResponse, StorageStatus,
};
use crate::pegasus::wire::{Blob, CodecError};

/// A record as a scan gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The key in one piece, see [`crate::pegasus::Key::from_blob`].
    pub key: Vec<u8>,
    /// The value; empty when only keys were asked for.
    pub value: Vec<u8>,
    /// When it expires.
    pub expiry: Expiry,
}

impl Record {
    /// A record whose expiry was asked for: without one it would count as one that stays.
    fn read(kv: KeyValue) -> Result<Self, CodecError> {
        let expiry = kv.expire_ts_seconds;
        let expiry = expiry.ok_or(CodecError::Frame("a record of a scan has no expiry"))?;
        Ok(Self { key: kv.key.0, value: kv.value.0, expiry: Expiry::from_wire(expiry) })
    }
}

/// Where a scan begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScanFrom {
    /// At the first record.
    Start,
    /// At a key in one piece, or the first behind it.
    At(Vec<u8>),
    /// After a key in one piece, which need not exist.
    After(Vec<u8>),
}

/// How a scan reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanOptions {
    /// Records in a batch, at most.
    pub batch: u16,
    /// What is read of each record.
    pub contents: Contents,
}

/// What is read of each record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contents {
    /// Key and value.
    Records,
    /// The key alone.
    Keys,
}

impl Default for ScanOptions {
    fn default() -> Self {
        Self { batch: 1000, contents: Contents::Records }
    }
}

/// A scan of one partition. When a batch fails, the rest can be read by a new scan after the
/// last key that came: a server forgets a scan when it restarts or after five idle minutes.
#[derive(Debug)]
pub struct Scanner {
    server: Arc<Server>,
    table: Arc<Table>,
    partition: u32,
    options: ScanOptions,
    next: Next,
}

#[derive(Debug)]
enum Next {
    Open(Box<GetScannerRequest>),
    Batch(i64),
    Nothing,
}

impl Table {
    /// Begins a scan of a partition. Nothing is sent before the first batch is asked for.
    ///
    /// # Errors
    /// When the partition had no primary at the last look.
    pub fn scan(
        self: &Arc<Self>,
        partition: u32,
        from: ScanFrom,
        options: ScanOptions,
    ) -> Result<Scanner, PegasusError> {
        let server = self.primary(partition)?;
        let next = Next::Open(Box::new(first_request(from, options)));
        Ok(Scanner { server, table: Arc::clone(self), partition, options, next })
    }
}

fn first_request(from: ScanFrom, options: ScanOptions) -> GetScannerRequest {
    let (start_key, start_inclusive) = match from {
        ScanFrom::Start => (vec![0, 0], true),
        ScanFrom::At(key) => (key, true),
        ScanFrom::After(key) => (key, false),
    };
    GetScannerRequest {
        start_key: Blob(start_key),
        stop_key: Blob(vec![0xff, 0xff]),
        start_inclusive,
        stop_inclusive: false,
        batch_size: i32::from(options.batch.max(1)),
        no_value: Some(options.contents == Contents::Keys),
        hash_key_filter_type: Some(0),
        hash_key_filter_pattern: Some(Blob::default()),
        sort_key_filter_type: Some(0),
        sort_key_filter_pattern: Some(Blob::default()),
        validate_partition_hash: Some(true),
        return_expire_ts: Some(true),
        full_scan: Some(true),
        only_return_count: Some(false),
    }
}

impl Scanner {
    /// The next records; `None` after the last. A batch may be empty.
    ///
    /// # Errors
    /// When the server does not answer, or does not know the scan any more
    /// ([`StorageStatus::NotFound`]). The scan is over then.
    pub async fn next(&mut self) -> Result<Option<Vec<Record>>, PegasusError> {
        let place = self.place();
        let answer = match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::Nothing => return Ok(None),
            Next::Open(request) => self.server.call::<rpc::GetScanner>(place, &request).await?,
            Next::Batch(context_id) => {
                self.server.call::<rpc::Scan>(place, &ScanRequest { context_id }).await?
            }
        };
        let failed = |status| self.table.storage_of("a scan", self.partition, status);
        if !matches!(answer.error, StorageStatus::Ok | StorageStatus::Incomplete) {
            return Err(failed(answer.error));
        }
        let records: Result<Vec<_>, _> = answer.kvs.into_iter().map(Record::read).collect();
        let records = records.map_err(|error| PegasusError::Malformed {
            call: "a scan".to_owned(),
            server: self.server.endpoint().clone(),
            error,
        })?;
        self.next = match (answer.error, answer.context_id, records.last()) {
            (StorageStatus::Ok, ScanResponse::END, _) => Next::Nothing,
            (StorageStatus::Ok, context_id, _) => Next::Batch(context_id),
            // The server ran out of time: go on after the last key, if it came that far.
            (_, _, Some(last)) => {
                let from = ScanFrom::After(last.key.clone());
                Next::Open(Box::new(first_request(from, self.options)))
            }
            (status, _, None) => return Err(failed(status)),
        };
        Ok(Some(records))
    }

    /// Lets the server forget the scan before its end.
    ///
    /// # Errors
    /// When that cannot be sent.
    pub async fn close(mut self) -> Result<(), PegasusError> {
        match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::Batch(context) => self.server.tell(CLEAR_SCANNER, self.place(), &context).await,
            _ => Ok(()),
        }
    }

    fn place(&self) -> Place {
        Place::Partition { gpid: self.table.gpid(self.partition), hash: 0 }
    }
}
