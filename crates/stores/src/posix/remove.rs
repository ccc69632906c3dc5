//! Removing from UPPER what is still as it was surveyed.

use super::directories::Directory;
use super::errors::{Halt, Part, failed};
use super::facets::{ctime, kind, mtime};
use super::hands::Hands;
use super::source::fits;
use boatlift_core::key::TEMPORARY_PREFIX;
use boatlift_core::outcome::Receipt;
use boatlift_core::{Code, Entry, Error, Facets, FacetsRef, Key, Kind, Outcome, Proof};
use rustix::fs::{AtFlags, Mode, OFlags, RawDir, Stat, openat, unlinkat};
use rustix::io::{Errno, Result as Answer};
use std::mem::MaybeUninit;
use std::os::fd::AsFd;

impl Hands<'_> {
    /// Removes what `entry` names, if it is still as the entry's `upper` says. Idempotent:
    /// what is not there is removed.
    pub(crate) fn remove(&mut self, entry: &Entry<'_>) -> Part<Outcome> {
        let Some(expected) = entry.upper else {
            let error = Error::new(Code::RemoveFailed, "cannot remove").on(entry.key);
            return Err(error.because("nothing is known of what stands there").into());
        };
        let Some((parent, look)) = self.upper_look(entry.key)? else {
            return Ok(Outcome::Same(Receipt::of(Proof::Claimed)));
        };
        self.open_up(&parent, entry.key)?;
        let outcome = remove(&parent, entry.key, expected, &look)?;
        if entry.key.is_directory() {
            self.upper.directories.forget(entry.key.as_bytes());
        }
        Ok(outcome)
    }
}

/// Removes a name that looks like `look` from `parent`, if that is what was expected.
pub(crate) fn remove(
    parent: &Directory,
    key: Key<'_>,
    expected: FacetsRef<'_>,
    look: &Stat,
) -> Part<Outcome> {
    if !fits(look, key) {
        return Ok(Outcome::Same(Receipt::of(Proof::Claimed)));
    }
    if key.is_directory() {
        return remove_directory(parent, key);
    }
    if !is_as_expected(&expected.decode(), look) {
        let error = Error::new(Code::RemoveFailed, "cannot remove").on(key);
        return Err(error.because("changed since it was surveyed").into());
    }
    match unlinkat(parent, key.name(), AtFlags::empty()) {
        Ok(()) => Ok(Outcome::Done(Receipt::of(Proof::Claimed))),
        Err(Errno::NOENT) => Ok(Outcome::Same(Receipt::of(Proof::Claimed))),
        Err(errno) => Err(cannot(key, errno)),
    }
}

/// Whether a look shows what was expected. Another link's coming or going changes the
/// ctime, so that of an inode with several names says nothing.
pub(crate) fn is_as_expected(expected: &Facets<'_>, look: &Stat) -> bool {
    let equal = |expected: Option<u64>, found: u64| expected.is_none_or(|e| e == found);
    let several = expected.links.is_some() || expected.linked.is_some();
    expected.kind == kind(look)
        && equal(expected.inode, look.st_ino)
        && (expected.kind != Kind::File || equal(expected.size, look.st_size as u64))
        && (expected.kind == Kind::Directory
            || expected.mtime.is_none_or(|mtime_then| mtime_then == mtime(look)))
        && (expected.kind == Kind::Directory
            || several
            || expected.ctime.is_none_or(|ctime_then| ctime_then == ctime(look)))
}

fn remove_directory(parent: &Directory, key: Key<'_>) -> Part<Outcome> {
    let mut answer = unlinkat(parent, key.name(), AtFlags::REMOVEDIR);
    if is_not_empty(answer) && remove_our_own(parent, key).is_ok() {
        answer = unlinkat(parent, key.name(), AtFlags::REMOVEDIR);
    }
    match answer {
        Ok(()) => Ok(Outcome::Done(Receipt::of(Proof::Claimed))),
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(Outcome::Same(Receipt::of(Proof::Claimed))),
        answer if is_not_empty(answer) => {
            Ok(Outcome::Skipped("not empty: it holds names that are excluded or came later".into()))
        }
        Err(errno) => Err(cannot(key, errno)),
    }
}

fn is_not_empty(answer: Answer<()>) -> bool {
    matches!(answer, Err(Errno::NOTEMPTY | Errno::EXIST))
}

/// Removes the temporaries that interrupted turns left in a directory.
fn remove_our_own(parent: &Directory, key: Key<'_>) -> Answer<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let directory = openat(parent, key.name(), flags, Mode::empty())?;
    let mut room = [MaybeUninit::uninit(); 8192];
    let mut names = RawDir::new(directory.as_fd(), &mut room);
    while let Some(name) = names.next() {
        let name = name?;
        if name.file_name().to_bytes().starts_with(TEMPORARY_PREFIX) {
            unlinkat(&directory, name.file_name(), AtFlags::empty())?;
        }
    }
    Ok(())
}

fn cannot(key: Key<'_>, errno: Errno) -> Halt {
    failed(Code::RemoveFailed, "cannot remove", key)(errno).into()
}
