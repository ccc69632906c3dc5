//! Bringing owner, mode, times and extended attributes of one node in line. Only what
//! differs is written, so that nothing is disturbed where nothing differs.

use super::attributes::{Attributes, Change};
use super::facets::{kind, mode, mtime, timespec};
use super::node::Node;
use boatlift_core::{Kind, Timestamp};
use rustix::fs::Stat;
use rustix::io::{Errno, Result as Answer};

const SET_ID_BITS: u32 = 0o6000;

/// What an item looks like, or is to look like, apart from its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) user: u32,
    pub(crate) group: u32,
    /// Permission bits; absent on symbolic links, whose mode means nothing.
    pub(crate) mode: Option<u32>,
    /// Absent on what was just made: it is always set there.
    pub(crate) mtime: Option<Timestamp>,
}

impl Look {
    /// The look that the system tells of.
    pub(crate) fn of(stat: &Stat) -> Look {
        Look {
            user: stat.st_uid,
            group: stat.st_gid,
            mode: (kind(stat) != Kind::Symlink).then(|| mode(stat)),
            mtime: Some(mtime(stat)),
        }
    }
}

/// What this process may set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rights {
    /// Root, asked to keep owners.
    Owners,
    /// Root, asked to leave owners alone.
    NoOwners,
    /// A user: the group may be set where the user is a member.
    User,
}

impl Rights {
    /// The rights of this process in a turn that is asked to keep owners, or not.
    pub(crate) fn of_this_process(owners: bool) -> Rights {
        match (rustix::process::geteuid().is_root(), owners) {
            (true, true) => Rights::Owners,
            (true, false) => Rights::NoOwners,
            (false, _) => Rights::User,
        }
    }

    /// Whether what has the look `has` needs another owner or group to have `wanted`.
    pub(crate) fn wants_owner(self, wanted: &Look, has: &Look) -> bool {
        match self {
            Rights::Owners => (wanted.user, wanted.group) != (has.user, has.group),
            Rights::NoOwners => false,
            Rights::User => wanted.group != has.group,
        }
    }
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Applied {
    /// Something was written.
    pub(crate) changed: bool,
    /// Extended attributes or ACLs were not taken, for this reason.
    pub(crate) refused: Option<Errno>,
}

/// Brings `node`, which looks like `has`, to look like `wanted`; each comes with its
/// extended attributes.
///
/// The mode follows owner and attributes: a new owner clears setuid bits, an ACL changes
/// the group's bits, and a user may not set attributes on what is read-only.
pub(crate) fn apply(
    node: Node<'_>,
    (wanted, attributes): (&Look, &Attributes),
    (has, had): (&Look, &Attributes),
    rights: Rights,
) -> Answer<Applied> {
    let mut changed = false;
    let owner_set = rights.wants_owner(wanted, has) && set_owner(node, wanted, has, rights)?;
    let (attributes_set, refused) = match attributes.put(node, had) {
        Ok(change) => (change, None),
        Err(errno @ (Errno::NOSPC | Errno::DQUOT | Errno::IO)) => return Err(errno),
        Err(errno) => (Change::Acl, Some(errno)),
    };
    changed |= owner_set || attributes_set != Change::None;
    if let Some(mode) = wanted.mode {
        let cleared = owner_set && mode & SET_ID_BITS != 0;
        if has.mode != wanted.mode || cleared || attributes_set == Change::Acl {
            node.set_mode(mode)?;
            changed = true;
        }
    }
    if let Some(mtime) = wanted.mtime.filter(|_| wanted.mtime != has.mtime) {
        node.set_mtime(timespec(mtime))?;
        changed = true;
    }
    Ok(Applied { changed, refused })
}

/// Sets the owner; a user only the group, and only where that is allowed.
fn set_owner(node: Node<'_>, wanted: &Look, has: &Look, rights: Rights) -> Answer<bool> {
    let user = (rights == Rights::Owners && wanted.user != has.user).then_some(wanted.user);
    let group = (wanted.group != has.group).then_some(wanted.group);
    match node.set_owner(user, group) {
        Err(Errno::PERM) if rights == Rights::User => Ok(false),
        answer => answer.map(|()| true),
    }
}
