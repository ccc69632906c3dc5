//! Connections to the metastores of one side, for many worker threads.
//!
//! The pool never holds more connections than it was told. A read whose connection failed is
//! repeated once, on another connection; a write never is.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::wire::Wire;

use super::capabilities::Capabilities;
use super::client::Metastore;
use super::error::MetastoreError;

/// Opens a connection to the metastore of a URI, with security and time limits in place.
pub type Dial = Box<
    dyn Fn(&str) -> Result<Box<dyn Wire>, Box<dyn std::error::Error + Send + Sync>> + Send + Sync,
>;

/// In whose name an unsecured metastore shall act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// The one that the connection proved.
    OfConnection,
    /// A user, as claimed with `set_ugi`.
    Claimed {
        /// The user.
        user: String,
        /// The user's groups.
        groups: Vec<String>,
    },
}

/// How a pool behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The metastores' URIs, the preferred one first. All show the same objects.
    pub endpoints: Vec<String>,
    /// In whose name the servers act.
    pub identity: Identity,
    /// The most connections at a time; at least 1.
    pub connections: usize,
    /// How long to wait for a free connection.
    pub patience: Duration,
}

/// A connection that was idle for longer is asked for the version before it is used: the
/// server may have closed it.
const IDLE_LIMIT: Duration = Duration::from_secs(20);

/// The metastores of one side.
pub struct Metastores {
    endpoints: Vec<(String, Arc<Capabilities>)>,
    identity: Identity,
    connections: usize,
    patience: Duration,
    dial: Dial,
    /// Index of the endpoint that answered last.
    preferred: AtomicUsize,
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<(Metastore, Instant)>,
    leased: usize,
}

impl std::fmt::Debug for Metastores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metastores")
            .field("endpoints", &self.endpoints)
            .field("connections", &self.connections)
            .finish_non_exhaustive()
    }
}

impl Metastores {
    /// A pool without connections yet. There must be an endpoint.
    pub fn new(settings: Settings, dial: Dial) -> Self {
        assert!(!settings.endpoints.is_empty(), "a pool needs an endpoint");
        let endpoints = settings.endpoints.into_iter();
        Self {
            endpoints: endpoints.map(|uri| (uri, Arc::default())).collect(),
            identity: settings.identity,
            connections: settings.connections.max(1),
            patience: settings.patience,
            dial,
            preferred: AtomicUsize::new(0),
            state: Mutex::default(),
            freed: Condvar::new(),
        }
    }

    /// Does work that only reads. If its connection fails, also by a time limit, the work is
    /// begun once more, on a new connection, to another endpoint if there is one.
    pub fn read<T>(
        &self,
        mut work: impl FnMut(&mut Metastore) -> Result<T, MetastoreError>,
    ) -> Result<T, MetastoreError> {
        let mut lease = self.lease()?;
        match work(&mut lease) {
            Err(error) if error.is_connection() => {
                let endpoint = lease.endpoint().to_owned();
                tracing::debug!(endpoint, error = %error, "a read is repeated");
                drop(lease);
                self.forget_idle(&endpoint);
                self.avoid(&endpoint);
                work(&mut *self.lease()?)
            }
            result => result,
        }
    }

    /// Does work that may change something: once, whatever happens.
    pub fn write<T>(
        &self,
        work: impl FnOnce(&mut Metastore) -> Result<T, MetastoreError>,
    ) -> Result<T, MetastoreError> {
        let mut lease = self.lease()?;
        let result = work(&mut lease);
        if result.as_ref().is_err_and(MetastoreError::is_connection) {
            self.forget_idle(lease.endpoint());
        }
        result
    }

    /// A connection of one's own until it is dropped.
    pub fn lease(&self) -> Result<Lease<'_>, MetastoreError> {
        let idle = self.place()?;
        let mut lease = Lease { pool: self, metastore: None };
        lease.metastore = match idle.and_then(still_alive) {
            Some(metastore) => Some(metastore),
            None => Some(self.open()?),
        };
        Ok(lease)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the right to one connection; an idle one may come with it.
    fn place(&self) -> Result<Option<(Metastore, Instant)>, MetastoreError> {
        let full = |state: &mut State| state.leased >= self.connections;
        let waited = self.freed.wait_timeout_while(self.state(), self.patience, full);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if state.leased >= self.connections {
            return Err(MetastoreError::Busy {
                connections: self.connections,
                seconds: self.patience.as_secs(),
            });
        }
        state.leased += 1;
        Ok(state.idle.pop())
    }

    /// Connects to the preferred endpoint, or to the first after it that answers.
    fn open(&self) -> Result<Metastore, MetastoreError> {
        let count = self.endpoints.len();
        let first = self.preferred.load(Ordering::Relaxed);
        let mut last = None;
        for at in (first..first + count).map(|at| at % count) {
            match self.connect(at) {
                Ok(metastore) => {
                    self.preferred.store(at, Ordering::Relaxed);
                    return Ok(metastore);
                }
                Err(error) if error.is_connection() => last = Some(error),
                Err(error) => return Err(error),
            }
        }
        Err(last.unwrap_or_else(|| unreachable!("a pool has an endpoint")))
    }

    fn connect(&self, at: usize) -> Result<Metastore, MetastoreError> {
        let (endpoint, capabilities) = &self.endpoints[at];
        let wire = (self.dial)(endpoint)
            .map_err(|error| MetastoreError::Dial { endpoint: endpoint.clone(), error })?;
        let mut metastore = Metastore::new(wire, endpoint, Arc::clone(capabilities));
        if let Identity::Claimed { user, groups } = &self.identity {
            metastore.set_user(user, groups)?;
        }
        Ok(metastore)
    }

    /// Prefers the endpoint after this one.
    fn avoid(&self, endpoint: &str) {
        let at = self.endpoints.iter().position(|(uri, _)| uri == endpoint);
        if let Some(at) = at {
            let next = (at + 1) % self.endpoints.len();
            self.preferred.store(next, Ordering::Relaxed);
        }
    }

    /// Closes the idle connections to an endpoint that has just failed.
    fn forget_idle(&self, endpoint: &str) {
        let mut state = self.state();
        state.idle.retain(|(idle, _)| idle.endpoint() != endpoint);
    }
}

fn still_alive((mut metastore, since): (Metastore, Instant)) -> Option<Metastore> {
    let fresh = since.elapsed() < IDLE_LIMIT || metastore.version().is_ok();
    fresh.then_some(metastore)
}

/// A connection that goes back to the pool when it is dropped; a broken one is closed.
#[derive(Debug)]
pub struct Lease<'a> {
    pool: &'a Metastores,
    metastore: Option<Metastore>,
}

impl std::ops::Deref for Lease<'_> {
    type Target = Metastore;

    fn deref(&self) -> &Metastore {
        match &self.metastore {
            Some(metastore) => metastore,
            None => unreachable!("a lease has a connection until it is dropped"),
        }
    }
}

impl std::ops::DerefMut for Lease<'_> {
    fn deref_mut(&mut self) -> &mut Metastore {
        match &mut self.metastore {
            Some(metastore) => metastore,
            None => unreachable!("a lease has a connection until it is dropped"),
        }
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let usable = self.metastore.take().filter(|it| !it.is_broken());
        let mut state = self.pool.state();
        state.leased -= 1;
        state.idle.extend(usable.map(|it| (it, Instant::now())));
        drop(state);
        self.pool.freed.notify_one();
    }
}
