//! Manifests that name what was left out, and manifests that nobody should hold in memory.

use crate::ground::{Ground, bucket, file, get, objects, put};
use boatlift_testkit::bench::timed;
use boatlift_testkit::services::redshift::{Views, Workload};
use std::io::Write;
use std::path::Path;

/// Bytes of a long manifest, and how many of these are padding in each of its entries.
const LONG: usize = 100_000_000;
const PADDING: usize = 60_000;
/// What a run may have in memory at most, in KiB: less than two of those manifests.
const MOST_KIB: u64 = 180 << 10;

/// A COPY by the manifest `list`.
fn fill(ground: &Ground, id: i32, bucket: &str, list: &str) {
    let uri = |key: &str| format!("s3://{bucket}/{key}");
    let text = format!("copy t from '{}' iam_role default manifest", uri(list));
    let loads = vec![ground.load(id, &text, &uri(list), &[file(&uri("a"), None)])];
    ground.fill(&Workload { loads, ..Workload::default() });
}

/// Status and reason of an object in the list of clones.
fn told(ground: &Ground, source: &str) -> (String, String) {
    let lines = ground.report("copyfiles/Final_Copy_Objects.csv");
    let line = lines.iter().find(|line| line.get(0) == Some(source)).expect("a line");
    (line[5].to_owned(), line[6].to_owned())
}

#[test]
fn a_manifest_of_a_file_that_is_left_out_is_left_out_with_it_and_fails_nothing() {
    let ground = Ground::new(Views::Older);
    let [one, clones] = ["left", "left-clones"].map(bucket);
    let uri = |key: &str| format!("s3://{one}/{key}");
    put(&one, "a", "first");
    put(&one, "b", "second");
    let list =
        format!("{{\"entries\":[{{\"url\":\"{}\"}},{{\"url\":\"{}\"}}]}}", uri("a"), uri("b"));
    put(&one, "list", &list);
    fill(&ground, 1, &one, "list");
    let clone = |key: &str| get(&clones, &format!("copyfiles/{one}/{key}"));
    let move_file = ground.move_file(&format!("s3://{clones}"), "");
    let whole = std::fs::read_to_string(&move_file).expect("a move file");

    // By the filter.
    let filter = format!("policy: {{filter: [\"- /copyfiles/{one}/b\"]}}\n");
    std::fs::write(&move_file, format!("{whole}{filter}")).expect("a move file");
    let ran = ground.runs("run", &move_file, 0);
    assert_eq!((clone("a").as_deref(), clone("b"), clone("list")), (Some("first"), None, None));
    let (status, reason) = told(&ground, &uri("list"));
    let why = format!("it names {}: the filter leaves it out", uri("b"));
    assert_eq!((&*status, reason), ("left out", why), "{ran}");

    // By a person.
    std::fs::write(&move_file, &whole).expect("a move file");
    let key = format!("copyfiles/{one}/b");
    let steer = |verb: &str, more: &[&str]| {
        let path = move_file.to_str().expect("a plain path");
        let steered = ground.command(&[&[verb, path, &key], more].concat()).status();
        assert!(steered.expect("boatlift starts").success(), "{verb}");
    };
    steer("skip", &["--reason", "too secret"]);
    let ran = ground.runs("run", &move_file, 0);
    assert_eq!((clone("b"), clone("list")), (None, None), "{ran}");
    for (key, why) in [("b", "too secret"), ("list", "left it out: too secret")] {
        let (status, reason) = told(&ground, &uri(key));
        assert!(status == "left out" && reason.ends_with(why), "{key}: {status}, {reason}");
    }

    // It is wanted after all.
    steer("retry", &[]);
    let ran = ground.runs("run", &move_file, 0);
    let list = clone("list").unwrap_or_else(|| panic!("{ran}"));
    assert!(list.contains(&format!("s3://{clones}/copyfiles/{one}/b")), "{list}");
    assert_eq!(told(&ground, &uri("list")).0, "cloned");
}

/// A manifest that names `a` again and again; tells how often.
fn long_manifest(path: &Path, bucket: &str) -> usize {
    let entry = format!("{{\"url\":\"s3://{bucket}/a\",\"comment\":\"{}\"}}", "x".repeat(PADDING));
    let mut out = std::io::BufWriter::new(std::fs::File::create(path).expect("a file"));
    write!(out, "{{\"entries\":[{entry}").expect("written");
    let entries = LONG.div_ceil(entry.len());
    for _ in 1..entries {
        write!(out, ",{entry}").expect("written");
    }
    write!(out, "]}}").expect("written");
    out.flush().expect("written");
    entries
}

#[test]
fn long_manifests_are_rewritten_without_being_held() {
    let ground = Ground::new(Views::Older);
    let [one, clones] = ["long", "long-clones"].map(bucket);
    put(&one, "a", "content");
    let path = ground.top.path().join("manifest");
    let entries = long_manifest(&path, &one);
    for (id, list) in [(1, "list-1"), (2, "list-2")] {
        objects()
            .put_file(&format!("{one}/{list}"), &path)
            .unwrap_or_else(|error| panic!("{error}"));
        fill(&ground, id, &one, list);
    }
    let move_file = ground.move_file(&format!("s3://{clones}"), "");
    let run = ground.command(&["run", move_file.to_str().expect("a plain path")]);
    let taken = timed(&run, &ground.top.path().join("figures"));
    let taken = taken.unwrap_or_else(|error| panic!("{error}"));
    let peak = taken.peak_kib.expect("it is measured");
    assert!(peak < MOST_KIB, "{peak} KiB");

    let text = std::fs::read_to_string(&path).expect("a manifest");
    let [old, new] = [format!("\"s3://{one}/a\""), format!("\"s3://{clones}/copyfiles/{one}/a\"")];
    for list in ["list-1", "list-2"] {
        let clone = get(&clones, &format!("copyfiles/{one}/{list}")).expect("a clone");
        assert_eq!(clone.matches(&new).count(), entries, "{list}");
        assert!(clone == text.replace(&old, &new), "{list} is not the same but for its urls");
    }
}
