//! The rows of a harvest.

use super::standing::Standing;
use crate::layout::{Family, Layout};
use crate::place::Place;
use crate::views::QueryId;
use jiff::{SignedDuration, Timestamp};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

/// What a statement needed an object for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Rows.
    Data,
    /// The names of other objects.
    Manifest,
    /// JSONPaths or an Avro schema: how rows are read.
    Description,
}

/// What a place in a view names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// One object, by its whole key.
    Object,
    /// One object whose name the view may have cut.
    Cut,
    /// The objects directly under a prefix, or one object.
    Prefix,
    /// The objects under a prefix, however deep, or one object.
    DeepPrefix,
}

/// The content that a load met, as newer views tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The entity tag, without quotes.
    pub etag: String,
    /// Its last change.
    pub modified: Option<Timestamp>,
}

/// A statement touched a place.
#[derive(Debug, Clone, PartialEq)]
pub struct Touch<'t> {
    /// The statement.
    pub query: QueryId,
    /// When.
    pub at: Timestamp,
    /// As what.
    pub family: Family,
    /// What for.
    pub role: Role,
    /// The place.
    pub place: &'t Place,
    /// What the place names.
    pub extent: Extent,
    /// The content that it met, where that is known.
    pub known: Option<Known>,
}

/// A place of which it is to be found out what is there.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// As what it was touched.
    pub family: Family,
    /// What for.
    pub role: Role,
    /// The place.
    pub place: Place,
    /// What the place names.
    pub extent: Extent,
    /// When it was last touched.
    pub at: Timestamp,
    /// The content that was met then, where that is known.
    pub known: Option<Known>,
}

/// One object of the harvest.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The object.
    pub candidate: Candidate,
    /// The key of its clone below the target.
    pub below: String,
    /// What it turned out to be; `None` while that is not known.
    pub standing: Option<Standing>,
}

impl Row {
    /// Why the object cannot be cloned, by what is known of it.
    #[must_use]
    pub fn hindrance(&self) -> Option<&Standing> {
        self.standing.as_ref().filter(|standing| !matches!(standing, Standing::There(_)))
    }
}

const COLUMNS: &str =
    "family, bucket, key, extent, role, at_ms, etag, etag_ms, modified_ms, below, standing";

/// How far apart two views may tell of one load. One of them tells the entity tag; a load that
/// only the other knows, and later than this, met nobody knows what.
const SAME_LOAD: SignedDuration = SignedDuration::from_mins(10);

pub(super) fn take(
    db: &Transaction<'_>,
    layout: Layout,
    touch: &Touch<'_>,
) -> rusqlite::Result<()> {
    let Place { bucket, key } = touch.place;
    let family = number(Family::ALL, touch.family);
    db.prepare_cached("INSERT OR IGNORE INTO touches VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![family, bucket, key, touch.query.to_string()])?;
    // What the latest touch met counts; what only one view tells is kept from either.
    let take = "INSERT INTO objects VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, NULL)
                ON CONFLICT DO UPDATE SET role = max(role, excluded.role),
                    at_ms = max(at_ms, excluded.at_ms), standing = NULL,
                    etag = iif(excluded.etag_ms >= ifnull(etag_ms, excluded.etag_ms),
                               excluded.etag, etag),
                    modified_ms = iif(excluded.etag_ms >= ifnull(etag_ms, excluded.etag_ms),
                                      excluded.modified_ms, modified_ms),
                    etag_ms = max(ifnull(etag_ms, excluded.etag_ms),
                                  ifnull(excluded.etag_ms, etag_ms))
                WHERE excluded.at_ms > at_ms OR excluded.role > role
                   OR excluded.etag_ms > ifnull(etag_ms, excluded.etag_ms - 1)";
    let known = touch.known.as_ref();
    let at = touch.at.as_millisecond();
    db.prepare_cached(take)?.execute(params![
        family,
        bucket,
        key,
        number(EXTENTS, touch.extent),
        layout.below(touch.family, touch.place),
        number(ROLES, touch.role),
        at,
        known.map(|known| known.etag.as_str()),
        known.map(|_| at),
        known.and_then(|known| known.modified).map(Timestamp::as_millisecond),
    ])?;
    Ok(())
}

/// An object that a manifest names.
pub(super) fn take_named(
    db: &Transaction<'_>,
    layout: Layout,
    by: &Candidate,
    place: &Place,
) -> rusqlite::Result<()> {
    let name = "INSERT OR IGNORE INTO objects
                VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6, NULL, NULL, NULL, NULL)";
    let below = layout.below(by.family, place);
    db.prepare_cached(name)?.execute(params![
        number(Family::ALL, by.family),
        place.bucket,
        place.key,
        below,
        number(ROLES, Role::Data),
        by.at.as_millisecond(),
    ])?;
    db.prepare_cached("INSERT OR IGNORE INTO named VALUES (?1, ?2)")?
        .execute([&layout.below(by.family, &by.place), &below])?;
    Ok(())
}

/// An object that answers a question; one that was touched by its own name stays as it is.
pub(super) fn add_found(
    db: &Transaction<'_>,
    layout: Layout,
    question: &Candidate,
    key: &str,
    standing: &Standing,
) -> rusqlite::Result<()> {
    let family = number(Family::ALL, question.family);
    let place = Place::new(question.place.bucket.clone(), key);
    let add = "INSERT INTO objects VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6, NULL, NULL, NULL, ?7)
               ON CONFLICT DO UPDATE SET at_ms = excluded.at_ms, standing = excluded.standing
               WHERE excluded.at_ms > at_ms";
    db.prepare_cached(add)?.execute(params![
        family,
        place.bucket,
        key,
        layout.below(question.family, &place),
        number(ROLES, question.role),
        question.at.as_millisecond(),
        json(standing)?,
    ])?;
    let inherit = "INSERT OR IGNORE INTO touches SELECT family, bucket, ?4, query FROM touches
                   WHERE family = ?1 AND bucket = ?2 AND key = ?3";
    db.prepare_cached(inherit)?.execute(params![family, place.bucket, question.place.key, key])?;
    Ok(())
}

pub(super) fn open_candidates(db: &Connection, most: usize) -> rusqlite::Result<Vec<Candidate>> {
    // Manifests first: they name others.
    let open = format!(
        "SELECT {COLUMNS} FROM objects WHERE standing IS NULL
         ORDER BY role = {} DESC, extent DESC LIMIT ?1",
        number(ROLES, Role::Manifest)
    );
    let mut query = db.prepare_cached(&open)?;
    let rows = query.query_map([most as i64], read)?;
    rows.map(|row| row.map(|row| row.candidate)).collect()
}

pub(super) fn settle(
    db: &Transaction<'_>,
    candidate: &Candidate,
    standing: &Standing,
) -> rusqlite::Result<()> {
    let settle = "UPDATE objects SET standing = ?7
                  WHERE family = ?1 AND bucket = ?2 AND key = ?3 AND extent = ?4 AND at_ms = ?5
                    AND role = ?8 AND iif(at_ms - etag_ms <= ?9, etag, NULL) IS ?6";
    db.prepare_cached(settle)?.execute(params![
        number(Family::ALL, candidate.family),
        candidate.place.bucket,
        candidate.place.key,
        number(EXTENTS, candidate.extent),
        candidate.at.as_millisecond(),
        candidate.known.as_ref().map(|known| known.etag.as_str()),
        json(standing)?,
        number(ROLES, candidate.role),
        SAME_LOAD.as_millis() as i64,
    ])?;
    Ok(())
}

/// Forgets what is known of an object, which is not so any more.
pub(super) fn reopen(db: &Transaction<'_>, below: &str) -> rusqlite::Result<()> {
    let reopen = "UPDATE objects SET standing = NULL WHERE extent = 0 AND below = ?1";
    db.execute(reopen, [below]).map(drop)
}

pub(super) fn reopen_failures(db: &Transaction<'_>) -> rusqlite::Result<()> {
    let reopen = "UPDATE objects SET standing = NULL
                  WHERE standing NOT LIKE '{\"there\"%' AND standing <> '\"expanded\"'";
    db.execute(reopen, []).map(drop)
}

pub(super) fn page(
    db: &Connection,
    after: Option<&str>,
    most: usize,
) -> rusqlite::Result<Vec<Row>> {
    let page = format!(
        "SELECT {COLUMNS} FROM objects WHERE extent = 0 AND below > ?1 ORDER BY below LIMIT ?2"
    );
    let mut query = db.prepare_cached(&page)?;
    let rows = query.query_map(params![after.unwrap_or_default(), most as i64], read)?;
    rows.collect()
}

pub(super) fn row(db: &Connection, below: &str) -> rusqlite::Result<Option<Row>> {
    let row = format!("SELECT {COLUMNS} FROM objects WHERE extent = 0 AND below = ?1");
    db.prepare_cached(&row)?.query_row([below], read).optional()
}

/// The objects that a manifest names and that can be cloned, by their clones' keys.
pub(super) fn named(
    db: &Connection,
    manifest: &str,
    after: &str,
    most: usize,
) -> rusqlite::Result<Vec<Row>> {
    let named = format!(
        "SELECT {COLUMNS} FROM named JOIN objects ON below = entry AND extent = 0
         WHERE manifest = ?1 AND entry > ?2 AND standing LIKE '{{\"there\"%'
         ORDER BY entry LIMIT ?3"
    );
    let mut query = db.prepare_cached(&named)?;
    query.query_map(params![manifest, after, most as i64], read)?.collect()
}

pub(super) fn names(db: &Connection, manifest: &str) -> rusqlite::Result<u64> {
    let count = "SELECT count(*) FROM named JOIN objects ON below = entry AND extent = 0
                 WHERE manifest = ?1 AND standing LIKE '{\"there\"%'";
    let count: i64 = db.prepare_cached(count)?.query_row([manifest], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

pub(super) fn forget_named(db: &Transaction<'_>, manifest: &str) -> rusqlite::Result<()> {
    db.execute("DELETE FROM named WHERE manifest = ?1", [manifest]).map(drop)
}

/// Whether an object that can be cloned has a clone's key that begins so.
pub(super) fn has_below(db: &Connection, prefix: &str) -> rusqlite::Result<bool> {
    let first = format!(
        "SELECT {COLUMNS} FROM objects WHERE extent = 0 AND below >= ?1
         AND standing LIKE '{{\"there\"%' ORDER BY below LIMIT 1"
    );
    let row = db.prepare_cached(&first)?.query_row([prefix], read).optional()?;
    Ok(row.is_some_and(|row| row.below.starts_with(prefix)))
}

pub(super) fn collision(db: &Connection) -> rusqlite::Result<Option<(Row, Row)>> {
    let twice = "SELECT below FROM objects WHERE extent = 0
                 GROUP BY below HAVING count(*) > 1 LIMIT 1";
    let below: Option<String> = db.query_row(twice, [], |row| row.get(0)).optional()?;
    let Some(below) = below else { return Ok(None) };
    let both = format!("SELECT {COLUMNS} FROM objects WHERE extent = 0 AND below = ?1 LIMIT 2");
    let mut query = db.prepare(&both)?;
    let mut rows = query.query_map([below], read)?;
    match (rows.next().transpose()?, rows.next().transpose()?) {
        (Some(one), Some(other)) => Ok(Some((one, other))),
        _ => Ok(None),
    }
}

pub(super) fn touches(db: &Connection, row: &Row) -> rusqlite::Result<u64> {
    let Candidate { family, place, .. } = &row.candidate;
    // Each family of views numbers statements by itself, and tells of the same ones.
    let count = "SELECT coalesce(max(told), 0) FROM (SELECT count(*) AS told FROM touches
                 WHERE family = ?1 AND bucket = ?2 AND key = ?3 GROUP BY substr(query, 1, 4))";
    let of = params![number(Family::ALL, *family), place.bucket, place.key];
    let count: i64 = db.prepare_cached(count)?.query_row(of, |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

const ROLES: [Role; 3] = [Role::Data, Role::Description, Role::Manifest];
const EXTENTS: [Extent; 4] = [Extent::Object, Extent::Cut, Extent::Prefix, Extent::DeepPrefix];

/// The number of a word in the file.
fn number<T: PartialEq, const N: usize>(all: [T; N], one: T) -> i64 {
    all.iter().position(|other| *other == one).map_or(-1, |at| at as i64)
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let time = |at: usize, ms: i64| Timestamp::from_millisecond(ms).map_err(damaged(at));
    let modified: Option<i64> = row.get(8)?;
    let modified = modified.map(|ms| time(8, ms)).transpose()?;
    let at = time(5, row.get(5)?)?;
    let etag: Option<String> = row.get(6)?;
    let told: Option<i64> = row.get(7)?;
    let told = told.map(|ms| time(7, ms)).transpose()?;
    let is_of_that_load = told.is_some_and(|told| at.duration_since(told) <= SAME_LOAD);
    let standing: Option<String> = row.get(10)?;
    let standing =
        standing.map(|text| serde_json::from_str(&text).map_err(damaged(10))).transpose()?;
    Ok(Row {
        candidate: Candidate {
            family: word(Family::ALL, row, 0)?,
            place: Place::new(row.get::<_, String>(1)?, row.get::<_, String>(2)?),
            extent: word(EXTENTS, row, 3)?,
            role: word(ROLES, row, 4)?,
            at,
            known: etag.filter(|_| is_of_that_load).map(|etag| Known { etag, modified }),
        },
        below: row.get(9)?,
        standing,
    })
}

fn word<T: Copy, const N: usize>(
    all: [T; N],
    row: &rusqlite::Row<'_>,
    at: usize,
) -> rusqlite::Result<T> {
    let number: i64 = row.get(at)?;
    let found = usize::try_from(number).ok().and_then(|number| all.get(number)).copied();
    found.ok_or(rusqlite::Error::IntegralValueOutOfRange(at, number))
}

fn damaged<E: std::error::Error + Send + Sync + 'static>(
    at: usize,
) -> impl Fn(E) -> rusqlite::Error {
    move |error| rusqlite::Error::FromSqlConversionFailure(at, Type::Text, Box::new(error))
}

fn json(standing: &Standing) -> rusqlite::Result<String> {
    serde_json::to_string(standing)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}
