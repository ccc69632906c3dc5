//! Directories read ahead of a walk: while one is handed out, those that come next are on
//! their way from the NameNode.

use super::cluster::Cluster;
use super::errors::{Answer, is_missing};
use super::facets::Look;
use super::names;
use boatlift_core::digest::DIGEST_LEN;
use boatlift_core::store::Detail;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use hdfs_native::HdfsError;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// ACLs of one directory that are asked for at a time.
const AT_ONCE: usize = 16;

/// One name in a directory.
#[derive(Debug)]
pub(crate) struct Child {
    pub(crate) name: String,
    pub(crate) look: Look,
    /// Hash of its ACL, where it was asked for.
    pub(crate) attributes: Option<[u8; DIGEST_LEN]>,
}

/// A directory that is being read. Dropped, it is given up.
#[derive(Debug)]
pub(crate) struct Order {
    reading: JoinHandle<Answer<Vec<Child>>>,
}

impl Order {
    /// Begins to read the directory at `path`.
    pub(crate) fn new(cluster: &Arc<Cluster>, path: String, at_top: bool, detail: Detail) -> Order {
        let own = Arc::clone(cluster);
        let reading = cluster.spawn(async move { read(&own, &path, at_top, detail).await });
        Order { reading }
    }

    /// Waits for it.
    pub(crate) fn wait(mut self, cluster: &Cluster) -> Answer<Vec<Child>> {
        cluster.run(&mut self.reading).unwrap_or_else(|broken| {
            Err(HdfsError::InternalError(format!("the client broke off: {broken}")))
        })
    }
}

impl Drop for Order {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

/// The names in a directory, except our own, sorted as keys sort.
async fn read(cluster: &Cluster, path: &str, at_top: bool, detail: Detail) -> Answer<Vec<Child>> {
    let found = cluster.children(path).await?;
    let listed = found.into_iter().filter(|(name, _)| !names::is_own(name, at_top));
    let detailed = listed.map(|(name, look)| async move {
        let below = format!("{}/{name}", path.trim_end_matches('/'));
        let attributes = match detail {
            Detail::Basic => None,
            Detail::Attributes => match cluster.acl(&below).await {
                // Gone by now: it is told with what the listing knew.
                Err(answer) if is_missing(&answer) => None,
                acl => Some(acl?.digest()),
            },
        };
        Answer::Ok(Child { name, look, attributes })
    });
    let mut children: Vec<Child> = stream::iter(detailed).buffered(AT_ONCE).try_collect().await?;
    children.sort_unstable_by(|one, other| one.sort_key().cmp(other.sort_key()));
    Ok(children)
}

impl Child {
    pub(crate) fn is_directory(&self) -> bool {
        self.look.kind == boatlift_core::Kind::Directory
    }

    /// The name as it stands in a key: a directory's ends in `/`.
    fn sort_key(&self) -> impl Iterator<Item = u8> {
        self.name.bytes().chain(self.is_directory().then_some(b'/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boatlift_core::Kind;

    #[test]
    fn a_directory_sorts_as_if_its_name_ended_in_a_slash() {
        let child = |name: &str, kind| Child {
            name: name.into(),
            look: Look {
                kind,
                size: 0,
                mtime: 0,
                mode: 0,
                owner: String::new(),
                group: String::new(),
                has_acl: false,
            },
            attributes: None,
        };
        let mut children = [
            child("a0", Kind::File),
            child("a", Kind::Directory),
            child("a-b", Kind::File),
            child("a.c", Kind::Directory),
        ];
        children.sort_unstable_by(|one, other| one.sort_key().cmp(other.sort_key()));
        assert_eq!(children.map(|child| child.name), ["a-b", "a.c", "a", "a0"]);
    }
}
