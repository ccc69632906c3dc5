//! Connections to the metastores of a cluster, as its configuration asks for them.

use crate::catalog::chain;
use crate::config::{Auth, Cluster, Tls, Transport};
use crate::logins::{Logins, reveal};
use boatlift_clients::metastore::{Dial, Identity, Metastores, Settings};
use boatlift_clients::wire::{self, Authorities, Endpoint, Options, Protection};
use boatlift_core::error::Result;
use boatlift_core::side::Side;
use std::sync::Arc;
use std::time::Duration;

/// How long a call waits for a free connection.
const PATIENCE: Duration = Duration::from_secs(900);
/// Connections beside those that carry: a listing reads ahead on its own.
const READERS: usize = 8;
/// Where a metastore listens for HTTP, unless its URI says otherwise.
const HTTP_PATH: &str = "/metastore";

/// A pool of connections to a side's metastores. Nothing is connected yet.
///
/// # Errors
/// When a secret cannot be looked up.
pub(crate) fn metastores(
    side: Side,
    cluster: &Cluster,
    user: &str,
    connections: usize,
    logins: &Arc<Logins>,
) -> Result<Metastores> {
    let settings = Settings {
        endpoints: cluster.metastore.uris.clone(),
        identity: identity(cluster, user),
        connections: connections + READERS,
        patience: PATIENCE,
    };
    let dial = dial(side, cluster, &settings.identity, logins)?;
    Ok(Metastores::new(settings, dial))
}

/// A server that proves nothing is told who acts; any other knows.
fn identity(cluster: &Cluster, user: &str) -> Identity {
    match cluster.metastore.auth {
        Auth::Kerberos(_) => Identity::OfConnection,
        Auth::None | Auth::Plain(_) => {
            let user = cluster.user.clone().unwrap_or_else(|| user.to_owned());
            Identity::Claimed { groups: vec![user.clone()], user }
        }
    }
}

fn dial(side: Side, cluster: &Cluster, identity: &Identity, logins: &Arc<Logins>) -> Result<Dial> {
    let claimed = match identity {
        Identity::Claimed { user, .. } => wire::Auth::Claimed { user: user.clone() },
        Identity::OfConnection => wire::Auth::None,
    };
    let plain = match &cluster.metastore.auth {
        Auth::Plain(plain) => {
            Some(wire::Auth::Plain { user: plain.user.clone(), password: reveal(&plain.password)? })
        }
        Auth::None | Auth::Kerberos(_) => None,
    };
    let service = match &cluster.metastore.auth {
        Auth::Kerberos(service) => Some(service.service.clone()),
        Auth::None | Auth::Plain(_) => None,
    };
    let tls = cluster.metastore.tls.as_ref().map(tls);
    let transport = cluster.metastore.transport;
    let logins = Arc::clone(logins);
    Ok(Box::new(move |uri| {
        let auth = match (&plain, &service) {
            (Some(plain), _) => plain.clone(),
            (None, Some(service)) => kerberos(&logins, side, service)?,
            (None, None) => claimed.clone(),
        };
        let Address { endpoint, transport, is_secure } = address(uri, transport)?;
        let tls = tls.clone().or_else(|| is_secure.then(wire::Tls::default));
        let options = Options { transport, tls, auth, ..Options::default() };
        wire::dial(&endpoint, &options).map_err(|error| told(&error).into())
    }))
}

fn kerberos(logins: &Logins, side: Side, service: &str) -> Result<wire::Auth, String> {
    let login = logins.of(side).map_err(|error| error.to_string())?;
    let login = login.ok_or("there is no login for this side")?;
    let protection = Protection::default();
    Ok(wire::Auth::Kerberos(wire::Kerberos { service: service.to_owned(), login, protection }))
}

/// An error with its reasons, and what a person can do about it.
fn told(error: &wire::WireError) -> String {
    match wire::hint(error) {
        Some(hint) => format!("{} ({hint})", chain(error)),
        None => chain(error),
    }
}

struct Address {
    endpoint: Endpoint,
    transport: wire::Transport,
    is_secure: bool,
}

fn address(uri: &str, transport: Transport) -> Result<Address, String> {
    let (scheme, rest) = uri.split_once("://").ok_or_else(|| format!("`{uri}` is no URI"))?;
    let (place, path) = match rest.find('/') {
        Some(slash) => (&rest[..slash], rest[slash..].trim_end_matches('/')),
        None => (rest, ""),
    };
    let endpoint = place.parse::<Endpoint>().map_err(|error| error.to_string())?;
    let is_http = scheme != "thrift" || transport == Transport::Http;
    let transport = match (is_http, transport) {
        (true, _) => {
            let path = if path.is_empty() { HTTP_PATH } else { path };
            wire::Transport::Http { path: path.to_owned() }
        }
        (false, Transport::Framed) => wire::Transport::Framed,
        (false, _) => wire::Transport::Buffered,
    };
    Ok(Address { endpoint, transport, is_secure: scheme == "https" })
}

fn tls(tls: &Tls) -> wire::Tls {
    let authorities = match &tls.ca {
        Some(path) => Authorities::File(path.clone()),
        None => Authorities::System,
    };
    wire::Tls { authorities, ..wire::Tls::default() }
}
