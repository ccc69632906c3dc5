//! Pegasus clusters in the test's own process: meta servers, replica servers with tables in
//! memory, duplication between clusters, and HTTP, in the bytes of 2.5 and 2.6.
//!
//! They are no judge of the protocol: the recordings of real servers are. What they are for is
//! what no package of the server exists for: a move between two clusters, at any speed, and
//! with a tail that sticks. All timers are tokio's, so that a test may pause the clock; it must
//! then dial by [`dialer`] and not over TCP. All replicas of a partition share its records; they
//! differ in what they know to be decided. Balancing, splits and bulk loads are not shown here.

mod commands;
mod counters;
mod duplication;
mod generated;
mod http;
mod http_meta;
mod listen;
mod meta_calls;
mod meta_duplications;
mod meta_tables;
mod partition;
mod proxy;
mod records;
mod replica_calls;
mod scans;
mod servers;
mod settings;
mod shipping;
mod states;
mod timers;
mod world;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use boatlift_clients::pegasus::wire::{Address, HostPort};
use boatlift_clients::pegasus::{Dialer, Stream};
use boatlift_clients::wire::Endpoint;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;

pub use partition::Hold;
pub use proxy::{FakeProxy, ProxySettings};
pub use settings::{Security, Settings, Version};
use world::{Health, World};

/// A cluster; it ends when it is dropped.
#[derive(Debug)]
pub struct FakeCluster {
    shared: Arc<Shared>,
    tasks: JoinSet<()>,
}

/// What all servers of a cluster share.
#[derive(Debug)]
struct Shared {
    settings: Settings,
    metas: Vec<u16>,
    replicas: Vec<u16>,
    world: Mutex<World>,
    /// There is something to go on with.
    news: Notify,
    /// Other clusters by name.
    remotes: Mutex<BTreeMap<String, Weak<Shared>>>,
}

/// One server of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Node {
    Meta(usize),
    Replica(usize),
}

impl FakeCluster {
    /// Starts a cluster on free ports of this machine. Its tasks run in the caller's runtime.
    pub async fn start(settings: Settings) -> Self {
        let mut listeners = Vec::new();
        for _ in 0..settings.metas + settings.replicas {
            listeners.push(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port"));
        }
        let port = |listener: &TcpListener| listener.local_addr().expect("its address").port();
        let ports: Vec<u16> = listeners.iter().map(port).collect();
        let mut cluster = Self::on(&ports, settings);
        for (at, listener) in listeners.into_iter().enumerate() {
            let shared = Arc::clone(&cluster.shared);
            let node = shared.node(at);
            cluster.tasks.spawn(listen::listen(listener, shared, node));
        }
        cluster
    }

    /// Starts a cluster that only [`dialer`] finds: for a paused clock.
    #[must_use]
    pub fn simulated(settings: Settings) -> Self {
        let servers = u16::try_from(settings.metas + settings.replicas).expect("a few servers");
        let first = simulated_ports(servers);
        Self::on(&(first..first + servers).collect::<Vec<_>>(), settings)
    }

    fn on(ports: &[u16], settings: Settings) -> Self {
        let (metas, replicas) = ports.split_at(settings.metas);
        let shared = Arc::new(Shared {
            metas: metas.to_vec(),
            replicas: replicas.to_vec(),
            world: Mutex::new(World::new(&settings)),
            news: Notify::new(),
            remotes: Mutex::default(),
            settings,
        });
        let mut tasks = JoinSet::new();
        for server in 0..shared.replicas.len() {
            tasks.spawn(timers::sync_config(Arc::clone(&shared), server));
            tasks.spawn(timers::sync_duplications(Arc::clone(&shared), server));
            tasks.spawn(timers::check_groups(Arc::clone(&shared), server));
        }
        tasks.spawn(timers::go_on(Arc::clone(&shared)));
        tasks.spawn(timers::detect_failures(Arc::clone(&shared)));
        Self { shared, tasks }
    }

    /// Lets this cluster duplicate to another one.
    pub fn knows(&self, other: &FakeCluster) {
        let name = other.shared.settings.name.clone();
        self.shared.remotes().insert(name, Arc::downgrade(&other.shared));
    }

    /// Where the meta servers are.
    #[must_use]
    pub fn metas(&self) -> Vec<Endpoint> {
        self.shared.metas.iter().map(|port| Endpoint::new("127.0.0.1", *port)).collect()
    }

    /// Where the replica servers are.
    #[must_use]
    pub fn replicas(&self) -> Vec<Endpoint> {
        self.shared.replicas.iter().map(|port| Endpoint::new("127.0.0.1", *port)).collect()
    }

    /// Makes another meta server lead.
    pub fn lead_by(&self, meta: usize) {
        self.shared.world().leader = meta;
    }

    /// Moves a partition to another primary, with a higher ballot.
    pub fn move_primary(&self, table: &str, partition: usize, server: usize) {
        let mut world = self.shared.world();
        let table = world.table(table).expect("the table exists");
        let app_id = table.info.app_id;
        let others = table.partitions[partition].members.iter().copied();
        let members = std::iter::once(server).chain(others.filter(|member| *member != server));
        let members = members.collect();
        world.change_primary(app_id, partition, members, &self.shared.settings);
        drop(world);
        self.shared.news.notify_one();
    }

    /// Lets the primary of a partition be none any more, without anybody in its place.
    pub fn depose(&self, table: &str, partition: usize) {
        let mut world = self.shared.world();
        let app_id = world.table(table).expect("the table exists").info.app_id;
        world.deposed.insert((app_id, partition));
    }

    /// Takes that back for all partitions.
    pub fn reinstate(&self) {
        self.shared.world().deposed.clear();
    }

    /// The server that is the primary of a partition.
    #[must_use]
    pub fn primary(&self, table: &str, partition: usize) -> Option<usize> {
        self.shared.world().table(table)?.partitions[partition].primary()
    }

    /// Ends a replica server: its streams close when they are next used, nobody reaches it, and
    /// some time later its partitions have other primaries.
    pub fn kill(&self, server: usize) {
        self.shared.world().kill(server);
    }

    /// Starts a replica server again that was ended.
    pub fn revive(&self, server: usize) {
        self.shared.world().revive(server, &self.shared.settings);
    }

    /// Lets a replica server hang: it takes connections and requests, and says nothing.
    pub fn freeze(&self, server: usize) {
        self.shared.world().replicas[server].health = Health::Frozen;
    }

    /// Lets a meta server hang in the same way.
    pub fn freeze_meta(&self, meta: usize) {
        self.shared.world().metas[meta] = Health::Frozen;
    }

    /// Ends a meta server for good; who leads then is for [`FakeCluster::lead_by`].
    pub fn kill_meta(&self, meta: usize) {
        self.shared.world().metas[meta] = Health::Dead(Instant::now());
    }

    /// Holds the writes of a partition back, or lets them go on.
    pub fn hold(&self, table: &str, partition: usize, hold: Hold) {
        let mut world = self.shared.world();
        world.table_mut(table).expect("the table exists").partitions[partition].hold = hold;
        drop(world);
        self.shared.news.notify_one();
    }

    /// Keeps the newest mutation of a partition from being shipped until a later one comes or
    /// the duplication is paused and started again.
    pub fn stick(&self, table: &str, partition: usize) {
        let mut world = self.shared.world();
        world.table_mut(table).expect("the table exists").partitions[partition].is_stuck = true;
    }

    /// Why a server would have ended itself: a request that no client may send.
    #[must_use]
    pub fn death(&self) -> Option<String> {
        self.shared.world().death.clone()
    }

    /// How many decrees the partitions of a table have used.
    #[must_use]
    pub fn decrees(&self, table: &str) -> i64 {
        let world = self.shared.world();
        let partitions = world.table(table).into_iter().flat_map(|table| &table.partitions);
        partitions.map(|partition| partition.committed).sum()
    }

    /// Lets each partition of a table have so many rows, which are made up as they are scanned; those
    /// that it holds are not scanned any more.
    pub fn generate(&self, table: &str, rows: u64) {
        self.shared.world().table_mut(table).expect("the table exists").generated.rows = rows;
    }

    /// Lets them have other values.
    pub fn revalue(&self, table: &str) {
        self.shared.world().table_mut(table).expect("the table exists").generated.salt = 1;
    }

    /// Lets the next scans come to nothing for want of time, so many of them.
    pub fn run_out_of_time(&self, scans: u32) {
        self.shared.world().incomplete_scans = scans;
    }

    /// How many of them were scanned.
    #[must_use]
    pub fn generated(&self, table: &str) -> u64 {
        self.shared.world().table(table).map_or(0, |table| table.generated.scanned)
    }

    /// All records of a table, by key in one piece.
    #[must_use]
    pub fn rows(&self, table: &str) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let world = self.shared.world();
        let partitions = world.table(table).into_iter().flat_map(|table| &table.partitions);
        let rows = partitions.flat_map(|partition| &partition.rows);
        rows.map(|(key, row)| (key.clone(), row.value.clone())).collect()
    }
}

/// The first of so many ports that no other simulated server has. They come round again after
/// more servers than one test has.
fn simulated_ports(count: u16) -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(1);
    let mut first = NEXT.fetch_add(count, Ordering::Relaxed);
    while first == 0 || first > u16::MAX - count {
        first = NEXT.fetch_add(count, Ordering::Relaxed);
    }
    first
}

/// Streams to the servers of these clusters, without a network: a paused clock stays exact.
#[must_use]
pub fn dialer(clusters: &[&FakeCluster]) -> Dialer {
    let clusters: Vec<_> = clusters.iter().map(|cluster| Arc::downgrade(&cluster.shared)).collect();
    Dialer::by(move |endpoint| {
        let mut known = clusters.iter().filter_map(Weak::upgrade);
        let found = known.find_map(|shared| {
            let node = shared.listening_on(endpoint.port)?;
            Some((shared, node))
        });
        Box::pin(async move {
            let nobody = || std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
            let (shared, node) = found.ok_or_else(nobody)?;
            if matches!(shared.health(node), Health::Dead(_)) {
                return Err(nobody());
            }
            let (ours, theirs) = tokio::io::duplex(1 << 16);
            // It ends when the client's end is dropped.
            tokio::spawn(listen::serve(theirs, shared, node));
            Ok(Box::new(ours) as Box<dyn Stream>)
        })
    })
}

impl Shared {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remotes(&self) -> MutexGuard<'_, BTreeMap<String, Weak<Shared>>> {
        self.remotes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remote(&self, name: &str) -> Option<Arc<Shared>> {
        self.remotes().get(name).and_then(Weak::upgrade)
    }

    /// How a server is.
    fn health(&self, node: Node) -> Health {
        let world = self.world();
        match node {
            Node::Meta(meta) => world.metas[meta],
            Node::Replica(server) => world.replicas[server].health,
        }
    }

    /// Takes all writes as far as they are by now, and tells when there will be more to do.
    fn advance(&self) -> Option<Instant> {
        let mut world = self.world();
        let World { tables, dice, .. } = &mut *world;
        let mut next = None;
        for table in tables.values_mut() {
            for index in 0..table.partitions.len() {
                let is_kept = table.is_kept(index);
                let due = table.partitions[index].advance(is_kept, &self.settings, dice);
                next = next.into_iter().chain(due).min();
            }
        }
        next
    }

    fn node(&self, at: usize) -> Node {
        match at.checked_sub(self.metas.len()) {
            None => Node::Meta(at),
            Some(replica) => Node::Replica(replica),
        }
    }

    fn listening_on(&self, port: u16) -> Option<Node> {
        let ports = self.metas.iter().chain(&self.replicas);
        ports.enumerate().find(|(_, open)| **open == port).map(|(at, _)| self.node(at))
    }

    fn address(&self, server: usize) -> Address {
        Address::new(Ipv4Addr::LOCALHOST, self.replicas[server])
    }

    /// Between two config syncs of a server. A changed setting is in force on 2.5 from the next
    /// one on, and never on 2.6, which says yes to it all the same.
    fn config_sync_of(&self, replica: &world::Replica) -> std::time::Duration {
        let set = replica.flags.get("config_sync_interval_ms");
        let milliseconds = set.and_then(|set| set.parse().ok());
        match (self.settings.version, milliseconds) {
            (Version::V2_5, Some(set)) => std::time::Duration::from_millis(set),
            _ => self.settings.config_sync,
        }
    }

    /// The name of a server, which only 2.6 sends.
    fn host_port(&self, port: u16) -> Option<HostPort> {
        let named = HostPort { host: "localhost".to_owned(), port, kind: 1 };
        self.settings.is_new().then_some(named)
    }

    /// How a replica server calls itself.
    fn replica_name(&self, server: usize) -> String {
        match self.settings.version {
            Version::V2_6 => format!("localhost:{}", self.replicas[server]),
            _ => SocketAddr::from((Ipv4Addr::LOCALHOST, self.replicas[server])).to_string(),
        }
    }

    /// How a meta server is called.
    fn meta_name(&self, port: u16) -> String {
        let host = if self.settings.is_new() { "localhost" } else { "127.0.0.1" };
        format!("{host}:{port}")
    }
}
