//! The small record at the root of a side, kept durable: `.boatlift/mark`.

use super::errors::failed;
use super::root::Root;
use boatlift_core::key::OWN_DIRECTORY;
use boatlift_core::{Code, Error, Result};
use rustix::fs::{AtFlags, Mode, OFlags, fsync, mkdirat, openat, renameat, unlinkat};
use rustix::io::{Errno, Result as Answer};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};

const MARK: &str = "mark";
const NEW_MARK: &str = "mark.new";
/// A mark is a few lines; what is larger is none of ours.
const MARK_BYTES: u64 = 64 << 10;
const DIRECTORY: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Reads the mark, or `None` when there is none.
pub(crate) fn read(root: &Root) -> Result<Option<Vec<u8>>> {
    let refused = || failed(Code::RootUnreadable, "cannot read the mark below", at(root));
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let opened = openat(root, OWN_DIRECTORY, DIRECTORY, Mode::empty())
        .and_then(|own| openat(own, MARK, flags, Mode::empty()));
    let file = match opened {
        Err(Errno::NOENT) => return Ok(None),
        answer => answer.map_err(refused())?,
    };
    let mut mark = Vec::new();
    File::from(file).take(MARK_BYTES).read_to_end(&mut mark).map_err(|error| {
        Error::new(Code::RootUnreadable, "cannot read the mark below").on(at(root)).because(error)
    })?;
    Ok(Some(mark))
}

/// Writes the mark so that a power cut leaves the old one or the new; `None` removes it,
/// and its directory when nothing else is in it. Idempotent.
pub(crate) fn write(root: &Root, mark: Option<&[u8]>) -> Result<()> {
    let written = match mark {
        Some(mark) => put(root, mark),
        None => remove(root),
    };
    written.map_err(failed(Code::RootUnwritable, "cannot write the mark below", at(root)))
}

fn put(root: &Root, mark: &[u8]) -> Answer<()> {
    match mkdirat(root, OWN_DIRECTORY, Mode::RWXU) {
        Ok(()) => fsync(root)?,
        Err(Errno::EXIST) => {}
        Err(errno) => return Err(errno),
    }
    let own = openat(root, OWN_DIRECTORY, DIRECTORY, Mode::empty())?;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
    let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    remove_name(&own, NEW_MARK)?;
    let file = File::from(openat(&own, NEW_MARK, flags, Mode::RUSR | Mode::WUSR)?);
    (&file).write_all(mark).map_err(errno_of)?;
    file.sync_all().map_err(errno_of)?;
    renameat(&own, NEW_MARK, &own, MARK)?;
    fsync(own)
}

fn remove(root: &Root) -> Answer<()> {
    let own = match openat(root, OWN_DIRECTORY, DIRECTORY, Mode::empty()) {
        Err(Errno::NOENT) => return Ok(()),
        answer => answer?,
    };
    remove_name(&own, NEW_MARK)?;
    remove_name(&own, MARK)?;
    fsync(&own)?;
    match unlinkat(root, OWN_DIRECTORY, AtFlags::REMOVEDIR) {
        Err(Errno::NOENT | Errno::NOTEMPTY | Errno::EXIST) | Ok(()) => fsync(root),
        Err(errno) => Err(errno),
    }
}

fn remove_name(own: &OwnedFd, name: &str) -> Answer<()> {
    match unlinkat(own.as_fd(), name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(errno) => Err(errno),
    }
}

fn errno_of(error: std::io::Error) -> Errno {
    Errno::from_io_error(&error).unwrap_or(Errno::IO)
}

fn at(root: &Root) -> impl std::fmt::Display {
    root.path().display()
}
