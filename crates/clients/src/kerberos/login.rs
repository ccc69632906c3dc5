//! A login: who we are, for as long as it is kept.

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use super::cache::{self, OwnCache};
use super::error::KerberosError;
use super::renewal;
use crate::gssapi::{Credential, GssError, Lifetime, Name, Store};

/// What proves who we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A key in a file: good for as many tickets as are needed.
    Keytab {
        /// The file.
        keytab: PathBuf,
        /// Whose key; without it, that of the keytab's first entry.
        principal: Option<String>,
    },
    /// A ticket that somebody else got and perhaps keeps fresh.
    Cache {
        /// The cache; without it, the one that `KRB5CCNAME` or `krb5.conf` names.
        name: Option<String>,
    },
}

/// How a login does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Until when the ticket is good.
    pub expires: SystemTime,
    /// Why the latest attempt to renew failed; empty after a success.
    pub failure: Option<String>,
}

/// A login that renews itself until it is dropped.
pub struct Login {
    shared: Arc<Shared>,
    principal: String,
    renewal: Option<JoinHandle<()>>,
}

/// What the owner and the thread that renews both see.
pub(super) struct Shared {
    source: Source,
    cache: Option<OwnCache>,
    /// Held through a login, so that there is one at a time.
    turn: Mutex<()>,
    state: Mutex<State>,
    pub(super) changed: Condvar,
}

pub(super) struct State {
    pub(super) obtained: SystemTime,
    pub(super) expires: SystemTime,
    pub(super) failure: Option<String>,
    pub(super) ended: bool,
}

impl Login {
    /// Logs in. Tickets from a keytab go into a cache that only this process's user can
    /// read and that is removed with the login.
    ///
    /// # Errors
    /// Fails when there is no ticket: nothing is tried again.
    pub fn start(source: Source) -> Result<Self, KerberosError> {
        let cache = match &source {
            Source::Keytab { .. } => Some(OwnCache::private()?),
            Source::Cache { .. } => None,
        };
        Self::begin(source, cache)
    }

    /// Logs in from a keytab into a cache of the caller's choice, `FILE:/run/x`, which stays.
    ///
    /// # Errors
    /// Fails when there is no ticket: nothing is tried again.
    pub fn start_into(
        keytab: PathBuf,
        principal: Option<String>,
        cache: String,
    ) -> Result<Self, KerberosError> {
        Self::begin(Source::Keytab { keytab, principal }, Some(OwnCache::named(cache)))
    }

    fn begin(source: Source, cache: Option<OwnCache>) -> Result<Self, KerberosError> {
        let now = SystemTime::now();
        let state = State { obtained: now, expires: now, failure: None, ended: false };
        let shared = Arc::new(Shared {
            source,
            cache,
            turn: Mutex::new(()),
            state: Mutex::new(state),
            changed: Condvar::new(),
        });
        let principal = shared.refresh()?;
        let renewal = renewal::start(Arc::clone(&shared)).map_err(KerberosError::Thread)?;
        Ok(Self { shared, principal, renewal: Some(renewal) })
    }

    /// Whom the ticket is for, with the realm.
    pub fn principal(&self) -> &str {
        &self.principal
    }

    /// The ticket cache as `KRB5CCNAME` names it, for children of this process and other
    /// libraries in it. `None` is the default cache, which they find themselves.
    pub fn ccache(&self) -> Option<&str> {
        self.shared.cache_name()
    }

    /// Until when the ticket is good, and what went wrong last.
    pub fn status(&self) -> Status {
        let state = self.shared.state();
        Status { expires: state.expires, failure: state.failure.clone() }
    }

    /// A credential that is good now: after a long sleep of the machine, the login is
    /// repeated first.
    ///
    /// # Errors
    /// Fails when there is no good ticket and none can be had.
    pub fn credential(&self) -> Result<Credential, KerberosError> {
        self.shared.refresh_if_late()?;
        let (credential, _, _) = self.shared.read()?;
        Ok(credential)
    }
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login")
            .field("principal", &self.principal)
            .field("source", &self.shared.source)
            .finish_non_exhaustive()
    }
}

impl Drop for Login {
    fn drop(&mut self) {
        self.shared.state().ended = true;
        self.shared.changed.notify_all();
        if let Some(renewal) = self.renewal.take() {
            let _ = renewal.join();
        }
    }
}

impl Shared {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gets a fresh ticket and says for whom it is.
    pub(super) fn refresh(&self) -> Result<String, KerberosError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.refresh_in_turn()
    }

    /// Gets a fresh ticket if the renewal should have done so long ago.
    fn refresh_if_late(&self) -> Result<(), KerberosError> {
        if !self.state().is_late() {
            return Ok(());
        }
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        match self.state().is_late() {
            true => self.refresh_in_turn().map(drop),
            false => Ok(()),
        }
    }

    fn refresh_in_turn(&self) -> Result<String, KerberosError> {
        let result = self.fetch().and_then(|()| self.read());
        let mut state = self.state();
        match result {
            Ok((_, principal, lifetime)) => {
                state.obtained = SystemTime::now();
                state.expires = state.obtained + lifetime;
                state.failure = None;
                Ok(principal)
            }
            Err(error) => {
                state.failure = Some(error.to_string());
                Err(error)
            }
        }
    }

    /// Brings the newest ticket there is into the cache.
    fn fetch(&self) -> Result<(), KerberosError> {
        match (&self.source, &self.cache) {
            (Source::Keytab { keytab, principal }, Some(own)) => {
                std::fs::File::open(keytab)
                    .map_err(|error| KerberosError::Keytab { path: keytab.clone(), error })?;
                own.clear_draft();
                let keytab = format!("FILE:{}", keytab.display());
                login(principal.as_deref(), keytab, own.draft()).map_err(KerberosError::Login)?;
                own.publish()
            }
            // At the start the ticket is as fresh as its owner made it.
            _ if !self.state().has_ticket() => Ok(()),
            _ => match cache::renew(self.cache_name()) {
                // Its owner may have put a new one there meanwhile.
                Err(error) if self.read().is_ok_and(|(_, _, left)| left < SHORT) => Err(error),
                _ => Ok(()),
            },
        }
    }

    /// Looks into the cache.
    fn read(&self) -> Result<(Credential, String, Duration), KerberosError> {
        let store = Store { cache: self.cache_name().map(str::to_owned), keytab: None };
        let cache = || cache::shown(self.cache_name());
        let failed = |error| KerberosError::Ticket { cache: cache(), error };
        let credential = Credential::acquire(None, &store).map_err(failed)?;
        let (name, lifetime) = credential.inquire().map_err(failed)?;
        match lifetime {
            Lifetime::Remaining(left) => Ok((credential, name.to_string(), left)),
            Lifetime::Unlimited => Ok((credential, name.to_string(), DAY)),
            Lifetime::Expired => Err(KerberosError::Expired { cache: cache() }),
        }
    }

    fn cache_name(&self) -> Option<&str> {
        match (&self.source, &self.cache) {
            (_, Some(own)) => Some(own.name()),
            (Source::Cache { name }, None) => name.as_deref(),
            (Source::Keytab { .. }, None) => None,
        }
    }
}

const DAY: Duration = Duration::from_secs(86_400);
/// A ticket that lasts this long is no reason for an error.
const SHORT: Duration = Duration::from_secs(60);

impl State {
    /// Whether a ticket was ever seen.
    fn has_ticket(&self) -> bool {
        self.expires > self.obtained
    }

    /// Whether less than a quarter of the ticket's life is left.
    fn is_late(&self) -> bool {
        let life = self.expires.duration_since(self.obtained).unwrap_or_default();
        SystemTime::now() + life / 4 >= self.expires
    }
}

fn login(principal: Option<&str>, keytab: String, cache: String) -> Result<(), GssError> {
    let name = principal.map(Name::principal).transpose()?;
    let store = Store { cache: Some(cache), keytab: Some(keytab) };
    Credential::acquire(name.as_ref(), &store)?.inquire().map(drop)
}
