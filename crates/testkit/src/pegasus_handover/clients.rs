//! Clients that write at random times, wherever the entry leads them.

use crate::world::{ENTRY, TABLE, World};
use boatlift_clients::pegasus::{Expiry, Key, Meta, Options, Table};
use boatlift_clients::wire::Endpoint;
use boatlift_testkit::dice::Dice;
use boatlift_testkit::fake_zookeeper::FakeZooKeeper;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// Clients at work.
pub(crate) struct Clients {
    shared: Arc<Shared>,
    tasks: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    written: Mutex<Written>,
}

/// What clients were promised.
#[derive(Debug, Default, Clone)]
pub(crate) struct Written {
    /// The newest acknowledged value of each key.
    pub(crate) rows: BTreeMap<Vec<u8>, Vec<u8>>,
    /// The longest time for which a client was refused.
    pub(crate) refused: Duration,
}

impl Written {
    /// A row that is not there as it was promised. What a client wrote and was told nothing of may
    /// be there instead: its values only grow.
    pub(crate) fn missing<'a>(
        &'a self,
        there: &BTreeMap<Vec<u8>, Vec<u8>>,
    ) -> impl Iterator<Item = String> + 'a {
        let there = there.clone();
        let number = |value: &[u8]| str::from_utf8(value).ok()?.parse::<u64>().ok();
        let rows = self.rows.iter();
        rows.filter(move |(key, value)| {
            there.get(*key).and_then(|value| number(value)) < number(value)
        })
        .map(|(key, _)| String::from_utf8_lossy(key).into_owned())
    }
}

impl Clients {
    pub(crate) fn start(world: &World, dice: &mut Dice) -> Clients {
        let shared = Arc::new(Shared::default());
        let tasks = (0..3).map(|number| {
            let client = Client {
                number,
                nodes: world.nodes.clone(),
                options: world.options(),
                shared: Arc::clone(&shared),
                dice: Dice::new(dice.roll()),
            };
            world.runtime.spawn(client.write())
        });
        Clients { tasks: tasks.collect(), shared }
    }

    pub(crate) fn end(self, world: &World) -> Written {
        self.shared.stop.store(true, Ordering::Relaxed);
        world.runtime.block_on(async {
            for task in self.tasks {
                task.await.expect("a client that did not panic");
            }
        });
        self.shared.written().clone()
    }
}

impl Shared {
    /// Keeps what a client was promised, and for how long it was refused before.
    fn acknowledge(&self, key: Vec<u8>, value: Vec<u8>, refused: Option<Instant>) {
        self.written().rows.insert(key, value);
        self.refused(refused);
    }

    fn refused(&self, since: Option<Instant>) {
        let refused = since.map(|since| since.elapsed()).unwrap_or_default();
        let mut written = self.written();
        written.refused = written.refused.max(refused);
    }

    fn written(&self) -> std::sync::MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Client {
    number: u32,
    nodes: FakeZooKeeper,
    options: Options,
    shared: Arc<Shared>,
    dice: Dice,
}

impl Client {
    async fn write(mut self) {
        let mut table = self.follow().await;
        for number in 0_u64.. {
            let key = format!("client-{}-{}", self.number, self.dice.below(20)).into_bytes();
            let key = Key::new(key, b"k".to_vec()).expect("a key");
            let value = number.to_string().into_bytes();
            let mut refused: Option<Instant> = None;
            while let Err(error) = table.put(&key, &value, Expiry::NEVER).await {
                if self.shared.stop.load(Ordering::Relaxed) {
                    // Whoever is still refused counts with the time so far.
                    self.shared.refused(refused);
                    return;
                }
                if error.code() == Some("ERR_INVALID_STATE") {
                    refused.get_or_insert_with(Instant::now);
                }
                sleep(Duration::from_millis(5)).await;
                table = self.follow().await;
            }
            self.shared.acknowledge(key.to_blob().0, value, refused);
            if self.shared.stop.load(Ordering::Relaxed) {
                return;
            }
            sleep(Duration::from_millis(1 + self.dice.below(20))).await;
        }
    }

    /// The table where the entry leads.
    async fn follow(&self) -> Table {
        loop {
            let entry = self.nodes.bytes(ENTRY).expect("the entry");
            let entry: serde_json::Value = serde_json::from_slice(&entry).expect("JSON");
            let metas = entry["meta_addrs"].as_str().expect("addresses").split(',');
            let metas: Vec<Endpoint> = metas.map(|meta| meta.parse().expect("one")).collect();
            let meta = Arc::new(Meta::new(metas, &self.options));
            if let Ok(table) = Table::open(meta, TABLE, self.options.clone()).await {
                return table;
            }
            sleep(Duration::from_millis(5)).await;
        }
    }
}
