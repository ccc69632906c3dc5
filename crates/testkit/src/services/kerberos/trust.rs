//! Two realms, as two companies or two clusters have them.

use super::realm::{Lifetimes, Realm, Seat};
use crate::services::error::ServiceError;
use crate::services::ports::free_port;
use std::sync::Arc;
use std::time::Duration;

/// The secret that both centres share: no test tries to break it.
const SHARED: &str = "shared-by-both-realms";

/// Whether two realms believe each other's centres.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Both do, by a principal for each direction.
    Mutual,
    /// Neither does; each knows where the other's centre is.
    Missing,
}

/// The realms of LOWER and of UPPER, each with a centre of its own.
///
/// A host belongs to one realm, and both clusters are on this machine: so LOWER's services are
/// those of `localhost`, and UPPER's those of `127.0.0.1`.
#[derive(Debug, Clone)]
pub struct Realms {
    /// `LOWER.TEST`.
    pub lower: Arc<Realm>,
    /// `UPPER.TEST`, with the principal `yarn` besides.
    pub upper: Arc<Realm>,
}

impl Realms {
    /// Starts both. Tickets of their users `hdfs` are good for `ticket` only, all others for a
    /// day: servers as old as LOWER's log in again after ten minutes at the earliest.
    ///
    /// # Errors
    /// When the programs are missing or fail.
    pub fn start(ticket: Duration, trust: Trust) -> Result<Self, ServiceError> {
        let lower = Seat { name: "LOWER.TEST", host: "localhost", port: free_port()? };
        let upper = Seat { name: "UPPER.TEST", host: "127.0.0.1", port: free_port()? };
        let realms = Realms {
            lower: Arc::new(Realm::begin(Lifetimes::LONG, lower, Some(upper))?),
            upper: Arc::new(Realm::begin(Lifetimes::LONG, upper, Some(lower))?),
        };
        realms.upper.add_principal(&realms.upper.service_principal("yarn"))?;
        for realm in [&realms.lower, &realms.upper] {
            realm.add_principal_with(&realm.user_principal("hdfs"), ticket)?;
            if trust == Trust::Mutual {
                for (of, from) in [(lower, upper), (upper, lower)] {
                    let ticket_granter = format!("krbtgt/{}@{}", of.name, from.name);
                    realm.add_shared_principal(&ticket_granter, SHARED)?;
                }
            }
        }
        Ok(realms)
    }
}
