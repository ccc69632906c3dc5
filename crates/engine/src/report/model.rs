//! The parts of a report, as `report.json` shows them. Field names and words are a
//! promise to readers: they are added to, never changed, under one `schema` number.

use boatlift_core::event::{End, Tally};
use boatlift_core::outcome::Proof;
use boatlift_core::plan::{Sum, Totals};
use boatlift_core::policy::{Policy, Verify};
use boatlift_core::store::RootFacts;
use boatlift_core::{Code, Error, Leaving, Phase, Side, Verdict};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What a report says of a move: all but the lines of `report.csv`. Times are RFC 3339 in UTC and come from the journal.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Findings {
    /// Number of this format.
    pub schema: u32,
    /// The verdict in one or two sentences, never above its proof.
    pub headline: String,
    /// Whether the newest plans are carried out and proved as far as their policy asks,
    /// nothing failed, kept changing or could not be listed, and no removal waits.
    pub complete: bool,
    /// The move's name.
    pub name: String,
    /// Its random id.
    pub move_id: String,
    /// Its mover.
    pub mover: String,
    /// Where it stands.
    pub phase: Phase,
    /// The newest term.
    pub term: u64,
    /// Time of the last event that this report knows.
    pub as_of: String,
    /// The roots of each route, as last seen.
    pub roots: Vec<Roots>,
    /// Every run, oldest first.
    pub runs: Vec<Run>,
    /// Every plan, oldest first, in short.
    pub passes: Vec<Pass>,
    /// The newest plan of each group, which the rest of the report is about.
    pub plans: Vec<Planned>,
    /// What was done in each stage of those plans.
    pub stages: Vec<StageWork>,
    /// The verifications of those plans.
    pub verifications: Vec<Verification>,
    /// At least how many items have each proof, by those stages and verifications.
    pub proofs: BTreeMap<Proof, u64>,
    /// At least how many items have a proof that verifies content: `stored`, `read_back`,
    /// `rows` or `position`. Nothing else counts as verified content.
    pub verified_content: u64,
    /// Removals of those plans.
    pub removals: Removals,
    /// Parts of a side that could not be listed for those plans.
    pub holes: Vec<HoleFound>,
    /// What differed in a way that a person should know of, by verdict.
    pub differences: Vec<Listed>,
    /// Items that did not come out well in those plans, by state.
    pub attention: Vec<Listed>,
    /// What people decided, oldest first.
    pub decisions: Vec<Decision>,
    /// What we put on a system and have neither taken away nor made part of the result.
    pub leavings: Vec<Leaving>,
}

/// The two roots of a route.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Roots {
    /// The group.
    pub group: u32,
    /// The route.
    pub route: u32,
    /// When they were looked at.
    pub at: String,
    /// LOWER.
    pub lower: RootFacts,
    /// UPPER.
    pub upper: RootFacts,
}

/// One process that had the move.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Run {
    /// When it took the move.
    pub begun: String,
    /// When it let go; absent when it still runs or was killed.
    pub ended: Option<String>,
    /// How it ended.
    pub end: Option<End>,
    /// Its term.
    pub term: u64,
    /// Its process id.
    pub pid: u32,
    /// Its host.
    pub host: String,
    /// Its version.
    pub version: String,
    /// Why it could not go on.
    pub error: Option<Error>,
}

/// One plan in short.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pass {
    /// The plan's number.
    pub plan: u64,
    /// The group.
    pub group: u32,
    /// When the survey for it had ended.
    pub surveyed: String,
    /// When its outcomes were settled; absent when they were not.
    pub settled: Option<String>,
    /// All that LOWER held.
    pub lower: Sum,
    /// What it was to carry.
    pub carry: Sum,
    /// What it was to remove.
    pub removals: u64,
    /// Its outcomes, counted by step.
    pub tally: Tally,
}

/// The newest plan of a group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Planned {
    /// Its number.
    pub number: u64,
    /// The group.
    pub group: u32,
    /// The group's name, where the move has others beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_name: Option<String>,
    /// When the survey for it had begun: the roots were looked at.
    pub survey_begun: Option<String>,
    /// When the survey for it had ended.
    pub surveyed: String,
    /// When its outcomes were settled; absent when they were not.
    pub settled: Option<String>,
    /// What it may do.
    pub policy: Policy,
    /// What was counted.
    pub totals: Totals,
    /// Parts that could not be listed.
    pub holes: u64,
    /// Why its removals are held back.
    pub held: Vec<String>,
    /// Who approved the removals.
    pub approved_by: Option<String>,
    /// Whether it was given up for a newer survey.
    pub dropped: bool,
    /// When UPPER was proved as far as the policy asks; absent when it was not.
    pub proved: Option<String>,
}

/// What was done in one stage on one route.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StageWork {
    /// The plan's number.
    pub plan: u64,
    /// The route.
    pub route: u32,
    /// The stage's index.
    pub stage: u32,
    /// Its name.
    pub name: String,
    /// Whether it removes from UPPER.
    pub removes: bool,
    /// When it began.
    pub begun: String,
    /// When it ended; absent when it did not.
    pub ended: Option<String>,
    /// Its outcomes, counted.
    pub tally: Tally,
    /// Outcomes that were not good and of which no item is recorded.
    pub unrecorded: u64,
}

/// One verification of one route.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verification {
    /// The group.
    pub group: u32,
    /// The route.
    pub route: u32,
    /// How.
    pub mode: Verify,
    /// When it began.
    pub begun: String,
    /// When it ended; absent when it did not.
    pub ended: Option<String>,
    /// Entries of the agreement that it verifies.
    pub entries: u64,
    /// What the sample was drawn with.
    pub seed: Option<u64>,
    /// Its outcomes, counted.
    pub tally: Tally,
    /// Items whose content was verified.
    pub verified_content: u64,
    /// After a sample in which nothing differed: at most this share of the files differs, in
    /// percent, with 95 % confidence.
    pub at_most_differing_percent: Option<f64>,
}

/// Removals of the newest plans.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Removals {
    /// Entries that the policy removes.
    pub planned: u64,
    /// Entries that were removed, or were gone already.
    pub done: u64,
    /// Whether they wait for a person.
    pub held: bool,
    /// Why.
    pub why: Vec<String>,
}

/// A part of a side that could not be listed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HoleFound {
    /// The plan whose survey found it.
    pub plan: u64,
    /// The route.
    pub route: u32,
    /// The side.
    pub side: Side,
    /// The directory's key, escaped; empty when it is the root.
    pub under: String,
    /// Why.
    pub error: Error,
}

/// The first of a class of items, and how many there are.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Listed {
    /// The verdict, or the state, that they share.
    pub class: String,
    /// What that means.
    pub meaning: &'static str,
    /// How many.
    pub entries: u64,
    /// Bytes of content, where known.
    pub bytes: u64,
    /// The first of them, in key order within a route.
    pub first: Vec<Row>,
    /// How many there are beyond those.
    pub more: u64,
}

/// One item: a line of `report.csv`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// The plan's number.
    pub plan: u64,
    /// The route.
    pub route: u32,
    /// The key, escaped so that it is one line of printable text and can be read back.
    pub key: String,
    /// What it is on LOWER; on UPPER, where only UPPER has it.
    pub kind: Option<&'static str>,
    /// What the comparison said.
    pub verdict: Verdict,
    /// The first thing that the plan does about it; absent when it is left as it is.
    pub action: Option<&'static str>,
    /// What became of that.
    pub state: Cow<'static, str>,
    /// Bytes of content.
    pub size: Option<u64>,
    /// The key under which UPPER still had it, escaped.
    pub moved_from: Option<String>,
    /// Hash of the content that both sides held when they last agreed.
    pub digest: Option<String>,
    /// The stage that it did not come out well in.
    pub stage: Option<String>,
    /// How often that was tried.
    pub attempts: Option<u32>,
    /// Why it was left out, or why it failed.
    pub reason: Option<String>,
    /// The kind of error.
    pub error_code: Option<Code>,
}

/// Something that a person decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// When.
    pub at: String,
    /// Who.
    pub by: String,
    /// What.
    pub what: String,
    /// The item it was about, escaped.
    pub key: Option<String>,
    /// Why, in that person's words.
    pub reason: Option<String>,
}
