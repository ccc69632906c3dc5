//! The rows of a harvest.

use super::standing::Standing;
use crate::layout::{Family, Layout};
use crate::manifests::{Entry, Necessity};
use crate::place::Place;
use crate::views::QueryId;
use jiff::{SignedDuration, Timestamp};
use rusqlite::types::Type;
use rusqlite::{Connection, Transaction, params};

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
    /// All objects whose keys begin so: the view may have cut a prefix.
    CutPrefix,
}

impl Extent {
    /// The key under which a place of this extent is listed, if its clone's would be `below`:
    /// no clone has the key of a question.
    fn listed(self, below: String) -> String {
        match self {
            Extent::Object => below,
            _ => below + "*",
        }
    }
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
    /// When it began.
    pub began: Timestamp,
    /// When it touched the place.
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
    /// Why the object cannot be cloned, by what is known of it. What nobody misses is no
    /// hindrance.
    #[must_use]
    pub fn hindrance(&self) -> Option<&Standing> {
        let is_good =
            |standing: &&Standing| !matches!(standing, Standing::There(_) | Standing::MayBeMissing);
        self.standing.as_ref().filter(is_good)
    }
}

pub(super) const COLUMNS: &str =
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
    db.prepare_cached("INSERT OR IGNORE INTO queries VALUES (?1, ?2)")?
        .execute(params![touch.query.to_string(), touch.began.as_millisecond()])?;
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
        touch.extent.listed(layout.below(touch.family, touch.place)),
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
    entry: &Entry,
) -> rusqlite::Result<()> {
    let place = &entry.place;
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
    // An object that is named twice is needed where one of the two says so.
    let entry_of = "INSERT INTO entries VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE
                    SET is_needed = max(is_needed, excluded.is_needed),
                        bytes = ifnull(bytes, excluded.bytes)";
    db.prepare_cached(entry_of)?.execute(params![
        layout.below(by.family, &by.place),
        below,
        entry.necessity == Necessity::Mandatory,
        entry.content_length.and_then(|bytes| i64::try_from(bytes).ok()),
    ])?;
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
        "SELECT {COLUMNS} FROM wanted WHERE standing IS NULL
         ORDER BY role = 2 DESC, extent DESC LIMIT ?1"
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

/// In the order of their numbers; the index of what is to be asked knows that of manifests.
const ROLES: [Role; 3] = [Role::Data, Role::Description, Role::Manifest];
pub(super) const EXTENTS: [Extent; 5] =
    [Extent::Object, Extent::Cut, Extent::Prefix, Extent::DeepPrefix, Extent::CutPrefix];

/// The number of a word in the file.
pub(super) fn number<T: PartialEq, const N: usize>(all: [T; N], one: T) -> i64 {
    all.iter().position(|other| *other == one).map_or(-1, |at| at as i64)
}

pub(super) fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
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
