//! Looking: is each object on UPPER still as it was agreed on?

use super::lane::{CatalogueLane, Item, all_failed};
use crate::keys::Name;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::facets::FacetsRef;
use boatlift_core::lane::{Pace, Stopped};
use boatlift_core::outcome::{Indexed, Outcome, Proof, Receipt};
use boatlift_core::side::Side;
use std::collections::BTreeMap;

impl CatalogueLane {
    /// Compares what UPPER shows with what the entries say of it. Changes nothing.
    pub(super) fn look(&self, work: &[Item<'_>], pace: &dyn Pace) -> Result<Vec<Indexed>, Stopped> {
        pace.spend(Side::Upper, work.len() as u64, 0)?;
        let mut shown = match self.shown(work) {
            Ok(shown) => shown,
            Err(error) => return Ok(all_failed(work, &error)),
        };
        let looked = work.iter().map(|item| {
            let outcome = judge(item, shown.remove(&item.index));
            (item.index, outcome)
        });
        Ok(looked.collect())
    }

    /// UPPER's facets of each item that is there.
    fn shown(&self, work: &[Item<'_>]) -> Result<BTreeMap<u32, Vec<u8>>> {
        let mut shown = BTreeMap::new();
        match work[0].name {
            Name::Partition(database, table, _) => {
                let Some(owner) = self.upper.table(&self.above(database), table)? else {
                    return Ok(shown);
                };
                let names: Vec<String> = work.iter().filter_map(last_name).collect();
                let found = self.upper.partitions(&owner, &names)?;
                for item in work {
                    if let Some(found) = last_name(item).and_then(|name| found.get(&name)) {
                        let facets = self.describe.partition(Side::Upper, found);
                        shown.insert(item.index, facets);
                    }
                }
            }
            Name::Table(database, _) | Name::View(database, _) => {
                let names: Vec<String> = work.iter().filter_map(last_name).collect();
                let found = self.upper.tables(&self.above(database), &names)?;
                for item in work {
                    if let Some(found) = last_name(item).and_then(|name| found.get(&name)) {
                        shown.insert(item.index, self.describe.table(Side::Upper, found));
                    }
                }
            }
            Name::Database(_) | Name::Function(..) => {
                for item in work {
                    if let Some(facets) = self.shown_one(item)? {
                        shown.insert(item.index, facets);
                    }
                }
            }
        }
        Ok(shown)
    }

    fn shown_one(&self, item: &Item<'_>) -> Result<Option<Vec<u8>>> {
        let above = self.above(item.name.database());
        Ok(match item.name {
            Name::Function(_, name) => {
                let found = self.upper.function(&above, name)?;
                found.map(|found| self.describe.function(Side::Upper, &found))
            }
            _ => {
                let found = self.upper.database(&above)?;
                found.map(|found| self.describe.database(Side::Upper, &found))
            }
        })
    }
}

fn last_name(item: &Item<'_>) -> Option<String> {
    match item.name {
        Name::Partition(_, _, name) => Some(name.to_owned()),
        _ => item.name.table().map(str::to_owned),
    }
}

fn judge(item: &Item<'_>, shown: Option<Vec<u8>>) -> Outcome {
    let expected = item.entry.upper.or(item.entry.lower).map(FacetsRef::as_bytes);
    let differs = |because: &str| {
        let error = Error::new(Code::LookDiffers, "UPPER does not show what was agreed on:");
        Outcome::Failed(error.on(item.entry.key).because(because))
    };
    match (expected, shown) {
        (None, None) => Outcome::Same(Receipt::of(Proof::ReadBack)),
        (Some(expected), Some(shown)) if expected == shown => {
            let upper = Some(shown.into());
            Outcome::Done(Receipt { upper, ..Receipt::of(Proof::ReadBack) })
        }
        (_, None) => differs("it is not there"),
        (_, Some(_)) => differs("it was altered"),
    }
}
