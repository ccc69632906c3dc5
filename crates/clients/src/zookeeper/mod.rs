//! ZooKeeper, as far as a switch of clients needs it: one node is read, and set only where it
//! still is what was read.
//!
//! Nodes are never made or removed here: whoever watches a node would see it gone for a moment.

mod error;
mod server;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

pub use error::ZooKeeperError;
pub use server::{Options, ZooKeeper};

/// How often the data of a node was set since the node was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeVersion(pub i32);

impl fmt::Display for NodeVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which state of a node was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// Counts the changes of the data. It begins anew when the node is made anew.
    pub version: NodeVersion,
    /// The transaction that made the node: another one is another node of the same path.
    pub czxid: i64,
    /// The transaction that last set the data: two states with equal bytes differ in it.
    pub mzxid: i64,
}

/// The data of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Which state they are of.
    pub stat: Stat,
}

/// What becomes of a question.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, ZooKeeperError>> + Send + 'a>>;

/// The nodes of a ZooKeeper: a real one, or what takes its place in simulated time.
///
/// Every question has a deadline of its own. One whose answer was lost
/// ([`Effect::Unknown`](crate::thrift::Effect::Unknown)) may still be carried out later: whoever
/// must be sure that it will not, sets the node once more, which uses up the expected version.
pub trait Nodes: fmt::Debug + Send + Sync {
    /// The newest data of a node; `None` where there is no node.
    ///
    /// # Errors
    /// When nobody says.
    fn read<'a>(&'a self, path: &'a str) -> Answer<'a, Option<Node>>;

    /// Sets the data of a node whose version is still `expected`.
    ///
    /// # Errors
    /// [`ZooKeeperError::Conflict`] where it has another version, [`ZooKeeperError::Missing`]
    /// where there is no node, and when nobody says.
    fn compare_and_set<'a>(
        &'a self,
        path: &'a str,
        bytes: &'a [u8],
        expected: NodeVersion,
    ) -> Answer<'a, Stat>;

    /// The same for several nodes: all of them are set, or none.
    ///
    /// # Errors
    /// As [`Nodes::compare_and_set`], for the first node that stands against it.
    fn compare_and_set_all<'a>(&'a self, changes: &'a [Change]) -> Answer<'a, ()>;
}

/// A node to be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The node.
    pub path: String,
    /// What its data shall be.
    pub bytes: Vec<u8>,
    /// The version that it must still have.
    pub expected: NodeVersion,
}
