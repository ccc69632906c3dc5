//! The texts of statements, and the tables that were scanned.

use super::Harvest;
use crate::views::CopyStatement;
use boatlift_core::Result;
use rusqlite::{OptionalExtension, params};

impl Harvest {
    /// Keeps the text of a statement. Idempotent.
    ///
    /// # Errors
    /// [`boatlift_core::Code::StateIo`] when it cannot be written.
    pub fn take_statement(&self, statement: &CopyStatement) -> Result<()> {
        let CopyStatement { query, started, ended, text, .. } = statement;
        let query = query.to_string();
        self.change("cannot write a statement to", |db| {
            let began = "INSERT OR IGNORE INTO queries VALUES (?1, ?2)";
            db.execute(began, params![query, started.as_millisecond()])?;
            let keep = "INSERT OR REPLACE INTO statements VALUES (?1, ?2, ?3)";
            db.execute(keep, params![query, ended.as_millisecond(), text.as_str()]).map(drop)
        })
    }

    /// Hands out the statements of the window in the order of their times.
    ///
    /// # Errors
    /// [`boatlift_core::Code::StateIo`]; and the first of `each`.
    pub fn each_statement(&self, mut each: impl FnMut(&str, &str) -> Result<()>) -> Result<()> {
        let mut last = (i64::MIN, String::new());
        loop {
            let next: Option<(i64, String, String)> = self.with("cannot read", |db| {
                let next = "SELECT at_ms, query, text FROM told
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
    /// [`boatlift_core::Code::StateIo`] when it cannot be written.
    pub fn take_table(&self, name: &str) -> Result<()> {
        self.change("cannot write a table to", |db| {
            db.execute("INSERT OR IGNORE INTO tables VALUES (?1)", [name]).map(drop)
        })
    }

    /// The tables that were scanned, by the names that the views give them, in order.
    ///
    /// # Errors
    /// [`boatlift_core::Code::StateIo`].
    pub fn tables(&self) -> Result<Vec<String>> {
        self.with("cannot read", |db| {
            let mut query = db.prepare("SELECT name FROM tables ORDER BY name")?;
            query.query_map([], |row| row.get(0))?.collect()
        })
    }
}
