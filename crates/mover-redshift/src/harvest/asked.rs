//! How far questions are answered that take many requests: a run that is stopped or killed in the
//! middle of a prefix goes on behind the last key that it wrote down.

use super::rows::{EXTENTS, number};
use super::{Candidate, Harvest};
use crate::layout::Family;
use boatlift_core::Result;
use rusqlite::{OptionalExtension, Transaction, params};

impl Harvest {
    /// The key behind which the answer to a question goes on, if it was begun; a later touch
    /// begins it anew.
    ///
    /// # Errors
    /// [`boatlift_core::Code::StateIo`].
    pub fn answered_until(&self, question: &Candidate) -> Result<Option<String>> {
        self.with("cannot read", |db| {
            let after = "SELECT after FROM asked WHERE family = ?1 AND bucket = ?2 AND key = ?3
                         AND extent = ?4 AND at_ms = ?5";
            let of = params![
                number(Family::ALL, question.family),
                question.place.bucket,
                question.place.key,
                number(EXTENTS, question.extent),
                question.at.as_millisecond(),
            ];
            db.prepare_cached(after)?.query_row(of, |row| row.get(0)).optional()
        })
    }
}

/// Notes how far a question is answered; to its end, where there is no last key.
pub(super) fn note(
    db: &Transaction<'_>,
    question: &Candidate,
    last: Option<&str>,
) -> rusqlite::Result<()> {
    let family = number(Family::ALL, question.family);
    let (place, extent) = (&question.place, number(EXTENTS, question.extent));
    match last {
        Some(last) => {
            let note = "INSERT OR REPLACE INTO asked VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            let at = question.at.as_millisecond();
            db.prepare_cached(note)?.execute(params![
                family,
                place.bucket,
                place.key,
                extent,
                at,
                last
            ])?;
        }
        None => {
            let forget = "DELETE FROM asked
                          WHERE family = ?1 AND bucket = ?2 AND key = ?3 AND extent = ?4";
            db.prepare_cached(forget)?.execute(params![family, place.bucket, place.key, extent])?;
        }
    }
    Ok(())
}
