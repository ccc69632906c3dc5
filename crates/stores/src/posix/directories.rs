//! The directories below a root that a turn holds open.
//!
//! What is done to an item is done to a name in a directory that was reached here.

use super::birth::Birth;
use super::root::Root;
use super::way::{Mounts, NAME, open_below};
use rustix::fs::{Mode, mkdirat, openat};
use rustix::io::{Errno, Result as Answer};
use std::cell::{Cell, OnceCell};
use std::fmt;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::rc::Rc;

/// The most directories held open by one turn, on one side.
const HELD: usize = 16;

/// A directory below the root, held open as a place to name things in.
pub(crate) struct Directory {
    key: Vec<u8>,
    fd: OwnedFd,
    /// What new files in it are born with, once that is known.
    pub(super) birth: OnceCell<Birth>,
    /// Whether its owner was let in.
    pub(super) opened_up: Cell<bool>,
}

impl Directory {
    fn new(key: &[u8], fd: OwnedFd) -> Rc<Self> {
        let (birth, opened_up) = (OnceCell::new(), Cell::new(false));
        Rc::new(Directory { key: key.to_vec(), fd, birth, opened_up })
    }
}

impl AsFd for Directory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Directory({})", self.key.escape_ascii())
    }
}

/// The directories that a turn has open: consecutive keys share most of them.
#[derive(Debug)]
pub(crate) struct Directories<'r> {
    root: &'r Root,
    /// Each lies below the one before it; the first is the root.
    held: Vec<Rc<Directory>>,
}

impl<'r> Directories<'r> {
    /// Only the root is held.
    pub(crate) fn below(root: &'r Root) -> Answer<Directories<'r>> {
        let fd = openat(root, ".", NAME, Mode::empty())?;
        Ok(Directories { root, held: vec![Directory::new(b"", fd)] })
    }

    /// The directory with this key (closed by `/`; empty: the root).
    ///
    /// Answers `ENOENT` and `ENOTDIR` when it is not there, `ELOOP` when a symbolic link
    /// is in the way.
    pub(crate) fn find(&mut self, key: &[u8]) -> Answer<Rc<Directory>> {
        let base = self.nearest(key);
        if base.key.len() == key.len() {
            return Ok(base);
        }
        let rest = &key[base.key.len()..];
        let fd = match open_below(base.as_fd(), rest, NAME, Mounts::Refused) {
            Err(Errno::XDEV) => {
                let fd = open_below(base.as_fd(), rest, NAME, Mounts::Entered)?;
                self.root.crossed_into(fd.as_fd())?;
                fd
            }
            answer => answer?,
        };
        let found = Directory::new(key, fd);
        if self.held.len() == HELD {
            self.held.remove(1);
        }
        self.held.push(Rc::clone(&found));
        Ok(found)
    }

    /// The same, made with mode 0700 as far as it is missing.
    pub(crate) fn find_or_make(&mut self, key: &[u8]) -> Answer<Rc<Directory>> {
        match self.find(key) {
            Err(Errno::NOENT) => {}
            answer => return answer,
        }
        let mut at = self.nearest(key);
        for end in (at.key.len()..key.len()).filter(|end| key[*end] == b'/') {
            let name = &key[at.key.len()..end];
            match mkdirat(&*at, name, Mode::RWXU) {
                Ok(()) | Err(Errno::EXIST) => at = self.find(&key[..=end])?,
                Err(errno) => return Err(errno),
            }
        }
        Ok(at)
    }

    /// Lets go of this directory and of all below it: its name no longer leads there.
    pub(crate) fn forget(&mut self, key: &[u8]) {
        self.held.retain(|directory| !directory.key.starts_with(key) || directory.key.is_empty());
    }

    fn nearest(&mut self, key: &[u8]) -> Rc<Directory> {
        while let Some(last) = self.held.last().filter(|last| !key.starts_with(&last.key)) {
            debug_assert!(!last.key.is_empty());
            self.held.pop();
        }
        Rc::clone(self.held.last().expect("the root is never let go of"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::posix::way::open_to_list;

    #[test]
    fn a_path_of_any_length_opens_and_is_made() {
        let top = tempfile::tempdir().expect("a directory");
        let root = Root::open(top.path()).expect("the root");
        let key = [&b"0123456789abcdef".repeat(15)[..], b"/"].concat().repeat(40);
        let mut directories = Directories::below(&root).expect("the root");
        assert_eq!(directories.find(&key).map(drop), Err(Errno::NOENT));
        directories.find_or_make(&key).expect("made");
        let mut fresh = Directories::below(&root).expect("the root");
        assert!(fresh.find(&key).is_ok());
        assert!(open_to_list(root.as_fd(), &key).is_ok());
    }
}
