//! What cloning comes to, table by table: for people, before a run and after it. Reads both
//! sides and changes nothing.

use super::catalogue::Catalogue;
use super::differences::{Difference, between};
use super::marks::hands_off;
use super::relocation::Kept;
use super::standing::{of_database, of_table};
use boatlift_aws::glue::TableShown;
use boatlift_core::Result;
use serde::Serialize;
use std::sync::Arc;

/// Locations of a table's partitions that are shown one by one.
const SHOWN: usize = 10;

/// Looks at both sides.
pub struct Review {
    pub(super) lower: Arc<Catalogue>,
    pub(super) upper: Arc<Catalogue>,
}

/// What is to be done with a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// UPPER does not have it.
    Create,
    /// UPPER has it otherwise.
    Update,
    /// UPPER has it so.
    Skip,
    /// It stays behind, and why.
    Stays(String),
    /// UPPER has one that is not ours to change, and why.
    HandsOff(String),
}

/// A table, or with an empty name a database, on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableReview {
    /// The database on LOWER.
    pub database: String,
    /// The database on UPPER.
    pub target: String,
    /// The table.
    pub table: String,
    /// What is to be done.
    pub action: Action,
    /// What UPPER has otherwise.
    pub differences: Vec<Difference>,
    /// Locations of the table, and the first of its partitions, that have no clone.
    pub kept: Vec<Kept>,
    /// Partitions on LOWER.
    pub partitions: u64,
    /// Those of them that name a location without a clone.
    pub partitions_kept: u64,
}

impl Review {
    /// Shows every chosen table of LOWER, by database and name.
    ///
    /// # Errors
    /// When a side cannot be read, or `visit` fails.
    pub fn each(&self, visit: &mut dyn FnMut(TableReview) -> Result<()>) -> Result<()> {
        for database in self.lower.terms.select()?.databases.keys() {
            let Some(shown) = self.lower.database(database)? else { continue };
            if let Some(stays) = of_database(&shown) {
                let action = Action::Stays(stays.to_string());
                visit(TableReview { action, ..self.blank(database, "") })?;
                continue;
            }
            let mut tables = self.lower.tables(database)?;
            tables.sort_by(|one, other| one.table.name.cmp(&other.table.name));
            for table in &tables {
                visit(self.table(database, table)?)?;
            }
        }
        Ok(())
    }

    fn blank(&self, database: &str, table: &str) -> TableReview {
        TableReview {
            database: database.to_owned(),
            target: self.upper.name_of(database),
            table: table.to_owned(),
            action: Action::Create,
            differences: Vec::new(),
            kept: Vec::new(),
            partitions: 0,
            partitions_kept: 0,
        }
    }

    fn table(&self, database: &str, there: &TableShown) -> Result<TableReview> {
        let blank = self.blank(database, &there.table.name);
        if let Some(stays) = of_table(there) {
            return Ok(TableReview { action: Action::Stays(stays.to_string()), ..blank });
        }
        let terms = &self.lower.terms;
        let stated = terms.translator.table(&there.table);
        let here = self.upper.table(database, &there.table.name)?;
        let differences =
            here.as_ref().map(|here| between(&stated.object, &here.table)).unwrap_or_default();
        let action = match &here {
            None => Action::Create,
            Some(_) if differences.is_empty() => Action::Skip,
            Some(here) => match hands_off(&here.table, &terms.move_name) {
                None => Action::Update,
                Some(why) => Action::HandsOff(why.to_string()),
            },
        };
        let mut review = TableReview { action, differences, kept: stated.kept, ..blank };
        if !there.table.key_names().is_empty() {
            self.partitions(database, &mut review)?;
        }
        Ok(review)
    }

    fn partitions(&self, database: &str, review: &mut TableReview) -> Result<()> {
        let terms = &self.lower.terms;
        // In one piece: a server without segments would be counted several times.
        for page in self.lower.glue.partition_pages(database, &review.table, 1) {
            for partition in page? {
                review.partitions += 1;
                let kept = terms.translator.partition(&partition).kept;
                review.partitions_kept += u64::from(!kept.is_empty());
                let room = SHOWN.saturating_sub(review.kept.len());
                review.kept.extend(kept.into_iter().take(room));
            }
        }
        Ok(())
    }
}
