//! Proof of rows: a partition is read on both sides in the order of its keys, and compared by
//! key, expiry and value.
//!
//! A sample reads keys and expiries alone, and the values of some rows that its seed draws. While
//! clients write, what differs is read again on both sides until it does not, or has for
//! too long. Memory is bounded, however many rows a partition has.

mod batch;
mod cursor;
mod differences;
mod mark;
mod merge;

use crate::failures::failed;
use crate::inventory::Shared;
use boatlift_clients::pegasus::{Contents, ScanFrom, ScanOptions, Table};
use boatlift_core::error::{Code, Error, Result, Retry};
use boatlift_core::lane::{Pace, Part, VerifyJob};
use boatlift_core::outcome::{Outcome, Proof, Receipt};
use boatlift_core::policy::Verify;
use boatlift_core::side::Side;
pub(crate) use cursor::Cursor;
pub(crate) use differences::{Difference, Differences};
use futures_util::future::try_join;
use mark::{Mark, Place};
pub(crate) use merge::{Kind, Step, step};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::sleep;

/// Rows that expire so soon may be gone on one side and not yet on the other.
const EXPIRES_SOON: i64 = 60;
/// How often what differs is read again, and after which time.
const READ_AGAIN: u32 = 5;
const BETWEEN_READS: Duration = Duration::from_secs(2);
/// Differences of a partition that are read again: with more it is not lag.
const MOST_AGAIN: usize = 10_000;
/// Rows after which it is noted how far a partition is, and the values of drawn rows are read.
const MARK_EVERY: u64 = 20_000;
/// One row in so many of a sample is read with its value; of the others the keys and expiries are
/// compared.
const DRAWN_ONCE_IN: u64 = 1_000;

/// A partition of a table, as it is on both sides.
pub(crate) struct Compared<'a> {
    /// LOWER's table and UPPER's.
    pub(crate) tables: &'a [Arc<Table>; 2],
    /// The name of both.
    pub(crate) name: &'a str,
    /// The number of the partition.
    pub(crate) number: u32,
    /// The verification that it is compared in; without one it is compared in one go.
    pub(crate) job: Option<VerifyJob>,
}

/// Compares a partition, from where the same verification was broken off before.
pub(crate) async fn partition(
    shared: &Shared,
    compared: Compared<'_>,
    pace: &dyn Pace,
) -> Part<Outcome> {
    let Compared { tables, name, number, job } = compared;
    let state = shared.state.as_deref();
    let place = Place::of(state, name, number, job.map(|job| job.seed));
    let mut mark = place.read();
    if !mark.is_proved {
        let found = compared.differences(&mut mark, &place, pace).await?;
        let left = read_again(tables, number, found, pace).await?;
        let listed = Differences::of(state, name, number).write(&left)?;
        if !left.is_empty() {
            return Ok(Outcome::Failed(
                Error::new(Code::ContentDiffers, "UPPER differs from LOWER in")
                    .on(format!(
                        "{} of {} rows of partition {number} of {name}",
                        left.len(),
                        mark.rows
                    ))
                    .because(listed)
                    .retry(Retry::Later),
            ));
        }
        mark.is_proved = true;
        mark.note(&[]);
        place.write(&mark)?;
    }
    Ok(Outcome::Done(Receipt { bytes: mark.bytes, ..Receipt::of(Proof::Rows) }))
}

impl Compared<'_> {
    /// What differs at first sight; of a sample also the drawn rows whose values do.
    async fn differences(
        &self,
        mark: &mut Mark,
        place: &Place,
        pace: &dyn Pace,
    ) -> Part<Vec<Difference>> {
        let [mut lower, mut upper] = self.cursors(mark.next.as_deref(), pace)?;
        let mut found = mark.found();
        // Those since the last mark: a few dozen.
        let mut drawn = Vec::new();
        loop {
            if lower.front().is_none() || upper.front().is_none() {
                try_join(lower.peek(), upper.peek()).await?;
            }
            let (there, here) = (lower.front(), upper.front());
            let step = merge::step(there, here);
            let record = if step == Step::Differs(Kind::Extra) { here } else { there };
            let Some(record) = record else {
                found.extend(self.differing(drawn, pace).await?);
                return Ok(found);
            };
            if mark.rows > 0 && mark.rows.is_multiple_of(MARK_EVERY) {
                found.extend(self.differing(std::mem::take(&mut drawn), pace).await?);
                mark.next = Some(record.key.clone());
                mark.note(&found);
                place.write(mark)?;
            }
            match step {
                Step::Differs(kind) if !expires_soon(record.expiry) => {
                    found.push(Difference { key: record.key.clone(), kind });
                }
                Step::Same if self.is_drawn(&record.key) => drawn.push(record.key.clone()),
                _ => {}
            }
            if found.len() > MOST_AGAIN {
                return Ok(found);
            }
            mark.rows += 1;
            if step != Step::Differs(Kind::Extra) {
                mark.bytes += (record.key.len() + record.value.len()) as u64;
                lower.take();
            }
            if step != Step::Differs(Kind::Missing) {
                upper.take();
            }
        }
    }

    /// Those of some keys whose rows differ now.
    async fn differing(&self, keys: Vec<Vec<u8>>, pace: &dyn Pace) -> Part<Vec<Difference>> {
        let mut differing = Vec::new();
        for key in keys {
            if let Step::Differs(kind) = compare(self.tables, self.number, &key, pace).await? {
                differing.push(Difference { key, kind });
            }
        }
        Ok(differing)
    }

    fn cursors<'p>(&self, from: Option<&[u8]>, pace: &'p dyn Pace) -> Result<[Cursor<'p>; 2]> {
        let contents = if self.is_sample() { Contents::Keys } else { Contents::Records };
        let cursor = |table: &Arc<Table>, side| {
            Cursor::new(Arc::clone(table), self.number, side, pace, from)?.only(contents)
        };
        let [lower, upper] = self.tables;
        Ok([cursor(lower, Side::Lower)?, cursor(upper, Side::Upper)?])
    }

    fn is_sample(&self) -> bool {
        self.job.is_some_and(|job| job.mode == Verify::Sample)
    }

    /// Whether the value of a row is read, of which a sample has seen the key alone.
    fn is_drawn(&self, key: &[u8]) -> bool {
        let Some(job) = self.job.filter(|job| job.mode == Verify::Sample) else { return false };
        let mut hash = blake3::Hasher::new();
        hash.update(&job.seed.to_le_bytes());
        hash.update(key);
        let drawn = hash.finalize();
        let drawn = drawn.as_bytes().first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        drawn.is_multiple_of(DRAWN_ONCE_IN)
    }
}

/// Whether a row may be gone on one side and not yet on the other.
pub(crate) fn expires_soon(expiry: boatlift_clients::pegasus::Expiry) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    expiry.unix_seconds().is_some_and(|at| at <= now.saturating_add(EXPIRES_SOON))
}

/// Reads what differs once more on both sides, until it is the same or has differed for too
/// long.
async fn read_again(
    tables: &[Arc<Table>; 2],
    number: u32,
    mut found: Vec<Difference>,
    pace: &dyn Pace,
) -> Part<Vec<Difference>> {
    for _ in 0..READ_AGAIN {
        if found.is_empty() || found.len() > MOST_AGAIN {
            break;
        }
        sleep(BETWEEN_READS).await;
        let mut left = Vec::new();
        for difference in found {
            if let Step::Differs(kind) = compare(tables, number, &difference.key, pace).await? {
                left.push(Difference { kind, ..difference });
            }
        }
        found = left;
    }
    Ok(found)
}

/// Reads a row on both sides.
async fn compare(
    [lower, upper]: &[Arc<Table>; 2],
    number: u32,
    key: &[u8],
    pace: &dyn Pace,
) -> Part<Step> {
    pace.spend(Side::Lower, 1, 0)?;
    pace.spend(Side::Upper, 1, 0)?;
    let (there, here) = try_join(record(lower, number, key), record(upper, number, key)).await?;
    Ok(merge::step(there.as_ref(), here.as_ref()))
}

/// One record, with its expiry.
async fn record(
    table: &Arc<Table>,
    partition: u32,
    key: &[u8],
) -> Result<Option<boatlift_clients::pegasus::Record>> {
    let cannot = failed("cannot read a record again");
    let options = ScanOptions { batch: 1, ..ScanOptions::default() };
    let mut scan = table.scan(partition, ScanFrom::At(key.to_vec()), options).map_err(&cannot)?;
    // A batch may be empty without being the last.
    let mut found = None;
    while let Some(batch) = scan.next().await.map_err(&cannot)? {
        found = batch.into_iter().next();
        if found.is_some() {
            break;
        }
    }
    scan.close().await.map_err(&cannot)?;
    Ok(found.filter(|record: &boatlift_clients::pegasus::Record| record.key == key))
}
