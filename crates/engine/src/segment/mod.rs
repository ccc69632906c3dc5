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
