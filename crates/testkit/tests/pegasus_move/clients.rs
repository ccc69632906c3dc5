//! Clients that write all the time, wherever ZooKeeper's entry leads them.

use crate::scene::{Scene, TABLE, zookeeper};
use boatlift_clients::pegasus::{Expiry, Key, Meta, Options, Table};
use boatlift_clients::wire::Endpoint;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

/// Between two attempts of a client that was refused.
const PAUSE: Duration = Duration::from_millis(10);

/// Clients at work.
pub(crate) struct Clients {
    stop: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<Written>>,
}

/// What was acknowledged to the clients.
#[derive(Default)]
pub(crate) struct Written {
    /// The newest acknowledged value of each key.
    pub(crate) rows: BTreeMap<Vec<u8>, Vec<u8>>,
    /// The longest time in which a client was not served.
    pub(crate) longest_gap: Duration,
}

impl Written {
    /// Rows that are not there as they were promised. What a client wrote and was told nothing of
    /// may be there instead: its values only grow.
    pub(crate) fn missing(&self, there: &BTreeMap<Vec<u8>, Vec<u8>>) -> Vec<String> {
        let number = |value: &[u8]| str::from_utf8(value).ok()?.parse::<u64>().ok();
        let missing = self
            .rows
            .iter()
            .filter(|(key, value)| there.get(*key).and_then(|value| number(value)) < number(value));
        missing.map(|(key, _)| String::from_utf8_lossy(key).into_owned()).collect()
    }
}

impl Clients {
    /// Starts four clients with keys of their own, each of which writes them again and again.
    pub(crate) fn start(scene: &Scene) -> Clients {
        let stop = Arc::new(AtomicBool::new(false));
        let tasks = (0..4).map(|number| {
            let (stop, entry) = (Arc::clone(&stop), scene.entry());
            scene.runtime.spawn(write(number, entry, stop))
        });
        Clients { tasks: tasks.collect(), stop }
    }

    /// Stops them, and tells what they were promised.
    pub(crate) fn end(self, scene: &Scene) -> Written {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Written::default();
        for task in self.tasks {
            let written = scene.runtime.block_on(task).expect("a client that did not panic");
            all.rows.extend(written.rows);
            all.longest_gap = all.longest_gap.max(written.longest_gap);
        }
        all
    }
}

async fn write(client: u32, entry: String, stop: Arc<AtomicBool>) -> Written {
    let mut written = Written::default();
    let mut table = follow(&entry).await;
    let mut served = Instant::now();
    for number in 0_u64.. {
        if stop.load(Ordering::Relaxed) {
            return written;
        }
        let key = Key::new(format!("client-{client}-{}", number % 25).into_bytes(), b"k".to_vec());
        let key = key.expect("a key");
        let value = format!("{number}").into_bytes();
        // A write that was refused is written again, until somebody takes it.
        loop {
            match table.put(&key, &value, Expiry::NEVER).await {
                Ok(_) => break,
                Err(_) if stop.load(Ordering::Relaxed) => return written,
                Err(_) => {
                    tokio::time::sleep(PAUSE).await;
                    table = follow(&entry).await;
                }
            }
        }
        written.longest_gap = written.longest_gap.max(served.elapsed());
        served = Instant::now();
        written.rows.insert(key.to_blob().0, value);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    written
}

/// The table where the entry leads.
async fn follow(entry: &str) -> Table {
    loop {
        let client = zookeeper().client().await;
        let (bytes, _) = client.get_data(entry).await.expect("the entry");
        let entry: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        let metas = entry["meta_addrs"].as_str().expect("addresses").split(',');
        let metas: Vec<Endpoint> = metas.map(|meta| meta.parse().expect("an address")).collect();
        let options = Options { call_timeout: Duration::from_secs(2), ..Options::default() };
        let meta = Arc::new(Meta::new(metas, &options));
        if let Ok(table) = Table::open(meta, TABLE, options).await {
            return table;
        }
        tokio::time::sleep(PAUSE).await;
    }
}
