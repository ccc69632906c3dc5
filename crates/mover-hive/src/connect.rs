//! Connections to the servers of a cluster, as its configuration asks for them.

use crate::config::Cluster;
use boatlift_clients::metastore::{Dial, Identity, Metastores, Settings};
use boatlift_core::error::Result;
use boatlift_core::side::Side;
use std::time::Duration;

/// How long a call waits for a free connection.
const PATIENCE: Duration = Duration::from_secs(900);

/// A pool of connections to a side's metastores. Nothing is connected yet.
///
/// # Errors
/// When a secret cannot be looked up.
pub(crate) fn connect(
    side: Side,
    cluster: &Cluster,
    user: &str,
    connections: usize,
) -> Result<Metastores> {
    let _ = side;
    let dial: Dial = Box::new(|uri| {
        let place = uri.trim_start_matches("thrift://").trim_end_matches('/');
        let stream = std::net::TcpStream::connect(place)?;
        stream.set_nodelay(true)?;
        Ok(Box::new(stream))
    });
    let settings = Settings {
        endpoints: cluster.metastore.uris.clone(),
        identity: Identity::Claimed { user: user.to_owned(), groups: vec![user.to_owned()] },
        // A listing reads ahead while a stage writes.
        connections: connections + 8,
        patience: PATIENCE,
    };
    Ok(Metastores::new(settings, dial))
}
