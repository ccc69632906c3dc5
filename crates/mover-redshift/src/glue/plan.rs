//! The stages of a catalogue, and the step that an entry asks for. Pure: the same plan gives
//! the same steps before and after a crash.

use super::names::Name;
use boatlift_core::compare::Verdict;
use boatlift_core::lane::Step;
use boatlift_core::mover::{Order, Stage};
use boatlift_core::page::Entry;
use boatlift_core::policy::{Delete, Policy};

/// The stages, in order. What is written is read back at once, a batch at a time.
pub const STAGES: &[Stage] = &[
    stage("databases"),
    stage("tables"),
    Stage { carries: true, ..stage("partitions") },
    Stage { order: Order::Backward, removes: true, ..stage("removals") },
];

const fn stage(name: &'static str) -> Stage {
    Stage { name, order: Order::Forward, carries: false, removes: false, verifies: false }
}

/// The step that `entry` asks for in the stage at `stage`, if any.
#[must_use]
pub fn step(stage: usize, entry: &Entry<'_>, policy: &Policy) -> Option<Step> {
    if policy.keep_drifted && matches!(entry.verdict, Verdict::Drifted | Verdict::Conflict) {
        return None;
    }
    let carries = entry.lower.is_some() && entry.verdict != Verdict::Same;
    let wanted = match (stage, Name::of(entry.key)?) {
        (0, Name::Database(_) | Name::Schema(_))
        | (1, Name::Table(..))
        | (2, Name::Partition(..)) => carries,
        (3, _) => {
            // What UPPER altered meanwhile is not removed; trying says so.
            let may_go = matches!(entry.verdict, Verdict::Gone | Verdict::Conflict);
            let removed = entry.lower.is_none() && may_go && policy.delete >= Delete::Gone;
            return removed.then_some(Step::Remove);
        }
        _ => false,
    };
    wanted.then_some(Step::Carry)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::glue::facets::partition_facets;
    use boatlift_core::{FacetsRef, Key};

    fn steps(key: &str, verdict: Verdict, on_lower: bool, policy: &Policy) -> Vec<(usize, Step)> {
        let facets = partition_facets(&[0; 32]);
        let facets = FacetsRef::checked(&facets);
        let lower = facets.filter(|_| on_lower);
        let entry = Entry { verdict, lower, upper: facets, ..Entry::new(Key::new(key.as_bytes())) };
        let all = 0..STAGES.len();
        all.filter_map(|stage| step(stage, &entry, policy).map(|step| (stage, step))).collect()
    }

    #[test]
    fn each_kind_of_name_has_its_stage() {
        let policy = Policy::default();
        for (key, stage) in [("d/", 0), ("(schemas)/s", 0), ("d/t/", 1), ("d/t/ds=1", 2)] {
            assert_eq!(steps(key, Verdict::Added, true, &policy), [(stage, Step::Carry)], "{key}");
            assert_eq!(steps(key, Verdict::Same, true, &policy), [], "{key}");
        }
    }

    #[test]
    fn what_lower_dropped_is_removed_only_when_asked_and_what_is_foreign_never() {
        let asked = Policy { delete: Delete::All, ..Policy::default() };
        assert_eq!(steps("d/t/", Verdict::Gone, false, &Policy::default()), []);
        assert_eq!(steps("d/t/", Verdict::Gone, false, &asked), [(3, Step::Remove)]);
        assert_eq!(steps("d/t/", Verdict::Foreign, false, &asked), []);
    }

    #[test]
    fn what_drifted_stays_when_asked() {
        let keep = Policy { keep_drifted: true, ..Policy::default() };
        assert_eq!(steps("d/t/ds=1", Verdict::Drifted, true, &keep), []);
        assert_eq!(
            steps("d/t/ds=1", Verdict::Drifted, true, &Policy::default()),
            [(2, Step::Carry)]
        );
    }
}
