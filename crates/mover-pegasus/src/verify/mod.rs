//! Proof of rows: a partition is read on both sides in the order of its keys, and compared by
//! key, expiry and value.
//!
//! While clients write, what differs is read again on both sides until it does not, or has for
//! too long. A partition is read in one piece of bounded memory, however many rows it has.

mod cursor;
mod differences;
mod merge;

use crate::failures::failed;
use crate::inventory::Shared;
use boatlift_clients::pegasus::{ScanFrom, ScanOptions, Table};
use boatlift_core::error::{Code, Error, Result, Retry};
use boatlift_core::lane::{Pace, Part};
use boatlift_core::outcome::{Outcome, Proof, Receipt};
use boatlift_core::side::Side;
pub(crate) use cursor::Cursor;
pub(crate) use differences::{Difference, Differences};
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

/// Compares partition `number` of a table on both sides.
pub(crate) async fn partition(
    shared: &Shared,
    tables: &[Arc<Table>; 2],
    name: &str,
    number: u32,
    pace: &dyn Pace,
) -> Part<Outcome> {
    let [lower, upper] = tables;
    let mut sides = [
        Cursor::new(Arc::clone(lower), number, Side::Lower, pace, None)?,
        Cursor::new(Arc::clone(upper), number, Side::Upper, pace, None)?,
    ];
    let mut found = Vec::new();
    let mut rows = 0_u64;
    let mut bytes = 0_u64;
    loop {
        let [lower, upper] = &mut sides;
        let (lower, upper) = (lower.peek().await?, upper.peek().await?);
        let step = merge::step(lower, upper);
        bytes += step_bytes(lower);
        let key = match step {
            Step::End => break,
            Step::Same => None,
            Step::Differs(kind) => {
                let record = if kind == Kind::Extra { upper } else { lower };
                let is_leaving = record.is_some_and(|record| expires_soon(record.expiry));
                record.filter(|_| !is_leaving).map(|record| (record.key.clone(), kind))
            }
        };
        found.extend(key.map(|(key, kind)| Difference { key, kind }));
        if found.len() > MOST_AGAIN {
            break;
        }
        rows += 1;
        let [lower, upper] = &mut sides;
        match step {
            Step::Differs(Kind::Missing) => drop(lower.take()),
            Step::Differs(Kind::Extra) => drop(upper.take()),
            _ => {
                lower.take();
                upper.take();
            }
        }
    }
    let left = read_again(tables, number, found, pace).await?;
    let differences = Differences::of(shared.state.as_deref(), name, number);
    let place = differences.write(&left)?;
    Ok(match left.is_empty() {
        true => Outcome::Done(Receipt { bytes, ..Receipt::of(Proof::Rows) }),
        false => Outcome::Failed(
            Error::new(Code::ContentDiffers, "UPPER differs from LOWER in")
                .on(format!("{} of {rows} rows of partition {number} of {name}", left.len()))
                .because(place)
                .retry(Retry::Later),
        ),
    })
}

fn step_bytes(record: Option<&boatlift_clients::pegasus::Record>) -> u64 {
    record.map_or(0, |record| (record.key.len() + record.value.len()) as u64)
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
    [lower, upper]: &[Arc<Table>; 2],
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
            pace.spend(Side::Lower, 1, 0)?;
            pace.spend(Side::Upper, 1, 0)?;
            let (there, here) = (
                record(lower, number, &difference.key).await?,
                record(upper, number, &difference.key).await?,
            );
            if let Step::Differs(kind) = merge::step(there.as_ref(), here.as_ref()) {
                left.push(Difference { kind, ..difference });
            }
        }
        found = left;
    }
    Ok(found)
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
