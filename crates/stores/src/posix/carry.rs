//! Carrying one item: content and attributes, to a temporary name and then in place.

use super::apply::{Applied, Look, apply};
use super::attributes::Attributes;
use super::content::{Passage, Passed, Rule};
use super::directories::Directory;
use super::errors::{Halt, Part, failed, refused_attributes};
use super::facets::{allocated, kind, unmoved};
use super::hands::Hands;
use super::node::Node;
use super::place::Temporary;
use super::source::{Source, attributes, look_at, newer, target};
use boatlift_core::outcome::Receipt;
use boatlift_core::{Code, Entry, Error, Key, Kind, Outcome, Proof, Side};
use rustix::fs::{FileType, Mode, Stat, mknodat, symlinkat};
use rustix::io::Errno;
use std::os::fd::{AsFd, BorrowedFd};

impl Hands<'_> {
    /// Carries what `entry` names, whatever it is. Idempotent: what stands at UPPER is
    /// replaced as a whole, or left.
    pub(crate) fn carry(&mut self, entry: &Entry<'_>) -> Part<Outcome> {
        let kind_then = match entry.lower {
            Some(lower) => lower.kind(),
            None => kind(&self.lower_look(entry.key)?.1),
        };
        match kind_then {
            Kind::File => {
                let parent = self.lower_parent(entry.key)?;
                let source = Source::open(&parent, entry.key)?;
                self.carry_file(entry, &source)
            }
            Kind::Directory => {
                self.make_directory(entry)?;
                self.settle(entry)
            }
            other => self.carry_other(entry, other),
        }
    }

    /// Carries a file that is open for reading at its beginning.
    pub(crate) fn carry_file(&mut self, entry: &Entry<'_>, source: &Source) -> Part<Outcome> {
        let key = entry.key;
        let attributes = attributes(source.node(), self.reach, key)?;
        let wanted = Look::of(&source.stat);
        let parent = self.upper_parent_made(key)?;
        let mode = self.first_mode(&parent, &wanted, &attributes);
        let (temporary, file, has) = Temporary::make_file(&parent, key, mode, self.umask)
            .map_err(failed(Code::WriteFailed, "cannot create", key))?;
        let passed = self.pass_content(key, source, file.as_fd())?;
        let node = Node::Open(file.as_fd());
        let had = match parent.birth.get() {
            Some(birth) if !birth.inherits => Attributes::default(),
            _ => born_attributes(node, self, key)?,
        };
        let applied = apply(node, (&wanted, &attributes), (&has, &had), self.rights)
            .map_err(failed(Code::WriteFailed, "cannot set attributes of", key))?;
        drop(file);
        if !source.is_unmoved() {
            return Ok(Outcome::Moving);
        }
        temporary.place(key)?;
        let lower = newer(entry, &source.stat, self.lower.device, None, &attributes);
        let digest = Some(passed.digest);
        let receipt = Receipt { bytes: passed.bytes, digest, lower, ..Receipt::of(Proof::Carried) };
        told(key, applied, Outcome::Done(receipt))
    }

    /// The mode to create a file with: its own when nothing else is to be set before it,
    /// else one that lets nobody in who may not be meant to be.
    fn first_mode(&self, parent: &Directory, wanted: &Look, attributes: &Attributes) -> u32 {
        let mode = wanted.mode.unwrap_or_default();
        let at_once = parent.birth.get().is_some_and(|birth| {
            let born =
                Look { user: birth.user, group: birth.group, mode: wanted.mode, mtime: None };
            !birth.inherits && attributes.is_empty() && !self.rights.wants_owner(wanted, &born)
        });
        if at_once { mode & 0o777 } else { 0o600 }
    }

    fn pass_content(&mut self, key: Key<'_>, from: &Source, to: BorrowedFd<'_>) -> Part<Passed> {
        let size = from.stat.st_size as u64;
        let rule = rule_for(&from.stat);
        let passage = Passage {
            key,
            from: (Side::Lower, from.as_fd()),
            to: Some(to),
            size,
            buffer: &mut self.buffer,
            meter: &mut self.meter,
        };
        passage.run(rule)
    }

    /// Carries what has no content: symbolic links, pipes, sockets, devices.
    fn carry_other(&mut self, entry: &Entry<'_>, kind_then: Kind) -> Part<Outcome> {
        let key = entry.key;
        let (from, stat) = self.lower_look(key)?;
        if kind(&stat) != kind_then {
            return Ok(Outcome::Vanished);
        }
        let source = Node::Named((*from).as_fd(), key.name());
        let points_to = target_of(&stat, (*from).as_fd(), key)?;
        let attributes = attributes(source, self.reach, key)?;
        let parent = self.upper_parent_made(key)?;
        let made = Temporary::make(&parent, key, |name| {
            make_other(parent.as_fd(), name, &stat, &points_to)
        });
        let temporary = match made {
            Ok((temporary, ())) => temporary,
            Err(errno) => return not_made(key, kind_then, errno),
        };
        let node = Node::Named(parent.as_fd(), temporary.name());
        let refused = |errno| failed(Code::WriteFailed, "cannot set attributes of", key)(errno);
        let has = Look { mtime: None, ..Look::of(&node.stat().map_err(refused)?) };
        let had = born_attributes(node, self, key)?;
        let applied = apply(node, (&Look::of(&stat), &attributes), (&has, &had), self.rights)
            .map_err(refused)?;
        match look_at((*from).as_fd(), key) {
            Ok(Some(now)) if unmoved(&stat, &now) => {}
            _ => return Ok(Outcome::Moving),
        }
        temporary.place(key)?;
        let lower = newer(entry, &stat, self.lower.device, Some(&points_to), &attributes);
        told(key, applied, Outcome::Done(Receipt { lower, ..Receipt::of(Proof::Carried) }))
    }
}

/// The rule for a file's digest: the one for holes when it has some.
pub(crate) fn rule_for(stat: &Stat) -> Rule {
    match allocated(stat) < stat.st_size as u64 {
        true => Rule::Sparse,
        false => Rule::Whole,
    }
}

/// The outcome, unless UPPER refused extended attributes: the content is in place then,
/// and the item still not as it should be.
pub(crate) fn told(key: Key<'_>, applied: Applied, outcome: Outcome) -> Part<Outcome> {
    match applied.refused {
        None => Ok(outcome),
        Some(errno) => Ok(Outcome::Failed(refused_attributes(key, errno))),
    }
}

/// Where a symbolic link at LOWER points; empty for anything else.
pub(crate) fn target_of(stat: &Stat, parent: BorrowedFd<'_>, key: Key<'_>) -> Part<Vec<u8>> {
    if kind(stat) != Kind::Symlink {
        return Ok(Vec::new());
    }
    match target(parent, key.name()) {
        Ok(target) => Ok(target),
        Err(Errno::NOENT | Errno::INVAL) => Err(Halt::Told(Outcome::Vanished)),
        Err(errno) => Err(failed(Code::ReadFailed, "cannot read link at LOWER", key)(errno).into()),
    }
}

/// The attributes that something new at UPPER got from its directory.
fn born_attributes(node: Node<'_>, hands: &Hands<'_>, key: Key<'_>) -> Part<Attributes> {
    let read = Attributes::read(node, hands.reach);
    Ok(read.map_err(failed(Code::WriteFailed, "cannot read attributes at UPPER of", key))?)
}

fn make_other(
    parent: BorrowedFd<'_>,
    name: &[u8],
    stat: &Stat,
    target: &[u8],
) -> Result<(), Errno> {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::Symlink => symlinkat(target, parent, name),
        other => mknodat(parent, name, other, Mode::RUSR | Mode::WUSR, stat.st_rdev),
    }
}

fn not_made(key: Key<'_>, kind: Kind, errno: Errno) -> Part<Outcome> {
    let refused = matches!(errno, Errno::PERM | Errno::NOTSUP | Errno::INVAL);
    match kind {
        Kind::CharDevice | Kind::BlockDevice if refused => {
            let root = rustix::process::geteuid().is_root();
            let why = if root { "UPPER does not take" } else { "only root can make" };
            Ok(Outcome::Skipped(format!("a {}, which {why}", kind.word())))
        }
        Kind::Fifo | Kind::Socket if refused => {
            Ok(Outcome::Skipped(format!("a {}, which UPPER does not take", kind.word())))
        }
        Kind::Symlink if refused => Err(Error::new(Code::Unsupported, "cannot make symbolic link")
            .on(key)
            .because(std::io::Error::from(errno))
            .into()),
        _ => Err(failed(Code::WriteFailed, "cannot create", key)(errno).into()),
    }
}
