//! Claims: the transfer tables of a place on UPPER's metastore.
//!
//! The table to be written is made before the first file is, and dropped when the rows are
//! proved. If a run dies in between, it is still there, and says that what lies at the place
//! is ours to write over.

use super::transfer::{CLAIM, Names, Transfer};
use crate::catalog::Catalogue;
use crate::data::Place;
use boatlift_clients::metastore::{Stored, Table};
use boatlift_core::error::{Code, Error, Result};

/// The transfer tables of one place.
pub(super) struct Claim<'c> {
    pub(super) upper: &'c Catalogue,
    /// The database on UPPER.
    pub(super) database: &'c str,
    pub(super) names: Names,
}

impl Claim<'_> {
    /// Whether the place is claimed.
    pub(super) fn stands(&self, place: &Place) -> Result<bool> {
        let table = self.upper.table(self.database, &self.names.to)?;
        Ok(table.is_some_and(|table| is_claim(&table, place)))
    }

    /// Makes the table that is read and the one that is written. Idempotent.
    pub(super) fn make(&self, transfer: &Transfer) -> Result<()> {
        self.make_one(&transfer.to)?;
        self.make_one(&transfer.from)
    }

    /// Makes the tables by which both sides are looked at. Idempotent.
    pub(super) fn make_look(&self, transfer: &Transfer) -> Result<()> {
        self.make_one(&transfer.look)?;
        self.make_one(&transfer.from)
    }

    /// Drops all but the claim; files stay.
    pub(super) fn drop_sources(&self) -> Result<()> {
        for name in [&self.names.from, &self.names.look, &self.names.import] {
            self.upper.drop_table(self.database, name)?;
        }
        Ok(())
    }

    /// Drops the table that IMPORT makes; files stay.
    pub(super) fn drop_import(&self) -> Result<()> {
        self.upper.drop_table(self.database, &self.names.import)
    }

    /// Drops the tables; files stay.
    pub(super) fn drop_all(&self) -> Result<()> {
        self.drop_sources()?;
        self.upper.drop_table(self.database, &self.names.to)
    }

    /// A claim that stands is altered, so that there is no moment without it.
    fn make_one(&self, table: &Table) -> Result<()> {
        match self.upper.table(self.database, table.name())? {
            None => {}
            Some(there) if place_of(&there) == place_of(table) => {
                return self.upper.alter_table(self.database, table.name(), table);
            }
            Some(_) => {
                return Err(Error::new(Code::HiveForeign, "cannot make the transfer table")
                    .on(format!("{}.{}", self.database, table.name()))
                    .because("there is one of this name with another location"));
            }
        }
        match self.upper.create_table(table)? {
            true => Ok(()),
            false => Err(Error::new(Code::HiveForeign, "cannot make the transfer table")
                .on(format!("{}.{}", self.database, table.name()))
                .because("another run made it at this moment")),
        }
    }
}

/// Whether a table was made to write to the place.
fn is_claim(table: &Table, place: &Place) -> bool {
    table.parameter(CLAIM) == Some(place.upper.as_str())
}

/// Where a table points, however its metastore ends directories.
fn place_of(table: &Table) -> Option<&str> {
    table.location().map(|location| location.trim_end_matches('/'))
}
