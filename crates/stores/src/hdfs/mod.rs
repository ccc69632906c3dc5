//! A directory in HDFS as a store, and the lane into it.
//!
//! Bytes and names go over Hadoop's own protocols to the NameNode and the DataNodes, as of
//! Hadoop 2.2 and later. A NameNode acknowledges a change when its edit log holds it, and
//! a file is closed when its blocks are at the DataNodes: what was written stays, as long
//! as one of the replicas does. Whether DataNodes also sync their disks at every close is
//! the cluster's setting (`dfs.datanode.synconclose`), not ours.
//!
//! Nothing outside the root is touched: HDFS follows no symbolic links, and every path is
//! the root's with a checked key behind it. No inventory lists our own names.

mod acl;
mod ahead;
mod cluster;
mod dress;
mod errors;
mod facets;
mod facts;
mod lane;
mod listing;
mod mark;
mod names;
mod options;
mod place;
mod remove;
mod runtime;
mod stream;
mod url;

use boatlift_core::store::{Content, Detail, ListRequest, Listing, RootFacts};
use boatlift_core::{
    Code, Digest, Error, Facets, FacetsRef, Key, Lane, Outcome, Page, Result, Store,
};
use cluster::Cluster;
use errors::{Answer, failed, root_failed};
use lane::{HdfsLane, Lower};
use names::checked;
pub use options::{HdfsOptions, Kerberos};
use std::any::Any;
use std::io::Read;
use std::sync::Arc;
pub use url::HdfsUrl;

/// A directory tree in HDFS.
///
/// Its calls block; they must not be made from inside a task of an asynchronous runtime.
#[derive(Debug)]
pub struct HdfsStore {
    cluster: Arc<Cluster>,
}

impl HdfsStore {
    /// Opens the directory that `url` names.
    ///
    /// # Errors
    /// [`Code::RootMissing`] when there is no directory, [`Code::ServerUnreachable`] when
    /// no NameNode answers, [`Code::ServerRefused`] when the options name none or it does
    /// not let us in.
    pub fn open(url: &HdfsUrl, options: &HdfsOptions) -> Result<Arc<HdfsStore>> {
        facts::check(&Cluster::new(url.clone(), &options.impatient())?)?;
        let cluster = Cluster::new(url.clone(), options)?;
        Ok(Arc::new(HdfsStore { cluster: Arc::new(cluster) }))
    }

    /// Makes the directory that `url` names, if it is missing and its parent is there.
    ///
    /// # Errors
    /// [`Code::RootMissing`] when its parent is not there, [`Code::RootUnwritable`] when
    /// it cannot be made; else as [`HdfsStore::open`].
    pub fn make(url: &HdfsUrl, options: &HdfsOptions) -> Result<()> {
        facts::make(&Cluster::new(url.clone(), &options.impatient())?)
    }
}

impl Store for HdfsStore {
    fn facts(&self) -> Result<RootFacts> {
        facts::facts(&self.cluster)
    }

    fn prove_writable(&self) -> Result<()> {
        let proved = self.cluster.run(prove(&self.cluster));
        let tried = "cannot write below root";
        proved.map_err(root_failed(Code::RootUnwritable, tried, self.cluster.url()))
    }

    fn list(&self, request: ListRequest) -> Result<Box<dyn Listing>> {
        facts::check(&self.cluster)?;
        Ok(Box::new(listing::TreeListing::begin(Arc::clone(&self.cluster), request)))
    }

    fn look(&self, key: Key<'_>, detail: Detail) -> Result<Option<Vec<u8>>> {
        let key = checked(key)?;
        // No such name can be there.
        let Ok(path) = self.cluster.path(key) else { return Ok(None) };
        let look = self.cluster.run(look(&self.cluster, &path, key, detail));
        look.map_err(failed(Code::ListingFailed, "cannot look at", key))
    }

    fn read(&self, key: Key<'_>) -> Result<Content<'_>> {
        stream::read(&self.cluster, checked(key)?)
    }

    fn write(&self, key: Key<'_>, facets: &Facets<'_>, body: &mut dyn Read) -> Result<Digest> {
        stream::write(&self.cluster, checked(key)?, facets, body)
    }

    fn remove(&self, key: Key<'_>, expected: FacetsRef<'_>) -> Result<()> {
        let key = checked(key)?;
        match self.cluster.run(remove::remove(&self.cluster, key, expected))? {
            Outcome::Skipped(because) => {
                Err(Error::new(Code::RemoveFailed, "cannot remove").on(key).because(because))
            }
            _ => Ok(()),
        }
    }

    /// Nothing is held back on our side: every write was acknowledged by the NameNode and
    /// the DataNodes before it returned.
    fn flush(&self) -> Result<()> {
        Ok(())
    }

    fn lane_from(self: Arc<Self>, lower: Arc<dyn Store>) -> Option<Arc<dyn Lane>> {
        let own = lower.as_any().downcast_ref::<HdfsStore>();
        let own = own.map(|lower| Arc::clone(&lower.cluster));
        let lower = own.map_or(Lower::Other(lower), Lower::Hdfs);
        Some(Arc::new(HdfsLane::new(lower, Arc::clone(&self.cluster))))
    }

    fn sweep(&self, page: &Page) -> Result<()> {
        for entry in page.iter().filter(|entry| !entry.key.is_directory()) {
            let key = checked(entry.key)?;
            // A key without a path was never written.
            let Ok(path) = self.cluster.path(key) else { continue };
            let swept = self.cluster.run(self.cluster.delete(&names::temporary(&path)));
            let tried = "cannot remove our temporary of";
            swept.map_err(failed(Code::RemoveFailed, tried, key))?;
        }
        Ok(())
    }

    fn read_mark(&self) -> Result<Option<Vec<u8>>> {
        mark::read(&self.cluster)
    }

    fn write_mark(&self, mark: Option<&[u8]>) -> Result<()> {
        mark::write(&self.cluster, mark)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Writes a byte, which takes a DataNode as well as the NameNode, and removes it.
async fn prove(cluster: &Cluster) -> Answer<()> {
    let name = names::probe(cluster.top());
    let mut writer = cluster.create(&name, stream::UNFINISHED).await?;
    let written = match cluster::ask(writer.write_bytes(vec![0].into())).await {
        Ok(_) => cluster::ask(writer.close()).await,
        Err(answer) => Err(answer),
    };
    drop(writer);
    let removed = cluster.delete(&name).await;
    written.and(removed.map(drop))
}

async fn look(
    cluster: &Cluster,
    path: &str,
    key: Key<'_>,
    detail: Detail,
) -> Answer<Option<Vec<u8>>> {
    match cluster.look(path).await?.filter(|look| remove::fits(look, key)) {
        None => Ok(None),
        Some(look) => cluster.facets(path, &look, detail).await.map(Some),
    }
}
