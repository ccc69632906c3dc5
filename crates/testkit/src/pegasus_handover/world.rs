//! Two fake clusters in simulated time, a table that is duplicated between them, and a mover.

use boatlift_clients::pegasus::{Dialer, Meta, NewTable, Options};
use boatlift_core::lane::{Pace, Step, Stopped, Turn};
use boatlift_core::outcome::Outcome;
use boatlift_core::page::{Entry, PageBuilder};
use boatlift_core::side::Side;
use boatlift_core::{Cutover, Key, Mover, Result, SagaEvent, SagaState, Term};
use boatlift_engine::saga::{Clock, SagaLog};
use boatlift_mover_pegasus::{Access, PegasusConfig, PegasusMover};
use boatlift_testkit::fake_pegasus::{FakeCluster, Settings, Version, dialer};
use boatlift_testkit::fake_zookeeper::FakeZooKeeper;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;

pub(crate) const TABLE: &str = "orders";
pub(crate) const PARTITIONS: u32 = 4;
/// Where the entry of the table is.
pub(crate) const ENTRY: &str = "/proxies/orders";

/// What a run works with.
pub(crate) struct World {
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) lower: FakeCluster,
    pub(crate) upper: FakeCluster,
    pub(crate) nodes: FakeZooKeeper,
    pub(crate) dialer: Dialer,
    pub(crate) config: PegasusConfig,
    begun: Instant,
}

impl World {
    /// Two clusters of a version with the times and chances of real ones, a quick set-up, and what
    /// `tuned` changes.
    pub(crate) fn new(version: Version, seed: u64, tuned: impl Fn(&mut Settings)) -> World {
        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build();
        let runtime = Arc::new(runtime.expect("a runtime"));
        let settings = |name: &str, seed: u64| {
            let mut settings = Settings::as_recorded(name, version, seed).quick_set_up();
            tuned(&mut settings);
            settings
        };
        let (lower, upper, begun) = runtime.block_on(async {
            let lower = FakeCluster::simulated(settings("old", seed));
            let upper = FakeCluster::simulated(settings("new", seed + 1));
            lower.knows(&upper);
            (lower, upper, Instant::now())
        });
        let dialer = dialer(&[&lower, &upper]);
        let line = |cluster: &FakeCluster| {
            cluster.metas().iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let config = serde_json::json!({
            "lower": {"metas": line(&lower)},
            "upper": {"metas": line(&upper)},
            "tables": [TABLE],
            "authority": {"zookeeper": ["127.0.0.1:1"], "root": "/proxies"},
        });
        let config = serde_json::from_value(config).expect("a configuration");
        let nodes = FakeZooKeeper::default();
        let entry =
            format!(r#"{{"cluster_name": "old", "meta_addrs": "{}"}}"#, line(&lower).join(","));
        nodes.make(ENTRY, entry.as_bytes());
        let world = World { runtime, lower, upper, nodes, dialer, config, begun };
        let meta = Meta::new(world.lower.metas(), &world.options());
        let name = TABLE.to_owned();
        let table = NewTable { name, partitions: 4, replicas: 3, envs: [].into() };
        world.runtime.block_on(meta.create_app(&table)).expect("the table is made");
        world
    }

    pub(crate) fn options(&self) -> Options {
        Options { dialer: self.dialer.clone(), call_timeout: Duration::from_secs(10) }
    }

    /// A mover, as a process that starts anew has it.
    pub(crate) fn mover(&self) -> PegasusMover {
        let access = Access {
            runtime: Arc::clone(&self.runtime),
            options: self.options(),
            nodes: Some(Arc::new(self.nodes.clone())),
        };
        PegasusMover::by(access, self.config.clone(), "simulated", None)
    }

    /// Duplicates the table, and waits until UPPER is near.
    pub(crate) fn bring_in_step(&self) {
        let mover = self.mover();
        let route = &mover.groups()[0].routes[0];
        let opener = mover.opener();
        let open = |url: &str| opener.open(url).expect("a store");
        let lane = opener.lane(open(&route.lower), open(&route.upper));
        let mut builder = PageBuilder::new();
        let partitions = (0..PARTITIONS).map(|partition| format!("{TABLE}/{partition:05}"));
        for key in [TABLE.to_owned()].into_iter().chain(partitions) {
            builder.push(&Entry::new(Key::new(key.as_bytes())));
        }
        let page = builder.take();
        let steps: Vec<(u32, Step)> = (0..=PARTITIONS).map(|index| (index, Step::Carry)).collect();
        for steps in [&steps[..1], &steps[1..]] {
            let outcomes = lane.carry(&Turn { page: &page, steps, owners: false }, &NoLimit);
            let done = outcomes.iter().all(|(_, outcome)| matches!(outcome, Outcome::Done(_)));
            assert!(done && outcomes.len() == steps.len(), "{outcomes:?}");
        }
    }

    /// Lets LOWER refuse requests, as its servers hear of it.
    pub(crate) fn deny(&self, what: &str) {
        let meta = Meta::new(self.lower.metas(), &self.options());
        let variables = [("replica.deny_client_request", what)];
        self.runtime.block_on(meta.set_envs(TABLE, &variables)).expect("it is set");
    }

    /// What LOWER refuses, as its meta server has it; nothing when it takes writes.
    pub(crate) fn lower_refuses(&self) -> Option<String> {
        let meta = Meta::new(self.lower.metas(), &self.options());
        let table = self.runtime.block_on(meta.table(TABLE)).expect("asked").expect("there");
        table.envs.get("replica.deny_client_request").cloned()
    }

    /// Leads clients to UPPER, whatever is there.
    pub(crate) fn lead_to_upper(&self) {
        let metas: Vec<String> = self.upper.metas().iter().map(ToString::to_string).collect();
        let metas = metas.join(",");
        let entry = format!(r#"{{"cluster_name": "new", "meta_addrs": "{metas}"}}"#);
        self.nodes.make(ENTRY, entry.as_bytes());
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, time: Duration) {
        self.runtime.block_on(async { tokio::time::sleep(time).await });
    }

    /// Which cluster the entry leads to.
    pub(crate) fn leads_to_upper(&self) -> bool {
        String::from_utf8_lossy(&self.nodes.bytes(ENTRY).expect("the entry")).contains(r#""new""#)
    }
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

/// A log in memory, which outlives the process that writes it. It ends the process at an event.
#[derive(Debug, Default)]
pub(crate) struct MemoryLog {
    events: Mutex<Vec<SagaEvent>>,
    dies_at: Mutex<Option<usize>>,
}

impl MemoryLog {
    /// Ends the process at the event of this number, from 1: before it is kept, if that is odd.
    pub(crate) fn die_at(&self, event: Option<usize>) {
        *self.dies_at.lock().unwrap_or_else(PoisonError::into_inner) = event;
    }
}

impl SagaLog for MemoryLog {
    fn state(&self) -> Result<SagaState> {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let state = events.iter().try_fold(SagaState::default(), |state, event| state.after(event));
        Ok(state.expect("a legal history"))
    }

    fn commit(&self, _: Term, event: &SagaEvent) -> Result<()> {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let dies_at = *self.dies_at.lock().unwrap_or_else(PoisonError::into_inner);
        let is_last = dies_at == Some(events.len() + 1);
        if is_last && events.len().is_multiple_of(2) {
            std::panic::resume_unwind(Box::new(Death));
        }
        events.push(event.clone());
        if is_last {
            std::panic::resume_unwind(Box::new(Death));
        }
        Ok(())
    }
}

/// How a process ends here that is killed.
pub(crate) struct Death;

/// The mover's cutover.
pub(crate) fn cutover(mover: &PegasusMover) -> &dyn Cutover {
    mover.cutover().expect("it hands over")
}
