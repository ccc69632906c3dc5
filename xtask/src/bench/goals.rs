//! What must be reached, as the project's first issue says it. Figures are computed from
//! medians; nothing here may ever be made easier to fit a result.

use super::cases::{BOATLIFT, CP, RESUMED, RSYNC, Results, Rows, TRUSTING};

/// One line of the table of goals.
pub(crate) struct Goal {
    /// The work.
    pub(crate) work: &'static str,
    /// Against what.
    pub(crate) against: &'static str,
    /// What is asked, in words.
    pub(crate) asked: &'static str,
    case: &'static str,
    measure: Measure,
    bound: Bound,
}

enum Measure {
    /// How many times faster `ours` is than `peer`.
    Speed { ours: &'static str, peer: &'static str },
    /// The share of `whole`'s time that `part` takes.
    Share { part: &'static str, whole: &'static str },
    /// The largest resident set, in MiB.
    PeakMib,
}

enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

/// What was reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Reached {
    /// The figure.
    pub(crate) figure: f64,
    /// Whether it meets the goal.
    pub(crate) met: bool,
}

/// Every goal.
pub(crate) const GOALS: &[Goal] = &[
    Goal {
        work: "first copy, 50,000 small files",
        against: RSYNC,
        asked: "2.5 times as fast, with digests on",
        case: "small",
        measure: Measure::Speed { ours: BOATLIFT, peer: RSYNC },
        bound: Bound::AtLeast(2.5),
    },
    Goal {
        work: "the same",
        against: CP,
        asked: "1.5 times as fast",
        case: "small",
        measure: Measure::Speed { ours: BOATLIFT, peer: CP },
        bound: Bound::AtLeast(1.5),
    },
    Goal {
        work: "first copy, large files",
        against: CP,
        asked: "0.95 of its rate, with digests on",
        case: "large",
        measure: Measure::Speed { ours: BOATLIFT, peer: CP },
        bound: Bound::AtLeast(0.95),
    },
    Goal {
        work: "second pass, nothing changed, 500,000 entries, both sides walked",
        against: RSYNC,
        asked: "2 times as fast, goal 3",
        case: "second",
        measure: Measure::Speed { ours: BOATLIFT, peer: RSYNC },
        bound: Bound::AtLeast(2.0),
    },
    Goal {
        work: "the same, trusting AGREED for UPPER",
        against: RSYNC,
        asked: "3.5 times as fast, goal 5",
        case: "second",
        measure: Measure::Speed { ours: TRUSTING, peer: RSYNC },
        bound: Bound::AtLeast(3.5),
    },
    Goal {
        work: "memory for 1,000,000 files",
        against: "–",
        asked: "under 150 MiB peak",
        case: "memory",
        measure: Measure::PeakMib,
        bound: Bound::AtMost(150.0),
    },
    Goal {
        work: "resume after kill -9 at half",
        against: "a copy from nothing",
        asked: "at most 60 % of its time",
        case: "resume",
        measure: Measure::Share { part: RESUMED, whole: BOATLIFT },
        bound: Bound::AtMost(0.60),
    },
];

impl Goal {
    /// What the results say of it; `None` when its case was not measured.
    pub(crate) fn reached(&self, results: &Results) -> Option<Reached> {
        let rows = results.get(self.case)?;
        let figure = match self.measure {
            Measure::Speed { ours, peer } => wall(rows, peer)? / wall(rows, ours)?,
            Measure::Share { part, whole } => wall(rows, part)? / wall(rows, whole)?,
            Measure::PeakMib => {
                rows.iter().map(|(_, samples)| samples.peak_kib()).max()? as f64 / 1024.0
            }
        };
        let met = match self.bound {
            Bound::AtLeast(least) => figure >= least,
            Bound::AtMost(most) => figure <= most,
        };
        Some(Reached { figure, met })
    }
}

fn wall(rows: &Rows, name: &str) -> Option<f64> {
    rows.iter().find(|(row, _)| *row == name).map(|(_, samples)| samples.wall_seconds())
}

#[cfg(test)]
mod tests {
    use super::super::measure::{Samples, Taken};
    use super::*;

    fn rows(walls: &[(&'static str, f64)]) -> Rows {
        let samples = |wall_seconds: f64| {
            let mut samples = Samples::default();
            samples.push(Taken { wall_seconds, processor_seconds: 1.0, peak_kib: 160 << 10 });
            samples
        };
        walls.iter().map(|(name, wall)| (*name, samples(*wall))).collect()
    }

    #[test]
    fn figures_are_held_against_their_bounds() {
        let results = Results::from([
            ("small", rows(&[(BOATLIFT, 1.0), (RSYNC, 2.6), (CP, 1.4)])),
            ("memory", rows(&[(BOATLIFT, 1.0)])),
            ("resume", rows(&[(BOATLIFT, 1.0), (RESUMED, 0.5)])),
        ]);
        let reached: Vec<_> =
            GOALS.iter().map(|goal| goal.reached(&results).map(|reached| reached.met)).collect();
        let expected = [Some(true), Some(false), None, None, None, Some(false), Some(true)];
        assert_eq!(reached, expected);
    }
}
