//! What must be settled before users may follow UPPER, as the journal tells it: everything
//! is reconciled and proved as far as the policy asks. It looks at no system.

use crate::journal::{PlanState, View};
use crate::wording::counted;
use boatlift_core::mover::Group;
use boatlift_core::phase::Phase;
use boatlift_core::policy::Verify;
use boatlift_core::saga::Condition;

/// What must hold, and whether it does.
pub(super) fn conditions(view: &View, groups: &[(u32, Group)], verify: Verify) -> Vec<Condition> {
    vec![
        is_agreed(view, groups),
        nothing_is_open(view, groups),
        is_proved(view, groups, verify),
        Condition {
            what: "the move goes on".to_owned(),
            holds: view.paused_by.is_none(),
            seen: view
                .paused_by
                .as_ref()
                .map_or("not paused".into(), |by| format!("paused by {by}")),
        },
        // A person decided so, or nothing could be done: it is told, and holds nobody up.
        Condition {
            what: "what stays behind on LOWER is known".to_owned(),
            holds: true,
            seen: match left_out(view) {
                0 => "nothing stays behind".to_owned(),
                left => format!("{} left out; `boatlift items` lists them", counted(left, "item")),
            },
        },
    ]
}

fn is_agreed(view: &View, groups: &[(u32, Group)]) -> Condition {
    let phases: Vec<Phase> = groups.iter().map(|(number, _)| view.phase_of(*number)).collect();
    let told: Vec<String> = groups
        .iter()
        .zip(&phases)
        .map(|((_, group), phase)| format!("{} {phase}", group.name))
        .collect();
    Condition {
        what: "the last pass ended with both sides in step".to_owned(),
        holds: phases.iter().all(|phase| *phase == Phase::Agreed),
        seen: told.join(", "),
    }
}

fn nothing_is_open(view: &View, groups: &[(u32, Group)]) -> Condition {
    let plans = || groups.iter().filter_map(|(number, _)| view.plan_of(*number));
    let held = plans().filter(|plan| !plan.plan.held.is_empty() && plan.approved_by.is_none());
    let noted = view.notes.first.iter();
    let noted = noted.filter(|note| matches!(note.state.as_str(), "failed" | "moving")).count();
    let counted_open: u64 = plans().map(PlanState::tally).map(|t| t.failed + t.moving).sum();
    let open = (noted as u64).max(counted_open);
    let mut found = Vec::new();
    match open {
        0 => {}
        open => found.push(format!("{} failed or kept changing", counted(open, "item"))),
    }
    match view.holes.count {
        0 => {}
        holes => found.push(format!("{} could not be listed", counted(holes, "part"))),
    }
    match held.count() {
        0 => {}
        _ => found.push("removals are held back".to_owned()),
    }
    Condition {
        what: "nothing is left to reconcile".to_owned(),
        holds: found.is_empty(),
        seen: match found.is_empty() {
            true => "no failed item, no hole, no held removal".to_owned(),
            false => format!("{}; `boatlift items` lists them", found.join(", ")),
        },
    }
}

/// A plan's own last stages prove a listing; more is proved by a verification, of exactly
/// what was agreed on last.
fn is_proved(view: &View, groups: &[(u32, Group)], verify: Verify) -> Condition {
    let asked = match verify {
        Verify::Listing => "listing",
        Verify::Sample => "sample",
        Verify::Content => "content",
    };
    let agreed = view.agreed.iter();
    let agreed = agreed.filter(|((of, _), _)| groups.iter().any(|(number, _)| number == of));
    let unproved = agreed.filter(|(at, agreed)| {
        let proof = view.verifies.get(at).filter(|proof| {
            proof.done
                && proof.mode == verify
                && proof.agreed == agreed.segment
                && proof.tally.open() == 0
        });
        verify != Verify::Listing && proof.is_none()
    });
    let (unproved, all) = (unproved.count(), view.agreed.len());
    Condition {
        what: format!("UPPER is proved as the policy asks (verify: {asked})"),
        holds: unproved == 0 && all > 0,
        seen: match (unproved, all) {
            (_, 0) => "nothing was agreed on yet".to_owned(),
            (0, _) => "as last agreed on".to_owned(),
            (_, _) => format!("{} without such a proof", counted(unproved as u64, "route")),
        },
    }
}

fn left_out(view: &View) -> u64 {
    let skipped = view.notes.first.iter().filter(|note| note.state == "skipped").count();
    skipped as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{FoundHole, GroupState, Head, VerifyState};
    use boatlift_core::compare::Verdict;
    use boatlift_core::event::{Note, Tally};
    use boatlift_core::plan::{Agreement, Positions, SegmentRef};
    use boatlift_core::side::Side;
    use boatlift_core::store::Hole;
    use boatlift_core::{Code, Error, KeyBuf};

    fn segment(file: &str) -> SegmentRef {
        SegmentRef { file: file.to_owned(), hash: String::new(), pages: 1, entries: 1 }
    }

    fn groups() -> Vec<(u32, Group)> {
        vec![(0, Group { name: "tree".to_owned(), routes: Vec::new(), remakes: false })]
    }

    /// A move whose one group is agreed on, and verified by content.
    fn agreed() -> View {
        let mut view = View::default();
        view.groups.insert(0, GroupState { phase: Phase::Agreed, since_ms: 1 });
        let (lower_device, upper_device) = Default::default();
        let positions = Positions::default();
        let segment = segment("a");
        let agreement =
            Agreement { segment: segment.clone(), lower_device, upper_device, positions };
        view.agreed.insert((0, 0), agreement);
        let verify = VerifyState {
            mode: Verify::Content,
            seed: None,
            agreed: segment,
            pages: 1,
            tally: Tally::default(),
            done: true,
            at_ms: 1,
        };
        view.verifies.insert((0, 0), verify);
        view
    }

    /// What does not hold.
    fn unmet(view: &View, verify: Verify) -> Vec<String> {
        let all = conditions(view, &groups(), verify).into_iter();
        all.filter(|condition| !condition.holds).map(|condition| condition.seen).collect()
    }

    #[test]
    fn what_is_agreed_on_and_proved_is_ready() {
        assert_eq!(unmet(&agreed(), Verify::Content), [""; 0]);
        assert_eq!(unmet(&agreed(), Verify::Listing), [""; 0]);
    }

    #[test]
    fn a_proof_of_something_else_or_of_less_does_not_count() {
        assert_eq!(unmet(&agreed(), Verify::Sample), ["1 route without such a proof"]);
        type Spoil = fn(&mut View, &mut VerifyState);
        let spoils: [Spoil; 3] = [
            |view, _| view.agreed.get_mut(&(0, 0)).expect("it").segment = segment("newer"),
            |_, proof| proof.done = false,
            |_, proof| proof.tally.failed = 1,
        ];
        for spoil in spoils {
            let mut view = agreed();
            let mut proof = view.verifies.remove(&(0, 0)).expect("it");
            spoil(&mut view, &mut proof);
            view.verifies.insert((0, 0), proof);
            assert_eq!(unmet(&view, Verify::Content), ["1 route without such a proof"]);
        }
    }

    #[test]
    fn failures_holes_and_other_phases_are_told() {
        let mut view = agreed();
        let note = |state: &str| Note {
            plan: 1,
            route: 0,
            key: KeyBuf(b"a".to_vec()),
            verdict: Verdict::Changed,
            stage: "data".to_owned(),
            state: state.to_owned(),
            attempts: 1,
            reason: None,
            error: None,
        };
        view.notes = Head { count: 3, first: ["failed", "moving", "skipped"].map(note).into() };
        let error = Error::new(Code::ListingFailed, "cannot list");
        let hole = Hole { under: KeyBuf(b"b".to_vec()), error };
        let hole = FoundHole { plan: 1, route: 0, side: Side::Lower, hole };
        view.holes = Head { count: 1, first: vec![hole] };
        view.paused_by = Some("adam".to_owned());
        view.groups.insert(0, GroupState { phase: Phase::Waiting, since_ms: 1 });
        let open = "2 items failed or kept changing, 1 part could not be listed; \
                    `boatlift items` lists them";
        assert_eq!(unmet(&view, Verify::Listing), ["tree waiting", open, "paused by adam"]);
        let told = conditions(&view, &groups(), Verify::Listing);
        assert!(told[4].seen.starts_with("1 item left out"), "{}", told[4].seen);
    }
}
