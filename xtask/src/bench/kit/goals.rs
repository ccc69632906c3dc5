//! What must be reached, and whether it was. Figures are computed from medians; nothing here may
//! ever be made easier to fit a result.

use super::results::{Case, Results, Row};

/// One line of the table of goals.
pub(in super::super) struct Goal {
    /// The work.
    pub(in super::super) work: &'static str,
    /// Against what.
    pub(in super::super) against: &'static str,
    /// What is asked, in words.
    pub(in super::super) asked: &'static str,
    /// The case, whose first way is ours.
    pub(in super::super) case: &'static str,
    pub(in super::super) measure: Measure,
    pub(in super::super) bound: Bound,
}

/// What is held against a bound.
pub(in super::super) enum Measure {
    /// How many times as many objects a second as the peer.
    Speed { peer: &'static str },
    /// Our processor time per object, as a share of the peer's.
    Processor { peer: &'static str },
    /// The seconds of one way.
    Seconds { of: &'static str },
    /// Within how many seconds so many in a hundred of its runs are.
    Slowest { of: &'static str, in_hundred: usize },
    /// The largest resident set, in MiB.
    PeakMib,
    /// What the case counted under this name.
    Counted { name: &'static str },
}

/// Where a figure must lie.
pub(in super::super) enum Bound {
    AtLeast(f64),
    AtMost(f64),
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
    /// Our seconds: of processors, where those are compared.
    pub(super) ours: f64,
    /// Those of whom we are held against.
    pub(super) theirs: Option<f64>,
}

impl Goal {
    /// What the results say of it; `None` when its case was not measured.
    pub(super) fn reached(&self, results: &Results) -> Option<Reached> {
        let case = results.case(self.case)?;
        let first = case.rows.first()?;
        let (figure, ours, theirs) = match self.measure {
            Measure::Speed { peer } => {
                let peer = case.row(peer)?;
                (first.rate() / peer.rate(), first.seconds(), Some(peer.seconds()))
            }
            Measure::Processor { peer } => {
                let peer = case.row(peer)?;
                let share = first.processor_per_object()? / peer.processor_per_object()?;
                (share, first.processor_seconds()?, peer.processor_seconds())
            }
            Measure::Seconds { of } => {
                let seconds = case.row(of)?.seconds();
                (seconds, seconds, None)
            }
            Measure::Slowest { of, in_hundred } => {
                let seconds = case.row(of)?.seconds_of(in_hundred);
                (seconds, seconds, None)
            }
            Measure::PeakMib => (peak(case)?, first.seconds(), None),
            Measure::Counted { name } => (case.figure(name)?, first.seconds(), None),
        };
        let met = match self.bound {
            Bound::AtLeast(least) => figure >= least,
            Bound::AtMost(most) => figure <= most,
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
        let results = results(&[case("copy", &[("ours", 2.0), ("peer", 4.0)])]);
        let reached = |measure, bound| {
            let (work, against, asked) = ("", "", "");
            let goal = Goal { work, against, asked, case: "copy", measure, bound };
            goal.reached(&results).map(|reached| (reached.figure, reached.met))
        };
        let speed = || Measure::Speed { peer: "peer" };
        assert_eq!(reached(speed(), Bound::AtLeast(2.0)), Some((2.0, true)));
        assert_eq!(reached(speed(), Bound::Above(2.0)), Some((2.0, false)));
        assert_eq!(reached(Measure::Speed { peer: "nobody" }, Bound::Above(0.0)), None);
        let processor = Measure::Processor { peer: "peer" };
        assert_eq!(reached(processor, Bound::AtMost(0.5)), Some((0.5, true)));
        let seconds = Measure::Seconds { of: "peer" };
        assert_eq!(reached(seconds, Bound::Below(4.0)), Some((4.0, false)));
        let slowest = Measure::Slowest { of: "peer", in_hundred: 99 };
        assert_eq!(reached(slowest, Bound::Below(4.5)), Some((4.0, true)));
        assert_eq!(reached(Measure::PeakMib, Bound::Below(300.0)), Some((300.0, false)));
        let counted = Measure::Counted { name: "requests" };
        assert_eq!(reached(counted, Bound::AtMost(1.1)), Some((1.5, false)));
        assert_eq!(reached(Measure::Counted { name: "none" }, Bound::AtMost(1.1)), None);
    }
}
