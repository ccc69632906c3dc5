//! A temporary name beside the destination, and the rename that puts it in place.
//!
//! Whoever reads the destination sees the old content or the new, never a part. The
//! temporary stands in the destination's own directory, so that default ACLs, setgid
//! groups, quotas and layouts apply. Its name follows from the destination's name alone:
//! what a crash leaves is found again by the next turn.

use super::apply::Look;
use super::birth::Birth;
use super::directories::Directory;
use super::errors::failed;
use super::node::Node;
use boatlift_core::key::TEMPORARY_PREFIX;
use boatlift_core::{Code, Error, Key};
use rustix::fs::{AtFlags, Mode, OFlags, openat, renameat, unlinkat};
use rustix::io::{Errno, Result as Answer};
use std::os::fd::{AsFd, OwnedFd};

const HEX: usize = 16;
const LEN: usize = TEMPORARY_PREFIX.len() + HEX;

/// Something of ours beside its destination; removed when dropped before it is placed.
#[derive(Debug)]
pub(crate) struct Temporary<'d> {
    directory: &'d Directory,
    name: [u8; LEN],
    placed: bool,
}

impl<'d> Temporary<'d> {
    /// Makes something under the temporary name that belongs to `key`. What an
    /// interrupted turn left under it is removed first.
    pub(crate) fn make<T>(
        directory: &'d Directory,
        key: Key<'_>,
        make: impl Fn(&[u8]) -> Answer<T>,
    ) -> Answer<(Temporary<'d>, T)> {
        let name = temporary_name(key);
        let made = match make(&name) {
            Err(Errno::EXIST) => {
                unlinkat(directory, &name[..], AtFlags::empty())?;
                make(&name)?
            }
            answer => answer?,
        };
        Ok((Temporary { directory, name, placed: false }, made))
    }

    /// Makes an empty file for writing, and tells what it was born with. `mode` is asked
    /// for, not promised.
    pub(crate) fn make_file(
        directory: &'d Directory,
        key: Key<'_>,
        mode: u32,
        umask: u32,
    ) -> Answer<(Temporary<'d>, OwnedFd, Look)> {
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY;
        let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let bits = Mode::from_raw_mode(mode);
        let (temporary, fd) =
            Temporary::make(directory, key, |name| openat(directory, name, flags, bits))?;
        let look = match directory.birth.get() {
            Some(birth) if !birth.inherits => Look {
                user: birth.user,
                group: birth.group,
                mode: Some(mode & !umask),
                mtime: None,
            },
            _ => {
                let stat = Node::Open(fd.as_fd()).stat()?;
                directory.birth.get_or_init(|| Birth::learn(directory, &stat));
                Look { mtime: None, ..Look::of(&stat) }
            }
        };
        Ok((temporary, fd, look))
    }

    /// The temporary name.
    pub(crate) fn name(&self) -> &[u8] {
        &self.name
    }

    /// Puts it in the place of whatever stands under `key`, unless that is a directory.
    pub(crate) fn place(mut self, key: Key<'_>) -> Result<(), Error> {
        match renameat(self.directory, self.name(), self.directory, key.name()) {
            Ok(()) => {
                self.placed = true;
                Ok(())
            }
            Err(errno @ (Errno::ISDIR | Errno::NOTEMPTY | Errno::EXIST)) => {
                Err(Error::new(Code::InTheWay, "cannot put in place")
                    .on(key)
                    .because(std::io::Error::from(errno)))
            }
            Err(errno) => Err(failed(Code::WriteFailed, "cannot put in place", key)(errno)),
        }
    }
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        if !self.placed {
            // What cannot be removed now is removed by the next sweep.
            let _ = unlinkat(self.directory, &self.name[..], AtFlags::empty());
        }
    }
}

/// Removes what an interrupted turn may have left beside `key`.
pub(crate) fn sweep(directory: &Directory, key: Key<'_>) -> Answer<()> {
    match unlinkat(directory, &temporary_name(key)[..], AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(errno) => Err(errno),
    }
}

fn temporary_name(key: Key<'_>) -> [u8; LEN] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let hash = blake3::hash(key.name());
    let mut name = [0; LEN];
    let (prefix, hex) = name.split_at_mut(TEMPORARY_PREFIX.len());
    prefix.copy_from_slice(TEMPORARY_PREFIX);
    for (pair, byte) in hex.chunks_exact_mut(2).zip(hash.as_bytes()) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_name_is_ours_and_follows_from_the_last_component() {
        let name = temporary_name(Key::new(b"a/b/c"));
        assert!(name.starts_with(TEMPORARY_PREFIX));
        assert!(name[TEMPORARY_PREFIX.len()..].iter().all(u8::is_ascii_hexdigit));
        assert_eq!(name, temporary_name(Key::new(b"z/c")));
        assert_ne!(name, temporary_name(Key::new(b"a/b/d")));
    }
}
