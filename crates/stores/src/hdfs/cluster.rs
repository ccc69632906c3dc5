//! One root on one cluster: the questions that a store asks the NameNode, each with a
//! limit to how long an answer may take.

use super::acl::Acl;
use super::errors::{Answer, has_no_acls, is_denied, is_nowhere};
use super::facets::Look;
use super::options::HdfsOptions;
use super::url::HdfsUrl;
use super::{names, runtime};
use boatlift_core::store::Detail;
use boatlift_core::{Key, Result};
use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt};
use hdfs_native::file::FileWriter;
use hdfs_native::{Client, HdfsError, WriteOptions};
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;

/// How long one answer may take: the client's own attempts end well before.
const PATIENCE: Duration = Duration::from_secs(180);
/// Leaves a time as it is (`ClientProtocol.setTimes`).
const KEEP_TIME: u64 = u64::MAX;
/// The way to an item that only the superuser may change by.
const RAW: &str = "/.reserved/raw";

/// The content of a file on its way.
pub(crate) type Body = BoxStream<'static, Answer<Bytes>>;

/// A root on a cluster.
#[derive(Debug)]
pub(crate) struct Cluster {
    client: Client,
    handle: Handle,
    url: HdfsUrl,
    /// The NameNode said that it keeps no ACLs.
    without_acls: AtomicBool,
}

impl Cluster {
    /// Sets up a client. Nothing is sent yet.
    pub(crate) fn new(url: HdfsUrl, options: &HdfsOptions) -> Result<Cluster> {
        let handle = runtime::handle()?;
        let client = options.client(&url, handle.clone())?;
        Ok(Cluster { client, handle, url, without_acls: AtomicBool::new(false) })
    }

    /// Drives `work` to its end on this thread.
    pub(crate) fn run<F: Future>(&self, work: F) -> F::Output {
        self.handle.block_on(work)
    }

    /// Begins work that goes on by itself.
    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> tokio::task::JoinHandle<T> {
        self.handle.spawn(work)
    }

    pub(crate) fn url(&self) -> &HdfsUrl {
        &self.url
    }

    /// The root's path, without a closing `/`: empty for HDFS' own top.
    pub(crate) fn top(&self) -> &str {
        &self.url.path
    }

    /// The root's path as HDFS takes it.
    pub(crate) fn top_path(&self) -> &str {
        if self.url.path.is_empty() { "/" } else { &self.url.path }
    }

    /// The path of `key`.
    pub(crate) fn path(&self, key: Key<'_>) -> Result<String> {
        names::path(self.top(), key)
    }

    /// How `path` looks, or `None` when nothing is there.
    pub(crate) async fn look(&self, path: &str) -> Answer<Option<Look>> {
        match ask(self.client.get_file_info(path)).await {
            Ok(status) => Ok(Some(Look::of(status))),
            Err(answer) if is_nowhere(&answer) => Ok(None),
            Err(answer) => Err(answer),
        }
    }

    /// The facets of a look, with the hash of the ACL where it is asked for.
    pub(crate) async fn facets(&self, path: &str, look: &Look, detail: Detail) -> Answer<Vec<u8>> {
        let attributes = match detail {
            Detail::Basic => None,
            Detail::Attributes => Some(self.acl(path).await?.digest()),
        };
        Ok(look.encode(attributes))
    }

    /// The extra entries of an item's ACL. They are asked for each time, unless the
    /// NameNode keeps none: since Hadoop 3 the client is not told which items have some.
    pub(crate) async fn acl(&self, path: &str) -> Answer<Acl> {
        if self.without_acls.load(Ordering::Relaxed) {
            return Ok(Acl::default());
        }
        match ask(self.client.get_acl_status(path)).await {
            Ok(status) => Ok(Acl::of(status.entries)),
            Err(answer) if has_no_acls(&answer) => {
                self.without_acls.store(true, Ordering::Relaxed);
                Ok(Acl::default())
            }
            Err(answer) => Err(answer),
        }
    }

    /// The names in a directory with their looks, in no order. A file has none.
    pub(crate) async fn children(&self, path: &str) -> Answer<Vec<(String, Look)>> {
        let listing = self.client.list_status_iter(path, false);
        let mut children = Vec::new();
        while let Some(status) = ask(async { listing.next().await.transpose() }).await? {
            let name = status.path.strip_prefix(path).map(|name| name.trim_start_matches('/'));
            let Some(name) = name.filter(|name| !name.is_empty()).map(str::to_owned) else {
                continue;
            };
            children.push((name, Look::of(status)));
        }
        Ok(children)
    }

    /// Opens a file: its length and its content.
    pub(crate) async fn open(&self, path: &str) -> Answer<(u64, Body)> {
        let reader = ask(self.client.read(path)).await?;
        let length = reader.file_length();
        Ok((length as u64, reader.read_range_stream(0, length).boxed()))
    }

    /// Creates a file in place of whatever file has the name, and the directories above it.
    pub(crate) async fn create(&self, path: &str, mode: u32) -> Answer<FileWriter> {
        let how = WriteOptions::default().overwrite(true).permission(mode);
        ask(self.client.create(path, how)).await
    }

    /// Makes a directory; one that is there stays as it is.
    pub(crate) async fn make_directory(&self, path: &str, mode: u32, above: Above) -> Answer<()> {
        ask(self.client.mkdirs(path, mode, above == Above::Make)).await
    }

    /// Renames; `over` tells whether what stands there is replaced.
    pub(crate) async fn rename(&self, from: &str, to: &str, over: Over) -> Answer<()> {
        ask(self.client.rename(from, to, over == Over::Replace)).await
    }

    /// Removes a file or an empty directory. Tells whether it was there.
    pub(crate) async fn delete(&self, path: &str) -> Answer<bool> {
        match ask(self.client.delete(path, false)).await {
            Err(answer) if is_nowhere(&answer) => Ok(false),
            answer => answer,
        }
    }

    pub(crate) async fn set_mtime(&self, path: &str, milliseconds: i64) -> Answer<()> {
        if milliseconds as u64 == KEEP_TIME {
            let why = "HDFS cannot hold the last millisecond of 1969";
            return Err(HdfsError::InvalidArgument(why.into()));
        }
        ask(self.client.set_times(path, milliseconds as u64, KEEP_TIME)).await
    }

    pub(crate) async fn set_owner(
        &self,
        path: &str,
        owner: Option<&str>,
        group: Option<&str>,
    ) -> Answer<()> {
        ask(self.client.set_owner(path, owner, group)).await
    }

    pub(crate) async fn set_mode(&self, path: &str, mode: u32) -> Answer<()> {
        ask(self.client.set_permission(path, mode)).await
    }

    /// Makes the ACL of an item with this mode be `acl` and nothing more.
    pub(crate) async fn set_acl(&self, path: &str, acl: &Acl, mode: u32) -> Answer<()> {
        match ask(self.client.remove_acl(path)).await {
            Err(answer) if has_no_acls(&answer) && acl.is_empty() => return Ok(()),
            answer => answer?,
        }
        match acl.is_empty() {
            true => Ok(()),
            false => ask(self.client.set_acl(path, acl.with_mode(mode))).await,
        }
    }

    /// Whether we may give items to other users. The NameNode refuses this call, which
    /// changes nothing, to everyone but a superuser.
    pub(crate) async fn is_superuser(&self) -> bool {
        let raw = format!("{RAW}{}", self.top_path());
        match ask(self.client.set_times(&raw, KEEP_TIME, KEEP_TIME)).await {
            Ok(()) => true,
            Err(answer) => {
                if !is_denied(&answer) {
                    tracing::debug!(url = %self.url, %answer, "cannot tell the user's rights");
                }
                false
            }
        }
    }
}

/// What to do about directories that are missing above another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Above {
    Make,
    Require,
}

/// What a rename does to a file that has the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    Replace,
    Refuse,
}

/// Waits for an answer as long as an answer may take. The client's futures are large: they
/// are kept off the stack, and out of the futures of all who wait for them.
pub(crate) async fn ask<T>(answer: impl Future<Output = Answer<T>>) -> Answer<T> {
    match tokio::time::timeout(PATIENCE, Box::pin(answer)).await {
        Ok(answer) => answer,
        Err(_) => {
            let waited = format!("no answer within {} s", PATIENCE.as_secs());
            Err(HdfsError::IOError(std::io::Error::new(std::io::ErrorKind::TimedOut, waited)))
        }
    }
}
