//! A real ZooKeeper, by way of the crate `zookeeper-client`.
//!
//! A session that is not connected is never asked: what waits in it would be sent whenever it
//! comes back, long after its caller has gone. A new session takes its place.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use zookeeper_client::{Client, Error, MultiWriteError, SessionState};

use super::{Answer, Change, Node, NodeVersion, Nodes, Stat, ZooKeeperError};
use crate::thrift::Effect;
use crate::wire::Endpoint;

/// How ZooKeeper is spoken to.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The longest wait for one answer, a new session included.
    pub call_timeout: Duration,
    /// How long a server keeps a session that it hears nothing of.
    pub session_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { call_timeout: Duration::from_secs(5), session_timeout: Duration::from_secs(6) }
    }
}

/// A ZooKeeper, asked through one session at a time.
pub struct ZooKeeper {
    servers: String,
    options: Options,
    session: Mutex<Option<Client>>,
}

impl fmt::Debug for ZooKeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ZooKeeper").field("servers", &self.servers).finish_non_exhaustive()
    }
}

impl ZooKeeper {
    /// A ZooKeeper that is not connected to yet: its servers, of which any will do.
    pub fn new(servers: &[Endpoint], options: Options) -> Self {
        let servers: Vec<String> = servers.iter().map(ToString::to_string).collect();
        Self { servers: servers.join(","), options, session: Mutex::new(None) }
    }

    async fn read_node(&self, path: &str) -> Result<Option<Node>, ZooKeeperError> {
        let asked = Asked { action: "read", path };
        let read = self.ask(asked, async |session| {
            // A server may be behind the others; it answers after it has caught up.
            session.sync(path).await?;
            session.get_data(path).await
        });
        match read.await {
            Ok((bytes, stat)) => Ok(Some(Node { bytes, stat: stat.into() })),
            Err(ZooKeeperError::Missing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn set_node(
        &self,
        path: &str,
        bytes: &[u8],
        expected: NodeVersion,
    ) -> Result<Stat, ZooKeeperError> {
        if expected.0 < 0 {
            // To ZooKeeper, -1 is every version.
            return Err(ZooKeeperError::Conflict { path: path.to_owned(), expected });
        }
        let asked = Asked { action: "set", path };
        let set = self.ask(asked, async |session| {
            let set = session.set_data(path, bytes, Some(expected.0)).await;
            set.map(Stat::from)
        });
        set.await.map_err(|error| match error {
            ZooKeeperError::Conflict { path, .. } => ZooKeeperError::Conflict { path, expected },
            error => error,
        })
    }

    async fn set_nodes(&self, changes: &[Change]) -> Result<(), ZooKeeperError> {
        let Some(first) = changes.first() else { return Ok(()) };
        if let Some(any) = changes.iter().find(|change| change.expected.0 < 0) {
            let (path, expected) = (any.path.clone(), any.expected);
            return Err(ZooKeeperError::Conflict { path, expected });
        }
        // Which of them stood against it.
        let mut against = 0;
        let asked = Asked { action: "set", path: &first.path };
        let set = self.ask(asked, async |session| {
            let mut writer = session.new_multi_writer();
            for change in changes {
                writer.add_set_data(&change.path, &change.bytes, Some(change.expected.0))?;
            }
            match writer.commit().await {
                Ok(_) => Ok(()),
                Err(MultiWriteError::RequestFailed { source }) => Err(source),
                Err(MultiWriteError::OperationFailed { index, source }) => {
                    against = index;
                    Err(source)
                }
            }
        });
        let set = set.await;
        let change = changes.get(against).unwrap_or(first);
        set.map_err(|error| match error {
            ZooKeeperError::Conflict { .. } => {
                ZooKeeperError::Conflict { path: change.path.clone(), expected: change.expected }
            }
            ZooKeeperError::Missing { .. } => ZooKeeperError::Missing { path: change.path.clone() },
            error => error,
        })
    }

    /// Asks once. After an answer that was lost the session is given up.
    async fn ask<T>(
        &self,
        asked: Asked<'_>,
        question: impl AsyncFnOnce(&Client) -> Result<T, Error>,
    ) -> Result<T, ZooKeeperError> {
        let until = Instant::now() + self.options.call_timeout;
        let session = self.connected(asked, until).await?;
        let answer = match timeout_at(until, question(&session)).await {
            Ok(answer) => answer.map_err(|error| asked.failed(error)),
            Err(_) => Err(ZooKeeperError::Timeout {
                action: asked.action,
                path: asked.path.to_owned(),
                servers: self.servers.clone(),
                after: self.options.call_timeout,
            }),
        };
        if answer.as_ref().is_err_and(|error| error.effect() == Effect::Unknown) {
            self.current().take_if(|current| current.session_id() == session.session_id());
        }
        answer
    }

    /// The session, a new one if there is none that is connected.
    async fn connected(&self, asked: Asked<'_>, until: Instant) -> Result<Client, ZooKeeperError> {
        let current = self.current().clone();
        if let Some(session) = current
            && session.state() == SessionState::SyncConnected
        {
            return Ok(session);
        }
        let connector = Client::connector()
            .with_session_timeout(self.options.session_timeout)
            .with_fail_eagerly();
        let connected = timeout_at(until, connector.connect(&self.servers)).await;
        let reason = match connected {
            Ok(Ok(session)) => {
                // Of two callers that connect at once, the later one's session stays.
                *self.current() = Some(session.clone());
                return Ok(session);
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("none within {} ms", self.options.call_timeout.as_millis()),
        };
        Err(ZooKeeperError::Connect {
            action: asked.action,
            path: asked.path.to_owned(),
            servers: self.servers.clone(),
            reason,
        })
    }

    fn current(&self) -> MutexGuard<'_, Option<Client>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Nodes for ZooKeeper {
    fn read<'a>(&'a self, path: &'a str) -> Answer<'a, Option<Node>> {
        Box::pin(self.read_node(path))
    }

    fn compare_and_set<'a>(
        &'a self,
        path: &'a str,
        bytes: &'a [u8],
        expected: NodeVersion,
    ) -> Answer<'a, Stat> {
        Box::pin(self.set_node(path, bytes, expected))
    }

    fn compare_and_set_all<'a>(&'a self, changes: &'a [Change]) -> Answer<'a, ()> {
        Box::pin(self.set_nodes(changes))
    }
}

/// What is asked, for errors.
#[derive(Clone, Copy)]
struct Asked<'a> {
    action: &'static str,
    path: &'a str,
}

impl Asked<'_> {
    fn failed(self, error: Error) -> ZooKeeperError {
        let (action, path) = (self.action, self.path.to_owned());
        match error {
            Error::NoNode => ZooKeeperError::Missing { path },
            Error::BadVersion => ZooKeeperError::Conflict { path, expected: NodeVersion(-1) },
            Error::NoAuth
            | Error::AuthFailed
            | Error::BadArguments(_)
            | Error::NotReadOnly
            | Error::QuotaExceeded
            | Error::Throttled => {
                ZooKeeperError::Refused { action, path, reason: error.to_string() }
            }
            error => ZooKeeperError::Lost { action, path, reason: error.to_string() },
        }
    }
}

impl From<zookeeper_client::Stat> for Stat {
    fn from(stat: zookeeper_client::Stat) -> Self {
        let version = NodeVersion(stat.version);
        Self { version, czxid: stat.czxid, mzxid: stat.mzxid }
    }
}
