//! Carrying tables, with their indexes and statistics.

use super::differences::{between, in_words};
use super::extras::Extras;
use super::facets::upper_table_facets;
use super::fingerprint::Described;
use super::guard::may_write;
use super::lane::{CatalogueLane, Item, not_kept, receipt};
use super::marks::{HandsOff, hands_off, marked};
use super::standing::of_table;
use boatlift_aws::glue::{Made, Table, TableShown};
use boatlift_core::outcome::{Outcome, Receipt};
use boatlift_core::{Code, Error, Result};

/// What a table is to become.
struct Intended {
    /// As it is compared.
    plain: Table,
    /// As it is written, with our marks.
    marked: Table,
    extras: Extras,
    /// LOWER's facets, as they were read for it.
    lower: Vec<u8>,
}

impl CatalogueLane {
    /// Makes or updates a table as LOWER has it.
    pub(super) fn table(&self, item: &Item<'_>, database: &str, name: &str) -> Result<Outcome> {
        let terms = &self.lower.terms;
        let Some(there) = self.lower.table(database, name)? else { return Ok(Outcome::Vanished) };
        if let Some(stays) = of_table(&there) {
            return Ok(Outcome::Skipped(stays.to_string()));
        }
        let extras = self.lower.extras(database, &there.table)?;
        let plain = terms.translator.table(&there.table).object;
        let intended = Intended {
            marked: marked(&plain, &terms.move_name),
            lower: terms.lower_table_facets(&there, &extras),
            plain,
            extras,
        };
        match self.upper.table(database, name)? {
            None => self.create_table(item, database, intended),
            Some(here) => self.change_table(item, database, &here, intended),
        }
    }

    fn create_table(&self, item: &Item<'_>, database: &str, intended: Intended) -> Result<Outcome> {
        let above = self.upper.name_of(database);
        let indexes = &intended.extras.indexes;
        match self.upper.glue.create_table(&above, &intended.marked, indexes)? {
            Made::Now => self.written(item, database, intended),
            // Somebody was faster: look at it anew.
            Made::Before => Ok(Outcome::Moving),
        }
    }

    fn change_table(
        &self,
        item: &Item<'_>,
        database: &str,
        here: &TableShown,
        intended: Intended,
    ) -> Result<Outcome> {
        let off = self.hands_off(here);
        if here.table.fingerprint() == intended.plain.fingerprint() {
            if off.is_some() {
                return Ok(Outcome::Same(receipt(intended.lower, upper_table_facets(here))));
            }
            return self.settled(item, database, intended, Outcome::Same);
        }
        may_write(item, &upper_table_facets(here), off)?;
        for difference in between(&intended.plain, &here.table) {
            tracing::info!(table = %item.entry.key, %difference, "a table is updated");
        }
        let above = self.upper.name_of(database);
        if here.table.key_names() != intended.plain.key_names() {
            // Partitions by other keys are no partitions of it: they go with the old table.
            self.upper.glue.delete_table(&above, &here.table.name)?;
            return self.create_table(item, database, intended);
        }
        self.upper.glue.update_table(&above, &intended.marked, here.version_id.as_deref())?;
        self.written(item, database, intended)
    }

    fn written(&self, item: &Item<'_>, database: &str, intended: Intended) -> Result<Outcome> {
        self.settled(item, database, intended, Outcome::Done)
    }

    /// Brings what comes along with a table that stands on UPPER, and reads it back.
    fn settled(
        &self,
        item: &Item<'_>,
        database: &str,
        intended: Intended,
        outcome: fn(Receipt) -> Outcome,
    ) -> Result<Outcome> {
        self.upper.bring(database, &intended.plain, &intended.extras)?;
        let Some(found) = self.upper.table(database, &intended.plain.name)? else {
            return Ok(Outcome::Moving);
        };
        let losses = in_words(&intended.plain, &found.table);
        Ok(match (losses, self.hands_off(&found)) {
            (None, None) => outcome(receipt(intended.lower, upper_table_facets(&found))),
            (None, Some(why)) => not_kept(item, format!("our mark on it: {why}")),
            (Some(losses), _) => not_kept(item, losses),
        })
    }

    /// What a table of UPPER says against being written.
    pub(super) fn hands_off(&self, here: &TableShown) -> Option<HandsOff> {
        match here.elsewhere {
            Some(_) => Some(HandsOff::Foreign),
            None => hands_off(&here.table, &self.upper.terms.move_name),
        }
    }

    /// A table of UPPER whose partitions may be written.
    ///
    /// # Errors
    /// When there is none, or it is not ours.
    pub(super) fn own_table(&self, database: &str, name: &str) -> Result<TableShown> {
        let subject = format!("{}.{name}", self.upper.name_of(database));
        let Some(here) = self.upper.table(database, name)? else {
            return Err(Error::new(Code::GlueMissing, "cannot write partitions of")
                .on(subject)
                .because("the target catalogue does not have the table"));
        };
        match self.hands_off(&here) {
            None | Some(HandsOff::Drifted) => Ok(here),
            Some(why) => Err(Error::new(Code::GlueForeign, "cannot write partitions of")
                .on(subject)
                .because(why)),
        }
    }
}
