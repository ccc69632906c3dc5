//! Clients that write at random times, wherever a meta-proxy leads them.

use super::world::World;
use crate::dice::Dice;
use crate::fake_pegasus::FakeCluster;
use boatlift_clients::pegasus::{Expiry, Key, Meta, Options, Table};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// Keys that a client writes in turn.
const KEYS: u64 = 20;

/// How clients behave.
#[derive(Debug, Clone, Copy)]
pub struct Habits {
    /// How many there are.
    pub clients: u32,
    /// The longest pause after a write.
    pub pause: Duration,
    /// The pause after a write that was refused.
    pub retry: Duration,
}

impl Default for Habits {
    /// Three clients of some 60 writes a second each.
    fn default() -> Habits {
        let (pause, retry) = (Duration::from_millis(20), Duration::from_millis(5));
        Habits { clients: 3, pause, retry }
    }
}

/// Clients at work.
#[derive(Debug)]
pub struct Clients {
    shared: Arc<Shared>,
    tasks: Vec<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    stop: AtomicBool,
    written: Mutex<Written>,
}

/// What clients were promised.
#[derive(Debug, Default, Clone)]
pub struct Written {
    /// The newest acknowledged value of each key, by table.
    rows: BTreeMap<String, BTreeMap<Vec<u8>, Vec<u8>>>,
    /// The longest time from a write that LOWER refused to its acknowledgement.
    pub refused: Duration,
    /// The longest time from the begin of a write that failed, however it did, to its
    /// acknowledgement.
    pub stalled: Duration,
}

impl Written {
    /// The rows that are not on a cluster as they were promised. What a client wrote and was told
    /// nothing of may be there instead: its values only grow.
    #[must_use]
    pub fn missing(&self, on: &FakeCluster) -> Vec<String> {
        let number = |value: &[u8]| str::from_utf8(value).ok()?.parse::<u64>().ok();
        let mut missing = Vec::new();
        for (table, rows) in &self.rows {
            let there = on.rows(table);
            let is_old = |key: &Vec<u8>, value: &[u8]| {
                there.get(key).and_then(|value| number(value)) < number(value)
            };
            let lost = rows.iter().filter(|(key, value)| is_old(key, value));
            missing.extend(lost.map(|(key, _)| String::from_utf8_lossy(key).into_owned()));
        }
        missing
    }
}

impl Clients {
    /// Lets clients begin to write.
    #[must_use]
    pub fn start(world: &World, habits: Habits, dice: &mut Dice) -> Clients {
        let shared = Arc::new(Shared::default());
        let tasks = (0..habits.clients).map(|number| {
            let client = Client {
                number,
                habits,
                proxy: Arc::new(Meta::new([world.proxy.endpoint()], &world.options())),
                names: world.tables.clone(),
                options: world.options(),
                shared: Arc::clone(&shared),
                dice: Dice::new(dice.roll()),
            };
            world.runtime.spawn(client.write())
        });
        Clients { tasks: tasks.collect(), shared }
    }

    /// Lets them end, each with an acknowledgement or a failure of its last write.
    ///
    /// # Panics
    /// When a client did.
    #[must_use]
    pub fn end(self, world: &World) -> Written {
        self.shared.stop.store(true, Ordering::Relaxed);
        world.runtime.block_on(async {
            for task in self.tasks {
                task.await.expect("a client that did not panic");
            }
        });
        self.shared.written().clone()
    }
}

/// Since when a write is kept from a client.
#[derive(Debug, Clone, Copy, Default)]
struct Kept {
    refused: Option<Instant>,
    failed: Option<Instant>,
}

impl Shared {
    fn acknowledge(&self, table: &str, key: Vec<u8>, value: Vec<u8>) {
        let mut written = self.written();
        written.rows.entry(table.to_owned()).or_default().insert(key, value);
    }

    fn kept(&self, since: Kept) {
        let passed =
            |since: Option<Instant>| since.map(|since| since.elapsed()).unwrap_or_default();
        let mut written = self.written();
        written.refused = written.refused.max(passed(since.refused));
        written.stalled = written.stalled.max(passed(since.failed));
    }

    fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Client {
    number: u32,
    habits: Habits,
    /// A meta-proxy, which is spoken to like a meta server.
    proxy: Arc<Meta>,
    names: Vec<String>,
    options: Options,
    shared: Arc<Shared>,
    dice: Dice,
}

impl Client {
    async fn write(mut self) {
        let mut tables = Vec::new();
        for name in &self.names {
            tables.push(self.follow(name).await);
        }
        let pause = u64::try_from(self.habits.pause.as_millis()).unwrap_or(u64::MAX).max(1);
        for number in 0_u64.. {
            let at = self.dice.below(self.names.len() as u64) as usize;
            let key = format!("client-{}-{}", self.number, self.dice.below(KEYS)).into_bytes();
            let key = Key::new(key, b"k".to_vec()).expect("a key");
            let value = number.to_string().into_bytes();
            if !self.put(&mut tables[at], &self.names[at], &key, &value).await {
                return;
            }
            self.shared.acknowledge(&self.names[at], key.to_blob().0, value);
            if self.shared.stop.load(Ordering::Relaxed) {
                return;
            }
            sleep(Duration::from_millis(1 + self.dice.below(pause))).await;
        }
    }

    /// Writes until the write is acknowledged; false when the client is to end before.
    async fn put(&self, table: &mut Table, name: &str, key: &Key, value: &[u8]) -> bool {
        let mut kept = Kept::default();
        loop {
            let begun = Instant::now();
            let Err(error) = table.put(key, value, Expiry::NEVER).await else {
                self.shared.kept(kept);
                return true;
            };
            kept.failed.get_or_insert(begun);
            if error.code() == Some("ERR_INVALID_STATE") {
                kept.refused.get_or_insert_with(Instant::now);
            }
            if self.shared.stop.load(Ordering::Relaxed) {
                // Whoever is still refused counts with the time so far.
                self.shared.kept(kept);
                return false;
            }
            sleep(self.habits.retry).await;
            *table = self.follow(name).await;
        }
    }

    /// The table where its entry leads.
    async fn follow(&self, name: &str) -> Table {
        loop {
            let (proxy, options) = (Arc::clone(&self.proxy), self.options.clone());
            if let Ok(table) = Table::open(proxy, name, options).await {
                return table;
            }
            sleep(self.habits.retry).await;
        }
    }
}
