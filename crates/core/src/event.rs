//! Events: what the journal appends. Everything else it holds follows from them.

use crate::compare::Verdict;
use crate::error::Error;
use crate::key::KeyBuf;
use crate::leaving::Leaving;
use crate::limits::Limits;
use crate::outcome::{Outcome, Proof};
use crate::page::Entry;
use crate::phase;
use crate::plan::{Agreement, Plan, SegmentRef};
use crate::policy::Verify;
use crate::saga::SagaEvent;
use crate::side::{Side, Term};
use crate::store::{Hole, RootFacts};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Counts of outcomes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Steps made.
    pub done: u64,
    /// Steps found unnecessary.
    pub same: u64,
    /// Items that LOWER no longer has.
    pub vanished: u64,
    /// Items that changed while they were read.
    pub moving: u64,
    /// Items left out, with a reason.
    pub skipped: u64,
    /// Steps that failed.
    pub failed: u64,
    /// Bytes of content carried or read.
    pub bytes: u64,
    /// Good outcomes by proof.
    pub proofs: BTreeMap<Proof, u64>,
}

impl Tally {
    /// Counts one outcome.
    pub fn add(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Done(_) => self.done += 1,
            Outcome::Same(_) => self.same += 1,
            Outcome::Vanished => self.vanished += 1,
            Outcome::Moving => self.moving += 1,
            Outcome::Skipped(_) => self.skipped += 1,
            Outcome::Failed(_) => self.failed += 1,
        }
        if let Some(receipt) = outcome.receipt() {
            self.bytes += receipt.bytes;
            *self.proofs.entry(receipt.proof).or_default() += 1;
        }
    }

    /// Adds another tally to this one.
    pub fn merge(&mut self, other: &Tally) {
        self.done += other.done;
        self.same += other.same;
        self.vanished += other.vanished;
        self.moving += other.moving;
        self.skipped += other.skipped;
        self.failed += other.failed;
        self.bytes += other.bytes;
        for (proof, count) in &other.proofs {
            *self.proofs.entry(*proof).or_default() += count;
        }
    }

    /// Items that need another look: they failed, moved, vanished.
    #[must_use]
    pub fn open(&self) -> u64 {
        self.failed + self.moving + self.vanished
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// UPPER is as LOWER, as far as the policy asks.
    Done,
    /// Differences or failed items remain.
    Differences,
    /// A person must decide.
    Waiting,
    /// It could not go on.
    Failed,
    /// It was asked to stop; the state is saved.
    Interrupted,
}

/// An item that did not come out well, or that a person should know of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The plan's number.
    pub plan: u64,
    /// The route.
    pub route: u32,
    /// The item.
    pub key: KeyBuf,
    /// What the survey said of it.
    pub verdict: Verdict,
    /// The stage's name.
    pub stage: String,
    /// `vanished`, `moving`, `skipped` or `failed`.
    pub state: String,
    /// How often the step was tried.
    pub attempts: u32,
    /// Why it was skipped.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<Error>,
}

impl Note {
    /// At plan and route `at`: what `outcome`, which is not good, says of `entry` after so many attempts.
    #[must_use]
    pub fn of(
        at: (u64, u32),
        stage: &str,
        entry: &Entry<'_>,
        outcome: &Outcome,
        attempts: u32,
    ) -> Note {
        let (plan, route) = at;
        let (reason, error) = match outcome {
            Outcome::Skipped(reason) => (Some(reason.clone()), None),
            Outcome::Failed(error) => (None, Some(error.clone())),
            _ => (None, None),
        };
        Note {
            plan,
            route,
            key: entry.key.to_owned(),
            verdict: entry.verdict,
            stage: stage.to_owned(),
            state: outcome.word().to_owned(),
            attempts,
            reason,
            error,
        }
    }
}

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The move was made. Always the first event.
    MoveOpened {
        /// Its random id.
        move_id: String,
        /// Its name.
        name: String,
        /// Its mover.
        mover: String,
    },
    /// A process took the move.
    RunBegun {
        /// The term it runs in.
        term: Term,
        /// Its process id.
        pid: u32,
        /// Its host.
        host: String,
        /// Its version.
        version: String,
    },
    /// That process let go of it.
    RunEnded {
        /// How.
        end: End,
        /// Why it could not go on.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        error: Option<Error>,
    },
    /// A group changed its phase.
    Turned {
        /// The group.
        group: u32,
        /// What changed it.
        turn: phase::Turn,
    },
    /// The roots were looked at.
    RootsSeen {
        /// The group.
        group: u32,
        /// The route.
        route: u32,
        /// LOWER's facts.
        lower: RootFacts,
        /// UPPER's facts.
        upper: RootFacts,
    },
    /// A part of a side could not be listed.
    HoleFound {
        /// The plan that the survey was for.
        plan: u64,
        /// The route.
        route: u32,
        /// The side.
        side: Side,
        /// The part.
        hole: Hole,
    },
    /// A plan was written.
    PlanMade {
        /// The plan.
        plan: Plan,
    },
    /// A person approved the removals of a plan.
    PlanApproved {
        /// The plan's number.
        plan: u64,
        /// Who.
        by: String,
    },
    /// A stage of a plan began on a route.
    StageBegun {
        /// The plan's number.
        plan: u64,
        /// The route.
        route: u32,
        /// The stage's index.
        stage: u32,
    },
    /// A bundle's receipts are durable.
    BundleDone {
        /// The plan's number.
        plan: u64,
        /// The route.
        route: u32,
        /// The stage's index.
        stage: u32,
        /// The bundle's number.
        bundle: u32,
        /// Its outcomes, counted.
        tally: Tally,
    },
    /// A stage ended: the barrier before the next is passed.
    StageDone {
        /// The plan's number.
        plan: u64,
        /// The route.
        route: u32,
        /// The stage's index.
        stage: u32,
        /// The final outcomes, counted after all retries.
        tally: Tally,
    },
    /// An item needs attention.
    Noted(Note),
    /// The outcomes of a plan were folded into a new AGREED.
    Settled {
        /// The plan's number.
        plan: u64,
        /// The group.
        group: u32,
        /// The route.
        route: u32,
        /// The new AGREED.
        agreed: Agreement,
    },
    /// A verification began.
    VerifyBegun {
        /// The group.
        group: u32,
        /// The route.
        route: u32,
        /// How.
        mode: Verify,
        /// What is verified: pages of this AGREED.
        agreed: SegmentRef,
        /// Tells it from other verifications, and draws a sample.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        seed: Option<u64>,
    },
    /// Pages up to this one are verified and their results durable.
    VerifyPassed {
        /// The group.
        group: u32,
        /// The route.
        route: u32,
        /// Pages done.
        pages: u32,
        /// The outcomes since the last such event, counted.
        tally: Tally,
    },
    /// A verification ended.
    VerifyDone {
        /// The group.
        group: u32,
        /// The route.
        route: u32,
        /// All outcomes, counted.
        tally: Tally,
    },
    /// The move was paused.
    Paused {
        /// By whom.
        by: String,
    },
    /// The move goes on.
    Resumed {
        /// By whom.
        by: String,
    },
    /// Limits were changed.
    LimitsSet {
        /// The limits now.
        limits: Limits,
        /// By whom.
        by: String,
    },
    /// A person wants an item left out.
    SkipAsked {
        /// The item.
        key: KeyBuf,
        /// Why.
        reason: String,
        /// Who.
        by: String,
    },
    /// A person wants an item tried again; also one that was left out.
    RetryAsked {
        /// The item; all items when absent.
        key: Option<KeyBuf>,
        /// Who.
        by: String,
    },
    /// Something of ours is about to be put on a system.
    LeavingMade {
        /// Number within the move.
        id: u64,
        /// What.
        leaving: Leaving,
    },
    /// It is gone again, or was made part of the result.
    LeavingGone {
        /// Its number.
        id: u64,
    },
    /// A step of a cutover.
    Saga(SagaEvent),
}
