//! Statuses of told stories, as values, as JSON and as screens.

use super::*;
use crate::journal::Journal;
use crate::report::story::{HOSTILE, Story, clean, troubled};
use boatlift_core::phase::Turn;
use boatlift_core::{Event, KeyBuf, Side};

fn segments() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

fn status(story: &Story) -> Status {
    Status::new(&story.view(), None, false)
}

/// The story up to the event that `last` picks, which is included.
fn until(story: Story, last: impl Fn(&Event) -> bool) -> Story {
    let end = story.events.iter().position(|(_, _, event)| last(event)).expect("such an event");
    Story { events: story.events[..=end].to_vec() }
}

fn copying() -> Snapshot {
    Snapshot {
        listed_lower: 50_000,
        listed_upper: 3,
        stage: Some("contents".into()),
        items_done: 18_204_551,
        items_total: 25_310_002,
        bytes_done: 67_289_114_000_000,
        bytes_total: 94_228_000_000_000,
        items_per_second: 407,
        bytes_per_second: 1_524_713_390,
        eta_seconds: Some(17_499),
        listing: false,
    }
}

fn at() -> jiff::Timestamp {
    "2026-11-20T21:04:30.5Z".parse().expect("a time")
}

#[test]
fn the_screens_of_an_idle_and_of_a_troubled_move() {
    let segments = segments();
    insta::assert_snapshot!("idle", status(&clean(segments.path())).render());
    insta::assert_snapshot!("troubled", status(&troubled(segments.path())).render());
}

#[test]
fn the_screen_of_a_running_move() {
    let segments = segments();
    let begun = until(clean(segments.path()), |event| {
        matches!(event, Event::Turned { turn: Turn::CopyBegun, .. })
    });
    let mut status = Status::new(&begun.view(), Some(copying()), true);
    insta::assert_snapshot!("running", status.render());
    assert_eq!(
        status.heartbeat(&at()),
        "2026-11-20T21:04:30Z trees contents 71.4% 61.2/85.7TiB 1.4GiB/s \
         items=18204551/25310002 eta=4h51m failing=0 state=copy"
    );
    status.progress.listing = true;
    status.progress.eta_seconds = None;
    let line = status.heartbeat(&at());
    assert!(line.contains("listed=\u{2265}50000/\u{2265}3") && !line.contains("eta="), "{line}");
    assert!(!line.contains('%'), "a share of an unknown whole: {line}");
}

#[test]
fn the_json_is_stable_and_reads_back() {
    let segments = segments();
    let status = status(&troubled(segments.path()));
    let json = serde_json::to_string_pretty(&status).expect("JSON");
    insta::assert_snapshot!("json", json);
    assert_eq!(serde_json::from_str::<Status>(&json).expect("a status"), status);
}

#[test]
fn every_field_is_in_the_book() {
    fn names(value: &serde_json::Value, all: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(fields) => fields.iter().for_each(|(name, value)| {
                all.push(name.clone());
                names(value, all);
            }),
            serde_json::Value::Array(values) => values.iter().for_each(|value| names(value, all)),
            _ => {}
        }
    }
    let book = include_str!("../../../../docs/reference/status.md");
    let segments = segments();
    let mut status = status(&troubled(segments.path()));
    status.verdicts.clear();
    let mut all = Vec::new();
    names(&serde_json::to_value(status).expect("JSON"), &mut all);
    for name in all {
        assert!(book.contains(&format!("`{name}`")), "{name} is in no book");
    }
}

#[test]
fn health_is_the_worst_that_there_is() {
    let segments = segments();
    assert_eq!(status(&clean(segments.path())).health, Health::Ok);
    let held = status(&troubled(segments.path()));
    assert_eq!(held.health, Health::Blocked);
    assert!(held.because.iter().any(|reason| reason.contains("2 items need")), "{held:?}");
    let failed = troubled(segments.path()).run_begun(3).turned(Turn::Failed);
    assert_eq!(status(&failed).health, Health::Failed);
}

#[test]
fn a_run_that_was_killed_is_not_running() {
    let segments = segments();
    let killed = until(clean(segments.path()), |event| matches!(event, Event::StageBegun { .. }));
    let status = status(&killed);
    assert!(status.died() && status.running.is_none());
    assert_eq!(status.health, Health::Degraded);
    assert_eq!(status.next.command.as_deref(), Some("boatlift run trees"));
}

#[test]
fn a_run_in_another_process_is_seen_by_its_lock() {
    let base = segments();
    let state = StateDir::create_or_open(base.path()).expect("a state directory");
    let journal = Journal::open(&state.journal_path()).expect("a journal");
    for (_, _, event) in
        until(clean(&state.segments_path()), |event| matches!(event, Event::PlanMade { .. })).events
    {
        journal.commit(event).expect("a legal event");
    }
    let lock = state.lock().expect("free");
    assert!(Status::from_state(&state).expect("a status").running.is_some());
    drop(lock);
    assert!(Status::from_state(&state).expect("a status").died());
}

#[test]
fn what_would_be_removed_is_said_beside_the_command() {
    let segments = segments();
    let held = status(&troubled(segments.path()));
    assert_eq!(held.next.command.as_deref(), Some("boatlift explain trees"));
    assert!(
        held.next.reason.contains("--approve 1` would remove 2 entries from UPPER"),
        "{held:?}"
    );
    let stopped = until(troubled(segments.path()), |event| {
        matches!(event, Event::Turned { turn: Turn::CopyBegun, .. })
    });
    let mut view = stopped.view();
    view.plan.as_mut().expect("a plan").plan.held.clear();
    let open = Status::new(&view, None, false);
    assert_eq!(open.next.command.as_deref(), Some("boatlift run trees"));
    assert!(open.next.reason.contains("removes 2 entries from UPPER"), "{:?}", open.next);
}

#[test]
fn live_counters_are_shown_as_they_are() {
    let segments = segments();
    let progress = Progress::new();
    progress.listing(true);
    progress.listed(Side::Lower, 12_345);
    let status = Status::from_view(&clean(segments.path()).view(), Some(&progress));
    assert_eq!(status.progress.listed_lower, 12_345);
    assert!(status.render().contains("LOWER \u{2265} 12,345"), "{}", status.render());
}

#[test]
fn no_key_breaks_a_line_or_steers_the_terminal() {
    let segments = segments();
    let mut status = status(&troubled(segments.path()));
    status.name = "a\nb".into();
    status.failing[0].key = KeyBuf::from(HOSTILE[4]);
    status.because.push("x\u{1b}[2J".into());
    for text in [status.render(), status.line(), status.heartbeat(&at())] {
        assert!(text.chars().all(|c| !c.is_control() || c == '\n'), "{text:?}");
    }
    assert!(!status.line().contains('\n'));
}
