//! One side's catalogue, asked by LOWER's names, within what was chosen.

use super::options::{CatalogueOptions, Selection, Statistics, Tables};
use super::parallel::in_parallel;
use super::translate::Translator;
use boatlift_aws::glue::{DatabaseShown, Glue, Partition, TableShown};
use boatlift_core::{Result, Side};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What both sides and the way between them go by.
#[derive(Debug)]
pub(super) struct Terms {
    pub(super) move_name: String,
    pub(super) selection: Selection,
    pub(super) translator: Translator,
    pub(super) statistics: Statistics,
    pub(super) segments: u8,
    pub(super) connections: usize,
}

impl From<CatalogueOptions> for Terms {
    fn from(options: CatalogueOptions) -> Self {
        let CatalogueOptions { names, relocation, .. } = options;
        Terms {
            move_name: options.move_name,
            selection: options.selection,
            translator: Translator { names, relocation },
            statistics: options.statistics,
            segments: options.segments,
            connections: options.connections.max(1),
        }
    }
}

/// One side's catalogue. Databases are asked for by LOWER's names on either side.
#[derive(Debug)]
pub(super) struct Catalogue {
    pub(super) side: Side,
    pub(super) glue: Glue,
    pub(super) terms: Arc<Terms>,
}

impl Catalogue {
    /// What a database of LOWER is called here.
    pub(super) fn name_of(&self, database: &str) -> String {
        match self.side {
            Side::Lower => database.to_owned(),
            Side::Upper => self.terms.translator.names.upper(database),
        }
    }

    pub(super) fn database(&self, database: &str) -> Result<Option<DatabaseShown>> {
        self.glue.database(&self.name_of(database))
    }

    pub(super) fn table(&self, database: &str, table: &str) -> Result<Option<TableShown>> {
        self.glue.table(&self.name_of(database), table)
    }

    pub(super) fn partitions(
        &self,
        database: &str,
        table: &str,
        values: &[Vec<String>],
    ) -> Result<Vec<Partition>> {
        match values.is_empty() {
            true => Ok(Vec::new()),
            false => self.glue.partitions(&self.name_of(database), table, values),
        }
    }

    /// The chosen tables of a database that are there, in no order.
    pub(super) fn tables(&self, database: &str) -> Result<Vec<TableShown>> {
        match self.terms.selection.databases.get(database) {
            None => Ok(Vec::new()),
            Some(Tables::All) => {
                let mut all = Vec::new();
                self.glue.each_table(&self.name_of(database), &mut |page| {
                    all.extend(page);
                    Ok(())
                })?;
                Ok(all)
            }
            Some(Tables::Named(names)) => self.named(database, names),
        }
    }

    fn named(&self, database: &str, names: &BTreeSet<String>) -> Result<Vec<TableShown>> {
        let names: Vec<&String> = names.iter().collect();
        let read = |name: &&String| self.table(database, name);
        let found = in_parallel(self.terms.connections, &names, read);
        found.into_iter().filter_map(Result::transpose).collect()
    }
}
