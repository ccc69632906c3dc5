//! The harvest: every place that a workload touched, kept beside the move's journal.
//!
//! Redshift's views forget after some days, so that what they say is taken down when it is
//! read, window by window, and again where windows overlap: the same touch twice is one. An
//! object that many statements touched is one row. Rows are on disk; a million of them never
//! are in memory. What an object turned out to be is written beside it, bundle by bundle.

mod queried;
mod rows;
mod schema;
mod standing;

pub use rows::{Candidate, Extent, Known, Role, Row, Touch};
pub use standing::{Kept, Pin, Standing};

use crate::copy_text::Redacted;
use crate::layout::Layout;
use crate::place::Place;
use crate::views::{QueryId, Window};
use boatlift_core::{Code, Error, Result};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The file in a state directory.
pub const FILE_NAME: &str = "harvest.db";

/// How far a reading goes back behind the last: rows reach the views minutes after the fact,
/// and clocks differ.
pub const OVERLAP: SignedDuration = SignedDuration::from_mins(30);

/// The places of a move.
#[derive(Debug)]
pub struct Harvest {
    connection: Mutex<Connection>,
    path: PathBuf,
    layout: Layout,
}

impl Harvest {
    /// Opens the harvest at `path`, or begins one.
    ///
    /// # Errors
    /// [`Code::StateIo`] or [`Code::StateDamaged`]; [`Code::ConfigValue`] when it was begun
    /// with another layout, in which its clones already lie.
    pub fn open(path: &Path, layout: Layout) -> Result<Harvest> {
        let connection = schema::open(path).map_err(failed("cannot open", path))?;
        let harvest = Harvest { connection: Mutex::new(connection), path: path.to_owned(), layout };
        harvest.check_layout()?;
        Ok(harvest)
    }

    fn check_layout(&self) -> Result<()> {
        let word = match self.layout {
            Layout::ByBucket => "by-bucket",
            Layout::Reference => "reference",
        };
        let begun: String = self.with("cannot read", |db| {
            db.execute("INSERT OR IGNORE INTO facts VALUES ('layout', ?1)", [word])?;
            db.query_row("SELECT value FROM facts WHERE name = 'layout'", [], |row| row.get(0))
        })?;
        match begun == word {
            true => Ok(()),
            false => Err(Error::new(Code::ConfigValue, "cannot use layout")
                .on(word)
                .because(format!("the clones of this move already lie in the layout `{begun}`"))),
        }
    }

    /// Takes touches down, in one transaction: all of them or none. Idempotent.
    ///
    /// # Errors
    /// [`Code::StateIo`] when they cannot be written.
    pub fn take<'t>(&self, touches: impl IntoIterator<Item = Touch<'t>>) -> Result<()> {
        self.change("cannot write touches to", |db| {
            for touch in touches {
                rows::take(db, self.layout, &touch)?;
            }
            Ok(())
        })
    }

    /// Takes down what another object names: no statement touched it by itself. What is known
    /// already stays as it is.
    ///
    /// # Errors
    /// [`Code::StateIo`] when they cannot be written.
    pub fn take_named<'p>(
        &self,
        by: &Candidate,
        named: impl IntoIterator<Item = &'p Place>,
    ) -> Result<()> {
        self.change("cannot write to", |db| {
            for place in named {
                rows::take_named(db, self.layout, by, place)?;
            }
            Ok(())
        })
    }

    /// Forgets which objects a manifest names, before it is read again.
    ///
    /// # Errors
    /// [`Code::StateIo`].
    pub fn forget_named(&self, by: &Candidate) -> Result<()> {
        let manifest = self.layout.below(by.family, &by.place);
        self.change("cannot write to", |db| rows::forget_named(db, &manifest))
    }

    /// Objects that a manifest names and that can be cloned, by the keys of their clones, at
    /// most `most` that come after `after`.
    ///
    /// # Errors
    /// [`Code::StateIo`].
    pub fn named(&self, manifest: &Row, after: Option<&str>, most: usize) -> Result<Vec<Row>> {
        let after = after.unwrap_or_default();
        self.with("cannot read", |db| rows::named(db, &manifest.below, after, most))
    }

    /// How many objects a manifest names that can be cloned; none for what is no manifest.
    ///
    /// # Errors
    /// [`Code::StateIo`].
    pub fn names(&self, row: &Row) -> Result<u64> {
        self.with("cannot read", |db| rows::names(db, &row.below))
    }

    /// Keeps the text of a statement. Idempotent.
    ///
    /// # Errors
    /// [`Code::StateIo`] when it cannot be written.
    pub fn take_statement(&self, query: QueryId, at: Timestamp, text: &Redacted) -> Result<()> {
        self.change("cannot write a statement to", |db| {
            let keep = "INSERT OR REPLACE INTO statements VALUES (?1, ?2, ?3)";
            db.execute(keep, params![query.to_string(), at.as_millisecond(), text.as_str()])
                .map(drop)
        })
    }

    /// Hands out the statements in the order of their times.
    ///
    /// # Errors
    /// [`Code::StateIo`]; and the first of `each`.
    pub fn each_statement(&self, mut each: impl FnMut(&str, &str) -> Result<()>) -> Result<()> {
        let mut last = (i64::MIN, String::new());
        loop {
            let next: Option<(i64, String, String)> = self.with("cannot read", |db| {
                let next = "SELECT at_ms, query, text FROM statements
                            WHERE (at_ms, query) > (?1, ?2) ORDER BY at_ms, query LIMIT 1";
                let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
                db.query_row(next, params![last.0, last.1], row).optional()
            })?;
            let Some((at, query, text)) = next else { return Ok(()) };
            each(&query, &text)?;
            last = (at, query);
        }
    }

    /// Takes down that a table was scanned, by the name that the views give it. Idempotent.
    ///
    /// # Errors
    /// [`Code::StateIo`] when it cannot be written.
    pub fn take_table(&self, name: &str) -> Result<()> {
        self.change("cannot write a table to", |db| {
            db.execute("INSERT OR IGNORE INTO tables VALUES (?1)", [name]).map(drop)
        })
    }

    /// The tables that were scanned, by the names that the views give them, in order.
    ///
    /// # Errors
    /// [`Code::StateIo`].
    pub fn tables(&self) -> Result<Vec<String>> {
        self.with("cannot read", |db| {
            let mut query = db.prepare("SELECT name FROM tables ORDER BY name")?;
            query.query_map([], |row| row.get(0))?.collect()
        })
    }

    /// The next reading of queries that began at `from` or later, as far as `until`: all of
    /// them at first, then those that ended since the last reading, less [`OVERLAP`]; `None`
    /// when nothing can have begun yet.
    ///
    /// A query that runs for hours is in no view before it ends. Hence the window always begins
    /// at `from`, and what is known is left out by when it ended.
    ///
    /// # Errors
    /// [`Code::StateIo`].
    pub fn next(&self, from: Timestamp, until: Timestamp) -> Result<Option<Window>> {
        let Ok(window) = Window::new(from, until) else { return Ok(None) };
        let seen = self.seen_until(from)?;
        let ended_since = seen.map(|seen| seen.checked_sub(OVERLAP).unwrap_or(Timestamp::MIN));
        Ok(Some(Window { ended_since, ..window }))
    }

    /// Until when queries that began at `from` or later are known.
    ///
    /// # Errors
    /// [`Code::StateIo`].
    pub fn seen_until(&self, from: Timestamp) -> Result<Option<Timestamp>> {
        let seen: Option<i64> = self.with("cannot read", |db| {
            let seen = "SELECT max(seen_ms) FROM windows WHERE starts_ms <= ?1 AND seen_ms > ?1";
            db.query_row(seen, [from.as_millisecond()], |row| row.get(0))
        })?;
        Ok(seen.and_then(|seen| Timestamp::from_millisecond(seen).ok()))
    }

    /// Notes that a window was read whole.
    ///
    /// # Errors
    /// [`Code::StateIo`].
    pub fn reach(&self, window: &Window) -> Result<()> {
        self.change("cannot write a window to", |db| {
            let reach = "INSERT INTO windows VALUES (?1, ?2) ON CONFLICT DO UPDATE
                         SET seen_ms = max(seen_ms, excluded.seen_ms)";
            let (from, until) = (window.from.as_millisecond(), window.until.as_millisecond());
            db.execute(reach, [from, until]).map(drop)
        })
    }

    /// Places of which it is not known what they are, at most `most`; none when all are.
    ///
    /// # Errors
    /// [`Code::StateIo`].
    pub fn open_candidates(&self, most: usize) -> Result<Vec<Candidate>> {
        self.with("cannot read", |db| rows::open_candidates(db, most))
    }

    /// Writes down what became of candidates, in one transaction. An object that a later
    /// statement touched meanwhile stays open.
    ///
    /// # Errors
    /// [`Code::StateIo`].
    pub fn settle(&self, settled: &[(Candidate, Standing)]) -> Result<()> {
        self.change("cannot write to", |db| {
            for (candidate, standing) in settled {
                rows::settle(db, candidate, standing)?;
            }
            Ok(())
        })
    }

    /// Puts the objects that were found under a prefix, or for a name that was cut, in the
    /// place of that question.
    ///
    /// # Errors
    /// [`Code::StateIo`].
    pub fn expand(&self, question: &Candidate, found: &[(String, Standing)]) -> Result<()> {
        self.change("cannot write to", |db| {
            for (key, standing) in found {
                rows::add_found(db, self.layout, question, key, standing)?;
            }
            Ok(())
        })
    }

    /// Looks again at an object of which it was seen that it is not as it was found.
    ///
    /// # Errors
    /// [`Code::StateIo`].
    pub fn reopen(&self, row: &Row) -> Result<()> {
        self.change("cannot write to", |db| rows::reopen(db, &row.below))
    }

    /// Looks again at everything that was not there when it was last looked at.
    ///
    /// # Errors
    /// [`Code::StateIo`].
    pub fn reopen_failures(&self) -> Result<()> {
        self.change("cannot write to", rows::reopen_failures)
    }

    /// The objects whose clones' keys come after `after`, in the byte order of those keys.
    ///
    /// # Errors
    /// [`Code::StateIo`].
    pub fn page(&self, after: Option<&str>, most: usize) -> Result<Vec<Row>> {
        self.with("cannot read", |db| rows::page(db, after, most))
    }

    /// The object whose clone has this key, below the target.
    ///
    /// # Errors
    /// [`Code::StateIo`].
    pub fn row(&self, below: &str) -> Result<Option<Row>> {
        self.with("cannot read", |db| rows::row(db, below))
    }

    /// Whether the object whose clone has this key can be cloned.
    ///
    /// # Errors
    /// [`Code::StateIo`].
    pub fn has(&self, below: &str) -> Result<bool> {
        Ok(matches!(self.row(below)?, Some(Row { standing: Some(Standing::There(_)), .. })))
    }

    /// Whether an object that can be cloned has this clone's key, or one in that folder.
    ///
    /// # Errors
    /// [`Code::StateIo`].
    pub fn has_folder(&self, below: &str) -> Result<bool> {
        match below.ends_with('/') {
            true => self.has_below(below),
            false => Ok(self.has(below)? || self.has_below(&format!("{below}/"))?),
        }
    }

    /// Whether an object that can be cloned has a clone's key that begins so.
    ///
    /// # Errors
    /// [`Code::StateIo`].
    pub fn has_below(&self, prefix: &str) -> Result<bool> {
        self.with("cannot read", |db| rows::has_below(db, prefix))
    }

    /// Two objects whose clones would have the same key, if there are such.
    ///
    /// # Errors
    /// [`Code::StateIo`].
    pub fn collision(&self) -> Result<Option<(Row, Row)>> {
        self.with("cannot read", rows::collision)
    }

    /// How many statements touched an object. One that both families of views tell of is one.
    ///
    /// # Errors
    /// [`Code::StateIo`].
    pub fn touches(&self, row: &Row) -> Result<u64> {
        self.with("cannot read", |db| rows::touches(db, row))
    }

    fn with<T>(
        &self,
        tried: &str,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T> {
        work(&self.lock()).map_err(failed(tried, &self.path))
    }

    fn change(
        &self,
        tried: &str,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
    ) -> Result<()> {
        let mut connection = self.lock();
        let done = connection.transaction().and_then(|change| {
            work(&change)?;
            change.commit()
        });
        done.map_err(failed(tried, &self.path))
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A transaction that panicked was rolled back when it was dropped.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn failed(tried: &str, path: &Path) -> impl Fn(rusqlite::Error) -> Error {
    move |error| {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase, TypeMismatch};
        let code = match error.sqlite_error_code() {
            Some(DatabaseCorrupt | NotADatabase | TypeMismatch) => Code::StateDamaged,
            _ => Code::StateIo,
        };
        Error::new(code, tried).on(path.display()).because(error)
    }
}

#[cfg(test)]
mod tests;
