//! Replaying at UPPER a rename that LOWER saw.

use super::content::Rule;
use super::errors::{Halt, Part, failed};
use super::hands::Hands;
use super::remove::is_as_expected;
use super::settle::lower_is_as_surveyed;
use super::source::Source;
use boatlift_core::outcome::Receipt;
use boatlift_core::{Code, Entry, Key, Outcome, Proof, Side};
use rustix::fs::{RenameFlags, renameat, renameat_with};
use rustix::io::{Errno, Result as Answer};
use std::os::fd::AsFd;

impl Hands<'_> {
    /// Renames what UPPER has under the partner's key, then brings attributes in line.
    /// Where either side is not as agreed, or the new name is taken, it carries instead.
    /// Idempotent: made twice, the second time finds the old name gone and carries.
    pub(crate) fn rename(&mut self, entry: &Entry<'_>) -> Part<Outcome> {
        let (Some(old), Some(expected)) = (entry.partner, entry.upper) else {
            return self.carry(entry);
        };
        let (_, at_lower) = self.lower_look(entry.key)?;
        if entry.lower.is_some_and(|lower| !lower_is_as_surveyed(&lower.decode(), &at_lower)) {
            return self.carry(entry);
        }
        let Some((from, look)) = self.upper_look(old)? else { return self.carry(entry) };
        if !is_as_expected(&expected.decode(), &look) {
            return self.carry(entry);
        }
        let to = self.upper_parent_made(entry.key)?;
        self.upper.directories.forget(old.as_bytes());
        match rename_to_free(&from, old, &to, entry.key) {
            Ok(()) => {}
            Err(Errno::EXIST | Errno::NOENT) => return self.carry(entry),
            Err(errno) => {
                return Err(failed(Code::WriteFailed, "cannot rename to", entry.key)(errno).into());
            }
        }
        self.settle_renamed(entry)
    }

    /// A rename touches the ctime, and so hides whether LOWER's content was rewritten too
    /// and given its old mtime: it is compared with what was agreed.
    fn settle_renamed(&mut self, entry: &Entry<'_>) -> Part<Outcome> {
        let Some(digest) = entry.digest else { return self.compare_and_carry(entry) };
        let parent = self.lower_parent(entry.key)?;
        let source = Source::open(&parent, entry.key)?;
        let rule = Rule::of(&digest);
        let lower = self.hash(entry.key, Side::Lower, source.as_fd(), &source.stat, rule)?;
        if lower.digest != digest || !source.is_unmoved() {
            return self.carry(entry);
        }
        match self.settle(entry) {
            Ok(Outcome::Done(receipt) | Outcome::Same(receipt)) => {
                let digest = Some(digest);
                Ok(Outcome::Done(Receipt { proof: Proof::Claimed, digest, ..receipt }))
            }
            Err(Halt::Told(Outcome::Failed(_))) => self.carry(entry),
            other => other,
        }
    }
}

/// Renames to a name that nothing has. Where the system cannot promise that, it is asked
/// first.
fn rename_to_free(
    from: &super::directories::Directory,
    old: Key<'_>,
    to: &super::directories::Directory,
    new: Key<'_>,
) -> Answer<()> {
    match renameat_with(from, old.name(), to, new.name(), RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS) => {
            let taken = super::source::look_at(std::os::fd::AsFd::as_fd(to), new)?;
            if taken.is_some() {
                return Err(Errno::EXIST);
            }
            renameat(from, old.name(), to, new.name())
        }
        answer => answer,
    }
}
