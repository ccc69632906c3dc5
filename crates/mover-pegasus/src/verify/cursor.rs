//! All rows of a partition in the order of their keys, a batch in memory at a time. A scan that a
//! server forgot, or whose primary moved, is begun again behind the last row.

use crate::failures::failed;
use boatlift_clients::pegasus::structs::StorageStatus;
use boatlift_clients::pegasus::{
    Contents, PegasusError, Record, ScanFrom, ScanOptions, Scanner, Table,
};
use boatlift_core::error::Result;
use boatlift_core::lane::{Pace, Part};
use boatlift_core::side::Side;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// Scans that are begun again in a row before the partition is given up.
const MOST_SCANS: u32 = 10;
const BETWEEN_SCANS: Duration = Duration::from_millis(500);

/// The rows of one partition of one side.
pub(crate) struct Cursor<'a> {
    table: Arc<Table>,
    partition: u32,
    side: Side,
    pace: &'a dyn Pace,
    scan: Scanner,
    rows: VecDeque<Record>,
    options: ScanOptions,
    /// Where a new scan would begin.
    from: ScanFrom,
    failures: u32,
    is_over: bool,
}

impl<'a> Cursor<'a> {
    /// From a key in one piece on, or all.
    pub(crate) fn new(
        table: Arc<Table>,
        partition: u32,
        side: Side,
        pace: &'a dyn Pace,
        from: Option<&[u8]>,
    ) -> Result<Self> {
        let options = ScanOptions::default();
        let from = from.map_or(ScanFrom::Start, |key| ScanFrom::At(key.to_vec()));
        let scan = table.scan(partition, from.clone(), options);
        let scan = scan.map_err(failed("cannot scan a partition"))?;
        let (rows, failures, is_over) = (VecDeque::new(), 0, false);
        Ok(Cursor { table, partition, side, pace, scan, rows, options, from, failures, is_over })
    }

    /// Reads no more of each row than that; to be said before the first is read.
    pub(super) fn only(mut self, contents: Contents) -> Result<Self> {
        self.options.contents = contents;
        let scan = self.table.scan(self.partition, self.from.clone(), self.options);
        self.scan = scan.map_err(failed("cannot scan a partition"))?;
        Ok(self)
    }

    /// The next row, which stays the next.
    pub(crate) async fn peek(&mut self) -> Part<Option<&Record>> {
        while self.rows.is_empty() && !self.is_over {
            self.pace.spend(self.side, 1, 0)?;
            match self.scan.next().await {
                Ok(None) => self.is_over = true,
                Ok(Some(rows)) => {
                    self.failures = 0;
                    let bytes =
                        rows.iter().map(|row| row.key.len() + row.value.len()).sum::<usize>();
                    self.pace.spend(self.side, 0, bytes as u64)?;
                    if let Some(last) = rows.last() {
                        self.from = ScanFrom::After(last.key.clone());
                    }
                    self.rows.extend(rows);
                }
                Err(error) => self.begin_again(error).await?,
            }
        }
        Ok(self.rows.front())
    }

    /// The row that `peek` showed.
    pub(crate) fn front(&self) -> Option<&Record> {
        self.rows.front()
    }

    /// Takes it.
    pub(crate) fn take(&mut self) -> Option<Record> {
        self.rows.pop_front()
    }

    async fn begin_again(&mut self, error: PegasusError) -> Result<()> {
        let may_pass = error.is_stale_place()
            || error.code() == Some("ERR_BUSY")
            || matches!(
                error,
                PegasusError::Storage {
                    status: StorageStatus::NotFound | StorageStatus::Incomplete,
                    ..
                } | PegasusError::Timeout { .. }
                    | PegasusError::Lost { .. }
            );
        self.failures += 1;
        if !may_pass || self.failures > MOST_SCANS {
            return Err(failed("cannot scan a partition")(error));
        }
        sleep(BETWEEN_SCANS).await;
        self.table.refresh().await.map_err(failed("cannot look a table up"))?;
        let from = self.from.clone();
        let scan = self.table.scan(self.partition, from, self.options);
        self.scan = scan.map_err(failed("cannot scan a partition"))?;
        Ok(())
    }
}
