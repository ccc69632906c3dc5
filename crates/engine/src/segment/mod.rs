//! Segments: sorted, compressed, immutable files of pages. Inventories, differences and
//! AGREED lie in them.
//!
//! A segment is written once, under a temporary name, and gets its own when every byte is
//! durable; after that nobody changes it. Its name and its [`SegmentRef`] carry the hash of
//! its index, and the index holds a checksum of every page, so that no byte can change
//! unnoticed. Numbers are little-endian.
//!
//! | part | content |
//! |---|---|
//! | head | `BOATSEG` and a newline, version (u32: 1), zero (u32) |
//! | pages | each one zstd frame of a page's encoding, one after the other |
//! | index | per page: offset (u64), bytes stored (u32), bytes decoded (u32), entries (u32), mask (u64), checksum (first 16 bytes of BLAKE3 over the bytes stored), length of the first key (u32), the first key |
//! | tail | bytes of the index (u64), entries (u64), pages (u32), zero (u32), hash (32 bytes), `BOATEND` and a newline |
//!
//! The hash is BLAKE3 over head, index and the first four fields of the tail.
//!
//! [`SegmentRef`]: boatlift_core::plan::SegmentRef

mod cursor;
mod index;
mod reader;
mod writer;

pub use cursor::SegmentCursor;
pub use index::PageMeta;
pub use reader::Segment;
pub use writer::SegmentWriter;

use boatlift_core::Result;
use std::collections::BTreeSet;
use std::path::Path;

/// How a finished segment's name ends.
const FINISHED: &str = ".seg";

/// How the name of a segment ends that is being written.
const PARTIAL: &str = ".partial";

/// Removes what a crash or a newer state left behind: unfinished segments, and finished
/// ones whose names are not in `keep`. Says how many. No writer may be at work there.
///
/// # Errors
/// When the directory cannot be read or a file not removed.
pub fn sweep(directory: &Path, keep: &BTreeSet<String>) -> Result<u64> {
    let cannot = |error| crate::state::cannot("cannot sweep segments in", directory, error);
    let entries = match directory.read_dir() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        other => other.map_err(cannot)?,
    };
    let mut removed = 0;
    for entry in entries {
        let entry = entry.map_err(cannot)?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let superseded = name.ends_with(FINISHED) && !keep.contains(&name);
        if superseded || name.ends_with(PARTIAL) {
            std::fs::remove_file(entry.path()).map_err(cannot)?;
            removed += 1;
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use boatlift_core::page::PAGE_ITEMS;
    use boatlift_core::plan::SegmentRef;
    use boatlift_core::{Entry, Key, PageBuilder};
    use tempfile::TempDir;

    fn directory() -> TempDir {
        tempfile::tempdir().expect("a temporary directory")
    }

    fn name(number: usize) -> Vec<u8> {
        format!("file-{number:08}").into_bytes()
    }

    fn written(directory: &Path, entries: usize) -> SegmentRef {
        let mut writer = SegmentWriter::create(directory, "agreed").expect("created");
        for number in 0..entries {
            writer.push(&Entry::new(Key::new(&name(number)))).expect("pushed");
        }
        writer.finish().expect("finished")
    }

    fn files(directory: &Path) -> Vec<String> {
        let entries = directory.read_dir().expect("readable");
        entries.map(|e| e.expect("readable").file_name().into_string().expect("ours")).collect()
    }

    #[test]
    fn entries_come_back_in_order_over_many_pages() {
        let directory = directory();
        let entries = 2 * PAGE_ITEMS + 1;
        let reference = written(directory.path(), entries);
        assert_eq!((reference.pages, reference.entries), (3, entries as u64));
        let segment = Segment::open(directory.path(), &reference).expect("opened");
        assert_eq!(segment.meta(1).first_key.0, name(PAGE_ITEMS));
        let mut cursor = SegmentCursor::new(Some(segment)).expect("first page");
        for number in 0..entries {
            assert_eq!(cursor.peek().map(|entry| entry.key), Some(Key::new(&name(number))));
            cursor.advance().expect("sound");
        }
        assert!(cursor.peek().is_none());
        cursor.advance().expect("stays at the end");
        assert!(cursor.peek().is_none());
    }

    #[test]
    fn an_empty_segment_and_none_at_all_hold_nothing() {
        let directory = directory();
        let reference = written(directory.path(), 0);
        assert_eq!((reference.pages, reference.entries), (0, 0));
        let segment = Segment::open(directory.path(), &reference).expect("opened");
        for segment in [Some(segment), None] {
            assert!(SegmentCursor::new(segment).expect("nothing to read").peek().is_none());
        }
    }

    #[test]
    fn a_mark_belongs_to_the_page_of_the_last_entry() {
        let directory = directory();
        let mut writer = SegmentWriter::create(directory.path(), "difference").expect("created");
        for number in 0..PAGE_ITEMS {
            writer.push(&Entry::new(Key::new(&name(number)))).expect("pushed");
        }
        assert_eq!(writer.len_in_page(), 0, "the page is full and written");
        writer.mark(1);
        writer.push(&Entry::new(Key::new(b"g"))).expect("pushed");
        writer.mark(2);
        writer.cut().expect("cut");
        writer.mark(4);
        let mut page = PageBuilder::new();
        page.push(&Entry::new(Key::new(b"h")));
        writer.push_page(&page.take()).expect("pushed");
        writer.mark(8);
        let reference = writer.finish().expect("finished");
        let segment = Segment::open(directory.path(), &reference).expect("opened");
        let masks: Vec<u64> = (0..segment.pages()).map(|page| segment.meta(page).mask).collect();
        assert_eq!(masks, [1, 6, 8]);
    }

    #[test]
    fn equal_content_has_an_equal_name_and_replaces_itself() {
        let directory = directory();
        assert_eq!(written(directory.path(), 10), written(directory.path(), 10));
        assert_eq!(files(directory.path()).len(), 1);
    }

    #[test]
    fn an_unfinished_segment_leaves_nothing() {
        let directory = directory();
        let writer = SegmentWriter::create(directory.path(), "agreed").expect("created");
        assert_eq!(files(directory.path()).len(), 1);
        drop(writer);
        assert!(files(directory.path()).is_empty());
    }

    #[test]
    fn sweeping_keeps_what_is_referred_to_and_what_is_not_ours() {
        let directory = directory();
        let kept = written(directory.path(), 1);
        written(directory.path(), 2);
        for other in ["agreed-1-1.partial", "notes.txt"] {
            std::fs::write(directory.path().join(other), "").expect("written");
        }
        let keep = BTreeSet::from([kept.file.clone()]);
        assert_eq!(sweep(directory.path(), &keep), Ok(2));
        let mut left = files(directory.path());
        left.sort();
        assert_eq!(left, [kept.file, "notes.txt".to_owned()]);
        assert_eq!(sweep(&directory.path().join("none"), &keep), Ok(0));
    }
}
