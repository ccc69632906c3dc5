//! The roots' own attributes: a root has no key, so no entry speaks of it.

use super::apply::{Look, Rights, apply};
use super::attributes::{Attributes, Reach};
use super::errors::{failed, refused_attributes};
use super::node::Node;
use super::root::Root;
use boatlift_core::{Code, Result};
use std::os::fd::AsFd;

/// Gives `upper` the mode, owner, mtime and extended attributes of `lower`. Idempotent:
/// writes only what differs.
pub(crate) fn align(lower: &Root, upper: &Root, owners: bool) -> Result<()> {
    let (wanted, attributes) = looks(lower)?;
    let (has, had) = looks(upper)?;
    let rights = Rights::of_this_process(owners);
    let to = Node::Open(upper.as_fd());
    let applied = apply(to, (&wanted, &attributes), (&has, &had), rights).map_err(failed(
        Code::WriteFailed,
        "cannot set the attributes of root",
        upper.path().display(),
    ))?;
    match applied.refused {
        None => Ok(()),
        Some(errno) => Err(refused_attributes(upper.path().display(), errno)),
    }
}

fn looks(root: &Root) -> Result<(Look, Attributes)> {
    let node = Node::Open(root.as_fd());
    let looked = node
        .stat()
        .and_then(|stat| Ok((Look::of(&stat), Attributes::read(node, Reach::of_this_process())?)));
    looked.map_err(failed(
        Code::ReadFailed,
        "cannot read the attributes of root",
        root.path().display(),
    ))
}
