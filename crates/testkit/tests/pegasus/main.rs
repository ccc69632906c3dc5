//! The fake Pegasus cluster, judged by a client that shares no code with it: pypegasus3, which
//! knows the protocol of 2.5 (it cannot read the addresses by name that 2.6 sends).

mod faults;
mod fence;
mod life;
mod progress;
mod proxies;
mod simulated;

use std::process::Command;

use boatlift_testkit::fake_pegasus::{FakeCluster, Settings, Version};
use boatlift_testkit::services::cache;

use boatlift_clients::pegasus::{Meta, NewTable, Options};
use boatlift_clients::wire::Endpoint;

/// Runs the script beside this file against meta servers; whether it ended well, and what it
/// printed.
async fn drive(metas: &[Endpoint]) -> (bool, String) {
    let metas: Vec<String> = metas.iter().map(ToString::to_string).collect();
    let packages = cache().expect("a cache").join("tools/python-pegasus");
    assert!(packages.is_dir(), "`cargo xtask provision` fetches {}", packages.display());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pegasus/drive.py");
    let mut command = Command::new("timeout");
    command.args(["30", "python3", script]).args(metas);
    command.env("PYTHONPATH", packages).env("PYTHONDONTWRITEBYTECODE", "1");
    command.current_dir(std::env::temp_dir());
    let ended = tokio::task::spawn_blocking(move || command.output()).await.expect("joined");
    let output = ended.expect("python3 runs");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

async fn with_table(version: Version) -> FakeCluster {
    let cluster = FakeCluster::start(Settings::new("a", version)).await;
    let meta = Meta::new(cluster.metas(), &Options::default());
    let table = NewTable { name: "orders".to_owned(), partitions: 4, replicas: 3, envs: [].into() };
    meta.create_app(&table).await.expect("the table is made");
    cluster
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_client_reads_and_writes() {
    let cluster = with_table(Version::V2_5).await;
    let (is_well, said) = drive(&cluster.metas()).await;
    assert!(is_well && said.contains("all is well"), "{said}");
    assert_eq!(cluster.death(), None);
    assert_eq!(cluster.rows("orders").len(), 102);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_client_cannot_read_what_2_6_sends_as_with_a_real_one() {
    let cluster = with_table(Version::V2_6).await;
    let (is_well, said) = drive(&cluster.metas()).await;
    assert!(!is_well && said.contains("invalid TType"), "{said}");
    assert!(cluster.rows("orders").is_empty());
}
