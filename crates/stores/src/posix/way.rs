//! The way down: from a directory held open to one below it.
//!
//! Never through a symbolic link, never upwards, at any length of path. Nothing else in
//! this crate opens a directory below a root.

use rustix::fs::{AtFlags, FileType, Mode, OFlags, ResolveFlags, fstat, openat, statat};
use rustix::io::{Errno, Result as Answer};
use std::ffi::CStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// The longest relative path given to the system at once; PATH_MAX is 4,096.
const PATH_BYTES: usize = 4000;

/// Flags for a directory that things are to be named in.
pub(crate) const NAME: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
/// Flags for a directory that is to be listed.
pub(crate) const LIST: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// Opens a directory for listing, by its key.
pub(crate) fn open_to_list(root: BorrowedFd<'_>, key: &[u8]) -> Answer<OwnedFd> {
    match key {
        b"" => openat(root, ".", LIST, Mode::empty()),
        key => open_below(root, key, LIST, Mounts::Entered),
    }
}

/// Opens the directory `name`, one component, in `parent` for listing.
pub(crate) fn open_child_to_list(parent: BorrowedFd<'_>, name: &CStr) -> Answer<OwnedFd> {
    openat(parent, name, LIST | OFlags::NOFOLLOW, Mode::empty())
}

/// Whether a way down may lead over a mount point; refused, it answers `EXDEV`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mounts {
    Entered,
    Refused,
}

/// Opens a relative path of any length, in pieces of whole components.
pub(crate) fn open_below(
    base: BorrowedFd<'_>,
    path: &[u8],
    flags: OFlags,
    mounts: Mounts,
) -> Answer<OwnedFd> {
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

    #[test]
    fn both_ways_down_refuse_links_and_agree() {
        let top = tempfile::tempdir().expect("a directory");
        std::fs::create_dir_all(top.path().join("root/a/b")).expect("directories");
        std::fs::create_dir(top.path().join("outside")).expect("a directory");
        symlink("../outside", top.path().join("root/link")).expect("a link");
        let root = rustix::fs::open(top.path().join("root"), LIST, Mode::empty());
        let root = root.expect("the root");
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
}
