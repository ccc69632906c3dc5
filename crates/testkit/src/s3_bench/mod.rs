//! The benchmark of buckets: the finished `boatlift` beside `s5cmd` and `rclone`, on the same
//! server, in one run.
//!
//! Servers keep their data in memory where the machine has such a folder. UPPER is emptied and
//! what we agreed on is forgotten before every run, and that is not timed. What is counted
//! rather than timed (requests, objects after a kill) stands in a case's figures.

mod copy;
mod gateway;
mod kill;
mod listing;
mod memory;
mod pinned;
mod programs;
mod requests;
mod stream;

use crate::bench::{CaseResult, Result, Results};
use std::path::PathBuf;

/// How large everything is, and how often it is done.
#[derive(Debug, Clone)]
pub struct Sizes {
    /// Timed rounds.
    pub runs: usize,
    /// Objects of the cases `copy` and `kill`.
    pub objects: usize,
    /// Bytes of each of them.
    pub object_bytes: usize,
    /// Keys of the case `listing`.
    pub keys: usize,
    /// Objects of the case `stream`, and of the second part of `kill`.
    pub large: usize,
    /// Bytes of each of them.
    pub large_bytes: usize,
    /// Objects of the case `requests`.
    pub counted: usize,
    /// Objects of the case `memory`.
    pub scope: usize,
}

impl Default for Sizes {
    /// Those that the goals were set for.
    fn default() -> Self {
        Sizes {
            runs: 5,
            objects: 20_000,
            object_bytes: 10 << 10,
            keys: 200_000,
            large: 16,
            large_bytes: 64 << 20,
            counted: 2_000,
            scope: 1_000_000,
        }
    }
}

/// What is measured, and how large.
#[derive(Debug, Clone)]
pub struct Bench {
    /// The binary under test.
    pub boatlift: PathBuf,
    /// `s5cmd`.
    pub s5cmd: PathBuf,
    /// `rclone`.
    pub rclone: PathBuf,
    /// Sizes.
    pub sizes: Sizes,
}

/// A case: its name, and how it is measured.
type Case = (&'static str, fn(&Bench) -> Result<CaseResult>);

const CASES: &[Case] = &[
    ("copy", copy::measure),
    ("listing", listing::measure),
    ("stream", stream::measure),
    ("requests", requests::measure),
    ("memory", memory::measure),
    ("kill", kill::measure),
];

impl Bench {
    /// Measures the case of this name, or all.
    ///
    /// # Errors
    /// When there is no such case, a server does not start, or a program fails.
    pub fn measure(&self, only: Option<&str>) -> Result<Results> {
        let mut results = Results::default();
        for (name, measure) in CASES {
            if only.is_none_or(|only| only == *name) {
                eprintln!("== {name}");
                results.cases.push(measure(self)?);
            }
        }
        if results.cases.is_empty() {
            let names: Vec<_> = CASES.iter().map(|(name, _)| *name).collect();
            return Err(format!("no such case; there are: {}", names.join(", ")).into());
        }
        results.versions = self.versions()?;
        Ok(results)
    }
}
