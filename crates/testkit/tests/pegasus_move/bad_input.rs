//! What stands against a move is told before anything is changed. Rows that can be mended share one
//! pair of clusters: each is broken, told of, and mended.

use crate::scene::{Scene, TABLE};
use boatlift_clients::pegasus::{Meta, NewTable, Options};
use boatlift_testkit::fake_pegasus::{FakeCluster, Security, Settings, Version};

fn meta(cluster: &FakeCluster) -> Meta {
    Meta::new(cluster.metas(), &Options::default())
}

/// The run fails with these words, and LOWER has no duplication.
fn is_refused(scene: &Scene, verb: &str, words: &str) {
    let ran = scene.run(&[verb, "boatlift.yaml"]);
    assert_ne!(ran.code, Some(0), "{}", ran.said);
    assert!(ran.said.contains(words), "{}", ran.said);
    let entries = scene.runtime.block_on(meta(&scene.lower).query_duplications(TABLE));
    assert!(entries.expect("asked").is_empty());
}

#[test]
fn a_table_of_that_name_on_upper_is_somebody_elses() {
    let scene = Scene::new(Version::V2_6);
    let table = NewTable { name: TABLE.to_owned(), partitions: 4, replicas: 3, envs: [].into() };
    scene.runtime.block_on(meta(&scene.upper).create_app(&table)).expect("made");
    scene.move_file(true, "");
    is_refused(&scene, "run", "LOWER does not feed");
}

#[test]
fn a_table_that_is_not_there() {
    let scene = Scene::new(Version::V2_6);
    let text = std::fs::read_to_string(scene.move_file(true, "")).expect("the file");
    let text = text.replace("[orders]", "[orders, oders]");
    std::fs::write(scene.top.path().join("boatlift.yaml"), text).expect("written");
    is_refused(&scene, "run", "oders on LOWER");
}

#[test]
fn a_cluster_that_lower_does_not_know() {
    let scene = Scene::new(Version::V2_6);
    let path = scene.move_file(true, "");
    let text = std::fs::read_to_string(&path).expect("the file");
    let text = text.replace("  upper: {metas:", "  upper: {name: elsewhere, metas:");
    std::fs::write(&path, text).expect("written");
    is_refused(&scene, "run", "[pegasus.clusters] elsewhere =");
}

#[test]
fn the_same_cluster_twice() {
    let scene = Scene::new(Version::V2_6);
    let path = scene.move_file(true, "");
    let text = std::fs::read_to_string(&path).expect("the file");
    let text = text.replace("  upper: {metas:", "  upper: {name: old, metas:");
    std::fs::write(&path, text).expect("written");
    is_refused(&scene, "run", "LOWER and UPPER are the same");
}

#[test]
fn a_path_without_an_entry() {
    let scene = Scene::new(Version::V2_6);
    scene.bring_in_step("");
    let path = scene.top.path().join("boatlift.yaml");
    let text = std::fs::read_to_string(&path).expect("the file");
    std::fs::write(&path, text.replace("root: /", "root: /elsewhere/")).expect("written");
    let ran = scene.run(&["cutover", "boatlift.yaml"]);
    assert_ne!(ran.code, Some(0));
    assert!(ran.said.contains("ZooKeeper has no such node"), "{}", ran.said);
    assert!(scene.lower_takes_writes());
}

/// Something that stands against a move: what brings it about, what it is told as, and what mends it.
struct Row {
    what: &'static str,
    breaks: fn(&Scene),
    words: &'static str,
    mends: fn(&Scene),
}

fn set_env(scene: &Scene, key: &str, value: &str) {
    scene.runtime.block_on(meta(&scene.lower).set_envs(TABLE, &[(key, value)])).expect("set");
}

fn delete_env(scene: &Scene, key: &str) {
    scene.runtime.block_on(meta(&scene.lower).delete_envs(TABLE, &[key])).expect("deleted");
}

fn set_entry(scene: &Scene, entry: &str) {
    scene.runtime.block_on(async {
        let client = crate::scene::zookeeper().client().await;
        client.set_data(&scene.entry(), entry.as_bytes(), None).await.expect("set");
    });
}

const DENY: &str = "replica.deny_client_request";

/// Rows of every version.
const ROWS: [Row; 9] = [
    Row {
        what: "a table that refuses its clients",
        breaks: |scene| set_env(scene, DENY, "reconfig*read"),
        words: "replica.deny_client_request is `reconfig*read`",
        mends: |scene| delete_env(scene, DENY),
    },
    Row {
        what: "a table with which servers end themselves",
        breaks: |scene| set_env(scene, "default_ttl", "86400"),
        words: "accept-default-ttl",
        mends: |scene| delete_env(scene, "default_ttl"),
    },
    Row {
        what: "data of version 0",
        breaks: |scene| scene.lower.set_data_version(TABLE, "0"),
        words: "in version 0",
        mends: |scene| scene.lower.set_data_version(TABLE, "1"),
    },
    Row {
        what: "a server that hangs",
        breaks: |scene| scene.lower.freeze(2),
        words: "is dead",
        mends: |scene| scene.lower.revive(2),
    },
    Row {
        what: "a bulk load",
        breaks: |scene| scene.lower.change_table(TABLE, |table| table.is_bulk_loading = Some(true)),
        words: "what is loaded so is never duplicated",
        mends: |scene| scene.lower.change_table(TABLE, |table| table.is_bulk_loading = Some(false)),
    },
    Row {
        what: "a split",
        breaks: |scene| scene.lower.begin_split(TABLE),
        words: "it is being split: wait for its end",
        mends: |scene| scene.lower.cancel_split(TABLE),
    },
    Row {
        what: "a backup",
        breaks: |scene| scene.lower.back_up(TABLE, true),
        words: "is under way: wait for its end",
        mends: |scene| scene.lower.back_up(TABLE, false),
    },
    Row {
        what: "an entry of another cluster",
        breaks: |scene| {
            let metas = "10.0.0.1:34601,10.0.0.2:34601";
            let entry = format!(r#"{{"cluster_name": "third", "meta_addrs": "{metas}"}}"#);
            set_entry(scene, &entry);
        },
        words: "it names the cluster `third`",
        mends: |scene| set_entry(scene, &scene.leading("old", &scene.lower)),
    },
    Row {
        what: "an entry that would end the meta-proxies",
        breaks: |scene| set_entry(scene, "{"),
        words: "leads clients to LOWER (`old`): ",
        mends: |scene| set_entry(scene, &scene.leading("old", &scene.lower)),
    },
];

fn check(scene: &Scene, row: &Row) {
    (row.breaks)(scene);
    let ran = scene.run(&["check", "boatlift.yaml"]);
    assert_ne!(ran.code, Some(0), "{}: {}", row.what, ran.said);
    assert!(ran.said.contains(row.words), "{}: {}", row.what, ran.said);
    (row.mends)(scene);
}

#[test]
fn whatever_stands_against_a_move_is_told_before_it_begins() {
    let counted = |name, words| Row {
        what: "atomic writes",
        breaks: match name {
            "incr_qps" => |scene: &Scene| scene.lower.count(TABLE, "incr_qps", 3),
            _ => |scene: &Scene| scene.lower.count(TABLE, "check_and_set_requests", 3),
        },
        words,
        mends: match name {
            "incr_qps" => |scene: &Scene| scene.lower.count(TABLE, "incr_qps", 0),
            _ => |scene: &Scene| scene.lower.count(TABLE, "check_and_set_requests", 0),
        },
    };
    for version in [Version::V2_5, Version::V2_6] {
        let scene = Scene::new(version);
        scene.move_file(true, "");
        ROWS.iter().for_each(|row| check(&scene, row));
        match version {
            Version::V2_6 => {
                check(&scene, &counted("check_and_set_requests", "check_and_set_requests 3"));
                check(
                    &scene,
                    &Row {
                        what: "a table whose probe would be a write",
                        breaks: |scene| {
                            scene.lower.change_table(TABLE, |it| it.atomic_idempotent = Some(true));
                        },
                        words: "no probe could tell",
                        mends: |scene| {
                            scene.lower.change_table(TABLE, |it| it.atomic_idempotent = None);
                        },
                    },
                );
            }
            _ => check(&scene, &counted("incr_qps", "incr_qps 3")),
        }
        let ran = scene.run(&["check", "boatlift.yaml"]);
        assert_eq!(ran.code, Some(0), "all is mended: {}", ran.said);
        let entries = scene.runtime.block_on(meta(&scene.lower).query_duplications(TABLE));
        assert!(entries.expect("asked").is_empty());
    }
}

#[test]
fn clusters_that_ask_who_asks() {
    let scene = Scene::new(Version::V2_6);
    let secured = scene.runtime.block_on(async {
        let settings = Settings::new("new", Version::V2_6);
        FakeCluster::start(Settings { security: Security::Sasl, ..settings }).await
    });
    let text = std::fs::read_to_string(scene.move_file(true, "")).expect("the file");
    let line = |cluster: &FakeCluster| {
        cluster.metas().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    let text = text.replace(&line(&scene.upper), &line(&secured));
    std::fs::write(scene.top.path().join("boatlift.yaml"), text).expect("written");
    is_refused(&scene, "check", "this client has no SASL");
}
