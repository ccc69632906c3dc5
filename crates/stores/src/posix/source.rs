//! What a turn reads at LOWER: a file held open, or a name looked at, each with the look
//! it had before, so that a change in between is noticed.

use super::attributes::{Attributes, Reach};
use super::directories::Directory;
use super::errors::{Halt, Part, failed};
use super::facets::{ctime, facets, kind, unmoved};
use super::node::Node;
use boatlift_core::{Code, Entry, Facets, Key, Kind, Outcome};
use rustix::fs::{Mode, OFlags, Stat, openat, readlinkat_raw};
use rustix::io::{Errno, Result as Answer};
use rustix::time::{ClockId, clock_gettime};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

/// File systems stamp changes with a clock that moves in ticks, of 10 ms at most: two
/// changes within one tick may bear the same time.
const TICK: Duration = Duration::from_millis(10);

/// The longest target of a symbolic link.
const TARGET_BYTES: usize = 1 << 16;

/// A file at LOWER, open for reading.
#[derive(Debug)]
pub(crate) struct Source {
    fd: OwnedFd,
    /// Its look when it was opened.
    pub(crate) stat: Stat,
}

impl Source {
    /// Opens the file that `key` names. Something else by now is vanished.
    pub(crate) fn open(parent: &Directory, key: Key<'_>) -> Part<Source> {
        match open_file(parent.as_fd(), key.name()) {
            Ok(Some((fd, stat))) => {
                let source = Source { fd, stat };
                match wait_for_tick(&stat) && !source.is_unmoved() {
                    true => Err(Halt::Told(Outcome::Moving)),
                    false => Ok(source),
                }
            }
            Ok(None) => Err(Halt::Told(Outcome::Vanished)),
            Err(errno) => Err(failed(Code::ReadFailed, "cannot open at LOWER", key)(errno).into()),
        }
    }

    /// As a node.
    pub(crate) fn node(&self) -> Node<'_> {
        Node::Open(self.fd.as_fd())
    }

    /// Whether nothing happened to it since it was opened.
    pub(crate) fn is_unmoved(&self) -> bool {
        self.node().stat().is_ok_and(|now| unmoved(&self.stat, &now))
    }
}

impl AsFd for Source {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Waits until a change from now on must bear a later time than the last one, so that it
/// cannot hide behind it. Tells whether it had to wait.
fn wait_for_tick(stat: &Stat) -> bool {
    let last = ctime(stat);
    let now = clock_gettime(ClockId::Realtime);
    let since = i128::from(now.tv_sec - last.seconds) * 1_000_000_000 + i128::from(now.tv_nsec)
        - i128::from(last.nanoseconds);
    // A time far ahead is another clock's: waiting for it would prove nothing.
    let is_fresh = since.unsigned_abs() < TICK.as_nanos();
    if is_fresh {
        std::thread::sleep(TICK);
    }
    is_fresh
}

/// Opens a regular file for reading, without a trace where that is allowed. `None` when
/// the name is not there or is something else.
pub(crate) fn open_file(parent: BorrowedFd<'_>, name: &[u8]) -> Answer<Option<(OwnedFd, Stat)>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let opened = match openat(parent, name, flags | OFlags::NOATIME, Mode::empty()) {
        Err(Errno::PERM) => openat(parent, name, flags, Mode::empty()),
        answer => answer,
    };
    let fd = match opened {
        Ok(fd) => fd,
        Err(Errno::NOENT | Errno::LOOP | Errno::NXIO | Errno::NODEV) => return Ok(None),
        Err(errno) => return Err(errno),
    };
    let stat = rustix::fs::fstat(&fd)?;
    Ok((kind(&stat) == Kind::File).then_some((fd, stat)))
}

/// Looks at a name in a directory. `None` when it is not there.
pub(crate) fn look_at(parent: BorrowedFd<'_>, key: Key<'_>) -> Answer<Option<Stat>> {
    match Node::Named(parent, key.name()).stat() {
        Ok(stat) => Ok(Some(stat)),
        Err(Errno::NOENT) => Ok(None),
        Err(errno) => Err(errno),
    }
}

/// Whether a look fits the key: a directory's key ends in `/`, and no other.
pub(crate) fn fits(stat: &Stat, key: Key<'_>) -> bool {
    (kind(stat) == Kind::Directory) == key.is_directory()
}

/// Where a symbolic link points, verbatim.
pub(crate) fn target(parent: BorrowedFd<'_>, name: &[u8]) -> Answer<Vec<u8>> {
    let mut target = Vec::with_capacity(256);
    loop {
        let room = rustix::buffer::spare_capacity(&mut target);
        readlinkat_raw(parent, name, room)?;
        if target.len() < target.capacity() || target.capacity() >= TARGET_BYTES {
            return Ok(target);
        }
        target = Vec::with_capacity(target.capacity() * 4);
    }
}

/// LOWER's facets as encoded, where they are not those of the entry. What one look cannot
/// know (the leader of a link group) and was not asked (attributes) is as in the entry.
pub(crate) fn newer(
    entry: &Entry<'_>,
    stat: &Stat,
    root_device: u64,
    target: Option<&[u8]>,
    attributes: &Attributes,
) -> Option<Box<[u8]>> {
    let then = entry.lower.map(|lower| lower.decode());
    let now = Facets {
        linked: then.and_then(|then| then.linked),
        attributes: then.and_then(|then| then.attributes).map(|_| attributes.digest()),
        ..facets(stat, root_device, target)
    };
    if then == Some(now) {
        return None;
    }
    let mut encoded = Vec::new();
    now.encode(&mut encoded);
    Some(encoded.into())
}

/// The attributes of a node at LOWER.
pub(crate) fn attributes(node: Node<'_>, reach: Reach, key: Key<'_>) -> Part<Attributes> {
    let read = Attributes::read(node, reach);
    Ok(read.map_err(failed(Code::ReadFailed, "cannot read attributes at LOWER", key))?)
}
