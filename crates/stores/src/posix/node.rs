//! One inode in hand: by an open descriptor, or by a name in a directory held open.
//!
//! Each call acts on the node itself, never on what a symbolic link points to, so it
//! makes no difference to safety which of the forms is at hand.

use rustix::fs::{
    AtFlags, Gid, Mode, OFlags, Stat, Timespec, Timestamps, UTIME_OMIT, Uid, XattrFlags,
};
use rustix::io::{Errno, Result as Answer};
use std::fmt::Write as _;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

/// The longest list of names, and the longest value, that Linux gives out.
const LONGEST: usize = 1 << 16;

/// An inode in hand.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Node<'a> {
    /// A descriptor that is open for reading or writing.
    Open(BorrowedFd<'a>),
    /// A descriptor that only holds the place (`O_PATH`) of what is no symbolic link.
    Held(BorrowedFd<'a>),
    /// A name in a directory.
    Named(BorrowedFd<'a>, &'a [u8]),
}

impl Node<'_> {
    /// What the system says of it.
    pub(crate) fn stat(self) -> Answer<Stat> {
        match self {
            Node::Open(fd) | Node::Held(fd) => rustix::fs::fstat(fd),
            Node::Named(directory, name) => {
                rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)
            }
        }
    }

    /// Sets user and group, where given.
    pub(crate) fn set_owner(self, user: Option<u32>, group: Option<u32>) -> Answer<()> {
        let (user, group) = (user.map(Uid::from_raw), group.map(Gid::from_raw));
        match self {
            Node::Open(fd) => rustix::fs::fchown(fd, user, group),
            Node::Held(fd) => rustix::fs::chownat(fd, "", user, group, AtFlags::EMPTY_PATH),
            Node::Named(directory, name) => {
                rustix::fs::chownat(directory, name, user, group, AtFlags::SYMLINK_NOFOLLOW)
            }
        }
    }

    /// Sets the permission bits of what is no symbolic link.
    pub(crate) fn set_mode(self, mode: u32) -> Answer<()> {
        let bits = Mode::from_raw_mode(mode);
        match self {
            Node::Open(fd) => rustix::fs::fchmod(fd, bits),
            Node::Held(fd) => rustix::fs::chmod(&*entrance(fd, b""), bits),
            Node::Named(directory, name) => {
                let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                let held = rustix::fs::openat(directory, name, flags, Mode::empty())?;
                // The entrance leads to the very inode that is held: no name is resolved again.
                rustix::fs::chmod(&*entrance(held.as_fd(), b""), bits)
            }
        }
    }

    /// Sets the time of the last change of content.
    pub(crate) fn set_mtime(self, mtime: Timespec) -> Answer<()> {
        let omit = Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT };
        let times = Timestamps { last_access: omit, last_modification: mtime };
        match self {
            Node::Open(fd) => rustix::fs::futimens(fd, &times),
            Node::Held(fd) => {
                let flags = AtFlags::empty();
                rustix::fs::utimensat(rustix::fs::CWD, &*entrance(fd, b""), &times, flags)
            }
            Node::Named(directory, name) => {
                rustix::fs::utimensat(directory, name, &times, AtFlags::SYMLINK_NOFOLLOW)
            }
        }
    }

    /// The names of its extended attributes, each closed by a NUL.
    pub(crate) fn attribute_names(self) -> Answer<Vec<u8>> {
        let list = |into: &mut [u8]| match self {
            Node::Open(fd) => rustix::fs::flistxattr(fd, into),
            Node::Held(fd) => rustix::fs::listxattr(&*entrance(fd, b""), into),
            Node::Named(directory, name) => {
                rustix::fs::llistxattr(&*entrance(directory.as_fd(), name), into)
            }
        };
        gather(list)
    }

    /// The value of one extended attribute.
    pub(crate) fn attribute(self, key: impl AsRef<[u8]>) -> Answer<Vec<u8>> {
        let key = key.as_ref();
        let get = |into: &mut [u8]| match self {
            Node::Open(fd) => rustix::fs::fgetxattr(fd, key, into),
            Node::Held(fd) => rustix::fs::getxattr(&*entrance(fd, b""), key, into),
            Node::Named(directory, name) => {
                rustix::fs::lgetxattr(&*entrance(directory.as_fd(), name), key, into)
            }
        };
        gather(get)
    }

    /// Sets one extended attribute.
    pub(crate) fn set_attribute(self, key: &[u8], value: &[u8]) -> Answer<()> {
        let any = XattrFlags::empty();
        match self {
            Node::Open(fd) => rustix::fs::fsetxattr(fd, key, value, any),
            Node::Held(fd) => rustix::fs::setxattr(&*entrance(fd, b""), key, value, any),
            Node::Named(directory, name) => {
                rustix::fs::lsetxattr(&*entrance(directory, name), key, value, any)
            }
        }
    }

    /// Removes one extended attribute; one that is not there is removed.
    pub(crate) fn remove_attribute(self, key: &[u8]) -> Answer<()> {
        let removed = match self {
            Node::Open(fd) => rustix::fs::fremovexattr(fd, key),
            Node::Held(fd) => rustix::fs::removexattr(&*entrance(fd, b""), key),
            Node::Named(directory, name) => {
                rustix::fs::lremovexattr(&*entrance(directory, name), key)
            }
        };
        match removed {
            Err(Errno::NODATA) => Ok(()),
            other => other,
        }
    }
}

/// The path by which calls that take no descriptor reach what one stands for, or a name
/// in it.
fn entrance(fd: BorrowedFd<'_>, name: &[u8]) -> Vec<u8> {
    let mut path = String::with_capacity(32 + name.len());
    let _ = write!(path, "/proc/self/fd/{}", fd.as_raw_fd());
    let mut path = path.into_bytes();
    if !name.is_empty() {
        path.push(b'/');
        path.extend_from_slice(name);
    }
    path
}

/// Asks with little room, and with all that can be needed when it was too little.
fn gather(ask: impl Fn(&mut [u8]) -> Answer<usize>) -> Answer<Vec<u8>> {
    let mut few = [0; 256];
    match ask(&mut few) {
        Ok(len) => Ok(few[..len].to_vec()),
        Err(Errno::RANGE) => {
            let mut all = vec![0; LONGEST];
            let len = ask(&mut all)?;
            all.truncate(len);
            Ok(all)
        }
        Err(errno) => Err(errno),
    }
}
