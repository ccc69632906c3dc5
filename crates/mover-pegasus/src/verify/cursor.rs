//! All rows of a partition in the order of their keys, a batch in memory at a time. A scan that a
//! server forgot, or whose primary moved, is begun again behind the last row; so is one whose
//! batches turn out too large or too small.

use super::batch::Batch;
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
    batch: Batch,
    contents: Contents,
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
        let (batch, contents) = (Batch::first(), Contents::Records);
        let from = from.map_or(ScanFrom::Start, |key| ScanFrom::At(key.to_vec()));
        let options = ScanOptions { batch: batch.rows(), contents };
        let scan = table.scan(partition, from.clone(), options);
        let scan = scan.map_err(failed("cannot scan a partition"))?;
        Ok(Cursor {
            table,
            partition,
            side,
            pace,
            scan,
            rows: VecDeque::new(),
            batch,
            contents,
            from,
            failures: 0,
            is_over: false,
        })
    }

    /// Reads no more of each row than that; to be said before the first is read.
    pub(super) fn only(mut self, contents: Contents) -> Result<Self> {
        self.contents = contents;
        self.scan = self.scan_on()?;
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
                        self.fit(self.batch.after(bytes)).await;
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

    /// Goes on with batches of another size. Where no primary is known at the moment, the scan that
    /// there is goes on, and tells.
    async fn fit(&mut self, next: Batch) {
        let former = std::mem::replace(&mut self.batch, next);
        if former.rows() == next.rows() {
            return;
        }
        let Ok(scan) = self.scan_on() else {
            self.batch = former;
            return;
        };
        if let Err(error) = std::mem::replace(&mut self.scan, scan).close().await {
            tracing::debug!(%error, "a server forgets a scan by itself");
        }
    }

    /// A scan from where this one is.
    fn scan_on(&self) -> Result<Scanner> {
        let options = ScanOptions { batch: self.batch.rows(), contents: self.contents };
        let scan = self.table.scan(self.partition, self.from.clone(), options);
        scan.map_err(failed("cannot scan a partition"))
    }

    async fn begin_again(&mut self, error: PegasusError) -> Result<()> {
        let is_too_much = matches!(
            error,
            PegasusError::Storage { status: StorageStatus::Incomplete, .. }
                | PegasusError::Timeout { .. }
                | PegasusError::Lost { .. }
        );
        let is_forgotten =
            matches!(error, PegasusError::Storage { status: StorageStatus::NotFound, .. });
        let may_pass = is_too_much
            || is_forgotten
            || error.is_stale_place()
            || error.code() == Some("ERR_BUSY");
        self.failures += 1;
        if !may_pass || self.failures > MOST_SCANS {
            return Err(failed("cannot scan a partition")(error));
        }
        if is_too_much {
            self.batch = self.batch.after_none();
        }
        sleep(BETWEEN_SCANS).await;
        self.table.refresh().await.map_err(failed("cannot look a table up"))?;
        self.scan = self.scan_on()?;
        Ok(())
    }
}
