//! What of a harvest is listed: objects, and questions that nothing answers, as far as queries of
//! the move's window touched them.
//!
//! A question that was answered has objects in its place. One that was not, since it may not be
//! asked or nothing is there, is an item of its own, or it would be lost without a word.

use super::rows::{COLUMNS, Extent, Row, number, read};
use super::{Candidate, Harvest};
use crate::layout::Family;
use crate::place::Place;
use boatlift_core::Result;
use rusqlite::{Connection, OptionalExtension, params};

/// What can be cloned.
const THERE: &str = "standing LIKE '{\"there\"%'";
/// What nobody misses.
const UNNEEDED: &str = "'\"may-be-missing\"'";

/// How many of the clones are known below a place, and how many will not be there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Can be cloned, and nothing failed.
    pub cloned: u64,
    /// Cannot be cloned, failed, or are left out.
    pub others: u64,
}

impl Harvest {
    /// The items whose clones' keys come after `after`, in the byte order of those keys.
    ///
    /// # Errors
    /// [`boatlift_core::Code::StateIo`].
    pub fn page(&self, after: Option<&str>, most: usize) -> Result<Vec<Row>> {
        self.with("cannot read", |db| page(db, after, most))
    }

    /// The item that is listed under this key, below the target.
    ///
    /// # Errors
    /// [`boatlift_core::Code::StateIo`].
    pub fn row(&self, below: &str) -> Result<Option<Row>> {
        self.with("cannot read", |db| row(db, below))
    }

    /// Whether an object that can be cloned has this clone's key, or one in that folder.
    ///
    /// # Errors
    /// [`boatlift_core::Code::StateIo`].
    pub fn has_folder(&self, below: &str) -> Result<bool> {
        match below.ends_with('/') {
            true => self.has_below(below),
            false => Ok(self.has(below)? || self.has_below(&format!("{below}/"))?),
        }
    }

    /// Whether an object that can be cloned has a clone's key that begins so.
    ///
    /// # Errors
    /// [`boatlift_core::Code::StateIo`].
    pub fn has_below(&self, prefix: &str) -> Result<bool> {
        self.with("cannot read", |db| has_below(db, prefix))
    }

    /// The first item whose key is in this range, the end left out, that is not cloned or cannot
    /// be, with the reason.
    ///
    /// # Errors
    /// [`boatlift_core::Code::StateIo`].
    pub fn hindered(&self, from: &str, until: &str) -> Result<Option<(Row, String)>> {
        let found = self.with("cannot read", |db| hindered(db, from, until))?;
        Ok(found.map(|(row, why)| {
            let standing = row.hindrance().map(ToString::to_string);
            let reason = standing.or(why).unwrap_or_else(|| "not looked up yet".to_owned());
            (row, reason)
        }))
    }

    /// A listed question about a place above `place` or around it: what is below it may not be
    /// all that there is.
    ///
    /// # Errors
    /// [`boatlift_core::Code::StateIo`].
    pub fn question_over(&self, family: Family, place: &Place) -> Result<Option<Row>> {
        let rows = self.with("cannot read", |db| questions_over(db, family, place))?;
        let is_over = |row: &Row| {
            let Candidate { place: Place { key, .. }, extent, .. } = &row.candidate;
            let rest = place.key.get(key.len()..).unwrap_or_default();
            let is_folder = key.is_empty() || key.ends_with('/') || rest.is_empty();
            *extent == Extent::CutPrefix || is_folder || rest.starts_with('/')
        };
        Ok(rows.into_iter().find(is_over))
    }

    /// Hands out the places of questions of which nothing is known yet.
    ///
    /// # Errors
    /// [`boatlift_core::Code::StateIo`].
    pub fn each_unanswered(&self, mut each: impl FnMut(Place)) -> Result<()> {
        self.with("cannot read", |db| {
            let open = "SELECT DISTINCT bucket, key FROM wanted
                        WHERE standing IS NULL AND extent > 0";
            let mut query = db.prepare(open)?;
            let mut rows = query.query([])?;
            while let Some(row) = rows.next()? {
                each(Place::new(row.get::<_, String>(0)?, row.get::<_, String>(1)?));
            }
            Ok(())
        })
    }

    /// How many items there are whose keys begin so.
    ///
    /// # Errors
    /// [`boatlift_core::Code::StateIo`].
    pub fn count_below(&self, prefix: &str) -> Result<Count> {
        self.with("cannot read", |db| count_below(db, prefix))
    }

    /// Another bucket than that of `place` with an object whose clone's key begins so.
    ///
    /// # Errors
    /// [`boatlift_core::Code::StateIo`].
    pub fn stranger_below(&self, prefix: &str, place: &Place) -> Result<Option<String>> {
        self.with("cannot read", |db| {
            let stranger = "SELECT bucket FROM shown WHERE below >= ?1 AND below < ?2
                            AND extent = 0 AND bucket <> ?3 LIMIT 1";
            let of = params![prefix, after_all(prefix), place.bucket];
            db.prepare_cached(stranger)?.query_row(of, |row| row.get(0)).optional()
        })
    }

    /// Two objects whose clones would have the same key, if there are such.
    ///
    /// # Errors
    /// [`boatlift_core::Code::StateIo`].
    pub fn collision(&self) -> Result<Option<(Row, Row)>> {
        self.with("cannot read", collision)
    }

    /// How many statements touched an object. One that both families of views tell of is one.
    ///
    /// # Errors
    /// [`boatlift_core::Code::StateIo`].
    pub fn touches(&self, row: &Row) -> Result<u64> {
        self.with("cannot read", |db| touches(db, row))
    }
}

/// What comes after every key that begins so.
pub(crate) fn after_all(prefix: &str) -> String {
    format!("{prefix}{}", char::MAX)
}

fn page(db: &Connection, after: Option<&str>, most: usize) -> rusqlite::Result<Vec<Row>> {
    let page = format!(
        "SELECT {COLUMNS} FROM shown WHERE below > ?1 ORDER BY below, extent DESC LIMIT ?2"
    );
    let mut query = db.prepare_cached(&page)?;
    let rows = query.query_map(params![after.unwrap_or_default(), most as i64], read)?;
    let mut rows: Vec<Row> = rows.collect::<rusqlite::Result<_>>()?;
    // Two questions about one place are one item, as `row` finds it.
    rows.dedup_by(|next, kept| next.below == kept.below);
    Ok(rows)
}

fn row(db: &Connection, below: &str) -> rusqlite::Result<Option<Row>> {
    let row = format!("SELECT {COLUMNS} FROM shown WHERE below = ?1 ORDER BY extent DESC LIMIT 1");
    db.prepare_cached(&row)?.query_row([below], read).optional()
}

fn has_below(db: &Connection, prefix: &str) -> rusqlite::Result<bool> {
    let any = format!(
        "SELECT EXISTS (SELECT 1 FROM shown
                        WHERE below >= ?1 AND below < ?2 AND extent = 0 AND {THERE})"
    );
    db.prepare_cached(&any)?.query_row([prefix, &after_all(prefix)], |row| row.get(0))
}

fn hindered(
    db: &Connection,
    from: &str,
    until: &str,
) -> rusqlite::Result<Option<(Row, Option<String>)>> {
    let first = format!(
        "SELECT {COLUMNS}, why FROM shown LEFT JOIN not_cloned USING (below)
         WHERE below >= ?1 AND below < ?2 AND standing IS NOT {UNNEEDED}
           AND (standing IS NULL OR why IS NOT NULL OR NOT {THERE})
         ORDER BY below LIMIT 1"
    );
    let with_why = |row: &rusqlite::Row<'_>| Ok((read(row)?, row.get(11)?));
    db.prepare_cached(&first)?.query_row([from, until], with_why).optional()
}

fn questions_over(db: &Connection, family: Family, place: &Place) -> rusqlite::Result<Vec<Row>> {
    let over = format!(
        "SELECT {COLUMNS} FROM shown WHERE family = ?1 AND bucket = ?2 AND extent > 1
         AND key <= ?3 AND substr(?3, 1, length(key)) = key"
    );
    let mut query = db.prepare_cached(&over)?;
    let of = params![number(Family::ALL, family), place.bucket, place.key];
    query.query_map(of, read)?.collect()
}

fn count_below(db: &Connection, prefix: &str) -> rusqlite::Result<Count> {
    let count = format!(
        "SELECT count(*), coalesce(sum({THERE} AND why IS NULL), 0)
         FROM shown LEFT JOIN not_cloned USING (below)
         WHERE below >= ?1 AND below < ?2 AND standing IS NOT {UNNEEDED}"
    );
    let of = [prefix, &after_all(prefix)];
    let (all, cloned): (i64, i64) =
        db.prepare_cached(&count)?.query_row(of, |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Count { cloned: cloned.unsigned_abs(), others: (all - cloned).unsigned_abs() })
}

fn collision(db: &Connection) -> rusqlite::Result<Option<(Row, Row)>> {
    let twice = "SELECT below FROM shown WHERE extent = 0
                 GROUP BY below HAVING count(*) > 1 LIMIT 1";
    let below: Option<String> = db.query_row(twice, [], |row| row.get(0)).optional()?;
    let Some(below) = below else { return Ok(None) };
    let both = format!("SELECT {COLUMNS} FROM shown WHERE extent = 0 AND below = ?1 LIMIT 2");
    let mut query = db.prepare(&both)?;
    let mut rows = query.query_map([below], read)?;
    match (rows.next().transpose()?, rows.next().transpose()?) {
        (Some(one), Some(other)) => Ok(Some((one, other))),
        _ => Ok(None),
    }
}

fn touches(db: &Connection, row: &Row) -> rusqlite::Result<u64> {
    let Candidate { family, place, .. } = &row.candidate;
    // Each family of views numbers statements by itself, and tells of the same ones.
    let count = "SELECT coalesce(max(told), 0) FROM (SELECT count(*) AS told FROM touches
                 WHERE family = ?1 AND bucket = ?2 AND key = ?3 GROUP BY substr(query, 1, 4))";
    let of = params![number(Family::ALL, *family), place.bucket, place.key];
    let count: i64 = db.prepare_cached(count)?.query_row(of, |row| row.get(0))?;
    Ok(count.unsigned_abs())
}
