//! What an object says, one fact after the other, in one order and one spelling.
//!
//! Fingerprints hash the facts, differences compare them: what one ignores the other does
//! not report. An object is told as it stands on UPPER, or shall stand there. Not told:
//! what servers keep for themselves, statistics, and fields that no known version has.

use crate::classify::is_external;
use crate::locations::Locations;
use crate::marks::{self, is_mark};
use crate::parameters::{BUCKETING, EXTERNAL, PURGE, is_statistic, is_translation, is_true};
use boatlift_clients::metastore::{Database, Function, Partition, Stored, Table};
use boatlift_clients::thrift::{Map, Struct, Value};
use boatlift_core::Side;

/// Fields of `SkewedInfo`: values, and directories by value.
const SKEWED_VALUES: i16 = 2;
const SKEWED_LOCATIONS: i16 = 3;

/// What the facts are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To know whether LOWER and UPPER say the same: marks do not count, both forms of a
    /// location are one, and that an adopted table owns its files is as it should be.
    Compare,
    /// To know whether what was written stands there.
    ReadBack,
}

/// Tells facts to `tell`: a path and a value.
pub(crate) struct Telling<'a> {
    locations: &'a Locations,
    purpose: Purpose,
    owners: bool,
    path: String,
    tell: &'a mut dyn FnMut(&str, &[u8]),
}

impl<'a> Telling<'a> {
    pub(crate) fn new(
        locations: &'a Locations,
        purpose: Purpose,
        owners: bool,
        tell: &'a mut dyn FnMut(&str, &[u8]),
    ) -> Self {
        Telling { locations, purpose, owners, path: String::new(), tell }
    }

    pub(crate) fn table(&mut self, table: &Table) {
        self.text("database", Some(&table.database().to_lowercase()));
        self.text("name", Some(&table.name().to_lowercase()));
        let kind = if is_external(table) { Some("EXTERNAL_TABLE") } else { table.table_type() };
        self.text("type", kind);
        if self.owners {
            self.text("owner", table.owner());
            self.owner_kind(table.as_raw().i32(18));
        }
        self.number("retention", table.as_raw().i32(6), 0);
        self.columns("partition-keys", table.as_raw().items(8));
        self.storage(table);
        self.parameters("parameters", table.as_raw().map(9));
        self.bucketing(table);
        self.purge(table);
        self.text("view.original", table.view_original_text());
        self.text("view.expanded", table.view_expanded_text());
    }

    pub(crate) fn partition(&mut self, partition: &Partition) {
        self.text("database", Some(&partition.database().to_lowercase()));
        self.text("table", Some(&partition.table().to_lowercase()));
        self.texts("values", partition.as_raw().items(1));
        self.storage(partition);
        self.parameters("parameters", partition.as_raw().map(7));
    }

    pub(crate) fn database(&mut self, database: &Database) {
        self.text("name", Some(&database.name().to_lowercase()));
        self.text("description", database.description());
        if self.owners {
            self.text("owner", database.owner());
            self.owner_kind(database.as_raw().i32(7));
        }
        // UPPER chooses where a database lies: that is no difference between the sides.
        if self.purpose == Purpose::ReadBack {
            self.location("location", database.location());
        }
        self.parameters("parameters", database.as_raw().map(4));
    }

    pub(crate) fn function(&mut self, function: &Function) {
        self.text("database", Some(&function.database().to_lowercase()));
        self.text("name", Some(&function.name().to_lowercase()));
        self.text("class", function.class());
        if self.owners {
            self.text("owner", function.owner());
            self.owner_kind(function.as_raw().i32(5));
        }
        for (index, location) in function.resources().into_iter().enumerate() {
            self.within(&format!("resources[{index}]"), |t| t.location("", Some(location)));
        }
    }

    fn storage(&mut self, object: &impl Stored) {
        let Some(storage) = object.storage() else { return };
        self.columns("columns", storage.items(1));
        self.location("location", object.location());
        self.text("input-format", object.input_format());
        self.text("output-format", object.output_format());
        self.flag("compressed", storage.bool(5));
        if !object.bucket_columns().is_empty() {
            self.number("buckets", storage.i32(6), 0);
            self.texts("bucket-columns", storage.items(8));
        }
        for (index, sorted) in structs(storage.items(9)).enumerate() {
            let order = sorted.i32(2).unwrap_or_default().to_string();
            self.within(&format!("sort-columns[{index}]"), |t| {
                t.text(".name", sorted.string(1));
                t.text(".order", Some(&order));
            });
        }
        self.text("serde", object.serde_library());
        let serde = storage.structure(7).and_then(|serde| serde.map(3));
        self.parameters("serde-properties", serde);
        self.parameters("storage-parameters", storage.map(10));
        self.skew(object);
        self.flag("stored-as-subdirectories", storage.bool(12));
    }

    fn skew(&mut self, object: &impl Stored) {
        let skew = object.storage().and_then(|storage| storage.structure(11));
        let Some(skew) = skew.filter(|_| !object.skewed_columns().is_empty()) else { return };
        self.texts("skewed-columns", skew.items(1));
        for (index, values) in skew.items(SKEWED_VALUES).unwrap_or_default().iter().enumerate() {
            self.texts(&format!("skewed-values[{index}]"), values.as_items());
        }
        let entries = skew.map(SKEWED_LOCATIONS).map_or(&[][..], |map| &map.entries);
        let mut places: Vec<_> = entries.iter().map(|(k, v)| (strings(k.as_items()), v)).collect();
        places.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (values, place) in places {
            self.within(&format!("skewed-locations{values:?}"), |t| t.location("", place.as_str()));
        }
    }

    fn columns(&mut self, name: &str, items: Option<&[Value]>) {
        for (index, column) in structs(items).enumerate() {
            let column_name = column.string(1).unwrap_or_default().to_lowercase();
            self.within(&format!("{name}[{index}]"), |t| {
                t.text(".name", Some(&column_name));
                t.text(".type", column.string(2));
                t.text(".comment", column.string(3));
            });
        }
    }

    fn parameters(&mut self, name: &str, map: Option<&Map>) {
        let mut pairs: Vec<(&str, &str)> = map.into_iter().flat_map(Map::texts).collect();
        pairs.retain(|(key, _)| self.counts(key));
        pairs.sort_unstable();
        for (key, value) in pairs {
            self.within(&format!("{name}[{key}]"), |t| {
                if t.locations.holds_location(key, value) {
                    t.location("", Some(value));
                } else {
                    (t.tell)(&t.path, value.as_bytes());
                }
            });
        }
    }

    fn counts(&self, key: &str) -> bool {
        let told_elsewhere = matches!(key, EXTERNAL | PURGE | BUCKETING);
        let own = is_mark(key) && self.purpose == Purpose::Compare && key != marks::PURGES;
        let added = is_translation(key) && self.purpose == Purpose::Compare;
        !told_elsewhere && !own && !added && !is_statistic(key)
    }

    /// Without a version, rows of a bucketed table lie as Hive 1 and 2 put them.
    fn bucketing(&mut self, table: &Table) {
        if !table.bucket_columns().is_empty() {
            let version = table.parameter(BUCKETING).unwrap_or("1");
            self.text("parameters[bucketing_version]", Some(version));
        }
    }

    /// Compared, only a purge that nobody asked for counts: of files that are LOWER's, or on
    /// a table that did not own its files there.
    fn purge(&mut self, table: &Table) {
        let purges = is_true(table.parameter(PURGE));
        let told = match self.purpose {
            Purpose::ReadBack => purges,
            Purpose::Compare => {
                let place = table.location().and_then(|l| self.locations.side_of(Side::Upper, l));
                let asked = is_true(table.parameter(marks::PURGES));
                purges && !(asked && place == Some(Side::Upper))
            }
        };
        self.flag("parameters[external.table.purge]", Some(told));
    }

    fn location(&mut self, name: &str, location: Option<&str>) {
        let told = location.map(|location| match self.purpose {
            Purpose::Compare => self.locations.lower_form(Side::Upper, location),
            Purpose::ReadBack => match self.locations.place(Side::Upper, location) {
                Ok(place) => place.canonical(),
                Err(_) => location.to_owned(),
            },
        });
        self.text(name, told.as_deref());
    }

    /// 1 is a user, which servers take where nothing is said.
    fn owner_kind(&mut self, kind: Option<i32>) {
        self.number("owner-kind", kind, 1);
    }

    fn flag(&mut self, name: &str, flag: Option<bool>) {
        self.text(name, (flag == Some(true)).then_some("true"));
    }

    fn number(&mut self, name: &str, number: Option<i32>, unsaid: i32) {
        let told = number.filter(|number| *number != unsaid).map(|number| number.to_string());
        self.text(name, told.as_deref());
    }

    fn texts(&mut self, name: &str, items: Option<&[Value]>) {
        for (index, text) in strings(items).into_iter().enumerate() {
            self.within(&format!("{name}[{index}]"), |t| (t.tell)(&t.path, text.as_bytes()));
        }
    }

    /// Servers give an empty text back as none, or none as an empty one: neither is told.
    fn text(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.within(name, |t| (t.tell)(&t.path, text.as_bytes()));
        }
    }

    fn within(&mut self, name: &str, tell: impl FnOnce(&mut Self)) {
        let before = self.path.len();
        self.path.push_str(name);
        tell(self);
        self.path.truncate(before);
    }
}

fn structs(items: Option<&[Value]>) -> impl Iterator<Item = &Struct> {
    items.unwrap_or_default().iter().filter_map(Value::as_struct)
}

fn strings(items: Option<&[Value]>) -> Vec<&str> {
    items.unwrap_or_default().iter().filter_map(Value::as_str).collect()
}
