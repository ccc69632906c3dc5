//! The benchmark of the pegasus mover, on fake clusters with the timings that real ones were seen
//! with: no package of the server exists.
//!
//! How long writes are refused is a matter of the servers' timers: it is measured in simulated time,
//! in which many attempts are made. How it grows with a table's size is a matter of what there is
//! to ask and to answer: it is measured in real time, with the mover and both clusters on this
//! machine. Nothing is judged here: `cargo xtask bench pegasus` holds the figures against the goals.

mod attempt;
mod growth;
mod verify;
mod windows;

use crate::bench::{CaseResult, Result, Results};
use std::path::PathBuf;

/// How large everything is, and how often it is done.
#[derive(Debug, Clone)]
pub struct Sizes {
    /// Timed rounds, where real time passes.
    pub runs: usize,
    /// Cutovers of each profile, where none does.
    pub attempts: usize,
    /// Partitions of the largest table whose cutover is measured.
    pub most_partitions: usize,
    /// Rows that are verified.
    pub rows: usize,
}

impl Default for Sizes {
    /// Those that the goals were set for.
    fn default() -> Self {
        Sizes { runs: 5, attempts: 200, most_partitions: 1_024, rows: 10_000_000 }
    }
}

/// What is measured, and how large.
#[derive(Debug, Clone)]
pub struct Bench {
    /// The binary under test.
    pub boatlift: PathBuf,
    /// Sizes.
    pub sizes: Sizes,
}

/// A case: its name, and how it is measured.
type Case = (&'static str, fn(&Bench) -> Result<CaseResult>);

/// Every case.
const CASES: &[Case] = &[
    ("master", windows::master),
    ("tuned-2.5", windows::tuned),
    ("untuned-2.5", windows::untuned_2_5),
    ("untuned-2.4", windows::untuned_2_4),
    ("partitions", growth::partitions),
    ("tables", growth::tables),
    ("verify", verify::measure),
];

impl Bench {
    /// The names of all cases.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        CASES.iter().map(|(name, _)| *name).collect()
    }

    /// Measures the case of this name, or all.
    ///
    /// # Errors
    /// When there is no such case, or one fails.
    pub fn measure(&self, only: Option<&str>) -> Result<Results> {
        let is_chosen = |(name, _): &&Case| only.is_none_or(|only| only == *name);
        let chosen: Vec<&Case> = CASES.iter().filter(is_chosen).collect();
        if chosen.is_empty() {
            return Err(format!("no such case; there are: {}", Self::names().join(", ")).into());
        }
        let mut results = Results::default();
        let fake = "a fake of ours, with the timings of recorded servers".to_owned();
        results.versions.insert("Pegasus".to_owned(), fake);
        for (name, measure) in chosen {
            eprintln!("== {name}");
            results.cases.push(measure(self)?);
        }
        Ok(results)
    }
}
