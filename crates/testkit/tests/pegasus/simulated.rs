//! Two clusters, a proxy and a ZooKeeper on a clock that is paused: hours pass in no time.

use std::sync::Arc;
use std::time::Duration;

use boatlift_clients::pegasus::rpc;
use boatlift_clients::pegasus::structs::{AddDuplicationRequest, DuplicationStatus};
use boatlift_clients::pegasus::structs::{CheckAndSetRequest, CheckType};
use boatlift_clients::pegasus::wire::Blob;
use boatlift_clients::pegasus::{
    Expiry, Key, Meta, NewTable, Options, PegasusError, Place, Server, Table, Writes,
};
use boatlift_testkit::fake_pegasus::{FakeCluster, Settings, Version, dialer};
use tokio::time::{Instant, sleep};

pub(crate) const DENY: &str = "replica.deny_client_request";

/// A cluster that is moved from and one that is moved to, with a table in the first.
pub(crate) struct Pair {
    pub(crate) lower: FakeCluster,
    pub(crate) upper: FakeCluster,
    pub(crate) options: Options,
    pub(crate) meta: Arc<Meta>,
}

impl Pair {
    pub(crate) fn new(lower: Settings, upper: Settings) -> Self {
        let (lower, upper) = (FakeCluster::simulated(lower), FakeCluster::simulated(upper));
        lower.knows(&upper);
        let dialer = dialer(&[&lower, &upper]);
        let options = Options { dialer, call_timeout: Duration::from_secs(5) };
        let meta = Arc::new(Meta::new(lower.metas(), &options));
        Self { lower, upper, options, meta }
    }

    pub(crate) fn as_recorded(version: Version, seed: u64) -> Self {
        let settings = |name| Settings::as_recorded(name, version, seed);
        Self::new(settings("a"), settings("b"))
    }

    pub(crate) async fn table(&self, envs: &[(&str, &str)]) -> Arc<Table> {
        let envs = envs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let table = NewTable {
            name: "orders".to_owned(),
            partitions: 4,
            replicas: 3,
            envs: envs.collect(),
        };
        self.meta.create_app(&table).await.expect("the table is made");
        let opened = Table::open(Arc::clone(&self.meta), "orders", self.options.clone()).await;
        Arc::new(opened.expect("the table is found"))
    }

    /// Adds a duplication and waits until it ships; the seconds that each status took.
    pub(crate) async fn duplicate(&self) -> (i32, Vec<(DuplicationStatus, f64)>) {
        let added = self.meta.add_duplication(&to_b("orders", true)).await.expect("added");
        let mut seen = Vec::new();
        let mut begun = Instant::now();
        let mut status = DuplicationStatus::Prepare;
        while status != DuplicationStatus::Log {
            sleep(Duration::from_millis(50)).await;
            let now = self.status().await;
            if now != status {
                seen.push((status, begun.elapsed().as_secs_f64()));
                (status, begun) = (now, Instant::now());
            }
            assert!(begun.elapsed() < Duration::from_secs(600), "stuck in {status:?}");
        }
        (added.dupid, seen)
    }

    pub(crate) async fn status(&self) -> DuplicationStatus {
        self.meta.query_duplications("orders").await.expect("duplications")[0].status
    }

    /// Unshipped mutations of all partitions, and how many partitions are shipped from.
    pub(crate) async fn backlog(&self, app_id: i32) -> (i64, usize) {
        let (mut left, mut shipping) = (0, 0);
        for endpoint in self.lower.replicas() {
            let server = Server::new(endpoint, self.options.clone());
            let backlogs = server.backlogs(app_id).await.unwrap_or_default();
            for backlog in backlogs.values().flat_map(|partitions| partitions.values()) {
                left += backlog.not_duplicated;
                shipping += usize::from(backlog.duplicating);
            }
        }
        (left, shipping)
    }

    /// Waits until writes meet with something, and tells how long that took.
    pub(crate) async fn wait_for(&self, table: &Table, partition: u32, writes: Writes) -> Duration {
        let begun = Instant::now();
        while table.probe_writes(partition, "boatlift-probe").await.ok() != Some(writes) {
            assert!(begun.elapsed() < Duration::from_secs(120), "never {writes:?}");
            sleep(Duration::from_millis(50)).await;
        }
        begun.elapsed()
    }
}

pub(crate) fn to_b(table: &str, has_checkpoint: bool) -> AddDuplicationRequest {
    AddDuplicationRequest {
        app_name: table.to_owned(),
        remote_cluster_name: "b".to_owned(),
        is_duplicating_checkpoint: Some(has_checkpoint),
        remote_app_name: None,
        remote_replica_count: None,
    }
}

pub(crate) fn key(number: u32) -> Key {
    Key::new(format!("h{number}"), "s").expect("a key")
}

/// Asks one server of a partition whether it takes writes.
pub(crate) async fn probe_at(
    pair: &Pair,
    table: &Table,
    partition: u32,
    server: usize,
) -> Option<String> {
    let server = Server::new(pair.lower.replicas()[server].clone(), pair.options.clone());
    let request = CheckAndSetRequest {
        hash_key: Blob(b"never".to_vec()),
        check_sort_key: Blob(b"never".to_vec()),
        check_type: CheckType::Exist,
        check_operand: Blob::default(),
        set_diff_sort_key: false,
        set_sort_key: Blob::default(),
        set_value: Blob::default(),
        set_expire_ts_seconds: 0,
        return_check_value: false,
    };
    let place = Place::Partition { gpid: table.gpid(partition), hash: 0 };
    let answer: Result<_, PegasusError> = server.call::<rpc::CheckAndSet>(place, &request).await;
    answer.err().and_then(|error| error.code().map(str::to_owned))
}

#[tokio::test(start_paused = true)]
async fn a_life_cycle_takes_as_long_as_it_was_seen_to_take() {
    for (version, prepare, copy) in [(Version::V2_5, 49.6, 20.3), (Version::V2_6, 49.1, 9.7)] {
        let real = std::time::Instant::now();
        let pair = Pair::as_recorded(version, 7);
        let table = pair.table(&[]).await;
        for number in 0..100 {
            table.put(&key(number), b"v", Expiry::NEVER).await.expect("written");
        }
        let (_, seen) = pair.duplicate().await;
        let [(_, first), (_, second)] = seen[..] else { panic!("{seen:?}") };
        assert!((first - prepare).abs() < 1.0 && (second - copy).abs() < 1.0, "{seen:?}");
        assert_eq!(pair.upper.rows("orders"), pair.lower.rows("orders"));
        // One more write: within two group checks on 2.5, at once on 2.6.
        sleep(Duration::from_secs(40)).await;
        table.put(&key(1000), b"v", Expiry::NEVER).await.expect("written");
        let begun = Instant::now();
        while pair.upper.rows("orders").len() < 101 {
            sleep(Duration::from_millis(10)).await;
        }
        let visible = begun.elapsed().as_secs_f64();
        match version {
            Version::V2_6 => assert!(!(0.2..=50.0).contains(&visible), "{visible}"),
            _ => assert!((10.0..20.2).contains(&visible), "{visible}"),
        }
        assert!(real.elapsed() < Duration::from_secs(60), "the clock is paused");
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_run() {
    let mut runs = Vec::new();
    for seed in [3, 3, 4] {
        let pair = Pair::as_recorded(Version::V2_6, seed);
        let table = pair.table(&[]).await;
        pair.duplicate().await;
        pair.meta.set_envs("orders", &[(DENY, "reconfig*write")]).await.expect("set");
        let mut waits = Vec::new();
        for partition in 0..4 {
            waits.push(pair.wait_for(&table, partition, Writes::Refused).await);
        }
        runs.push(waits);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
}
