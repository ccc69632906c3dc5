//! What must be reached between Hive clusters, as the project's issue says it. Figures are
//! computed from medians; nothing here may ever be made easier to fit a result.

use super::results::{Case, Results, Row};

/// Ourselves, in every case that has somebody else.
const BOATLIFT: &str = "boatlift run";

/// One line of the table of goals.
pub(super) struct Goal {
    /// The work.
    pub(super) work: &'static str,
    /// Against what.
    pub(super) against: &'static str,
    /// What is asked, in words.
    pub(super) asked: &'static str,
    case: &'static str,
    measure: Measure,
    bound: Bound,
}

enum Measure {
    /// How many times as many objects a second as the peer.
    Speed { peer: &'static str },
    /// The seconds of one way.
    Seconds { of: &'static str },
    /// The largest resident set, in MiB.
    PeakMib,
}

enum Bound {
    AtLeast(f64),
    Above(f64),
    Below(f64),
}

/// What was reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reached {
    /// The figure.
    pub(super) figure: f64,
    /// Whether it meets the goal.
    pub(super) met: bool,
    /// Our seconds.
    pub(super) ours: f64,
    /// Those of whom we are held against.
    pub(super) theirs: Option<f64>,
}

/// Every goal.
pub(super) const GOALS: &[Goal] = &[
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

impl Goal {
    /// What the results say of it; `None` when its case was not measured.
    pub(super) fn reached(&self, results: &Results) -> Option<Reached> {
        let case = results.case(self.case)?;
        let (figure, ours, theirs) = match self.measure {
            Measure::Speed { peer } => {
                let (ours, peer) = (case.row(BOATLIFT)?, case.row(peer)?);
                (ours.rate() / peer.rate(), ours.seconds(), Some(peer.seconds()))
            }
            Measure::Seconds { of } => {
                let seconds = case.row(of)?.seconds();
                (seconds, seconds, None)
            }
            Measure::PeakMib => (peak(case)?, case.rows.first()?.seconds(), None),
        };
        let met = match self.bound {
            Bound::AtLeast(least) => figure >= least,
            Bound::Above(bound) => figure > bound,
            Bound::Below(bound) => figure < bound,
        };
        Some(Reached { figure, met, ours, theirs })
    }
}

fn peak(case: &Case) -> Option<f64> {
    case.rows.iter().filter_map(Row::peak_mib).reduce(f64::max)
}

#[cfg(test)]
mod tests {
    use super::super::results::tests::{case, results};
    use super::*;

    #[test]
    fn figures_are_held_against_their_bounds() {
        let results = results(&[
            case("metadata", &[(BOATLIFT, 10.0), ("bare loop", 9.0)]),
            case("reference", &[(BOATLIFT, 1.0), ("SHOW CREATE TABLE, CREATE TABLE", 4.9)]),
            case("unchanged", &[("by notifications", 4.9), ("by comparison", 30.0)]),
            case("storage", &[(BOATLIFT, 2.0), ("hadoop distcp -update -pt", 2.0)]),
            case("memory", &[(BOATLIFT, 1.0)]),
        ]);
        let met = |goal: &Goal| goal.reached(&results).map(|reached| reached.met);
        let met: Vec<_> = GOALS.iter().map(met).collect();
        let expected = [true, false, false, true, false, false, false];
        let mut expected: Vec<_> = expected.map(Some).into();
        expected[2] = None;
        assert_eq!(met, expected);
    }
}
