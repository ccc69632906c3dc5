//! The page and the preview, from items as the engine tells them.

use super::{AddedProperties, Found, Item, Page, Preview, RunLine, StageTime, Tables};
use crate::config::Stage;
use crate::locations::Locations;
use crate::plan::{CATALOGUE, DATA, EXCHANGE};
use crate::samples;
use boatlift_core::{Key, Verdict};
use std::collections::BTreeSet;
use std::time::Duration;

const DONE: Found<'static> = Found {
    verdict: Verdict::Added,
    action: Some("carry"),
    state: "done",
    reason: None,
    bytes: None,
};

fn take(tables: &mut Tables, group: u32, key: &[u8], found: Option<Found<'_>>) {
    tables.take(&Item { group, key: Key::new(key), found });
}

fn tables() -> Tables {
    let mut tables = Tables::new(Stage::Storage, 1, BTreeSet::from([CATALOGUE, DATA, EXCHANGE]));
    let open = Found { state: "open", ..DONE };
    let failed = Found { state: "failed", reason: Some("no `|`\n<b>luck</b>"), ..DONE };
    let skipped = Found { state: "skipped", reason: Some("a transactional table"), ..DONE };
    let foreign = Found { verdict: Verdict::Foreign, action: None, state: "kept", ..DONE };
    for (key, found) in [
        (&b"sales/"[..], None),
        (b"sales/acid/", Some(skipped)),
        (b"sales/done/", Some(DONE)),
        (b"sales/done/ds=1", Some(DONE)),
        (b"sales/done/ds=2", Some(DONE)),
        (b"sales/done/ds=9", Some(Found { verdict: Verdict::Gone, ..foreign })),
        (b"sales/failed/", Some(failed)),
        (b"sales/theirs/", Some(foreign)),
        (b"sales/unchanged/", None),
        (b"sales/unchanged/ds=1", None),
        (b"sales/waits/", Some(open)),
    ] {
        take(&mut tables, CATALOGUE, key, found);
    }
    let file = Found { bytes: Some(1000), ..DONE };
    take(
        &mut tables,
        DATA,
        b"sales/done/ds=1/",
        Some(Found { action: None, state: "kept", ..DONE }),
    );
    take(&mut tables, DATA, b"sales/done/ds=1/f\xff", Some(file));
    take(&mut tables, EXCHANGE, b"sales/done/ds=1", Some(DONE));
    tables
}

#[test]
fn the_page_tells_each_table_on_one_line() {
    let tables = tables();
    let added = vec!["EXTERNAL=TRUE".to_owned(), "boatlift.move=m".to_owned()];
    let time = |group, stage: &str, took| StageTime {
        group,
        stage: stage.to_owned(),
        took: Some(Duration::from_millis(took)),
    };
    let page = Page {
        name: "m",
        stage: "STORAGE",
        version: "0.1.0",
        headline: "Nothing *certain*.",
        runs: &[RunLine {
            begun: "2026-11-20T21:00:00Z".into(),
            elapsed: Some(Duration::from_millis(61_500)),
            end: "differences".into(),
        }],
        config: "lower: {}\n",
        tables: &tables,
        added: &AddedProperties::from([("sales/done".to_owned(), added)]),
        times: &[time(0, "tables", 1500), time(0, "partitions", 500), time(1, "files", 2000)],
    };
    let mut out = Vec::new();
    page.write(&mut out).expect("written");
    assert_eq!(String::from_utf8(out).expect("text"), include_str!("golden.md"));
}

#[test]
fn a_table_whose_files_are_not_planned_is_not_done() {
    let mut tables = Tables::new(Stage::Storage, 1, BTreeSet::from([CATALOGUE]));
    take(&mut tables, CATALOGUE, b"d/t/", Some(DONE));
    let (_, found) = tables.databases().next().expect("a database");
    assert_eq!(tables.phase("d", &found["t"]).to_string(), "STARTED");
}

#[test]
fn what_could_not_be_looked_at_is_never_done() {
    let mut tables = Tables::new(Stage::Metadata, 1, BTreeSet::from([CATALOGUE]));
    for key in [&b"d/t/"[..], b"d/u/", b"e/t/", b"f/t/"] {
        take(&mut tables, CATALOGUE, key, Some(DONE));
    }
    for _ in 0..2 {
        tables.hole(Key::new(b"d/t/"), "no place");
    }
    tables.hole(Key::new(b"e/"), "denied");
    let phase = |database: &str, table: &str| {
        let (_, found) = tables.databases().find(|(name, _)| *name == database).expect("there");
        (tables.phase(database, &found[table]).to_string(), found[table].issues().len())
    };
    assert_eq!(phase("d", "t"), ("ERROR".into(), 1));
    assert_eq!(phase("d", "u"), ("SUCCESS".into(), 0));
    assert_eq!(phase("e", ""), ("ERROR".into(), 1));
    assert_eq!(phase("e", "t"), ("STARTED".into(), 0));
    assert_eq!(phase("f", "t"), ("SUCCESS".into(), 0));
    tables.hole(Key::new(b""), "away");
    let (_, found) = tables.databases().find(|(name, _)| *name == "f").expect("there");
    assert_eq!(tables.phase("f", &found["t"]).to_string(), "STARTED");
}

#[test]
fn issues_are_told_up_to_a_limit_and_then_counted() {
    let mut tables = Tables::new(Stage::Metadata, 1, BTreeSet::from([CATALOGUE]));
    for part in 0..1000 {
        let key = format!("d/t/ds={part}");
        let failed = Found { state: "failed", reason: Some("no"), ..DONE };
        take(&mut tables, CATALOGUE, key.as_bytes(), Some(failed));
    }
    let (_, found) = tables.databases().next().expect("a database");
    let issues = found["t"].issues();
    assert_eq!((issues.len(), issues[10].as_str()), (11, "and 990 more, in report.csv"));
    assert_eq!(found["t"].partitions, 1000);
}

#[test]
fn a_location_is_shown_with_its_rule_or_with_what_is_wrong() {
    let locations = Locations::new(&samples::config()).expect("locations");
    let (mut preview, mut out) = (Preview::default(), Vec::new());
    for (key, location) in [
        ("sales/a/", "/wh/a,b"),
        ("sales/b/", "hdfs://lower:8020/data/b"),
        ("sales/c/", "s3a://elsewhere/c"),
    ] {
        preview.add(&locations, key, location, &mut out).expect("written");
    }
    assert_eq!((preview.refused, preview.by_rule.values().sum()), (1, 2));
    let text = String::from_utf8(out).expect("text");
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("sales/a/,\"hdfs://lower:8020/wh/a,b\",\"hdfs://"), "{text}");
    assert!(lines[0].contains("/external/a,b"), "{text}");
    assert!(lines[2].ends_with("no rule names it\"") || lines[2].contains("no rule"), "{text}");
}
