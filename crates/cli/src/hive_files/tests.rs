//! The files of a Hive move, from what was recorded.

use super::*;
use crate::movefile::S3Sides;
use boatlift_core::Event;
use boatlift_engine::journal::View;

/// A move of a database of five tables and a view between real servers: one table was
/// transactional, and the location of one did not exist.
fn recorded() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded/hive")
}

/// The events of an export, each with its number and its time.
fn events() -> Vec<(u64, i64, Event)> {
    let text = std::fs::read_to_string(recorded().join("events.jsonl")).expect("events");
    let event = |line: &str| {
        let mut line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let fields = line.as_object_mut().expect("an object");
        let number = fields.remove("seq").and_then(|seq| seq.as_u64()).expect("a number");
        let at = fields.remove("at").expect("a time");
        let at: jiff::Timestamp = at.as_str().expect("text").parse().expect("a time");
        (number, at.as_millisecond(), serde_json::from_value(line).expect("an event"))
    };
    text.lines().map(event).collect()
}

/// A page without its configuration, to which keys are added.
fn without_config(page: &str) -> String {
    let (head, rest) = page.split_once("```yaml\n").expect("a configuration");
    let (_, tail) = rest.split_once("```\n").expect("an end");
    format!("{head}{tail}")
}

#[test]
fn a_recorded_journal_gives_the_page_it_gave() {
    let file = MoveFile::read(&recorded().join("boatlift.yaml")).expect("a move file");
    let hive = file.hive.expect("a hive part");
    let mover = hive_mover(&hive, S3Sides::default(), &file.name).expect("a mover");
    let events = events();
    let view = View::fold(events.clone()).expect("a legal history");
    let report = Report::build(&view, events, &mover, &recorded()).expect("a report");
    let added = all_added(&recorded(), AddedProperties::new(), Kept::ForNow).expect("read");
    let directory = tempfile::tempdir().expect("a directory");
    page(&hive, &report, &mover, &added, directory.path()).expect("written");
    let read = |path: PathBuf| without_config(&std::fs::read_to_string(path).expect("a page"));
    let mut shown = read(directory.path().join(PAGE));
    shown = shown.replace(concat!("Boatlift ", env!("CARGO_PKG_VERSION")), "Boatlift [VERSION]");
    assert_eq!(shown, read(recorded().join(PAGE)));
}

#[test]
fn a_file_is_written_whole_or_not_at_all() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("upper.sql");
    whole(&path, |out| put(out, "old")).expect("written");
    let failed = whole(&path, |out| {
        put(out, "half")?;
        Err(Error::new(Code::ServerUnreachable, "cannot read"))
    });
    assert_eq!(failed.expect_err("failed").code, Code::ServerUnreachable);
    assert_eq!(std::fs::read_to_string(&path).expect("there"), "old");
    assert_eq!(directory.path().read_dir().expect("listed").count(), 1);
}

#[test]
fn a_spoilt_record_of_properties_is_begun_anew() {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join(ADDED), "{").expect("written");
    let now = |key: &str| AddedProperties::from([(key.to_owned(), vec!["a=1".to_owned()])]);
    let add = |key, kept| {
        let all = all_added(directory.path(), now(key), kept).expect("read and written");
        all.into_keys().collect::<Vec<_>>()
    };
    assert_eq!(add("d/t", Kept::ForGood), ["d/t"]);
    assert_eq!(add("d/planned", Kept::ForNow), ["d/planned", "d/t"]);
    assert_eq!(add("d/u", Kept::ForGood), ["d/t", "d/u"]);
}
