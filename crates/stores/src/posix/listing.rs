//! Listing: the whole tree in key order, a page at a time, on one thread.
//!
//! The names of a directory are read at once and sorted; what is kept is the names of
//! the directories above the place reached, and never more.

use super::attributes::{Attributes, Reach};
use super::errors::{failed, interrupted};
use super::facets::facets;
use super::node::Node;
use super::root::{Root, open_child_to_list, open_to_list};
use super::source::target;
use boatlift_core::key::{OWN_DIRECTORY, TEMPORARY_PREFIX};
use boatlift_core::lane::Pace;
use boatlift_core::store::{Detail, Hole, ListRequest, Listed, Listing};
use boatlift_core::{Code, Entry, Error, FacetsRef, Key, Kind, PageBuilder, Result, Retry, Side};
use rustix::fs::{AtFlags, FileType, RawDir, Stat, statat};
use rustix::io::{Errno, Result as Answer};
use std::collections::VecDeque;
use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

/// Room for the names that the system gives at once.
const NAMES_BYTES: usize = 64 << 10;
/// Entries looked at before the pace is asked again.
const BATCH: u64 = 256;
/// The most directories held open: one above the deepest few is opened again when the
/// walk comes back to it.
const HELD: usize = 32;

/// A walk through the tree below a root.
pub(crate) struct TreeListing {
    root: Arc<Root>,
    request: ListRequest,
    reach: Reach,
    /// The directories on the way down, each with the names that are left.
    frames: Vec<Frame>,
    /// The key of the last frame's directory.
    key: Vec<u8>,
    builder: PageBuilder,
    ready: VecDeque<Listed>,
    encoded: Vec<u8>,
    room: Vec<MaybeUninit<u8>>,
    operations: u64,
}

/// A directory whose names were read.
struct Frame {
    /// Closed while the walk is far below it.
    fd: Option<OwnedFd>,
    /// Length of the parent's key.
    parent: usize,
    names: Names,
}

impl TreeListing {
    /// Begins at the root.
    pub(crate) fn begin(root: Arc<Root>, request: ListRequest) -> Result<TreeListing> {
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
            operations: 0,
        };
        let subject = listing.root.path().display().to_string();
        let fd = open_to_list(&listing.root, b"")
            .map_err(failed(Code::RootUnreadable, "cannot open root", subject))?;
        listing.enter(fd, 0);
        Ok(listing)
    }

    /// Reads the names of the directory that `self.key` names.
    fn enter(&mut self, fd: OwnedFd, parent: usize) {
        self.operations += 1;
        match Names::read(fd.as_fd(), &mut self.room, self.frames.is_empty()) {
            Ok(names) => {
                self.operations += names.unsure;
                if let Some(far) = self.frames.len().checked_sub(HELD) {
                    self.frames[far].fd = None;
                }
                self.frames.push(Frame { fd: Some(fd), parent, names });
            }
            Err(errno) => {
                // A directory that was removed in the meantime has nothing below it.
                if errno != Errno::NOENT {
                    self.hole(self.key.len(), cannot_list(&self.key, errno));
                }
                self.key.truncate(parent);
            }
        }
    }

    /// Makes one step: lists the next name of the deepest directory, or leaves it.
    fn advance(&mut self) {
        let Some(frame) = self.frames.last_mut() else { return };
        let Some((name, is_directory)) = frame.names.next() else {
            self.key.truncate(frame.parent);
            self.frames.pop();
            return;
        };
        let fd = match &frame.fd {
            Some(fd) => fd,
            None => match open_to_list(&self.root, &self.key) {
                Ok(fd) => frame.fd.insert(fd),
                Err(errno) => return self.abandon(errno),
            },
        };
        let parent = self.key.len();
        self.key.extend_from_slice(name.to_bytes());
        if !self.request.filter.is_empty() && !self.request.filter.takes(&self.key, is_directory) {
            return self.key.truncate(parent);
        }
        self.operations += 1;
        match statat(fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => {
                let found = FileType::from_raw_mode(stat.st_mode) == FileType::Directory;
                if found != is_directory {
                    self.key.push(b'/');
                    self.hole(self.key.len(), changed(&self.key));
                } else if is_directory {
                    let child = open_child_to_list(fd.as_fd(), name);
                    self.key.push(b'/');
                    return self.descend(&stat, child, parent);
                } else {
                    self.item(&stat);
                }
            }
            Err(Errno::NOENT) => {}
            Err(errno) => {
                self.key.push(b'/');
                self.hole(self.key.len(), cannot_list(&self.key, errno));
            }
        }
        self.key.truncate(parent);
    }

    fn descend(&mut self, stat: &Stat, child: Answer<OwnedFd>, parent: usize) {
        self.push(stat, None, child.as_ref().ok().map(|fd| Node::Open(fd.as_fd())));
        match child {
            Ok(fd) => self.enter(fd, parent),
            Err(errno) => {
                if errno != Errno::NOENT {
                    self.hole(self.key.len(), cannot_list(&self.key, errno));
                }
                self.key.truncate(parent);
            }
        }
    }
}
