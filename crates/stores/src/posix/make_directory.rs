//! Making directories at UPPER, not yet with their final attributes.

use super::errors::{Part, failed};
use super::facets::kind;
use super::hands::Hands;
use super::source::look_at;
use boatlift_core::outcome::Receipt;
use boatlift_core::{Code, Entry, Error, Key, Kind, Outcome, Proof, Retry};
use rustix::fs::{AtFlags, Mode, mkdirat, unlinkat};
use rustix::io::Errno;
use std::os::fd::AsFd;

impl Hands<'_> {
    /// Makes the directory that `entry` names, and those above it. What is no directory
    /// there is replaced only when the entry's partner names it. Idempotent.
    pub(crate) fn make_directory(&mut self, entry: &Entry<'_>) -> Part<Outcome> {
        let key = entry.key;
        let parent = self.upper_parent_made(key)?;
        let refused = |errno| failed(Code::WriteFailed, "cannot make directory", key)(errno);
        match mkdirat(&*parent, key.name(), Mode::RWXU) {
            Ok(()) => return Ok(Outcome::Done(Receipt::of(Proof::Claimed))),
            Err(Errno::EXIST) => {}
            Err(errno) => return Err(refused(errno).into()),
        }
        let Some(there) = look_at((*parent).as_fd(), key).map_err(refused)? else {
            let error = Error::new(Code::WriteFailed, "cannot make directory").on(key);
            return Err(error.because("its name came and went").retry(Retry::Later).into());
        };
        if kind(&there) == Kind::Directory {
            return Ok(Outcome::Same(Receipt::of(Proof::Claimed)));
        }
        if entry.partner.map(Key::as_bytes) != Some(key.path()) {
            let error = Error::new(Code::InTheWay, "cannot make directory").on(key);
            let because = format!("a {} is in its place", kind(&there).word());
            return Err(error.because(because).into());
        }
        self.upper.directories.forget(key.as_bytes());
        unlinkat(&*parent, key.name(), AtFlags::empty()).map_err(refused)?;
        mkdirat(&*parent, key.name(), Mode::RWXU).map_err(refused)?;
        Ok(Outcome::Done(Receipt::of(Proof::Claimed)))
    }
}
