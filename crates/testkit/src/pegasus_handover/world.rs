//! Two fake clusters, tables that are duplicated between them, and a mover.

use super::log::{Death, MemoryLog};
use crate::fake_pegasus::{FakeCluster, FakeProxy, ProxySettings, Settings, Version, dialer};
use crate::fake_zookeeper::FakeZooKeeper;
use boatlift_clients::pegasus::{Dialer, Meta, NewTable, Options};
use boatlift_clients::zookeeper::Nodes;
use boatlift_core::lane::{Pace, Step, Stopped, Turn};
use boatlift_core::outcome::Outcome;
use boatlift_core::page::{Entry, Page, PageBuilder};
use boatlift_core::saga::Way;
use boatlift_core::side::Side;
use boatlift_core::{Key, Mover, Result, Term};
use boatlift_engine::saga::{Clock, Patience, Request, Setup};
use boatlift_mover_pegasus::{Access, PegasusConfig, PegasusMover};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;

/// The first table.
pub const TABLE: &str = "orders";
/// Above the entries.
const ROOT: &str = "/proxies";
/// The longest wait of a client for an answer.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// What makes a table refuse requests.
const DENY: &str = "replica.deny_client_request";

/// Which time passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Time {
    /// None: the next timer is due at once.
    Simulated,
    /// The machine's, and servers are spoken to over sockets.
    Real,
}

/// What is handed over.
#[derive(Debug, Clone, Copy)]
pub struct Scope {
    /// Which time passes.
    pub time: Time,
    /// As which version both clusters speak.
    pub version: Version,
    /// What chance depends on.
    pub seed: u64,
    /// Tables, which are handed over together.
    pub tables: u32,
    /// Partitions of each.
    pub partitions: u32,
}

impl Scope {
    /// One table of four partitions, in simulated time.
    #[must_use]
    pub fn simulated(version: Version, seed: u64) -> Scope {
        Scope { time: Time::Simulated, version, seed, tables: 1, partitions: 4 }
    }
}

/// What a run works with.
pub struct World {
    /// Drives servers, clients and the mover.
    pub runtime: Arc<Runtime>,
    /// The cluster that has the tables.
    pub lower: FakeCluster,
    /// The cluster that gets them.
    pub upper: FakeCluster,
    /// Where entries lead clients.
    pub nodes: FakeZooKeeper,
    /// What clients ask where a table is.
    pub(super) proxy: FakeProxy,
    /// The move.
    pub config: PegasusConfig,
    /// The names of its tables.
    pub tables: Vec<String>,
    dialer: Dialer,
    scope: Scope,
    config_sync: Duration,
    begun: Instant,
}

/// Where the entry of a table is.
fn entry_of(table: &str) -> String {
    format!("{ROOT}/{table}")
}

/// An entry that leads to a cluster.
fn leading_to(name: &str, cluster: &FakeCluster) -> Vec<u8> {
    let metas = lines(cluster).join(",");
    format!(r#"{{"cluster_name": "{name}", "meta_addrs": "{metas}"}}"#).into_bytes()
}

/// The meta servers of a cluster, as a move file has them.
#[must_use]
pub fn lines(cluster: &FakeCluster) -> Vec<String> {
    cluster.metas().iter().map(ToString::to_string).collect()
}

impl World {
    /// Two clusters with the times and chances of real ones, a quick set-up, and what `tuned`
    /// changes; the first has the tables.
    ///
    /// # Panics
    /// When something cannot be set up.
    #[must_use]
    pub fn new(scope: Scope, tuned: impl Fn(&mut Settings)) -> World {
        let runtime = Arc::new(runtime(scope.time));
        let settings = |name: &str, seed: u64| {
            let mut settings = Settings::as_recorded(name, scope.version, seed).quick_set_up();
            tuned(&mut settings);
            settings
        };
        let (old, new) = (settings("old", scope.seed), settings("new", scope.seed + 1));
        let config_sync = old.config_sync;
        let (lower, upper, begun) = runtime.block_on(async {
            let (lower, upper) = match scope.time {
                Time::Simulated => (FakeCluster::simulated(old), FakeCluster::simulated(new)),
                Time::Real => (FakeCluster::start(old).await, FakeCluster::start(new).await),
            };
            lower.knows(&upper);
            (lower, upper, Instant::now())
        });
        let dialer = match scope.time {
            Time::Simulated => dialer(&[&lower, &upper]),
            Time::Real => Dialer::tcp(),
        };
        let numbered = (1..scope.tables).map(|number| format!("{TABLE}-{number}"));
        let tables: Vec<String> = std::iter::once(TABLE.to_owned()).chain(numbered).collect();
        let nodes = FakeZooKeeper::default();
        let options = Options { dialer: dialer.clone(), call_timeout: CALL_TIMEOUT };
        let settings = ProxySettings {
            nodes: Arc::new(nodes.clone()),
            root: ROOT.to_owned(),
            capacity: tables.len(),
            options,
        };
        let (proxy, dialer) = match scope.time {
            Time::Simulated => {
                let proxy = FakeProxy::simulated(settings);
                let dialer = proxy.through(dialer);
                (proxy, dialer)
            }
            Time::Real => (runtime.block_on(FakeProxy::start(settings)), dialer),
        };
        let config = serde_json::json!({
            "lower": {"metas": lines(&lower)},
            "upper": {"metas": lines(&upper)},
            "tables": tables,
            "authority": {
                "zookeeper": ["127.0.0.1:1"],
                "root": ROOT,
                "proxies": [proxy.endpoint().to_string()],
            },
        });
        let config = serde_json::from_value(config).expect("a configuration");
        let world = World {
            runtime,
            lower,
            upper,
            nodes,
            proxy,
            config,
            tables,
            dialer,
            scope,
            config_sync,
            begun,
        };
        for table in &world.tables {
            world.nodes.make(&entry_of(table), &leading_to("old", &world.lower));
        }
        world.make_tables();
        world
    }

    fn make_tables(&self) {
        let meta = Meta::new(self.lower.metas(), &self.options());
        let partitions = i32::try_from(self.scope.partitions).expect("partitions");
        for name in self.tables.clone() {
            let table = NewTable { name, partitions, replicas: 3, envs: [].into() };
            self.runtime.block_on(meta.create_app(&table)).expect("the table is made");
        }
    }

    /// How servers are spoken to.
    #[must_use]
    pub fn options(&self) -> Options {
        Options { dialer: self.dialer.clone(), call_timeout: CALL_TIMEOUT }
    }

    /// A mover, as a process that starts anew has it.
    #[must_use]
    pub fn mover(&self) -> PegasusMover {
        let access = Access {
            runtime: Arc::clone(&self.runtime),
            options: self.options(),
            nodes: Some(Arc::new(self.nodes.clone())),
        };
        PegasusMover::by(access, self.config.clone(), "simulated", None)
    }

    /// A process that begins a cutover, or goes on with it; nothing comes of one that is killed.
    pub fn process<T>(
        &self,
        log: &MemoryLog,
        work: impl FnOnce(&Setup<'_>) -> Result<T>,
    ) -> Option<Result<T>> {
        let mover = self.mover();
        let setup = Setup {
            cutover: mover.cutover().expect("it hands over"),
            log,
            clock: self,
            stop: &|| false,
            patience: Patience::default(),
        };
        match catch_unwind(AssertUnwindSafe(|| work(&setup))) {
            Ok(ended) => Some(ended),
            Err(panic) if panic.is::<Death>() => None,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    /// A cutover that may refuse writes for so long.
    #[must_use]
    pub fn request(max_reject: Duration) -> Request {
        Request {
            way: Way::Upper { reverse_ms: 0 },
            group: 0,
            term: Term(1),
            prepare_ms: 60_000,
            max_reject_ms: u64::try_from(max_reject.as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// Duplicates the tables, and waits until UPPER is near.
    ///
    /// # Panics
    /// When the mover does not come so far.
    pub fn bring_in_step(&self) {
        let mover = self.mover();
        let route = &mover.groups()[0].routes[0];
        let opener = mover.opener();
        let open = |url: &str| opener.open(url).expect("a store");
        let lane = opener.lane(open(&route.lower), open(&route.upper));
        let partitions = self.tables.iter().flat_map(|table| {
            (0..self.scope.partitions).map(move |partition| format!("{table}/{partition:05}"))
        });
        for keys in [self.tables.clone(), partitions.collect()] {
            for page in pages(&keys) {
                let count = u32::try_from(page.len()).expect("a page");
                let steps: Vec<(u32, Step)> =
                    (0..count).map(|index| (index, Step::Carry)).collect();
                let turn = Turn { page: &page, steps: &steps, owners: false };
                let outcomes = lane.carry(&turn, &NoLimit);
                let done = outcomes.iter().all(|(_, outcome)| matches!(outcome, Outcome::Done(_)));
                assert!(done && outcomes.len() == steps.len(), "{outcomes:?}");
            }
        }
    }

    /// Waits until every server has looked at its tables once: a set-up that takes as long as a real
    /// one would leave time for that.
    pub fn settle(&self) {
        self.pass(self.config_sync);
    }

    /// Lets LOWER refuse requests to the first table, as its servers hear of it.
    ///
    /// # Panics
    /// When LOWER does not answer.
    pub fn deny(&self, what: &str) {
        let meta = Meta::new(self.lower.metas(), &self.options());
        self.runtime.block_on(meta.set_envs(TABLE, &[(DENY, what)])).expect("it is set");
    }

    /// What LOWER refuses, as its meta server has it; nothing when it takes writes.
    ///
    /// # Panics
    /// When LOWER does not answer.
    #[must_use]
    pub fn lower_refuses(&self) -> Option<String> {
        let meta = Meta::new(self.lower.metas(), &self.options());
        self.tables.iter().find_map(|table| {
            let table = self.runtime.block_on(meta.table(table)).expect("asked").expect("there");
            table.envs.get(DENY).cloned()
        })
    }

    /// Leads clients to UPPER, whatever is there.
    ///
    /// # Panics
    /// When an entry cannot be set.
    pub fn lead_to_upper(&self) {
        self.runtime.block_on(async {
            for table in &self.tables {
                let path = entry_of(table);
                let node = self.nodes.read(&path).await.expect("read").expect("the entry");
                let entry = leading_to("new", &self.upper);
                let set = self.nodes.compare_and_set(&path, &entry, node.stat.version).await;
                set.expect("the entry is set");
            }
        });
    }

    /// Lets time pass.
    pub fn pass(&self, time: Duration) {
        self.runtime.block_on(async { tokio::time::sleep(time).await });
    }

    /// Whether all entries lead to UPPER; otherwise none does.
    ///
    /// # Panics
    /// When they lead apart.
    #[must_use]
    pub fn leads_to_upper(&self) -> bool {
        let leads = |table: &String| {
            let entry = self.nodes.bytes(&entry_of(table)).expect("the entry");
            String::from_utf8_lossy(&entry).contains(r#""new""#)
        };
        let there = self.tables.iter().filter(|table| leads(table)).count();
        assert!(there == 0 || there == self.tables.len(), "clients are led apart");
        there > 0
    }
}

fn runtime(time: Time) -> Runtime {
    let built = match time {
        Time::Simulated => Builder::new_current_thread().enable_all().start_paused(true).build(),
        Time::Real => Builder::new_multi_thread().worker_threads(2).enable_all().build(),
    };
    built.expect("a runtime")
}

fn pages(keys: &[String]) -> Vec<Page> {
    let mut pages = Vec::new();
    let mut builder = PageBuilder::new();
    for key in keys {
        builder.push(&Entry::new(Key::new(key.as_bytes())));
        if builder.is_full() {
            pages.push(builder.take());
        }
    }
    if !builder.is_empty() {
        pages.push(builder.take());
    }
    pages
}

impl Clock for World {
    fn now_ms(&self) -> u64 {
        // It is also asked from within a conversation.
        let _within = self.runtime.enter();
        let passed = self.begun.elapsed();
        1_000_000 + u64::try_from(passed.as_millis()).unwrap_or(u64::MAX)
    }

    fn pause(&self, milliseconds: u64) {
        self.pass(Duration::from_millis(milliseconds));
    }
}

struct NoLimit;

impl Pace for NoLimit {
    fn spend(&self, _: Side, _: u64, _: u64) -> std::result::Result<(), Stopped> {
        Ok(())
    }
}
