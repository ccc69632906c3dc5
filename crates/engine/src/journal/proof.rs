//! The tables against the fold: any history that the rules let pass must look the same
//! from both.

use super::rules::Refusal;
use super::schema::JOURNAL;
use super::view::{PlanState, View};
use super::writer::{Tail, append};
use super::{line, load, upkeep};
use crate::database::{Json, Number};
use boatlift_core::compare::Verdict;
use boatlift_core::event::{End, Note, Tally};
use boatlift_core::limits::Limits;
use boatlift_core::outcome::{Outcome, Proof, Receipt};
use boatlift_core::phase::Turn;
use boatlift_core::plan::{Agreement, Plan, PlannedRoute, Positions, SegmentRef, Totals};
use boatlift_core::policy::{Policy, Verify};
use boatlift_core::saga::{
    Bounds, Resumer, SagaEnd, SagaEvent, SagaStep, SwitchEffect, UndoReason, Way,
};
use boatlift_core::still::Still;
use boatlift_core::store::{Hole, RootFacts};
use boatlift_core::{Code, Error, Event, KeyBuf, Leaving, Side, Term};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use rusqlite::Connection;

/// A journal in memory, as [`crate::database::open`] lays it out.
pub(super) fn in_memory() -> Connection {
    let db = Connection::open_in_memory().expect("memory");
    JOURNAL.steps.iter().for_each(|step| db.execute_batch(step).expect("our own SQL"));
    db
}

/// What the journal took, with numbers and times.
fn events_of(db: &Connection) -> Vec<(u64, i64, Event)> {
    let mut events = Vec::new();
    line::read(db, "memory".as_ref(), 0, &mut |seq, at_ms, event| {
        events.push((seq, at_ms, event));
        Ok(())
    })
    .expect("readable");
    events
}

fn record(db: &Connection, now_ms: i64, event: &Event) -> Result<(), Error> {
    let mut tail = Tail::of(db).expect("readable");
    match append(db, &mut tail, now_ms, event) {
        Ok(()) => Ok(()),
        Err(Refusal::Illegal(error)) => Err(error),
        Err(Refusal::Storage(error)) => panic!("{event:?}: {error}"),
    }
}

/// The state of a plan, as its table has it.
fn state_of(db: &Connection, plan: u64) -> String {
    let select = "SELECT state FROM plans WHERE number = ?1";
    db.query_row(select, [Number(plan)], |row| row.get(0)).expect("a plan")
}

fn word_of(plan: &PlanState) -> &'static str {
    match (plan.dropped, plan.is_settled()) {
        (true, _) => "dropped",
        (false, true) => "settled",
        (false, false) => "open",
    }
}

fn key() -> impl Strategy<Value = KeyBuf> {
    select(vec![&b"a"[..], b"a/", b"a/\xff", b"b\n"]).prop_map(KeyBuf::from)
}

/// A plan's number; often the first, so that histories of one plan grow long.
fn number() -> impl Strategy<Value = u64> {
    select(vec![1, 1, 1, 1, 2, 2, 3, 4])
}

fn by() -> impl Strategy<Value = String> {
    select(vec!["ann", "bob"]).prop_map(str::to_owned)
}

fn segment() -> impl Strategy<Value = SegmentRef> {
    (0..3u32, 0..9u64).prop_map(|(pages, entries)| SegmentRef {
        file: format!("agreed-{pages}.seg"),
        hash: format!("{entries:x}"),
        pages,
        entries,
    })
}

fn tally() -> impl Strategy<Value = Tally> {
    (0..5u64, 0..3u64).prop_map(|(bytes, failed)| {
        let mut tally = Tally { failed, ..Tally::default() };
        tally.add(&Outcome::Done(Receipt { bytes, ..Receipt::of(Proof::Carried) }));
        tally
    })
}

fn roots() -> impl Strategy<Value = RootFacts> {
    any::<bool>().prop_map(|is_empty| RootFacts {
        resolved: "/data".into(),
        device: "8:1".into(),
        system: "ext4".into(),
        is_empty,
        sets_owners: true,
        position: is_empty.then(|| "7".to_owned()),
        free_bytes: is_empty.then_some(1 << 40),
        ancestry: Vec::new(),
    })
}

fn plan() -> impl Strategy<Value = Plan> {
    (number(), 0..2u32, segment(), 1..3u32).prop_map(|(number, group, difference, routes)| Plan {
        number,
        group,
        term: Term(1),
        policy: Policy::default(),
        routes: (0..routes)
            .map(|route| PlannedRoute {
                route,
                difference: difference.clone(),
                totals: Totals::default(),
                holes: 0,
                positions: Positions { lower: Some("7".into()), upper: None },
            })
            .collect(),
        held: Vec::new(),
    })
}

fn note() -> impl Strategy<Value = Note> {
    let stage = || select(vec!["contents", "look"]);
    let parts = (number(), 0..2u32, key(), stage(), 1..4u32);
    parts.prop_map(|(plan, route, key, stage, attempts)| Note {
        plan,
        route,
        key,
        verdict: Verdict::Added,
        stage: stage.into(),
        state: "failed".into(),
        attempts,
        reason: None,
        error: Some(Error::new(Code::ReadFailed, "cannot open").because("gone")),
    })
}

fn leaving() -> impl Strategy<Value = Leaving> {
    let still = |group| Leaving::Still {
        group,
        route: 0,
        still: Still { name: "boatlift-1".into(), directories: vec!["hdfs://n/d".into()] },
    };
    prop_oneof![
        Just(Leaving::Mark),
        (1..6u64).prop_map(|plan| Leaving::Temporaries { plan }),
        (0..3u32).prop_map(still),
    ]
}

fn saga() -> impl Strategy<Value = SagaEvent> {
    let bounds = Bounds { fence_by_ms: 10, budget_ms: 10, switch_ms: 10, undo_ms: 10 };
    let step = || select(SagaStep::ALL.to_vec());
    prop_oneof![
        3 => (1..9u64).prop_map(move |term| SagaEvent::Begun { group: 0, term: Term(term), bounds, way: Way::default() }),
        2 => (1..9u64).prop_map(|term| SagaEvent::Resumed { term: Term(term), by: Resumer::Guard }),
        6 => step().prop_map(|step| SagaEvent::Intent { step, at_ms: 1 }),
        6 => step().prop_map(|step| SagaEvent::Made { step, evidence: Default::default() }),
        2 => Just(SagaEvent::SwitchRead { effect: SwitchEffect::Spoiled }),
        2 => Just(SagaEvent::UndoBegun { why: UndoReason::Stopped }),
        4 => select(vec![SagaEnd::Done, SagaEnd::Undone]).prop_map(|how| SagaEvent::Ended { how }),
    ]
}

fn turn() -> impl Strategy<Value = Turn> {
    select(vec![
        Turn::Begin,
        Turn::Checked,
        Turn::PlanMade,
        Turn::CopyBegun,
        Turn::CopyEnded,
        Turn::Held,
        Turn::Verified,
        Turn::PlanDropped,
        Turn::CutoverBegun,
        Turn::CutoverUndone,
        Turn::CutoverDone,
        Turn::Failed,
    ])
}

fn of_a_run() -> impl Strategy<Value = Event> {
    prop_oneof![
        (0..9u64).prop_map(|term| Event::RunBegun {
            term: Term(term),
            pid: 7,
            host: "here".into(),
            version: "1".into(),
        }),
        Just(Event::RunEnded { end: End::Done, error: None }),
        Just(Event::RunEnded {
            end: End::Failed,
            error: Some(Error::new(Code::NoSpace, "cannot write").on("x"))
        }),
        (0..2u32, turn()).prop_map(|(group, turn)| Event::Turned { group, turn }),
        (0..2u32, turn()).prop_map(|(group, turn)| Event::Turned { group, turn }),
        (0..2u32, 0..2u32, roots(), roots()).prop_map(|(group, route, lower, upper)| {
            Event::RootsSeen { group, route, lower, upper }
        }),
        by().prop_map(|by| Event::Paused { by }),
        by().prop_map(|by| Event::Resumed { by }),
        by().prop_map(|by| Event::LimitsSet {
            limits: Limits { jobs: Some(3), ..Limits::default() },
            by
        }),
        (key(), by()).prop_map(|(key, by)| Event::SkipAsked { key, reason: "no".into(), by }),
        (proptest::option::of(key()), by()).prop_map(|(key, by)| Event::RetryAsked { key, by }),
        (1..6u64, leaving()).prop_map(|(id, leaving)| Event::LeavingMade { id, leaving }),
        (1..6u64).prop_map(|id| Event::LeavingGone { id }),
        saga().prop_map(Event::Saga),
        saga().prop_map(Event::Saga),
    ]
}

fn of_a_plan() -> impl Strategy<Value = Event> {
    let at = || (number(), 0..2u32, 0..1u32);
    prop_oneof![
        plan().prop_map(|plan| Event::PlanMade { plan }),
        (1..7u64, 0..2u32, key(), any::<bool>()).prop_map(|(plan, route, under, lower)| {
            let side = if lower { Side::Lower } else { Side::Upper };
            let error = Error::new(Code::ListingFailed, "cannot list");
            Event::HoleFound { plan, route, side, hole: Hole { under, error } }
        }),
        (number(), by()).prop_map(|(plan, by)| Event::PlanApproved { plan, by }),
        at().prop_map(|(plan, route, stage)| Event::StageBegun { plan, route, stage }),
        (at(), 0..3u32, tally()).prop_map(|((plan, route, stage), bundle, tally)| {
            Event::BundleDone { plan, route, stage, bundle, tally }
        }),
        (at(), 0..3u32, tally()).prop_map(|((plan, route, stage), bundle, tally)| {
            Event::BundleDone { plan, route, stage, bundle, tally }
        }),
        (at(), tally()).prop_map(|((plan, route, stage), tally)| Event::StageDone {
            plan,
            route,
            stage,
            tally
        }),
        note().prop_map(Event::Noted),
        (number(), 0..2u32, 0..2u32, segment()).prop_map(|(plan, group, route, segment)| {
            let device = || format!("device-{}", segment.pages);
            let (lower_device, upper_device) = (device(), device());
            let positions = Positions { lower: None, upper: Some(device()) };
            let agreed = Agreement { segment, lower_device, upper_device, positions };
            Event::Settled { plan, group, route, agreed }
        }),
        (0..2u32, 0..2u32, segment(), proptest::option::of(any::<u64>())).prop_map(
            |(group, route, agreed, seed)| Event::VerifyBegun {
                group,
                route,
                mode: Verify::Sample,
                agreed,
                seed
            }
        ),
        (0..2u32, 0..2u32, 0..3u32, tally()).prop_map(|(group, route, pages, tally)| {
            Event::VerifyPassed { group, route, pages, tally }
        }),
        (0..2u32, 0..2u32, tally()).prop_map(|(group, route, tally)| Event::VerifyDone {
            group,
            route,
            tally
        }),
    ]
}

/// A cutover that is given up at once.
fn given_up() -> impl Strategy<Value = Vec<Event>> {
    let bounds = Bounds { fence_by_ms: 10, budget_ms: 10, switch_ms: 10, undo_ms: 10 };
    (1..9u64).prop_map(move |term| {
        let begun = SagaEvent::Begun { group: 0, term: Term(term), bounds, way: Way::default() };
        let why = UndoReason::Stopped;
        let ended = SagaEvent::Ended { how: SagaEnd::Undone };
        [begun, SagaEvent::UndoBegun { why }, ended].map(Event::Saga).to_vec()
    })
}

/// Events one by one, and short stories that chance would hardly tell.
fn history() -> impl Strategy<Value = Vec<Event>> {
    let story = prop_oneof![
        8 => of_a_run().prop_map(|event| vec![event]),
        12 => of_a_plan().prop_map(|event| vec![event]),
        1 => given_up(),
    ];
    vec(story, 0..120).prop_map(|stories| stories.concat())
}

fn opened() -> Event {
    Event::MoveOpened { move_id: "m".into(), name: "home".into(), mover: "tree".into() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn tables_and_fold_tell_the_same(
        events in history(),
        times in vec(-5..50_000_000i64, 360),
    ) {
        let db = in_memory();
        record(&db, 1_000, &opened()).expect("the first event");
        for (event, now_ms) in events.iter().zip(&times) {
            let before = load::load(&db).expect("readable");
            if let Err(refused) = record(&db, *now_ms, event) {
                prop_assert!(matches!(refused.code, Code::Bug | Code::PlanStale), "{refused}");
                prop_assert_eq!(before, load::load(&db).expect("readable"));
            }
        }
        let told = load::load(&db).expect("readable");
        prop_assert_eq!(&View::fold(events_of(&db)).expect("legal turns"), &told);
        for plan in told.plan.iter().chain(told.other_plans.values()) {
            prop_assert_eq!(state_of(&db, plan.plan.number), word_of(plan));
        }

        let counted = |db: &Connection| -> Tally {
            let mut all = Tally::default();
            for (_, _, event) in events_of(db) {
                if let Event::BundleDone { tally, .. } | Event::VerifyPassed { tally, .. } = event {
                    all.merge(&tally);
                }
            }
            let mut select = db.prepare("SELECT tally FROM hourly").expect("our own SQL");
            let sums = select.query_map([], |row| row.get(0)).expect("readable");
            sums.for_each(|sum| all.merge(&sum.map(|Json(tally)| tally).expect("a tally")));
            all
        };
        let before = counted(&db);
        upkeep::fold_old(&db, 25_000_000).expect("folded");
        prop_assert_eq!(before, counted(&db));
        prop_assert_eq!(&load::load(&db).expect("readable"), &told);
        prop_assert_eq!(&View::fold(events_of(&db)).expect("legal turns"), &told);
    }
}

#[test]
fn nothing_comes_before_the_move_is_opened() {
    let db = in_memory();
    let refused = record(&db, 0, &Event::Paused { by: "ann".into() }).expect_err("too early");
    assert_eq!(refused.code, Code::Bug);
    record(&db, 0, &opened()).expect("first");
    assert_eq!(record(&db, 0, &opened()).expect_err("twice").code, Code::Bug);
}

#[test]
fn a_view_is_json_though_its_keys_are_pairs() {
    let db = in_memory();
    record(&db, 5, &opened()).expect("first");
    let agreed = SegmentRef { file: "a.seg".into(), hash: "00".into(), pages: 1, entries: 1 };
    let mode = Verify::Content;
    let begun = Event::VerifyBegun { group: 0, route: 1, mode, agreed, seed: None };
    record(&db, 4, &begun).expect("legal");
    let view = load::load(&db).expect("readable");
    assert_eq!((view.first_event_ms, view.last_event_ms), (5, 5), "time runs backwards");
    let json = serde_json::to_value(&view).expect("serializable");
    assert_eq!(json["verifies"]["0/1"]["pages"], 0);
}
