//! Two clusters, a ZooKeeper, and runs of the binary between them.

use boatlift_clients::pegasus::{Meta, NewTable, Options, Table};
use boatlift_testkit::fake_pegasus::{FakeCluster, Settings, Version};
use boatlift_testkit::services::zookeeper::ZooKeeperServer;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The table of every test.
pub(crate) const TABLE: &str = "orders";

/// The ZooKeeper of all tests, started once.
pub(crate) fn zookeeper() -> &'static ZooKeeperServer {
    static SERVER: OnceLock<ZooKeeperServer> = OnceLock::new();
    SERVER.get_or_init(|| ZooKeeperServer::start().unwrap_or_else(|error| panic!("{error}")))
}

/// What a test works with.
pub(crate) struct Scene {
    pub(crate) runtime: Runtime,
    pub(crate) lower: FakeCluster,
    pub(crate) upper: FakeCluster,
    pub(crate) top: TempDir,
}

impl Scene {
    /// Two clusters of a version, the first with a table of four partitions and some rows, and an
    /// entry that leads clients there.
    pub(crate) fn new(version: Version) -> Scene {
        Scene::with(version, 0)
    }

    /// The same; of LOWER's newest mutations one in so many sticks.
    pub(crate) fn with(version: Version, sticks_once_in: u64) -> Scene {
        Scene::tuned(version, |settings| settings.sticks_once_in = sticks_once_in)
    }

    /// The same, with other settings of LOWER's.
    pub(crate) fn tuned(version: Version, tune: impl FnOnce(&mut Settings)) -> Scene {
        let runtime = Runtime::new().expect("a runtime");
        let (lower, upper) = runtime.block_on(async {
            // Empty mutations come as seldom as on real servers of 2.6, where they cure a tail.
            let group_check = Duration::from_secs(if version == Version::V2_6 { 100 } else { 1 });
            let settings = Settings::new("old", version);
            let mut settings = Settings { group_check, ..settings };
            tune(&mut settings);
            let lower = FakeCluster::start(settings).await;
            let upper = FakeCluster::start(Settings::new("new", version)).await;
            lower.knows(&upper);
            upper.knows(&lower);
            (lower, upper)
        });
        let scene = Scene { runtime, lower, upper, top: tempfile::tempdir().expect("a directory") };
        scene.runtime.block_on(async {
            let meta = Meta::new(scene.lower.metas(), &Options::default());
            let name = TABLE.to_owned();
            let table = NewTable { name, partitions: 4, replicas: 3, envs: [].into() };
            meta.create_app(&table).await.expect("the table is made");
        });
        for number in 0..200 {
            scene.put(&format!("old-{number}"), b"before");
        }
        scene.runtime.block_on(
            zookeeper().make(&scene.entry(), scene.leading("old", &scene.lower).as_bytes()),
        );
        scene
    }

    /// The path of the table's entry: each test has a root of its own.
    pub(crate) fn entry(&self) -> String {
        format!("{}/{TABLE}", self.root())
    }

    pub(crate) fn root(&self) -> String {
        let name = self.top.path().file_name().expect("a name").to_string_lossy();
        format!("/proxies-{}", name.trim_start_matches('.'))
    }

    /// An entry that leads clients to a cluster.
    pub(crate) fn leading(&self, name: &str, cluster: &FakeCluster) -> String {
        let metas: Vec<String> = cluster.metas().iter().map(ToString::to_string).collect();
        format!(r#"{{"cluster_name": "{name}", "meta_addrs": "{}"}}"#, metas.join(","))
    }

    /// Which cluster the entry leads clients to.
    pub(crate) fn leads_to(&self) -> String {
        let (bytes, _) = self.runtime.block_on(async {
            let client = zookeeper().client().await;
            client.get_data(&self.entry()).await.expect("the entry")
        });
        let entry: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        entry["cluster_name"].as_str().expect("a name").to_owned()
    }

    /// A client of a cluster's table.
    pub(crate) fn table(&self, cluster: &FakeCluster) -> Table {
        let options = Options::default();
        let meta = Arc::new(Meta::new(cluster.metas(), &options));
        self.runtime.block_on(Table::open(meta, TABLE, options)).expect("the table")
    }

    /// Writes a row on LOWER, which must take it.
    pub(crate) fn put(&self, key: &str, value: &[u8]) {
        use boatlift_clients::pegasus::{Expiry, Key};
        let key = Key::new(key.as_bytes().to_vec(), b"".to_vec()).expect("a key");
        let table = self.table(&self.lower);
        let put = self.runtime.block_on(table.put(&key, value, Expiry::NEVER));
        put.expect("LOWER takes the write");
    }

    /// Writes the move file: `more` are further lines of the pegasus part.
    pub(crate) fn move_file(&self, authority: bool, more: &str) -> PathBuf {
        let line = |cluster: &FakeCluster| {
            cluster.metas().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        let mut text = format!(
            "move: orders\nmover: pegasus\npegasus:\n  lower: {{metas: [{}]}}\n  upper: {{metas: \
             [{}]}}\n  tables: [{TABLE}]\n",
            line(&self.lower),
            line(&self.upper)
        );
        if authority {
            let (server, root) = (zookeeper().endpoint(), self.root());
            text += &format!("  authority: {{zookeeper: ['{server}'], root: {root}}}\n");
        }
        let more = more.lines().map(|line| format!("  {line}\n")).collect::<String>();
        let path = self.top.path().join("boatlift.yaml");
        std::fs::write(&path, text + &more).expect("a file");
        path
    }

    /// `boatlift ARGUMENTS` on the move, not yet started.
    pub(crate) fn boatlift(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(arguments).current_dir(self.top.path());
        command.arg("--state-dir").arg(self.top.path().join("state"));
        command.env("HOME", self.top.path()).env_remove("BOATLIFT_FAULT");
        command.stdin(Stdio::null());
        command
    }

    /// The same, carried out: what it printed and its exit code.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.boatlift(arguments).output().expect("boatlift runs"))
    }

    /// Brings both clusters in step.
    pub(crate) fn bring_in_step(&self, more: &str) {
        self.move_file(true, more);
        let ran = self.run(&["run", "boatlift.yaml"]);
        assert_eq!(ran.code, Some(0), "{}", ran.said);
    }

    /// Whether LOWER takes writes of clients.
    pub(crate) fn lower_takes_writes(&self) -> bool {
        self.takes_writes(&self.lower)
    }

    /// Whether a cluster does.
    pub(crate) fn takes_writes(&self, cluster: &FakeCluster) -> bool {
        use boatlift_clients::pegasus::{Expiry, Key};
        let key = Key::new(b"probe".to_vec(), b"".to_vec()).expect("a key");
        let table = self.table(cluster);
        self.runtime.block_on(table.put(&key, b"x", Expiry::NEVER)).is_ok()
    }
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) said: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Ran {
        let said = [output.stdout, output.stderr].concat();
        Ran { code: output.status.code(), said: String::from_utf8_lossy(&said).into_owned() }
    }
}

fn binary() -> PathBuf {
    if let Some(binary) = std::env::var_os("BOATLIFT_BIN") {
        return binary.into();
    }
    let test = std::env::current_exe().expect("the test's own path");
    let folder = test.ancestors().nth(2).expect("the build's folder");
    folder.join("boatlift")
}
