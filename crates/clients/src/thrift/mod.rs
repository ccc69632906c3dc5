//! Thrift's binary protocol, over values that keep what they do not know.
//!
//! Objects are trees of `(field id, value)` in the order of the wire: a field that this
//! program has never heard of goes through it unchanged.

mod call;
mod connection;
mod decode;
mod encode;
mod fields;
mod limits;
mod message;
mod recognise;
#[cfg(test)]
mod tests;

pub use call::{Application, CallError, Effect};
pub use connection::Connection;
pub use decode::{DecodeError, decode_message, decode_struct};
pub use encode::{EncodeError, encode_message, encode_struct};
pub use limits::Limits;
pub use message::{Header, MessageKind};
pub use recognise::Stranger;

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `bool`.
    Bool(bool),
    /// `byte`.
    I8(i8),
    /// `i16`.
    I16(i16),
    /// `i32` and enums.
    I32(i32),
    /// `i64`.
    I64(i64),
    /// `double`.
    F64(f64),
    /// `string` and `binary`: bytes, whatever their encoding.
    Bytes(Vec<u8>),
    /// `struct`, `union`, `exception`.
    Struct(Struct),
    /// `list`.
    List(List),
    /// `set`, in the order of the wire.
    Set(List),
    /// `map`, in the order of the wire.
    Map(Map),
}

/// Fields by id, in the order of the wire.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Struct {
    /// Id and value of each field.
    pub fields: Vec<(i16, Value)>,
}

/// A type as the wire names it: an empty list needs one too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// `bool`.
    Bool = 2,
    /// `byte`.
    I8 = 3,
    /// `double`.
    F64 = 4,
    /// `i16`.
    I16 = 6,
    /// `i32`.
    I32 = 8,
    /// `i64`.
    I64 = 10,
    /// `string`.
    Bytes = 11,
    /// `struct`.
    Struct = 12,
    /// `map`.
    Map = 13,
    /// `set`.
    Set = 14,
    /// `list`.
    List = 15,
}

/// Values of one type.
#[derive(Debug, Clone, PartialEq)]
pub struct List {
    /// The type of every item.
    pub kind: Kind,
    /// The items.
    pub items: Vec<Value>,
}

/// Pairs of values.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    /// The types of key and value; `None` when the map is empty and the wire did not say.
    pub kinds: Option<(Kind, Kind)>,
    /// The pairs.
    pub entries: Vec<(Value, Value)>,
}
