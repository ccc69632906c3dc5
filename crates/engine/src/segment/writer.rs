//! Writing a segment.

use super::index::{self, HEAD, PageMeta, Tail, checksum, hex};
use super::{FINISHED, PARTIAL};
use crate::database::sync_directory_of;
use crate::state::cannot;
use boatlift_core::plan::SegmentRef;
use boatlift_core::{Entry, Page, PageBuilder, Result};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use zstd::bulk::Compressor;

/// The fastest of zstd's regular levels: keys and facets shrink well at any.
const LEVEL: i32 = 1;

/// Tells writers of one name in one process apart.
static WRITERS: AtomicU64 = AtomicU64::new(0);

/// A segment in the making. Dropped unfinished, it leaves nothing behind.
pub struct SegmentWriter {
    file: File,
    partial: PathBuf,
    directory: PathBuf,
    name: String,
    compressor: Compressor<'static>,
    buffer: Vec<u8>,
    builder: PageBuilder,
    mask: u64,
    pages: Vec<PageMeta>,
    offset: u64,
    entries: u64,
    finished: bool,
}

impl SegmentWriter {
    /// Begins a segment in `directory`, which is made where there is none. Its file will
    /// be called `name`, its hash and `.seg`.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn create(directory: &Path, name: &str) -> Result<SegmentWriter> {
        let writer = WRITERS.fetch_add(1, Ordering::Relaxed);
        let file_name = format!("{name}-{}-{writer}{PARTIAL}", std::process::id());
        let partial = directory.join(file_name);
        let io = |error| cannot("cannot create segment", &partial, error);
        DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(io)?;
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let compressor = Compressor::new(LEVEL).map_err(io)?;
        let file = options.open(&partial).map_err(io)?;
        let mut writer = SegmentWriter {
            file,
            directory: directory.to_owned(),
            name: name.to_owned(),
            compressor,
            buffer: Vec::new(),
            builder: PageBuilder::new(),
            mask: 0,
            pages: Vec::new(),
            offset: HEAD.len() as u64,
            entries: 0,
            finished: false,
            partial: partial.clone(),
        };
        writer.file.write_all(&HEAD).map_err(io)?;
        Ok(writer)
    }

    /// Appends an entry; its key follows the last one's.
    ///
    /// # Errors
    /// When a full page cannot be written.
    pub fn push(&mut self, entry: &Entry<'_>) -> Result<()> {
        self.builder.push(entry);
        if self.builder.is_full() { self.cut() } else { Ok(()) }
    }

    /// Appends a page of its own; its keys follow the last one's.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn push_page(&mut self, page: &Page) -> Result<()> {
        self.cut()?;
        if page.is_empty() { Ok(()) } else { self.write(page) }
    }

    /// Sets these bits in the mask of the page that holds the entry pushed last.
    pub fn mark(&mut self, bits: u64) {
        match self.pages.last_mut() {
            Some(written) if self.builder.is_empty() => written.mask |= bits,
            _ => self.mask |= bits,
        }
    }

    /// Number of entries in the page that is being filled.
    #[must_use]
    pub fn len_in_page(&self) -> usize {
        self.builder.len()
    }

    /// Ends the page that is being filled, if it holds anything.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn cut(&mut self) -> Result<()> {
        if self.builder.is_empty() {
            return Ok(());
        }
        let page = self.builder.take();
        self.write(&page)
    }

    /// Ends the segment, makes it durable and gives it its name.
    ///
    /// # Errors
    /// When it cannot be written; nothing is left of it then.
    pub fn finish(mut self) -> Result<SegmentRef> {
        self.cut()?;
        let mut ending = Vec::new();
        self.pages.iter().for_each(|meta| index::encode(meta, &mut ending));
        let pages = self.pages.len() as u32;
        let tail = Tail::of(&ending, self.entries, pages);
        ending.extend_from_slice(&tail.encode());
        let hash = hex(&tail.hash);
        let file = format!("{}-{}{FINISHED}", self.name, &hash[..16]);
        let path = self.directory.join(&file);
        let store = |writer: &mut SegmentWriter| {
            writer.file.write_all(&ending)?;
            writer.file.sync_all()?;
            std::fs::rename(&writer.partial, &path)?;
            writer.finished = true;
            sync_directory_of(&path)
        };
        store(&mut self).map_err(|error| cannot("cannot write segment", &path, error))?;
        Ok(SegmentRef { file, hash, pages, entries: self.entries })
    }

    fn write(&mut self, page: &Page) -> Result<()> {
        let bytes = page.as_bytes();
        self.buffer.clear();
        self.buffer.reserve(zstd::zstd_safe::compress_bound(bytes.len()));
        let mut store = || {
            self.compressor.compress_to_buffer(bytes, &mut self.buffer)?;
            self.file.write_all(&self.buffer)
        };
        store().map_err(|error| cannot("cannot write segment", &self.partial, error))?;
        self.pages.push(PageMeta {
            offset: self.offset,
            stored_bytes: self.buffer.len() as u32,
            bytes: bytes.len() as u32,
            entries: page.len() as u32,
            mask: std::mem::take(&mut self.mask),
            first_key: page.get(0).key.to_owned(),
            checksum: checksum(&self.buffer),
        });
        self.offset += self.buffer.len() as u64;
        self.entries += page.len() as u64;
        Ok(())
    }
}

impl Drop for SegmentWriter {
    fn drop(&mut self) {
        if !self.finished {
            drop(std::fs::remove_file(&self.partial));
        }
    }
}

impl std::fmt::Debug for SegmentWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("SegmentWriter");
        shown.field("partial", &self.partial).field("entries", &self.entries);
        shown.finish_non_exhaustive()
    }
}
