//! Brings the rows of one class on UPPER in line with LOWER's: both are read in the order of their
//! keys, and what differs is written. What is there already is not written again.

use super::classes::Classes;
use super::rows::Rows;
use super::writer::{Changes, Rate};
use crate::verify::{Difference, Kind, Step, expires_soon, step};
use boatlift_clients::pegasus::{Record, Table};
use boatlift_core::error::Result;
use boatlift_core::lane::{Pace, Part};
use boatlift_core::side::Side;
use std::sync::Arc;

/// Rows after which it is noted how far a class is, where few differ.
const NOTE_EVERY: u64 = 10_000;
/// Differences that are told one by one; with more, something else is wrong.
const MOST_TOLD: usize = 10_000;

/// Both sides of a table that is copied.
pub(crate) struct Pair {
    pub(super) lower: Arc<Table>,
    pub(super) upper: Arc<Table>,
    pub(super) classes: Classes,
}

/// What came of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tally {
    /// Rows that LOWER has.
    pub(crate) rows: u64,
    /// Bytes of their keys and values.
    pub(crate) bytes: u64,
    /// Rows that differed. Those that expire within a minute do not count.
    pub(crate) differed: u64,
}

impl Tally {
    fn count(&mut self, row: &Record) {
        self.rows += 1;
        self.bytes += (row.key.len() + row.value.len()) as u64;
    }

    /// Adds what came of another class.
    pub(super) fn merge(&mut self, other: Tally) {
        self.rows += other.rows;
        self.bytes += other.bytes;
        self.differed += other.differed;
    }
}

impl Pair {
    fn sides<'a>(
        &self,
        class: u32,
        from: Option<&[u8]>,
        pace: &'a dyn Pace,
    ) -> Result<(Rows<'a>, Rows<'a>)> {
        let class = (self.classes, class);
        let lower = Rows::of((&self.lower, Side::Lower), class, from, pace)?;
        Ok((lower, Rows::of((&self.upper, Side::Upper), class, from, pace)?))
    }

    /// Copies what differs from the key `from` on. `reached` hears the key before which UPPER is
    /// in line.
    pub(super) async fn reconcile(
        &self,
        class: u32,
        from: Option<&[u8]>,
        rate: &Rate,
        pace: &dyn Pace,
        mut reached: impl FnMut(&[u8]) -> Result<()>,
    ) -> Part<Tally> {
        let (mut lower, mut upper) = self.sides(class, from, pace)?;
        let (mut tally, mut changes) = (Tally::default(), Changes::default());
        let mut passed = 0_u64;
        loop {
            let (there, here) = (lower.peek().await?, upper.peek().await?);
            let step = step(there, here);
            let is_extra = step == Step::Differs(Kind::Extra);
            let Some(next) = (if is_extra { here } else { there }) else { break };
            if changes.is_full(rate) || passed == NOTE_EVERY {
                passed = 0;
                changes.write(&self.upper, rate, pace).await?;
                reached(&next.key)?;
            }
            passed += 1;
            let is_leaving = expires_soon(next.expiry);
            tally.differed += u64::from(step != Step::Same && !is_leaving);
            if is_extra {
                if !is_leaving {
                    changes.remove(&next.key)?;
                }
                upper.take();
                continue;
            }
            if step != Step::Differs(Kind::Missing) {
                upper.take();
            }
            let Some(row) = lower.take() else { break };
            tally.count(&row);
            if step != Step::Same {
                changes.put(row)?;
            }
        }
        changes.write(&self.upper, rate, pace).await?;
        Ok(tally)
    }

    /// What differs; writes nothing.
    pub(super) async fn compare(
        &self,
        class: u32,
        pace: &dyn Pace,
    ) -> Part<(Tally, Vec<Difference>)> {
        let (mut lower, mut upper) = self.sides(class, None, pace)?;
        let (mut tally, mut found) = (Tally::default(), Vec::new());
        while found.len() < MOST_TOLD {
            let (there, here) = (lower.peek().await?, upper.peek().await?);
            let step = step(there, here);
            if let Step::Differs(kind) = step {
                let row = if kind == Kind::Extra { here } else { there };
                let row = row.filter(|row| !expires_soon(row.expiry));
                found.extend(row.map(|row| Difference { key: row.key.clone(), kind }));
            }
            if step != Step::Differs(Kind::Missing) {
                upper.take();
            }
            if step == Step::Differs(Kind::Extra) {
                continue;
            }
            match lower.take() {
                None => break,
                Some(row) => tally.count(&row),
            }
        }
        tally.differed = found.len() as u64;
        Ok((tally, found))
    }
}
