//! The SQL that a person needs for the new warehouse: COPY statements that load the clones,
//! and external schemas over the cloned databases.

use crate::clones::{Clones, Found};
use crate::config::RedshiftConfig;
use crate::copy_text::{Note, Purpose, Relocation, SqlText, Statement, rewrite, statements};
use crate::glue::external_schemas;
use crate::harvest::Harvest;
use crate::objects::Agreed;
use crate::place::Place;
use crate::queried;
use boatlift_core::{Code, Error, Result};
use std::cell::RefCell;
use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

/// What stands for the role that reads the clones.
const ROLE: &str = "arn:aws:iam::ACCOUNT:role/ROLE";

/// Writes every COPY statement of the harvest anew, so that it loads the clones at `target`.
/// One that cannot be is named with the reason, and so is a place that is not cloned whole: by
/// what became of the objects, as the harvest has it.
///
/// # Errors
/// Errors of the harvest, and of writing.
pub fn write_copies(
    config: &RedshiftConfig,
    harvest: &Arc<Harvest>,
    target: &Place,
    out: &mut dyn Write,
) -> Result<()> {
    let clones = Clones {
        harvest: Arc::clone(harvest),
        layout: config.upper.layout,
        target: target.clone(),
        agreements: Agreed::default(),
    };
    let remarks = RefCell::new(Vec::new());
    let clone = |place: &Place, purpose| {
        let found = match purpose {
            Purpose::Prefix => clones.of_prefix(place),
            _ => clones.of_object(place),
        };
        let remark = |why: String| {
            let why = why.escape_debug();
            remarks.borrow_mut().push(format!("-- {}: {why}\n", printable(place)));
        };
        match found {
            Found::Clone(clone, more) => {
                more.into_iter().for_each(remark);
                Some(clone)
            }
            Found::Stays(why) => {
                remark(why);
                None
            }
        }
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
                    let remarks = remarks.take().concat();
                    let text = new.text.trim_end_matches(';');
                    format!("\n-- query {query}\n{notes}{remarks}{text};\n")
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
        Note::Stays(place) => format!("-- {} stays as it is\n", printable(place)),
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
