//! What was measured, as it is handed on.

use super::Result;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Everything that one run of the benchmark measured.
#[derive(Debug, Default, Serialize)]
pub struct Results {
    /// What the servers say of themselves.
    pub versions: BTreeMap<String, String>,
    /// The cases, in the order in which they were measured.
    pub cases: Vec<CaseResult>,
}

impl Results {
    /// Leaves them as JSON in `file`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, file: &Path) -> Result<()> {
        Ok(std::fs::write(file, serde_json::to_vec_pretty(self)?)?)
    }
}

/// One case.
#[derive(Debug, Default, Serialize)]
pub struct CaseResult {
    /// Its name for `--only`.
    pub name: &'static str,
    /// What is done, with sizes.
    pub title: String,
    /// What ways are counted in: `tables`, `partitions`, `files`, `objects`, `keys`.
    pub unit: &'static str,
    /// What a page shows of the ways' times.
    pub shown: Shown,
    /// The ways that it is done, ours first.
    pub rows: Vec<Row>,
    /// What was counted, by name: what is not seen in times.
    pub figures: BTreeMap<&'static str, f64>,
    /// What else a reader has to know.
    pub notes: Vec<String>,
}

/// What a page shows of times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// Medians, and what is done in a second.
    #[default]
    Rates,
    /// How the times of many attempts are spread.
    Distribution,
}

/// One way to do the work of a case.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// What it does, in words.
    pub what: String,
    /// How many objects one run of it does.
    pub objects: usize,
    /// Its timed runs.
    pub taken: Vec<Taken>,
}

/// What one run took.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Taken {
    /// From begin to end.
    pub wall_seconds: f64,
    /// In user and system mode; only of programs of their own.
    pub processor_seconds: Option<f64>,
    /// The largest resident set in KiB; only of programs of their own.
    pub peak_kib: Option<u64>,
}

impl Taken {
    /// Of work inside this process.
    pub(crate) fn here(wall_seconds: f64) -> Taken {
        Taken { wall_seconds, processor_seconds: None, peak_kib: None }
    }
}
