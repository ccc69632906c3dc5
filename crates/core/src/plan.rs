//! Plans: what a survey found to be done, immutable and numbered.

use crate::compare::Verdict;
use crate::policy::{Held, Policy};
use crate::side::{Side, Term};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A finished segment: pages on disk beside the journal, named by what is in them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentRef {
    /// File name in the segments directory.
    pub file: String,
    /// BLAKE3 over its index, which holds a checksum of every page, in hexadecimal.
    pub hash: String,
    /// Number of pages.
    pub pages: u32,
    /// Number of entries.
    pub entries: u64,
}

/// AGREED on one route: what both sides held at the last receipts, and where that was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// The entries, with what each side said of them.
    pub segment: SegmentRef,
    /// LOWER's device, as last confirmed: a run that meets another leaves this one, until
    /// a person approves its removals.
    pub lower_device: String,
    /// UPPER's device, likewise.
    pub upper_device: String,
    /// How far the change feeds were when the last survey began that left nothing open: what
    /// no event named since is still as agreed.
    #[serde(default, skip_serializing_if = "Positions::is_unknown")]
    pub positions: Positions,
}

/// How far the change feed of each side is, where it has one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Positions {
    /// LOWER's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lower: Option<String>,
    /// UPPER's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upper: Option<String>,
}

impl Positions {
    /// Whether neither side has one.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.lower.is_none() && self.upper.is_none()
    }

    /// The position of one side.
    #[must_use]
    pub fn of(&self, side: Side) -> Option<&str> {
        match side {
            Side::Lower => self.lower.as_deref(),
            Side::Upper => self.upper.as_deref(),
        }
    }
}

/// Counts and bytes of one verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sum {
    /// Entries.
    pub entries: u64,
    /// Bytes of content, as LOWER states them (UPPER, where only UPPER has them).
    pub bytes: u64,
}

impl Sum {
    /// Adds one entry of `bytes`.
    pub fn add(&mut self, bytes: u64) {
        self.entries += 1;
        self.bytes += bytes;
    }
}

/// What a survey counted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Totals {
    /// By verdict.
    pub verdicts: BTreeMap<Verdict, Sum>,
    /// All that LOWER holds.
    pub lower: Sum,
    /// All that UPPER holds.
    pub upper: Sum,
    /// Entries that the policy removes.
    pub removals: u64,
    /// What the plan carries.
    pub carry: Sum,
}

/// One route's share of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedRoute {
    /// Index of the route in its group.
    pub route: u32,
    /// Every entry that is not the same on both sides, and the directories above them.
    pub difference: SegmentRef,
    /// What was counted.
    pub totals: Totals,
    /// Parts of a side that could not be listed.
    pub holes: u64,
    /// How far the change feeds were before the survey.
    #[serde(default, skip_serializing_if = "Positions::is_unknown")]
    pub positions: Positions,
}

/// Policy plus the difference it applies to. Steps are derived from it by a pure
/// function ([`crate::Mover::step`]); it is never changed, only dropped for a newer one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Its number within the move, from 1.
    pub number: u64,
    /// The group it belongs to.
    pub group: u32,
    /// The term in which it was made.
    pub term: Term,
    /// What it may do.
    pub policy: Policy,
    /// Its routes.
    pub routes: Vec<PlannedRoute>,
    /// Why its removals are held back; empty when they are not.
    pub held: Vec<Held>,
}

impl Plan {
    /// The sums over all routes.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut all = Totals::default();
        for route in &self.routes {
            let add = |into: &mut Sum, from: Sum| {
                into.entries += from.entries;
                into.bytes += from.bytes;
            };
            for (verdict, sum) in &route.totals.verdicts {
                add(all.verdicts.entry(*verdict).or_default(), *sum);
            }
            add(&mut all.lower, route.totals.lower);
            add(&mut all.upper, route.totals.upper);
            add(&mut all.carry, route.totals.carry);
            all.removals += route.totals.removals;
        }
        all
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.routes.iter().all(|route| route.difference.entries == 0)
    }
}
