//! The tables of a harvest.

use super::Span;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// How long a writer waits for another process that writes the same file: a `collect` may
/// run beside a move.
const BUSY_WAIT: Duration = Duration::from_secs(30);

/// `key` is a source's key, or the beginning of keys, as `extent` says; `below` is its clone's
/// key below the target, and that of a beginning ends in `*`. `etag_ms` is the time of the touch
/// that told `etag`. `standing` is empty while it is not known what is there; `asked` tells how
/// far an answer came that takes many requests. `named` has the clones' keys of what manifests
/// name, under their own, and what they say of it. `not_cloned` has what became of items that are
/// not on UPPER as they should be.
const TABLES: &str = "
CREATE TABLE IF NOT EXISTS facts (
    name TEXT PRIMARY KEY, value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
DROP TABLE IF EXISTS windows;
CREATE TABLE IF NOT EXISTS readings (
    starts_ms INTEGER, terms TEXT, seen_ms INTEGER NOT NULL, PRIMARY KEY (starts_ms, terms)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS queries (
    query TEXT PRIMARY KEY, started_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS queries_by_start ON queries (started_ms);
CREATE TABLE IF NOT EXISTS tables (
    name TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS schemas (
    name TEXT PRIMARY KEY, about TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS queried (
    schema TEXT, name TEXT, PRIMARY KEY (schema, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS touches (
    family INTEGER, bucket TEXT, key TEXT, query TEXT,
    PRIMARY KEY (family, bucket, key, query)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS objects (
    family INTEGER, bucket TEXT, key TEXT, extent INTEGER,
    below TEXT NOT NULL, role INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    etag TEXT, etag_ms INTEGER, modified_ms INTEGER, standing TEXT,
    PRIMARY KEY (family, bucket, key, extent)
) STRICT, WITHOUT ROWID;
DROP INDEX IF EXISTS objects_by_clone;
CREATE INDEX IF NOT EXISTS objects_by_key ON objects (below, extent DESC);
DROP INDEX IF EXISTS objects_open;
CREATE INDEX IF NOT EXISTS objects_to_ask ON objects (role = 2, extent) WHERE standing IS NULL;
CREATE INDEX IF NOT EXISTS objects_beginnings ON objects (family, bucket, key) WHERE extent > 1;
CREATE TABLE IF NOT EXISTS asked (
    family INTEGER, bucket TEXT, key TEXT, extent INTEGER,
    at_ms INTEGER NOT NULL, after TEXT NOT NULL,
    PRIMARY KEY (family, bucket, key, extent)
) STRICT, WITHOUT ROWID;
UPDATE objects SET standing = NULL
    WHERE role = 2 AND EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'named');
DROP TABLE IF EXISTS named;
CREATE TABLE IF NOT EXISTS entries (
    manifest TEXT, entry TEXT, is_needed INTEGER NOT NULL, bytes INTEGER,
    PRIMARY KEY (manifest, entry)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entries_by_key ON entries (entry);
CREATE TABLE IF NOT EXISTS not_cloned (
    below TEXT PRIMARY KEY, why TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS statements (
    query TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, text TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS statements_by_time ON statements (at_ms, query);
";

/// Opens a harvest, of which what queries of `window` touched is shown.
pub(super) fn open(path: &Path, window: &Span) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY_WAIT)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.execute_batch(TABLES)?;
    show(&connection, window)?;
    Ok(connection)
}

/// Makes the view of what is shown: objects, and questions that have no answer, as far as queries
/// of the window touched them. A touch of which it is not known when its query began counts.
fn show(db: &Connection, window: &Span) -> rusqlite::Result<()> {
    let Span { from, until } = window;
    let (from, until) =
        (from.as_millisecond(), until.map_or(i64::MAX, |until| until.as_millisecond()));
    let outside = "SELECT EXISTS (SELECT 1 FROM queries WHERE started_ms < ?1)
                       OR EXISTS (SELECT 1 FROM queries WHERE started_ms >= ?2)";
    let is_narrower: bool = db.query_row(outside, [from, until], |row| row.get(0))?;
    let touched = |of: &str| {
        format!(
            "EXISTS (SELECT 1 FROM touches LEFT JOIN queries USING (query)
                     WHERE touches.family = {of}.family AND touches.bucket = {of}.bucket
                       AND touches.key = {of}.key
                       AND ifnull(started_ms, {from}) >= {from}
                       AND ifnull(started_ms, {from}) < {until})"
        )
    };
    let is_inside = match is_narrower {
        false => "1".to_owned(),
        true => format!(
            "({} OR EXISTS (SELECT 1 FROM entries
                            JOIN objects AS list ON list.below = manifest AND list.extent = 0
                            WHERE entry = objects.below AND {}))",
            touched("objects"),
            touched("list")
        ),
    };
    db.execute_batch(&format!(
        "CREATE TEMP VIEW told AS SELECT statements.* FROM statements LEFT JOIN queries USING (query)
             WHERE ifnull(started_ms, {from}) >= {from} AND ifnull(started_ms, {from}) < {until};
         CREATE TEMP VIEW wanted AS SELECT * FROM objects WHERE {is_inside};
         CREATE TEMP VIEW shown AS SELECT * FROM wanted
             WHERE extent = 0 OR (standing IS NOT NULL AND standing <> '\"expanded\"');"
    ))
}
