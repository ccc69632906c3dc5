//! The lane into HDFS: from HDFS, or from any other store.
//!
//! One file costs several round trips to two NameNodes, so that many are in flight at a
//! time: as many as fit a number of items and of bytes. Their futures are driven by the
//! caller's thread, which also hashes; the runtime's threads move the bytes. The lane
//! never retries.

mod carry;
mod compare;
mod hands;
mod look;
mod lower;
mod make_directory;
mod rename;
mod settle;

use super::cluster::Cluster;
use super::errors::{Halt, Part};
use super::names::{checked, temporary};
use boatlift_core::lane::{Pace, Step, Turn};
use boatlift_core::outcome::Indexed;
use boatlift_core::{Entry, Lane, Outcome, Result, Side};
use futures_util::stream::{FuturesUnordered, StreamExt};
use hands::Hands;
pub(crate) use lower::Lower;
use std::sync::Arc;

/// The most items of a turn in flight at a time. Half of them may be waiting for a
/// DataNode's report: the client asks again only after half a second.
const MOST_ITEMS: usize = 64;
/// The most bytes of content in flight at a time, as far as a single file has not more.
const MOST_BYTES: u64 = 256 << 20;

/// The lane from a store to a root in HDFS.
pub(crate) struct HdfsLane {
    lower: Lower,
    upper: Arc<Cluster>,
}

/// A step that has ended: its place in the turn, its weight in bytes, its end.
type Landed = (usize, u64, Part<Outcome>);

impl HdfsLane {
    /// The lane from `lower` to `upper`.
    pub(crate) fn new(lower: Lower, upper: Arc<Cluster>) -> HdfsLane {
        HdfsLane { lower, upper }
    }

    async fn fly(&self, turn: &Turn<'_>, pace: &dyn Pace) -> Vec<(usize, Outcome)> {
        let hands = Hands::new(&self.lower, &self.upper, turn.owners, pace);
        let hands = &hands;
        let mut flight = FuturesUnordered::new();
        let (mut aboard, mut stopped) = (0, false);
        let mut outcomes = Vec::with_capacity(turn.steps.len());
        let mut land = |landed: Landed, aboard: &mut u64, stopped: &mut bool| {
            let (place, weight, end) = landed;
            *aboard -= weight;
            match end {
                Ok(outcome) | Err(Halt::Told(outcome)) => outcomes.push((place, outcome)),
                Err(Halt::Stopped) => *stopped = true,
            }
        };
        for (place, (index, step)) in turn.steps.iter().enumerate() {
            let entry = turn.page.get(*index as usize);
            let (weight, alone) = (weight(&entry, *step), is_alone(&entry, *step));
            while is_full(flight.len(), aboard + weight) || (alone && !flight.is_empty()) {
                let Some(landed) = flight.next().await else { break };
                land(landed, &mut aboard, &mut stopped);
            }
            if stopped || hands.pay_for(*step).is_err() {
                break;
            }
            aboard += weight;
            flight.push(async move { (place, weight, hands.make_or_sweep(entry, *step).await) });
            if alone && let Some(landed) = flight.next().await {
                land(landed, &mut aboard, &mut stopped);
            }
        }
        while let Some(landed) = flight.next().await {
            land(landed, &mut aboard, &mut stopped);
        }
        outcomes.sort_unstable_by_key(|(place, _)| *place);
        outcomes
    }
}

impl Lane for HdfsLane {
    fn name(&self) -> &'static str {
        "hdfs"
    }

    fn carry(&self, turn: &Turn<'_>, pace: &dyn Pace) -> Vec<Indexed> {
        let outcomes = self.upper.run(self.fly(turn, pace));
        outcomes.into_iter().map(|(place, outcome)| (turn.steps[place].0, outcome)).collect()
    }

    fn align_roots(&self, owners: bool) -> Result<()> {
        self.upper.run(settle::align(&self.lower, &self.upper, owners))
    }
}

impl Hands<'_> {
    /// What was not carried now may have been in the making when an earlier run died.
    async fn make_or_sweep(&self, entry: Entry<'_>, step: Step) -> Part<Outcome> {
        let end = self.make(&entry, step).await;
        let is_bad = matches!(&end, Ok(outcome) | Err(Halt::Told(outcome)) if !outcome.is_good());
        if is_bad
            && !entry.key.is_directory()
            && let Ok(path) = self.upper.path(entry.key)
        {
            // What cannot be removed now is removed when the item is carried.
            let _ = self.upper.delete(&temporary(&path)).await;
        }
        end
    }

    async fn make(&self, entry: &Entry<'_>, step: Step) -> Part<Outcome> {
        for key in [Some(entry.key), entry.partner].into_iter().flatten() {
            checked(key)?;
        }
        match step {
            Step::MakeDirectory => Box::pin(self.make_directory(entry)).await,
            // HDFS has no hard links: each name is a file of its own.
            Step::Carry | Step::Link => self.carry(entry).await,
            Step::CompareAndCarry => Box::pin(self.compare_and_carry(entry)).await,
            Step::Rename => Box::pin(self.rename(entry)).await,
            Step::SetAttributes => Box::pin(self.settle(entry)).await,
            Step::Remove => Box::pin(self.remove(entry)).await,
            Step::Look => Box::pin(self.look(entry)).await,
            Step::ReadBack => Box::pin(self.read_back(entry)).await,
        }
    }
}

fn is_full(items: usize, bytes: u64) -> bool {
    items >= MOST_ITEMS || (items > 0 && bytes > MOST_BYTES)
}

/// The bytes that a step moves.
fn weight(entry: &Entry<'_>, step: Step) -> u64 {
    match step {
        Step::Carry | Step::Link | Step::CompareAndCarry | Step::Rename | Step::ReadBack => {
            entry.lower.or(entry.upper).and_then(|facets| facets.size()).unwrap_or_default()
        }
        _ => 0,
    }
}

/// Whether a step must come after all before it and before all after it: a directory goes
/// when it is empty, and takes the place of what is no directory before anything lies in it.
fn is_alone(entry: &Entry<'_>, step: Step) -> bool {
    match step {
        Step::Remove => entry.key.is_directory(),
        Step::MakeDirectory => entry.partner.is_some(),
        Step::Rename => true,
        _ => false,
    }
}

/// Round trips to the NameNodes that a step takes when nothing unusual happens: on LOWER
/// and on UPPER.
fn operations(step: Step) -> [(Side, u64); 2] {
    let (lower, upper) = match step {
        Step::Carry | Step::Link => (3, 5),
        Step::CompareAndCarry => (4, 3),
        Step::Rename => (3, 4),
        Step::SetAttributes => (2, 3),
        Step::Remove => (0, 2),
        Step::MakeDirectory | Step::Look => (0, 1),
        Step::ReadBack => (0, 2),
    };
    [(Side::Lower, lower), (Side::Upper, upper)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_small_files_are_in_flight_or_a_few_large_ones() {
        assert!(!is_full(0, u64::MAX), "a single file may be as large as it likes");
        assert!(is_full(1, MOST_BYTES + 1));
        assert!(!is_full(MOST_ITEMS - 1, MOST_BYTES));
        assert!(is_full(MOST_ITEMS, 0));
    }
}
