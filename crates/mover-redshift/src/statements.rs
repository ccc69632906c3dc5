//! The SQL that a person needs for the new warehouse: COPY statements that load the clones,
//! and external schemas over the cloned databases.

use crate::config::RedshiftConfig;
use crate::copy_text::{Note, Purpose, Relocation, SqlText, Statement, rewrite, statements};
use crate::glue::external_schemas;
use crate::harvest::Harvest;
use crate::layout::Family;
use crate::place::Place;
use crate::queried;
use boatlift_core::{Code, Error, Result};
use std::collections::HashMap;
use std::io::Write;

/// What stands for the role that reads the clones.
const ROLE: &str = "arn:aws:iam::ACCOUNT:role/ROLE";

/// Writes every COPY statement of the harvest anew, so that it loads the clones at `target`.
/// One that cannot be is named with the reason.
///
/// # Errors
/// Errors of the harvest, and of writing.
pub fn write_copies(
    config: &RedshiftConfig,
    harvest: &Harvest,
    target: &Place,
    out: &mut dyn Write,
) -> Result<()> {
    let layout = config.upper.layout;
    let clone = |place: &Place, purpose| {
        let below = layout.below(Family::Copy, place);
        let is_cloned = match purpose {
            Purpose::Prefix => harvest.has_below(&below),
            _ => harvest.has(&below),
        };
        let is_cloned = is_cloned.unwrap_or(false);
        is_cloned.then(|| layout.clone_of(target, Family::Copy, place).ok()).flatten()
    };
    let region = config.upper.aws.region.as_deref();
    let relocation = Relocation { place: &clone, role: ROLE, region };
    put(
        out,
        &format!(
            "-- COPY statements that load the clones. {ROLE} stands for a role that reads them.\n"
        ),
    )?;
    let mut told_twice = ToldTwice::default();
    harvest.each_statement(|query, text| {
        if told_twice.is_known(query, text) {
            return Ok(());
        }
        let text = SqlText::whole(text).redact();
        for found in statements(&text) {
            let Statement::Copy(copy) = found else { continue };
            let told = match rewrite(&text, &copy, &relocation) {
                Ok(new) => {
                    let notes: String = new.notes.iter().map(note).collect();
                    format!("\n-- query {query}\n{notes}{};\n", new.text.trim_end_matches(';'))
                }
                Err(why) => format!("\n-- query {query} cannot be written anew: {why}\n"),
            };
            put(out, &told)?;
        }
        Ok(())
    })
}

/// Writes the external schemas over the cloned databases, if any are cloned, by the names that
/// they have in the warehouse.
///
/// # Errors
/// Errors of the harvest, and of writing.
pub fn write_schemas(
    config: &RedshiftConfig,
    harvest: &Harvest,
    out: &mut dyn Write,
) -> Result<()> {
    let Some(catalogue) = &config.catalogue else { return Ok(()) };
    let selection = queried::selection(harvest, config)?;
    let over = queried::schemas_over(harvest, &selection)?;
    let databases = over.iter().map(|(schema, database)| (&**schema, &**database));
    let region = config.upper.aws.region.as_deref().unwrap_or("REGION");
    put(out, &external_schemas(databases, &catalogue.database_names(), region, ROLE))
}

/// Which statements both families of views told: each family has them once, under a number of
/// its own. Knows texts by their hashes.
#[derive(Default)]
struct ToldTwice {
    /// By the text: how often each family told it, and how often it was passed on.
    texts: HashMap<[u8; 32], (HashMap<String, u64>, u64)>,
}

impl ToldTwice {
    /// Whether the statement of this number was passed on already, as the other family's.
    fn is_known(&mut self, query: &str, text: &str) -> bool {
        let family = query.split(':').next().unwrap_or_default();
        let hash = blake3::hash(text.trim().as_bytes());
        let (told, passed_on) = self.texts.entry(hash.into()).or_default();
        let told = told.entry(family.to_owned()).or_default();
        *told += 1;
        let is_known = *told <= *passed_on;
        *passed_on += u64::from(!is_known);
        is_known
    }
}

fn note(note: &Note) -> String {
    match note {
        Note::Stays(place) => format!("-- {} has no clone, and stays\n", printable(place)),
        Note::CredentialsDropped => "-- it held credentials, and names a role now\n".to_owned(),
        Note::MasterKeyDropped => "-- its files are encrypted: the key is left out\n".to_owned(),
        Note::CreatesJob => "-- it creates a COPY job\n".to_owned(),
    }
}

/// A place in a comment: a line end in a key must not end the comment.
fn printable(place: &Place) -> String {
    place.to_string().escape_debug().to_string()
}

fn put(out: &mut dyn Write, text: &str) -> Result<()> {
    out.write_all(text.as_bytes())
        .map_err(|error| Error::new(Code::StateIo, "cannot write statements").because(error))
}
