//! Asking a partition whether it takes writes, without writing.
//!
//! The request is a conditional write whose condition cannot hold: the record that it asks for
//! was never written. On a table that is duplicated the server refuses it before it looks;
//! on any other table it uses a decree for a mutation without data.

use super::Table;
use crate::pegasus::error::PegasusError;
use crate::pegasus::hash::crc64;
use crate::pegasus::key::{Key, partition_of};
use crate::pegasus::rpc;
use crate::pegasus::server::Place;
use crate::pegasus::structs::{CheckAndSetRequest, CheckType, StorageStatus};
use crate::pegasus::wire::Blob;

/// What a partition does with writes. It says nothing of whether the server that was asked
/// is the primary: look at the ballot before and after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writes {
    /// It takes them, and duplicates them.
    Taken,
    /// It takes them, and does not duplicate: the probe became a decree.
    TakenAlone,
    /// It refuses them (`reconfig*write` is in force).
    Refused,
}

impl Table {
    /// Asks the primary of a partition, as it was at the last look, whether it takes writes.
    /// `unused` names records that never were and never will be.
    ///
    /// # Errors
    /// When it says anything else, or nothing, as it does where `timeout*write` is in force.
    pub async fn probe_writes(&self, partition: u32, unused: &str) -> Result<Writes, PegasusError> {
        let primary = self.primary(partition)?;
        let hash_key = self
            .hash_key_of(partition, unused)
            .ok_or_else(|| PegasusError::NoPrimary { table: self.name.clone(), partition })?;
        let place = Place::Partition { gpid: self.gpid(partition), hash: crc64(&hash_key) };
        let request = CheckAndSetRequest {
            hash_key: Blob(hash_key),
            check_sort_key: unused.as_bytes().into(),
            check_type: CheckType::Exist,
            check_operand: Blob::default(),
            set_diff_sort_key: false,
            set_sort_key: Blob::default(),
            set_value: Blob::default(),
            set_expire_ts_seconds: 0,
            return_check_value: false,
        };
        let answer = primary.call::<rpc::CheckAndSet>(place, &request).await;
        match answer {
            Ok(answer) if answer.error == StorageStatus::TryAgain => Ok(Writes::TakenAlone),
            Ok(answer) => Err(self.storage_of("the probe", partition, answer.error)),
            Err(error) => match error.code() {
                Some("ERR_OPERATION_DISABLED") => Ok(Writes::Taken),
                Some("ERR_INVALID_STATE") => Ok(Writes::Refused),
                _ => Err(error),
            },
        }
    }

    /// Asks the primary of a partition for a record that never was: that it says so is all that is
    /// wanted.
    ///
    /// # Errors
    /// When it does not serve readers.
    pub async fn probe_reads(&self, partition: u32, unused: &str) -> Result<(), PegasusError> {
        let primary = self.primary(partition)?;
        let hash_key = self
            .hash_key_of(partition, unused)
            .ok_or_else(|| PegasusError::NoPrimary { table: self.name.clone(), partition })?;
        let hash = crc64(&hash_key);
        let key = Key::new(hash_key, unused.as_bytes()).map(|key| key.to_blob());
        let place = Place::Partition { gpid: self.gpid(partition), hash };
        primary.call::<rpc::Get>(place, &key.unwrap_or_default()).await.map(drop)
    }

    /// A hash key that falls into a partition that there is: one of `partitions` names does, on
    /// average.
    fn hash_key_of(&self, partition: u32, unused: &str) -> Option<Vec<u8>> {
        const NAMES_EACH: u64 = 1_000;
        let count = self.partitions();
        let names = 0..u64::from(count) * NAMES_EACH;
        let mut names = names.map(|number| format!("{unused}-{number}").into_bytes());
        names.find(|name| partition_of(crc64(name), count) == partition)
    }
}
