//! Settings of servers that hold while tables are carried, and go back when they are.
//!
//! What they were is kept in the move's state before the first is changed: whoever comes after a
//! death puts it back. A server that restarted has forgotten what it was told, and is told what it
//! reads in its configuration.

use crate::cluster::Cluster;
use crate::failures::failed;
use crate::inventory::{Shared, write_whole};
use boatlift_clients::pegasus::Server;
use boatlift_core::error::{Code, Error, Result};
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The file of what settings were.
const KEPT: &str = "throttled.json";
/// How fast UPPER's servers fetch checkpoints, in MB/s for each disk; 0 for no limit.
const COPY_RATE: &str = "max_copy_rate_megabytes_per_disk";
/// How much LOWER's servers ship at once, in bytes.
const SHIP_BATCH: &str = "duplicate_log_batch_bytes";

/// A setting of one server, as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Former {
    server: String,
    flag: String,
    value: String,
}

/// Gives servers the settings that the move file names.
///
/// # Errors
/// When a server does not take one, or what it was cannot be kept.
pub(crate) async fn begin(shared: &Shared) -> Result<()> {
    let settings = &shared.config.duplication;
    let clusters = &shared.clusters;
    let wanted = [
        (&clusters.upper, COPY_RATE, settings.copy_rate_megabytes),
        (&clusters.lower, SHIP_BATCH, settings.ship_batch_bytes),
    ];
    let wanted =
        wanted.into_iter().filter_map(|(cluster, flag, value)| Some((cluster, flag, value?)));
    for (cluster, flag, value) in wanted {
        set(shared, cluster, flag, &value.to_string()).await?;
    }
    Ok(())
}

async fn set(shared: &Shared, cluster: &Cluster, flag: &str, value: &str) -> Result<()> {
    let path = kept_in(shared).ok_or_else(|| {
        Error::new(Code::Usage, "cannot change settings of servers:")
            .because("there is no state that keeps what they were")
    })?;
    let mut kept = read(&path)?;
    let servers = cluster.servers().await.map_err(failed("cannot list the replica servers"))?;
    for (_, server) in &servers {
        let name = server.endpoint().to_string();
        // What an earlier run kept is older than what that run may have set.
        if !kept.iter().any(|former| former.server == name && former.flag == flag) {
            let now = server.flag(flag).await;
            let now = now.map_err(failed("cannot ask a server for a setting"))?;
            kept.push(Former { server: name, flag: flag.to_owned(), value: now.value });
        }
    }
    write(&path, &kept)?;
    for (_, server) in &servers {
        let asked = server.update_flag(flag, value).await;
        asked.map_err(failed("cannot change a setting of a server"))?;
    }
    Ok(())
}

/// Puts back what an earlier [`begin`] changed, in this process or another.
///
/// # Errors
/// When a server that is alive does not take it: the rest is still kept.
pub(crate) async fn end(shared: &Shared) -> Result<()> {
    let Some(path) = kept_in(shared) else { return Ok(()) };
    let kept = read(&path)?;
    if kept.is_empty() {
        return Ok(());
    }
    let (mut left, mut last) = (Vec::new(), None);
    for former in kept {
        let Ok(endpoint) = former.server.parse() else { continue };
        let server = Server::new(endpoint, shared.clusters.lower.options().clone());
        let Err(error) = server.update_flag(&former.flag, &former.value).await else { continue };
        // What it was told ended with it.
        match is_lost(shared, &server).await {
            Ok(true) => {
                tracing::warn!(server = former.server, %error, "a server that is not alive is left out");
            }
            Ok(false) | Err(_) => {
                last = Some(failed("cannot put a setting of a server back")(error));
                left.push(former);
            }
        }
    }
    write(&path, &left)?;
    last.map_or(Ok(()), Err)
}

/// Whether neither cluster has the server any more.
async fn is_lost(shared: &Shared, server: &Server) -> Result<bool> {
    let (clusters, endpoint) = (&shared.clusters, server.endpoint());
    Ok(clusters.lower.has_lost(endpoint).await? && clusters.upper.has_lost(endpoint).await?)
}

fn kept_in(shared: &Shared) -> Option<PathBuf> {
    shared.state.as_ref().map(|state| state.join(KEPT))
}

fn read(path: &Path) -> Result<Vec<Former>> {
    match std::fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(unkept(path, error)),
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| unkept(path, error)),
    }
}

fn write(path: &Path, kept: &[Former]) -> Result<()> {
    let bytes = serde_json::to_vec(kept).map_err(|error| unkept(path, error))?;
    write_whole(path, &bytes).map_err(|error| unkept(path, error))
}

fn unkept(path: &Path, why: impl std::fmt::Display) -> Error {
    Error::new(Code::StateIo, "cannot keep what settings of servers were in")
        .on(path.display())
        .because(why)
}
