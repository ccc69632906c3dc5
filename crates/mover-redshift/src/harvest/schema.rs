//! The tables of a harvest.

use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// How long a writer waits for another process that writes the same file: a `collect` may
/// run beside a move.
const BUSY_WAIT: Duration = Duration::from_secs(30);

/// `key` is a source's key, or the beginning of keys, as `extent` says; `below` is its clone's
/// key below the target. `etag_ms` is the time of the touch that told `etag`. `standing` is
/// empty while it is not known what is there. `named` has the clones' keys of what manifests
/// name, under their own.
const TABLES: &str = "
CREATE TABLE IF NOT EXISTS facts (
    name TEXT PRIMARY KEY, value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS windows (
    starts_ms INTEGER PRIMARY KEY, seen_ms INTEGER NOT NULL
) STRICT;
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
CREATE INDEX IF NOT EXISTS objects_by_clone ON objects (below) WHERE extent = 0;
CREATE INDEX IF NOT EXISTS objects_open ON objects (standing) WHERE standing IS NULL;
CREATE TABLE IF NOT EXISTS named (
    manifest TEXT, entry TEXT, PRIMARY KEY (manifest, entry)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS statements (
    query TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, text TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS statements_by_time ON statements (at_ms, query);
";

pub(super) fn open(path: &Path) -> rusqlite::Result<Connection> {
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
    Ok(connection)
}
