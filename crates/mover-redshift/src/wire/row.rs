//! Rows of text, and what their cells mean.

use boatlift_core::{Code, Error, Result};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// One row: cells as text, nothing where they are NULL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row(Vec<Option<String>>);

impl Row {
    /// A row of these cells.
    #[must_use]
    pub fn new(cells: Vec<Option<String>>) -> Row {
        Row(cells)
    }

    /// A cell, without the blanks that fill up `char(n)`. Nothing when it is NULL.
    #[must_use]
    pub fn text(&self, column: usize) -> Option<&str> {
        self.raw(column).map(|text| text.trim_end_matches(' '))
    }

    /// A cell with all its blanks.
    #[must_use]
    pub fn raw(&self, column: usize) -> Option<&str> {
        self.0.get(column)?.as_deref()
    }

    /// A cell that must hold text.
    ///
    /// # Errors
    /// [`Code::ServerFailed`] when it is NULL.
    pub fn needed(&self, column: usize) -> Result<&str> {
        self.text(column).ok_or_else(|| strange(column, "nothing"))
    }

    /// A whole number. Nothing when it is NULL.
    ///
    /// # Errors
    /// [`Code::ServerFailed`] when it is something else.
    pub fn number(&self, column: usize) -> Result<Option<i64>> {
        let Some(text) = self.text(column) else { return Ok(None) };
        text.trim().parse().map(Some).map_err(|_| strange(column, "no whole number"))
    }

    /// A whole number that must be there.
    ///
    /// # Errors
    /// [`Code::ServerFailed`] when it is not.
    pub fn needed_number(&self, column: usize) -> Result<i64> {
        self.number(column)?.ok_or_else(|| strange(column, "nothing"))
    }

    /// A timestamp without zone, which the views keep in UTC. Nothing when it is NULL.
    ///
    /// # Errors
    /// [`Code::ServerFailed`] when it is something else.
    pub fn instant(&self, column: usize) -> Result<Option<Timestamp>> {
        let Some(text) = self.text(column) else { return Ok(None) };
        let civil: Result<DateTime, _> = text.trim().parse();
        let instant = civil.and_then(|civil| TimeZone::UTC.to_timestamp(civil));
        instant.map(Some).map_err(|_| strange(column, "no time"))
    }
}

fn strange(column: usize, what: &str) -> Error {
    Error::new(Code::ServerFailed, "cannot use a row of the system views")
        .because(format!("column {} holds {what}", column + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[Option<&str>]) -> Row {
        Row::new(cells.iter().map(|cell| cell.map(str::to_owned)).collect())
    }

    #[test]
    fn cells_are_read_for_what_they_are() {
        let row = row(&[Some("dev     "), Some("42"), Some("2026-11-20 10:00:00.5"), None]);
        assert_eq!((row.text(0), row.raw(0)), (Some("dev"), Some("dev     ")));
        assert_eq!(row.number(1), Ok(Some(42)));
        let instant = "2026-11-20T10:00:00.5Z".parse().expect("a time");
        assert_eq!(row.instant(2), Ok(Some(instant)));
        assert_eq!((row.text(3), row.number(3), row.instant(3)), (None, Ok(None), Ok(None)));
        assert_eq!(row.text(99), None);
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let row = row(&[None, Some("x")]);
        for error in [
            row.needed(0).map(drop).expect_err("nothing"),
            row.number(1).map(drop).expect_err("no number"),
            row.instant(1).map(drop).expect_err("no time"),
            row.needed_number(0).map(drop).expect_err("nothing"),
        ] {
            assert_eq!(error.code, Code::ServerFailed);
        }
    }
}
