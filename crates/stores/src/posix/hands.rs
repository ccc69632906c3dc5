//! What one turn has in hand: directories held open on both sides, a buffer, what it
//! may set, and what it owes to the pace.

use super::apply::Rights;
use super::attributes::Reach;
use super::birth;
use super::content::BUFFER;
use super::errors::{Halt, Part, failed};
use super::meter::Meter;
use super::root::{Directories, Directory, Root};
use super::source::{fits, look_at};
use boatlift_core::lane::Pace;
use boatlift_core::{Code, Error, Key, Outcome, Result, Side};
use rustix::fs::Stat;
use rustix::io::Errno;
use std::rc::Rc;

/// One side of a turn.
pub(crate) struct Ground {
    pub(crate) device: u64,
    pub(crate) directories: Directories,
}

impl Ground {
    fn open(root: &Root) -> Result<Ground> {
        let directories = Directories::below(root).map_err(failed(
            Code::RootUnreadable,
            "cannot open root",
            root.path().display(),
        ))?;
        Ok(Ground { device: root.device(), directories })
    }
}

/// The state of one turn.
pub(crate) struct Hands<'a> {
    pub(crate) lower: Ground,
    pub(crate) upper: Ground,
    pub(crate) rights: Rights,
    pub(crate) reach: Reach,
    pub(crate) umask: u32,
    pub(crate) meter: Meter<'a>,
    pub(crate) buffer: Vec<u8>,
}

impl<'a> Hands<'a> {
    /// Nothing is open but the roots.
    pub(crate) fn new(
        lower: &Root,
        upper: &Root,
        owners: bool,
        pace: &'a dyn Pace,
    ) -> Result<Hands<'a>> {
        Ok(Hands {
            lower: Ground::open(lower)?,
            upper: Ground::open(upper)?,
            rights: Rights::of_this_process(owners),
            reach: Reach::of_this_process(),
            umask: birth::umask(),
            meter: Meter::new(pace),
            buffer: vec![0; BUFFER],
        })
    }

    /// The directory at LOWER that holds `key`; when it is not there, neither is `key`.
    pub(crate) fn lower_parent(&mut self, key: Key<'_>) -> Part<Rc<Directory>> {
        self.meter.operations(Side::Lower, 2);
        match self.lower.directories.find(key.parent()) {
            Ok(found) => Ok(found),
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Err(Halt::Told(Outcome::Vanished)),
            Err(errno) => {
                Err(failed(Code::ReadFailed, "cannot open directory at LOWER", key)(errno).into())
            }
        }
    }

    /// How `key` looks at LOWER now; not there, or another kind of key, is vanished.
    pub(crate) fn lower_look(&mut self, key: Key<'_>) -> Part<(Rc<Directory>, Stat)> {
        let parent = self.lower_parent(key)?;
        let look = look_at(parent_fd(&parent), key).map_err(failed(
            Code::ReadFailed,
            "cannot look at LOWER's",
            key,
        ))?;
        match look.filter(|stat| fits(stat, key)) {
            Some(stat) => Ok((parent, stat)),
            None => Err(Halt::Told(Outcome::Vanished)),
        }
    }

    /// The directory at UPPER that holds `key`, or `None` when it is not there.
    pub(crate) fn upper_parent(&mut self, key: Key<'_>) -> Part<Option<Rc<Directory>>> {
        self.meter.operations(Side::Upper, 1);
        match self.upper.directories.find(key.parent()) {
            Ok(found) => Ok(Some(found)),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
            Err(errno) => Err(no_way_down(key, errno).into()),
        }
    }

    /// The same, made where it is missing.
    pub(crate) fn upper_parent_made(&mut self, key: Key<'_>) -> Part<Rc<Directory>> {
        self.meter.operations(Side::Upper, 3);
        let made = self.upper.directories.find_or_make(key.parent());
        Ok(made.map_err(|errno| no_way_down(key, errno))?)
    }

    /// How `key` looks at UPPER now, or `None` when it is not there.
    pub(crate) fn upper_look(&mut self, key: Key<'_>) -> Part<Option<(Rc<Directory>, Stat)>> {
        let Some(parent) = self.upper_parent(key)? else { return Ok(None) };
        let look = look_at(parent_fd(&parent), key).map_err(failed(
            Code::WriteFailed,
            "cannot look at UPPER's",
            key,
        ))?;
        Ok(look.map(|stat| (parent, stat)))
    }
}

fn parent_fd(parent: &Rc<Directory>) -> std::os::fd::BorrowedFd<'_> {
    std::os::fd::AsFd::as_fd(&**parent)
}

fn no_way_down(key: Key<'_>, errno: Errno) -> Error {
    let error = failed(Code::WriteFailed, "cannot open the directory at UPPER of", key)(errno);
    match errno {
        Errno::NOTDIR => Error { code: Code::InTheWay, ..error },
        Errno::LOOP => error.because("a symbolic link is in the way"),
        _ => error,
    }
}
