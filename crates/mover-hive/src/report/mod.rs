//! Reports in Hive's terms: the Markdown that hms-mirror's users know, the SQL that a plan
//! amounts to, and where files would go.
//!
//! The engine tells items under keys; here they become databases and tables. LOWER's
//! metastore is read for what keys cannot tell, and nothing is ever changed. Neither a clock
//! nor the journal is asked: whoever calls hands both in.

mod markdown;
mod objects;
mod places;
mod script;
mod settings;
mod statements;
mod summary;
mod tables;
#[cfg(test)]
mod tests;

pub use markdown::{Page, RunLine, StageTime};
pub use objects::Objects;
pub use places::Preview;
pub use settings::{with_masked_uris, without_secrets};
pub use statements::{Gathered, Statements, lower_sql, upper_header};
pub use summary::{Phase, Summary};
pub use tables::Tables;

use crate::plan::CATALOGUE;
use crate::waves::in_wave;
use boatlift_core::{Code, Error, Key, Verdict};
use std::collections::BTreeMap;

/// One item of the move, as the engine's report knows it.
#[derive(Debug, Clone, Copy)]
pub struct Item<'a> {
    /// The number of its group.
    pub group: u32,
    /// Its key.
    pub key: Key<'a>,
    /// What the newest plan says of it; absent when it was the same on both sides.
    pub found: Option<Found<'a>>,
}

/// What a plan says of an item, and what became of it. The words are those of `report.csv`.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// What the comparison said.
    pub verdict: Verdict,
    /// The first thing that the plan does about it.
    pub action: Option<&'a str>,
    /// What became of that.
    pub state: &'a str,
    /// Why it was left out, or why it failed.
    pub reason: Option<&'a str>,
    /// Bytes of content.
    pub bytes: Option<u64>,
}

impl Item<'_> {
    /// Whether it is of the catalogue, and not of data or locations.
    #[must_use]
    pub fn is_of_catalogue(group: u32) -> bool {
        in_wave(group) == CATALOGUE
    }
}

/// Properties that a table has on UPPER and not, or otherwise, on LOWER: `key=value`, by
/// `database/table`.
pub type AddedProperties = BTreeMap<String, Vec<String>>;

impl Found<'_> {
    /// Whether the plan's step did not come out well.
    fn is_troubled(&self) -> bool {
        matches!(self.state, "failed" | "skipped" | "moving" | "vanished" | "uncertain")
    }
}

/// The error of a file that cannot be written.
fn unwritable(error: std::io::Error) -> Error {
    Error::new(Code::StateIo, "cannot write a report of the hive move").because(error)
}
