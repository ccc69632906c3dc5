//! Who we are in each cluster's realm, and the secrets that prove it.
//!
//! A login is begun when it is first needed, so that looking at a move needs no ticket, and
//! kept fresh as long as the move runs.

use crate::config::{Auth, Cluster, HiveConfig, Kerberos, Secret};
use boatlift_clients::kerberos::{Login, Source};
use boatlift_clients::wire;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::secret::SecretPlace;
use boatlift_core::side::Side;
use std::sync::{Arc, Mutex, PoisonError};

/// The logins of both sides.
pub struct Logins {
    lower: SideLogin,
    upper: SideLogin,
}

struct SideLogin {
    side: Side,
    wanted: Option<Kerberos>,
    login: Mutex<Option<Arc<Login>>>,
}

impl Logins {
    /// Those that a configuration asks for. Nothing is begun yet.
    #[must_use]
    pub fn new(config: &HiveConfig) -> Logins {
        let of = |side, cluster: &Cluster| SideLogin {
            side,
            wanted: wanted(cluster),
            login: Mutex::default(),
        };
        Logins { lower: of(Side::Lower, &config.lower), upper: of(Side::Upper, &config.upper) }
    }

    /// The login of a side, begun if it was not yet; `None` when its cluster has no Kerberos.
    ///
    /// # Errors
    /// [`Code::ServerRefused`] when there is no ticket to be had.
    pub fn of(&self, side: Side) -> Result<Option<Arc<Login>>> {
        let of_side = match side {
            Side::Lower => &self.lower,
            Side::Upper => &self.upper,
        };
        of_side.get()
    }
}

impl SideLogin {
    fn get(&self) -> Result<Option<Arc<Login>>> {
        let Some(wanted) = &self.wanted else { return Ok(None) };
        let mut login = self.login.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(login) = &*login {
            return Ok(Some(Arc::clone(login)));
        }
        let source = match &wanted.keytab {
            Some(keytab) => {
                let principal = wanted.principal.clone();
                Source::Keytab { keytab: keytab.clone(), principal }
            }
            None => Source::Cache { name: None },
        };
        let begun = Login::start(source).map_err(|error| {
            Error::new(Code::ServerRefused, "cannot log in to the realm of")
                .on(self.side)
                .because(crate::catalog::chain(&error))
        })?;
        let begun = Arc::new(begun);
        *login = Some(Arc::clone(&begun));
        Ok(Some(begun))
    }
}

/// What a cluster with Kerberos asks for: a keytab, or the ticket that is there.
fn wanted(cluster: &Cluster) -> Option<Kerberos> {
    let by_metastore = matches!(cluster.metastore.auth, Auth::Kerberos(_));
    cluster.kerberos.clone().or_else(|| by_metastore.then(Kerberos::default))
}

/// Looks a secret up.
///
/// # Errors
/// [`Code::ConfigValue`] when it is not where the configuration says.
pub(crate) fn reveal(secret: &Secret) -> Result<wire::Secret> {
    let missing = |why: String| {
        Error::new(Code::ConfigValue, "cannot look up the secret").on(secret).because(why)
    };
    match secret {
        Secret::Held(held) => Ok(wire::Secret::new(held.reveal())),
        Secret::Withheld => Err(missing(
            "it stood in clear in hms-mirror's configuration and is not kept: run \
             `boatlift hms-mirror` again, or name it as env:NAME or file:PATH"
                .into(),
        )),
        Secret::At(SecretPlace::Environment(name)) => match std::env::var(name) {
            Ok(value) => Ok(wire::Secret::new(value)),
            Err(error) => Err(missing(error.to_string())),
        },
        Secret::At(SecretPlace::File(path)) => match std::fs::read_to_string(path) {
            Ok(text) => Ok(wire::Secret::new(text.lines().next().unwrap_or_default())),
            Err(error) => Err(missing(error.to_string())),
        },
    }
}
