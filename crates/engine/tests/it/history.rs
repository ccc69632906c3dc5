//! A move with a history: a settled plan, an open one, receipts, and the segments that
//! both refer to. What the tests of the state directory damage, copy and compare.

use boatlift_core::event::{End, Note, Tally};
use boatlift_core::outcome::{Outcome, Proof, Receipt, encode};
use boatlift_core::phase::Turn;
use boatlift_core::plan::{Agreement, Plan, PlannedRoute, Positions, SegmentRef, Totals};
use boatlift_core::policy::Policy;
use boatlift_core::{Code, Entry, Error, Event, Key, KeyBuf, Term, Verdict};
use boatlift_engine::journal::{Journal, read_events};
use boatlift_engine::live::{Live, LiveOutcomes};
use boatlift_engine::segment::SegmentWriter;
use boatlift_engine::state::StateDir;
use std::path::Path;
use tempfile::TempDir;

/// A state directory that is removed with this value.
pub(crate) struct History {
    pub(crate) _base: TempDir,
    pub(crate) state: StateDir,
}

/// The state of a move named `name` that was interrupted in its second plan.
pub(crate) fn history(name: &str) -> History {
    let base = tempfile::tempdir().expect("a temporary directory");
    let state = StateDir::create_or_open(&base.path().join(name)).expect("created");
    std::fs::write(state.move_file_path(), format!("name: {name}\n")).expect("written");
    let journal = Journal::open(&state.journal_path()).expect("opened");
    let live = Live::open(&state.live_path()).expect("opened");
    events(&state, name).into_iter().for_each(|event| journal.record(event));
    journal.sync().expect("legal events");
    live.put(&[outcomes(2, 0), outcomes(2, 1)]).expect("stored");
    History { _base: base, state }
}

/// The events of that move; its segments are written on the way.
pub(crate) fn events(state: &StateDir, name: &str) -> Vec<Event> {
    let turned = |turn| Event::Turned { group: 0, turn };
    let difference = segment(state, "difference", name, 3);
    let agreed = segment(state, "agreed", name, 2);
    let next = segment(state, "difference", &format!("{name}-later"), 2);
    let tally = tally();
    vec![
        Event::MoveOpened { move_id: name.into(), name: name.into(), mover: "tree".into() },
        run(1),
        turned(Turn::Begin),
        turned(Turn::Checked),
        Event::PlanMade { plan: plan(1, difference) },
        turned(Turn::PlanMade),
        turned(Turn::CopyBegun),
        Event::StageBegun { plan: 1, route: 0, stage: 0 },
        Event::BundleDone { plan: 1, route: 0, stage: 0, bundle: 0, tally: tally.clone() },
        Event::Noted(note()),
        Event::StageDone { plan: 1, route: 0, stage: 0, tally: tally.clone() },
        turned(Turn::CopyEnded),
        Event::Settled { plan: 1, group: 0, route: 0, agreed: agreement(agreed) },
        turned(Turn::Verified),
        Event::RunEnded { end: End::Differences, error: None },
        run(2),
        turned(Turn::Begin),
        turned(Turn::Checked),
        Event::PlanMade { plan: plan(2, next) },
        turned(Turn::PlanMade),
        turned(Turn::CopyBegun),
        Event::StageBegun { plan: 2, route: 0, stage: 0 },
        Event::BundleDone { plan: 2, route: 0, stage: 0, bundle: 0, tally },
        Event::Noted(Note { plan: 2, ..note() }),
        Event::SkipAsked {
            key: KeyBuf::from(&b"a\xff"[..]),
            reason: "broken".into(),
            by: "ann".into(),
        },
        Event::RunEnded { end: End::Interrupted, error: None },
    ]
}

/// Every event of a state directory, with number and time.
pub(crate) fn recorded(state: &StateDir) -> boatlift_core::Result<Vec<(u64, i64, Event)>> {
    let mut all = Vec::new();
    read_events(&state.journal_path(), 0, &mut |seq, at_ms, event| {
        all.push((seq, at_ms, event));
        Ok(())
    })?;
    Ok(all)
}

/// A segment of `pages` pages, with two keys in each.
pub(crate) fn segment(state: &StateDir, kind: &str, name: &str, pages: u32) -> SegmentRef {
    write_segment(&state.segments_path(), kind, name, pages)
}

pub(crate) fn write_segment(directory: &Path, kind: &str, name: &str, pages: u32) -> SegmentRef {
    let mut writer = SegmentWriter::create(directory, kind).expect("created");
    for page in 0..pages {
        for file in ["a", "b"] {
            let key = format!("{name}/{page:04}/{file}");
            writer.push(&Entry::new(Key::new(key.as_bytes()))).expect("pushed");
        }
        writer.cut().expect("written");
    }
    writer.finish().expect("finished")
}

fn run(term: u64) -> Event {
    Event::RunBegun { term: Term(term), pid: 4, host: "here".into(), version: "0.1.0".into() }
}

fn plan(number: u64, difference: SegmentRef) -> Plan {
    let totals = Totals::default();
    Plan {
        number,
        group: 0,
        term: Term(number),
        policy: Policy::default(),
        routes: vec![PlannedRoute {
            route: 0,
            difference,
            totals,
            holes: 0,
            positions: Positions::default(),
        }],
        held: Vec::new(),
    }
}

fn agreement(segment: SegmentRef) -> Agreement {
    Agreement {
        segment,
        lower_device: "8:1".into(),
        upper_device: "8:2".into(),
        positions: Positions::default(),
    }
}

fn tally() -> Tally {
    let mut tally = Tally::default();
    tally.add(&Outcome::Done(Receipt { bytes: 4096, ..Receipt::of(Proof::Carried) }));
    tally
}

fn note() -> Note {
    Note {
        plan: 1,
        route: 0,
        key: KeyBuf::from(&b"new\nline"[..]),
        verdict: Verdict::Added,
        stage: "contents".into(),
        state: "failed".into(),
        attempts: 3,
        reason: None,
        error: Some(Error::new(Code::Denied, "cannot open").on("new\\nline").because("denied")),
    }
}

fn outcomes(plan: u64, page: u32) -> LiveOutcomes {
    let outcomes = encode(&[(0, Outcome::Done(Receipt::of(Proof::Carried)))]);
    LiveOutcomes { plan, route: 0, stage: 0, page, outcomes }
}
