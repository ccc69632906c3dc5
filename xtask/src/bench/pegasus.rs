//! `cargo xtask bench pegasus`: for how long a cutover of tables refuses writes, beside the
//! algorithm of the seed system, and the rate at which rows are compared.

use super::kit::{Bound, Goal, Kit, Measure};

/// The benchmark.
pub(super) const PEGASUS: Kit = Kit {
    name: "pegasus",
    head: HEAD,
    below_goals: "A window is measured by the clients: from the first write that is refused to its \
                  acknowledgement. What the plan foresees is the longest that timers allow.",
    runs: 5,
    sizes: &["--attempts", "--most-partitions", "--rows"],
    cases: &["master", "tuned-2.5", "untuned-2.5", "untuned-2.4", "partitions", "tables", "verify"],
    goals: GOALS,
    programs: &[],
    peers: || Ok(Vec::new()),
};

const HEAD: &str = "\
# Benchmark of the pegasus mover

Written by `cargo xtask bench pegasus`; not edited by hand. **No real Pegasus was measured**: no
package of the server exists. The clusters are fakes of ours that answer with the bytes of recorded
servers of 2.5.0 and 2.6.0-SNAPSHOT, with the timers, tails and chances that those were seen with; 2.4
was read in its source alone. The mover, the saga and the clients are the real ones, ZooKeeper has a
stand-in that is held to a real one by its tests. Windows are of simulated time unless a case says
otherwise: what a machine can do costs nothing there.
";

/// As the project's issue says it.
const GOALS: &[Goal] = &[
    Goal {
        work: "window of 2.6, config sync 1 s: the attempt that switches, p99",
        against: "40 s and more",
        asked: "under 1.5 s",
        case: "master",
        measure: Measure::Slowest { of: OURS, in_hundred: 99 },
        bound: Bound::Below(1.5),
    },
    Goal {
        work: "attempts that are lifted, the longest",
        against: "–",
        asked: "under 30 s, which was promised",
        case: "master",
        measure: Measure::Slowest { of: "boatlift, lifted", in_hundred: 100 },
        bound: Bound::Below(30.0),
    },
    Goal {
        work: "window of 2.5, config sync and group check 1 s, the longest",
        against: "minutes",
        asked: "under 8 s",
        case: "tuned-2.5",
        measure: Measure::Slowest { of: OURS, in_hundred: 100 },
        bound: Bound::Below(8.0),
    },
    Goal {
        work: "window of 2.5 untuned, p99 against what was foreseen",
        against: "–",
        asked: "within 20 %",
        case: "untuned-2.5",
        measure: Measure::Counted { name: "off what was foreseen" },
        bound: Bound::AtMost(0.2),
    },
    Goal {
        work: "window of 2.4 untuned, p99 against what was foreseen",
        against: "–",
        asked: "within 20 %",
        case: "untuned-2.4",
        measure: Measure::Counted { name: "off what was foreseen" },
        bound: Bound::AtMost(0.2),
    },
    Goal {
        work: "acknowledged writes lost, 2.6",
        against: "some",
        asked: "none",
        case: "master",
        measure: LOST,
        bound: Bound::AtMost(0.0),
    },
    Goal {
        work: "acknowledged writes lost, 2.5 tuned",
        against: "some",
        asked: "none",
        case: "tuned-2.5",
        measure: LOST,
        bound: Bound::AtMost(0.0),
    },
    Goal {
        work: "acknowledged writes lost, 2.5 untuned",
        against: "some",
        asked: "none",
        case: "untuned-2.5",
        measure: LOST,
        bound: Bound::AtMost(0.0),
    },
    Goal {
        work: "acknowledged writes lost, 2.4 untuned",
        against: "some",
        asked: "none",
        case: "untuned-2.4",
        measure: LOST,
        bound: Bound::AtMost(0.0),
    },
    Goal {
        work: "verify of 10,000,000 rows, for each second of a processor",
        against: "–",
        asked: "200,000 rows",
        case: "verify",
        measure: Measure::Counted { name: "rows per processor second" },
        bound: Bound::AtLeast(200_000.0),
    },
    Goal {
        work: "its memory",
        against: "–",
        asked: "bounded: under 300 MiB peak",
        case: "verify",
        measure: Measure::PeakMib,
        bound: Bound::Below(300.0),
    },
];

const OURS: &str = "boatlift";
const LOST: Measure = Measure::Counted { name: "acknowledged writes lost" };
