//! Reports of told stories: what they say, and what they must never claim.

use super::story::{Carrier, HOSTILE, Story, clean, troubled};
use super::*;
use boatlift_core::KeyBuf;
use boatlift_core::event::Tally;
use boatlift_core::phase::Turn;
use std::collections::BTreeSet;

const CARRIER: Carrier = Carrier;

fn segments() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

fn report(story: &Story, segments: &Path) -> Report<'static> {
    Report::build(&story.view(), story.events.clone(), &CARRIER, segments).expect("a report")
}

fn text(report: &Report<'_>, format: Format) -> String {
    let mut out = Vec::new();
    report.write(format, &mut out).expect("written");
    String::from_utf8(out).expect("UTF-8")
}

fn goldens(name: &str, story: &Story, segments: &Path) {
    let report = report(story, segments);
    for format in Format::ALL {
        insta::assert_snapshot!(format!("{name}_{}", format.file_name()), text(&report, format));
    }
}

#[test]
fn a_clean_copy_is_told_as_it_was() {
    let segments = segments();
    goldens("clean", &clean(segments.path()), segments.path());
}

#[test]
fn a_troubled_copy_names_everything_that_is_wrong() {
    let segments = segments();
    goldens("troubled", &troubled(segments.path()), segments.path());
}

#[test]
fn the_same_state_gives_the_same_bytes() {
    let segments = segments();
    let story = troubled(segments.path());
    for format in Format::ALL {
        let (one, two) = (report(&story, segments.path()), report(&story, segments.path()));
        assert_eq!(text(&one, format), text(&two, format));
    }
}

#[test]
fn a_report_of_a_journal_is_that_of_its_events() {
    let base = segments();
    let state = StateDir::create_or_open(base.path()).expect("a state directory");
    let journal = crate::journal::Journal::open(&state.journal_path()).expect("a journal");
    for (_, _, event) in troubled(&state.segments_path()).events {
        journal.commit(event).expect("a legal event");
    }
    let view = journal.view().expect("a view");
    drop(journal);
    let mut events = Vec::new();
    read_events(&state.journal_path(), 0, &mut |number, at_ms, event| {
        events.push((number, at_ms, event));
        Ok(())
    })
    .expect("read");
    let built = Report::build(&view, events, &CARRIER, &state.segments_path()).expect("built");
    let read = Report::from_state(&state, &CARRIER).expect("read");
    read.write_to(&state.reports_path()).expect("written");
    for format in Format::AT_THE_END {
        let path = state.reports_path().join(format.file_name());
        let file = std::fs::read_to_string(path).expect("a report");
        assert_eq!(file, text(&built, format));
    }
    assert_eq!(
        std::fs::read_dir(state.reports_path()).expect("listed").count(),
        Format::AT_THE_END.len()
    );
}

#[test]
fn every_hostile_name_comes_back_from_the_csv() {
    let segments = segments();
    let csv = text(&report(&troubled(segments.path()), segments.path()), Format::Csv);
    let mut reader = ::csv::Reader::from_reader(csv.as_bytes());
    let keys: BTreeSet<Vec<u8>> = reader
        .records()
        .map(|record| KeyBuf::unescape(&record.expect("a record")[2]).expect("a key").0)
        .collect();
    for name in HOSTILE {
        assert!(keys.contains(name), "{}", KeyBuf::from(name));
    }
    assert!(keys.contains(&b"only-a-note"[..]));
}

#[test]
fn no_hostile_name_is_markup() {
    let segments = segments();
    let report = report(&troubled(segments.path()), segments.path());
    let html = text(&report, Format::Html);
    assert!(!html.contains("<script") && !html.contains("<b>"));
    assert!(!html.contains('\u{1b}'));
    let markdown = text(&report, Format::Markdown);
    assert!(!markdown.contains("\n# title") && !markdown.contains('\u{1b}'));
    for table in markdown.split("\n\n").filter(|block| block.starts_with('|')) {
        let cells = |line: &str| line.replace("\\|", "").matches('|').count();
        let head = table.lines().next().map(cells);
        assert!(table.lines().all(|line| Some(cells(line)) == head), "{table}");
    }
}

#[test]
fn nothing_is_claimed_before_it_is_proved() {
    let segments = segments();
    let whole = clean(segments.path());
    let verified = |event: &Event| matches!(event, Event::Turned { turn: Turn::Verified, .. });
    let proved = whole.events.iter().position(|(_, _, event)| verified(event)).expect("a turn");
    for length in 1..=whole.events.len() {
        let story = Story { events: whole.events[..length].to_vec() };
        let report = report(&story, segments.path());
        let claims = report.findings().headline.contains("UPPER holds everything");
        assert_eq!(report.findings().complete, claims);
        assert_eq!(claims, length > proved, "after {length} events");
    }
}

#[test]
fn only_reading_back_and_its_like_counts_as_verified_content() {
    let segments = segments();
    let mut story = clean(segments.path());
    story.events.retain(|(_, _, event)| {
        !matches!(
            event,
            Event::VerifyBegun { .. } | Event::VerifyPassed { .. } | Event::VerifyDone { .. }
        )
    });
    let report = report(&story, segments.path());
    let findings = report.findings();
    assert!(findings.complete);
    assert_eq!(findings.verified_content, 0);
    assert!(findings.headline.contains("0 read back"), "{}", findings.headline);
}

#[test]
fn an_item_without_a_note_is_not_done_where_not_all_were_noted() {
    let segments = segments();
    let mut story = clean(segments.path());
    for (_, _, event) in &mut story.events {
        if let Event::StageDone { stage: 0, tally, .. } = event {
            (tally.done, tally.failed) = (1, 2);
        }
    }
    let report = report(&story, segments.path());
    assert!(!report.findings().complete);
    assert_eq!(report.findings().attention[0].more, 2);
    let csv = text(&report, Format::Csv);
    assert!(csv.contains(",uncertain,") && !csv.contains(",done,"), "{csv}");
}

#[test]
fn a_stage_begun_again_counts_its_bundles_once() {
    let segments = segments();
    let mut story = Story { events: clean(segments.path()).events[..8].to_vec() };
    let bundle = |done| Event::BundleDone {
        plan: 1,
        route: 0,
        stage: 0,
        bundle: 0,
        tally: Tally { done, ..Tally::default() },
    };
    story = story.then(Event::StageBegun { plan: 1, route: 0, stage: 0 }).then(bundle(5));
    story = story.then(Event::StageBegun { plan: 1, route: 0, stage: 0 }).then(bundle(7));
    let report = report(&story, segments.path());
    assert_eq!(report.findings().stages[0].tally.done, 7);
    assert_eq!(report.findings().passes[0].tally.done, 7);
    assert_eq!(report.findings().stages[0].ended, None);
}

#[test]
fn a_report_whose_removals_wait_is_not_complete() {
    let segments = segments();
    let mut story = clean(segments.path());
    for (_, _, event) in &mut story.events {
        if let Event::PlanMade { plan } = event {
            plan.held = vec![boatlift_core::policy::Held::LowerEmpty];
        }
    }
    let report = report(&story, segments.path());
    assert!(!report.findings().complete);
    assert!(report.findings().headline.contains("wait for a person"));
}

/// The path of every field, with `[]` for the items of a list.
fn paths(value: &serde_json::Value, at: &str, all: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| paths(value, &format!("{at}.{name}"), all));
        }
        serde_json::Value::Array(values) => {
            values.iter().for_each(|value| paths(value, &format!("{at}[]"), all));
        }
        _ => drop(all.insert(at.to_owned())),
    }
}

#[test]
fn the_fields_of_the_json_are_a_promise_and_are_in_the_book() {
    let book = include_str!("../../../../docs/reference/report.md");
    let segments = segments();
    let mut all = BTreeSet::new();
    for story in [clean(segments.path()), troubled(segments.path())] {
        let json = text(&report(&story, segments.path()), Format::Json);
        paths(&serde_json::from_str(&json).expect("JSON"), "", &mut all);
    }
    for name in all.iter().flat_map(|path| path.split(['.', '[', ']'])) {
        assert!(name.is_empty() || book.contains(&format!("`{name}`")), "{name} is in no book");
    }
    insta::assert_snapshot!("json_fields", all.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn the_columns_of_the_csv_are_in_the_book() {
    let book = include_str!("../../../../docs/reference/report.md");
    let segments = segments();
    let csv = text(&report(&clean(segments.path()), segments.path()), Format::Csv);
    for column in csv.lines().next().expect("a head line").split(',') {
        assert!(book.contains(&format!("`{column}`")), "{column} is in no book");
    }
}
