//! What `verify` finds when it reads the rows of both clusters.

use crate::scene::{Scene, TABLE};
use boatlift_clients::pegasus::{Expiry, Key};
use boatlift_testkit::fake_pegasus::Version;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Changes a row on UPPER behind the duplication's back.
fn spoil(scene: &Scene, key: &str, change: impl AsyncFn(&boatlift_clients::pegasus::Table, &Key)) {
    let key = Key::new(key.as_bytes().to_vec(), b"".to_vec()).expect("a key");
    let table = scene.table(&scene.upper);
    scene.runtime.block_on(change(&table, &key));
}

#[test]
fn rows_that_differ_are_found_and_listed() {
    let scene = Scene::new(Version::V2_6);
    scene.bring_in_step("");
    let same = scene.run(&["verify", "boatlift.yaml", "--mode", "content"]);
    assert_eq!(same.code, Some(0), "{}", same.said);

    for extra in ["", "m", "zzz"] {
        let key = format!("{extra}extra");
        spoil(&scene, &key, async |table, key| {
            table.put(key, b"x", Expiry::NEVER).await.expect("UPPER takes it");
        });
    }
    spoil(&scene, "old-1", async |table, key| {
        table.remove(key).await.expect("UPPER takes it");
    });
    spoil(&scene, "old-2", async |table, key| {
        table.put(key, b"another", Expiry::NEVER).await.expect("UPPER takes it");
    });
    let found = scene.run(&["verify", "boatlift.yaml", "--mode", "content"]);
    assert_ne!(found.code, Some(0), "{}", found.said);
    let lists = scene.top.path().join("state/differences").read_dir().expect("lists");
    let lists = lists.map(|list| std::fs::read_to_string(list.expect("one").path()).expect("text"));
    let all: String = lists.collect();
    for line in [
        "only on UPPER,\"extra\",\"\"",
        "only on UPPER,\"mextra\",\"\"",
        "only on UPPER,\"zzzextra\",\"\"",
        "missing on UPPER,\"old-1\",\"\"",
        "another value,\"old-2\",\"\"",
    ] {
        assert!(all.contains(line), "{line} is not in\n{all}");
    }
    assert_eq!(all.matches("UPPER,").count() + all.matches("value,").count(), 5, "{all}");
    assert!(scene.upper.rows(TABLE).len() > 200);
}

/// A sample reads all keys, and few values: a value that differs may escape it.
#[test]
fn a_sample_finds_rows_that_are_missing() {
    let scene = Scene::new(Version::V2_6);
    scene.bring_in_step("");
    let same = scene.run(&["verify", "boatlift.yaml", "--mode", "sample"]);
    assert_eq!(same.code, Some(0), "{}", same.said);
    spoil(&scene, "old-1", async |table, key| {
        table.remove(key).await.expect("UPPER takes it");
    });
    let found = scene.run(&["verify", "boatlift.yaml", "--mode", "sample"]);
    assert_ne!(found.code, Some(0), "{}", found.said);
    assert!(found.said.contains("1 of "), "{}", found.said);
}

/// A sample of a table with many rows draws more than may differ: what is drawn and is the same is
/// never counted.
#[test]
fn rows_that_a_sample_draws_do_not_count_as_differences() {
    let scene = Scene::new(Version::V2_6);
    scene.bring_in_step("");
    scene.lower.generate(TABLE, 60_000);
    scene.upper.generate(TABLE, 60_000);
    let sample = ["verify", "boatlift.yaml", "--mode", "sample"];
    kill_when_all_are_noted(&scene, &sample);
    for mark in scene.top.path().join("state/compared").read_dir().expect("marks") {
        let mark = std::fs::read(mark.expect("one").path()).expect("text");
        let mark: serde_json::Value = serde_json::from_slice(&mark).expect("JSON");
        assert!(mark["rows"].as_u64() >= Some(20_000), "{mark}");
        assert_eq!(mark["found"], serde_json::json!([]), "{mark}");
    }
    let same = scene.run(&sample);
    assert_eq!(same.code, Some(0), "{}", same.said);
    scene.upper.revalue(TABLE);
    let found = scene.run(&sample);
    assert_ne!(found.code, Some(0), "{}", found.said);
    let lists = scene.top.path().join("state/differences").read_dir().expect("lists");
    for list in lists {
        let list = std::fs::read_to_string(list.expect("one").path()).expect("text");
        let values = list.matches("another value").count();
        assert!((20..200).contains(&values), "{values} of 60 expected:\n{list}");
    }
}

/// Batches of 1,000 rows of 1 MiB do not fit into a frame, however often they are asked for.
#[test]
fn rows_too_large_for_a_batch_are_read_a_few_at_a_time() {
    let scene = Scene::tuned(Version::V2_6, |settings| settings.longest_scan = 5 << 20);
    for number in 0..24 {
        scene.put(&format!("large-{number}"), &vec![b'x'; 1 << 20]);
    }
    scene.bring_in_step("");
    scene.lower.run_out_of_time(1);
    let same = scene.run(&["verify", "boatlift.yaml", "--mode", "content"]);
    assert_eq!(same.code, Some(0), "{}", same.said);
}

/// Ends a verification in the middle, when something was noted of each partition.
fn kill_when_all_are_noted(scene: &Scene, arguments: &[&str]) {
    let mut verify = scene.boatlift(arguments);
    let mut verify = verify.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("begun");
    let compared = scene.top.path().join("state/compared");
    let is_noted = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.is_ok_and(|entry| entry.path().extension().is_some_and(|end| end == "json"))
    };
    let begun = Instant::now();
    while compared.read_dir().map_or(0, |all| all.map(is_noted).filter(|is| *is).count()) < 4 {
        assert!(begun.elapsed() < Duration::from_secs(120), "no partition was noted");
        std::thread::sleep(Duration::from_millis(5));
    }
    verify.kill().expect("killed");
    verify.wait().expect("gone");
}

#[test]
fn a_killed_verification_goes_on_where_it_was() {
    const EACH: u64 = 60_000;
    let scene = Scene::new(Version::V2_6);
    scene.bring_in_step("");
    scene.lower.generate(TABLE, EACH);
    scene.upper.generate(TABLE, EACH);
    kill_when_all_are_noted(&scene, &["verify", "boatlift.yaml"]);
    let before = scene.lower.generated(TABLE);
    assert!(before < 4 * EACH, "{before} rows: nothing was left to go on with");
    let ran = scene.run(&["verify", "boatlift.yaml"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said);
    let again = scene.lower.generated(TABLE) - before;
    // What was noted of each partition is not read again, but for a batch.
    assert!(again <= 4 * (EACH - 10_000), "{again} rows were read again, {before} before");
}
