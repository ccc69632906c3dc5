//! The thread that renews: at half of a ticket's life, and again and again when that fails.

use std::io;
use std::sync::{Arc, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, SystemTime};

use super::login::{Shared, State};

/// The machine's clock is looked at this often: it may have slept.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Between two attempts when the first one fails.
const FIRST_RETRY: Duration = Duration::from_secs(2);
/// Between two attempts in the long run.
const LAST_RETRY: Duration = Duration::from_secs(60);

/// Starts it; it ends soon after `State::ended` is set.
pub(super) fn start(shared: Arc<Shared>) -> io::Result<JoinHandle<()>> {
    Builder::new().name("kerberos-renewal".into()).spawn(move || renew(&shared))
}

fn renew(shared: &Shared) {
    let mut retry = FIRST_RETRY;
    let mut next = next(&shared.state());
    while wait(shared, next) == Wake::Due {
        match shared.refresh() {
            Ok(principal) => {
                tracing::debug!(principal, "a Kerberos ticket was renewed");
                retry = FIRST_RETRY;
                next = self::next(&shared.state());
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "renewing failed");
                next = SystemTime::now() + retry;
                retry = (retry * 2).min(LAST_RETRY);
            }
        }
    }
}

/// Half of the ticket's life after it began.
fn next(state: &State) -> SystemTime {
    let life = state.expires.duration_since(state.obtained).unwrap_or_default();
    state.obtained + (life / 2).max(Duration::from_secs(1))
}

#[derive(PartialEq, Eq)]
enum Wake {
    Due,
    Ended,
}

fn wait(shared: &Shared, until: SystemTime) -> Wake {
    let mut state = shared.state();
    loop {
        if state.ended {
            return Wake::Ended;
        }
        let Ok(left) = until.duration_since(SystemTime::now()) else { return Wake::Due };
        let waited = shared.changed.wait_timeout(state, left.min(LONGEST_PAUSE));
        state = waited.unwrap_or_else(PoisonError::into_inner).0;
    }
}
