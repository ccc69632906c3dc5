//! The mark at UPPER's metastore: whose these databases are, and in which term they were
//! last opened for writing.
//!
//! It is kept as parameters of a small database of our own, one for each move, and goes
//! with the last of them.

use super::catalogue::Catalogue;
use boatlift_clients::metastore::Database;
use boatlift_core::error::{Code, Error, Result};

/// The database that holds marks.
pub(crate) const MARKS: &str = "boatlift_marks";

/// Reads and writes marks of moves.
pub(super) struct Marks<'a> {
    pub(super) catalogue: &'a Catalogue,
    /// What the mark stands for: the databases that the move is about, in words.
    pub(super) about: &'a str,
}

impl Marks<'_> {
    /// The mark on what this move is about.
    pub(super) fn read(&self) -> Result<Option<Vec<u8>>> {
        let database = self.catalogue.database(MARKS)?;
        let mark = database.and_then(|found| found.parameter(self.about).map(str::to_owned));
        Ok(mark.map(String::into_bytes))
    }

    /// Sets or removes it, and reads it back.
    pub(super) fn write(&self, mark: Option<&[u8]>) -> Result<()> {
        match (self.catalogue.database(MARKS)?, mark) {
            (None, None) => return Ok(()),
            (None, Some(mark)) => self.begin(&text(mark)?)?,
            (Some(database), mark) => self.change(database, mark)?,
        }
        match self.read()?.as_deref() == mark {
            true => Ok(()),
            false => Err(Error::new(Code::ServerFailed, "cannot keep a mark in database")
                .on(MARKS)
                .because("it was set and does not read back")),
        }
    }

    fn begin(&self, mark: &str) -> Result<()> {
        let mut database = Database::new(MARKS);
        database.set_description(Some("marks of running Boatlift moves; it goes with the last"));
        database.set_parameter(self.about, mark);
        match self.catalogue.create_database(&database)? {
            true => Ok(()),
            false => self.write(Some(mark.as_bytes())),
        }
    }

    fn change(&self, mut database: Database, mark: Option<&[u8]>) -> Result<()> {
        match mark {
            Some(mark) => database.set_parameter(self.about, &text(mark)?),
            None => drop(database.remove_parameter(self.about)),
        }
        let kept = [PREFIX, AUTHORITY_PREFIX];
        let others =
            database.parameters().any(|(key, _)| kept.iter().any(|lead| key.starts_with(lead)));
        match mark.is_none() && !others {
            true => self.catalogue.drop_marks(),
            false => self.catalogue.alter_database(&database),
        }
    }
}

/// What the names of authorities begin with: whom users follow, for each move.
pub(crate) const AUTHORITY_PREFIX: &str = "boatlift.authority.";
/// What the names of marks begin with.
pub(crate) const PREFIX: &str = "boatlift.mark.";

fn text(mark: &[u8]) -> Result<String> {
    String::from_utf8(mark.to_vec())
        .map_err(|error| Error::new(Code::Bug, "a mark is no text").because(error))
}
