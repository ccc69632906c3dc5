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

#[test]
fn a_killed_verification_goes_on_where_it_was() {
    const EACH: u64 = 60_000;
    let scene = Scene::new(Version::V2_6);
    scene.bring_in_step("");
    scene.lower.generate(TABLE, EACH);
    scene.upper.generate(TABLE, EACH);
    let mut verify = scene.boatlift(&["verify", "boatlift.yaml"]);
    let mut verify = verify.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("begun");
    let compared = scene.top.path().join("state/compared");
    let begun = Instant::now();
    while compared.read_dir().map_or(0, Iterator::count) < 4 {
        assert!(begun.elapsed() < Duration::from_secs(120), "no partition was noted");
        std::thread::sleep(Duration::from_millis(5));
    }
    verify.kill().expect("killed");
    verify.wait().expect("gone");
    let before = scene.lower.generated(TABLE);
    assert!(before < 4 * EACH, "{before} rows: nothing was left to go on with");
    let ran = scene.run(&["verify", "boatlift.yaml"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said);
    let again = scene.lower.generated(TABLE) - before;
    // What was noted of each partition is not read again, but for a batch.
    assert!(again <= 4 * (EACH - 10_000), "{again} rows were read again, {before} before");
}
