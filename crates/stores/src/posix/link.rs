//! Making a key another name of an inode that UPPER already has.

use super::errors::{Part, failed};
use super::facets::same_inode;
use super::hands::Hands;
use super::place::Temporary;
use super::settle::lower_is_as_surveyed;
use super::source::look_at;
use boatlift_core::outcome::Receipt;
use boatlift_core::{Code, Entry, Key, Outcome, Proof};
use rustix::fs::{AtFlags, linkat};
use rustix::io::Errno;
use std::os::fd::AsFd;

impl Hands<'_> {
    /// Links the key to the leader of its group. Where UPPER lacks the leader, or does not
    /// link, the content is carried instead. Idempotent.
    pub(crate) fn link(&mut self, entry: &Entry<'_>) -> Part<Outcome> {
        let key = entry.key;
        let facets = entry.lower.map(|lower| lower.decode());
        let Some((facets, leader)) = facets.and_then(|f| Some((f, Key::new(f.linked?)))) else {
            return self.carry(entry);
        };
        let (_, at_lower) = self.lower_look(key)?;
        if !lower_is_as_surveyed(&facets, &at_lower) {
            return Ok(Outcome::Moving);
        }
        let Some((leader_parent, leader_look)) = self.upper_look(leader)? else {
            return self.carry(entry);
        };
        if !lower_is_as_surveyed(&facets, &leader_look) {
            // The leader was not carried, or is not yet what the survey saw.
            return Ok(Outcome::Moving);
        }
        let parent = self.upper_parent_made(key)?;
        let there = look_at((*parent).as_fd(), key);
        let there = there.map_err(failed(Code::WriteFailed, "cannot look at UPPER's", key))?;
        if there.is_some_and(|there| same_inode(&there, &leader_look)) {
            return Ok(Outcome::Same(Receipt::of(Proof::Claimed)));
        }
        let made = Temporary::make(&parent, key, |name| {
            linkat(&*leader_parent, leader.name(), &*parent, name, AtFlags::empty())
        });
        match made {
            Ok((temporary, ())) => temporary.place(key)?,
            Err(Errno::MLINK | Errno::PERM | Errno::XDEV | Errno::NOTSUP) => {
                return self.carry(entry);
            }
            Err(errno) => return Err(failed(Code::WriteFailed, "cannot link", key)(errno).into()),
        }
        Ok(Outcome::Done(Receipt::of(Proof::Claimed)))
    }
}
