//! Removing from UPPER what LOWER dropped.
//!
//! The metastore is never asked to delete data: an object that points at LOWER's storage
//! would take LOWER's files with it. Only what is still as it was agreed on is dropped.

use super::catalogue::location;
use super::guard::may_overwrite;
use super::lane::{CatalogueLane, Item, all_failed};
use crate::keys::Name;
use crate::marks::HandsOff;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::lane::{Pace, Stopped};
use boatlift_core::outcome::{Indexed, Outcome, Proof, Receipt};
use boatlift_core::side::Side;

impl CatalogueLane {
    /// Drops objects of one kind from UPPER.
    pub(super) fn remove(
        &self,
        work: &[Item<'_>],
        pace: &dyn Pace,
    ) -> Result<Vec<Indexed>, Stopped> {
        pace.spend(Side::Upper, work.len() as u64, 0)?;
        if let Name::Partition(database, table, _) = work[0].name {
            let removed = self.remove_partitions(database, table, work);
            return Ok(removed.unwrap_or_else(|error| all_failed(work, &error)));
        }
        let removed = work.iter().map(|item| {
            let outcome = self.remove_one(item).unwrap_or_else(Outcome::Failed);
            (item.index, outcome)
        });
        Ok(removed.collect())
    }

    fn remove_one(&self, item: &Item<'_>) -> Result<Outcome> {
        match item.name {
            Name::Database(database) => self.remove_database(item, &self.above(database)),
            Name::Table(database, table) | Name::View(database, table) => {
                self.remove_table(item, &self.above(database), table)
            }
            Name::Function(database, name) => {
                self.upper.drop_function(&self.above(database), name)?;
                Ok(gone())
            }
            Name::Partition(..) => Err(Error::new(Code::Bug, "partitions are dropped together")),
        }
    }

    fn remove_database(&self, item: &Item<'_>, above: &str) -> Result<Outcome> {
        let Some(here) = self.upper.database(above)? else { return Ok(nothing()) };
        let now = self.describe.database(Side::Upper, &here);
        may_overwrite(item, &now, Some(&HandsOff::Foreign))?;
        if !self.upper.table_names(above)?.is_empty() {
            let reason = "it still holds tables on UPPER that this move did not bring";
            return Ok(Outcome::Skipped(reason.to_owned()));
        }
        self.upper.drop_database(above)?;
        Ok(gone())
    }

    fn remove_table(&self, item: &Item<'_>, above: &str, table: &str) -> Result<Outcome> {
        let Some(here) = self.upper.table(above, table)? else { return Ok(nothing()) };
        let now = self.describe.table(Side::Upper, &here);
        may_overwrite(item, &now, self.describe.hands_off(&here).as_ref())?;
        self.upper.drop_table(above, table)?;
        match self.upper.table(above, table)? {
            None => {
                self.remove_copies(item.name, location(&here))?;
                Ok(gone())
            }
            Some(_) => Ok(Outcome::Moving),
        }
    }

    /// Removes the copies of what UPPER no longer has.
    pub(super) fn remove_copies(&self, name: Name<'_>, location: Option<&str>) -> Result<()> {
        match (&self.orphans, location) {
            (Some(orphans), Some(location)) => orphans.remove(name, location),
            _ => Ok(()),
        }
    }

    fn remove_partitions(
        &self,
        database: &str,
        table: &str,
        work: &[Item<'_>],
    ) -> Result<Vec<Indexed>> {
        let Some(owner) = self.upper.table(&self.above(database), table)? else {
            return Ok(work.iter().map(|item| (item.index, nothing())).collect());
        };
        let names: Vec<String> =
            work.iter().filter_map(|item| item.name.partition().map(str::to_owned)).collect();
        let here = self.upper.partitions(&owner, &names)?;
        let (mut outcomes, mut dropped) = (Vec::new(), Vec::new());
        for item in work {
            let Some(name) = item.name.partition().map(str::to_owned) else { continue };
            let Some(found) = here.get(&name) else {
                // A run that died after the drop may have left the copies.
                let at = location(&owner).map(|at| format!("{at}/{name}"));
                let copies = self.remove_copies(item.name, at.as_deref());
                let outcome = copies.map_or_else(Outcome::Failed, |()| nothing());
                outcomes.push((item.index, outcome));
                continue;
            };
            let now = self.describe.partition(Side::Upper, found);
            match may_overwrite(item, &now, self.describe.hands_off(&owner).as_ref()) {
                Ok(()) => dropped.push((item.index, name)),
                Err(error) => outcomes.push((item.index, Outcome::Failed(error))),
            }
        }
        let names: Vec<String> = dropped.iter().map(|(_, name)| name.clone()).collect();
        if !names.is_empty() {
            self.upper.drop_partitions(&owner, &names)?;
            let left = self.upper.partitions(&owner, &names)?;
            for (index, name) in dropped {
                let outcome = match left.contains_key(&name) {
                    true => Outcome::Moving,
                    false => {
                        let key = Name::Partition(database, table, &name);
                        let copies = self.remove_copies(key, here.get(&name).and_then(location));
                        copies.map_or_else(Outcome::Failed, |()| gone())
                    }
                };
                outcomes.push((index, outcome));
            }
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
