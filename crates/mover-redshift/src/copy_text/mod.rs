//! The texts of COPY and UNLOAD as system views keep them: joined from their chunks, freed
//! of credentials, read, and written anew for other places.
//!
//! A text enters as [`SqlText`], which shows itself to nobody. Everything else works on
//! [`Redacted`], so that no credential can reach a report, a file or a log.

mod chunks;
mod literals;
mod options;
mod parse;
mod redacted;
mod rewrite;
mod tokens;

pub use chunks::{Chunks, Completeness, LONGEST_TEXT, SqlText, WIDEST_QUERY_TEXT};
pub use options::{Access, Format, Load, Named};
pub use parse::{Copy, Entries, Source, Statement, Unload, statements};
pub use redacted::{MASK, Redacted};
pub use rewrite::{Note, Purpose, Relocation, Rewritten, Unwritable, rewrite};

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
