//! The reading side of the spool: takes the file away from its writers, reads it, and removes
//! it once its events are safe elsewhere. A crash at any point loses nothing: what was taken
//! and not acknowledged is taken again.

use crate::event::{Batch, Event};
use crate::wire::{LONGEST, MAGIC, SPOOL_LOST, SPOOL_TAKEN};
use std::ffi::OsString;
use std::fs::{File, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Bytes that are read at once.
const CHUNK: usize = 64 * 1024;

/// A spool, by the path that jobs know it by.
#[derive(Debug, Clone)]
pub struct Spool {
    path: PathBuf,
}

/// Whether events are missing that nobody counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// None is known of.
    None,
    /// At least one found no room: the tree has to be looked over.
    Some,
}

/// A spool's file that its writers have let go of.
#[derive(Debug)]
pub struct Taken {
    path: PathBuf,
    file: File,
    loss: Loss,
    /// Bytes that were read and not looked at.
    left: Vec<u8>,
    ended: bool,
}

impl Spool {
    /// The spool at `path`. It need not exist.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Spool {
        Spool { path: path.into() }
    }

    /// Takes the file from its writers; `None` when there is nothing. Only one agent may do
    /// this.
    ///
    /// # Errors
    /// When the file cannot be renamed, opened or marked.
    pub fn take(&self) -> io::Result<Option<Taken>> {
        let mut name = self.path.clone().into_os_string();
        name.push(OsString::from(".taken"));
        let taken = PathBuf::from(name);
        if let Some(file) = open(&taken)? {
            return mark(taken, file).map(Some);
        }
        match std::fs::rename(&self.path, &taken) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            renamed => renamed?,
        }
        open(&taken)?.map(|file| mark(taken, file)).transpose()
    }
}

fn open(path: &Path) -> io::Result<Option<File>> {
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    match File::options().read(true).custom_flags(flags).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        file => file.map(Some),
    }
}

/// Marks the file as taken. A writer that has it open looks at the mark after it has written:
/// either it sees the mark and writes again elsewhere, or we see its record.
fn mark(path: PathBuf, file: File) -> io::Result<Taken> {
    let mode = file.metadata()?.mode() & 0o777;
    file.set_permissions(Permissions::from_mode(mode | SPOOL_TAKEN))?;
    let loss = match mode & SPOOL_LOST {
        0 => Loss::None,
        _ => Loss::Some,
    };
    Ok(Taken { path, file, loss, left: Vec::new(), ended: false })
}

impl Taken {
    /// Whether events are missing that were never written.
    #[must_use]
    pub fn loss(&self) -> Loss {
        self.loss
    }

    /// The next events, at most `most`; an empty batch without losses is the end.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(&mut self, most: usize) -> io::Result<Batch> {
        let mut batch = Batch::default();
        let mut at = 0;
        while batch.events.len() < most {
            self.fill(&mut at)?;
            let rest = &self.left[at..];
            if rest.is_empty() {
                break;
            }
            match Event::read(rest) {
                Ok((event, length)) => {
                    batch.events.push(event);
                    at += length;
                }
                Err(_damage) => {
                    at += next_record(rest);
                    batch.lost += 1;
                }
            }
        }
        self.left.drain(..at);
        Ok(batch)
    }

    /// Reads on until the longest record would be whole, or the file ends.
    fn fill(&mut self, at: &mut usize) -> io::Result<()> {
        while !self.ended && self.left.len() - *at < LONGEST {
            self.left.drain(..*at);
            *at = 0;
            let begun = self.left.len();
            self.left.resize(begun + CHUNK, 0);
            let read = self.file.read(&mut self.left[begun..])?;
            self.left.truncate(begun + read);
            self.ended = read == 0;
        }
        Ok(())
    }

    /// Removes the file: every event of it is safe elsewhere.
    ///
    /// # Errors
    /// When it cannot be removed; its events will come again then.
    pub fn acknowledge(self) -> io::Result<()> {
        std::fs::remove_file(&self.path)
    }
}

/// How far it is to the next place where a record may begin.
fn next_record(bytes: &[u8]) -> usize {
    let later = bytes.get(1..).unwrap_or(&[]);
    let found = later.windows(MAGIC.len()).position(|window| window == MAGIC);
    found.map_or(bytes.len(), |position| position + 1)
}
