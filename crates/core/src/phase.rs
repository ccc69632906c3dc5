//! Phases: where a move stands, and every legal way on from there.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Where a move (or one group of it) stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Nothing was done yet.
    #[default]
    New,
    /// Both roots are examined.
    Check,
    /// Both sides are compared.
    Survey,
    /// A plan is open and its copy not begun.
    Planned,
    /// A plan's stages are carried out.
    Copy,
    /// UPPER is read and compared.
    Verify,
    /// A person must decide.
    Waiting,
    /// The last pass ended and UPPER was as LOWER, apart from what the report lists.
    Agreed,
    /// Users are being handed over.
    Cutover,
    /// The last run failed; running again goes on.
    Failed,
    /// Ended for good: done.
    Finished,
    /// Ended for good: given up.
    Abandoned,
}

/// What moves a phase on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// A run begins, or a pass of a run that follows.
    Begin,
    /// The roots are sound.
    Checked,
    /// The difference is known and written down.
    PlanMade,
    /// The plan is being carried out; also when a run goes on with an open plan.
    CopyBegun,
    /// The plan's last copying stage is over.
    CopyEnded,
    /// Something needs a person.
    Held,
    /// UPPER was proved as far as the policy asks.
    Verified,
    /// The plan was given up for a newer survey.
    PlanDropped,
    /// A cutover begins.
    CutoverBegun,
    /// A cutover was undone.
    CutoverUndone,
    /// Users follow UPPER.
    CutoverDone,
    /// The run cannot go on.
    Failed,
    /// A person ends the move.
    Finish,
    /// A person gives the move up.
    Abandon,
}

impl Phase {
    /// The phase after `turn`.
    ///
    /// # Errors
    /// When that turn is not legal in this phase.
    pub fn after(self, turn: Turn) -> Result<Phase, IllegalTurn> {
        use Phase::{
            Abandoned, Agreed, Check, Copy, Cutover, Failed, Finished, New, Planned, Survey,
            Verify, Waiting,
        };
        let next = match (self, turn) {
            (Finished | Abandoned, _) => None,
            (_, Turn::Failed) => Some(Failed),
            (Cutover, Turn::Begin | Turn::Finish | Turn::Abandon) => None,
            (_, Turn::Begin) => Some(Check),
            (_, Turn::Abandon) => Some(Abandoned),
            (Agreed | New | Planned | Waiting | Failed, Turn::Finish) => Some(Finished),
            (Check, Turn::Checked) | (Planned | Copy | Waiting, Turn::PlanDropped) => Some(Survey),
            (Check, Turn::PlanDropped) => Some(Check),
            (Survey, Turn::PlanMade) => Some(Planned),
            (Check | Survey | Planned | Waiting, Turn::CopyBegun) => Some(Copy),
            (Copy, Turn::CopyEnded) => Some(Verify),
            (Planned | Verify | Cutover, Turn::Held) => Some(Waiting),
            (Verify, Turn::Verified) => Some(Agreed),
            // The way back is taken from wherever a look at both sides came to.
            (Agreed | Planned | Failed, Turn::CutoverBegun) => Some(Cutover),
            (Cutover, Turn::CutoverUndone | Turn::CutoverDone) => Some(Agreed),
            _ => None,
        };
        next.ok_or(IllegalTurn { phase: self, turn })
    }

    /// Whether the move has ended for good.
    #[must_use]
    pub fn is_closed(self) -> bool {
        matches!(self, Phase::Finished | Phase::Abandoned)
    }

    /// The word used in status and JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Phase::New => "new",
            Phase::Check => "check",
            Phase::Survey => "survey",
            Phase::Planned => "planned",
            Phase::Copy => "copy",
            Phase::Verify => "verify",
            Phase::Waiting => "waiting",
            Phase::Agreed => "agreed",
            Phase::Cutover => "cutover",
            Phase::Failed => "failed",
            Phase::Finished => "finished",
            Phase::Abandoned => "abandoned",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A turn that does not fit the phase: the journal or the engine is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{turn:?} is not legal in phase {phase}")]
pub struct IllegalTurn {
    /// The phase.
    pub phase: Phase,
    /// The turn.
    pub turn: Turn,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_run_goes_through_every_phase() {
        let turns = [
            Turn::Begin,
            Turn::Checked,
            Turn::PlanMade,
            Turn::CopyBegun,
            Turn::CopyEnded,
            Turn::Verified,
            Turn::Begin,
        ];
        let mut phase = Phase::New;
        for turn in turns {
            phase = phase.after(turn).expect("legal");
        }
        assert_eq!(phase, Phase::Check);
    }

    #[test]
    fn what_has_ended_stays_ended() {
        for closed in [Phase::Finished, Phase::Abandoned] {
            assert!(closed.after(Turn::Begin).is_err());
            assert!(closed.after(Turn::Failed).is_err());
        }
    }

    #[test]
    fn nothing_is_verified_that_was_not_copied() {
        for phase in [Phase::New, Phase::Check, Phase::Survey, Phase::Planned, Phase::Copy] {
            assert!(phase.after(Turn::Verified).is_err());
        }
    }
}
