//! The fields of a status, as `status --json` shows them. Names and words are a promise to
//! readers: they are added to, never changed, under one `schema` number.

use super::Snapshot;
use boatlift_core::event::End;
use boatlift_core::limits::Limits;
use boatlift_core::outcome::Proof;
use boatlift_core::plan::Sum;
use boatlift_core::{Code, Error, KeyBuf, Phase, SagaStep, Verdict};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a move stands. Times are RFC 3339 in UTC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Number of this format.
    pub schema: u32,
    /// The move's name.
    pub name: String,
    /// Its random id.
    pub move_id: String,
    /// Its mover.
    pub mover: String,
    /// LOWER's root, once it was seen.
    pub lower: Option<String>,
    /// UPPER's root, once it was seen.
    pub upper: Option<String>,
    /// Where the slowest group stands.
    pub phase: Phase,
    /// All in one word.
    pub health: Health,
    /// Why it is not `ok`, for people.
    pub because: Vec<String>,
    /// The process that runs it now.
    pub running: Option<Running>,
    /// Who paused it, while it is paused.
    pub paused_by: Option<String>,
    /// The newest plan's number.
    pub plan: Option<u64>,
    /// The counters.
    pub progress: Snapshot,
    /// What the newest plan's survey counted, by verdict.
    pub verdicts: BTreeMap<Verdict, Sum>,
    /// Entries that the newest plan removes from UPPER.
    pub removals: u64,
    /// Outcomes of the newest plan, counted by step.
    pub outcomes: Outcomes,
    /// At least how many items of the newest plan have each proof.
    pub proofs: BTreeMap<Proof, u64>,
    /// Why the newest plan's removals wait for a person; empty when they do not.
    pub held: Vec<String>,
    /// Parts of a side that could not be listed.
    pub holes: u64,
    /// Items that failed or kept changing.
    pub open_items: u64,
    /// The first of them, and of those that vanished.
    pub failing: Vec<Failing>,
    /// The newest cutover; absent when there was none.
    #[serde(default)]
    pub cutover: Option<Handed>,
    /// What to do next.
    pub next: Next,
    /// The limits that were set by command; absent while those of the move file hold.
    pub limits: Option<Limits>,
    /// The run that goes on, or the last one.
    pub last_run: Option<LastRun>,
    /// Of when this is: now while the move runs, else the time of the last event.
    pub updated_at: String,
}

/// How a move is, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// Nothing to look at.
    Ok,
    /// It goes on, and some of it needs a look.
    Degraded,
    /// It waits for a person.
    Blocked,
    /// The last run could not go on.
    Failed,
}

/// The process that has the move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// Its process id.
    pub pid: u32,
    /// Its host.
    pub host: String,
    /// Since when.
    pub since: String,
}

/// Outcomes by word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Outcomes {
    /// Steps made.
    pub done: u64,
    /// Steps found unnecessary.
    pub same: u64,
    /// Items that LOWER no longer had.
    pub vanished: u64,
    /// Items that changed each time they were read.
    pub moving: u64,
    /// Items left out, with a reason.
    pub skipped: u64,
    /// Steps that failed.
    pub failed: u64,
}

/// An item that needs a look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failing {
    /// Its key, escaped.
    pub key: KeyBuf,
    /// The stage's name.
    pub stage: String,
    /// `failed`, `moving` or `vanished`.
    pub state: String,
    /// The kind of error; absent when it did not fail.
    pub code: Option<Code>,
    /// What happened, for people.
    pub message: String,
    /// How often the step was tried.
    pub attempts: u32,
}

/// A cutover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handed {
    /// The side that it leads users to: `LOWER` or `UPPER`.
    pub to: String,
    /// `open`, `done` or `undone`.
    pub state: String,
    /// While it is open, the step that was begun last.
    pub step: Option<SagaStep>,
    /// The side that users follow; absent while that is open.
    pub users_follow: Option<String>,
    /// Why it is or was undone.
    pub because: Option<String>,
    /// Where users follow UPPER: until when they may be led back.
    pub reverse_until: Option<String>,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Next {
    /// The command line; absent when there is nothing to do.
    pub command: Option<String>,
    /// Why.
    pub reason: String,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LastRun {
    /// Its term.
    pub term: u64,
    /// Its version of Boatlift.
    pub version: String,
    /// When it began.
    pub begun: String,
    /// When it ended; absent while it goes on, and for ever when it was killed.
    pub ended: Option<String>,
    /// How it ended.
    pub end: Option<End>,
    /// Why it could not go on.
    pub error: Option<Error>,
}

impl Health {
    /// The word used on screens and in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Health::Ok => "ok",
            Health::Degraded => "degraded",
            Health::Blocked => "blocked",
            Health::Failed => "failed",
        }
    }
}
