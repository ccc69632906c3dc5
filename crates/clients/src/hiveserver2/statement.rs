//! Statements that have ended: their columns, rows and counts.

use super::columns::{self, ColumnDescription};
use super::error::HiveError;
use super::operation::Operation;
use super::protocol::{EXECUTE_STATEMENT, GET_RESULT_SET_METADATA};
use super::rows::Rows;
use super::session::Session;
use super::watch::Watcher;
use crate::thrift::{Map, Struct, Value};

/// A statement that has ended well. The server forgets it when it is dropped.
pub struct Statement<'s> {
    pub(super) session: &'s mut Session,
    pub(super) operation: Operation,
    closed: bool,
}

/// What is left of a statement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Finished {
    /// How many rows it wrote, if the server counts them (Hive 3 and newer).
    pub modified_rows: Option<i64>,
}

impl<'s> Statement<'s> {
    pub(super) fn execute(
        session: &'s mut Session,
        session_handle: Value,
        statement: &str,
        watcher: &mut dyn Watcher,
    ) -> Result<Self, HiveError> {
        let none = Map::strings([] as [(&str, &str); 0]);
        let request = Struct::new().with(1, session_handle).with(2, statement);
        // Some servers of 2.3 fail over an overlay that is not there.
        let request = request.with(3, none).with(4, true);
        let mut answer = session.client.call(EXECUTE_STATEMENT, request)?;
        let Some(handle @ Value::Struct(_)) = answer.take(2) else {
            return Err(session.client.malformed(EXECUTE_STATEMENT, "it has no operation"));
        };
        let mut statement = Self { session, operation: Operation::new(handle), closed: false };
        let version = statement.session.version();
        statement.operation.wait(&mut statement.session.client, version, watcher)?;
        Ok(statement)
    }

    /// The columns of its rows; none when it has no rows.
    ///
    /// # Errors
    /// Fails when the session is lost.
    pub fn columns(&mut self) -> Result<Vec<ColumnDescription>, HiveError> {
        if !self.operation.has_rows {
            return Ok(Vec::new());
        }
        let request = Struct::new().with(1, self.operation.handle.clone());
        let client = &mut self.session.client;
        let answer = client.call(GET_RESULT_SET_METADATA, request)?;
        let schema = answer.structure(2).and_then(columns::read);
        schema.ok_or_else(|| client.malformed(GET_RESULT_SET_METADATA, "it has no columns"))
    }

    /// Fetches its rows, `batch` at a time: the server and this process hold no more.
    pub fn rows(&mut self, batch: u32) -> Rows<'_, 's> {
        Rows::new(self, batch.max(1))
    }

    /// How many rows it wrote, if the server counts them.
    pub fn modified_rows(&self) -> Option<i64> {
        self.operation.modified_rows
    }

    /// Lets the server forget it.
    ///
    /// # Errors
    /// Fails when the session is lost.
    pub fn close(mut self) -> Result<Finished, HiveError> {
        self.closed = true;
        self.operation.close(&mut self.session.client)?;
        Ok(Finished { modified_rows: self.operation.modified_rows })
    }
}

impl std::fmt::Debug for Statement<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Statement")
            .field("has_rows", &self.operation.has_rows)
            .field("modified_rows", &self.operation.modified_rows)
            .finish_non_exhaustive()
    }
}

impl Drop for Statement<'_> {
    fn drop(&mut self) {
        if self.closed || !self.session.is_usable() {
            return;
        }
        if let Err(error) = self.operation.close(&mut self.session.client) {
            tracing::debug!(error = &error as &dyn std::error::Error, "a statement was not closed");
        }
    }
}
