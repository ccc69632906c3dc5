//! Values to bytes: `TBinaryProtocol` with strict message headers.
//!
//! Source: Apache Thrift, `doc/specs/thrift-binary-protocol.md`.

use super::message::{Header, MessageKind, VERSION};
use super::{Kind, List, Map, Struct, Value};

/// Why a value cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// Longer than an `i32` can say.
    #[error("a {0} of more than 2147483647 elements does not fit into a message")]
    TooLong(&'static str),
    /// A list, set or map holds a value of another type than it says.
    #[error("a value of type {found:?} stands in a collection of {expected:?}")]
    Mixed {
        /// The type that the collection names.
        expected: Kind,
        /// The type of the value.
        found: Kind,
    },
}

/// Appends a message to `to`.
pub fn encode_message(to: &mut Vec<u8>, header: &Header, body: &Struct) -> Result<(), EncodeError> {
    let kind = match header.kind {
        MessageKind::Call => 1,
        MessageKind::Reply => 2,
        MessageKind::Exception => 3,
    };
    to.extend((VERSION | kind).to_be_bytes());
    encode_bytes(to, header.name.as_bytes())?;
    to.extend(header.sequence.to_be_bytes());
    encode_struct(to, body)
}

/// Appends a struct to `to`.
pub fn encode_struct(to: &mut Vec<u8>, value: &Struct) -> Result<(), EncodeError> {
    for (id, field) in &value.fields {
        to.push(field.kind() as u8);
        to.extend(id.to_be_bytes());
        encode_value(to, field)?;
    }
    to.push(0);
    Ok(())
}

fn encode_value(to: &mut Vec<u8>, value: &Value) -> Result<(), EncodeError> {
    match value {
        Value::Bool(flag) => to.push(u8::from(*flag)),
        Value::I8(number) => to.extend(number.to_be_bytes()),
        Value::I16(number) => to.extend(number.to_be_bytes()),
        Value::I32(number) => to.extend(number.to_be_bytes()),
        Value::I64(number) => to.extend(number.to_be_bytes()),
        Value::F64(number) => to.extend(number.to_be_bytes()),
        Value::Bytes(bytes) => encode_bytes(to, bytes)?,
        Value::Struct(inner) => encode_struct(to, inner)?,
        Value::List(list) | Value::Set(list) => encode_list(to, list)?,
        Value::Map(map) => encode_map(to, map)?,
    }
    Ok(())
}

fn encode_bytes(to: &mut Vec<u8>, bytes: &[u8]) -> Result<(), EncodeError> {
    encode_length(to, "string", bytes.len())?;
    to.extend_from_slice(bytes);
    Ok(())
}

fn encode_length(to: &mut Vec<u8>, what: &'static str, length: usize) -> Result<(), EncodeError> {
    let length = i32::try_from(length).map_err(|_| EncodeError::TooLong(what))?;
    to.extend(length.to_be_bytes());
    Ok(())
}

fn encode_list(to: &mut Vec<u8>, list: &List) -> Result<(), EncodeError> {
    to.push(list.kind as u8);
    encode_length(to, "list", list.items.len())?;
    list.items.iter().try_for_each(|item| encode_item(to, list.kind, item))
}

fn encode_map(to: &mut Vec<u8>, map: &Map) -> Result<(), EncodeError> {
    let first = map.entries.first();
    let kinds = map.kinds.or(first.map(|(key, value)| (key.kind(), value.kind())));
    to.extend(kinds.map_or([0, 0], |(key, value)| [key as u8, value as u8]));
    encode_length(to, "map", map.entries.len())?;
    for (key, value) in &map.entries {
        if let Some((key_kind, value_kind)) = kinds {
            encode_item(to, key_kind, key)?;
            encode_item(to, value_kind, value)?;
        }
    }
    Ok(())
}

fn encode_item(to: &mut Vec<u8>, expected: Kind, item: &Value) -> Result<(), EncodeError> {
    let found = item.kind();
    if found != expected {
        return Err(EncodeError::Mixed { expected, found });
    }
    encode_value(to, item)
}
