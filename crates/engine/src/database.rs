//! How the engine opens its own SQLite files, and what their errors mean.
//!
//! One manner for all: write-ahead log, `synchronous=FULL`, a number in the header that
//! says whose file it is and another for its version. A new file is laid out under a
//! temporary name and renamed, so that an empty or short file is always damage.

use boatlift_core::{Code, Error, Result, Retry};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a writer waits for another process that writes the same file.
const BUSY_WAIT: Duration = Duration::from_secs(10);

/// One kind of file: what it is called, how it is told from others, how it is laid out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// What errors call it.
    pub(crate) name: &'static str,
    /// SQLite's `application_id`.
    pub(crate) application_id: i32,
    /// Step `n` brings a file of version `n` to version `n + 1`.
    pub(crate) steps: &'static [&'static str],
}

/// Opens the file for writing; makes it when there is none, and brings it up to date
/// when an older Boatlift made it.
pub(crate) fn open(path: &Path, kind: &Kind) -> Result<Connection> {
    if !path.exists() {
        lay_out(path, kind)?;
    }
    let mut connection = connect(path, kind)?;
    let version = version(&connection, path, kind)?;
    if version < kind.steps.len() {
        migrate(&mut connection, kind, version).map_err(failed("cannot migrate", path))?;
    }
    Ok(connection)
}

/// Opens a file that must exist and be of our version; a reader changes nothing.
pub(crate) fn open_existing(path: &Path, kind: &Kind) -> Result<Connection> {
    let connection = connect(path, kind)?;
    if version(&connection, path, kind)? < kind.steps.len() {
        let why = "an older Boatlift made it; run the move once with this one";
        return Err(Error::new(Code::StateIo, format!("cannot read {}", kind.name))
            .on(path.display())
            .because(why));
    }
    Ok(connection)
}

/// Turns SQLite's errors into ours: `map_err(failed("cannot read", path))`.
pub(crate) fn failed(tried: &str, path: &Path) -> impl Fn(rusqlite::Error) -> Error {
    move |error| {
        let code = match is_damage(&error) {
            true => Code::StateDamaged,
            false => Code::StateIo,
        };
        let busy = error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy);
        let retry = if busy { Retry::Later } else { Retry::Never };
        Error::new(code, tried).on(path.display()).because(error).retry(retry)
    }
}

/// Our SQL is tested: a table that is missing or holds what does not parse is damage.
fn is_damage(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqliteFailure(..) | rusqlite::Error::SqlInputError { .. } => matches!(
            error.sqlite_error_code(),
            Some(
                ErrorCode::DatabaseCorrupt
                    | ErrorCode::NotADatabase
                    | ErrorCode::TypeMismatch
                    | ErrorCode::ConstraintViolation
                    | ErrorCode::Unknown
            )
        ),
        _ => true,
    }
}

fn connect(path: &Path, kind: &Kind) -> Result<Connection> {
    let tried = format!("cannot open {}", kind.name);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed(&tried, path))?;
    let set = || {
        connection.busy_timeout(BUSY_WAIT)?;
        connection.set_prepared_statement_cache_capacity(64);
        connection.pragma_update(None, "synchronous", "FULL")
    };
    set().map_err(failed(&tried, path))?;
    Ok(connection)
}

/// The version of an open file, after proving that it is one of ours.
fn version(connection: &Connection, path: &Path, kind: &Kind) -> Result<usize> {
    let tried = format!("cannot open {}", kind.name);
    let number = |pragma: &str| {
        connection
            .pragma_query_value(None, pragma, |row| row.get::<_, i32>(0))
            .map_err(failed(&tried, path))
    };
    let refuse = |code, why: String| Err(Error::new(code, &tried).on(path.display()).because(why));
    if number("application_id")? != kind.application_id {
        return refuse(Code::StateDamaged, format!("it is no {}", kind.name));
    }
    let (found, ours) = (number("user_version")?, kind.steps.len());
    match usize::try_from(found) {
        Ok(version @ 1..) if version <= ours => Ok(version),
        Ok(version) if version > ours => {
            refuse(Code::StateNewer, format!("it is of version {version}, ours is {ours}"))
        }
        _ => refuse(Code::StateDamaged, format!("its version is {found}")),
    }
}

fn migrate(connection: &mut Connection, kind: &Kind, from: usize) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for step in &kind.steps[from..] {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", kind.steps.len() as i64)?;
    transaction.commit()
}

/// Makes a new file under another name, then gives it its own.
fn lay_out(path: &Path, kind: &Kind) -> Result<()> {
    let tried = format!("cannot create {}", kind.name);
    let draft = beside(path, ".new");
    let io =
        |error: std::io::Error| Error::new(Code::StateIo, &tried).on(path.display()).because(error);
    if beside(path, "-wal").exists() {
        let why = "its write-ahead log is there, but the file itself is missing";
        return Err(Error::new(Code::StateDamaged, &tried).on(path.display()).because(why));
    }
    match std::fs::remove_file(&draft) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(io(error)),
        _ => {}
    }
    let write = || {
        let mut connection = Connection::open(&draft)?;
        connection.pragma_update(None, "journal_mode", "OFF")?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        connection.pragma_update(None, "application_id", kind.application_id)?;
        migrate(&mut connection, kind, 0)?;
        connection.pragma_update(None, "journal_mode", "WAL")
    };
    write().map_err(failed(&tried, path))?;
    let file = File::open(&draft).map_err(io)?;
    file.sync_all().map_err(io)?;
    std::fs::rename(&draft, path).map_err(io)?;
    sync_directory_of(path).map_err(io)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Makes the names in a file's directory durable.
pub(crate) fn sync_directory_of(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

/// A value kept as JSON text in a column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: Serialize> ToSql for Json<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match serde_json::to_string(&self.0) {
            Ok(text) => Ok(text.into()),
            Err(error) => Err(rusqlite::Error::ToSqlConversionFailure(error.into())),
        }
    }
}

impl<T: DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let parsed = serde_json::from_str(value.as_str()?);
        parsed.map(Json).map_err(|error| FromSqlError::Other(error.into()))
    }
}

/// An unsigned number kept in a column. SQLite's integers end at `i64::MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Number(pub(crate) u64);

impl ToSql for Number {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match i64::try_from(self.0) {
            Ok(number) => Ok(number.into()),
            Err(error) => Err(rusqlite::Error::ToSqlConversionFailure(error.into())),
        }
    }
}

impl FromSql for Number {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = value.as_i64()?;
        u64::try_from(number).map(Number).map_err(|_| FromSqlError::OutOfRange(number))
    }
}
