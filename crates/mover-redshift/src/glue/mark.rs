//! The record that the engine keeps at UPPER: whose these databases are, and in which term
//! they were last opened for writing.
//!
//! It is a parameter of a small database of our own, one for each move, and goes with the
//! last of them.

use boatlift_aws::glue::{Database, Glue};
use boatlift_core::{Code, Error, Result};

/// The database that holds the records.
pub(crate) const MARKS: &str = "boatlift_marks";
/// What the names of records begin with.
const PREFIX: &str = "boatlift.mark.";

/// Reads the record of the move that is about `about`.
pub(super) fn read(glue: &Glue, about: &str) -> Result<Option<Vec<u8>>> {
    let database = glue.database(MARKS)?.map(|shown| shown.database);
    let parameters = database.and_then(|database| database.parameters).unwrap_or_default();
    Ok(parameters.get(&name(about)).map(|mark| mark.clone().into_bytes()))
}

/// Sets or removes it, and reads it back.
pub(super) fn write(glue: &Glue, about: &str, mark: Option<&[u8]>) -> Result<()> {
    let text = mark.map(|mark| String::from_utf8(mark.to_vec())).transpose();
    let text = text.map_err(|error| Error::new(Code::Bug, "a mark is no text").because(error))?;
    let shown = glue.database(MARKS)?;
    let (mut database, exists) = match shown {
        Some(shown) => (shown.database, true),
        None => (
            Database { name: MARKS.into(), description: Some(SAID.into()), ..Database::default() },
            false,
        ),
    };
    let parameters = database.parameters.get_or_insert_default();
    match text {
        Some(text) => drop(parameters.insert(name(about), text)),
        None => drop(parameters.remove(&name(about))),
    }
    let is_last = !parameters.keys().any(|name| name.starts_with(PREFIX));
    match (exists, is_last) {
        (true, true) => glue.delete_database(MARKS)?,
        (true, false) => glue.update_database(&database)?,
        (false, true) => {}
        (false, false) => drop(glue.create_database(&database)?),
    }
    match read(glue, about)?.as_deref() == mark {
        true => Ok(()),
        false => Err(Error::new(Code::GlueNotKept, "cannot keep a mark in database")
            .on(MARKS)
            .because("it was set and does not read back")),
    }
}

const SAID: &str = "marks of running Boatlift moves; it goes with the last";

/// A parameter's name takes 255 bytes: what a move is about may be longer.
fn name(about: &str) -> String {
    let hash = blake3::hash(about.as_bytes()).to_hex();
    format!("{PREFIX}{}", &hash[..32])
}
