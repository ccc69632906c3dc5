//! Statements on the HiveServer2 of a side: a few sessions, each used by one at a time.
//!
//! Nothing is sent twice: whether to try again is the engine's business. A stop cancels the
//! statement on the server, and a process that dies takes its sessions, and what they run,
//! with it.

use crate::catalog::chain;
use crate::config::{Cluster, HiveServer2};
use crate::logins::{Logins, reveal};
use boatlift_clients::hiveserver2::{Credentials, HiveError, Session, Target, Url, Watcher};
use boatlift_clients::thrift::Effect;
use boatlift_clients::wire::{self, WireError};
use boatlift_core::error::{Code, Error, Result, Retry};
use boatlift_core::lane::Pace;
use boatlift_core::side::Side;
use std::ops::ControlFlow;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Statements that run at the same time.
pub(crate) const SESSIONS: usize = 4;
/// How often whoever waits for a session asks whether to go on.
const EVERY: Duration = Duration::from_secs(1);
/// What a session on UPPER starts with: rows are counted and not taken from statistics, an
/// earlier answer is not given again, and what we make for a while needs no statistics.
const SETTINGS: [(&str, &str); 5] = [
    ("hive.compute.query.using.stats", "false"),
    ("hive.query.results.cache.enabled", "false"),
    ("hive.stats.autogather", "false"),
    ("hive.stats.column.autogather", "false"),
    ("hive.resultset.use.unique.column.names", "false"),
];

/// The HiveServer2 of a side.
pub(crate) struct HiveServer {
    side: Side,
    url: Url,
    server: HiveServer2,
    /// Whom to act for, unless configuration or URI say otherwise.
    user: String,
    logins: Arc<Logins>,
    sessions: Mutex<Sessions>,
    freed: Condvar,
}

#[derive(Default)]
struct Sessions {
    idle: Vec<Session>,
    taken: usize,
}

impl HiveServer {
    /// The server that a cluster names. Nothing is connected yet.
    ///
    /// # Errors
    /// [`Code::ConfigValue`] when it names none, or its URI cannot be used.
    pub(crate) fn new(
        side: Side,
        cluster: &Cluster,
        user: &str,
        logins: &Arc<Logins>,
    ) -> Result<HiveServer> {
        let wrong = |why: String| {
            Error::new(Code::ConfigValue, "cannot use the HiveServer2 of").on(side).because(why)
        };
        let server = cluster.hive_server2.clone();
        let server = server.ok_or_else(|| wrong("no hive-server2 is configured".into()))?;
        let url = Url::parse(&server.uri).map_err(|error| wrong(error.to_string()))?;
        Ok(HiveServer {
            side,
            url,
            server,
            user: cluster.user.clone().unwrap_or_else(|| user.to_owned()),
            logins: Arc::clone(logins),
            sessions: Mutex::default(),
            freed: Condvar::new(),
        })
    }

    /// Works with a session that nobody else has.
    ///
    /// # Errors
    /// [`Code::HiveJobFailed`] with the server's words, [`Code::ServerUnreachable`],
    /// [`Code::ServerRefused`], or [`Code::Interrupted`] when the pace says stop.
    pub(crate) fn with<T>(
        &self,
        tried: &str,
        pace: &dyn Pace,
        work: impl FnOnce(&mut Session, &mut dyn Watcher) -> Result<T, HiveError>,
    ) -> Result<T> {
        let _place = self.place(pace)?;
        let idle = self.lock().idle.pop().filter(Session::is_usable);
        let is_new = idle.is_none();
        let mut session = match idle {
            Some(session) => session,
            None => Session::open(&self.target()?).map_err(|error| self.error(tried, &error))?,
        };
        let watcher = &mut Watching { side: self.side, pace };
        let worked = match is_new {
            true => self.prepare(&mut session, watcher),
            false => Ok(()),
        };
        let worked = worked.and_then(|()| work(&mut session, watcher));
        if session.is_usable() && !worked.as_ref().is_err_and(HiveError::is_session_lost) {
            self.lock().idle.push(session);
        }
        worked.map_err(|error| self.error(tried, &error))
    }

    /// Waits until fewer than [`SESSIONS`] are taken.
    fn place(&self, pace: &dyn Pace) -> Result<Place<'_>> {
        loop {
            if pace.spend(self.side, 0, 0).is_err() {
                return Err(stopped(self.side));
            }
            let mut sessions = self.lock();
            if sessions.taken >= SESSIONS {
                let waited = self.freed.wait_timeout(sessions, EVERY);
                sessions = waited.map_or_else(|poisoned| poisoned.into_inner().0, |(held, _)| held);
            }
            if sessions.taken < SESSIONS {
                sessions.taken += 1;
                return Ok(Place(self));
            }
        }
    }

    fn target(&self) -> Result<Target> {
        target(self.side, &self.url, &self.server, &self.user, &self.logins)
    }

    /// Makes the settings of a new session, as far as the server's version knows them.
    fn prepare(&self, session: &mut Session, watcher: &mut Watching<'_>) -> Result<(), HiveError> {
        if self.side == Side::Lower {
            return Ok(());
        }
        for (key, value) in SETTINGS {
            match session.run(&format!("SET {key}={value}"), watcher) {
                Err(error) if is_unknown_setting(&error) => {}
                set => drop(set?),
            }
        }
        Ok(())
    }

    fn error(&self, tried: &str, error: &HiveError) -> Error {
        let unsure = match error.effect() {
            Effect::None => Retry::Never,
            _ => Retry::Later,
        };
        let (code, retry) = match error {
            HiveError::Stopped { .. } => return stopped(self.side),
            HiveError::Connect(error) if is_refusal(error) => (Code::ServerRefused, Retry::Never),
            HiveError::Connect(_) | HiveError::Nowhere => (Code::ServerUnreachable, Retry::Later),
            _ if error.is_session_lost() => (Code::ServerUnreachable, Retry::LookFirst),
            HiveError::Refused { .. } | HiveError::Failed { .. } | HiveError::Ended { .. } => {
                (Code::HiveJobFailed, unsure)
            }
            _ => (Code::ServerRefused, Retry::Never),
        };
        let because = match wire::hint(error) {
            Some(hint) => format!("{} ({hint})", chain(error)),
            None => chain(error),
        };
        Error::new(code, tried).on(self.side).because(because).retry(retry)
    }

    fn lock(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How to reach a side's HiveServer2: as whom the configuration, then the URI, then `user` say.
///
/// # Errors
/// [`Code::ConfigValue`] for a secret or a login that cannot be used.
pub(crate) fn target(
    side: Side,
    url: &Url,
    server: &HiveServer2,
    user: &str,
    logins: &Logins,
) -> Result<Target> {
    let named = server.user.clone();
    let user = named.or_else(|| url.user().is_none().then(|| user.to_owned()));
    let password = server.password.as_ref().map(reveal).transpose()?;
    let login = match url.principal() {
        Some(_) => logins.of(side)?,
        None => None,
    };
    let target = url.target(Credentials { user, password, login });
    target.map_err(|error| {
        Error::new(Code::ConfigValue, "cannot use the HiveServer2 of").on(side).because(error)
    })
}

/// A place among the sessions, free again when it is dropped.
struct Place<'s>(&'s HiveServer);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.lock().taken -= 1;
        self.0.freed.notify_one();
    }
}

/// Cancels a statement when the pace says stop.
struct Watching<'p> {
    side: Side,
    pace: &'p dyn Pace,
}

impl Watcher for Watching<'_> {
    fn poll(&mut self) -> ControlFlow<()> {
        match self.pace.spend(self.side, 0, 0) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }
}

/// Whether a server does not know what it was told to set: then it cannot do it, either.
fn is_unknown_setting(error: &HiveError) -> bool {
    error.server().is_some_and(|server| server.message.contains("does not exist"))
}

/// Whether there is a server, and it does not want to speak to us like that.
fn is_refusal(error: &WireError) -> bool {
    !matches!(error, WireError::Resolve { .. } | WireError::Connect { .. })
}

fn stopped(side: Side) -> Error {
    Error::new(Code::Interrupted, "the statement was asked to stop on").on(side)
}
