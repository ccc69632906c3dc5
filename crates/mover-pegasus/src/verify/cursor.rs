//! All rows of a partition in the order of their keys, a batch in memory at a time. A scan that a
//! server forgot, or whose primary moved, is begun again behind the last row.

use crate::failures::failed;
use boatlift_clients::pegasus::structs::StorageStatus;
use boatlift_clients::pegasus::{PegasusError, Record, ScanFrom, ScanOptions, Scanner, Table};
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

pub(super) struct Cursor<'a> {
    table: Arc<Table>,
    partition: u32,
    side: Side,
    pace: &'a dyn Pace,
    scan: Scanner,
    rows: VecDeque<Record>,
    last: Option<Vec<u8>>,
    failures: u32,
    is_over: bool,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(
        table: Arc<Table>,
        partition: u32,
        side: Side,
        pace: &'a dyn Pace,
    ) -> Result<Self> {
        let scan = table.scan(partition, ScanFrom::Start, ScanOptions::default());
        let scan = scan.map_err(failed("cannot scan a partition"))?;
        let (rows, last) = (VecDeque::new(), None);
        Ok(Cursor { table, partition, side, pace, scan, rows, last, failures: 0, is_over: false })
    }

    /// The next row, which stays the next.
    pub(super) async fn peek(&mut self) -> Part<Option<&Record>> {
        while self.rows.is_empty() && !self.is_over {
            self.pace.spend(self.side, 1, 0)?;
            match self.scan.next().await {
                Ok(None) => self.is_over = true,
                Ok(Some(rows)) => {
                    self.failures = 0;
                    let bytes =
                        rows.iter().map(|row| row.key.len() + row.value.len()).sum::<usize>();
                    self.pace.spend(self.side, 0, bytes as u64)?;
                    self.last = rows.last().map(|row| row.key.clone()).or(self.last.take());
                    self.rows.extend(rows);
                }
                Err(error) => self.begin_again(error).await?,
            }
        }
        Ok(self.rows.front())
    }

    /// Leaves the row behind that `peek` showed.
    pub(super) fn pass(&mut self) {
        self.rows.pop_front();
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
        let from = self.last.clone().map_or(ScanFrom::Start, ScanFrom::After);
        let scan = self.table.scan(self.partition, from, ScanOptions::default());
        self.scan = scan.map_err(failed("cannot scan a partition"))?;
        Ok(())
    }
}
