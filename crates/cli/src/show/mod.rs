//! How results read: a screen for people, or one JSON document with a `schema` number for
//! programs. Renders views; asks nothing and decides nothing.

mod conditions;
mod notes;
mod plan;
mod reasons;
mod roots;
mod summary;

pub(crate) use conditions::conditions;
pub(crate) use notes::{note_in_full, notes};
pub(crate) use plan::plan;
pub(crate) use reasons::reasons;
pub(crate) use roots::roots;
pub(crate) use summary::summary;

use indicatif::{BinaryBytes, HumanCount};
use std::fmt::Write;

/// Number of the JSON documents that these screens have beside them.
const SCHEMA: u32 = 1;
/// How many items a screen shows one by one.
const FIRST: usize = 10;

/// Lines of a label and its text, the texts below each other.
#[derive(Debug, Default)]
struct Lines(String);

impl Lines {
    /// Adds a line; an empty text adds none, an empty label goes on with the one above.
    fn add(&mut self, label: &str, text: impl AsRef<str>) {
        for (index, line) in text.as_ref().lines().enumerate() {
            let label = if index == 0 { label } else { "" };
            let _never_fails = writeln!(self.0, "{label:<11} {line}");
        }
    }
}

/// `12,345 added`, and nothing of what there is none.
fn counted(parts: impl IntoIterator<Item = (u64, String)>) -> String {
    let some = parts.into_iter().filter(|(number, _)| *number > 0);
    let words: Vec<_> = some.map(|(number, word)| format!("{} {word}", count(number))).collect();
    words.join("   ")
}

fn count(number: u64) -> HumanCount {
    HumanCount(number)
}

fn bytes(number: u64) -> BinaryBytes {
    BinaryBytes(number)
}
