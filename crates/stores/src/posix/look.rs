//! Looking at UPPER: whether it shows what LOWER said.

use super::attributes::Attributes;
use super::directories::Directory;
use super::errors::{Part, failed};
use super::facets::{facets, same_inode};
use super::hands::Hands;
use super::node::Node;
use super::source::{fits, look_at, target};
use boatlift_core::compare::{same_attributes, same_content};
use boatlift_core::outcome::Receipt;
use boatlift_core::{Code, Entry, Error, Facets, Key, Kind, Outcome, Proof, Retry};
use rustix::fs::Stat;
use std::os::fd::AsFd;

impl Hands<'_> {
    /// Compares UPPER's look with LOWER's in the entry. Without one, as after a removal,
    /// it tells what is there.
    pub(crate) fn look(&mut self, entry: &Entry<'_>) -> Part<Outcome> {
        self.look_for(entry, Proof::Listed)
    }

    /// The same, with another proof in the receipt.
    pub(crate) fn look_for(&mut self, entry: &Entry<'_>, proof: Proof) -> Part<Outcome> {
        let key = entry.key;
        let there = self.upper_look(key)?.filter(|(_, look)| fits(look, key));
        let Some((parent, look)) = there else {
            return match entry.lower {
                None => Ok(Outcome::Done(Receipt::of(proof))),
                Some(_) => Err(differs(key, "it is not there").into()),
            };
        };
        let lower = entry.lower.map(|lower| lower.decode());
        let points_to = self.points_to(&parent, key, &look)?;
        let leader = match lower.and_then(|lower| lower.linked) {
            Some(leader) if self.is_link_of(&look, Key::new(leader))? => Some(leader),
            _ => None,
        };
        let attributes = match lower.and_then(|lower| lower.attributes) {
            Some(_) => Some(self.upper_attributes(&parent, key)?.digest()),
            None => None,
        };
        let points_to = (!points_to.is_empty()).then_some(&points_to[..]);
        let upper =
            Facets { linked: leader, attributes, ..facets(&look, self.upper.device, points_to) };
        if let Some(because) = lower.and_then(|lower| self.difference(&lower, &upper)) {
            return Err(differs(key, &because).into());
        }
        let mut encoded = Vec::new();
        upper.encode(&mut encoded);
        Ok(Outcome::Done(Receipt { upper: Some(encoded.into()), ..Receipt::of(proof) }))
    }

    fn points_to(&self, parent: &Directory, key: Key<'_>, look: &Stat) -> Part<Vec<u8>> {
        if super::facets::kind(look) != Kind::Symlink {
            return Ok(Vec::new());
        }
        let read = target(parent.as_fd(), key.name());
        Ok(read.map_err(failed(Code::ReadFailed, "cannot read link at UPPER", key))?)
    }

    fn upper_attributes(&self, parent: &Directory, key: Key<'_>) -> Part<Attributes> {
        let read = Attributes::read(Node::Named(parent.as_fd(), key.name()), self.reach);
        Ok(read.map_err(failed(Code::ReadFailed, "cannot read attributes at UPPER of", key))?)
    }

    fn is_link_of(&mut self, look: &Stat, leader: Key<'_>) -> Part<bool> {
        let Some(parent) = self.upper_parent(leader)? else { return Ok(false) };
        let there = look_at((*parent).as_fd(), leader);
        let there = there.map_err(failed(Code::ReadFailed, "cannot look at UPPER's", leader))?;
        Ok(there.is_some_and(|there| same_inode(&there, look)))
    }

    /// What is not as it should be, in words, or `None` when all is.
    fn difference(&self, lower: &Facets<'_>, upper: &Facets<'_>) -> Option<String> {
        let owners = self.rights == super::apply::Rights::Owners;
        if same_content(lower, upper) && same_attributes(lower, upper, owners) {
            return None;
        }
        Some(told_apart(lower, upper, owners))
    }
}

fn told_apart(lower: &Facets<'_>, upper: &Facets<'_>, owners: bool) -> String {
    if lower.kind != upper.kind {
        return format!("it is a {}, not a {}", upper.kind.word(), lower.kind.word());
    }
    if let (Some(should), Some(is)) = (lower.size, upper.size)
        && should != is
    {
        return format!("size {is}, not {should}");
    }
    if lower.target != upper.target {
        let shown = |target: Option<&[u8]>| Key::new(target.unwrap_or_default()).to_string();
        return format!("it points to {}, not {}", shown(upper.target), shown(lower.target));
    }
    if let Some(leader) = lower.linked.filter(|_| lower.linked != upper.linked) {
        return format!("it is no hard link of {}", Key::new(leader));
    }
    if let (Some(should), Some(is)) = (lower.mode, upper.mode)
        && lower.kind != Kind::Symlink
        && should != is
    {
        return format!("mode {is:04o}, not {should:04o}");
    }
    if let (Some(should), Some(is)) = (lower.owner, upper.owner)
        && owners
        && should != is
    {
        return format!("owner {}:{}, not {}:{}", is.user, is.group, should.user, should.group);
    }
    if let (Some(should), Some(is)) = (lower.mtime, upper.mtime)
        && should != is
    {
        return format!("mtime {is}, not {should}");
    }
    if let (Some(should), Some(is)) = (lower.device_node, upper.device_node)
        && should != is
    {
        return format!("device {is:x}, not {should:x}");
    }
    "other extended attributes or ACLs".into()
}

/// UPPER does not show what it should.
pub(crate) fn differs(key: Key<'_>, because: &str) -> Error {
    Error::new(Code::LookDiffers, "UPPER does not show what LOWER has as")
        .on(key)
        .because(because)
        .retry(Retry::Never)
}
