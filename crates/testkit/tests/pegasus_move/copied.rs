//! Tables that are copied, because they cannot be duplicated: into another number of partitions.

use crate::clients::Clients;
use crate::scene::{Ran, Scene, TABLE};
use boatlift_clients::pegasus::{Expiry, Key, Meta, NewTable, Options, ScanFrom, ScanOptions};
use boatlift_testkit::fake_pegasus::{FakeCluster, Version};
use std::collections::BTreeMap;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The part of the move file, with `more` keys of the copy.
fn copying(more: &str) -> String {
    format!("mode: copy\ncopy: {{upper-partitions: 6{more}}}\n")
}

/// Rows of a cluster: values and expiries by keys.
fn rows(scene: &Scene, cluster: &FakeCluster) -> BTreeMap<Vec<u8>, (Vec<u8>, Expiry)> {
    let table = Arc::new(scene.table(cluster));
    scene.runtime.block_on(async {
        let mut all = BTreeMap::new();
        for partition in 0..table.partitions() {
            let scan = table.scan(partition, ScanFrom::Start, ScanOptions::default());
            let mut scan = scan.expect("a primary");
            while let Some(rows) = scan.next().await.expect("rows") {
                all.extend(rows.into_iter().map(|row| (row.key, (row.value, row.expiry))));
            }
        }
        all
    })
}

/// Writes on a cluster that go into no history: a row with an expiry, several of one hash key, one
/// without a hash key; and a row is removed.
fn write_all_kinds(scene: &Scene) {
    let table = scene.table(&scene.lower);
    scene.runtime.block_on(async {
        let key = |hash: &str, sort: &str| Key::new(hash.as_bytes(), sort.as_bytes()).expect("key");
        let later = Expiry::from_wire(i32::MAX);
        table.put(&key("expires", "one"), b"day", later).await.expect("put");
        let many: Vec<_> = (0..150).map(|n| (format!("{n:03}").into_bytes(), vec![n; 9])).collect();
        table.multi_put(b"many", &many, Expiry::NEVER).await.expect("put");
        table.put(&key("", "sorted"), b"alone", Expiry::NEVER).await.expect("put");
        table.remove(&key("old-7", "")).await.expect("removed");
    });
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what} does not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn start(scene: &Scene, arguments: &[&str]) -> Child {
    let mut command = scene.boatlift(arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("boatlift starts")
}

/// Decrees that UPPER used.
fn decrees(scene: &Scene) -> i64 {
    scene.upper.decrees(TABLE)
}

#[test]
fn a_table_moves_into_another_number_of_partitions_while_its_clients_write() {
    let scene = Scene::new(Version::V2_5);
    scene.move_file(true, &copying(""));
    let clients = Clients::start(&scene);
    let ran = scene.run(&["run", "boatlift.yaml"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said);
    // What is written and removed after the copy is found behind the fence.
    write_all_kinds(&scene);
    let ready = scene.run(&["cutover", "boatlift.yaml", "--dry-run"]);
    assert_eq!(ready.code, Some(0), "{}", ready.said);
    assert!(ready.said.contains("what a copy cannot do is known"), "{}", ready.said);
    assert!(ready.said.contains("refuses writes while every row"), "{}", ready.said);

    let ran = scene.run(&["cutover", "boatlift.yaml"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said);
    assert_eq!(scene.leads_to(), "new");
    std::thread::sleep(Duration::from_millis(300));
    let written = clients.end(&scene);
    assert_eq!(written.missing(&scene.upper.rows(TABLE)), [""; 0]);
    let (lower, upper) = (scene.lower.rows(TABLE), rows(&scene, &scene.upper));
    assert_eq!(scene.table(&scene.upper).partitions(), 6);
    // The clients go on writing theirs.
    let is_theirs = |key: &[u8]| key.windows(6).any(|part| part == b"client");
    for (key, value) in lower.iter().filter(|(key, _)| !is_theirs(key)) {
        let there = upper.get(key).map(|(value, _)| value);
        assert_eq!(there, Some(value), "{}", key.escape_ascii());
    }
    let expires = Key::new(b"expires".to_vec(), b"one".to_vec()).expect("a key").to_blob().0;
    assert_eq!(upper[&expires].1, Expiry::from_wire(i32::MAX));
    let removed = Key::new(b"old-7".to_vec(), b"".to_vec()).expect("a key").to_blob().0;
    assert!(!upper.contains_key(&removed));
    assert!(!scene.lower_takes_writes() && scene.takes_writes(&scene.upper));
    assert_eq!((scene.lower.death(), scene.upper.death()), (None, None));
}

#[test]
fn a_copy_that_is_killed_goes_on_where_it_was() {
    let scene = Scene::new(Version::V2_6);
    scene.move_file(true, &copying(", rows-per-second: 40"));
    let mut run = start(&scene, &["run", "boatlift.yaml"]);
    wait_until("half of the rows", || scene.upper.rows(TABLE).len() >= 100);
    run.kill().expect("killed");
    run.wait().expect("it is over");
    let before = decrees(&scene);
    assert!((100..200).contains(&before), "{before} rows were written");
    scene.move_file(true, &copying(""));
    let ran = scene.run(&["run", "boatlift.yaml"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said);
    assert_eq!(rows(&scene, &scene.upper), rows(&scene, &scene.lower));
    // A batch of each class may have been under way.
    assert!(decrees(&scene) <= 200 + 80, "{} decrees for 200 rows", decrees(&scene));
    let same = scene.run(&["verify", "boatlift.yaml", "--mode", "content"]);
    assert_eq!(same.code, Some(0), "{}", same.said);
    let table = scene.table(&scene.upper);
    let key = Key::new(b"old-3".to_vec(), b"".to_vec()).expect("a key");
    scene.runtime.block_on(table.put(&key, b"spoilt", Expiry::NEVER)).expect("put");
    let found = scene.run(&["verify", "boatlift.yaml", "--mode", "content"]);
    assert_eq!(found.code, Some(1), "{}", found.said);
}

#[test]
fn a_freeze_that_is_killed_or_too_long_is_lifted() {
    let scene = Scene::new(Version::V2_6);
    scene.move_file(true, &copying(""));
    assert_eq!(scene.run(&["run", "boatlift.yaml"]).code, Some(0));
    let once = ["cutover", "boatlift.yaml", "--attempts", "1", "--prepare", "5s"];
    let mut cutover = start(&scene, &once);
    wait_until("the fence", || !scene.lower_takes_writes());
    cutover.kill().expect("killed");
    cutover.wait().expect("it is over");
    assert!(!scene.lower_takes_writes());
    let ended = scene.run(&["run", "boatlift.yaml"]);
    assert!(scene.lower_takes_writes(), "{}", ended.said);
    assert_eq!(scene.leads_to(), "old");

    // Too long: what UPPER lost meanwhile takes a minute to write.
    (0..60).for_each(|number| scene.put(&format!("late-{number}"), b"late"));
    scene.move_file(true, &copying(""));
    assert_eq!(scene.run(&["run", "boatlift.yaml"]).code, Some(0));
    let upper = scene.table(&scene.upper);
    for number in 0..60 {
        let key = Key::new(format!("late-{number}").into_bytes(), b"".to_vec()).expect("a key");
        scene.runtime.block_on(upper.remove(&key)).expect("removed");
    }
    scene.move_file(true, &copying(", rows-per-second: 1, max-freeze: 11s"));
    let undone = scene.run(&once);
    assert_ne!(undone.code, Some(0), "{}", undone.said);
    assert!(undone.said.contains("undone"), "{}", undone.said);
    assert!(scene.lower_takes_writes());
    assert_eq!(scene.leads_to(), "old");

    scene.move_file(true, &copying(""));
    let ran = scene.run(&once);
    assert_eq!(ran.code, Some(0), "{}", ran.said);
    assert_eq!(scene.upper.rows(TABLE), scene.lower.rows(TABLE));
}

/// Such a server refuses writes in the words of a fence.
#[test]
fn a_server_that_is_not_the_primary_any_more_is_no_fence() {
    let scene = Scene::tuned(Version::V2_6, |settings| {
        settings.config_sync = Duration::from_secs(2);
    });
    scene.move_file(true, &copying(""));
    assert_eq!(scene.run(&["run", "boatlift.yaml"]).code, Some(0));
    let meta = Meta::new(scene.lower.metas(), &Options::default());
    let is_denied = || {
        let table = scene.runtime.block_on(meta.table(TABLE)).expect("asked").expect("there");
        table.envs.contains_key("replica.deny_client_request")
    };
    let cutover = ["cutover", "boatlift.yaml", "--attempts=1", "--max-reject=2min"];
    let cutover = start(&scene, &cutover);
    wait_until("the fence", is_denied);
    scene.lower.depose(TABLE, 1);
    wait_until("the undo", || !is_denied());
    scene.lower.reinstate();
    let undone = Ran::from(cutover.wait_with_output().expect("it ends"));
    assert_ne!(undone.code, Some(0), "{}", undone.said);
    assert!(undone.said.contains("cannot fence"), "{}", undone.said);
    assert_eq!(scene.leads_to(), "old");
}

#[test]
fn what_stands_against_a_copy_is_told_before_anything_is_written() {
    let scene = Scene::new(Version::V2_6);
    let refused = |more: &str, words: &str| {
        scene.move_file(true, more);
        let ran: Ran = scene.run(&["run", "boatlift.yaml"]);
        assert_ne!(ran.code, Some(0), "{}", ran.said);
        assert!(ran.said.contains(words), "{words} is not in {}", ran.said);
    };
    let meta = |cluster: &FakeCluster| Meta::new(cluster.metas(), &Options::default());
    let (lower, upper) = (meta(&scene.lower), meta(&scene.upper));
    let ttl = [("default_ttl", "60")];
    scene.runtime.block_on(lower.set_envs(TABLE, &ttl)).expect("set");
    refused(&copying(""), "it has default_ttl=60");
    scene.runtime.block_on(lower.delete_envs(TABLE, &["default_ttl"])).expect("deleted");
    refused("mode: copy\ncutover: {keep-reverse: true}", "have no way back");

    let table = NewTable { name: TABLE.to_owned(), partitions: 3, replicas: 3, envs: [].into() };
    scene.runtime.block_on(upper.create_app(&table)).expect("made");
    refused(&copying(""), "it has 3 partitions on UPPER and not 6");
    let key = Key::new(b"theirs".to_vec(), b"".to_vec()).expect("a key");
    let there = scene.table(&scene.upper);
    scene.runtime.block_on(there.put(&key, b"x", Expiry::NEVER)).expect("put");
    refused("mode: copy\ncopy: {upper-partitions: 3}", "with rows that this move did not write");
    assert_eq!(scene.upper.rows(TABLE).len(), 1);
    assert!(scene.lower_takes_writes());
}
