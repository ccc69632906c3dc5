//! `cargo xtask bench s3`: the finished binary between buckets, beside `s5cmd` and `rclone` on
//! the same servers.

use super::kit::{Bound, Goal, Kit, Measure};
use crate::{process, provision};

/// The benchmark.
pub(super) const S3: Kit = Kit {
    name: "s3",
    head: HEAD,
    below_goals: "Speed is ours over theirs; the seconds of rows on processor time are those of \
                  processors.",
    runs: 5,
    sizes: &[
        "--objects",
        "--object-bytes",
        "--keys",
        "--large",
        "--large-bytes",
        "--counted",
        "--scope",
    ],
    cases: &["copy", "listing", "stream", "requests", "memory", "kill"],
    goals: GOALS,
    programs: &[],
    peers: || {
        let rclone = process::find("rclone").ok_or("rclone is not installed")?;
        let s5cmd = provision::s5cmd()?;
        Ok(vec!["--rclone".into(), rclone.into(), "--s5cmd".into(), s5cmd.into()])
    },
};

const HEAD: &str = "\
# Benchmark of buckets

Written by `cargo xtask bench s3`; not edited by hand. Server and programs share this one
machine, and the server's data is in memory. Programs are measured from process start to exit,
ours from check to report, interleaved with the others after one round that is not timed; UPPER
is emptied and our state forgotten between runs, and that is not timed either. A figure is a
median over the runs named below. Processor seconds are user and system time of the program,
not of the server. `boatlift mirror` keeps a journal with receipts and confirms every copy that
it made by listing UPPER again; the peers do neither.
";

/// As the project's issue says it.
const GOALS: &[Goal] = &[
    Goal {
        work: "20,000 objects of 10 KB, copied by the server",
        against: "`s5cmd`",
        asked: "not behind",
        case: "copy",
        measure: Measure::Speed { peer: "s5cmd" },
        bound: Bound::AtLeast(1.0),
    },
    Goal {
        work: "the same",
        against: "`rclone`",
        asked: "not behind",
        case: "copy",
        measure: Measure::Speed { peer: "rclone" },
        bound: Bound::AtLeast(1.0),
    },
    Goal {
        work: "the same, client processor time per object",
        against: "`s5cmd`",
        asked: "at most half",
        case: "copy",
        measure: Measure::Processor { peer: "s5cmd" },
        bound: Bound::AtMost(0.5),
    },
    Goal {
        work: "the same, client processor time per object",
        against: "`rclone`",
        asked: "at most half",
        case: "copy",
        measure: Measure::Processor { peer: "rclone" },
        bound: Bound::AtMost(0.5),
    },
    Goal {
        work: "listing 200,000 keys",
        against: "`s5cmd`",
        asked: "ahead",
        case: "listing",
        measure: Measure::Speed { peer: "s5cmd" },
        bound: Bound::Above(1.0),
    },
    Goal {
        work: "the same",
        against: "`rclone`",
        asked: "ahead",
        case: "listing",
        measure: Measure::Speed { peer: "rclone" },
        bound: Bound::Above(1.0),
    },
    Goal {
        work: "64 MB objects between two servers, streamed",
        against: "`rclone`",
        asked: "ahead",
        case: "stream",
        measure: Measure::Speed { peer: "rclone" },
        bound: Bound::Above(1.0),
    },
    Goal {
        work: "requests per object of a move that pins versions",
        against: "1 copy and 1 look, and the pages of listings",
        asked: "within 10 %",
        case: "requests",
        measure: Measure::Counted { name: "share of the wanted" },
        bound: Bound::AtMost(1.1),
    },
    Goal {
        work: "memory with 1,000,000 objects in scope",
        against: "–",
        asked: "under 250 MiB peak",
        case: "memory",
        measure: Measure::PeakMib,
        bound: Bound::Below(250.0),
    },
    Goal {
        work: "kill -9 at half, then again: objects copied twice that had a receipt, objects \
               missing, uploads left",
        against: "–",
        asked: "none",
        case: "kill",
        measure: Measure::Counted { name: "wrong" },
        bound: Bound::AtMost(0.0),
    },
];
