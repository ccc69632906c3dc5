//! Reading what a survey kept: a few objects by their keys, a frame at a time.
//!
//! A frame that is damaged has no objects; lengths are bounded before they are believed.

use super::filling::{MOST_KEY, MOST_OBJECT};
use boatlift_clients::thrift::{Limits, Struct, decode_struct};
use boatlift_core::key::KeyBuf;
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// What every file begins with.
pub(super) const HEAD: [u8; 16] = *b"boatlift kept 1\n";
/// Bytes of a frame's head before its first key: three lengths and a checksum.
const FRAME_HEAD: usize = 28;
/// Bytes of a checksum.
const CHECK: usize = 16;
/// The most bytes of a frame, compressed or not.
const MOST_FRAME: u32 = (2 * MOST_OBJECT) as u32;

/// Where an object stands: the number of its frame, and its own in it.
pub(super) type Place = (u32, u32);

/// A finished file.
#[derive(Debug)]
pub(crate) struct Shelf {
    file: File,
    frames: Vec<FrameAt>,
}

/// A frame, and where it stands.
#[derive(Debug)]
pub(super) struct FrameAt {
    pub(super) first: KeyBuf,
    /// Where its head begins.
    pub(super) offset: u64,
    /// Bytes on disk.
    pub(super) stored: u32,
    /// Bytes of its objects.
    pub(super) bytes: u32,
    pub(super) check: [u8; CHECK],
}

/// The checksum of a frame's bytes on disk.
pub(super) fn check(stored: &[u8]) -> [u8; CHECK] {
    let mut check = [0; CHECK];
    check.copy_from_slice(&blake3::hash(stored).as_bytes()[..CHECK]);
    check
}

impl Shelf {
    pub(super) fn of(file: File, frames: Vec<FrameAt>) -> Shelf {
        Shelf { file, frames }
    }

    /// Opens a file, and learns where its frames stand.
    pub(super) fn open(path: &Path) -> io::Result<Shelf> {
        let file = File::open(path)?;
        let end = file.metadata()?.len();
        let mut head = [0; HEAD.len()];
        file.read_exact_at(&mut head, 0)?;
        if head != HEAD {
            return Err(malformed("its head"));
        }
        let mut frames: Vec<FrameAt> = Vec::new();
        let mut offset = HEAD.len() as u64;
        while offset < end {
            let frame = FrameAt::read(&file, offset)?;
            let follows = frames.last().is_none_or(|last| last.first < frame.first);
            offset = frame.content() + u64::from(frame.stored);
            if !follows || offset > end {
                return Err(malformed("a frame"));
            }
            frames.push(frame);
        }
        Ok(Shelf { file, frames })
    }

    /// The objects with these keys that are here, each with its place.
    pub(super) fn find<'k>(
        &self,
        keys: impl Iterator<Item = &'k KeyBuf>,
    ) -> BTreeMap<KeyBuf, (Place, Struct)> {
        let mut by_frame: BTreeMap<usize, Vec<&KeyBuf>> = BTreeMap::new();
        for key in keys {
            let after = self.frames.partition_point(|frame| frame.first <= *key);
            if let Some(number) = after.checked_sub(1) {
                by_frame.entry(number).or_default().push(key);
            }
        }
        let mut found = BTreeMap::new();
        for (number, mut keys) in by_frame {
            keys.sort_unstable();
            match self.frame(number).and_then(|frame| objects(&frame, &keys)) {
                Ok(objects) => found.extend(
                    objects
                        .into_iter()
                        .map(|(key, index, object)| (key, ((number as u32, index), object))),
                ),
                Err(error) => tracing::debug!(%error, "a frame of kept objects is of no use"),
            }
        }
        found
    }

    /// The objects with these keys that are here.
    pub(crate) fn objects<'k>(&self, keys: impl Iterator<Item = &'k KeyBuf>) -> super::Objects {
        self.find(keys).into_iter().map(|(key, (_, object))| (key, object)).collect()
    }

    fn frame(&self, number: usize) -> io::Result<Vec<u8>> {
        let frame = &self.frames[number];
        let mut stored = vec![0; frame.stored as usize];
        self.file.read_exact_at(&mut stored, frame.content())?;
        if check(&stored) != frame.check {
            return Err(malformed("a checksum"));
        }
        zstd::bulk::decompress(&stored, frame.bytes as usize)
    }
}

impl FrameAt {
    /// The head as it is written.
    pub(super) fn head(&self) -> Vec<u8> {
        let mut head = Vec::with_capacity(FRAME_HEAD + self.first.0.len());
        for number in [self.first.0.len() as u32, self.stored, self.bytes] {
            head.extend_from_slice(&number.to_le_bytes());
        }
        head.extend_from_slice(&self.check);
        head.extend_from_slice(&self.first.0);
        head
    }

    fn read(file: &File, offset: u64) -> io::Result<FrameAt> {
        let mut head = [0; FRAME_HEAD];
        file.read_exact_at(&mut head, offset)?;
        let number = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|byte| head[at + byte]));
        let (key, stored, bytes) = (number(0) as usize, number(4), number(8));
        if key > MOST_KEY || stored > MOST_FRAME || bytes > MOST_FRAME {
            return Err(malformed("a length"));
        }
        let mut first = vec![0; key];
        file.read_exact_at(&mut first, offset + FRAME_HEAD as u64)?;
        let mut check = [0; CHECK];
        check.copy_from_slice(&head[FRAME_HEAD - CHECK..]);
        Ok(FrameAt { first: KeyBuf(first), offset, stored, bytes, check })
    }

    /// Where its objects begin.
    fn content(&self) -> u64 {
        self.offset + (FRAME_HEAD + self.first.0.len()) as u64
    }
}

/// The objects of a frame that have one of these keys, in their order, each with its number.
fn objects(frame: &[u8], keys: &[&KeyBuf]) -> io::Result<Vec<(KeyBuf, u32, Struct)>> {
    let (mut rest, mut index, mut found) = (frame, 0, Vec::with_capacity(keys.len()));
    while !rest.is_empty() && found.len() < keys.len() {
        let key = take_length(&mut rest)?;
        let object = take_length(&mut rest)?;
        let (key, mut object) = (take(&mut rest, key)?, take(&mut rest, object)?);
        if let Ok(at) = keys.binary_search_by(|wanted| wanted.0.as_slice().cmp(key)) {
            let decoded = decode_struct(&mut object, &Limits::default());
            let decoded = decoded.map_err(|error| malformed(&error.to_string()))?;
            found.push((keys[at].clone(), index, decoded));
        }
        index += 1;
    }
    Ok(found)
}

fn take_length(from: &mut &[u8]) -> io::Result<usize> {
    let bytes = take(from, 4)?;
    Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize)
}

fn take<'b>(from: &mut &'b [u8], len: usize) -> io::Result<&'b [u8]> {
    let (taken, rest) = from.split_at_checked(len).ok_or_else(|| malformed("an object"))?;
    *from = rest;
    Ok(taken)
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("cannot read kept objects: {what}"))
}
