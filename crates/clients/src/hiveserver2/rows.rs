//! Rows and their cells.

use super::decode;
use super::error::HiveError;
use super::protocol::{FETCH_RESULTS, Fetch};
use super::statement::Statement;

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// No value.
    Null,
    /// `boolean`.
    Bool(bool),
    /// `tinyint`.
    I8(i8),
    /// `smallint`.
    I16(i16),
    /// `int`.
    I32(i32),
    /// `bigint`.
    I64(i64),
    /// `float` and `double`.
    F64(f64),
    /// Everything else, as Hive writes it: strings, decimals, dates, and JSON of complex types.
    Text(Vec<u8>),
    /// `binary`.
    Binary(Vec<u8>),
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    cells: Vec<Cell>,
}

impl Row {
    pub(super) fn new(cells: Vec<Cell>) -> Self {
        Self { cells }
    }

    /// Its cells, in the order of the columns.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// A cell as text; `None` for null and where there is no cell.
    pub fn text(&self, at: usize) -> Option<String> {
        Some(match self.cells.get(at)? {
            Cell::Null => return None,
            Cell::Bool(value) => value.to_string(),
            Cell::I8(value) => value.to_string(),
            Cell::I16(value) => value.to_string(),
            Cell::I32(value) => value.to_string(),
            Cell::I64(value) => value.to_string(),
            Cell::F64(value) => value.to_string(),
            Cell::Text(bytes) | Cell::Binary(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        })
    }

    /// A whole number, whatever its width; `None` for everything else.
    pub fn integer(&self, at: usize) -> Option<i64> {
        match self.cells.get(at)? {
            Cell::I8(value) => Some((*value).into()),
            Cell::I16(value) => Some((*value).into()),
            Cell::I32(value) => Some((*value).into()),
            Cell::I64(value) => Some(*value),
            _ => None,
        }
    }
}

/// The rows of a statement, fetched in batches. After an error there are no more.
pub struct Rows<'a, 's> {
    statement: &'a mut Statement<'s>,
    batch: u32,
    fetched: std::vec::IntoIter<Row>,
    ended: bool,
}

impl<'a, 's> Rows<'a, 's> {
    pub(super) fn new(statement: &'a mut Statement<'s>, batch: u32) -> Self {
        let ended = !statement.operation.has_rows;
        Self { statement, batch, fetched: Vec::new().into_iter(), ended }
    }

    /// Fetches the next batch. Only an empty one is the end: servers say that there are no
    /// more rows when there are.
    fn fetch(&mut self) -> Result<Vec<Row>, HiveError> {
        let client = &mut self.statement.session.client;
        let set = self.statement.operation.fetch(client, Fetch::Rows, self.batch.into())?;
        let rows = set.map_or(Ok(Vec::new()), decode::rows);
        rows.map_err(|what| client.malformed(FETCH_RESULTS, what))
    }
}

impl Iterator for Rows<'_, '_> {
    type Item = Result<Row, HiveError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(row) = self.fetched.next() {
            return Some(Ok(row));
        }
        if self.ended {
            return None;
        }
        match self.fetch() {
            Ok(rows) => {
                self.ended = rows.is_empty();
                self.fetched = rows.into_iter();
                self.fetched.next().map(Ok)
            }
            Err(error) => {
                self.ended = true;
                Some(Err(error))
            }
        }
    }
}

impl std::fmt::Debug for Rows<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows")
            .field("batch", &self.batch)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
