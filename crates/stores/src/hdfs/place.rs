//! A temporary name beside the destination, and the rename that puts it in place.
//!
//! Whoever reads the destination sees the old content or the new, never a part: HDFS
//! renames over a file in one step of the NameNode. The temporary stands in the
//! destination's own directory, so that default ACLs, quotas and policies apply.

use super::cluster::{Cluster, Over, ask};
use super::errors::{Answer, failed};
use super::names;
use boatlift_core::{Code, Error, Key, Kind, Result};
use bytes::Bytes;
use hdfs_native::file::FileWriter;

/// Something of ours beside its destination. It must be placed or dropped with
/// [`Temporary::discard`]; what neither reached is found by the next turn.
pub(crate) struct Temporary<'c> {
    cluster: &'c Cluster,
    destination: String,
    name: String,
    writer: Option<FileWriter>,
}

impl<'c> Temporary<'c> {
    /// Creates an empty file in place of what an interrupted turn may have left.
    pub(crate) async fn create(
        cluster: &'c Cluster,
        destination: String,
        mode: u32,
    ) -> Answer<Temporary<'c>> {
        let name = names::temporary(&destination);
        let writer = cluster.create(&name, mode).await?;
        Ok(Temporary { cluster, destination, name, writer: Some(writer) })
    }

    /// Its path.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Appends bytes.
    pub(crate) async fn write(&mut self, bytes: Bytes) -> Answer<()> {
        match &mut self.writer {
            Some(writer) => ask(writer.write_bytes(bytes)).await.map(drop),
            None => Ok(()),
        }
    }

    /// Ends the content: the DataNodes have all of it then.
    pub(crate) async fn close(&mut self) -> Answer<()> {
        match self.writer.take() {
            Some(mut writer) => ask(writer.close()).await,
            None => Ok(()),
        }
    }

    /// Puts it in the place of whatever file stands there.
    pub(crate) async fn place(self, key: Key<'_>) -> Result<()> {
        let placed = self.cluster.rename(&self.name, &self.destination, Over::Replace).await;
        let Err(answer) = placed else { return Ok(()) };
        let error = failed(Code::WriteFailed, "cannot put in place", key)(answer);
        let there = self.cluster.look(&self.destination).await;
        self.discard().await;
        match there {
            Ok(Some(there)) if there.kind == Kind::Directory => {
                let because = "a directory is in its place";
                Err(Error { code: Code::InTheWay, ..error }.because(because))
            }
            _ => Err(error),
        }
    }

    /// Removes it. What cannot be removed now is removed by the next sweep.
    pub(crate) async fn discard(mut self) {
        self.writer = None;
        let _ = self.cluster.delete(&self.name).await;
    }
}
