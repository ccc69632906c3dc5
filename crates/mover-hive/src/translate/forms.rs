//! The two forms of an object on UPPER: linked to LOWER's files, or with files of its own.
//!
//! Both ways change locations and the purge, nothing else, and going twice is going once.

use super::{Translator, Untranslatable};
use crate::locations::{Form, Locations, Refused};
use crate::marks;
use crate::parameters::{PURGE, is_true};
use boatlift_clients::metastore::{Partition, Stored, Table};
use boatlift_core::Side;

/// Whether all files of a table lie on UPPER, so that dropping it may drop them if dropping
/// it on LOWER did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnsFiles {
    /// Some partition still has its files on LOWER.
    NotYet,
    /// All partitions have theirs on UPPER.
    Yes,
}

/// A file beside a table's own that its properties name: it must come along.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SideFile {
    /// The property: `avro.schema.url`.
    pub key: String,
    /// Where it is on LOWER.
    pub lower: String,
    /// Where the table will look for it on UPPER.
    pub upper: String,
}

impl Translator {
    /// A table of UPPER that points at UPPER's files.
    ///
    /// # Errors
    /// A location without a counterpart.
    pub fn adopt_table(&self, upper: &Table, owns: OwnsFiles) -> Result<Table, Untranslatable> {
        let mut table = self.table_in(Form::Stored, upper)?;
        let own_place = table.location().is_some_and(|location| !self.is_shared(location));
        let purges = is_true(table.parameter(marks::PURGES));
        if owns == OwnsFiles::Yes && own_place && purges {
            table.set_parameter(PURGE, "true");
        }
        Ok(table)
    }

    /// The way back: a table of UPPER that points at LOWER's files, and never drops them.
    ///
    /// # Errors
    /// A location without a counterpart.
    pub fn release_table(&self, upper: &Table) -> Result<Table, Untranslatable> {
        let mut table = self.table_in(Form::Linked, upper)?;
        table.remove_parameter(PURGE);
        Ok(table)
    }

    /// A partition of UPPER that points at UPPER's files.
    ///
    /// # Errors
    /// A location without a counterpart.
    pub fn adopt_partition(&self, upper: &Partition) -> Result<Partition, Untranslatable> {
        self.partition_in(Form::Stored, upper)
    }

    /// The way back: a partition of UPPER that points at LOWER's files.
    ///
    /// # Errors
    /// A location without a counterpart.
    pub fn release_partition(&self, upper: &Partition) -> Result<Partition, Untranslatable> {
        self.partition_in(Form::Linked, upper)
    }

    /// Files that a linked table's properties name outside its own directory, in order.
    ///
    /// # Errors
    /// A location without a counterpart.
    pub fn side_files(&self, linked: &Table) -> Result<Vec<SideFile>, Untranslatable> {
        self.files_beside(linked, linked.parameters())
    }

    /// The same of a linked partition.
    ///
    /// # Errors
    /// A location without a counterpart.
    pub fn side_files_of_partition(
        &self,
        linked: &Partition,
    ) -> Result<Vec<SideFile>, Untranslatable> {
        self.files_beside(linked, linked.parameters())
    }

    fn files_beside<'o>(
        &self,
        linked: &'o impl Stored,
        parameters: impl Iterator<Item = (&'o str, &'o str)>,
    ) -> Result<Vec<SideFile>, Untranslatable> {
        let own = linked.location().map(|location| self.locations.place(Side::Upper, location));
        let own = own.transpose()?;
        let serde = linked.serde_parameters();
        let storage = linked.storage_parameters();
        let named = parameters.chain(serde).chain(storage);
        let mut files = Vec::new();
        for (key, value) in named.filter(|(k, v)| self.locations.holds_location(k, v)) {
            let place = self.locations.place(Side::Upper, value)?;
            let inside = own.as_ref().is_some_and(|own| place.below(own).is_some());
            if inside || self.locations.side_of(Side::Upper, value) != Some(Side::Lower) {
                continue;
            }
            let lower = place.to_string();
            let upper = self.locations.to_upper(&lower)?;
            files.push(SideFile { key: key.to_owned(), lower, upper });
        }
        files.sort();
        files.dedup();
        Ok(files)
    }

    fn table_in(&self, form: Form, upper: &Table) -> Result<Table, Untranslatable> {
        let mut table = upper.clone();
        let state = |text: &str| self.locations.in_form(form, text);
        restate_location(&mut table, &state)?;
        restate_storage(&self.locations, &mut table, &state)?;
        if table.as_raw().map(9).is_some() {
            self.locations.restate(table.as_raw_mut().map_mut(9), state)?;
        }
        Ok(table)
    }

    fn partition_in(&self, form: Form, upper: &Partition) -> Result<Partition, Untranslatable> {
        let mut partition = upper.clone();
        let state = |text: &str| self.locations.in_form(form, text);
        restate_location(&mut partition, &state)?;
        restate_storage(&self.locations, &mut partition, &state)?;
        if partition.as_raw().map(7).is_some() {
            self.locations.restate(partition.as_raw_mut().map_mut(7), state)?;
        }
        Ok(partition)
    }

    /// Whether LOWER's tables have their files at a location of UPPER.
    fn is_shared(&self, location: &str) -> bool {
        let canonical = |side, text: &str| self.locations.place(side, text).map(|p| p.canonical());
        let lower = self.locations.to_lower(location);
        match lower.and_then(|lower| canonical(Side::Lower, &lower)) {
            Ok(lower) => canonical(Side::Upper, location).is_ok_and(|upper| upper == lower),
            // A place that no rule knows: whose it is cannot be told.
            Err(_) => true,
        }
    }
}

type State<'a> = &'a dyn Fn(&str) -> Result<String, Refused>;

fn restate_location(object: &mut impl Stored, state: State<'_>) -> Result<(), Refused> {
    let Some(location) = object.location().filter(|location| !location.is_empty()) else {
        return Ok(());
    };
    let location = state(location)?;
    object.set_location(Some(&location));
    Ok(())
}

/// Gives the locations of a storage descriptor another text, except the first: those of
/// skewed values, in its parameters, and in its SerDe's.
pub(super) fn restate_storage(
    locations: &Locations,
    object: &mut impl Stored,
    state: State<'_>,
) -> Result<(), Refused> {
    let mut refused = None;
    object.move_skewed_locations(&mut |location| {
        state(location).unwrap_or_else(|error| {
            refused.get_or_insert(error);
            location.to_owned()
        })
    });
    if let Some(error) = refused {
        return Err(error);
    }
    if !object.has_storage() {
        return Ok(());
    }
    let storage = object.storage_mut();
    if storage.map(10).is_some() {
        locations.restate(storage.map_mut(10), state)?;
    }
    if let Some(serde) = storage.structure_mut(7).filter(|serde| serde.map(3).is_some()) {
        locations.restate(serde.map_mut(3), state)?;
    }
    Ok(())
}
