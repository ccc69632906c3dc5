//! What stands against a cutover of a table that is in step, and when one begins by itself.

use crate::scene::{Ran, Scene, TABLE, zookeeper};
use boatlift_clients::pegasus::structs::{AddDuplicationRequest, DuplicationStatus, FailMode};
use boatlift_clients::pegasus::{Meta, NewTable, Options, Server};
use boatlift_testkit::fake_pegasus::{FakeCluster, FakeProxy, ProxySettings, Settings, Version};
use jiff::{SignedDuration, Timestamp};
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

fn meta(cluster: &FakeCluster) -> Meta {
    Meta::new(cluster.metas(), &Options::default())
}

fn dupid(scene: &Scene) -> i32 {
    let entries = scene.runtime.block_on(meta(&scene.lower).query_duplications(TABLE));
    entries.expect("asked").iter().find(|entry| entry.remote == "new").expect("one").dupid
}

/// A rehearsal that is not ready, for this reason.
fn stands_against(scene: &Scene, words: &str) {
    let ran = scene.run(&["cutover", "boatlift.yaml", "--dry-run"]);
    assert_eq!(ran.code, Some(1), "{words}: {}", ran.said);
    assert!(ran.said.contains(words), "{words}: {}", ran.said);
    assert!(ran.said.contains('✗'), "{}", ran.said);
}

#[test]
fn whatever_stands_against_a_cutover_is_told_before_any_fence() {
    for (version, lost) in [
        (Version::V2_5, "dup_recent_mutation_loss_count"),
        (Version::V2_6, "dup_recent_lost_mutations"),
    ] {
        let scene = Scene::new(version);
        scene.bring_in_step("");
        let (lower, id) = (meta(&scene.lower), dupid(&scene));
        let set_status = |status| {
            let set = lower.set_duplication_status(TABLE, id, status);
            scene.runtime.block_on(set).expect("set");
        };
        let set_mode =
            |mode| scene.runtime.block_on(lower.set_fail_mode(TABLE, id, mode)).expect("set");

        scene.lower.count(TABLE, lost, 2);
        stands_against(&scene, &format!("{lost} 2"));
        scene.lower.count(TABLE, lost, 0);

        set_mode(FailMode::Skip);
        stands_against(&scene, "may skip what the other side refuses");
        set_mode(FailMode::Slow);

        set_status(DuplicationStatus::Pause);
        stands_against(&scene, "was paused: start it, or remove it");
        set_status(DuplicationStatus::Log);

        // Somebody's own refusal is not ours to take back.
        let deny = [("replica.deny_client_request", "reconfig*read")];
        scene.runtime.block_on(lower.set_envs(TABLE, &deny)).expect("set");
        stands_against(&scene, "who set it?");
        let ran = scene.run(&["cutover", "boatlift.yaml"]);
        assert_ne!(ran.code, Some(0), "{}", ran.said);
        let table = scene.runtime.block_on(lower.table(TABLE)).expect("asked").expect("there");
        assert_eq!(table.envs["replica.deny_client_request"], "reconfig*read");
        scene.runtime.block_on(lower.delete_envs(TABLE, &[deny[0].0])).expect("deleted");

        set_status(DuplicationStatus::Removed);
        stands_against(&scene, "LOWER does not duplicate it");
        assert_eq!(scene.leads_to(), "old");
    }
}

#[test]
fn a_duplication_to_a_third_cluster_is_left_alone() {
    let scene = Scene::new(Version::V2_6);
    let third = scene.runtime.block_on(async {
        let third = FakeCluster::start(Settings::new("third", Version::V2_6)).await;
        scene.lower.knows(&third);
        let request = AddDuplicationRequest {
            app_name: TABLE.to_owned(),
            remote_cluster_name: "third".to_owned(),
            is_duplicating_checkpoint: Some(true),
            remote_app_name: None,
            remote_replica_count: None,
        };
        meta(&scene.lower).add_duplication(&request).await.expect("added");
        third
    });
    // Its number is the second in which it was made.
    std::thread::sleep(Duration::from_millis(1_100));
    scene.bring_in_step("");
    let ran = scene.run(&["cutover", "boatlift.yaml"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said);
    let entries = scene.runtime.block_on(meta(&scene.lower).query_duplications(TABLE));
    let remotes: Vec<String> =
        entries.expect("asked").into_iter().map(|entry| entry.remote).collect();
    assert_eq!(remotes, ["third"]);
    drop(third);
}

#[test]
fn replicas_that_2_5_cannot_give_upper_are_refused() {
    let scene = Scene::new(Version::V2_5);
    scene.move_file(true, "duplication: {upper-replicas: 2}");
    let ran = scene.run(&["run", "boatlift.yaml"]);
    assert_ne!(ran.code, Some(0), "{}", ran.said);
    assert!(ran.said.contains("heeds `duplication.upper-replicas` from 2.6 on"), "{}", ran.said);

    let meta = meta(&scene.lower);
    let single =
        NewTable { name: "single".to_owned(), partitions: 2, replicas: 1, envs: [].into() };
    scene.runtime.block_on(meta.create_app(&single)).expect("made");
    let path = scene.move_file(false, "");
    let text = std::fs::read_to_string(&path).expect("the file").replace("[orders]", "[single]");
    std::fs::write(&path, text).expect("written");
    let ran = scene.run(&["run", "boatlift.yaml"]);
    assert_ne!(ran.code, Some(0), "{}", ran.said);
    assert!(ran.said.contains("would wait for a second one for ever"), "{}", ran.said);
}

#[test]
fn what_servers_of_2_6_say_of_their_config_sync_is_counted() {
    let scene = Scene::tuned(Version::V2_6, |settings| {
        settings.config_sync = Duration::from_secs(5);
    });
    scene.bring_in_step("");
    for endpoint in scene.lower.replicas() {
        let server = Server::new(endpoint, Options::default());
        let told = server.update_flag("config_sync_interval_ms", "300");
        scene.runtime.block_on(told).expect("it says yes");
    }
    let ran = scene.run(&["cutover", "boatlift.yaml", "--dry-run"]);
    assert!(ran.said.contains("which 2.6 only heeds when it starts"), "{}", ran.said);
    assert!(ran.said.contains("up to 30.0 s until every server refuses"), "{}", ran.said);
    assert!(ran.said.contains("`[replication] config_sync_interval_ms = 1000`"), "{}", ran.said);
    assert_eq!(ran.code, Some(1), "30 s are not kept so: {}", ran.said);
}

#[test]
fn a_run_hands_over_as_soon_as_nothing_stands_against_it() {
    let scene = Scene::new(Version::V2_6);
    // A proxy of another root knows nothing of the table, until somebody makes its entry.
    let root = format!("{}-late", scene.root());
    let (proxy, entry) = scene.runtime.block_on(async {
        let nodes = Arc::new(zookeeper().client().await);
        let settings =
            ProxySettings { nodes, root: root.clone(), capacity: 8, options: Options::default() };
        (FakeProxy::start(settings).await, format!("{root}/{TABLE}"))
    });
    let authority = format!("root: {}", scene.root());
    let path = scene.move_file(true, "");
    let text = std::fs::read_to_string(&path).expect("the file");
    let text = text.replace(&authority, &format!("{authority}, proxies: ['{}']", proxy.endpoint()))
        + "follow: 200ms\n";
    std::fs::write(&path, text).expect("written");
    let mut run = scene
        .boatlift(&["run", "boatlift.yaml", "--cutover", "auto"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("boatlift starts");
    let mut talk = BufReader::new(run.stderr.take().expect("a pipe")).lines();
    let waits = |line: &String| line.contains("the cutover waits: the meta-proxy");
    assert!(talk.by_ref().map_while(Result::ok).any(|line| waits(&line)), "it waits for nothing");
    assert_eq!((scene.leads_to().as_str(), scene.upper.rows(TABLE).len()), ("old", 200));
    scene.runtime.block_on(zookeeper().make(&entry, scene.leading("old", &scene.lower).as_bytes()));
    while scene.leads_to() == "old" {
        std::thread::sleep(Duration::from_millis(20));
    }
    scene.runtime.block_on(async {
        let client = zookeeper().client().await;
        let leading = scene.leading("new", &scene.upper);
        client.set_data(&entry, leading.as_bytes(), None).await.expect("set");
    });
    let ran = Ran::from(run.wait_with_output().expect("it ends"));
    assert_eq!(ran.code, Some(0), "{}", ran.said);
    assert!(ran.said.contains("done: users follow UPPER"), "{}", ran.said);
}

#[test]
fn a_run_hands_over_at_its_time_or_says_why_not() {
    let scene = Scene::new(Version::V2_6);
    scene.bring_in_step("");
    let at = |when: Timestamp| format!("at={when}");
    let soon = || at(Timestamp::now() + SignedDuration::from_secs(2));
    for (when, words) in [
        ("at=2126-01-01T03:00:00".to_owned(), "is no time with its zone"),
        (at(Timestamp::now() - SignedDuration::from_secs(5)), "that has passed"),
        ("later".to_owned(), "it is `manual`, `auto` or `at=TIME`"),
    ] {
        let ran = scene.run(&["run", "boatlift.yaml", "--cutover", &when]);
        assert_eq!(ran.code, Some(2), "{when}: {}", ran.said);
        assert!(ran.said.contains(words), "{when}: {}", ran.said);
    }
    scene.lower.count(TABLE, "dup_recent_lost_mutations", 2);
    let ran = scene.run(&["run", "boatlift.yaml", "--cutover", &soon()]);
    assert_ne!(ran.code, Some(0), "{}", ran.said);
    assert!(ran.said.contains("dup_recent_lost_mutations 2"), "{}", ran.said);
    assert_eq!(scene.leads_to(), "old");
    scene.lower.count(TABLE, "dup_recent_lost_mutations", 0);

    let ran = scene.run(&["run", "boatlift.yaml", "--cutover", &soon()]);
    assert_eq!(ran.code, Some(0), "{}", ran.said);
    assert!(ran.said.contains("the cutover waits until"), "{}", ran.said);
    assert_eq!(scene.leads_to(), "new");
}

#[test]
fn no_run_leads_clients_that_a_person_leads() {
    let scene = Scene::new(Version::V2_6);
    scene.move_file(false, "");
    let ran = scene.run(&["run", "boatlift.yaml", "--cutover", "auto"]);
    assert_eq!(ran.code, Some(2), "{}", ran.said);
    assert!(ran.said.contains("when somebody is ready"), "{}", ran.said);
    assert!(scene.upper.rows(TABLE).is_empty());
}
