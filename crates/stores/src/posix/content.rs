//! Content on its way from one descriptor to another, hashed in passing; or only hashed.
//!
//! The bytes are hashed while the processor still has them at hand. A file with holes is
//! read and written only where it has data, and has a digest of its own kind.

use super::errors::{Halt, Part, failed};
use super::meter::Meter;
use boatlift_core::{Code, Digest, Key, Outcome, Side};
use rustix::fs::{Advice, SeekFrom, fadvise, ftruncate, seek};
use rustix::io::{Errno, Result as Answer, pread, pwrite, read, write};
use std::os::fd::BorrowedFd;

/// Bytes read, hashed and written at a time: they stay in the second-level cache.
pub(crate) const BUFFER: usize = 256 << 10;
/// The block of [`Digest::Blake3Sparse`].
const BLOCK: u64 = 64 << 10;
/// From this size on the system is told that a file is read from end to end.
const LARGE: u64 = 4 << 20;

/// By which rule content is hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// All bytes.
    Whole,
    /// Size and blocks that are not all zero.
    Sparse,
}

impl Rule {
    /// The rule by which `digest` was computed.
    pub(crate) fn of(digest: &Digest) -> Rule {
        match digest {
            Digest::Blake3(_) => Rule::Whole,
            Digest::Blake3Sparse(_) => Rule::Sparse,
        }
    }
}

/// A file being read, and perhaps written to another.
pub(crate) struct Passage<'a, 'p> {
    /// Whose content it is, for errors.
    pub(crate) key: Key<'a>,
    /// Where it is read.
    pub(crate) from: (Side, BorrowedFd<'a>),
    /// An empty file at UPPER that it is written to.
    pub(crate) to: Option<BorrowedFd<'a>>,
    /// The size that it should have.
    pub(crate) size: u64,
    /// Room for the bytes.
    pub(crate) buffer: &'a mut [u8],
    /// Who is told of the bytes.
    pub(crate) meter: &'a mut Meter<'p>,
}

/// What passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Passed {
    /// Bytes that were read.
    pub(crate) bytes: u64,
    /// Their hash.
    pub(crate) digest: Digest,
}

impl Passage<'_, '_> {
    /// Lets everything pass. A file that is shorter or longer than it should be is moving.
    pub(crate) fn run(mut self, rule: Rule) -> Part<Passed> {
        if self.size >= LARGE {
            // Advice only: a file system that cannot take it reads as well without.
            let _ = fadvise(self.from.1, 0, None, Advice::Sequential);
        }
        match rule {
            Rule::Whole => self.whole(),
            Rule::Sparse => self.sparse(),
        }
    }

    fn whole(&mut self) -> Part<Passed> {
        let mut hasher = blake3::Hasher::new();
        let mut done = 0;
        while self.size > 0 {
            // One byte more than is due: a short answer then tells the end.
            let due = self.size - done + 1;
            let wanted = usize::try_from(due).map_or(BUFFER, |due| due.min(self.buffer.len()));
            let got = answer(|| read(self.from.1, &mut self.buffer[..wanted]))
                .map_err(|errno| self.unreadable(errno))?;
            done += got as u64;
            if got == 0 || done > self.size {
                break;
            }
            hasher.update(&self.buffer[..got]);
            self.put(0..got, None)?;
            self.pass(got as u64)?;
            if got < wanted && done == self.size {
                break;
            }
        }
        match done == self.size {
            true => Ok(Passed { bytes: done, digest: Digest::Blake3(hasher.finalize().into()) }),
            false => Err(Halt::Told(Outcome::Moving)),
        }
    }

    fn sparse(&mut self) -> Part<Passed> {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.size.to_le_bytes());
        let (mut bytes, mut hashed, mut from) = (0, 0, 0);
        while let Some((start, end)) = self.next_data(from)? {
            let mut at = start;
            while at < end {
                let window = at - at % BLOCK;
                let stop = self.size.min(window + self.buffer.len() as u64);
                let stop = stop.min(end.next_multiple_of(BLOCK));
                let got = self.fill(window, (stop - window) as usize)?;
                hash_blocks(&mut hasher, &self.buffer[..got], window, &mut hashed);
                let data = (at - window) as usize..(end.min(stop) - window) as usize;
                bytes += data.len() as u64;
                self.pass(data.len() as u64)?;
                self.put(data, Some(at))?;
                at = stop;
            }
            from = end;
        }
        if let Some(to) = self.to {
            ftruncate(to, self.size).map_err(|errno| self.unwritable(errno))?;
        }
        Ok(Passed { bytes, digest: Digest::Blake3Sparse(hasher.finalize().into()) })
    }

    /// The next stretch of data at or after `from`, or `None` when only a hole is left.
    fn next_data(&self, from: u64) -> Part<Option<(u64, u64)>> {
        if from >= self.size {
            return Ok(None);
        }
        let start = match seek(self.from.1, SeekFrom::Data(from)) {
            Ok(start) => start,
            Err(Errno::NXIO) => return Ok(None),
            Err(Errno::INVAL) => return Ok(Some((from, self.size))),
            Err(errno) => return Err(self.unreadable(errno)),
        };
        let end = match seek(self.from.1, SeekFrom::Hole(start)) {
            Ok(end) => end.min(self.size),
            Err(Errno::NXIO) => return Err(Halt::Told(Outcome::Moving)),
            Err(errno) => return Err(self.unreadable(errno)),
        };
        Ok((start < end).then_some((start, end)))
    }

    /// Reads `len` bytes at `offset`; what ends before is moving.
    fn fill(&mut self, offset: u64, len: usize) -> Part<usize> {
        let mut got = 0;
        while got < len {
            let into = &mut self.buffer[got..len];
            match answer(|| pread(self.from.1, &mut *into, offset + got as u64)) {
                Ok(0) => return Err(Halt::Told(Outcome::Moving)),
                Ok(more) => got += more,
                Err(errno) => return Err(self.unreadable(errno)),
            }
        }
        Ok(got)
    }

    /// Writes a part of the buffer, at the offset given or after what was written.
    fn put(&self, part: std::ops::Range<usize>, offset: Option<u64>) -> Part<()> {
        let Some(to) = self.to else { return Ok(()) };
        let mut rest = &self.buffer[part];
        let mut offset = offset;
        while !rest.is_empty() {
            let written = answer(|| match offset {
                Some(offset) => pwrite(to, rest, offset),
                None => write(to, rest),
            });
            let written = written.map_err(|errno| self.unwritable(errno))?;
            rest = &rest[written..];
            offset = offset.map(|offset| offset + written as u64);
        }
        Ok(())
    }

    fn pass(&mut self, bytes: u64) -> Part<()> {
        self.meter.bytes(self.from.0, bytes);
        if self.to.is_some() {
            self.meter.bytes(Side::Upper, bytes);
        }
        Ok(self.meter.pay_when_due()?)
    }

    fn unreadable(&self, errno: Errno) -> Halt {
        let tried = match self.from.0 {
            Side::Lower => "cannot read from LOWER",
            Side::Upper => "cannot read back from UPPER",
        };
        failed(Code::ReadFailed, tried, self.key)(errno).into()
    }

    fn unwritable(&self, errno: Errno) -> Halt {
        failed(Code::WriteFailed, "cannot write", self.key)(errno).into()
    }
}

/// Hashes those blocks from `*hashed` on that are not all zero. `window` is the offset of
/// the first byte of `bytes`, a whole number of blocks.
fn hash_blocks(hasher: &mut blake3::Hasher, bytes: &[u8], window: u64, hashed: &mut u64) {
    for (offset, block) in (window..).step_by(BLOCK as usize).zip(bytes.chunks(BLOCK as usize)) {
        if offset < *hashed {
            continue;
        }
        *hashed = offset + BLOCK;
        if block.iter().any(|byte| *byte != 0) {
            hasher.update(&offset.to_le_bytes());
            hasher.update(block);
        }
    }
}

/// A signal in between is no answer.
fn answer<T>(mut ask: impl FnMut() -> Answer<T>) -> Answer<T> {
    loop {
        match ask() {
            Err(Errno::INTR) => {}
            answer => return answer,
        }
    }
}
