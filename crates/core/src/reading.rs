//! Move files, from YAML to structures: errors with line and column, and a hint for a misspelt key.
//! What a file says is never quoted back whole: it may hold a password.

use crate::error::{Code, Error, Result};
use serde::de::DeserializeOwned;
use std::path::Path;

/// A key further away than this many edits is another word, not a slip.
const MOST_EDITS: usize = 4;

/// Reads a file's text. The path is for the error alone.
///
/// # Errors
/// [`Code::ConfigSyntax`] on `PATH:LINE:COLUMN`.
pub fn read<T: DeserializeOwned>(text: &str, path: &Path) -> Result<T> {
    serde_saphyr::from_str(text).map_err(|error| at(&error, path))
}

/// The error of a value that the types cannot tell: `why` begins with the key.
#[must_use]
pub fn value_error(path: &Path, why: impl std::fmt::Display) -> Error {
    Error::new(Code::ConfigValue, "cannot use").on(path.display()).because(why)
}

fn at(error: &serde_saphyr::Error, path: &Path) -> Error {
    let error = error.without_snippet();
    let mut place = path.display().to_string();
    let mut reason = reason(error);
    if let Some(location) = error.location() {
        let (line, column) = (location.line(), location.column());
        let told_twice = format!(" at line {line}, column {column}");
        reason.truncate(reason.strip_suffix(&told_twice).unwrap_or(&reason).len());
        place = format!("{place}:{line}:{column}");
    }
    Error::new(Code::ConfigSyntax, "cannot read move file").on(place).because(reason)
}

fn reason(error: &serde_saphyr::Error) -> String {
    let serde_saphyr::Error::SerdeUnknownField { field, expected, .. } = error else {
        return error.to_string();
    };
    match nearest(field, expected) {
        Some(meant) => format!("unknown key `{field}`; did you mean `{meant}`?"),
        None => format!("unknown key `{field}`; known here: {}", expected.join(", ")),
    }
}

/// The known word that is fewest edits away, if it is near enough to be meant.
#[must_use]
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let word = plain(word);
    let ranked = known.iter().map(|name| (edits(&word, &plain(name)), *name));
    let (distance, name) = ranked.min_by_key(|(distance, _)| *distance)?;
    (distance <= MOST_EDITS && distance * 3 <= word.len()).then_some(name)
}

/// A key without case and separators: `hcfs_namespace` is meant for `hcfsNamespace`.
fn plain(word: &str) -> Vec<char> {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Levenshtein's distance.
fn edits(from: &[char], to: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in to.iter().enumerate() {
            let kept = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = kept.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let known = ["connectionProperties", "uri", "jarFile"];
        for (typed, meant) in [
            ("connectionPropertites", Some("connectionProperties")),
            ("connection_properties", Some("connectionProperties")),
            ("jarfile", Some("jarFile")),
            ("urj", Some("uri")),
            ("password", None),
            ("x", None),
        ] {
            assert_eq!(nearest(typed, &known), meant, "{typed}");
        }
    }

    #[test]
    fn edits_are_counted_one_by_one() {
        let distance = |a: &str, b: &str| {
            edits(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>())
        };
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abc"), 0);
    }
}
