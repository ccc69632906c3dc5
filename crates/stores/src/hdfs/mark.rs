//! The small record at the root of a side: `.boatlift/mark`, synchronized at the DataNodes
//! before it takes its place.

use super::cluster::{Above, Cluster, Over, ask};
use super::errors::{Answer, is_missing, is_not_empty, root_failed};
use super::names::own_directory;
use super::stream::{UNFINISHED, UNFINISHED_DIRECTORY};
use boatlift_core::{Code, Result};
use futures_util::StreamExt;

/// A mark is a few lines; what is larger is none of ours.
const MARK_BYTES: usize = 64 << 10;

/// Reads the mark, or `None` when there is none.
pub(crate) fn read(cluster: &Cluster) -> Result<Option<Vec<u8>>> {
    cluster.run(get(cluster)).map_err(root_failed(
        Code::RootUnreadable,
        "cannot read the mark below",
        cluster.url(),
    ))
}

/// Writes the mark: readers see the old one or the new; `None` removes it, and its
/// directory when nothing else is in it. Idempotent.
pub(crate) fn write(cluster: &Cluster, mark: Option<&[u8]>) -> Result<()> {
    let written = match mark {
        Some(mark) => cluster.run(put(cluster, mark)),
        None => cluster.run(remove(cluster)),
    };
    written.map_err(root_failed(Code::RootUnwritable, "cannot write the mark below", cluster.url()))
}

fn path(cluster: &Cluster) -> String {
    format!("{}/mark", own_directory(cluster.top()))
}

async fn get(cluster: &Cluster) -> Answer<Option<Vec<u8>>> {
    let (_, mut body) = match cluster.open(&path(cluster)).await {
        Err(answer) if is_missing(&answer) => return Ok(None),
        answer => answer?,
    };
    let mut mark = Vec::new();
    while let Some(bytes) = body.next().await.transpose()? {
        mark.extend_from_slice(&bytes[..bytes.len().min(MARK_BYTES - mark.len())]);
    }
    Ok(Some(mark))
}

async fn put(cluster: &Cluster, mark: &[u8]) -> Answer<()> {
    let own = own_directory(cluster.top());
    cluster.make_directory(&own, UNFINISHED_DIRECTORY, Above::Require).await?;
    let new = format!("{own}/mark.new");
    let mut writer = cluster.create(&new, UNFINISHED).await?;
    if !mark.is_empty() {
        ask(writer.write_bytes(mark.to_vec().into())).await?;
        ask(writer.hsync()).await?;
    }
    ask(writer.close()).await?;
    cluster.rename(&new, &path(cluster), Over::Replace).await
}

async fn remove(cluster: &Cluster) -> Answer<()> {
    let own = own_directory(cluster.top());
    cluster.delete(&format!("{own}/mark.new")).await?;
    cluster.delete(&path(cluster)).await?;
    match cluster.delete(&own).await {
        Err(answer) if is_not_empty(&answer) => Ok(()),
        answer => answer.map(drop),
    }
}
