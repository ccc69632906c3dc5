//! What the views know of a batch of queries: files that were loaded and written, places and
//! tables that were scanned.

use super::family::Family;
use super::reader::{LeftOut, Query, Reader, Sink, id};
use super::records::{Depth, LoadedFile, Record, SpectrumScan, Spelling, TableUse, UnloadedFile};
use crate::place::Place;
use crate::wire::Row;
use boatlift_core::Result;
use std::collections::BTreeMap;

impl Reader<'_> {
    pub(super) fn loads(
        &mut self,
        family: &dyn Family,
        numbers: &[i64],
        queries: &BTreeMap<i64, Query>,
        sink: &mut Sink<'_>,
        left_out: &mut LeftOut,
    ) -> Result<()> {
        let include_failed = self.scope.include.failed;
        self.pages(family.loads(self.presence, numbers), &mut |row| {
            let number = row.needed_number(0)?;
            let name = row.needed(1)?;
            let Some(query) = queries.get(&number) else { return Ok(()) };
            if row.number(3)? != Some(1) && !include_failed {
                left_out.failed_files += 1;
                return Ok(());
            }
            let Some(place) = place(name, query) else {
                left_out.unplaced_files += 1;
                return Ok(());
            };
            let etag = row.text(4).map(|etag| etag.trim_matches('"').to_owned());
            sink(Record::Loaded(LoadedFile {
                place,
                spelling: Spelling::of(name),
                query: id(family, number),
                began: query.started,
                loaded: row.instant(2)?.unwrap_or(query.ended),
                etag: etag.filter(|etag| !etag.is_empty()),
                last_modified: row.instant(5)?,
                job: row.number(6)?.filter(|job| *job > 0),
            }))
        })
    }

    pub(super) fn scans(
        &mut self,
        family: &dyn Family,
        numbers: &[i64],
        queries: &BTreeMap<i64, Query>,
        sink: &mut Sink<'_>,
        left_out: &mut LeftOut,
    ) -> Result<()> {
        for question in family.scans(self.presence, numbers) {
            self.pages(question, &mut |row| {
                let number = row.needed_number(0)?;
                let Some(query) = queries.get(&number) else { return Ok(()) };
                let Some((place, spelling)) = listed(row)? else {
                    left_out.unplaced_scans += 1;
                    return Ok(());
                };
                if row.number(5)? == Some(0) {
                    left_out.empty_scans += 1;
                    return Ok(());
                }
                left_out.cut_scans += u64::from(spelling == Spelling::PerhapsCut);
                sink(Record::Scan(SpectrumScan {
                    spelling,
                    place,
                    query: id(family, number),
                    began: query.started,
                    scanned: row.instant(4)?.unwrap_or(query.ended),
                    depth: depth(row.text(3)),
                    files: row.number(5)?,
                }))
            })?;
        }
        Ok(())
    }

    pub(super) fn tables(
        &mut self,
        family: &dyn Family,
        numbers: &[i64],
        sink: &mut Sink<'_>,
    ) -> Result<()> {
        let Some(question) = family.tables(self.presence, numbers) else { return Ok(()) };
        self.pages(question, &mut |row| {
            let Some(name) = row.text(1) else { return Ok(()) };
            let query = id(family, row.needed_number(0)?);
            sink(Record::Table(TableUse { query, name: name.to_owned() }))
        })
    }

    pub(super) fn unloads(
        &mut self,
        family: &dyn Family,
        numbers: &[i64],
        queries: &BTreeMap<i64, Query>,
        sink: &mut Sink<'_>,
    ) -> Result<()> {
        let Some(question) = family.unloads(self.presence, numbers) else { return Ok(()) };
        self.pages(question, &mut |row| {
            let number = row.needed_number(0)?;
            let (Some(query), Ok(place)) = (queries.get(&number), Place::parse(row.needed(1)?))
            else {
                return Ok(());
            };
            let written = row.instant(2)?.unwrap_or(query.ended);
            let (began, query) = (query.started, id(family, number));
            sink(Record::Unloaded(UnloadedFile { place, query, began, written }))
        })
    }
}

/// What a scan listed, in two columns or in one, and whether that is all of its name; nothing
/// where it is no place in S3.
fn listed(row: &Row) -> Result<Option<(Place, Spelling)>> {
    let first = row.needed(1)?;
    Ok(match row.raw(2) {
        Some(prefix) => {
            let prefix = prefix.trim_end_matches(' ');
            Some((Place::new(first, prefix), Spelling::of(prefix)))
        }
        None => Place::parse(first).ok().map(|place| (place, Spelling::of(first))),
    })
}

/// Where a file lies: older views name only the key of what COPY's own location says the
/// bucket of.
fn place(name: &str, query: &Query) -> Option<Place> {
    match Place::parse(name) {
        Ok(place) => Some(place),
        Err(_) if name.contains("://") => None,
        Err(_) => query.bucket.as_ref().map(|bucket| Place::new(bucket, name)),
    }
}

fn depth(recursive: Option<&str>) -> Depth {
    match recursive.map(str::trim) {
        Some("t" | "1") => Depth::Recursive,
        Some("f" | "0") => Depth::Flat,
        _ => Depth::Unknown,
    }
}
