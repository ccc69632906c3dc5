//! Bringing attributes at UPPER in line with LOWER's, where the content already is.

use super::apply::{Look, apply};
use super::attributes::Attributes;
use super::carry::{target_of, told};
use super::errors::{Part, failed};
use super::facets::{kind, mtime};
use super::hands::Hands;
use super::node::Node;
use super::source::{attributes, newer};
use boatlift_core::outcome::Receipt;
use boatlift_core::{Code, Entry, Error, Key, Kind, Outcome, Proof, Retry};
use rustix::fs::Stat;
use std::os::fd::AsFd;

impl Hands<'_> {
    /// Makes UPPER's item have LOWER's mode, owner, mtime and extended attributes, exactly.
    /// Never on content that may be another than surveyed: equal times on unequal content
    /// would hide the difference for ever.
    pub(crate) fn settle(&mut self, entry: &Entry<'_>) -> Part<Outcome> {
        let key = entry.key;
        let (_, wanted) = self.lower_look(key)?;
        if entry.lower.is_some_and(|lower| !lower_is_as_surveyed(&lower.decode(), &wanted)) {
            return Ok(Outcome::Moving);
        }
        let Some((_, has)) = self.upper_look(key)? else {
            return Err(changed(key, "it is not there any more").into());
        };
        upper_is_as_surveyed(entry, &wanted, &has)?;
        self.settle_looked(entry, &wanted, &has)
    }

    /// The same, where the caller knows that the content is equal: LOWER looks like
    /// `wanted`, UPPER like `has`. Writes only what differs.
    pub(crate) fn settle_looked(
        &mut self,
        entry: &Entry<'_>,
        wanted: &Stat,
        has: &Stat,
    ) -> Part<Outcome> {
        let key = entry.key;
        let from = self.lower_parent(key)?;
        let source = Node::Named((*from).as_fd(), key.name());
        let wanted_attributes = attributes(source, self.reach, key)?;
        let points_to = target_of(wanted, (*from).as_fd(), key)?;
        let at = self.upper_parent_made(key)?;
        let node = Node::Named((*at).as_fd(), key.name());
        let refused = |errno| failed(Code::WriteFailed, "cannot set attributes of", key)(errno);
        let had = Attributes::read(node, self.reach).map_err(refused)?;
        let to = (&Look::of(wanted), &wanted_attributes);
        let applied = apply(node, to, (&Look::of(has), &had), self.rights).map_err(refused)?;
        let lower = newer(entry, wanted, self.lower.device, Some(&points_to), &wanted_attributes);
        let receipt = Receipt { lower, digest: entry.digest, ..Receipt::of(Proof::Claimed) };
        let outcome = if applied.changed { Outcome::Done(receipt) } else { Outcome::Same(receipt) };
        told(key, applied, outcome)
    }
}

/// Whether LOWER's content is what the survey saw. Attributes may have changed since:
/// the newest are taken.
pub(crate) fn lower_is_as_surveyed(then: &boatlift_core::Facets<'_>, now: &Stat) -> bool {
    let content_kept = match then.kind {
        Kind::File => then.size == Some(now.st_size as u64) && then.mtime == Some(mtime(now)),
        _ => true,
    };
    then.kind == kind(now) && content_kept
}

fn upper_is_as_surveyed(entry: &Entry<'_>, wanted: &Stat, has: &Stat) -> Result<(), Error> {
    let key = entry.key;
    if kind(has) != kind(wanted) {
        return Err(changed(key, "something else is in its place"));
    }
    if kind(has) != Kind::File {
        return Ok(());
    }
    if has.st_size != wanted.st_size {
        return Err(changed(key, "its size is not LOWER's"));
    }
    let then = entry.upper.map(|upper| upper.decode());
    let kept = match then.and_then(|then| then.mtime) {
        Some(then) => then == mtime(has) || mtime(wanted) == mtime(has),
        None => mtime(wanted) == mtime(has),
    };
    if kept { Ok(()) } else { Err(changed(key, "its content was changed since it was surveyed")) }
}

fn changed(key: Key<'_>, because: &'static str) -> Error {
    Error::new(Code::LookDiffers, "cannot set attributes of")
        .on(key)
        .because(because)
        .retry(Retry::LookFirst)
}
