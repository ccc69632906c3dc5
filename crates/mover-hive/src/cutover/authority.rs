//! The authority: one word in UPPER's metastore that says whom users follow.

use crate::catalog::{AUTHORITY_PREFIX, Catalogue, MARKS};
use boatlift_clients::metastore::Database;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::side::{Side, Term};
use std::fmt;

/// Reads and says the word.
pub(super) struct Authority<'a> {
    pub(super) upper: &'a Catalogue,
    /// What the word is about.
    pub(super) about: &'a str,
}

/// Whom users follow, and in which term that was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) side: Side,
    term: Term,
}

impl Word {
    pub(super) fn new(side: Side, term: Term) -> Word {
        Word { side, term }
    }

    fn parse(text: &str) -> Option<Word> {
        let mut parts = text.split(' ');
        let side = match parts.next()? {
            "LOWER" => Side::Lower,
            "UPPER" => Side::Upper,
            _ => return None,
        };
        let term = Term(parts.next()?.parse().ok()?);
        parts.next().is_none().then_some(Word { side, term })
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.side, self.term.0)
    }
}

impl Authority<'_> {
    fn key(&self) -> String {
        format!("{AUTHORITY_PREFIX}{}", self.about)
    }

    /// The word; `None` when nobody said one yet, so that users follow LOWER.
    pub(super) fn read(&self) -> Result<Option<Word>> {
        let Some(database) = self.upper.database(MARKS)? else { return Ok(None) };
        let Some(text) = database.parameter(&self.key()) else { return Ok(None) };
        let word = Word::parse(text).ok_or_else(|| {
            Error::new(Code::RootOfAnotherMove, "cannot read the authority at UPPER").because(text)
        })?;
        Ok(Some(word))
    }

    /// Refuses to act in a term that is older than what was said.
    pub(super) fn admit(&self, term: Term) -> Result<()> {
        match self.read()? {
            Some(word) if word.term > term => {
                Err(Error::new(Code::TermNewer, "the authority speaks of a newer term:")
                    .on(word.term)
                    .because(format!("this cutover has {term}")))
            }
            _ => Ok(()),
        }
    }

    /// Says a word, and reads it back. Idempotent.
    pub(super) fn say(&self, word: &Word) -> Result<()> {
        let text = word.to_string();
        match self.upper.database(MARKS)? {
            Some(mut database) => {
                database.set_parameter(&self.key(), &text);
                self.upper.alter_database(&database)?;
            }
            None => {
                let mut database = Database::new(MARKS);
                database.set_parameter(&self.key(), &text);
                self.upper.create_database(&database)?;
            }
        }
        match self.read()? == Some(*word) {
            true => Ok(()),
            false => Err(Error::new(Code::ServerFailed, "cannot change the authority at UPPER")
                .because("it was set and does not read back")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_as_it_was_said() {
        let term = Term(7);
        for word in [Word::new(Side::Lower, term), Word::new(Side::Upper, term)] {
            assert_eq!(Word::parse(&word.to_string()), Some(word));
        }
        assert_eq!(Word::parse("UPPER"), None);
        assert_eq!(Word::parse("LOWER 7 and more"), None);
        assert_eq!(Word::parse("elsewhere 7"), None);
    }
}
