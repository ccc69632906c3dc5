//! Credentials that are kept for a while: their provider may have to ask a service for them.

use aws_sdk_s3::config::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::identity::Identity;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// How long they are kept at most.
const KEPT: Duration = Duration::from_secs(15 * 60);
/// How long before their end they are asked for again.
const BEFORE_END: Duration = Duration::from_secs(60);

/// The credentials of a side.
#[derive(Debug)]
pub(super) struct Identities {
    provider: SharedCredentialsProvider,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    None,
    Asking,
    Kept(Identity, SystemTime),
}

impl Identities {
    pub(super) fn of(provider: SharedCredentialsProvider) -> Identities {
        Identities { provider, state: Mutex::new(State::None) }
    }

    /// Those of now. `None` while somebody else is asking for them, and when there are none.
    pub(super) async fn now(&self) -> Option<Identity> {
        let now = SystemTime::now();
        {
            let mut state = self.state();
            match &*state {
                State::Asking => return None,
                State::Kept(identity, until) if *until > now => return Some(identity.clone()),
                _ => *state = State::Asking,
            }
        }
        let asking = Asking(self);
        let credentials = self.provider.provide_credentials().await.ok()?;
        let latest = now + KEPT;
        let end = credentials.expiry().and_then(|end| end.checked_sub(BEFORE_END));
        let identity = Identity::from(credentials);
        asking.ends_with(State::Kept(identity.clone(), end.map_or(latest, |end| end.min(latest))));
        Some(identity)
    }

    /// Has them asked for again: a server may not take them any more.
    pub(super) fn forget(&self) {
        let mut state = self.state();
        if matches!(*state, State::Kept(..)) {
            *state = State::None;
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody asks; who is dropped meanwhile asks no more.
struct Asking<'a>(&'a Identities);

impl Asking<'_> {
    fn ends_with(self, state: State) {
        *self.0.state() = state;
        std::mem::forget(self);
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        *self.0.state() = State::None;
    }
}
