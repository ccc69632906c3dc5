//! Looking: is each object on UPPER still as it was agreed on? Changes nothing.

use super::facets::upper_table_facets;
use super::lane::{CatalogueLane, Item};
use super::names::Name;
use super::partitions::{by_values, values_of};
use boatlift_core::facets::FacetsRef;
use boatlift_core::outcome::{Indexed, Outcome, Proof, Receipt};
use boatlift_core::{Code, Error, Result, Side};

impl CatalogueLane {
    /// Compares what UPPER shows of a database or table with what the entry says of it.
    pub(super) fn look(&self, item: &Item<'_>) -> Result<Outcome> {
        let shown = match &item.name {
            Name::Database(database) => self
                .upper
                .database(database)?
                .map(|here| self.upper.terms.database_facets(Side::Upper, &here)),
            Name::Table(database, table) => {
                self.upper.table(database, table)?.map(|here| upper_table_facets(&here))
            }
            Name::Partition(..) | Name::Schema(_) => None,
        };
        Ok(judge(item, shown))
    }

    /// The same of partitions of one table.
    pub(super) fn look_at_partitions(
        &self,
        database: &str,
        table: &str,
        work: &[Item<'_>],
    ) -> Result<Vec<Indexed>> {
        let mut here = by_values(self.upper.partitions(database, table, &values_of(work))?);
        let looked = work.iter().map(|item| {
            let found = match &item.name {
                Name::Partition(_, _, values) => here.remove(values),
                _ => None,
            };
            (item.index, judge(item, found.map(|found| self.shown(&found))))
        });
        Ok(looked.collect())
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
