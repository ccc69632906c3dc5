//! What the views tell, as records of known meaning.

use crate::copy_text::Redacted;
use crate::place::Place;
use jiff::Timestamp;
use std::fmt;

/// The width of most columns that hold a name, in bytes: a longer name is cut there.
const WIDEST_NAME: usize = 256;

/// Which family of views numbers a query. The numbers of one mean nothing in the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    /// `STL_`, `SVL_` and `SVCS_` views.
    Stl,
    /// `SYS_` views.
    Sys,
}

/// A query, as its views number it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QueryId {
    /// Who numbers it.
    pub origin: Origin,
    /// The number.
    pub number: i64,
}

impl fmt::Display for QueryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let family = match self.origin {
            Origin::Stl => "stl",
            Origin::Sys => "sys",
        };
        write!(f, "{family}:{}", self.number)
    }
}

/// Whether a name is all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// It is.
    Whole,
    /// It fills its column and may go on: it is the name of an object, or the beginning of one.
    PerhapsCut,
}

impl Spelling {
    /// Judges a name from a column of 256.
    pub(super) fn of(name: &str) -> Spelling {
        if name.len() < WIDEST_NAME { Spelling::Whole } else { Spelling::PerhapsCut }
    }
}

/// One record of the views.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A text with COPY or UNLOAD statements in it.
    Statement(CopyStatement),
    /// A file that was loaded.
    Loaded(LoadedFile),
    /// A place that Spectrum listed.
    Scan(SpectrumScan),
    /// A table that Spectrum scanned.
    Table(TableUse),
    /// A file that was written.
    Unloaded(UnloadedFile),
}

/// A text with COPY or UNLOAD statements, as it was run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyStatement {
    /// The query.
    pub query: QueryId,
    /// The number of its user.
    pub user: i64,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// Its text; [`crate::copy_text::statements`] reads it.
    pub text: Redacted,
}

/// A file that a COPY loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedFile {
    /// The object.
    pub place: Place,
    /// Whether its key is all there.
    pub spelling: Spelling,
    /// The query that loaded it.
    pub query: QueryId,
    /// When that query began.
    pub began: Timestamp,
    /// When it was loaded.
    pub loaded: Timestamp,
    /// The ETag of what was loaded, without quotes, where the views have it.
    pub etag: Option<String>,
    /// When the object that was loaded had been written, where the views have it.
    pub last_modified: Option<Timestamp>,
    /// The COPY job that loaded it by itself.
    pub job: Option<i64>,
}

/// Whether a listing went into what looks like directories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// It took every key that begins so.
    Recursive,
    /// It stopped at the next slash.
    Flat,
    /// The views do not say.
    Unknown,
}

/// A place that Spectrum listed for a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpectrumScan {
    /// The bucket and what keys begin with.
    pub place: Place,
    /// Whether the prefix is all there.
    pub spelling: Spelling,
    /// The query.
    pub query: QueryId,
    /// When it began.
    pub began: Timestamp,
    /// When it was listed.
    pub scanned: Timestamp,
    /// How deep the listing went.
    pub depth: Depth,
    /// How many files the listing gave, where the views have it.
    pub files: Option<i64>,
}

/// A table that Spectrum scanned for a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableUse {
    /// The query.
    pub query: QueryId,
    /// The table as the view writes it; see [`super::ExternalTable::is_named`].
    pub name: String,
}

/// A file that an UNLOAD wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnloadedFile {
    /// The object.
    pub place: Place,
    /// The query.
    pub query: QueryId,
    /// When it began.
    pub began: Timestamp,
    /// When it was written.
    pub written: Timestamp,
}
