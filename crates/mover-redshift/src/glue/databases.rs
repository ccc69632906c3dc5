//! Carrying databases.
//!
//! A database that UPPER has already and that this move did not make is used as it is: its
//! place and its words are its owner's business.

use super::differences::in_words;
use super::fingerprint::Described;
use super::guard::may_write;
use super::lane::{CatalogueLane, Item, not_kept, receipt};
use super::marks::{hands_off, marked};
use super::standing::of_database;
use boatlift_aws::glue::Made;
use boatlift_core::outcome::Outcome;
use boatlift_core::{Code, Error, Result, Side};

impl CatalogueLane {
    /// Makes or updates a database as LOWER has it.
    pub(super) fn database(&self, item: &Item<'_>, name: &str) -> Result<Outcome> {
        let terms = &self.lower.terms;
        let Some(there) = self.lower.database(name)? else { return Ok(Outcome::Vanished) };
        if let Some(stays) = of_database(&there) {
            return Ok(Outcome::Skipped(stays.to_string()));
        }
        let lower = terms.database_facets(Side::Lower, &there);
        let intended = terms.translator.database(&there.database).object;
        let ours = marked(&intended, &terms.move_name);
        match self.upper.database(name)? {
            None => match self.upper.glue.create_database(&ours)? {
                Made::Now => {}
                Made::Before => return Ok(Outcome::Moving),
            },
            Some(here) => {
                if here.elsewhere.is_some() {
                    let error = Error::new(Code::GlueForeign, "cannot clone into database");
                    let why = "it is a link, or stands for another system";
                    return Err(error.on(&intended.name).because(why));
                }
                let now = terms.database_facets(Side::Upper, &here);
                let off = hands_off(&here.database, &terms.move_name);
                let is_same = here.database.fingerprint() == intended.fingerprint();
                if is_same || may_write(item, &now, off).is_err() {
                    return Ok(Outcome::Same(receipt(lower, now)));
                }
                self.upper.glue.update_database(&ours)?;
            }
        }
        let Some(found) = self.upper.database(name)? else { return Ok(Outcome::Moving) };
        if let Some(losses) = in_words(&intended, &found.database) {
            return Ok(not_kept(item, losses));
        }
        let permissions = &found.database.default_permissions;
        if intended.default_permissions.is_some() && *permissions != intended.default_permissions {
            return Ok(not_kept(item, "CreateTableDefaultPermissions differ".into()));
        }
        Ok(Outcome::Done(receipt(lower, terms.database_facets(Side::Upper, &found))))
    }
}
