//! What a family of views can be asked. Both families answer in the same columns.

use super::reader::Scope;
use super::records::Origin;
use super::{Presence, Window};
use crate::wire::Sql;

/// A query of one view: its text up to the condition of a page, its key, its grouping.
pub(super) struct Question {
    pub(super) begin: Sql,
    pub(super) key: &'static [&'static str],
    pub(super) group: &'static str,
    pub(super) order: &'static str,
}

/// The views of one family. Every question but [`Family::queries`] is about some queries, whose
/// numbers are given; there is at least one.
pub(super) trait Family {
    /// Who numbers the queries.
    fn origin(&self) -> Origin;

    /// Columns: query, user, start, end, state, text, whether a scaling cluster ran it.
    fn queries(&self, scope: &Scope, window: &Window, presence: &Presence) -> Question;

    /// Whether a state means success; nothing when the query has not ended.
    fn succeeded(&self, state: &str) -> Option<bool>;

    /// Columns: query. Those whose transactions were rolled back after they had succeeded.
    fn undone(&self, presence: &Presence, queries: &[i64]) -> Option<Question>;

    /// Columns: query, sequence, chunk.
    fn texts(&self, presence: &Presence, queries: &[i64]) -> Option<Question>;

    /// Columns: query, file, time, whether it was loaded, ETag, last modified, job.
    fn loads(&self, presence: &Presence, queries: &[i64]) -> Question;

    /// Columns: query, bucket or location, prefix or nothing, recursive, time, files.
    fn scans(&self, presence: &Presence, queries: &[i64]) -> Vec<Question>;

    /// Columns: query, name of the table.
    fn tables(&self, presence: &Presence, queries: &[i64]) -> Option<Question>;

    /// Columns: query, file, time.
    fn unloads(&self, presence: &Presence, queries: &[i64]) -> Option<Question>;
}
