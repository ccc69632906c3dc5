//! Removing from UPPER what LOWER dropped. Only descriptions go; the service deletes no data.

use super::facets::upper_table_facets;
use super::guard::may_write;
use super::lane::{CatalogueLane, Item, same_for_all};
use super::marks::hands_off;
use super::names::{Name, partition_key, table_key};
use super::partitions::{by_values, values_of};
use boatlift_core::outcome::{Indexed, Outcome, Proof, Receipt};
use boatlift_core::{Result, Side};

impl CatalogueLane {
    /// Removes a database or a table.
    pub(super) fn remove(&self, item: &Item<'_>) -> Result<Outcome> {
        match &item.name {
            Name::Database(database) => self.remove_database(item, database),
            Name::Table(database, table) => self.remove_table(item, database, table),
            Name::Partition(..) | Name::Schema(_) => Ok(nothing()),
        }
    }

    fn remove_database(&self, item: &Item<'_>, database: &str) -> Result<Outcome> {
        let Some(here) = self.upper.database(database)? else { return Ok(nothing()) };
        let terms = &self.upper.terms;
        let now = terms.database_facets(Side::Upper, &here);
        may_write(item, &now, hands_off(&here.database, &terms.move_name))?;
        let (above, mut holds) = (self.upper.name_of(database), false);
        self.upper.glue.each_table(&above, &mut |page| {
            holds |= !page.is_empty();
            Ok(())
        })?;
        if holds {
            let reason = "it still holds tables that this move did not bring";
            return Ok(Outcome::Skipped(reason.to_owned()));
        }
        self.upper.glue.delete_database(&above)?;
        Ok(gone())
    }

    fn remove_table(&self, item: &Item<'_>, database: &str, table: &str) -> Result<Outcome> {
        let Some(here) = self.upper.table(database, table)? else { return Ok(nothing()) };
        may_write(item, &upper_table_facets(&here), self.hands_off(&here))?;
        self.upper.glue.delete_table(&self.upper.name_of(database), table)?;
        Ok(match self.upper.table(database, table)? {
            None => gone(),
            Some(_) => Outcome::Moving,
        })
    }

    /// Removes partitions of one table.
    pub(super) fn remove_partitions(
        &self,
        database: &str,
        table: &str,
        work: &[Item<'_>],
    ) -> Result<Vec<Indexed>> {
        if self.upper.table(database, table)?.is_none() {
            return Ok(same_for_all(work, &nothing()));
        }
        let owner = self.own_table(database, table)?;
        let (above, keys) = (table_key(database, table), owner.table.key_names());
        let here = by_values(self.upper.partitions(database, table, &values_of(work))?);
        let (mut outcomes, mut removed) = (Vec::new(), Vec::new());
        for item in work {
            let Name::Partition(_, _, values) = &item.name else { continue };
            // Keys may have been renamed: what has these values now is another partition.
            let is_meant = partition_key(&above, &keys, values).as_key() == item.entry.key;
            let Some(found) = here.get(values).filter(|_| is_meant) else {
                outcomes.push((item.index, nothing()));
                continue;
            };
            match may_write(item, &self.shown(found), None) {
                Ok(()) => removed.push((item.index, values.clone())),
                Err(error) => outcomes.push((item.index, Outcome::Failed(error))),
            }
        }
        let values: Vec<Vec<String>> = removed.iter().map(|(_, values)| values.clone()).collect();
        if values.is_empty() {
            return Ok(outcomes);
        }
        let above = self.upper.name_of(database);
        let refusals = self.upper.glue.delete_partitions(&above, table, &values)?;
        let left = by_values(self.upper.partitions(database, table, &values)?);
        for (index, values) in removed {
            let refused = refusals.iter().find(|refusal| refusal.values == values);
            let error = refused.and_then(|refusal| refusal.error.clone());
            outcomes.push((
                index,
                match (error, left.contains_key(&values)) {
                    (Some(error), _) => Outcome::Failed(error),
                    (None, true) => Outcome::Moving,
                    (None, false) => gone(),
                },
            ));
        }
        Ok(outcomes)
    }
}

fn gone() -> Outcome {
    Outcome::Done(Receipt::of(Proof::ReadBack))
}

fn nothing() -> Outcome {
    Outcome::Same(Receipt::of(Proof::ReadBack))
}
