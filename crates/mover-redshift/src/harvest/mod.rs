//! The harvest: every place that a workload touched, kept beside the move's journal.
//!
//! Redshift's views forget after some days, so that what they say is taken down when it is
//! read, window by window, and again where windows overlap: the same touch twice is one. An
//! object that many statements touched is one row. Rows are on disk; a million of them never
//! are in memory. What an object turned out to be is written beside it, bundle by bundle.

mod asked;
mod entries;
mod outcomes;
mod queried;
mod rows;
mod schema;
mod shown;
mod standing;
mod statements;
mod windows;

pub use entries::OtherLength;
pub use rows::{Candidate, Extent, Known, Role, Row, Touch};
pub use shown::Count;
pub(crate) use shown::after_all;
pub use standing::{Kept, Pin, Standing};

use crate::layout::Layout;
use boatlift_core::{Code, Error, Result};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, Transaction};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The file in a state directory.
pub const FILE_NAME: &str = "harvest.db";

/// How far a reading goes back behind the last: rows reach the views minutes after the fact,
/// and clocks differ.
pub const OVERLAP: SignedDuration = SignedDuration::from_mins(30);

/// The window of a move: what only queries touched that began outside of it stays in the harvest,
/// and is not shown.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// The first instant that belongs to it.
    pub from: Timestamp,
    /// The first that does not, if it has an end.
    pub until: Option<Timestamp>,
}

impl Span {
    /// Everything.
    pub const ALL: Span = Span { from: Timestamp::MIN, until: None };
}

/// The places of a move.
#[derive(Debug)]
pub struct Harvest {
    connection: Mutex<Connection>,
    path: PathBuf,
    layout: Layout,
}

impl Harvest {
    /// Opens the harvest at `path`, or begins one. It shows what queries of `window` touched.
    ///
    /// # Errors
    /// [`Code::StateIo`] or [`Code::StateDamaged`]; [`Code::ConfigValue`] when it was begun
    /// with another layout, in which its clones already lie.
    pub fn open(path: &Path, layout: Layout, window: &Span) -> Result<Harvest> {
        let connection = schema::open(path, window).map_err(failed("cannot open", path))?;
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
    /// place of that question. Where more may come, `last` is the key behind which it does.
    ///
    /// # Errors
    /// [`Code::StateIo`].
    pub fn expand(
        &self,
        question: &Candidate,
        found: &[(String, Standing)],
        last: Option<&str>,
    ) -> Result<()> {
        self.change("cannot write to", |db| {
            for (key, standing) in found {
                rows::add_found(db, self.layout, question, key, standing)?;
            }
            asked::note(db, question, last)
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

    /// Whether the object whose clone has this key can be cloned.
    ///
    /// # Errors
    /// [`Code::StateIo`].
    pub fn has(&self, below: &str) -> Result<bool> {
        Ok(matches!(self.row(below)?, Some(Row { standing: Some(Standing::There(_)), .. })))
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
