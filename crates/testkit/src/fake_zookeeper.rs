//! A ZooKeeper in memory, for simulated time: the same answers as a real one, and answers that
//! are lost at a bad moment.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use boatlift_clients::zookeeper::{Answer, Change, Node, NodeVersion, Nodes, Stat, ZooKeeperError};
use tokio::sync::oneshot;
use tokio::time::sleep;
use zookeeper_client::{Client, EventType};

/// How long a caller waits for an answer that is lost: as long as a cutover does.
const CALL_TIMEOUT: Duration = Duration::from_secs(1);
/// How long it takes to find that nobody takes a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// What becomes of the next question that sets a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It never arrives.
    LostBefore,
    /// It is carried out, and its answer never arrives.
    LostAfter,
    /// It is carried out so long after, when its caller has given up or not.
    Late(Duration),
}

/// What a watch tells, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchEvent {
    /// The node was set or removed.
    Changed,
    /// The session is gone, and with it the watch.
    SessionLost,
}

/// What a watch will tell.
pub type Watch = Pin<Box<dyn Future<Output = WatchEvent> + Send>>;

/// Data with a watch on it, or why there is none.
pub type Watching<'a> =
    Pin<Box<dyn Future<Output = Result<Option<(Vec<u8>, Watch)>, String>> + Send + 'a>>;

/// Nodes that can be watched, as meta-proxies do.
pub trait Watched: Send + Sync {
    /// The data of a node, and a watch on it; nothing where there is no node.
    fn read_and_watch<'a>(&'a self, path: &'a str) -> Watching<'a>;
}

impl Watched for Client {
    fn read_and_watch<'a>(&'a self, path: &'a str) -> Watching<'a> {
        Box::pin(async move {
            match self.get_and_watch_data(path).await {
                Err(zookeeper_client::Error::NoNode) => Ok(None),
                Err(error) => Err(error.to_string()),
                Ok((bytes, _, watcher)) => {
                    let watch = async move {
                        match watcher.changed().await.event_type {
                            EventType::Session => WatchEvent::SessionLost,
                            _ => WatchEvent::Changed,
                        }
                    };
                    Ok(Some((bytes, Box::pin(watch) as Watch)))
                }
            }
        })
    }
}

/// A ZooKeeper in memory. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct FakeZooKeeper(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    nodes: BTreeMap<String, Node>,
    transactions: i64,
    is_down: bool,
    /// Whether nodes are set whatever their version is.
    ignores_versions: bool,
    next: Option<Fault>,
    watches: Vec<(String, oneshot::Sender<WatchEvent>)>,
}

impl FakeZooKeeper {
    /// Makes a node.
    pub fn make(&self, path: &str, bytes: &[u8]) {
        let mut state = self.state();
        state.transactions += 1;
        let (czxid, mzxid) = (state.transactions, state.transactions);
        let stat = Stat { version: NodeVersion(0), czxid, mzxid };
        state.nodes.insert(path.to_owned(), Node { bytes: bytes.to_vec(), stat });
    }

    /// Nobody gets an answer, or everybody again. Sessions are not lost by it.
    pub fn set_down(&self, is_down: bool) {
        self.state().is_down = is_down;
    }

    /// The data of a node, asked by nobody's client.
    #[must_use]
    pub fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        self.state().nodes.get(path).map(|node| node.bytes.clone())
    }

    /// Decides what becomes of the next question that sets a node.
    pub fn next(&self, fault: Fault) {
        self.state().next = Some(fault);
    }

    /// Sets nodes from now on whatever their version is: as if nobody sent one.
    pub fn ignore_versions(&self) {
        self.state().ignores_versions = true;
    }

    /// Ends all sessions: no watch tells of changes any more.
    pub fn end_sessions(&self) {
        for (_, watch) in std::mem::take(&mut self.state().watches) {
            let _nobody_listens = watch.send(WatchEvent::SessionLost);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn set(&self, changes: &[Change]) -> Result<(), ZooKeeperError> {
        let Some(first) = changes.first() else { return Ok(()) };
        reachable(self, "set", &first.path).await?;
        let fault = self.state().next.take();
        match fault {
            None => return self.state().set(changes),
            Some(Fault::LostBefore) => {}
            Some(Fault::LostAfter) => drop(self.state().set(changes)),
            Some(Fault::Late(after)) => {
                let (this, changes) = (self.clone(), changes.to_vec());
                tokio::spawn(async move {
                    sleep(after).await;
                    drop(this.state().set(&changes));
                });
            }
        }
        sleep(CALL_TIMEOUT).await;
        Err(ZooKeeperError::Timeout {
            action: "set",
            path: first.path.clone(),
            servers: "simulated".to_owned(),
            after: CALL_TIMEOUT,
        })
    }
}

async fn reachable(
    this: &FakeZooKeeper,
    action: &'static str,
    path: &str,
) -> Result<(), ZooKeeperError> {
    if !path.starts_with('/') {
        let reason = "bad arguments: path must start with '/'".to_owned();
        return Err(ZooKeeperError::Refused { action, path: path.to_owned(), reason });
    }
    if this.state().is_down {
        sleep(CONNECT_TIMEOUT).await;
        return Err(ZooKeeperError::Connect {
            action,
            path: path.to_owned(),
            servers: "simulated".to_owned(),
            reason: "no available hosts".to_owned(),
        });
    }
    // A round trip.
    sleep(Duration::from_millis(1)).await;
    Ok(())
}

impl State {
    /// Sets all nodes, or none.
    fn set(&mut self, changes: &[Change]) -> Result<(), ZooKeeperError> {
        for Change { path, expected, .. } in changes {
            let (path, expected) = (path.clone(), *expected);
            match self.nodes.get(&path) {
                None => return Err(ZooKeeperError::Missing { path }),
                Some(node) if node.stat.version != expected && !self.ignores_versions => {
                    return Err(ZooKeeperError::Conflict { path, expected });
                }
                Some(_) => {}
            }
        }
        self.transactions += 1;
        for Change { path, bytes, .. } in changes {
            if let Some(node) = self.nodes.get_mut(path) {
                node.bytes = bytes.clone();
                node.stat.version.0 += 1;
                node.stat.mzxid = self.transactions;
            }
            let (told, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut self.watches)
                .into_iter()
                .partition(|(watched, _)| watched == path);
            self.watches = kept;
            for (_, watch) in told {
                let _nobody_listens = watch.send(WatchEvent::Changed);
            }
        }
        Ok(())
    }
}

impl Nodes for FakeZooKeeper {
    fn read<'a>(&'a self, path: &'a str) -> Answer<'a, Option<Node>> {
        Box::pin(async move {
            reachable(self, "read", path).await?;
            Ok(self.state().nodes.get(path).cloned())
        })
    }

    fn compare_and_set<'a>(
        &'a self,
        path: &'a str,
        bytes: &'a [u8],
        expected: NodeVersion,
    ) -> Answer<'a, Stat> {
        Box::pin(async move {
            let (path, bytes) = (path.to_owned(), bytes.to_vec());
            self.set(&[Change { path: path.clone(), bytes, expected }]).await?;
            let stat = self.state().nodes.get(&path).map(|node| node.stat);
            stat.ok_or(ZooKeeperError::Missing { path })
        })
    }

    fn compare_and_set_all<'a>(&'a self, changes: &'a [Change]) -> Answer<'a, ()> {
        Box::pin(self.set(changes))
    }
}

impl Watched for FakeZooKeeper {
    fn read_and_watch<'a>(&'a self, path: &'a str) -> Watching<'a> {
        Box::pin(async move {
            reachable(self, "read", path).await.map_err(|error| error.to_string())?;
            let mut state = self.state();
            let Some(node) = state.nodes.get(path).cloned() else { return Ok(None) };
            let (tell, told) = oneshot::channel();
            state.watches.push((path.to_owned(), tell));
            let watch = async move { told.await.unwrap_or(WatchEvent::SessionLost) };
            Ok(Some((node.bytes, Box::pin(watch) as Watch)))
        })
    }
}
