//! How values of each type are read and written.

use std::collections::BTreeMap;

use super::reader::{CodecError, Reader};
use crate::thrift::Kind;

/// A type of the protocol.
pub trait ThriftType: Sized {
    /// What a field of this type declares itself to be.
    const KIND: Kind;

    /// Appends the value.
    fn write(&self, to: &mut Vec<u8>);

    /// Reads a value.
    ///
    /// # Errors
    /// When the bytes are none of this type.
    fn read(from: &mut Reader<'_>) -> Result<Self, CodecError>;
}

/// What stands in a field of a struct: a value, or for an optional field perhaps none.
pub trait Field: Sized {
    /// Appends the field, if there is one.
    fn write_field(&self, id: i16, to: &mut Vec<u8>);

    /// Reads the value of a field that declares itself to be of `kind`.
    ///
    /// # Errors
    /// When it is of another type, or no value of its own.
    fn read_field(
        name: &'static str,
        kind: Kind,
        from: &mut Reader<'_>,
    ) -> Result<Self, CodecError>;

    /// What is there when the field is not.
    ///
    /// # Errors
    /// When the field is not optional.
    fn absent(structure: &'static str, field: &'static str) -> Result<Self, CodecError>;
}

impl<T: ThriftType> Field for T {
    fn write_field(&self, id: i16, to: &mut Vec<u8>) {
        to.push(T::KIND as u8);
        to.extend(id.to_be_bytes());
        self.write(to);
    }

    fn read_field(
        name: &'static str,
        kind: Kind,
        from: &mut Reader<'_>,
    ) -> Result<Self, CodecError> {
        match kind == T::KIND {
            true => T::read(from),
            false => Err(CodecError::Type { what: name, expected: T::KIND, found: kind }),
        }
    }

    fn absent(structure: &'static str, field: &'static str) -> Result<Self, CodecError> {
        Err(CodecError::Missing { structure, field })
    }
}

impl<T: ThriftType> Field for Option<T> {
    fn write_field(&self, id: i16, to: &mut Vec<u8>) {
        if let Some(value) = self {
            value.write_field(id, to);
        }
    }

    fn read_field(
        name: &'static str,
        kind: Kind,
        from: &mut Reader<'_>,
    ) -> Result<Self, CodecError> {
        T::read_field(name, kind, from).map(Some)
    }

    fn absent(_: &'static str, _: &'static str) -> Result<Self, CodecError> {
        Ok(None)
    }
}

macro_rules! numbers {
    ($($type:ty => $kind:ident),*) => {$(
        impl ThriftType for $type {
            const KIND: Kind = Kind::$kind;

            fn write(&self, to: &mut Vec<u8>) {
                to.extend(self.to_be_bytes());
            }

            fn read(from: &mut Reader<'_>) -> Result<Self, CodecError> {
                Ok(<$type>::from_be_bytes(from.array()?))
            }
        }
    )*};
}

numbers!(i8 => I8, i16 => I16, i32 => I32, i64 => I64);

impl ThriftType for bool {
    const KIND: Kind = Kind::Bool;

    fn write(&self, to: &mut Vec<u8>) {
        to.push(u8::from(*self));
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(from.array::<1>()? != [0])
    }
}

impl ThriftType for String {
    const KIND: Kind = Kind::Bytes;

    fn write(&self, to: &mut Vec<u8>) {
        write_bytes(self.as_bytes(), to);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, CodecError> {
        let text = std::str::from_utf8(from.bytes()?).map_err(|_| CodecError::Text)?;
        Ok(text.to_owned())
    }
}

impl<T: ThriftType> ThriftType for Vec<T> {
    const KIND: Kind = Kind::List;

    fn write(&self, to: &mut Vec<u8>) {
        to.push(T::KIND as u8);
        write_length(self.len(), to);
        self.iter().for_each(|item| item.write(to));
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, CodecError> {
        let kind = from.kind()?.ok_or(CodecError::Kind(0))?;
        let length = from.length()?;
        if kind != T::KIND && length > 0 {
            return Err(CodecError::Type {
                what: "an item of a list",
                expected: T::KIND,
                found: kind,
            });
        }
        from.inside(|from| (0..length).map(|_| T::read(from)).collect())
    }
}

impl<K: ThriftType + Ord, V: ThriftType> ThriftType for BTreeMap<K, V> {
    const KIND: Kind = Kind::Map;

    fn write(&self, to: &mut Vec<u8>) {
        to.extend([K::KIND as u8, V::KIND as u8]);
        write_length(self.len(), to);
        for (key, value) in self {
            key.write(to);
            value.write(to);
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, CodecError> {
        for expected in [K::KIND, V::KIND] {
            match from.kind()? {
                Some(found) if found != expected => {
                    return Err(CodecError::Type { what: "a map", expected, found });
                }
                _ => {}
            }
        }
        let length = from.length()?;
        from.inside(|from| (0..length).map(|_| Ok((K::read(from)?, V::read(from)?))).collect())
    }
}

/// A length and the bytes. What is longer than a frame may be is refused when it is framed.
pub(super) fn write_bytes(bytes: &[u8], to: &mut Vec<u8>) {
    write_length(bytes.len(), to);
    to.extend_from_slice(bytes);
}

fn write_length(length: usize, to: &mut Vec<u8>) {
    to.extend(i32::try_from(length).unwrap_or(i32::MAX).to_be_bytes());
}
