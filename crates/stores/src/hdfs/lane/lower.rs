//! LOWER, seen from the lane: a root in HDFS, or any other store.
//!
//! Another store is read with blocking calls, on the thread that drives the turn.

use super::super::cluster::{Body, Cluster};
use super::super::dress::Wanted;
use super::super::errors::{Halt, Part, failed, is_nowhere};
use super::super::facets::{Look, MODE_BITS, milliseconds};
use super::super::remove::fits;
use super::super::stream::{next, part};
use boatlift_core::store::{Detail, Store};
use boatlift_core::{Code, Entry, Error, Facets, FacetsRef, Key, Kind, Outcome, Result};
use bytes::Bytes;
use std::io::Read;
use std::sync::Arc;

/// The side that feeds.
pub(crate) enum Lower {
    Hdfs(Arc<Cluster>),
    Other(Arc<dyn Store>),
}

/// A file at LOWER, open for reading.
pub(crate) struct Opened<'a> {
    pub(crate) content: Passing<'a>,
    /// The facets that the content belongs to, encoded. `None` when the system did not
    /// tell them with the content.
    pub(crate) facets: Option<Vec<u8>>,
    /// Bytes that it has, where that is known beforehand.
    pub(crate) length: Option<u64>,
}

/// Content on its way.
pub(crate) enum Passing<'a> {
    Hdfs(Body),
    Other(Box<dyn Read + Send + 'a>),
}

impl Passing<'_> {
    /// The next part.
    pub(crate) async fn next(&mut self, key: Key<'_>) -> Result<Option<Bytes>> {
        match self {
            Passing::Hdfs(body) => {
                next(body).await.map_err(failed(Code::ReadFailed, "cannot read from LOWER", key))
            }
            Passing::Other(body) => part(&mut **body, key),
        }
    }
}

impl Lower {
    /// How `key` looks now, encoded; not there, or another kind of key, is vanished.
    /// Attributes are asked for where the entry has them.
    pub(crate) async fn look(&self, entry: &Entry<'_>) -> Part<Vec<u8>> {
        let then = entry.lower.map(|lower| lower.decode());
        let detail = match then.and_then(|then| then.attributes) {
            Some(_) => Detail::Attributes,
            None => Detail::Basic,
        };
        let key = entry.key;
        let found = match self {
            Lower::Other(store) => store.look(key, detail)?,
            Lower::Hdfs(cluster) => {
                let path = cluster.path(key)?;
                let cannot = || failed(Code::ReadFailed, "cannot look at LOWER's", key);
                match cluster.look(&path).await.map_err(cannot())?.filter(|look| fits(look, key)) {
                    None => None,
                    Some(look) => {
                        Some(cluster.facets(&path, &look, detail).await.map_err(cannot())?)
                    }
                }
            }
        };
        found.ok_or(Halt::Told(Outcome::Vanished))
    }

    /// Opens a file.
    pub(crate) async fn open(&self, key: Key<'_>) -> Part<Opened<'_>> {
        match self {
            Lower::Hdfs(cluster) => {
                let path = cluster.path(key)?;
                match cluster.open(&path).await {
                    Ok((length, body)) => Ok(Opened {
                        content: Passing::Hdfs(body),
                        facets: None,
                        length: Some(length),
                    }),
                    Err(answer) if is_nowhere(&answer) => Err(Halt::Told(Outcome::Vanished)),
                    Err(answer) => {
                        Err(failed(Code::ReadFailed, "cannot open at LOWER", key)(answer).into())
                    }
                }
            }
            Lower::Other(store) => {
                let content = store.read(key)?;
                let facets = Some(content.facets);
                Ok(Opened { content: Passing::Other(content.body), facets, length: None })
            }
        }
    }

    /// What an item with these facets is to look like at UPPER.
    pub(crate) async fn wanted(&self, key: Key<'_>, facets: &[u8], owners: bool) -> Part<Wanted> {
        let facets = decoded(facets)?;
        let mtime = match facets.mtime {
            None => None,
            Some(mtime) => Some(milliseconds(mtime).ok_or_else(|| {
                let error = Error::new(Code::AttributesRefused, "cannot set the time of").on(key);
                error.because("HDFS has no room for a time so far away")
            })?),
        };
        let mode = facets.mode.map(|mode| mode & MODE_BITS);
        let mut wanted = Wanted { mtime, mode, ..Wanted::default() };
        if let (Lower::Hdfs(cluster), Some(look)) = (self, Look::told_by(&facets)) {
            wanted.acl = match cluster.acl(&cluster.path(key)?).await {
                Err(answer) if is_nowhere(&answer) => return Err(Halt::Told(Outcome::Vanished)),
                acl => {
                    let tried = "cannot read the ACL at LOWER of";
                    Some(acl.map_err(failed(Code::ReadFailed, tried, key))?)
                }
            };
            wanted.owner = owners.then_some((look.owner, look.group));
        }
        Ok(wanted)
    }
}

/// Facets that a store gave.
pub(crate) fn decoded(facets: &[u8]) -> Result<Facets<'_>> {
    let checked = FacetsRef::checked(facets);
    let malformed = || Error::new(Code::Bug, "a store gave malformed facets");
    checked.map(FacetsRef::decode).ok_or_else(malformed)
}

/// Whether two looks at a file of one store show the same content.
pub(crate) fn is_same_content(then: &Facets<'_>, now: &Facets<'_>) -> bool {
    let differs = |one: Option<u64>, other: Option<u64>| matches!((one, other), (Some(one), Some(other)) if one != other);
    then.kind == now.kind
        && (then.kind != Kind::File || (then.size == now.size && then.mtime == now.mtime))
        && !differs(then.inode, now.inode)
}

/// LOWER's facets as encoded, where they are not those of the entry. What one look cannot
/// know (the leader of a link group) is as in the entry.
pub(crate) fn newer(entry: &Entry<'_>, now: &[u8]) -> Result<Option<Box<[u8]>>> {
    let then = entry.lower.map(|lower| lower.decode());
    let linked = then.and_then(|then| then.linked);
    let attributes = then.and_then(|then| then.attributes);
    let now = decoded(now)?;
    let now = Facets { linked, attributes: attributes.and(now.attributes.or(attributes)), ..now };
    if then == Some(now) {
        return Ok(None);
    }
    let mut encoded = Vec::new();
    now.encode(&mut encoded);
    Ok(Some(encoded.into()))
}
