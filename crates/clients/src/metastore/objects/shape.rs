//! The shape of structs: which field has which type.

use crate::thrift::{Kind, Struct, Value};

/// Why an answer cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Something that must be there is not.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// Something is of another type.
    #[error("{0} is of another type")]
    Type(&'static str),
    /// A text is not UTF-8.
    #[error("{0} is not UTF-8")]
    Text(&'static str),
    /// The result has an exception that the interface does not declare.
    #[error("it has the undeclared exception {0}")]
    Exception(i16),
}

/// What a field must be when it is there.
pub(super) enum Shape {
    /// A string in UTF-8.
    Text,
    /// A plain value.
    Plain(Kind),
    /// A map of strings.
    Texts,
    /// A list of strings.
    TextList,
    /// A struct.
    Inner(&'static [Field]),
    /// A list of structs.
    Many(&'static [Field]),
}

/// Whether a field may be left out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Needed,
    Free,
}

/// One field of a struct.
pub(super) struct Field {
    id: i16,
    name: &'static str,
    shape: Shape,
    presence: Presence,
}

impl Field {
    pub(super) const fn free(id: i16, name: &'static str, shape: Shape) -> Self {
        let presence = Presence::Free;
        Self { id, name, shape, presence }
    }

    pub(super) const fn needed(id: i16, name: &'static str, shape: Shape) -> Self {
        let presence = Presence::Needed;
        Self { id, name, shape, presence }
    }
}

/// Checks the fields of a struct that have a shape.
pub(super) fn check(raw: &Struct, fields: &'static [Field]) -> Result<(), Malformed> {
    for field in fields {
        match (raw.get(field.id), field.presence) {
            (Some(value), _) => field.check(value)?,
            (None, Presence::Needed) => return Err(Malformed::Missing(field.name)),
            (None, Presence::Free) => {}
        }
    }
    Ok(())
}

impl Field {
    fn check(&self, value: &Value) -> Result<(), Malformed> {
        let Self { name, shape, .. } = self;
        match (shape, value) {
            (Shape::Text, Value::Bytes(_)) => text(name, value),
            (Shape::Texts, Value::Map(map)) => map.entries.iter().try_for_each(|(key, value)| {
                text(name, key)?;
                text(name, value)
            }),
            (Shape::TextList, Value::List(list)) => {
                list.items.iter().try_for_each(|item| text(name, item))
            }
            (Shape::Inner(fields), Value::Struct(inner)) => check(inner, fields),
            (Shape::Many(fields), Value::List(list)) => {
                list.items.iter().try_for_each(|item| match item {
                    Value::Struct(inner) => check(inner, fields),
                    _ => Err(Malformed::Type(name)),
                })
            }
            (Shape::Plain(kind), value) if value.kind() == *kind => Ok(()),
            _ => Err(Malformed::Type(name)),
        }
    }
}

fn text(name: &'static str, value: &Value) -> Result<(), Malformed> {
    match value {
        Value::Bytes(_) if value.as_str().is_some() => Ok(()),
        Value::Bytes(_) => Err(Malformed::Text(name)),
        _ => Err(Malformed::Type(name)),
    }
}
