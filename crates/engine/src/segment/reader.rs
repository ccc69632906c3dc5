//! Reading a segment, a page at a time, from any number of threads.

use super::index::{self, HEAD, PageMeta, TAIL_LEN, Tail, checksum, hex};
use boatlift_core::page::{ENTRY_BYTES, PAGE_BYTES};
use boatlift_core::plan::SegmentRef;
use boatlift_core::{Code, Error, Page, Result};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

/// No page decodes to more: the last entry may have begun just below the page's limit.
const MOST_BYTES: usize = PAGE_BYTES + 5 * ENTRY_BYTES;

/// An open segment. Clones share the file and its index.
#[derive(Debug, Clone)]
pub struct Segment {
    file: Arc<File>,
    path: Arc<Path>,
    pages: Arc<[PageMeta]>,
    entries: u64,
}

impl Segment {
    /// Opens the segment that `reference` names in `directory`, and checks its head, index
    /// and tail against it. Pages are checked as they are read.
    ///
    /// # Errors
    /// [`Code::StateDamaged`] when the file is missing, short, or not the one that was
    /// written; [`Code::StateIo`] when it cannot be read.
    pub fn open(directory: &Path, reference: &SegmentRef) -> Result<Segment> {
        let path = directory.join(&reference.file);
        let file = match File::open(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(damaged(&path, "the file is missing"));
            }
            other => other.map_err(|error| unreadable(&path, error))?,
        };
        let tail = tail(&file, &path)?;
        let hash = hex(&tail.hash);
        if hash != reference.hash {
            return Err(damaged(&path, "it is another segment than the journal names"));
        }
        let pages = index(&file, &path, tail)?;
        if (tail.pages, tail.entries) != (reference.pages, reference.entries) {
            return Err(damaged(&path, "it has other counts than the journal says"));
        }
        Ok(Segment {
            file: Arc::new(file),
            path: path.into(),
            pages: pages.into(),
            entries: tail.entries,
        })
    }

    /// Number of pages.
    #[must_use]
    pub fn pages(&self) -> u32 {
        self.pages.len() as u32
    }

    /// Number of entries.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// What the index says of page `number`.
    ///
    /// # Panics
    /// When `number` is not below [`Segment::pages`].
    #[must_use]
    pub fn meta(&self, number: u32) -> &PageMeta {
        &self.pages[number as usize]
    }

    /// Reads page `number`.
    ///
    /// # Errors
    /// [`Code::StateDamaged`], naming the file and the page, when its bytes are not those
    /// that were written; [`Code::StateIo`] when they cannot be read.
    ///
    /// # Panics
    /// When `number` is not below [`Segment::pages`].
    pub fn read_page(&self, number: u32) -> Result<Page> {
        let meta = self.meta(number);
        let broken = |why: &str| damaged(&self.path, format!("page {number}: {why}"));
        let mut stored = vec![0; meta.stored_bytes as usize];
        self.file
            .read_exact_at(&mut stored, meta.offset)
            .map_err(|error| unreadable(&self.path, error))?;
        if checksum(&stored) != meta.checksum {
            return Err(broken("its checksum differs"));
        }
        let bytes = zstd::bulk::decompress(&stored, meta.bytes as usize)
            .map_err(|_| broken("it cannot be decompressed"))?;
        let page = Page::decode_vouched(bytes).map_err(|refused| broken(&refused.to_string()))?;
        match page.len() == meta.entries as usize && page.get(0).key == meta.first_key.as_key() {
            true => Ok(page),
            false => Err(broken("it is another page than the index says")),
        }
    }

    /// Reads every page.
    ///
    /// # Errors
    /// As [`Segment::read_page`], for the first page that is wrong.
    pub fn verify(&self) -> Result<()> {
        (0..self.pages()).try_for_each(|number| self.read_page(number).map(drop))
    }
}

fn tail(file: &File, path: &Path) -> Result<Tail> {
    let io = |error| unreadable(path, error);
    let len = file.metadata().map_err(io)?.len();
    let short = || damaged(path, "it is cut short");
    let at = len.checked_sub(TAIL_LEN as u64).filter(|at| *at >= HEAD.len() as u64);
    let at = at.ok_or_else(short)?;
    let mut head = HEAD;
    file.read_exact_at(&mut head, 0).map_err(io)?;
    if head[..8] != HEAD[..8] {
        return Err(damaged(path, "it does not begin as a segment"));
    }
    if head != HEAD {
        let version = u32::from_le_bytes([head[8], head[9], head[10], head[11]]);
        return Err(damaged(path, format!("it is of version {version}")));
    }
    let mut tail = [0; TAIL_LEN];
    file.read_exact_at(&mut tail, at).map_err(io)?;
    let tail = Tail::decode(&tail).ok_or_else(short)?;
    match HEAD.len() as u64 <= at.saturating_sub(tail.index_bytes) {
        true => Ok(tail),
        false => Err(damaged(path, "its tail contradicts its length")),
    }
}

fn index(file: &File, path: &Path, tail: Tail) -> Result<Vec<PageMeta>> {
    let io = |error| unreadable(path, error);
    let end = file.metadata().map_err(io)?.len() - TAIL_LEN as u64;
    let begin = end.saturating_sub(tail.index_bytes);
    let mut bytes = vec![0; (end - begin) as usize];
    file.read_exact_at(&mut bytes, begin).map_err(io)?;
    if tail.hash_over(&bytes) != tail.hash {
        return Err(damaged(path, "its index does not have the hash that it should"));
    }
    let pages = index::decode(&bytes, tail.pages);
    let pages = pages.filter(|pages| is_gapless(pages, begin, tail.entries));
    pages.ok_or_else(|| damaged(path, "its index is malformed"))
}

/// Whether the pages fill the file from its head to its index, and count up.
fn is_gapless(pages: &[PageMeta], index_begins: u64, entries: u64) -> bool {
    let mut offset = HEAD.len() as u64;
    let mut counted = 0;
    for page in pages {
        if page.offset != offset || page.entries == 0 || page.bytes as usize > MOST_BYTES {
            return false;
        }
        offset += u64::from(page.stored_bytes);
        counted += u64::from(page.entries);
    }
    offset == index_begins && counted == entries
}

fn damaged(path: &Path, why: impl std::fmt::Display) -> Error {
    Error::new(Code::StateDamaged, "cannot read segment").on(path.display()).because(why)
}

fn unreadable(path: &Path, error: std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => damaged(path, "it is cut short"),
        _ => crate::state::cannot("cannot read segment", path, error),
    }
}
