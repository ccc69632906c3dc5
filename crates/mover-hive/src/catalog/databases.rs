//! Carrying databases and functions.
//!
//! A database that UPPER has already is used as it is: its place and its owner are UPPER's
//! business. One that is missing is made, and never with a location on LOWER.

use super::guard::may_overwrite;
use super::lane::{CatalogueLane, Item};
use super::tables::{never, receipt};
use crate::config::Overwrite;
use crate::keys::Name;
use crate::marks::HandsOff;
use boatlift_clients::metastore::Function;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::lane::{Pace, Stopped};
use boatlift_core::outcome::{Indexed, Outcome};
use boatlift_core::side::Side;

impl CatalogueLane {
    /// Makes databases that UPPER does not have.
    pub(super) fn databases(
        &self,
        work: &[Item<'_>],
        pace: &dyn Pace,
    ) -> Result<Vec<Indexed>, Stopped> {
        self.spend(pace, work.len())?;
        let carried = work.iter().map(|item| {
            let outcome = self.carry_database(item).unwrap_or_else(Outcome::Failed);
            (item.index, outcome)
        });
        Ok(carried.collect())
    }

    fn carry_database(&self, item: &Item<'_>) -> Result<Outcome> {
        let database = item.name.database();
        let Some(there) = self.source.database(item)? else { return Ok(Outcome::Vanished) };
        let lower = self.describe.database(Side::Lower, &there);
        let made = match self.upper.database(&self.above(database))? {
            Some(_) => false,
            None => self.upper.create_database(&self.translator.database(&there))?,
        };
        let Some(here) = self.upper.database(&self.above(database))? else {
            return Ok(Outcome::Moving);
        };
        if let Some(location) = here.location().filter(|_| self.describe.lies_on_lower(&here)) {
            return Err(Error::new(Code::HiveLocation, "cannot use UPPER's database")
                .on(item.entry.key)
                .because(format!(
                    "its location {location} is on LOWER: a drop would delete there"
                )));
        }
        let receipt = receipt(lower, self.describe.database(Side::Upper, &here));
        Ok(if made { Outcome::Done(receipt) } else { Outcome::Same(receipt) })
    }

    /// Makes functions as LOWER has them.
    pub(super) fn functions(
        &self,
        work: &[Item<'_>],
        pace: &dyn Pace,
    ) -> Result<Vec<Indexed>, Stopped> {
        self.spend(pace, work.len())?;
        let carried = work.iter().map(|item| {
            let outcome = self.carry_function(item).unwrap_or_else(Outcome::Failed);
            (item.index, outcome)
        });
        Ok(carried.collect())
    }

    fn carry_function(&self, item: &Item<'_>) -> Result<Outcome> {
        let (database, name) = match item.name {
            Name::Function(database, name) => (database, name),
            _ => return Err(Error::new(Code::Bug, "no function is").on(item.entry.key)),
        };
        let above = self.above(database);
        let Some(there) = self.source.catalogue.function(database, name)? else {
            return Ok(Outcome::Vanished);
        };
        let lower = self.describe.function(Side::Lower, &there);
        let intended = self.translator.function(&there);
        if let Some(here) = self.upper.function(&above, name)? {
            let now = self.describe.function(Side::Upper, &here);
            if now == lower {
                return Ok(Outcome::Same(receipt(lower, now)));
            }
            if self.overwrite == Overwrite::Never {
                return Ok(never());
            }
            may_overwrite(item, &now, Some(&HandsOff::Unmarked))?;
            // A function cannot be altered in place on every version.
            self.upper.drop_function(&above, name)?;
        }
        self.upper.create_function(&intended)?;
        let found = self.upper.function(&above, name)?;
        Ok(self.judge_function(item, lower, found))
    }

    fn judge_function(&self, item: &Item<'_>, lower: Vec<u8>, found: Option<Function>) -> Outcome {
        let shown = found.map(|found| self.describe.function(Side::Upper, &found));
        match shown {
            Some(shown) if shown == lower => Outcome::Done(receipt(lower, shown)),
            Some(_) => Outcome::Failed(
                Error::new(Code::HiveTranslated, "UPPER's metastore did not keep")
                    .on(item.entry.key)
                    .because("the function reads back with another class or other resources"),
            ),
            None => Outcome::Moving,
        }
    }
}
