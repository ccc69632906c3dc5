//! The benchmark of the hive mover: the finished `boatlift` beside what a user would do
//! instead, between two real clusters, in one run.
//!
//! Every way begins where the others begin: an empty UPPER, fresh connections, no state. The
//! ways of a case take turns, after one round that is not timed, so that every Java process
//! is warm for all of them. Nothing is judged here: `cargo xtask bench hive` holds the
//! figures against the goals.

mod bare;
mod clearing;
mod files;
mod filling;
mod memory;
mod metadata;
mod ours;
mod parallel;
mod partitions;
mod site;
mod sql;
mod storage;
mod unchanged;

use crate::bench::{CaseResult, Result, Results};
use site::{Site, Yarn};
use std::path::PathBuf;

/// Connections to each metastore, for us and for the bare loops.
pub(crate) const CONNECTIONS: usize = 8;
/// Partitions per call, for us and for the bare loop.
pub(crate) const BATCH: usize = 200;
/// Columns of every table.
pub(crate) const COLUMNS: usize = 20;
/// As whom every program works: the superuser of both HDFS.
pub(crate) const USER: &str = "hdfs";

/// How large everything is, and how often it is done.
#[derive(Debug, Clone)]
pub struct Sizes {
    /// Timed rounds.
    pub runs: usize,
    /// Tables of the cases `metadata`, `reference` and `unchanged`.
    pub tables: usize,
    /// How many of them go through HiveServer2.
    pub sql_tables: usize,
    /// Partitions of the case `partitions`.
    pub partitions: usize,
    /// Partitions of the case `storage`.
    pub stored_partitions: usize,
    /// Files of each of them.
    pub files: usize,
    /// Bytes of each file.
    pub file_bytes: usize,
    /// Partitions of the case `memory`.
    pub scope: usize,
}

impl Default for Sizes {
    /// Those that the goals were set for.
    fn default() -> Self {
        Sizes {
            runs: 3,
            tables: 2_000,
            sql_tables: 2_000,
            partitions: 20_000,
            stored_partitions: 200,
            files: 20,
            file_bytes: 64 << 10,
            scope: 200_000,
        }
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

/// A case: its name, what it stands on, and how it is measured.
enum Case {
    /// On two clusters.
    Clusters(&'static str, Yarn, fn(&Bench, &Site) -> Result<CaseResult>),
    /// On nothing but this process.
    Alone(&'static str, fn(&Bench) -> Result<CaseResult>),
}

/// Every case; those on the same clusters stand together.
const CASES: &[Case] = &[
    Case::Clusters("metadata", Yarn::Absent, metadata::bare),
    Case::Clusters("reference", Yarn::Absent, metadata::reference),
    Case::Clusters("unchanged", Yarn::Absent, unchanged::measure),
    Case::Clusters("partitions", Yarn::Absent, partitions::measure),
    Case::Clusters("storage", Yarn::Running, storage::measure),
    Case::Alone("memory", memory::measure),
];

impl Case {
    fn name(&self) -> &'static str {
        match self {
            Case::Clusters(name, ..) | Case::Alone(name, _) => name,
        }
    }
}

impl Bench {
    /// The names of all cases.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        CASES.iter().map(Case::name).collect()
    }

    /// Measures the case of this name, or all.
    ///
    /// # Errors
    /// When there is no such case, a cluster does not start, or a way fails.
    pub fn measure(&self, only: Option<&str>) -> Result<Results> {
        let is_chosen = |case: &&Case| only.is_none_or(|name| case.name() == name);
        let chosen: Vec<&Case> = CASES.iter().filter(is_chosen).collect();
        if chosen.is_empty() {
            return Err(format!("no such case; there are: {}", Self::names().join(", ")).into());
        }
        let mut results = Results::default();
        let mut site: Option<Site> = None;
        for case in chosen {
            eprintln!("== {}", case.name());
            let measured = match case {
                Case::Alone(_, measure) => {
                    site = None;
                    measure(self)?
                }
                Case::Clusters(_, yarn, measure) => {
                    if site.as_ref().is_none_or(|site| site.yarn != *yarn) {
                        // The machine has no room for both.
                        drop(site.take());
                        site = Some(Site::start(*yarn)?);
                    }
                    let site = site.as_ref().ok_or("no clusters")?;
                    results.versions = site.versions()?;
                    measure(self, site)?
                }
            };
            results.cases.push(measured);
        }
        Ok(results)
    }
}
