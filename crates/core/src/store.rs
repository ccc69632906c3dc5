//! Stores: bytes under keys.

use crate::digest::Digest;
use crate::error::{Code, Error, Result};
use crate::facets::{Facets, FacetsRef};
use crate::filter::Filter;
use crate::key::{Key, KeyBuf};
use crate::lane::{Lane, Pace};
use crate::page::Page;
use crate::side::Side;
use crate::still::Stills;
use serde::{Deserialize, Serialize};
use std::any::Any;
use std::io::Read;
use std::sync::Arc;

/// What a root says of itself when it is opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootFacts {
    /// The root as it resolves: an absolute path or a URL.
    pub resolved: String,
    /// Identity of the file system or bucket: it changes when something else is mounted.
    pub device: String,
    /// Type of the file system or service: `ext4`, `tmpfs`, `s3`.
    pub system: String,
    /// Whether there is nothing of the user's below it.
    pub is_empty: bool,
    /// Whether owner and group can be set there by us.
    pub sets_owners: bool,
    /// Bytes that can still be written, where the system tells.
    pub free_bytes: Option<u64>,
    /// How far the system's own change feed was when the root was looked at, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<String>,
    /// Identities of the root and of every directory above it, the root's first: two
    /// roots are nested when one's first is among the other's. Not kept in the journal.
    #[serde(skip)]
    pub ancestry: Vec<String>,
}

/// How much a listing asks about each item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// What one look per item tells.
    Basic,
    /// Also a hash over extended attributes and ACLs.
    Attributes,
}

/// A part of a side that could not be listed. Below it all is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hole {
    /// The directory's key; empty when it is the root.
    pub under: KeyBuf,
    /// Why.
    pub error: Error,
}

/// One step of a listing.
#[derive(Debug)]
pub enum Listed {
    /// The next items, in key order.
    Page(Page),
    /// A part that cannot be listed. It comes before any item that sorts after it.
    Hole(Hole),
}

/// A listing of a whole side, in key order, a page at a time.
pub trait Listing: Send {
    /// The next step, or `None` at the end.
    ///
    /// # Errors
    /// Only when the listing as a whole cannot go on, or the pace said stop
    /// ([`crate::Code::Interrupted`]); what is below one directory comes as a hole.
    fn next(&mut self, pace: &dyn Pace) -> Result<Option<Listed>>;
}

/// What to leave out of a listing, and how much to ask.
#[derive(Debug, Clone)]
pub struct ListRequest {
    /// Names in and out.
    pub filter: Arc<Filter>,
    /// How much to ask.
    pub detail: Detail,
    /// Which side this store is in the move: entries speak of it, pace is spent on it.
    pub side: Side,
}

/// An item's content on its way out of a store.
pub struct Content<'a> {
    /// The bytes.
    pub body: Box<dyn Read + Send + 'a>,
    /// The facets at the instant of opening, as encoded.
    pub facets: Vec<u8>,
}

/// Bytes under keys: a directory, a bucket, a file system.
///
/// Also what can only be listed and compared, as the objects of a metastore: such a store
/// leaves `look`, `read`, `write` and `remove` as they are here, and its items are carried by
/// the lane of its own kind alone.
pub trait Store: Send + Sync {
    /// Looks at the root.
    ///
    /// # Errors
    /// When the root is missing, is no directory or cannot be read.
    fn facts(&self) -> Result<RootFacts>;

    /// Looks whether this side, as UPPER, can take part in a move, beyond what its facts tell.
    /// Changes nothing.
    ///
    /// # Errors
    /// What stands against it.
    fn examine(&self) -> Result<()> {
        Ok(())
    }

    /// Proves that the root can be written, by writing and removing a name of our own.
    ///
    /// # Errors
    /// When it cannot.
    fn prove_writable(&self) -> Result<()>;

    /// Begins a listing of everything below the root, except our own names.
    ///
    /// # Errors
    /// When the root cannot be opened.
    fn list(&self, request: ListRequest) -> Result<Box<dyn Listing>>;

    /// Looks at one key: its facets as encoded, or `None` when it is not there.
    ///
    /// # Errors
    /// When the answer is neither.
    fn look(&self, key: Key<'_>, detail: Detail) -> Result<Option<Vec<u8>>> {
        let _ = detail;
        Err(no_bytes("cannot look alone at", key))
    }

    /// Opens an item for reading.
    ///
    /// # Errors
    /// When it is not there, is not a file or cannot be read.
    fn read(&self, key: Key<'_>) -> Result<Content<'_>> {
        Err(no_bytes("cannot read", key))
    }

    /// Writes an item whole, with the facets given, in place of whatever file stands
    /// there. Readers see the old content or the new, never a part.
    ///
    /// Idempotent: writing the same again changes nothing that a reader could see.
    ///
    /// # Errors
    /// When it cannot be written; nothing of it is left then.
    fn write(&self, key: Key<'_>, facets: &Facets<'_>, body: &mut dyn Read) -> Result<Digest> {
        let _ = (facets, body);
        Err(no_bytes("cannot write", key))
    }

    /// Removes an item, if it is still as `expected`; a directory only when empty.
    ///
    /// Idempotent: a key that is not there is removed.
    ///
    /// # Errors
    /// When it is something else by now, or cannot be removed.
    fn remove(&self, key: Key<'_>, expected: FacetsRef<'_>) -> Result<()> {
        let _ = expected;
        Err(no_bytes("cannot remove alone", key))
    }

    /// Makes everything written so far survive a power cut.
    ///
    /// # Errors
    /// When the system cannot promise that.
    fn flush(&self) -> Result<()>;

    /// A lane of its own kind from `lower` into this store, where there is a better one
    /// than the stream that any two stores have.
    fn lane_from(self: Arc<Self>, lower: Arc<dyn Store>) -> Option<Arc<dyn Lane>>;

    /// Removes what an interrupted turn may have left beside the entries of `page`.
    ///
    /// # Errors
    /// When something of ours is there and cannot be removed.
    fn sweep(&self, page: &Page) -> Result<()> {
        let _ = page;
        Ok(())
    }

    /// Reads the small record that the engine keeps at the root of a side (its term and
    /// the move's identity), or `None`.
    ///
    /// # Errors
    /// When it cannot be read.
    fn read_mark(&self) -> Result<Option<Vec<u8>>>;

    /// Writes that record durably; `None` removes it and the directory it was in, if empty.
    ///
    /// # Errors
    /// When it cannot be written.
    fn write_mark(&self, mark: Option<&[u8]>) -> Result<()>;

    /// What makes still images of this side, where it can be held to one.
    fn stills(&self) -> Option<&dyn Stills> {
        None
    }

    /// For finding a common lane.
    fn as_any(&self) -> &dyn Any;
}

fn no_bytes(tried: &str, key: Key<'_>) -> Error {
    Error::new(Code::Bug, tried).on(key).because("only the lane of its own kind carries it")
}

/// Opens stores by URL, and ways between them. The command line wires the implementers.
pub trait Opener: Send + Sync {
    /// Opens the store that answers to `url`.
    ///
    /// # Errors
    /// When none does, or it cannot be opened.
    fn open(&self, url: &str) -> Result<Arc<dyn Store>>;

    /// Makes the root that `url` names, if it is missing and its parent is there.
    ///
    /// # Errors
    /// When it is missing and cannot be made.
    fn make(&self, url: &str) -> Result<()>;

    /// The way from one store to another: the best there is.
    fn lane(&self, lower: Arc<dyn Store>, upper: Arc<dyn Store>) -> Arc<dyn Lane>;
}
