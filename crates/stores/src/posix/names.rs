//! The names of one directory, read at once and sorted as keys sort.

use super::facets::kind;
use super::node::Node;
use boatlift_core::Kind;
use boatlift_core::key::{OWN_DIRECTORY, TEMPORARY_PREFIX};
use rustix::fs::{FileType, RawDir};
use rustix::io::Result as Answer;
use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::os::fd::BorrowedFd;

/// Where in the tree a directory lies, as far as our own names go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// The root: our directory may lie in it.
    Top,
    /// Any other directory.
    Below,
}

/// The names of one directory, except our own, in one arena. A directory's name sorts as
/// if it ended in `/`.
#[derive(Debug, Default)]
pub(crate) struct Names {
    arena: Vec<u8>,
    spans: Vec<Span>,
    next: usize,
    /// Names whose kind had to be asked for one by one.
    pub(crate) unsure: u64,
}

/// A name in the arena. It is followed there by `/` when it is a directory's, else by NUL.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: usize,
    len: u32,
    is_directory: bool,
}

impl Names {
    /// Reads all names, through `room`.
    pub(crate) fn read(
        directory: BorrowedFd<'_>,
        room: &mut [MaybeUninit<u8>],
        level: Level,
    ) -> Answer<Names> {
        let mut names = Names::default();
        let mut entries = RawDir::new(directory, room);
        while let Some(entry) = entries.next() {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if is_own(name, level) {
                continue;
            }
            let is_directory = match entry.file_type() {
                FileType::Directory => true,
                FileType::Unknown => {
                    names.unsure += 1;
                    let look = Node::Named(directory, name).stat();
                    look.is_ok_and(|look| kind(&look) == Kind::Directory)
                }
                _ => false,
            };
            names.push(name, is_directory);
        }
        names.sort();
        Ok(names)
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The next name in order, and whether it was a directory's when it was read.
    pub(crate) fn next(&mut self) -> Option<(&CStr, bool)> {
        let span = *self.spans.get(self.next)?;
        self.next += 1;
        let end = span.start + span.len as usize;
        self.arena[end] = 0;
        let name = CStr::from_bytes_with_nul(&self.arena[span.start..=end]);
        Some((name.expect("a name has no NUL before its end"), span.is_directory))
    }

    /// How many names [`Names::next`] has given.
    pub(crate) fn position(&self) -> usize {
        self.next
    }

    /// Whether the name that [`Names::next`] will give is a directory's.
    pub(crate) fn is_at_directory(&self) -> bool {
        self.spans.get(self.next).is_some_and(|span| span.is_directory)
    }

    /// Begins again with the first name.
    pub(crate) fn rewind(&mut self) {
        self.next = 0;
    }

    /// The first directory at or after `position` that [`Names::next`] has not given yet.
    pub(crate) fn directory_from(&self, position: usize) -> Option<(usize, &[u8])> {
        let from = position.max(self.next);
        let found = (from..self.spans.len()).find(|at| self.spans[*at].is_directory)?;
        let span = self.spans[found];
        Some((found, &self.arena[span.start..span.start + span.len as usize]))
    }

    fn push(&mut self, name: &[u8], is_directory: bool) {
        self.spans.push(Span { start: self.arena.len(), len: name.len() as u32, is_directory });
        self.arena.extend_from_slice(name);
        self.arena.push(if is_directory { b'/' } else { 0 });
    }

    fn sort(&mut self) {
        let arena = &self.arena;
        let as_key = |span: &Span| {
            let end = span.start + span.len as usize + usize::from(span.is_directory);
            &arena[span.start..end]
        };
        self.spans.sort_unstable_by(|one, other| as_key(one).cmp(as_key(other)));
    }
}

fn is_own(name: &[u8], level: Level) -> bool {
    if name.first() != Some(&b'.') {
        return false;
    }
    matches!(name, b"." | b"..")
        || name.starts_with(TEMPORARY_PREFIX)
        || (level == Level::Top && name == OWN_DIRECTORY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_sorts_as_if_its_name_ended_in_a_slash() {
        let mut names = Names::default();
        for (name, is_directory) in
            [("a0", false), ("a", true), ("a-b", false), ("a.c", true), ("a", false)]
        {
            names.push(name.as_bytes(), is_directory);
        }
        names.sort();
        let mut sorted = Vec::new();
        while let Some((name, is_directory)) = names.next() {
            sorted.push((name.to_bytes().to_vec(), is_directory));
        }
        let expected = [("a", false), ("a-b", false), ("a.c", true), ("a", true), ("a0", false)];
        assert_eq!(sorted, expected.map(|(name, d)| (name.as_bytes().to_vec(), d)));
    }
}
