//! The root of a store: the one directory that is opened by its path, and held.

use super::errors::failed;
use super::way::LIST;
use boatlift_core::{Code, Error, Result};
use rustix::fs::{Mode, fstat, openat, syncfs};
use rustix::io::{Errno, Result as Answer};
use std::collections::BTreeMap;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

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
        let fd = rustix::fs::open(&path, LIST, Mode::empty()).map_err(|e| refused(&path, e))?;
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
    pub(crate) fn crossed_into(&self, directory: BorrowedFd<'_>) -> Answer<()> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_that_was_replaced_is_noticed() {
        let top = tempfile::tempdir().expect("a directory");
        let path = top.path().join("root");
        std::fs::create_dir(&path).expect("a directory");
        let root = Root::open(&path).expect("the root");
        assert_eq!(root.check(), Ok(()));
        std::fs::rename(&path, top.path().join("was")).expect("a rename");
        std::fs::create_dir(&path).expect("a directory");
        assert_eq!(root.check().map_err(|e| e.code), Err(Code::RootMissing));
    }
}
