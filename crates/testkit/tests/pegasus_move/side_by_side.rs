//! Tables that are carried at the same time, and settings of servers that hold meanwhile.

use crate::scene::{Scene, zookeeper};
use boatlift_clients::pegasus::structs::DuplicationStatus;
use boatlift_clients::pegasus::{Meta, NewTable, Options, Server};
use boatlift_testkit::fake_pegasus::{FakeCluster, Version};
use std::process::{Child, Stdio};
use std::time::Duration;

const TABLES: [&str; 4] = ["orders", "items", "users", "visits"];

/// A scene of four tables, carried slowly.
fn four_tables(more: &str) -> Scene {
    let scene = Scene::tuned(Version::V2_6, |settings| {
        settings.prepare = Duration::from_millis(500);
    });
    scene.runtime.block_on(async {
        let meta = Meta::new(scene.lower.metas(), &Options::default());
        let leading = scene.leading("old", &scene.lower);
        for name in &TABLES[1..] {
            let name = (*name).to_owned();
            zookeeper().make(&format!("{}/{name}", scene.root()), leading.as_bytes()).await;
            let table = NewTable { name, partitions: 2, replicas: 3, envs: [].into() };
            meta.create_app(&table).await.expect("the table is made");
        }
    });
    let path = scene.move_file(true, more);
    let text = std::fs::read_to_string(&path).expect("the file");
    let text = text.replace("[orders]", &format!("[{}]", TABLES.join(", ")));
    std::fs::write(&path, text).expect("written");
    scene
}

fn run(scene: &Scene) -> Child {
    let mut run = scene.boatlift(&["run", "boatlift.yaml"]);
    run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("boatlift starts")
}

/// Duplications that do not ship yet.
fn under_way(scene: &Scene) -> usize {
    scene.runtime.block_on(async {
        let meta = Meta::new(scene.lower.metas(), &Options::default());
        let mut under_way = 0;
        for table in TABLES {
            let entries = meta.query_duplications(table).await.expect("asked");
            let open = entries.iter().filter(|entry| entry.status != DuplicationStatus::Log);
            under_way += open.count();
        }
        under_way
    })
}

#[test]
fn no_more_tables_are_carried_at_once_than_the_move_file_says() {
    for limit in [1, 2] {
        let scene = four_tables(&format!("duplication: {{parallel-tables: {limit}}}"));
        let (mut run, mut most) = (run(&scene), 0);
        let code = loop {
            most = most.max(under_way(&scene));
            if let Some(status) = run.try_wait().expect("asked") {
                break status.code();
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        assert_eq!((code, most), (Some(0), limit));
    }
}

/// A setting of every server of a cluster.
fn settings(scene: &Scene, cluster: &FakeCluster, flag: &str) -> Vec<String> {
    let servers = cluster.replicas().into_iter().map(|at| Server::new(at, Options::default()));
    let told = servers.map(|server| scene.runtime.block_on(server.flag(flag)).expect("told").value);
    told.collect()
}

#[test]
fn settings_of_servers_hold_while_tables_are_carried_and_go_back() {
    const RATE: &str = "max_copy_rate_megabytes_per_disk";
    const BATCH: &str = "duplicate_log_batch_bytes";
    let more = "duplication: {parallel-tables: 1, copy-rate-megabytes: 50, ship-batch-bytes: 8192}";
    let scene = four_tables(more);
    let server = Server::new(scene.upper.replicas()[1].clone(), Options::default());
    scene.runtime.block_on(server.update_flag(RATE, "70")).expect("set");
    let rates = || settings(&scene, &scene.upper, RATE);
    let batches = || settings(&scene, &scene.lower, BATCH);
    let mut first = run(&scene);
    while rates() != ["50"; 3] || batches() != ["8192"; 3] {
        assert!(first.try_wait().expect("asked").is_none(), "they never held");
        std::thread::sleep(Duration::from_millis(10));
    }
    first.kill().and_then(|()| first.wait()).expect("killed");
    assert_eq!(rates(), ["50"; 3]);
    // The next start knows what they were before the first.
    let ran = scene.run(&["run", "boatlift.yaml"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said);
    assert_eq!(
        (rates(), batches()),
        (["0", "70", "0"].map(str::to_owned).to_vec(), vec!["4096".to_owned(); 3])
    );
}
