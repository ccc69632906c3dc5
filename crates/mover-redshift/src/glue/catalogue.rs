//! One side's catalogue, asked by LOWER's names, within what was chosen.

use super::options::{CatalogueOptions, Selecting, Selection, Statistics, Tables};
use super::parallel::in_parallel;
use super::translate::Translator;
use boatlift_aws::glue::{DatabaseShown, Glue, Partition, TableShown};
use boatlift_core::{Result, Side};
use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

/// What both sides and the way between them go by.
#[derive(Debug)]
pub(super) struct Terms {
    pub(super) move_name: String,
    selecting: Selecting,
    selection: RwLock<Arc<Selection>>,
    /// Whether both sides are one catalogue.
    same_catalogue: bool,
    pub(super) translator: Translator,
    pub(super) statistics: Statistics,
    pub(super) segments: u8,
    pub(super) connections: usize,
}

impl Terms {
    /// Nothing is selected before [`Terms::select`].
    pub(super) fn new(options: CatalogueOptions, same_catalogue: bool) -> Terms {
        let CatalogueOptions { names, relocation, .. } = options;
        Terms {
            move_name: options.move_name,
            selecting: options.selection,
            selection: RwLock::default(),
            same_catalogue,
            translator: Translator { names, relocation },
            statistics: options.statistics,
            segments: options.segments,
            connections: options.connections.max(1),
        }
    }

    /// Selects anew what is cloned.
    ///
    /// # Errors
    /// When it cannot be told, or two databases would fall into one.
    pub(super) fn select(&self) -> Result<Arc<Selection>> {
        let selection = Arc::new(self.selecting.now()?);
        self.translator.names.check(&selection, self.same_catalogue)?;
        let mut held = self.selection.write().unwrap_or_else(PoisonError::into_inner);
        *held = Arc::clone(&selection);
        Ok(selection)
    }

    /// What was selected last.
    pub(super) fn selection(&self) -> Arc<Selection> {
        Arc::clone(&self.selection.read().unwrap_or_else(PoisonError::into_inner))
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
        match self.terms.selection().databases.get(database) {
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
