//! `cargo xtask bench hive`: the finished binary between two real Hive clusters, beside bare
//! loops, the reference's method and DistCp.

use super::kit::{Bound, Goal, Kit, Measure};

/// The benchmark.
pub(super) const HIVE: Kit = Kit {
    name: "hive",
    head: HEAD,
    below_goals: "That a kill leaves the same end state, and no gap for a reader, is proved by \
                  tests, not by a time.",
    runs: 3,
    sizes: &[
        "--tables",
        "--sql-tables",
        "--partitions",
        "--stored-partitions",
        "--files",
        "--file-bytes",
        "--scope",
    ],
    cases: &["metadata", "reference", "unchanged", "partitions", "storage", "memory"],
    goals: GOALS,
    programs: &["java"],
    peers: || Ok(Vec::new()),
};

const HEAD: &str = "\
# Benchmark of the hive mover

Written by `cargo xtask bench hive`; not edited by hand. Both clusters run on this one
machine, one process for each service, together with what is measured. Programs are measured
from process start to exit; loops inside the benchmark from their first connection to their
last answer. The ways of a case take turns after one round that is not timed, which warms
every server for all of them; UPPER is emptied between runs, and that is not timed either. A
figure is a median over the runs named below.
";

/// As the project's issue says it.
const GOALS: &[Goal] = &[
    Goal {
        work: "METADATA of 2,000 tables",
        against: "a bare loop that reads, creates and reads back, same 8 connections",
        asked: "0.9 of its rate",
        case: "metadata",
        measure: Measure::Speed { peer: "bare loop" },
        bound: Bound::AtLeast(0.9),
    },
    Goal {
        work: "the same",
        against: "`SHOW CREATE TABLE` and `CREATE TABLE` through HiveServer2, 10 connections",
        asked: "5 times as fast",
        case: "reference",
        measure: Measure::Speed { peer: "SHOW CREATE TABLE, CREATE TABLE" },
        bound: Bound::AtLeast(5.0),
    },
    Goal {
        work: "METADATA of one table with 20,000 partitions",
        against: "the bare loop with `add_partitions_req`",
        asked: "0.9 of its rate",
        case: "partitions",
        measure: Measure::Speed { peer: "bare loop" },
        bound: Bound::AtLeast(0.9),
    },
    Goal {
        work: "nothing changed since the last run, 2,000 tables, by notifications",
        against: "–",
        asked: "under 5 s",
        case: "unchanged",
        measure: Measure::Seconds { of: "by notifications" },
        bound: Bound::Below(5.0),
    },
    Goal {
        work: "the same, by comparison",
        against: "–",
        asked: "under 30 s",
        case: "unchanged",
        measure: Measure::Seconds { of: "by comparison" },
        bound: Bound::Below(30.0),
    },
    Goal {
        work: "STORAGE by our copier, 200 partitions of 20 files",
        against: "DistCp on the same cluster",
        asked: "ahead",
        case: "storage",
        measure: Measure::Speed { peer: "hadoop distcp -update -pt" },
        bound: Bound::Above(1.0),
    },
    Goal {
        work: "memory with 200,000 partitions in scope",
        against: "–",
        asked: "under 300 MiB peak",
        case: "memory",
        measure: Measure::PeakMib,
        bound: Bound::Below(300.0),
    },
];
