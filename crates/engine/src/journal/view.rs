//! Views: where a move stands, as one value.
//!
//! A view is what people and the engine read; nobody changes the journal through it. It
//! is bounded: lists that may be long show their head and their length.

use boatlift_core::event::{End, Note, Tally};
use boatlift_core::limits::Limits;
use boatlift_core::plan::{Agreement, SegmentRef};
use boatlift_core::policy::Verify;
use boatlift_core::saga::SagaEvent;
use boatlift_core::store::{Hole, RootFacts};
use boatlift_core::{Error, KeyBuf, Leaving, Phase, Plan, Side, Term};
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};

/// How much of a long list a view shows.
pub const HEAD: usize = 10_000;

/// A pair of indices: group and route, or route and stage.
pub type Pair = (u32, u32);

/// Where a move stands.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct View {
    /// Its random id; empty as long as the journal holds no event.
    pub move_id: String,
    /// Its name.
    pub name: String,
    /// Its mover.
    pub mover: String,
    /// The newest term in which it was run.
    pub term: Term,
    /// Where its slowest group stands.
    pub phase: Phase,
    /// Where each group stands that was begun.
    pub groups: BTreeMap<u32, GroupState>,
    /// Who paused it, while it is paused.
    pub paused_by: Option<String>,
    /// The limits that were set last; absent when nobody changed those of the move file.
    pub limits: Option<Limits>,
    /// The run that goes on, or the last one.
    pub last_run: Option<RunState>,
    /// The plan with the highest number.
    pub plan: Option<PlanState>,
    /// The newest plans of the other groups, by group.
    pub other_plans: BTreeMap<u32, PlanState>,
    /// AGREED, by group and route.
    #[serde(serialize_with = "by_pair")]
    pub agreed: BTreeMap<Pair, Agreement>,
    /// What the roots said when they were last looked at, by group and route.
    #[serde(serialize_with = "by_pair")]
    pub roots: BTreeMap<Pair, Roots>,
    /// Items that people want left out.
    pub skips: BTreeMap<KeyBuf, Skip>,
    /// Items of each group's newest plan that need attention, by plan, route and key.
    pub notes: Head<Note>,
    /// What could not be listed for each group's newest plan, and for those being made.
    pub holes: Head<FoundHole>,
    /// What we put on systems and have not taken away, by its number.
    pub leavings: BTreeMap<u64, Leaving>,
    /// The highest number that a leaving ever had.
    pub last_leaving: u64,
    /// The last verification, by group and route.
    #[serde(serialize_with = "by_pair")]
    pub verifies: BTreeMap<Pair, VerifyState>,
    /// What the open cutover did so far, or the last one, from its beginning.
    pub saga: Vec<SagaEvent>,
    /// When the first event was recorded, in milliseconds since 1970; 0 without events.
    pub first_event_ms: i64,
    /// When the last event was recorded.
    pub last_event_ms: i64,
    /// The number of the last event; 0 without events.
    pub last_seq: u64,
}

/// Where a group stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupState {
    /// Its phase.
    pub phase: Phase,
    /// Since when, in milliseconds since 1970.
    pub since_ms: i64,
}

/// One run of the move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunState {
    /// Its term.
    pub term: Term,
    /// Its process.
    pub pid: u32,
    /// Its host.
    pub host: String,
    /// Its version of Boatlift.
    pub version: String,
    /// When it began, in milliseconds since 1970.
    pub begun_ms: i64,
    /// When it ended; absent while it goes on, and for ever when it died.
    pub ended_ms: Option<i64>,
    /// How it ended.
    pub end: Option<End>,
    /// Why it could not go on.
    pub error: Option<Error>,
}

/// A plan and how far it is carried out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlanState {
    /// The plan.
    pub plan: Plan,
    /// When it was made, in milliseconds since 1970.
    pub made_ms: i64,
    /// Who approved its removals.
    pub approved_by: Option<String>,
    /// Its stages, by route and stage.
    #[serde(serialize_with = "by_pair")]
    pub stages: BTreeMap<Pair, StageState>,
    /// Its bundles with durable receipts, by route and stage, then by number.
    #[serde(serialize_with = "by_pair")]
    pub bundles: BTreeMap<Pair, BTreeMap<u32, Tally>>,
    /// Routes whose outcomes are in AGREED.
    pub settled: BTreeSet<u32>,
    /// Whether it was given up for a newer one.
    pub dropped: bool,
}

/// How far a stage is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum StageState {
    /// Its bundles are being carried out.
    Begun,
    /// The barrier after it is passed.
    Done {
        /// Its final outcomes.
        tally: Tally,
    },
}

/// What both roots said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Roots {
    /// LOWER.
    pub lower: RootFacts,
    /// UPPER.
    pub upper: RootFacts,
}

/// Why an item is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skip {
    /// The reason, for people.
    pub reason: String,
    /// Who asked for it.
    pub by: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
}

/// A hole and where it was met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FoundHole {
    /// The plan that the survey was for.
    pub plan: u64,
    /// The route.
    pub route: u32,
    /// The side.
    pub side: Side,
    /// The part that could not be listed.
    #[serde(flatten)]
    pub hole: Hole,
}

/// How far a verification is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerifyState {
    /// How UPPER is proved.
    pub mode: Verify,
    /// The seed that the sample is drawn with.
    pub seed: Option<u64>,
    /// What is verified.
    pub agreed: SegmentRef,
    /// Pages whose results are durable.
    pub pages: u32,
    /// The outcomes so far: the sum of what each `VerifyPassed` counted, and at the end
    /// what `VerifyDone` says.
    pub tally: Tally,
    /// Whether it ended.
    pub done: bool,
    /// When it last went on, in milliseconds since 1970.
    pub at_ms: i64,
}

/// The head of a list, and how long the whole is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Head<T> {
    /// Number of all.
    pub count: u64,
    /// The first [`HEAD`] of them.
    pub first: Vec<T>,
}

impl<T> Default for Head<T> {
    fn default() -> Self {
        Head { count: 0, first: Vec::new() }
    }
}

impl<T> Head<T> {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn of(all: impl Iterator<Item = T>) -> Self {
        let mut head = Head::default();
        for one in all {
            head.count += 1;
            if head.first.len() < HEAD {
                head.first.push(one);
            }
        }
        head
    }
}

impl View {
    /// Whether nothing was recorded yet.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.last_seq == 0
    }

    /// Where a group stands.
    #[must_use]
    pub fn phase_of(&self, group: u32) -> Phase {
        self.groups.get(&group).map_or(Phase::New, |group| group.phase)
    }

    /// A group's newest plan.
    #[must_use]
    pub fn plan_of(&self, group: u32) -> Option<&PlanState> {
        let newest = self.plan.as_ref().filter(|state| state.plan.group == group);
        newest.or_else(|| self.other_plans.get(&group))
    }

    /// Whether a run was begun and has not ended: it goes on, or it died.
    #[must_use]
    pub fn has_open_run(&self) -> bool {
        self.last_run.as_ref().is_some_and(|run| run.ended_ms.is_none())
    }

    /// Every segment that this state refers to.
    pub fn segments(&self) -> impl Iterator<Item = &SegmentRef> {
        let plans = self.plan.iter().chain(self.other_plans.values());
        let planned = plans.filter(|plan| !plan.dropped);
        let differences = planned.flat_map(|plan| plan.plan.routes.iter().map(|r| &r.difference));
        let verified = self.verifies.values().filter(|verify| !verify.done);
        let agreed = self.agreed.values().map(|agreed| &agreed.segment);
        agreed.chain(differences).chain(verified.map(|verify| &verify.agreed))
    }

    /// The phase of the slowest of `groups`. What failed must be begun again, so it is
    /// slower than what is agreed on.
    pub(super) fn slowest(groups: &BTreeMap<u32, GroupState>) -> Phase {
        let slowness = |phase: &Phase| match phase {
            Phase::Failed => (Phase::Waiting, 1),
            other => (*other, 0),
        };
        groups.values().map(|group| group.phase).min_by_key(slowness).unwrap_or_default()
    }
}

impl PlanState {
    /// Whether it is neither dropped nor settled on every route.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.dropped && !self.is_settled()
    }

    /// Whether every route's outcomes are in AGREED.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.plan.routes.iter().all(|route| self.settled.contains(&route.route))
    }

    /// The final outcomes of a stage of a route that is over.
    #[must_use]
    pub fn done(&self, route: u32, stage: u32) -> Option<&Tally> {
        match self.stages.get(&(route, stage)) {
            Some(StageState::Done { tally }) => Some(tally),
            _ => None,
        }
    }

    /// The outcomes so far: final for stages that are done, else summed over bundles.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut all = Tally::default();
        for (at, stage) in &self.stages {
            match stage {
                StageState::Done { tally } => all.merge(tally),
                StageState::Begun => {
                    self.bundles.get(at).into_iter().flatten().for_each(|(_, t)| all.merge(t));
                }
            }
        }
        all
    }
}

/// JSON's keys are strings: a pair is written `0/1`.
fn by_pair<V: Serialize, S: Serializer>(
    map: &BTreeMap<Pair, V>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(map.iter().map(|((one, two), value)| (format!("{one}/{two}"), value)))
}
