//! Reading and building values by field id.
//!
//! A reader answers `None` both for a field that is absent and for one of another type;
//! whoever must tell them apart matches on [`Struct::get`].

use super::{Kind, List, Map, Struct, Value};

impl Kind {
    /// The type of that number on the wire.
    pub(crate) fn from_wire(number: u8) -> Option<Self> {
        Some(match number {
            2 => Self::Bool,
            3 => Self::I8,
            4 => Self::F64,
            6 => Self::I16,
            8 => Self::I32,
            10 => Self::I64,
            11 => Self::Bytes,
            12 => Self::Struct,
            13 => Self::Map,
            14 => Self::Set,
            15 => Self::List,
            _ => return None,
        })
    }
}

impl Value {
    /// The type as the wire names it.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Bool(_) => Kind::Bool,
            Self::I8(_) => Kind::I8,
            Self::I16(_) => Kind::I16,
            Self::I32(_) => Kind::I32,
            Self::I64(_) => Kind::I64,
            Self::F64(_) => Kind::F64,
            Self::Bytes(_) => Kind::Bytes,
            Self::Struct(_) => Kind::Struct,
            Self::List(_) => Kind::List,
            Self::Set(_) => Kind::Set,
            Self::Map(_) => Kind::Map,
        }
    }

    /// The text of a string that is UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// The struct.
    pub fn as_struct(&self) -> Option<&Struct> {
        match self {
            Self::Struct(inner) => Some(inner),
            _ => None,
        }
    }

    /// The struct, taken out.
    pub fn into_struct(self) -> Option<Struct> {
        match self {
            Self::Struct(inner) => Some(inner),
            _ => None,
        }
    }

    /// The items of a list or set.
    pub fn as_items(&self) -> Option<&[Value]> {
        match self {
            Self::List(list) | Self::Set(list) => Some(&list.items),
            _ => None,
        }
    }

    /// The items of a list or set, taken out.
    pub fn into_items(self) -> Option<Vec<Value>> {
        match self {
            Self::List(list) | Self::Set(list) => Some(list.items),
            _ => None,
        }
    }

    /// A list of strings.
    pub fn strings<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> Self {
        Self::List(List {
            kind: Kind::Bytes,
            items: texts.into_iter().map(|text| text.as_ref().into()).collect(),
        })
    }

    /// A list of structs.
    pub fn structs(items: impl IntoIterator<Item = Struct>) -> Self {
        Self::List(List {
            kind: Kind::Struct,
            items: items.into_iter().map(Value::Struct).collect(),
        })
    }

    /// A list of `i32`s or enums.
    pub fn numbers(items: impl IntoIterator<Item = i32>) -> Self {
        Self::List(List { kind: Kind::I32, items: items.into_iter().map(Value::I32).collect() })
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Bytes(text.as_bytes().to_vec())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Bytes(text.into_bytes())
    }
}

macro_rules! value_from {
    ($($from:ty => $variant:ident),*) => {$(
        impl From<$from> for Value {
            fn from(inner: $from) -> Self {
                Self::$variant(inner)
            }
        }
    )*};
}

value_from!(bool => Bool, i8 => I8, i16 => I16, i32 => I32, i64 => I64, f64 => F64,
    Struct => Struct, List => List, Map => Map);

impl Struct {
    /// A struct without fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// With one field more, or another value in it.
    #[must_use]
    pub fn with(mut self, id: i16, value: impl Into<Value>) -> Self {
        self.set(id, value);
        self
    }

    /// The value of a field.
    pub fn get(&self, id: i16) -> Option<&Value> {
        let (_, value) = self.fields.iter().find(|(field, _)| *field == id)?;
        Some(value)
    }

    /// The value of a field, to change.
    pub fn get_mut(&mut self, id: i16) -> Option<&mut Value> {
        let (_, value) = self.fields.iter_mut().find(|(field, _)| *field == id)?;
        Some(value)
    }

    /// Takes a field out.
    pub fn take(&mut self, id: i16) -> Option<Value> {
        let at = self.fields.iter().position(|(field, _)| *field == id)?;
        Some(self.fields.remove(at).1)
    }

    /// Gives a field a value. A new field goes before the first one with a higher id.
    pub fn set(&mut self, id: i16, value: impl Into<Value>) {
        let value = value.into();
        if let Some(old) = self.get_mut(id) {
            *old = value;
            return;
        }
        let after = self.fields.iter().position(|(field, _)| *field > id);
        let at = after.unwrap_or(self.fields.len());
        self.fields.insert(at, (id, value));
    }

    /// Gives a field a value, or takes it out.
    pub fn set_or_take(&mut self, id: i16, value: Option<impl Into<Value>>) {
        match value {
            Some(value) => self.set(id, value),
            None => drop(self.take(id)),
        }
    }

    /// A string that is UTF-8.
    pub fn string(&self, id: i16) -> Option<&str> {
        self.get(id)?.as_str()
    }

    /// A string's bytes.
    pub fn bytes(&self, id: i16) -> Option<&[u8]> {
        match self.get(id)? {
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// A `bool`.
    pub fn bool(&self, id: i16) -> Option<bool> {
        match self.get(id)? {
            Value::Bool(flag) => Some(*flag),
            _ => None,
        }
    }

    /// An `i32` or enum.
    pub fn i32(&self, id: i16) -> Option<i32> {
        match self.get(id)? {
            Value::I32(number) => Some(*number),
            _ => None,
        }
    }

    /// An `i64`.
    pub fn i64(&self, id: i16) -> Option<i64> {
        match self.get(id)? {
            Value::I64(number) => Some(*number),
            _ => None,
        }
    }

    /// A struct.
    pub fn structure(&self, id: i16) -> Option<&Struct> {
        self.get(id)?.as_struct()
    }

    /// A struct, to change.
    pub fn structure_mut(&mut self, id: i16) -> Option<&mut Struct> {
        match self.get_mut(id)? {
            Value::Struct(inner) => Some(inner),
            _ => None,
        }
    }

    /// The items of a list or set.
    pub fn items(&self, id: i16) -> Option<&[Value]> {
        self.get(id)?.as_items()
    }

    /// A map.
    pub fn map(&self, id: i16) -> Option<&Map> {
        match self.get(id)? {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// A map, to change; made when the field is absent or of another type.
    pub fn map_mut(&mut self, id: i16) -> &mut Map {
        if self.map(id).is_none() {
            self.set(id, Map::strings([] as [(&str, &str); 0]));
        }
        match self.get_mut(id) {
            Some(Value::Map(map)) => map,
            _ => unreachable!("the field was just set to a map"),
        }
    }
}

impl Map {
    /// A `map<string, string>`.
    pub fn strings<K: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        Self {
            kinds: Some((Kind::Bytes, Kind::Bytes)),
            entries: pairs
                .into_iter()
                .map(|(key, value)| (key.as_ref().into(), value.as_ref().into()))
                .collect(),
        }
    }

    /// The text that a key has.
    pub fn text(&self, key: &str) -> Option<&str> {
        let (_, value) = self.texts().find(|(name, _)| *name == key)?;
        Some(value)
    }

    /// The pairs whose key and value are UTF-8 strings, in the order of the wire.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().filter_map(|(key, value)| Some((key.as_str()?, value.as_str()?)))
    }

    /// Gives a key a text. A new key goes to the end.
    pub fn set_text(&mut self, key: &str, text: &str) {
        let mut entries = self.entries.iter_mut();
        match entries.find(|(name, _)| name.as_str() == Some(key)) {
            Some((_, value)) => *value = text.into(),
            None => self.entries.push((key.into(), text.into())),
        }
    }

    /// Takes a key out; true if it was there.
    pub fn remove_text(&mut self, key: &str) -> bool {
        let before = self.entries.len();
        self.entries.retain(|(name, _)| name.as_str() != Some(key));
        self.entries.len() < before
    }
}
