//! What one turn has in hand: directories held open on both sides, a buffer, what it
//! may set, and what it owes to the pace.

use super::apply::Rights;
use super::attributes::Reach;
use super::content::BUFFER;
use super::directories::{Directories, Directory};
use super::errors::{Halt, Part, failed};
use super::facets::mode;
use super::meter::Meter;
use super::node::Node;
use super::root::Root;
use super::source::{fits, look_at};
use boatlift_core::lane::Pace;
use boatlift_core::{Code, Error, Key, Outcome, Result, Retry, Side};
use rustix::fs::Stat;
use rustix::io::Errno;
use std::os::fd::AsFd;
use std::rc::Rc;

/// What an owner needs to change the names in a directory.
const WRITABLE: u32 = 0o700;

/// One side of a turn.
pub(crate) struct Ground<'a> {
    pub(crate) device: u64,
    pub(crate) directories: Directories<'a>,
}

impl<'a> Ground<'a> {
    fn open(root: &'a Root) -> Result<Ground<'a>> {
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
    pub(crate) lower: Ground<'a>,
    pub(crate) upper: Ground<'a>,
    pub(crate) rights: Rights,
    pub(crate) reach: Reach,
    pub(crate) umask: u32,
    pub(crate) meter: Meter<'a>,
    pub(crate) buffer: Vec<u8>,
}

impl<'a> Hands<'a> {
    /// Nothing is open but the roots.
    pub(crate) fn new(
        lower: &'a Root,
        upper: &'a Root,
        owners: bool,
        umask: u32,
        pace: &'a dyn Pace,
    ) -> Result<Hands<'a>> {
        Ok(Hands {
            lower: Ground::open(lower)?,
            upper: Ground::open(upper)?,
            rights: Rights::of_this_process(owners),
            reach: Reach::of_this_process(),
            umask,
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
        let look = look_at((*parent).as_fd(), key).map_err(failed(
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
            // What is behind a symbolic link is not below the key: nothing is there.
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(None),
            Err(errno) => Err(no_way_down(key, errno).into()),
        }
    }

    /// The same, made where it is missing, and such that names can be changed in it.
    pub(crate) fn upper_parent_made(&mut self, key: Key<'_>) -> Part<Rc<Directory>> {
        self.meter.operations(Side::Upper, 3);
        let made = self.upper.directories.find_or_make(key.parent());
        let made = made.map_err(|errno| no_way_down(key, errno))?;
        self.open_up(&made, key)?;
        Ok(made)
    }

    /// Lets a user into an own directory that is read-only, until the last stage gives it
    /// its mode again. Root needs no such thing.
    pub(crate) fn open_up(&self, directory: &Directory, key: Key<'_>) -> Part<()> {
        if self.rights != Rights::User || directory.opened_up.replace(true) {
            return Ok(());
        }
        let node = Node::Held(directory.as_fd());
        let opened = node.stat().and_then(|look| {
            let is_own = look.st_uid == rustix::process::geteuid().as_raw();
            match is_own && mode(&look) & WRITABLE != WRITABLE {
                true => node.set_mode(mode(&look) | WRITABLE),
                false => Ok(()),
            }
        });
        Ok(opened.map_err(|errno| no_way_down(key, errno))?)
    }

    /// How `key` looks at UPPER now, or `None` when it is not there.
    pub(crate) fn upper_look(&mut self, key: Key<'_>) -> Part<Option<(Rc<Directory>, Stat)>> {
        let Some(parent) = self.upper_parent(key)? else { return Ok(None) };
        let look = look_at((*parent).as_fd(), key).map_err(failed(
            Code::WriteFailed,
            "cannot look at UPPER's",
            key,
        ))?;
        Ok(look.map(|stat| (parent, stat)))
    }
}

fn no_way_down(key: Key<'_>, errno: Errno) -> Error {
    let error = failed(Code::WriteFailed, "cannot open the directory at UPPER of", key)(errno);
    match errno {
        // Another turn may be about to put the directory there.
        Errno::NOTDIR => Error { code: Code::InTheWay, retry: Retry::Later, ..error },
        Errno::LOOP => error.because("a symbolic link is in the way"),
        _ => error,
    }
}
