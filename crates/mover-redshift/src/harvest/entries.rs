//! What manifests name.

use super::rows::{self, COLUMNS, Row, read};
use super::{Candidate, Harvest};
use crate::manifests::Entry;
use boatlift_core::Result;
use rusqlite::{OptionalExtension, params};

/// An object whose length is not the one that a manifest gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct OtherLength {
    /// The object.
    pub row: Row,
    /// Bytes, as the manifest says.
    pub told: u64,
}

impl Harvest {
    /// Takes down what another object names: no statement touched it by itself. What is known
    /// already stays as it is.
    ///
    /// # Errors
    /// [`boatlift_core::Code::StateIo`] when they cannot be written.
    pub fn take_named<'e>(
        &self,
        by: &Candidate,
        named: impl IntoIterator<Item = &'e Entry>,
    ) -> Result<()> {
        self.change("cannot write to", |db| {
            for entry in named {
                rows::take_named(db, self.layout, by, entry)?;
            }
            Ok(())
        })
    }

    /// Forgets which objects a manifest names, before it is read again.
    ///
    /// # Errors
    /// [`boatlift_core::Code::StateIo`].
    pub fn forget_named(&self, by: &Candidate) -> Result<()> {
        let manifest = self.layout.below(by.family, &by.place);
        self.change("cannot write to", |db| {
            db.execute("DELETE FROM entries WHERE manifest = ?1", [manifest]).map(drop)
        })
    }

    /// Objects that a manifest names and that can be cloned, by the keys of their clones, at
    /// most `most` that come after `after`.
    ///
    /// # Errors
    /// [`boatlift_core::Code::StateIo`].
    pub fn named(&self, manifest: &Row, after: Option<&str>, most: usize) -> Result<Vec<Row>> {
        let after = after.unwrap_or_default();
        self.with("cannot read", |db| {
            let named = format!(
                "SELECT {COLUMNS} FROM entries JOIN objects ON below = entry AND extent = 0
                 WHERE manifest = ?1 AND entry > ?2 AND standing LIKE '{{\"there\"%'
                 ORDER BY entry LIMIT ?3"
            );
            let mut query = db.prepare_cached(&named)?;
            query.query_map(params![manifest.below, after, most as i64], read)?.collect()
        })
    }

    /// How many objects a manifest names that can be cloned; none for what is no manifest.
    ///
    /// # Errors
    /// [`boatlift_core::Code::StateIo`].
    pub fn names(&self, row: &Row) -> Result<u64> {
        let count: i64 = self.with("cannot read", |db| {
            let count = "SELECT count(*) FROM entries JOIN objects ON below = entry AND extent = 0
                         WHERE manifest = ?1 AND standing LIKE '{\"there\"%'";
            db.prepare_cached(count)?.query_row([&row.below], |row| row.get(0))
        })?;
        Ok(count.unsigned_abs())
    }

    /// The first object whose length is another than the manifest says.
    ///
    /// # Errors
    /// [`boatlift_core::Code::StateIo`].
    pub fn other_length(&self, manifest: &Row) -> Result<Option<OtherLength>> {
        let found: Option<(Row, i64)> = self.with("cannot read", |db| {
            let other = format!(
                "SELECT {COLUMNS}, bytes FROM entries
                 JOIN objects ON below = entry AND extent = 0
                 WHERE manifest = ?1 AND bytes IS NOT NULL AND standing LIKE '{{\"there\"%'
                   AND json_extract(standing, '$.there.size') <> bytes
                 ORDER BY entry LIMIT 1"
            );
            let with_bytes = |row: &rusqlite::Row<'_>| Ok((read(row)?, row.get(11)?));
            db.prepare_cached(&other)?.query_row([&manifest.below], with_bytes).optional()
        })?;
        Ok(found.map(|(row, told)| OtherLength { row, told: told.unsigned_abs() }))
    }

    /// Whether nothing but manifests tells of an object, and all of them say that COPY goes on
    /// without it.
    ///
    /// # Errors
    /// [`boatlift_core::Code::StateIo`].
    pub fn may_be_missing(&self, candidate: &Candidate) -> Result<bool> {
        let below = self.layout.below(candidate.family, &candidate.place);
        self.with("cannot read", |db| {
            let may = "SELECT EXISTS (SELECT 1 FROM entries WHERE entry = ?1)
                          AND NOT EXISTS (SELECT 1 FROM entries WHERE entry = ?1 AND is_needed)
                          AND NOT EXISTS (SELECT 1 FROM touches WHERE family = ?2
                                          AND bucket = ?3 AND key = ?4)";
            let family = rows::number(crate::layout::Family::ALL, candidate.family);
            let of = params![below, family, candidate.place.bucket, candidate.place.key];
            db.prepare_cached(may)?.query_row(of, |row| row.get(0))
        })
    }
}
