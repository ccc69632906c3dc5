//! Listing: the whole tree in key order, a page at a time, with scouts ahead.
//!
//! What is kept is the names of the directories above the place reached, and never more.
//! What cannot be listed is told as a hole, never left out in silence.

use super::attributes::{Attributes, Reach};
use super::errors::{failed, interrupted};
use super::facets::{facets, kind};
use super::names::{Level, Names};
use super::node::Node;
use super::root::Root;
use super::scouts::{NAMES_BYTES, Order, PREPAID, Scouted, Scouts};
use super::source::target;
use super::way::{open_child_to_list, open_to_list};
use boatlift_core::lane::Pace;
use boatlift_core::store::{Detail, Hole, ListRequest, Listed, Listing};
use boatlift_core::{
    Code, Entry, Error, Facets, FacetsRef, Key, Kind, PageBuilder, Result, Retry, Side,
};
use rustix::fs::{AtFlags, Stat, statat};
use rustix::io::{Errno, Result as Answer};
use std::collections::VecDeque;
use std::ffi::CString;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

/// Operations after which the pace is asked.
const BATCH: u64 = 256;
/// The most directories held open. One that lies farther above the place reached is
/// opened again when the walk comes back to it.
const HELD: usize = 128;
/// The most directories of one level that scouts are sent to.
const AHEAD: usize = 4;
/// The most scouts of one listing.
const SCOUTS: usize = 4;

/// A walk through the tree below a root.
pub(crate) struct TreeListing {
    root: Arc<Root>,
    request: ListRequest,
    reach: Reach,
    /// The directories on the way down.
    frames: Vec<Frame>,
    /// The key of the item in hand; between steps that of the deepest directory.
    key: Vec<u8>,
    builder: PageBuilder,
    ready: VecDeque<Listed>,
    encoded: Vec<u8>,
    room: Vec<MaybeUninit<u8>>,
    scouts: Scouts,
    /// Operations made or ordered, and not paid yet.
    operations: u64,
    /// Operations that were paid for and not made.
    credit: u64,
}

/// A directory whose names were read.
struct Frame {
    /// Closed while the walk is far below it.
    fd: Option<Arc<OwnedFd>>,
    /// Length of the key of the directory above it.
    above: usize,
    names: Names,
    /// Looks that a scout took at the first names.
    looks: Vec<Answer<Stat>>,
    /// Where scouts were sent, by position among the names.
    orders: VecDeque<(usize, Arc<Order>)>,
}

/// A directory to go down into.
enum Child {
    Open(OwnedFd),
    Scouted(Box<Scouted>),
}

impl TreeListing {
    /// Begins at the root.
    pub(crate) fn begin(root: Arc<Root>, request: ListRequest) -> Result<TreeListing> {
        root.check()?;
        let subject = root.path().display().to_string();
        let fd = open_to_list(root.as_fd(), b"").map_err(failed(
            Code::RootUnreadable,
            "cannot open root",
            subject,
        ))?;
        let mut listing = TreeListing {
            root,
            request,
            reach: Reach::of_this_process(),
            frames: Vec::new(),
            key: Vec::new(),
            builder: PageBuilder::new(),
            ready: VecDeque::new(),
            encoded: Vec::new(),
            room: vec![MaybeUninit::uninit(); NAMES_BYTES],
            scouts: Scouts::start(scouts()),
            operations: 0,
            credit: 0,
        };
        listing.enter(Child::Open(fd), 0);
        Ok(listing)
    }

    /// Reads the names of the directory in hand.
    fn enter(&mut self, child: Child, above: usize) {
        let level = if self.key.is_empty() { Level::Top } else { Level::Below };
        let (fd, names, looks) = match child {
            Child::Scouted(scouted) => {
                let Scouted { fd, names, looks, operations } = *scouted;
                self.credit += PREPAID.saturating_sub(operations);
                self.operations += operations.saturating_sub(PREPAID);
                (fd, Ok(names), looks)
            }
            Child::Open(fd) => {
                self.operations += 1;
                let names = Names::read(fd.as_fd(), &mut self.room, level);
                self.operations += names.as_ref().map_or(0, |names| names.unsure);
                (fd, names, Vec::new())
            }
        };
        match names {
            Ok(names) => {
                if let Some(far) = self.frames.len().checked_sub(HELD) {
                    self.frames[far].fd = None;
                }
                let fd = Some(Arc::new(fd));
                let mut frame = Frame { fd, above, names, looks, orders: VecDeque::new() };
                self.send_scouts(&mut frame);
                self.frames.push(frame);
            }
            Err(errno) => {
                self.hole(cannot_list(errno));
                self.key.truncate(above);
            }
        }
    }

    /// Sends scouts to the directories of a frame that come next. The key in hand is the
    /// frame's own.
    fn send_scouts(&mut self, frame: &mut Frame) {
        let Some(parent) = &frame.fd else { return };
        let mut from = frame.orders.back().map_or(0, |(position, _)| position + 1);
        while frame.orders.len() < AHEAD {
            let Some((position, name)) = frame.names.directory_from(from) else { return };
            from = position + 1;
            let length = self.key.len();
            self.key.extend_from_slice(name);
            let takes = self.request.filter.takes(&self.key, true);
            self.key.truncate(length);
            let Some(name) = CString::new(name).ok().filter(|_| takes) else { continue };
            let Some(order) = self.scouts.order(parent, name) else { return };
            self.operations += PREPAID;
            frame.orders.push_back((position, order));
        }
    }

    /// What a scout found at this position of a frame, if one was sent there.
    fn scouted(&mut self, frame: &mut Frame, position: usize) -> Option<Box<Scouted>> {
        while let Some((at, order)) = frame.orders.pop_front() {
            if at == position {
                let found = self.scouts.claim(&order);
                if found.is_none() {
                    self.credit += PREPAID;
                }
                return found.map(Box::new);
            }
            if at > position {
                frame.orders.push_front((at, order));
                return None;
            }
            self.credit += PREPAID;
        }
        None
    }

    /// Lists names of the deepest directory, until it ends, a directory lies below it, or
    /// there is something to hand out or to pay.
    fn advance(&mut self) {
        let Some(mut frame) = self.frames.pop() else { return };
        let above = self.key.len();
        while self.operations < BATCH && self.ready.is_empty() {
            match self.step(&mut frame) {
                Step::Listed => self.key.truncate(above),
                Step::Below(child) => {
                    self.frames.push(frame);
                    return self.enter(child, above);
                }
                Step::End => return self.key.truncate(frame.above),
            }
        }
        self.frames.push(frame);
    }

    fn step(&mut self, frame: &mut Frame) -> Step {
        let position = frame.names.position();
        let mut scouted = None;
        if frame.names.is_at_directory() {
            self.send_scouts(frame);
            scouted = self.scouted(frame, position);
        }
        let Frame { fd, names, looks, .. } = frame;
        let Some((name, is_directory)) = names.next() else { return Step::End };
        let reopened = match fd {
            Some(_) => Ok(()),
            None => {
                open_to_list(self.root.as_fd(), &self.key).map(|again| *fd = Some(Arc::new(again)))
            }
        };
        self.key.extend_from_slice(name.to_bytes());
        let filter = &self.request.filter;
        if !filter.is_empty() && !filter.takes(&self.key, is_directory) {
            return Step::Listed;
        }
        let fd = match (reopened, &*fd) {
            (Ok(()), Some(fd)) => fd.as_fd(),
            (answer, _) => return self.unknown(answer.err().unwrap_or(Errno::BADF)),
        };
        let look = match looks.get(position) {
            Some(look) => *look,
            None => {
                self.operations += 1;
                statat(fd, name, AtFlags::SYMLINK_NOFOLLOW)
            }
        };
        let stat = match look {
            Ok(stat) => stat,
            Err(errno) => return self.unknown(errno),
        };
        match (is_directory, kind(&stat)) {
            (true, Kind::Directory) => {
                self.key.push(b'/');
                let child = match scouted {
                    Some(scouted) => Ok(Child::Scouted(scouted)),
                    None => open_child_to_list(fd, name).map(Child::Open),
                };
                self.item(&stat, None, child.as_ref().map(Child::node).ok());
                match child {
                    Ok(child) => return Step::Below(child),
                    Err(errno) => self.hole(cannot_list(errno)),
                }
            }
            (false, Kind::Symlink) => match target(fd, name.to_bytes()) {
                Ok(target) => {
                    self.item(&stat, Some(&target), Some(Node::Named(fd, name.to_bytes())));
                }
                Err(errno) => return self.unknown(errno),
            },
            (false, kind) if kind != Kind::Directory => {
                self.item(&stat, None, Some(Node::Named(fd, name.to_bytes())));
            }
            // Between the reading of the names and the look it became another kind of
            // thing, which has another place in the order.
            _ => {
                self.key.push(b'/');
                self.hole(Some(became_another()));
            }
        }
        Step::Listed
    }

    /// The item in hand, as the system told it.
    fn item(&mut self, stat: &Stat, target: Option<&[u8]>, node: Option<Node<'_>>) {
        let mut facets = facets(stat, self.root.device(), target);
        if self.request.detail == Detail::Attributes {
            facets.attributes = node.and_then(|node| digest(node, self.reach));
            self.operations += 1;
        }
        self.encoded.clear();
        facets.encode(&mut self.encoded);
        let facets = FacetsRef::checked(&self.encoded);
        let mut entry = Entry::new(Key::new(&self.key));
        match self.request.side {
            Side::Lower => entry.lower = facets,
            Side::Upper => entry.upper = facets,
        }
        self.builder.push(&entry);
        if self.builder.is_full() {
            self.hand_out();
        }
    }

    /// Nothing can be said of the name in hand, nor of what may lie below it, unless the
    /// answer is that it is gone.
    fn unknown(&mut self, errno: Errno) -> Step {
        self.key.push(b'/');
        self.hole(cannot_list(errno));
        Step::Listed
    }

    /// A hole under the key in hand, after all that was listed before it.
    fn hole(&mut self, error: Option<Error>) {
        let Some(error) = error else { return };
        self.hand_out();
        let under = Key::new(&self.key).to_owned();
        self.ready.push_back(Listed::Hole(Hole { error: error.on(&under), under }));
    }

    fn hand_out(&mut self) {
        if !self.builder.is_empty() {
            self.ready.push_back(Listed::Page(self.builder.take()));
        }
    }

    fn pay(&mut self, pace: &dyn Pace) -> Result<()> {
        let owed = std::mem::take(&mut self.operations);
        let paid = self.credit.min(owed);
        self.credit -= paid;
        let owed = owed - paid;
        pace.spend(self.request.side, owed, 0).map_err(|_| interrupted())
    }
}

impl Child {
    fn node(&self) -> Node<'_> {
        match self {
            Child::Open(fd) => Node::Open(fd.as_fd()),
            Child::Scouted(scouted) => Node::Open(scouted.fd.as_fd()),
        }
    }
}

/// One for every processor but that of the walk itself.
fn scouts() -> usize {
    std::thread::available_parallelism().map_or(0, |n| (n.get() - 1).min(SCOUTS))
}

/// Why the key in hand cannot be listed; `None` when it is gone, and nothing is below it.
fn cannot_list(errno: Errno) -> Option<Error> {
    let error = failed(Code::ListingFailed, "cannot list", "")(errno);
    (errno != Errno::NOENT).then_some(Error { code: Code::ListingFailed, ..error })
}

fn became_another() -> Error {
    Error::new(Code::ListingFailed, "cannot list")
        .because("it became another kind of thing while its directory was listed")
        .retry(Retry::Later)
}

enum Step {
    Listed,
    Below(Child),
    End,
}

impl Listing for TreeListing {
    fn next(&mut self, pace: &dyn Pace) -> Result<Option<Listed>> {
        loop {
            if let Some(listed) = self.ready.pop_front() {
                return Ok(Some(listed));
            }
            if self.frames.is_empty() && self.builder.is_empty() {
                return Ok(None);
            }
            if self.operations >= BATCH || self.frames.is_empty() {
                self.pay(pace)?;
            }
            match self.frames.is_empty() {
                true => self.hand_out(),
                false => self.advance(),
            }
        }
    }
}

/// The facets of the name of `key` in `parent`, exactly as a listing tells them.
pub(crate) fn look(
    root: &Root,
    parent: &super::directories::Directory,
    key: Key<'_>,
    detail: Detail,
) -> Answer<Option<Vec<u8>>> {
    let node = Node::Named(parent.as_fd(), key.name());
    let stat = match node.stat() {
        Ok(stat) if super::source::fits(&stat, key) => stat,
        Ok(_) | Err(Errno::NOENT) => return Ok(None),
        Err(errno) => return Err(errno),
    };
    let target = match kind(&stat) {
        Kind::Symlink => Some(target(parent.as_fd(), key.name())?),
        _ => None,
    };
    let attributes = match detail {
        Detail::Basic => None,
        Detail::Attributes => digest(node, Reach::of_this_process()),
    };
    let facets = Facets { attributes, ..facets(&stat, root.device(), target.as_deref()) };
    let mut encoded = Vec::new();
    facets.encode(&mut encoded);
    Ok(Some(encoded))
}

/// What cannot be read is unknown, not empty.
fn digest(node: Node<'_>, reach: Reach) -> Option<[u8; boatlift_core::digest::DIGEST_LEN]> {
    Attributes::read(node, reach).ok().map(|attributes| attributes.digest())
}
