//! What must be settled before users may follow UPPER, as the journal tells it: everything
//! is reconciled and proved as far as the policy asks. It looks at no system.

use crate::journal::{PlanState, View};
use crate::wording::counted;
use boatlift_core::mover::Group;
use boatlift_core::phase::Phase;
use boatlift_core::policy::Verify;
use boatlift_core::saga::Condition;

/// What must hold, and whether it does.
pub(super) fn conditions(view: &View, groups: &[Group], verify: Verify) -> Vec<Condition> {
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

fn is_agreed(view: &View, groups: &[Group]) -> Condition {
    let phases: Vec<Phase> = (0..groups.len() as u32).map(|group| view.phase_of(group)).collect();
    let told: Vec<String> = groups
        .iter()
        .zip(&phases)
        .map(|(group, phase)| format!("{} {phase}", group.name))
        .collect();
    Condition {
        what: "the last pass ended with both sides in step".to_owned(),
        holds: phases.iter().all(|phase| *phase == Phase::Agreed),
        seen: told.join(", "),
    }
}

fn nothing_is_open(view: &View, groups: &[Group]) -> Condition {
    let plans = || (0..groups.len() as u32).filter_map(|group| view.plan_of(group));
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
fn is_proved(view: &View, groups: &[Group], verify: Verify) -> Condition {
    let asked = match verify {
        Verify::Listing => "listing",
        Verify::Sample => "sample",
        Verify::Content => "content",
    };
    let agreed = view.agreed.iter().filter(|((group, _), _)| (*group as usize) < groups.len());
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
