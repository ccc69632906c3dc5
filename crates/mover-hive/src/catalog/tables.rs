//! Carrying tables and views.

use super::catalogue::{is_view, location};
use super::guard::{losses, may_overwrite, written_through_upper};
use super::lane::{CatalogueLane, Item, all_failed, is_about_one, one_by_one};
use super::presence::Found;
use crate::classify::Standing;
use crate::config::Overwrite;
use crate::keys::Name;
use crate::parameters::PURGE;
use crate::plan::CATALOGUE;
use crate::translate::{OwnsFiles, Untranslatable};
use boatlift_clients::metastore::Table;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::key::KeyBuf;
use boatlift_core::lane::{Pace, Stopped};
use boatlift_core::outcome::{Indexed, Outcome, Proof, Receipt};
use boatlift_core::side::Side;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

/// What was asked of UPPER for one table, to be compared with what it shows afterwards.
struct Written<'i, 'a> {
    item: &'i Item<'a>,
    there: Table,
    intended: Table,
    /// LOWER's facets as they were read for it.
    lower: Vec<u8>,
}

impl CatalogueLane {
    /// Makes tables or views of one database as LOWER has them.
    pub(super) fn tables(
        &self,
        database: &str,
        work: &[Item<'_>],
        pace: &dyn Pace,
    ) -> Result<Vec<Indexed>, Stopped> {
        self.spend(pace, work.len())?;
        let above = self.above(database);
        let read = self.source.tables(database, work).and_then(|lower| {
            let known = work.iter().filter(|item| item.entry.upper.is_some());
            let known: Vec<String> =
                known.filter_map(|item| item.name.table().map(str::to_owned)).collect();
            let upper = match known.is_empty() {
                true => BTreeMap::new(),
                false => self.upper.tables(&above, &known)?,
            };
            Ok((lower, upper))
        });
        let (mut lower, mut upper) = match read {
            Ok(read) => read,
            Err(error) if is_about_one(&error, work) => {
                return one_by_one(work, |work| self.tables(database, work, pace));
            }
            Err(error) => return Ok(all_failed(work, &error)),
        };
        let mut outcomes = Vec::with_capacity(work.len());
        let mut written = Vec::new();
        for item in work {
            let table = item.name.table().unwrap_or_default();
            let Some(there) = lower.remove(table) else {
                outcomes.push((item.index, Outcome::Vanished));
                continue;
            };
            match self.write_table(item, there, upper.remove(table)) {
                Ok(Step::Written(write)) => written.push(*write),
                Ok(Step::Known(outcome)) => outcomes.push((item.index, outcome)),
                Err(error) => outcomes.push((item.index, Outcome::Failed(error))),
            }
        }
        outcomes.extend(self.read_back_tables(&above, written));
        Ok(outcomes)
    }

    fn write_table<'i, 'a>(
        &self,
        item: &'i Item<'a>,
        there: Table,
        here: Option<Table>,
    ) -> Result<Step<'i, 'a>> {
        let class = match self.translator.standing(&there) {
            Standing::Carry(class) => class,
            Standing::Skip(reason) => {
                return Ok(Step::Known(Outcome::Skipped(reason.to_string())));
            }
        };
        let lower = self.describe.table(Side::Lower, &there);
        let intended =
            self.translator.table(&there, class).map_err(|error| untranslatable(item, &error))?;
        let here = match here {
            // The survey saw none, or it has vanished since.
            None => match self.create_table(item, &intended)? {
                Created::Now => return Ok(written(item, there, intended, lower)),
                Created::Not(outcome) => return Ok(Step::Known(outcome)),
                Created::Exists(here) => *here,
            },
            Some(here) => here,
        };
        if key_names(&here) != key_names(&intended) {
            return self.replace_table(item, there, here, intended);
        }
        let in_place =
            self.in_place_of(&intended, &here).map_err(|error| untranslatable(item, &error))?;
        let now = self.describe.table(Side::Upper, &here);
        if losses(&self.translator.differences().table(&in_place, &here)).is_none() {
            return Ok(Step::Known(match written_through_upper(item) {
                Some(error) if !self.describe.accepts(item.name) => Outcome::Failed(error),
                _ => {
                    self.table_extras(&there)?;
                    Outcome::Same(receipt(lower, now))
                }
            }));
        }
        if self.overwrite == Overwrite::Never {
            return Ok(Step::Known(never()));
        }
        may_overwrite(item, &now, self.describe.hands_off(&here).as_ref())?;
        // Written anew it points at LOWER, also where it pointed at UPPER: the files there
        // need not be what the new location, format or columns ask for.
        self.upper.alter_table(here.database(), here.name(), &intended)?;
        Ok(written(item, there, intended, lower))
    }

    /// Puts a table in the place of one that LOWER dropped: Hive does not change what a table
    /// is partitioned by. For a moment it does not exist, as on LOWER then.
    fn replace_table<'i, 'a>(
        &self,
        item: &'i Item<'a>,
        there: Table,
        here: Table,
        intended: Table,
    ) -> Result<Step<'i, 'a>> {
        if self.overwrite == Overwrite::Never {
            return Ok(Step::Known(never()));
        }
        let now = self.describe.table(Side::Upper, &here);
        may_overwrite(item, &now, self.describe.hands_off(&here).as_ref())?;
        self.may_drop_partitions(item, &here)?;
        if let Some(reason) = self.cannot_be_made(&intended)? {
            return Ok(Step::Known(Outcome::Skipped(reason)));
        }
        self.look_for_users()?;
        self.upper.drop_table(here.database(), here.name())?;
        self.let_go(&here);
        self.remove_copies(item.name, location(&here))?;
        match self.create_table(item, &intended)? {
            Created::Now => {
                let lower = self.describe.table(Side::Lower, &there);
                Ok(written(item, there, intended, lower))
            }
            Created::Not(outcome) => Ok(Step::Known(outcome)),
            Created::Exists(_) => Ok(Step::Known(Outcome::Moving)),
        }
    }

    /// Refuses to drop a table along with partitions that nobody agreed on.
    fn may_drop_partitions(&self, item: &Item<'_>, here: &Table) -> Result<()> {
        let names = self.upper_partitions(here)?;
        if names.is_empty() {
            return Ok(());
        }
        let (database, table) = (item.name.database(), item.name.table().unwrap_or_default());
        let keys = names.iter().map(|name| Name::Partition(database, table, name).key());
        let mut unknown: BTreeSet<KeyBuf> = keys.collect();
        if let Some(agreement) = self.agreements.agreement(CATALOGUE, 0)? {
            let below = item.entry.key;
            self.agreements.each_from(&agreement, below, &mut |entry| {
                if !entry.key.as_bytes().starts_with(below.as_bytes()) {
                    return ControlFlow::Break(());
                }
                if entry.upper.is_some() {
                    unknown.remove(&entry.key.to_owned());
                }
                ControlFlow::Continue(())
            })?;
        }
        match unknown.first() {
            None => Ok(()),
            Some(partition) => Err(Error::new(Code::HiveForeign, "cannot replace on UPPER")
                .on(item.entry.key)
                .because(format!("it has {partition} there, which this move did not bring"))),
        }
    }

    /// Why a table or view is not made; UPPER's metastore would make a directory that is missing.
    fn cannot_be_made(&self, intended: &Table) -> Result<Option<String>> {
        let Some(location) = location(intended).filter(|_| !is_view(intended)) else {
            return Ok(None);
        };
        let missing = self.presence.of(location)? == Found::Missing;
        Ok(missing.then(|| format!("its location {location} does not exist on LOWER")))
    }

    /// Creates a table, unless its data is missing on LOWER: UPPER's metastore would make
    /// the directory there.
    fn create_table(&self, item: &Item<'_>, intended: &Table) -> Result<Created> {
        if let Some(reason) = self.cannot_be_made(intended)? {
            return Ok(Created::Not(Outcome::Skipped(reason)));
        }
        if self.upper.create_table(intended)? {
            return Ok(Created::Now);
        }
        match self.upper.table(intended.database(), intended.name())? {
            Some(here) => Ok(Created::Exists(Box::new(here))),
            None => Err(Error::new(Code::HiveForeign, "cannot create on UPPER")
                .on(item.entry.key)
                .because("something of that name is there, and cannot be read")),
        }
    }

    /// What is intended, in the form in which it stands on UPPER: a table that points at its
    /// own files there is as intended.
    fn in_place_of<'t>(
        &self,
        intended: &'t Table,
        here: &Table,
    ) -> Result<Cow<'t, Table>, Untranslatable> {
        if !self.describe.is_adopted(here) {
            return Ok(Cow::Borrowed(intended));
        }
        let owns = match here.parameter(PURGE) {
            Some(_) => OwnsFiles::Yes,
            None => OwnsFiles::NotYet,
        };
        self.translator.adopt_table(intended, owns).map(Cow::Owned)
    }

    fn read_back_tables(&self, above: &str, written: Vec<Written<'_, '_>>) -> Vec<Indexed> {
        if written.is_empty() {
            return Vec::new();
        }
        let names: Vec<String> = written.iter().map(|w| w.intended.name().to_owned()).collect();
        let mut found = match self.upper.tables(above, &names) {
            Ok(found) => found,
            Err(error) => {
                let failed =
                    |write: Written<'_, '_>| (write.item.index, Outcome::Failed(error.clone()));
                return written.into_iter().map(failed).collect();
            }
        };
        let judge = |write: Written<'_, '_>| {
            let found = found.remove(write.intended.name());
            (write.item.index, self.judge_table(write, found))
        };
        written.into_iter().map(judge).collect()
    }

    fn judge_table(&self, write: Written<'_, '_>, found: Option<Table>) -> Outcome {
        let Some(found) = found else { return Outcome::Moving };
        match losses(&self.translator.differences().table(&write.intended, &found)) {
            None => {
                if let Err(error) = self.table_extras(&write.there) {
                    return Outcome::Failed(error);
                }
                let upper = self.describe.table(Side::Upper, &found);
                Outcome::Done(receipt(write.lower, upper))
            }
            Some(losses) => Outcome::Failed(
                Error::new(Code::HiveTranslated, "UPPER's metastore did not keep")
                    .on(write.item.entry.key)
                    .because(losses),
            ),
        }
    }
}

enum Step<'i, 'a> {
    Written(Box<Written<'i, 'a>>),
    Known(Outcome),
}

enum Created {
    Now,
    Exists(Box<Table>),
    Not(Outcome),
}

fn written<'i, 'a>(
    item: &'i Item<'a>,
    there: Table,
    intended: Table,
    lower: Vec<u8>,
) -> Step<'i, 'a> {
    Step::Written(Box::new(Written { item, there, intended, lower }))
}

/// What `overwrite: never` leaves as it is.
pub(super) fn never() -> Outcome {
    Outcome::Skipped("it differs on UPPER, and `overwrite: never` leaves what is there".into())
}

fn key_names(table: &Table) -> Vec<String> {
    table.partition_keys().iter().map(|key| key.name.to_string()).collect()
}

/// What both sides show, after UPPER was read.
pub(super) fn receipt(lower: Vec<u8>, upper: Vec<u8>) -> Receipt {
    Receipt { lower: Some(lower.into()), upper: Some(upper.into()), ..Receipt::of(Proof::ReadBack) }
}

/// Why an object cannot be stated in UPPER's terms.
pub(super) fn untranslatable(item: &Item<'_>, error: &Untranslatable) -> Error {
    Error::new(Code::HiveLocation, "cannot state in UPPER's terms")
        .on(item.entry.key)
        .because(error)
}
