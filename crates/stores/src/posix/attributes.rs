//! Extended attributes and ACLs: read, hash, and bring in line.

use super::node::Node;
use boatlift_core::digest::DIGEST_LEN;
use rustix::io::{Errno, Result as Answer};
use std::collections::BTreeMap;

/// The ACL that governs access.
pub(crate) const ACCESS_ACL: &[u8] = b"system.posix_acl_access";
/// The ACL that a directory hands down.
pub(crate) const DEFAULT_ACL: &[u8] = b"system.posix_acl_default";

/// Which attributes take part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// All but what the system keeps for itself: for root.
    All,
    /// The user's own and the ACLs.
    Own,
}

impl Reach {
    /// What this process may hope to set.
    pub(crate) fn of_this_process() -> Reach {
        if rustix::process::geteuid().is_root() { Reach::All } else { Reach::Own }
    }

    fn takes(self, key: &[u8]) -> bool {
        match key {
            ACCESS_ACL | DEFAULT_ACL => true,
            key if key.starts_with(b"system.") => false,
            key => self == Reach::All || key.starts_with(b"user."),
        }
    }
}

/// The extended attributes of one inode, ACLs among them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Attributes(BTreeMap<Vec<u8>, Vec<u8>>);

impl Attributes {
    /// Reads those that take part. A file system without attributes has none.
    pub(crate) fn read(node: Node<'_>, reach: Reach) -> Answer<Attributes> {
        let names = match node.attribute_names() {
            Err(Errno::NOTSUP) => return Ok(Attributes::default()),
            answer => answer?,
        };
        let mut found = BTreeMap::new();
        for key in names.split(|b| *b == 0).filter(|key| !key.is_empty() && reach.takes(key)) {
            match node.attribute(key) {
                Ok(value) => drop(found.insert(key.to_vec(), value)),
                Err(Errno::NODATA | Errno::NOTSUP) => {}
                Err(errno) => return Err(errno),
            }
        }
        Ok(Attributes(found))
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A hash over names and values, the same for the same attributes in any order.
    pub(crate) fn digest(&self) -> [u8; DIGEST_LEN] {
        let mut hasher = blake3::Hasher::new();
        for part in self.0.iter().flat_map(|(key, value)| [key, value]) {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        *hasher.finalize().as_bytes()
    }

    /// Makes `node`, which has `has`, have these and no others. Tells whether an ACL was
    /// set or removed, since that changes the mode, or that nothing had to be done.
    pub(crate) fn put(&self, node: Node<'_>, has: &Attributes) -> Answer<Change> {
        let mut change = Change::None;
        let extra = has.0.keys().filter(|key| !self.0.contains_key(*key));
        for key in extra {
            node.remove_attribute(key)?;
            change = change.and(key);
        }
        for (key, value) in self.0.iter().filter(|(key, value)| has.0.get(*key) != Some(*value)) {
            node.set_attribute(key, value)?;
            change = change.and(key);
        }
        Ok(change)
    }
}

/// What bringing attributes in line did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// Nothing: they were in line.
    None,
    /// Attributes were written that have no effect on the mode.
    Plain,
    /// An ACL was written or removed.
    Acl,
}

impl Change {
    fn and(self, key: &[u8]) -> Change {
        match key {
            ACCESS_ACL => Change::Acl,
            _ if self == Change::Acl => Change::Acl,
            _ => Change::Plain,
        }
    }
}
