//! The cutover saga: its steps, its events, and what a mover must be able to do.
//!
//! The point of no return is the Switch taking effect at the authority that users follow,
//! never an event of ours. [`SagaState`] holds every legal order of events and decides the
//! next move; it reads no clock and touches no system.

mod bounds;
mod state;

pub use bounds::{Bounds, Latencies};
pub use state::{IllegalSagaEvent, NextMove, SagaState};

use crate::error::{Code, Error, Result};
use crate::side::{Side, Term};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A step of the cutover, in the order in which they are made.
///
/// Told for a cutover that leads users to UPPER. One that leads them back has the same steps
/// with the sides exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SagaStep {
    /// Reads what the later steps and their undo need: former settings, the authority's
    /// version. Changes nothing.
    Precheck,
    /// Changes settings so that the fence comes and goes quickly. Users notice nothing.
    Arm,
    /// LOWER refuses writes from here on.
    Fence,
    /// Waits until UPPER holds everything that LOWER ever acknowledged. Changes nothing.
    Drain,
    /// Proves that. Changes nothing.
    Verify,
    /// Makes the authority name UPPER, if it is still as Precheck read it.
    Switch,
    /// Proves that users reached UPPER and are served.
    Guard,
    /// Takes back what Arm changed. LOWER stays fenced.
    Release,
}

impl SagaStep {
    /// All steps, in order.
    pub const ALL: [SagaStep; 8] = [
        SagaStep::Precheck,
        SagaStep::Arm,
        SagaStep::Fence,
        SagaStep::Drain,
        SagaStep::Verify,
        SagaStep::Switch,
        SagaStep::Guard,
        SagaStep::Release,
    ];

    /// The steps that are undone one by one, in the order of the undo: users first. The
    /// Switch is not among them: it is spoiled before any of these, or stays.
    pub const UNDONE: [SagaStep; 2] = [SagaStep::Fence, SagaStep::Arm];

    /// The word used in status, reports and JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            SagaStep::Precheck => "precheck",
            SagaStep::Arm => "arm",
            SagaStep::Fence => "fence",
            SagaStep::Drain => "drain",
            SagaStep::Verify => "verify",
            SagaStep::Switch => "switch",
            SagaStep::Guard => "guard",
            SagaStep::Release => "release",
        }
    }
}

impl fmt::Display for SagaStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// What the authority says of the Switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SwitchEffect {
    /// Users follow the side that this cutover leads them to.
    Taken,
    /// Users follow the other side, and a Switch asked for earlier could still take effect.
    NotTaken,
    /// Users follow the other side, and no Switch asked for so far can take effect any more.
    Spoiled,
}

/// Facts that a step found or made: for the steps after it, for its undo and for the
/// report.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Evidence(BTreeMap<String, String>);

impl Evidence {
    /// Adds a fact.
    #[must_use]
    pub fn with(mut self, name: &str, fact: impl fmt::Display) -> Self {
        self.0.insert(name.to_owned(), fact.to_string());
        self
    }

    /// A fact, where it is known.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// All facts, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, fact)| (name.as_str(), fact.as_str()))
    }
}

/// Why a cutover is undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UndoReason {
    /// A step failed.
    StepFailed(SagaStep),
    /// The Switch was asked for and did not take effect.
    SwitchNotTaken,
    /// Someone asked the run to stop, or it could not write its journal.
    Stopped,
    /// There is no time left before the Switch.
    DeadlinePassed,
    /// The process that began it is dead or stands still.
    RunLost,
}

/// How a cutover ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SagaEnd {
    /// Users follow the side that the cutover led them to; the other one is fenced.
    Done,
    /// Users follow the side that they followed before; nothing of the cutover is left.
    Undone,
}

impl SagaEnd {
    /// The word used in status and reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            SagaEnd::Done => "done",
            SagaEnd::Undone => "undone",
        }
    }
}

/// Whither a cutover leads users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum Way {
    /// From LOWER to UPPER.
    Upper {
        /// How long after the Switch they may be led back, in milliseconds.
        reverse_ms: u64,
    },
    /// Back to LOWER.
    Lower {
        /// Until when that may begin, in milliseconds since 1970.
        until_ms: u64,
        /// What the cutover found that led them to UPPER.
        before: BTreeMap<SagaStep, Evidence>,
    },
}

impl Default for Way {
    /// What journals mean that were written before there was a way back.
    fn default() -> Self {
        Way::Upper { reverse_ms: 0 }
    }
}

impl Way {
    /// The side that users are led to.
    #[must_use]
    pub fn to(&self) -> Side {
        match self {
            Way::Upper { .. } => Side::Upper,
            Way::Lower { .. } => Side::Lower,
        }
    }
}

/// Who goes on with a cutover that another process left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resumer {
    /// The next run of the move.
    Run,
    /// The guard.
    Guard,
}

/// One line of a cutover's history, as journaled. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "saga", rename_all = "snake_case")]
pub enum SagaEvent {
    /// A cutover began. A move has at most one open at a time.
    Begun {
        /// The group that is handed over.
        group: u32,
        /// The term of the run.
        term: Term,
        /// When it gives up.
        bounds: Bounds,
        /// Whither it leads users.
        #[serde(default)]
        way: Way,
    },
    /// Another process took it over. Events of older terms are refused from here on.
    Resumed {
        /// The term of the new holder.
        term: Term,
        /// Who it is.
        by: Resumer,
    },
    /// A step is about to be made.
    Intent {
        /// The step.
        step: SagaStep,
        /// When.
        at_ms: u64,
    },
    /// A step was made; for the Switch, its request was answered well.
    Made {
        /// The step.
        step: SagaStep,
        /// What it found or made.
        evidence: Evidence,
    },
    /// A step failed, perhaps after it took effect.
    Failed {
        /// The step.
        step: SagaStep,
        /// Why.
        error: Error,
    },
    /// The authority was asked what became of the Switch.
    SwitchRead {
        /// Its answer.
        effect: SwitchEffect,
    },
    /// From here on everything is taken back.
    UndoBegun {
        /// Why.
        why: UndoReason,
    },
    /// The Switch is about to be made impossible.
    SpoilIntent,
    /// It is impossible.
    Spoiled,
    /// A step is about to be undone.
    UndoIntent {
        /// The step.
        step: SagaStep,
    },
    /// It is undone.
    Undone {
        /// The step.
        step: SagaStep,
    },
    /// It could not be undone; for the Switch, it could not be spoiled. To be tried again.
    UndoFailed {
        /// The step.
        step: SagaStep,
        /// Why.
        error: Error,
    },
    /// The cutover is over.
    Ended {
        /// How.
        how: SagaEnd,
    },
}

/// Something that must hold before a cutover may begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// What must hold: `every proxy answers`.
    pub what: String,
    /// Whether it does. What cannot be found out does not hold.
    pub holds: bool,
    /// What was seen.
    pub seen: String,
}

/// What a step may know.
pub struct CutoverContext<'a> {
    /// The group that is handed over.
    pub group: u32,
    /// The term to act in.
    pub term: Term,
    /// What the steps made so far found.
    pub evidence: &'a BTreeMap<SagaStep, Evidence>,
    /// What the cutover found that led users to UPPER, while they are led back.
    pub before: Option<&'a BTreeMap<SagaStep, Evidence>>,
    /// Whether to stop waiting: someone asked for it, or the deadline passed. It never
    /// says so to the Switch's spoil nor to an undo.
    pub halted: &'a dyn Fn() -> bool,
}

impl CutoverContext<'_> {
    /// A fact that an earlier step left.
    ///
    /// # Errors
    /// When that step did not leave it: the mover contradicts itself.
    pub fn fact(&self, step: SagaStep, name: &str) -> Result<&str> {
        let fact = self.evidence.get(&step).and_then(|evidence| evidence.get(name));
        fact.ok_or_else(|| Error::new(Code::Bug, "a step did not leave the fact").on(name))
    }
}

/// How one system hands its users over. Implemented by movers.
///
/// Every verb is idempotent: it may be called again after it took effect, after a crash in
/// the middle of it, and by another process in a newer term. A verb that would change
/// anything answers [`Code::TermNewer`] and changes nothing once the system has seen a
/// newer term than the context's: a process that was paused may call it at any time
/// later. Where a system cannot compare terms by itself, the mover must make sure by other
/// means that the older process is dead.
pub trait Cutover: Send + Sync {
    /// What must hold before a cutover may begin. Changes nothing.
    ///
    /// # Errors
    /// When that cannot be listed at all.
    fn conditions(&self) -> Result<Vec<Condition>>;

    /// How long the parts of a cutover take on this system, at worst.
    ///
    /// # Errors
    /// When that cannot be told, as of servers that do not answer: then nothing is promised.
    fn latencies(&self) -> Result<Latencies>;

    /// How long after the Switch users may be led back, in milliseconds. 0: they may not.
    fn reverse_ms(&self) -> u64 {
        0
    }

    /// Whether Drain itself proves that the other side holds everything: then no pass over the
    /// move's items is made behind the fence, and none is needed to find what was written later.
    fn proves_by_itself(&self) -> bool {
        false
    }

    /// Makes a step.
    ///
    /// The Switch is one compare-and-set against what Precheck read: whatever
    /// [`Cutover::spoil`] changes makes it fail. Drain and Verify change nothing. Steps that
    /// wait ask [`CutoverContext::halted`].
    ///
    /// # Errors
    /// When the step is not made, or when its answer was lost; the effect is then unknown.
    fn act(&self, step: SagaStep, context: &CutoverContext<'_>) -> Result<Evidence>;

    /// Asks the authority whom users follow. Changes nothing.
    ///
    /// # Errors
    /// When the authority does not answer.
    fn read_switch(&self, context: &CutoverContext<'_>) -> Result<SwitchEffect>;

    /// Makes it impossible that a Switch asked for in this cutover takes effect, and says
    /// so; or finds that it has taken effect, and leaves it.
    ///
    /// # Errors
    /// When neither is certain.
    fn spoil(&self, context: &CutoverContext<'_>) -> Result<SwitchEffect>;

    /// Takes back one of [`SagaStep::UNDONE`], whether it took effect, half of it did, or
    /// nothing. Returns when users see it: after the undo of Fence, LOWER accepts writes.
    ///
    /// # Errors
    /// When it is not certain that nothing of the step is left.
    fn undo(&self, step: SagaStep, context: &CutoverContext<'_>) -> Result<()>;
}
