//! Writing down what a survey reads.
//!
//! The file is made of frames, each a number of objects in key order, compressed. It is
//! bounded: what a survey reads beyond [`MOST_BYTES`] is not kept.

use super::Survey;
use super::shelf::{FrameAt, HEAD, Shelf, check};
use boatlift_clients::thrift::{Struct, encode_struct};
use boatlift_core::key::{Key, KeyBuf};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use zstd::bulk::Compressor;

/// Bytes on disk that one survey may keep. Partitions of one table shrink to a few dozen bytes
/// each, tables to a few hundred.
const MOST_BYTES: u64 = 64 << 20;
/// Bytes at which a frame is ended: a lane reads a whole frame for a few objects.
const FRAME_BYTES: usize = 128 << 10;
/// The largest object that is kept, in bytes.
pub(super) const MOST_OBJECT: usize = 16 << 20;
/// The longest key that is kept, in bytes.
pub(super) const MOST_KEY: usize = 64 << 10;
/// The fastest of zstd's regular levels.
const LEVEL: i32 = 1;

/// A file in the making. Dropped unfinished, it leaves nothing behind.
pub(crate) struct Filling {
    survey: Survey,
    file: File,
    path: PathBuf,
    unfinished: PathBuf,
    compressor: Compressor<'static>,
    frame: Vec<u8>,
    objects: u32,
    first: KeyBuf,
    last: KeyBuf,
    frames: Vec<FrameAt>,
    offset: u64,
    /// Why nothing more is kept.
    ended: Option<io::Error>,
    is_named: bool,
}

impl Filling {
    pub(super) fn begin(directory: &Path, survey: Survey) -> io::Result<Filling> {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        let path = directory.join(survey.file_name());
        let unfinished = path.with_extension("tmp");
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true).mode(0o600);
        let mut file = options.open(&unfinished)?;
        file.write_all(&HEAD)?;
        Ok(Filling {
            survey,
            file,
            path,
            unfinished,
            compressor: Compressor::new(LEVEL)?,
            frame: Vec::new(),
            objects: 0,
            first: KeyBuf::default(),
            last: KeyBuf::default(),
            frames: Vec::new(),
            offset: HEAD.len() as u64,
            ended: None,
            is_named: false,
        })
    }

    pub(super) fn survey(&self) -> Survey {
        self.survey
    }

    /// Keeps an object, if there is room. Its key follows that of the last one.
    pub(crate) fn push(&mut self, key: Key<'_>, object: &Struct) {
        let is_full = self.offset >= MOST_BYTES || self.ended.is_some();
        if is_full || key.as_bytes().len() > MOST_KEY || key.as_bytes() <= self.last.0.as_slice() {
            return;
        }
        let before = self.frame.len();
        let bytes = key.as_bytes();
        self.frame.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        self.frame.extend_from_slice(&[0; 4]);
        self.frame.extend_from_slice(bytes);
        let begin = self.frame.len();
        let encoded = encode_struct(&mut self.frame, object);
        let len = self.frame.len() - begin;
        if encoded.is_err() || len > MOST_OBJECT {
            self.frame.truncate(before);
            return;
        }
        self.frame[before + 4..before + 8].copy_from_slice(&(len as u32).to_le_bytes());
        if self.objects == 0 {
            self.first = key.to_owned();
        }
        self.objects += 1;
        self.last = key.to_owned();
        if self.frame.len() >= FRAME_BYTES {
            self.ended = self.cut().err();
        }
    }

    pub(super) fn finish(mut self) -> io::Result<Shelf> {
        self.cut()?;
        if let Some(error) = self.ended.take() {
            return Err(error);
        }
        std::fs::rename(&self.unfinished, &self.path)?;
        self.is_named = true;
        Ok(Shelf::of(self.file.try_clone()?, std::mem::take(&mut self.frames)))
    }

    /// Ends a frame.
    fn cut(&mut self) -> io::Result<()> {
        if self.objects == 0 {
            return Ok(());
        }
        let stored = self.compressor.compress(&self.frame)?;
        let at = FrameAt {
            first: std::mem::take(&mut self.first),
            offset: self.offset,
            stored: stored.len() as u32,
            bytes: self.frame.len() as u32,
            check: check(&stored),
        };
        let head = at.head();
        self.file.write_all(&head)?;
        self.file.write_all(&stored)?;
        self.offset += (head.len() + stored.len()) as u64;
        self.frames.push(at);
        self.frame.clear();
        self.objects = 0;
        Ok(())
    }
}

impl Drop for Filling {
    fn drop(&mut self) {
        if !self.is_named {
            let _was_not_there = std::fs::remove_file(&self.unfinished);
        }
    }
}
