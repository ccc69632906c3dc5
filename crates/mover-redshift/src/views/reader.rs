//! Reading a window: queries in batches, and for each batch what the other views know of it.

use super::family::{Family, Question};
use super::paging::{Paged, ROWS};
use super::records::{CopyStatement, QueryId, Record};
use super::stl::Stl;
use super::sys::Sys;
use super::{Presence, Window};
use crate::copy_text::{Chunks, Completeness, Load, Source, SqlText, Statement, statements};
use crate::wire::{Row, Warehouse};
use boatlift_core::Result;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;

/// The queries of one batch: few enough for a list in a query, and for their texts in memory.
const BATCH: usize = 200;

/// Which queries count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The database.
    pub database: String,
    /// What else counts than loads that succeeded.
    pub include: Include,
}

/// What else counts than loads that succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Include {
    /// Queries that failed or were aborted.
    pub failed: bool,
    /// COPY statements with `NOLOAD`, which only check files.
    pub no_load: bool,
    /// Files that UNLOAD wrote.
    pub unloads: bool,
}

/// What was left out, and why: every number is of queries, but for files where it says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LeftOut {
    /// They failed or were aborted.
    pub failed: u64,
    /// They succeeded, and their transactions were rolled back.
    pub undone: u64,
    /// They have not ended; the next reading sees them.
    pub running: u64,
    /// They only checked files.
    pub no_load: u64,
    /// Files that were not loaded.
    pub failed_files: u64,
    /// Files whose name has no bucket, and no statement tells it.
    pub unplaced_files: u64,
    /// Places that Spectrum listed and that are none in S3.
    pub unplaced_scans: u64,
    /// Places in which Spectrum found no file.
    pub empty_scans: u64,
    /// Places whose names fill their column and may go on: they are taken for the beginning of
    /// keys, however deep, and are not left out.
    pub cut_scans: u64,
    /// They ran on scaling clusters, of whose loads the `STL_` views know nothing. They are
    /// read, but their files can be missing.
    pub scaled: u64,
}

impl AddAssign for LeftOut {
    fn add_assign(&mut self, other: LeftOut) {
        self.failed += other.failed;
        self.undone += other.undone;
        self.running += other.running;
        self.no_load += other.no_load;
        self.failed_files += other.failed_files;
        self.unplaced_files += other.unplaced_files;
        self.unplaced_scans += other.unplaced_scans;
        self.empty_scans += other.empty_scans;
        self.cut_scans += other.cut_scans;
        self.scaled += other.scaled;
    }
}

/// Who takes the records.
pub(super) type Sink<'a> = dyn FnMut(Record) -> Result<()> + 'a;

/// A reader of a warehouse's views.
pub struct Reader<'a> {
    warehouse: &'a mut dyn Warehouse,
    pub(super) presence: &'a Presence,
    pub(super) scope: &'a Scope,
    rows: i64,
}

/// A query of the current batch.
pub(super) struct Query {
    pub(super) number: i64,
    user: i64,
    pub(super) started: Timestamp,
    pub(super) ended: Timestamp,
    text: SqlText,
    /// The bucket that its COPY reads, for file names without one.
    pub(super) bucket: Option<String>,
}

impl<'a> Reader<'a> {
    /// A reader of the views that are there.
    #[must_use]
    pub fn new(warehouse: &'a mut dyn Warehouse, presence: &'a Presence, scope: &'a Scope) -> Self {
        Reader { warehouse, presence, scope, rows: ROWS }
    }

    /// The same, with pages of so many rows.
    #[must_use]
    pub fn with_pages_of(self, rows: u16) -> Self {
        Reader { rows: i64::from(rows.max(1)), ..self }
    }

    /// Reads a window. Records come in no order that matters, and some may come twice.
    ///
    /// # Errors
    /// Errors of the warehouse, and the first of `sink`.
    pub fn read(
        &mut self,
        window: &Window,
        sink: &mut dyn FnMut(Record) -> Result<()>,
    ) -> Result<LeftOut> {
        let mut left_out = LeftOut::default();
        if self.presence.stl() {
            left_out += self.family(&Stl, window, sink)?;
        }
        if self.presence.sys() {
            left_out += self.family(&Sys, window, sink)?;
        }
        Ok(left_out)
    }

    fn family(
        &mut self,
        family: &dyn Family,
        window: &Window,
        sink: &mut Sink<'_>,
    ) -> Result<LeftOut> {
        let mut left_out = LeftOut::default();
        let mut after = None;
        loop {
            let mut batch = Vec::new();
            let last = self.queries(family, window, after, &mut batch, &mut left_out)?;
            self.batch(family, batch, sink, &mut left_out)?;
            match last {
                Some(last) => after = Some(last),
                None => return Ok(left_out),
            }
        }
    }

    /// Reads one batch of queries behind `after`; gives the number of the last, if more may
    /// follow.
    fn queries(
        &mut self,
        family: &dyn Family,
        window: &Window,
        after: Option<i64>,
        batch: &mut Vec<Query>,
        left_out: &mut LeftOut,
    ) -> Result<Option<i64>> {
        let question = family.queries(self.scope, window, self.presence);
        let mut sql = question.begin;
        if let Some(after) = after {
            sql = sql.then(" and ").then(question.key[0]).then(" > ").number(after);
        }
        sql = sql.then(" order by ").then(question.order).then(" limit ").number(BATCH as i64);
        let (mut rows, mut last) = (0, None);
        let include = self.scope.include;
        self.warehouse.query(&sql, &mut |row| {
            rows += 1;
            last = Some(row.needed_number(0)?);
            match family.succeeded(row.needed(4)?) {
                None => left_out.running += 1,
                Some(false) if !include.failed => left_out.failed += 1,
                Some(_) => {
                    left_out.scaled += u64::from(row.number(6)?.unwrap_or(0) == 1);
                    batch.push(query(&row)?);
                }
            }
            Ok(())
        })?;
        Ok(last.filter(|_| rows >= BATCH))
    }

    fn batch(
        &mut self,
        family: &dyn Family,
        mut batch: Vec<Query>,
        sink: &mut Sink<'_>,
        left_out: &mut LeftOut,
    ) -> Result<()> {
        self.undone(family, &mut batch, left_out)?;
        self.texts(family, &mut batch)?;
        let mut kept = BTreeMap::new();
        for mut query in batch {
            if self.statement(family, &mut query, sink)? == Load::Check
                && !self.scope.include.no_load
            {
                left_out.no_load += 1;
            } else {
                kept.insert(query.number, query);
            }
        }
        let numbers: Vec<i64> = kept.keys().copied().collect();
        if numbers.is_empty() {
            return Ok(());
        }
        self.loads(family, &numbers, &kept, sink, left_out)?;
        self.scans(family, &numbers, &kept, sink, left_out)?;
        self.tables(family, &numbers, sink)?;
        if self.scope.include.unloads {
            self.unloads(family, &numbers, &kept, sink)?;
        }
        Ok(())
    }

    /// Leaves out what was undone with its transaction, as far as that has ended.
    fn undone(
        &mut self,
        family: &dyn Family,
        batch: &mut Vec<Query>,
        left_out: &mut LeftOut,
    ) -> Result<()> {
        let numbers: Vec<i64> = batch.iter().map(|query| query.number).collect();
        let question = family.undone(self.presence, &numbers);
        let Some(question) = question.filter(|_| !numbers.is_empty() && !self.scope.include.failed)
        else {
            return Ok(());
        };
        let mut undone = BTreeSet::new();
        self.pages(question, &mut |row| {
            undone.insert(row.needed_number(0)?);
            Ok(())
        })?;
        batch.retain(|query| !undone.contains(&query.number));
        left_out.undone += undone.len() as u64;
        Ok(())
    }

    /// Puts the full texts in place of those that may be cut or hold a statement of ours.
    fn texts(&mut self, family: &dyn Family, batch: &mut [Query]) -> Result<()> {
        let wanted: BTreeSet<i64> =
            batch.iter().filter(|query| query.text.may_move_files()).map(|q| q.number).collect();
        let numbers: Vec<i64> = wanted.into_iter().collect();
        if numbers.is_empty() {
            return Ok(());
        }
        let Some(question) = family.texts(self.presence, &numbers) else { return Ok(()) };
        let mut joined: BTreeMap<i64, Chunks> = BTreeMap::new();
        self.pages(question, &mut |row| {
            let sequence = u64::try_from(row.needed_number(1)?).unwrap_or(u64::MAX);
            let chunks = joined.entry(row.needed_number(0)?).or_default();
            chunks.push(sequence, row.raw(2).unwrap_or_default());
            Ok(())
        })?;
        for query in batch {
            if let Some(chunks) = joined.remove(&query.number) {
                let text = chunks.join();
                // A text with a gap says less than the beginning that is known.
                if text.completeness() != Completeness::Gap {
                    query.text = text;
                }
            }
        }
        Ok(())
    }

    /// Hands out a query's text when it moves files, and tells whether it only checks them.
    fn statement(
        &self,
        family: &dyn Family,
        query: &mut Query,
        sink: &mut Sink<'_>,
    ) -> Result<Load> {
        let text = query.text.redact();
        let found = statements(&text);
        let copies = found.iter().filter_map(|statement| match statement {
            Statement::Copy(copy) => Some(copy),
            Statement::Unload(_) => None,
        });
        let (mut copied, mut checked) = (0, 0);
        for copy in copies {
            copied += 1;
            checked += usize::from(copy.load == Load::Check);
            if let Source::S3(named, _) = &copy.source {
                query.bucket = Some(named.place.bucket.clone());
            }
        }
        if !found.is_empty() {
            sink(Record::Statement(CopyStatement {
                query: id(family, query.number),
                user: query.user,
                started: query.started,
                ended: query.ended,
                text,
            }))?;
        }
        Ok(if copied > 0 && copied == checked { Load::Check } else { Load::Load })
    }

    pub(super) fn pages(
        &mut self,
        question: Question,
        each: &mut dyn FnMut(&Row) -> Result<()>,
    ) -> Result<()> {
        let Question { begin, key, group, order } = question;
        Paged { begin, key, group, order, rows: self.rows, each }.read(self.warehouse)
    }
}

fn query(row: &Row) -> Result<Query> {
    let started = row.instant(2)?.unwrap_or_default();
    Ok(Query {
        number: row.needed_number(0)?,
        user: row.needed_number(1)?,
        started,
        ended: row.instant(3)?.unwrap_or(started),
        text: SqlText::from_query_text(row.text(5).unwrap_or_default()),
        bucket: None,
    })
}

/// A query of this family.
pub(super) fn id(family: &dyn Family, number: i64) -> QueryId {
    QueryId { origin: family.origin(), number }
}
