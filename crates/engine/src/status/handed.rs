//! What the newest cutover came to, from its events.

use super::Handed;
use crate::report::time;
use boatlift_core::saga::{SagaEnd, Way};
use boatlift_core::side::Side;
use boatlift_core::{SagaEvent, SagaState};

impl Handed {
    /// The cutover that these events tell of, if they tell of one.
    pub(super) fn of(events: &[SagaEvent]) -> Option<Handed> {
        let follow = |state: SagaState, event: &SagaEvent| state.after(event).ok();
        let state = events.iter().try_fold(SagaState::default(), follow)?;
        if events.is_empty() {
            return None;
        }
        let step = events.iter().rev().find_map(|event| match event {
            SagaEvent::Intent { step, .. } | SagaEvent::UndoIntent { step } => Some(*step),
            _ => None,
        });
        let until = state.way_back().map(|way| match way {
            Way::Lower { until_ms, .. } => time(i64::try_from(until_ms).unwrap_or(i64::MAX)),
            Way::Upper { .. } => unreachable!("the way back leads to LOWER"),
        });
        let users = if state.has_handed_over() { Side::Upper } else { Side::Lower };
        let was_undone = state.ended() == Some(SagaEnd::Undone);
        Some(Handed {
            to: state.way().to().to_string(),
            state: state.ended().map_or("open", SagaEnd::word).to_owned(),
            step: step.filter(|_| state.is_open()),
            users_follow: state.ended().map(|_| users.to_string()),
            because: state.failure().filter(|_| was_undone).map(ToString::to_string),
            reverse_until: until,
        })
    }
}
