//! Which windows were read, and how: what one reading left out is no reason for another to pass
//! over it.

use super::{Harvest, OVERLAP};
use crate::views::Window;
use boatlift_core::Result;
use jiff::Timestamp;
use rusqlite::params;

impl Harvest {
    /// The next reading of queries that began at `from` or later, as far as `until`: all of
    /// them at first, then those that ended since the last reading on the same `terms`, less
    /// [`OVERLAP`]; `None` when nothing can have begun yet.
    ///
    /// `terms` are what decides which of the queries are told, and what of them: a reading on
    /// other terms may have left out what this one takes.
    ///
    /// A query that runs for hours is in no view before it ends. Hence the window always begins
    /// at `from`, and what is known is left out by when it ended.
    ///
    /// # Errors
    /// [`boatlift_core::Code::StateIo`].
    pub fn next(&self, from: Timestamp, until: Timestamp, terms: &str) -> Result<Option<Window>> {
        let Ok(window) = Window::new(from, until) else { return Ok(None) };
        let seen = self.seen_until(from, terms)?;
        let ended_since = seen.map(|seen| seen.checked_sub(OVERLAP).unwrap_or(Timestamp::MIN));
        Ok(Some(Window { ended_since, ..window }))
    }

    /// Until when queries that began at `from` or later are known, as readings on these terms
    /// tell them.
    ///
    /// # Errors
    /// [`boatlift_core::Code::StateIo`].
    pub fn seen_until(&self, from: Timestamp, terms: &str) -> Result<Option<Timestamp>> {
        let seen: Option<i64> = self.with("cannot read", |db| {
            let seen = "SELECT max(seen_ms) FROM readings
                        WHERE starts_ms <= ?1 AND seen_ms > ?1 AND terms = ?2";
            db.query_row(seen, params![from.as_millisecond(), terms], |row| row.get(0))
        })?;
        Ok(seen.and_then(|seen| Timestamp::from_millisecond(seen).ok()))
    }

    /// Notes that a window was read whole, on these terms.
    ///
    /// # Errors
    /// [`boatlift_core::Code::StateIo`].
    pub fn reach(&self, window: &Window, terms: &str) -> Result<()> {
        self.change("cannot write a window to", |db| {
            let reach = "INSERT INTO readings VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE
                         SET seen_ms = max(seen_ms, excluded.seen_ms)";
            let (from, until) = (window.from.as_millisecond(), window.until.as_millisecond());
            db.execute(reach, params![from, terms, until]).map(drop)
        })
    }
}
