//! The root of a store, and the directories below it, held open.
//!
//! Every way down goes through [`Directories`]: relative to the root's descriptor, never
//! through a symbolic link, never upwards. What is done to an item is done to a name in
//! a directory that was reached so. Nothing else in this crate opens a path.

use super::birth::Birth;
use super::errors::failed;
use boatlift_core::{Code, Error, Result};
use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, ResolveFlags, fstat, mkdirat, openat, statat, syncfs,
};
use rustix::io::{Errno, Result as Answer};
use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;
use std::fmt;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};

/// The longest relative path given to the system at once; PATH_MAX is 4,096.
const PATH_BYTES: usize = 4000;

/// The most directories held open by one turn.
const HELD: usize = 16;

/// The directory that a store stands for.
#[derive(Debug)]
pub(crate) struct Root {
    path: PathBuf,
    fd: OwnedFd,
    device: u64,
    inode: u64,
    /// A directory on each other file system that is mounted below and was entered.
    others: Mutex<BTreeMap<u64, OwnedFd>>,
}

impl Root {
    /// Opens the directory at `path`, which may be relative and may lead over links.
    pub(crate) fn open(path: &Path) -> Result<Root> {
        let path = std::path::absolute(path).map_err(|error| {
            Error::new(Code::RootMissing, "cannot find root").on(path.display()).because(error)
        })?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = rustix::fs::open(&path, flags, Mode::empty()).map_err(|e| refused(&path, e))?;
        let stat = fstat(&fd).map_err(|errno| refused(&path, errno))?;
        let (device, inode) = (stat.st_dev, stat.st_ino);
        Ok(Root { path, fd, device, inode, others: Mutex::default() })
    }

    /// Makes durable what was written below, also on other file systems mounted there.
    pub(crate) fn sync(&self) -> Answer<()> {
        let others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        others.values().try_for_each(syncfs)?;
        syncfs(&self.fd)
    }

    /// Remembers the file system of a directory that lies beyond a mount point.
    fn crossed_into(&self, directory: BorrowedFd<'_>) -> Answer<()> {
        let device = fstat(directory)?.st_dev;
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        if device != self.device && !others.contains_key(&device) {
            others.insert(device, openat(directory, ".", LIST, Mode::empty())?);
        }
        Ok(())
    }

    /// The path, absolute, as it was given.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The device that it lies on.
    pub(crate) fn device(&self) -> u64 {
        self.device
    }

    /// Whether the path still leads to the directory that was opened: it does not when
    /// something was mounted over it, or unmounted.
    pub(crate) fn check(&self) -> Result<()> {
        let now = rustix::fs::stat(&self.path).map_err(|errno| refused(&self.path, errno))?;
        if (now.st_dev, now.st_ino) == (self.device, self.inode) {
            return Ok(());
        }
        Err(Error::new(Code::RootMissing, "cannot go on below root")
            .on(self.path.display())
            .because("another directory stands there since it was opened"))
    }
}

impl AsFd for Root {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

fn refused(path: &Path, errno: Errno) -> Error {
    let (code, tried) = match errno {
        Errno::NOENT => (Code::RootMissing, "cannot find root"),
        Errno::NOTDIR => (Code::RootMissing, "cannot use as root"),
        _ => (Code::RootUnreadable, "cannot read root"),
    };
    let error = failed(code, tried, path.display())(errno);
    Error { code, ..error }
}

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

const NAME: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
const LIST: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

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

/// Opens a directory for listing, by its key.
pub(crate) fn open_to_list(root: &Root, key: &[u8]) -> Answer<OwnedFd> {
    match key {
        b"" => openat(root, ".", LIST, Mode::empty()),
        key => open_below(root.as_fd(), key, LIST, Mounts::Entered),
    }
}

/// Opens the directory `name`, one component, in `parent` for listing.
pub(crate) fn open_child_to_list(parent: BorrowedFd<'_>, name: &std::ffi::CStr) -> Answer<OwnedFd> {
    openat(parent, name, LIST | OFlags::NOFOLLOW, Mode::empty())
}

/// Whether a way down may lead over a mount point; refused, it answers `EXDEV`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mounts {
    Entered,
    Refused,
}

/// Opens a relative path of any length, in pieces of whole components.
fn open_below(base: BorrowedFd<'_>, path: &[u8], flags: OFlags, mounts: Mounts) -> Answer<OwnedFd> {
    let mut rest = path.strip_suffix(b"/").unwrap_or(path);
    let mut at: Option<OwnedFd> = None;
    while rest.len() > PATH_BYTES {
        let cut = rest[..PATH_BYTES].iter().rposition(|b| *b == b'/').ok_or(Errno::NAMETOOLONG)?;
        let next = beneath(at.as_ref().map_or(base, AsFd::as_fd), &rest[..cut], NAME, mounts)?;
        (at, rest) = (Some(next), &rest[cut + 1..]);
    }
    beneath(at.as_ref().map_or(base, AsFd::as_fd), rest, flags, mounts)
}

fn beneath(base: BorrowedFd<'_>, path: &[u8], flags: OFlags, mounts: Mounts) -> Answer<OwnedFd> {
    let no_way_out =
        ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let resolve = match mounts {
        Mounts::Entered => no_way_out,
        Mounts::Refused => no_way_out | ResolveFlags::NO_XDEV,
    };
    match rustix::fs::openat2(base, path, flags, Mode::empty(), resolve) {
        // Kernels before 5.6 do not know the call; some sandboxes forbid it.
        Err(Errno::NOSYS | Errno::PERM) => walk(base, path, flags, mounts),
        answer => answer,
    }
}

/// The same by hand: one component at a time, no links, nothing but names.
fn walk(base: BorrowedFd<'_>, path: &[u8], flags: OFlags, mounts: Mounts) -> Answer<OwnedFd> {
    let device = fstat(base)?.st_dev;
    let mut components = path.split(|b| *b == b'/').peekable();
    let mut at: Option<OwnedFd> = None;
    while let Some(name) = components.next() {
        if matches!(name, b"" | b"." | b"..") {
            return Err(Errno::XDEV);
        }
        let parent = at.as_ref().map_or(base, AsFd::as_fd);
        let flags = if components.peek().is_some() { NAME } else { flags };
        let opened = openat(parent, name, flags | OFlags::NOFOLLOW, Mode::empty());
        let opened = opened.map_err(|errno| link_or(parent, name, errno))?;
        if mounts == Mounts::Refused && fstat(&opened)?.st_dev != device {
            return Err(Errno::XDEV);
        }
        at = Some(opened);
    }
    at.ok_or(Errno::NOENT)
}

/// A link that is not followed answers `ENOTDIR`; told apart it is `ELOOP`.
fn link_or(parent: BorrowedFd<'_>, name: &[u8], errno: Errno) -> Errno {
    let is_link = || {
        let stat = statat(parent, name, AtFlags::SYMLINK_NOFOLLOW);
        stat.is_ok_and(|s| FileType::from_raw_mode(s.st_mode) == FileType::Symlink)
    };
    if errno == Errno::NOTDIR && is_link() { Errno::LOOP } else { errno }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn tree() -> tempfile::TempDir {
        let top = tempfile::tempdir().expect("a directory");
        std::fs::create_dir_all(top.path().join("root/a/b")).expect("directories");
        std::fs::create_dir(top.path().join("outside")).expect("a directory");
        symlink("../outside", top.path().join("root/link")).expect("a link");
        top
    }

    #[test]
    fn both_ways_down_refuse_links_and_agree() {
        let top = tree();
        let root = Root::open(&top.path().join("root")).expect("the root");
        for (path, expected) in [
            (&b"a/b"[..], Ok(())),
            (b"link", Err(Errno::LOOP)),
            (b"link/x", Err(Errno::LOOP)),
            (b"a/missing", Err(Errno::NOENT)),
        ] {
            let by_call = beneath(root.as_fd(), path, NAME, Mounts::Refused).map(drop);
            let by_hand = walk(root.as_fd(), path, NAME, Mounts::Refused).map(drop);
            assert_eq!((by_call, by_hand), (expected, expected), "{}", path.escape_ascii());
        }
        for path in [&b".."[..], b"a/../..", b"/etc"] {
            assert!(beneath(root.as_fd(), path, NAME, Mounts::Refused).is_err());
            assert!(walk(root.as_fd(), path, NAME, Mounts::Refused).is_err());
        }
    }

    #[test]
    fn a_path_of_any_length_opens_and_is_made() {
        let top = tree();
        let root = Root::open(&top.path().join("root")).expect("the root");
        let key = [&b"0123456789abcdef".repeat(15)[..], b"/"].concat().repeat(40);
        let mut directories = Directories::below(&root).expect("the root");
        assert_eq!(directories.find(&key).map(drop), Err(Errno::NOENT));
        directories.find_or_make(&key).expect("made");
        let mut fresh = Directories::below(&root).expect("the root");
        assert!(fresh.find(&key).is_ok());
        assert!(open_to_list(&root, &key).is_ok());
    }

    #[test]
    fn a_root_that_was_replaced_is_noticed() {
        let top = tree();
        let path = top.path().join("root");
        let root = Root::open(&path).expect("the root");
        assert_eq!(root.check(), Ok(()));
        std::fs::rename(&path, top.path().join("was")).expect("a rename");
        std::fs::create_dir(&path).expect("a directory");
        assert_eq!(root.check().map_err(|e| e.code), Err(Code::RootMissing));
    }
}
