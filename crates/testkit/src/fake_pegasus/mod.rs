//! Pegasus clusters in the test's own process: meta servers, replica servers with tables in
//! memory, duplication between clusters, and HTTP, in the bytes of 2.5 and 2.6.
//!
//! They are no judge of the protocol: the recordings of real servers are. What they are for is
//! what no package of the server exists for: a move between two clusters, at any speed, and
//! with a tail that sticks. All timers are tokio's, so that a test may pause the clock; it must
//! then dial by [`dialer`] and not over TCP. Copies of a partition never differ, and nothing
//! is ever queued: what a real cluster makes harder than that is not shown here.

mod commands;
mod http;
mod listen;
mod meta_calls;
mod meta_duplications;
mod records;
mod replica_calls;
mod scans;
mod settings;
mod shipping;
mod world;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use boatlift_clients::pegasus::wire::{Address, HostPort};
use boatlift_clients::pegasus::{Dialer, Stream};
use boatlift_clients::wire::Endpoint;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

pub use settings::{Settings, Version};
use world::World;

/// A cluster; it ends when it is dropped.
#[derive(Debug)]
pub struct FakeCluster {
    shared: Arc<Shared>,
    _tasks: JoinSet<()>,
}

/// What all servers of a cluster share.
#[derive(Debug)]
struct Shared {
    settings: Settings,
    metas: Vec<u16>,
    replicas: Vec<u16>,
    world: Mutex<World>,
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
        let (metas, replicas) = ports.split_at(settings.metas);
        let shared = Arc::new(Shared {
            metas: metas.to_vec(),
            replicas: replicas.to_vec(),
            world: Mutex::new(World::new(settings.replicas)),
            remotes: Mutex::default(),
            settings,
        });
        let mut tasks = JoinSet::new();
        for (at, listener) in listeners.into_iter().enumerate() {
            tasks.spawn(listen::listen(listener, Arc::clone(&shared), shared.node(at)));
        }
        for server in 0..shared.replicas.len() {
            tasks.spawn(shipping::sync_config(Arc::clone(&shared), server));
        }
        tasks.spawn(shipping::ship(Arc::clone(&shared)));
        tasks.spawn(shipping::check_groups(Arc::clone(&shared)));
        Self { shared, _tasks: tasks }
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
        let table = world.table_mut(table).expect("the table exists");
        let partition = &mut table.partitions[partition];
        partition.members.retain(|member| *member != server);
        partition.members.insert(0, server);
        partition.ballot += 1;
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

    /// All records of a table, by key in one piece.
    #[must_use]
    pub fn rows(&self, table: &str) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let world = self.shared.world();
        let partitions = world.table(table).into_iter().flat_map(|table| &table.partitions);
        let rows = partitions.flat_map(|partition| &partition.rows);
        rows.map(|(key, row)| (key.clone(), row.value.clone())).collect()
    }
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
        (self.settings.version == Version::V2_6).then_some(named)
    }

    /// How a replica server calls itself.
    fn replica_name(&self, server: usize) -> String {
        match self.settings.version {
            Version::V2_5 => {
                SocketAddr::from((Ipv4Addr::LOCALHOST, self.replicas[server])).to_string()
            }
            Version::V2_6 => format!("localhost:{}", self.replicas[server]),
        }
    }
}
