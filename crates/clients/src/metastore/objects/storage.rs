//! Where and how the rows of a table or partition are stored.

use crate::thrift::{Kind, Map, Struct, Value};

use super::shape::{Field, Shape};

/// Fields of a `FieldSchema`.
pub(super) const COLUMN: &[Field] = &[
    Field::needed(1, "a column's name", Shape::Text),
    Field::free(2, "a column's type", Shape::Text),
    Field::free(3, "a column's comment", Shape::Text),
];

/// Fields of a `StorageDescriptor`.
pub(super) const DESCRIPTOR: &[Field] = &[
    Field::free(1, "the columns", Shape::Many(COLUMN)),
    Field::free(2, "the location", Shape::Text),
    Field::free(3, "the input format", Shape::Text),
    Field::free(4, "the output format", Shape::Text),
    Field::free(5, "whether data is compressed", Shape::Plain(Kind::Bool)),
    Field::free(6, "the number of buckets", Shape::Plain(Kind::I32)),
    Field::free(7, "the SerDe", Shape::Inner(SERDE)),
    Field::free(8, "the bucket columns", Shape::TextList),
    Field::free(9, "the sort columns", Shape::Many(SORT_COLUMN)),
    Field::free(10, "the storage parameters", Shape::Texts),
    Field::free(11, "the skew", Shape::Inner(SKEW)),
];

const SERDE: &[Field] = &[
    Field::free(1, "the SerDe's name", Shape::Text),
    Field::free(2, "the SerDe's library", Shape::Text),
    Field::free(3, "the SerDe's parameters", Shape::Texts),
];

const SORT_COLUMN: &[Field] = &[
    Field::needed(1, "a sort column's name", Shape::Text),
    Field::free(2, "a sort column's order", Shape::Plain(Kind::I32)),
];

const SKEW: &[Field] = &[Field::free(1, "the skewed columns", Shape::TextList)];

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its type, in Hive's words.
    pub type_name: &'a str,
    /// What it is for.
    pub comment: Option<&'a str>,
}

impl<'a> Column<'a> {
    pub(super) fn all(items: Option<&'a [Value]>) -> Vec<Self> {
        let columns = items.unwrap_or_default().iter();
        columns
            .filter_map(Value::as_struct)
            .map(|raw| Self {
                name: raw.string(1).unwrap_or_default(),
                type_name: raw.string(2).unwrap_or_default(),
                comment: raw.string(3),
            })
            .collect()
    }

    /// The `FieldSchema`.
    pub fn to_raw(self) -> Struct {
        let mut raw = Struct::new().with(1, self.name).with(2, self.type_name);
        raw.set_or_take(3, self.comment);
        raw
    }
}

/// What a table and a partition have in common: a storage descriptor.
///
/// Setters make the descriptor when there is none, so ask [`Stored::has_storage`] first:
/// views have one without a location, and a partition may lack it on old servers.
pub trait Stored {
    /// The `StorageDescriptor`.
    fn storage(&self) -> Option<&Struct>;

    /// The `StorageDescriptor`, made when there is none.
    fn storage_mut(&mut self) -> &mut Struct;

    /// Whether there is a `StorageDescriptor`.
    fn has_storage(&self) -> bool {
        self.storage().is_some()
    }

    /// The directory, as a URI.
    fn location(&self) -> Option<&str> {
        self.storage()?.string(2)
    }

    /// Sets the directory, or takes it away so that the server chooses.
    fn set_location(&mut self, to: Option<&str>) {
        self.storage_mut().set_or_take(2, to);
    }

    /// The columns in the files; partition keys are not among them.
    fn columns(&self) -> Vec<Column<'_>> {
        Column::all(self.storage().and_then(|storage| storage.items(1)))
    }

    /// Sets the columns.
    fn set_columns(&mut self, columns: &[Column<'_>]) {
        let raw = columns.iter().map(|column| column.to_raw());
        self.storage_mut().set(1, Value::structs(raw));
    }

    /// The class that reads files.
    fn input_format(&self) -> Option<&str> {
        self.storage()?.string(3)
    }

    /// Sets the class that reads files.
    fn set_input_format(&mut self, to: Option<&str>) {
        self.storage_mut().set_or_take(3, to);
    }

    /// The class that writes files.
    fn output_format(&self) -> Option<&str> {
        self.storage()?.string(4)
    }

    /// Sets the class that writes files.
    fn set_output_format(&mut self, to: Option<&str>) {
        self.storage_mut().set_or_take(4, to);
    }

    /// The number of buckets: 0 or below when there are none.
    fn buckets(&self) -> i32 {
        let buckets = self.storage().and_then(|storage| storage.i32(6));
        buckets.unwrap_or(0)
    }

    /// The columns that choose the bucket.
    fn bucket_columns(&self) -> Vec<&str> {
        texts(self.storage().and_then(|storage| storage.items(8)))
    }

    /// The class of the SerDe.
    fn serde_library(&self) -> Option<&str> {
        self.storage()?.structure(7)?.string(2)
    }

    /// Sets the class of the SerDe.
    fn set_serde_library(&mut self, to: Option<&str>) {
        serde_mut(self.storage_mut()).set_or_take(2, to);
    }

    /// The SerDe's parameters, in the server's order.
    fn serde_parameters(&self) -> Vec<(&str, &str)> {
        let serde = self.storage().and_then(|storage| storage.structure(7));
        let map = serde.and_then(|serde| serde.map(3));
        map.map_or_else(Vec::new, |map| map.texts().collect())
    }

    /// Gives a parameter of the SerDe a value, or takes it away.
    fn set_serde_parameter(&mut self, key: &str, value: Option<&str>) {
        let map = serde_mut(self.storage_mut()).map_mut(3);
        match value {
            Some(value) => map.set_text(key, value),
            None => drop(map.remove_text(key)),
        }
    }

    /// The parameters of the storage descriptor, in the server's order.
    fn storage_parameters(&self) -> Vec<(&str, &str)> {
        let map = self.storage().and_then(|storage| storage.map(10));
        map.map_or_else(Vec::new, |map| map.texts().collect())
    }

    /// The columns with values that have directories or files of their own.
    fn skewed_columns(&self) -> Vec<&str> {
        let skew = self.storage().and_then(|storage| storage.structure(11));
        texts(skew.and_then(|skew| skew.items(1)))
    }

    /// The directories of skewed values (list bucketing), as URIs.
    fn skewed_locations(&self) -> Vec<&str> {
        let skew = self.storage().and_then(|storage| storage.structure(11));
        let entries = skew.and_then(|skew| skew.map(3)).map(|map| &map.entries);
        let entries = entries.into_iter().flatten();
        entries.filter_map(|(_, to)| to.as_str()).collect()
    }

    /// Gives every directory of a skewed value the URI that `place` answers.
    fn move_skewed_locations(&mut self, place: &mut dyn FnMut(&str) -> String)
    where
        Self: Sized,
    {
        if self.skewed_locations().is_empty() {
            return;
        }
        let skew = self.storage_mut().structure_mut(11);
        if let Some(Value::Map(map)) = skew.and_then(|skew| skew.get_mut(3)) {
            for (_, location) in &mut map.entries {
                if let Some(old) = location.as_str() {
                    *location = place(old).into();
                }
            }
        }
    }
}

/// A storage descriptor with the fields that servers expect to be set.
pub(super) fn new_descriptor() -> Struct {
    let nothing = || Map::strings([] as [(&str, &str); 0]);
    let serde = Struct::new().with(3, nothing());
    Struct::new()
        .with(1, Value::structs([]))
        .with(5, false)
        .with(6, -1)
        .with(7, serde)
        .with(8, Value::strings([] as [&str; 0]))
        .with(9, Value::structs([]))
        .with(10, nothing())
}

/// The struct in field `id`, made when there is none.
pub(super) fn inner_mut(raw: &mut Struct, id: i16, make: fn() -> Struct) -> &mut Struct {
    if raw.structure(id).is_none() {
        raw.set(id, make());
    }
    match raw.get_mut(id) {
        Some(Value::Struct(inner)) => inner,
        _ => unreachable!("the field was just set to a struct"),
    }
}

fn serde_mut(storage: &mut Struct) -> &mut Struct {
    inner_mut(storage, 7, Struct::new)
}

fn texts(items: Option<&[Value]>) -> Vec<&str> {
    let items = items.unwrap_or_default().iter();
    items.filter_map(Value::as_str).collect()
}
