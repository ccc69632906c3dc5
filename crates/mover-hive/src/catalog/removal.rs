//! Removing from UPPER what LOWER dropped.
//!
//! The metastore is never asked to delete data: an object that points at LOWER's storage
//! would take LOWER's files with it. Only what is still as it was agreed on is dropped.

use super::catalogue::{is_view, location};
use super::guard::may_overwrite;
use super::lane::{CatalogueLane, Item, all_failed};
use crate::data::Orphans;
use crate::keys::Name;
use crate::marks::HandsOff;
use crate::scope::Scope;
use boatlift_clients::metastore::{Partition, Table};
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::lane::{Pace, Stopped};
use boatlift_core::outcome::{Indexed, Outcome, Proof, Receipt};
use boatlift_core::side::Side;
use std::collections::BTreeMap;

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
                self.remove_function(item, &self.above(database), name)
            }
            Name::Partition(..) => Err(Error::new(Code::Bug, "partitions are dropped together")),
        }
    }

    fn remove_function(&self, item: &Item<'_>, above: &str, name: &str) -> Result<Outcome> {
        let Some(here) = self.upper.function(above, name)? else { return Ok(nothing()) };
        let now = self.describe.function(Side::Upper, &here);
        may_overwrite(item, &now, Some(&HandsOff::Unmarked))?;
        self.upper.drop_function(above, name)?;
        Ok(gone())
    }

    fn remove_database(&self, item: &Item<'_>, above: &str) -> Result<Outcome> {
        let Some(here) = self.upper.database(above)? else { return Ok(nothing()) };
        let now = self.describe.database(Side::Upper, &here);
        may_overwrite(item, &now, Some(&self.describe.hands_off_database(&here)))?;
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
        if let Some(left) = self.upper_partitions(&here)?.first() {
            // Those that LOWER dropped went before their table.
            return Err(Error::new(Code::HiveForeign, "cannot drop on UPPER")
                .on(item.entry.key)
                .because(format!("its partition {left} is there, which this move cannot drop")));
        }
        self.look_for_users()?;
        self.upper.drop_table(above, table)?;
        match self.upper.table(above, table)? {
            None => {
                self.let_go(&here);
                self.remove_copies(item.name, location(&here))?;
                Ok(gone())
            }
            Some(_) => Ok(Outcome::Moving),
        }
    }

    /// The partitions that a table of UPPER has.
    pub(super) fn upper_partitions(&self, here: &Table) -> Result<Vec<String>> {
        match here.is_partitioned() && !is_view(here) {
            true => self.upper.partition_names(here.database(), here.name()),
            false => Ok(Vec::new()),
        }
    }

    /// Finds out who needs which files on UPPER, before something is dropped that has some.
    pub(super) fn look_for_users(&self) -> Result<()> {
        self.orphans.as_ref().map_or(Ok(()), Orphans::look)
    }

    /// Takes note that a table is dropped: it does not need its files any more.
    pub(super) fn let_go(&self, table: &Table) {
        let own = location(table).filter(|_| !table.is_partitioned());
        if let (Some(orphans), Some(location)) = (&self.orphans, own) {
            orphans.dropped(location);
        }
    }

    /// Removes the copies of what UPPER no longer has.
    pub(super) fn remove_copies(&self, name: Name<'_>, location: Option<&str>) -> Result<()> {
        match (&self.orphans, location) {
            (Some(orphans), Some(location)) => orphans.remove(name, location),
            _ => Ok(()),
        }
    }

    /// Those of some partitions that LOWER has. With the newest alone in scope each side lists
    /// its own newest: what LOWER does not list it may have all the same.
    fn still_on_lower(
        &self,
        database: &str,
        table: &str,
        names: &[String],
    ) -> Result<BTreeMap<String, Partition>> {
        let lower = &self.source.catalogue;
        match lower.table(database, table)?.filter(Table::is_partitioned) {
            Some(owner) => lower.partitions(&owner, names),
            None => Ok(BTreeMap::new()),
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
        let still_there = self.still_on_lower(database, table, &names)?;
        self.look_for_users()?;
        let (mut outcomes, mut dropped) = (Vec::new(), Vec::new());
        for item in work {
            let Some(name) = item.name.partition().map(str::to_owned) else { continue };
            if still_there.contains_key(&name) {
                outcomes.push((item.index, not_dropped(self.translator.scope())));
                continue;
            }
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
            if let Some(orphans) = &self.orphans {
                let gone = names.iter().filter(|name| !left.contains_key(*name));
                gone.filter_map(|name| location(here.get(name)?))
                    .for_each(|at| orphans.dropped(at));
            }
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

/// What becomes of a partition that LOWER has, although it did not list it.
fn not_dropped(scope: &Scope) -> Outcome {
    match scope.takes_newest_only() {
        true => Outcome::Skipped("LOWER has it, and it is out of scope.newest-partitions".into()),
        false => Outcome::Moving,
    }
}

fn gone() -> Outcome {
    Outcome::Done(Receipt::of(Proof::ReadBack))
}

fn nothing() -> Outcome {
    Outcome::Same(Receipt::of(Proof::ReadBack))
}
