//! Bringing times, owner, ACL and mode of one item in line. Only what differs is written:
//! each is a round trip to the NameNode.

use super::acl::Acl;
use super::cluster::Cluster;
use super::errors::Answer;
use super::facets::Look;

/// What an item is to look like, as far as its source tells.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Wanted {
    /// Milliseconds since 1970.
    pub(crate) mtime: Option<i64>,
    pub(crate) mode: Option<u32>,
    /// Owner and group.
    pub(crate) owner: Option<(String, String)>,
    pub(crate) acl: Option<Acl>,
}

/// What stands there now.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Has {
    /// `None` on what was just made: it is always set there.
    pub(crate) mtime: Option<i64>,
    pub(crate) mode: u32,
    pub(crate) owner: String,
    pub(crate) group: String,
    pub(crate) acl: Acl,
}

impl Has {
    pub(crate) fn of(look: &Look, acl: Acl) -> Has {
        Has {
            mtime: Some(look.mtime),
            mode: look.mode,
            owner: look.owner.clone(),
            group: look.group.clone(),
            acl,
        }
    }
}

impl Wanted {
    /// Whether owner or group is to be set.
    pub(crate) fn wants_owner(&self, owner: &str, group: &str) -> bool {
        self.owner.as_ref().is_some_and(|(o, g)| (&**o, &**g) != (owner, group))
    }

    /// Makes the item at `path`, which is as `has` says, be as wanted. Tells whether
    /// anything was written.
    ///
    /// The mode follows the ACL, whose setting changes the mode's middle bits.
    pub(crate) async fn put(&self, cluster: &Cluster, path: &str, has: &Has) -> Answer<bool> {
        let mut changed = false;
        if let Some((owner, group)) = &self.owner
            && self.wants_owner(&has.owner, &has.group)
        {
            let owner = (*owner != has.owner).then_some(&**owner);
            let group = (*group != has.group).then_some(&**group);
            cluster.set_owner(path, owner, group).await?;
            changed = true;
        }
        let mode = self.mode.unwrap_or(has.mode);
        let acl = self.acl.as_ref().filter(|acl| **acl != has.acl);
        if let Some(acl) = acl {
            cluster.set_acl(path, acl, mode).await?;
            changed = true;
        }
        if mode != has.mode || acl.is_some() {
            cluster.set_mode(path, mode).await?;
            changed = true;
        }
        if let Some(mtime) = self.mtime.filter(|_| self.mtime != has.mtime) {
            cluster.set_mtime(path, mtime).await?;
            changed = true;
        }
        Ok(changed)
    }
}
