//! Renames on LOWER, found by inode: a file that is gone under one key and new under
//! another.
//!
//! Only where both sides still hold what was agreed may UPPER replay a rename; that is
//! what the verdict Gone of the old key says.

use super::links::{failed, scratch_database};
use super::{DifferenceWriter, Surveyor};
use crate::segment::{Segment, SegmentCursor};
use boatlift_core::compare::Verdict;
use boatlift_core::digest::Digest;
use boatlift_core::error::Result;
use boatlift_core::facets::{FacetsRef, Kind};
use boatlift_core::key::KeyBuf;
use boatlift_core::page::Entry;
use boatlift_core::plan::{SegmentRef, Sum, Totals};
use rusqlite::{Connection, OptionalExtension, params};
use std::path::Path;

const SCHEMA: &str = "
    CREATE TABLE gone (device INTEGER, inode INTEGER, size INTEGER, seconds INTEGER,
        nanoseconds INTEGER, key BLOB, upper BLOB, algorithm INTEGER, digest BLOB,
        PRIMARY KEY (device, inode)) STRICT, WITHOUT ROWID;
    CREATE TABLE added (key BLOB PRIMARY KEY, device INTEGER, inode INTEGER, size INTEGER,
        seconds INTEGER, nanoseconds INTEGER) STRICT, WITHOUT ROWID;";

/// What one pass collected, to be matched after it.
pub(super) struct Moves {
    scratch: Connection,
    gone: u64,
    added: u64,
}

/// A file as UPPER still has it, under its old key.
#[derive(Default)]
struct Old {
    key: KeyBuf,
    upper: Vec<u8>,
    digest: Option<Digest>,
}

impl Moves {
    pub(super) fn new(scratch: &Path) -> Result<Self> {
        Ok(Moves { scratch: scratch_database(scratch, SCHEMA)?, gone: 0, added: 0 })
    }

    /// Keeps an entry that may be one half of a rename. `agreed` is what LOWER said of it
    /// at the last agreement: the inode of a file that is gone is known from there alone.
    pub(super) fn consider(
        &mut self,
        entry: &Entry<'_>,
        agreed: Option<FacetsRef<'_>>,
    ) -> Result<()> {
        match entry.verdict {
            Verdict::Added => match entry.lower.and_then(candidate) {
                Some(candidate) => self.keep_added(entry, candidate),
                None => Ok(()),
            },
            Verdict::Gone => match agreed.and_then(candidate) {
                Some(candidate) => self.keep_gone(entry, candidate),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn keep_added(&mut self, entry: &Entry<'_>, candidate: [i64; 5]) -> Result<()> {
        self.added += 1;
        let [device, inode, size, seconds, nanoseconds] = candidate;
        let key = entry.key.as_bytes();
        self.scratch
            .prepare_cached("INSERT OR REPLACE INTO added VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
            .and_then(|mut insert| {
                insert.execute(params![key, device, inode, size, seconds, nanoseconds])
            })
            .map(|_| ())
            .map_err(failed)
    }

    fn keep_gone(&mut self, entry: &Entry<'_>, candidate: [i64; 5]) -> Result<()> {
        let Some(upper) = entry.upper else { return Ok(()) };
        self.gone += 1;
        let [device, inode, size, seconds, nanoseconds] = candidate;
        let key = entry.key.as_bytes();
        let algorithm = entry.digest.map(|digest| digest.algorithm());
        let digest = entry.digest.map(|digest| *digest.bytes());
        self.scratch
            .prepare_cached("INSERT OR REPLACE INTO gone VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)")
            .and_then(|mut insert| {
                let upper = upper.as_bytes();
                insert.execute(params![
                    device,
                    inode,
                    size,
                    seconds,
                    nanoseconds,
                    key,
                    upper,
                    algorithm,
                    digest
                ])
            })
            .map(|_| ())
            .map_err(failed)
    }

    /// Rewrites the difference with the renames in it, if there are any, and counts them
    /// as renames.
    pub(super) fn replay(
        self,
        surveyor: &Surveyor<'_>,
        difference: SegmentRef,
        totals: &mut Totals,
    ) -> Result<SegmentRef> {
        if self.gone == 0 || self.added == 0 {
            return Ok(difference);
        }
        let segment = Segment::open(surveyor.segments, &difference)?;
        let mut cursor = SegmentCursor::new(Some(segment))?;
        let mut writer = DifferenceWriter::create(surveyor.segments)?;
        let mut moved = Sum::default();
        while let Some(mut entry) = cursor.peek() {
            let old = match entry.verdict {
                Verdict::Added => self.old_of(&entry)?.unwrap_or_default(),
                _ => Old::default(),
            };
            if let Some(upper) = FacetsRef::checked(&old.upper) {
                entry.verdict = Verdict::Moved;
                entry.partner = Some(old.key.as_key());
                entry.upper = Some(upper);
                entry.digest = old.digest;
                moved.add(upper.size().unwrap_or(0));
            }
            writer.push(&entry, (surveyor.marks)(&entry))?;
            cursor.advance()?;
        }
        count_as_moved(totals, moved);
        writer.finish()
    }

    fn old_of(&self, entry: &Entry<'_>) -> Result<Option<Old>> {
        let query = "SELECT gone.key, gone.upper, gone.algorithm, gone.digest
            FROM added JOIN gone USING (device, inode, size, seconds, nanoseconds)
            WHERE added.key = ?1";
        let mut query = self.scratch.prepare_cached(query).map_err(failed)?;
        query
            .query_row(params![entry.key.as_bytes()], |row| {
                let (algorithm, digest): (Option<u8>, Option<[u8; 32]>) =
                    (row.get(2)?, row.get(3)?);
                let digest = algorithm.zip(digest);
                Ok(Old {
                    key: KeyBuf(row.get(0)?),
                    upper: row.get(1)?,
                    digest: digest.and_then(|(rule, bytes)| Digest::from_parts(rule, bytes)),
                })
            })
            .optional()
            .map_err(failed)
    }
}

/// A renamed file is neither carried nor removed.
fn count_as_moved(totals: &mut Totals, moved: Sum) {
    let less = |sum: &mut Sum| {
        sum.entries = sum.entries.saturating_sub(moved.entries);
        sum.bytes = sum.bytes.saturating_sub(moved.bytes);
    };
    less(totals.verdicts.entry(Verdict::Added).or_default());
    less(&mut totals.carry);
    totals.removals = totals.removals.saturating_sub(moved.entries);
    if moved.entries > 0 {
        totals.verdicts.insert(Verdict::Moved, moved);
    }
}

/// Device, inode, size and mtime of a file that has but one name.
fn candidate(facets: FacetsRef<'_>) -> Option<[i64; 5]> {
    if facets.kind() != Kind::File || facets.has_links() {
        return None;
    }
    let facets = facets.decode();
    let mtime = facets.mtime?;
    let device = facets.device.unwrap_or(0);
    let size = facets.size.filter(|size| *size > 0)?;
    Some([
        device.cast_signed(),
        facets.inode?.cast_signed(),
        size.cast_signed(),
        mtime.seconds,
        i64::from(mtime.nanoseconds),
    ])
}
