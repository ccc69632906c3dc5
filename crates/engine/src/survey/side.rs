//! One side's listing as a stream of entries: read ahead by a thread of its own, with
//! hard links resolved.

use super::Surveyor;
use super::links::LinkIndex;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::facets::{Facets, FacetsRef, Kind};
use boatlift_core::key::Key;
use boatlift_core::page::{Entry, Page};
use boatlift_core::side::Side;
use boatlift_core::store::{Hole, Listed, Listing};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

/// Pages that a listing may be ahead of the comparison.
const PAGES_AHEAD: usize = 4;

/// The entries of one side in key order.
pub(super) struct Stream<'s> {
    side: Side,
    receiver: Option<Receiver<Result<Listed>>>,
    page: Page,
    index: usize,
    links: LinkIndex,
    /// The current entry's facets with `linked` in them, where it has a leader.
    patched: Vec<u8>,
    /// In key order. They do not nest: nothing below a hole is listed.
    holes: Vec<Hole>,
    listed: &'s (dyn Fn(Side, u64) + Sync),
}

impl<'s> Stream<'s> {
    /// Starts reading ahead. Without a listing the stream is empty.
    pub(super) fn start<'scope, 'env>(
        scope: &'scope Scope<'scope, 'env>,
        listing: Option<Box<dyn Listing>>,
        surveyor: &'env Surveyor<'_>,
        side: Side,
    ) -> Result<Self>
    where
        'env: 's,
    {
        let receiver = listing.map(|listing| {
            let (sender, receiver) = sync_channel(PAGES_AHEAD);
            scope.spawn(move || read_ahead(listing, surveyor, &sender));
            receiver
        });
        let mut stream = Stream {
            side,
            receiver,
            page: Page::default(),
            index: 0,
            links: LinkIndex::new(surveyor.scratch),
            patched: Vec::new(),
            holes: Vec::new(),
            listed: surveyor.listed,
        };
        stream.settle()?;
        Ok(stream)
    }

    /// The current entry.
    pub(super) fn peek(&self) -> Option<Entry<'_>> {
        let mut entry = (self.index < self.page.len()).then(|| self.page.get(self.index))?;
        if !self.patched.is_empty() {
            let patched = FacetsRef::checked(&self.patched);
            match self.side {
                Side::Lower => entry.lower = patched,
                Side::Upper => entry.upper = patched,
            }
        }
        Some(entry)
    }

    /// Goes on to the next entry.
    pub(super) fn advance(&mut self) -> Result<()> {
        self.index += 1;
        self.settle()
    }

    /// What could not be listed so far.
    pub(super) fn holes(&self) -> &[Hole] {
        &self.holes
    }

    /// Whether `key` lies below something that could not be listed, or is that itself:
    /// what could not even be looked at has a hole under its name, as if a directory.
    pub(super) fn is_in_hole(&self, key: Key<'_>) -> bool {
        let bytes = key.as_bytes();
        let before = self.holes.partition_point(|hole| hole.under.0.as_slice() <= bytes);
        let is_within = self.holes[..before].last().is_some_and(|h| bytes.starts_with(&h.under.0));
        let as_directory = |hole: &Hole| hole.under.0.iter().cmp(bytes.iter().chain(b"/"));
        is_within || self.holes.binary_search_by(as_directory).is_ok()
    }

    /// Makes the current index point at an entry, if there is one left.
    fn settle(&mut self) -> Result<()> {
        while self.index >= self.page.len() {
            match self.receiver.as_ref().and_then(|receiver| receiver.recv().ok()) {
                None => {
                    self.receiver = None;
                    self.page = Page::default();
                    self.index = 0;
                    self.patched.clear();
                    return Ok(());
                }
                Some(listed) => match listed? {
                    Listed::Hole(hole) => {
                        let at = self.holes.partition_point(|other| other.under < hole.under);
                        self.holes.insert(at, hole);
                    }
                    Listed::Page(page) => {
                        (self.listed)(self.side, page.len() as u64);
                        self.page = page;
                        self.index = 0;
                    }
                },
            }
        }
        self.resolve_link()
    }

    /// Finds the leader of an entry that has more than one name.
    fn resolve_link(&mut self) -> Result<()> {
        self.patched.clear();
        let entry = self.page.get(self.index);
        let Some(facets) = entry.lower.or(entry.upper) else { return Ok(()) };
        if !facets.has_links() || facets.kind() == Kind::Directory {
            return Ok(());
        }
        let facets = facets.decode();
        let (Some(inode), Some(names)) = (facets.inode, facets.links) else { return Ok(()) };
        let identity = (facets.device.unwrap_or(0), inode);
        if let Some(leader) = self.links.leader(identity, entry.key, names)? {
            Facets { linked: Some(&leader.0), ..facets }.encode(&mut self.patched);
        }
        Ok(())
    }
}

/// Lists until the end, an error, or nobody listens any more.
fn read_ahead(
    mut listing: Box<dyn Listing>,
    surveyor: &Surveyor<'_>,
    sender: &SyncSender<Result<Listed>>,
) {
    loop {
        let next = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            listing.next(surveyor.pace).transpose()
        }));
        let next = next.unwrap_or_else(|_| Some(Err(Error::new(Code::Bug, "a listing panicked"))));
        let Some(next) = next else { return };
        let failed = next.is_err();
        if sender.send(next).is_err() || failed {
            return;
        }
    }
}
