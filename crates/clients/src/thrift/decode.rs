//! Bytes to values: `TBinaryProtocol` with strict message headers.
//!
//! Encoding what was decoded gives the same bytes. Every length is checked before it is
//! believed; memory grows with bytes that came, not with bytes that were promised.
//! Source: Apache Thrift, `doc/specs/thrift-binary-protocol.md`.

use std::io::{self, Read};

use super::message::{Header, MessageKind};
use super::{Kind, Limits, List, Map, Stranger, Struct, Value};

/// Why bytes are not a message.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Reading failed or the bytes ended early.
    #[error("reading the answer failed")]
    Read(#[from] io::Error),
    /// The bytes ended before the first one of a message.
    #[error(
        "the connection was closed without an answer, as by a server that expects TLS, SASL or a framed transport"
    )]
    Nothing,
    /// Another protocol.
    #[error("the answer is no Thrift message: {0}")]
    Stranger(Stranger),
    /// A number that the protocol does not know.
    #[error("unknown {what} {number} in the answer")]
    Unknown {
        /// What the number should have named.
        what: &'static str,
        /// The number.
        number: i64,
    },
    /// A method's name that is not text.
    #[error("the method's name in the answer is not UTF-8")]
    Name,
    /// A length below zero or above a limit.
    #[error("a {what} of length {length} in the answer is outside of 0 to {limit}")]
    Length {
        /// What has the length.
        what: &'static str,
        /// The length that was claimed.
        length: i64,
        /// The longest that is accepted.
        limit: u32,
    },
    /// Too many structures inside each other.
    #[error("the answer nests deeper than {0} levels")]
    Depth(u32),
    /// Too much altogether.
    #[error("the answer needs more than {0} bytes of memory: ask for less at a time")]
    Size(u64),
}

/// Reads one message from `from`, and no byte after it.
pub fn decode_message<R: Read>(
    from: &mut R,
    limits: &Limits,
) -> Result<(Header, Struct), DecodeError> {
    let mut decoder = Decoder::new(from, limits);
    let header = decoder.header()?;
    Ok((header, decoder.structure(limits.depth)?))
}

/// Reads one struct from `from`, and no byte after it.
pub fn decode_struct<R: Read>(from: &mut R, limits: &Limits) -> Result<Struct, DecodeError> {
    Decoder::new(from, limits).structure(limits.depth)
}

struct Decoder<'a, R> {
    from: &'a mut R,
    limits: &'a Limits,
    held_bytes: u64,
}

impl<'a, R: Read> Decoder<'a, R> {
    fn new(from: &'a mut R, limits: &'a Limits) -> Self {
        Self { from, limits, held_bytes: 0 }
    }

    fn header(&mut self) -> Result<Header, DecodeError> {
        let start: [u8; 4] = self.start()?;
        let word = u32::from_be_bytes(start);
        let kind = match word {
            0x8001_0001 => MessageKind::Call,
            0x8001_0002 => MessageKind::Reply,
            0x8001_0003 => MessageKind::Exception,
            _ => return Err(self.stranger(start)),
        };
        let name = String::from_utf8(self.string()?).map_err(|_| DecodeError::Name)?;
        let sequence = i32::from_be_bytes(self.array()?);
        Ok(Header { kind, name, sequence })
    }

    /// The first four bytes; none at all is an error of its own.
    fn start(&mut self) -> Result<[u8; 4], DecodeError> {
        let mut first = [0; 1];
        match self.from.read_exact(&mut first) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(DecodeError::Nothing);
            }
            read => read?,
        }
        let [second, third, fourth] = self.array()?;
        Ok([first[0], second, third, fourth])
    }

    /// Looks at four bytes more, but only where a length promises them.
    fn stranger(&mut self, start: [u8; 4]) -> DecodeError {
        let mut seen = start.to_vec();
        if start[0] == 0 {
            seen.extend(self.array::<4>().unwrap_or_default());
        }
        DecodeError::Stranger(Stranger::of(&seen))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let mut bytes = [0; N];
        self.from.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn hold(&mut self, bytes: usize) -> Result<(), DecodeError> {
        self.held_bytes = self.held_bytes.saturating_add(bytes as u64);
        match self.held_bytes > self.limits.held_bytes {
            true => Err(DecodeError::Size(self.limits.held_bytes)),
            false => Ok(()),
        }
    }

    fn length(&mut self, what: &'static str, limit: u32) -> Result<usize, DecodeError> {
        let length = i32::from_be_bytes(self.array()?);
        match u32::try_from(length) {
            Ok(length) if length <= limit => Ok(length as usize),
            _ => Err(DecodeError::Length { what, length: i64::from(length), limit }),
        }
    }

    fn string(&mut self) -> Result<Vec<u8>, DecodeError> {
        let length = self.length("string", self.limits.string_bytes)?;
        self.hold(length)?;
        let mut bytes = Vec::with_capacity(length.min(64 << 10));
        (&mut *self.from).take(length as u64).read_to_end(&mut bytes)?;
        match bytes.len() == length {
            true => Ok(bytes),
            false => Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
        }
    }

    fn kind(&mut self) -> Result<Option<Kind>, DecodeError> {
        let [number] = self.array()?;
        match (number, Kind::from_wire(number)) {
            (0, _) => Ok(None),
            (_, Some(kind)) => Ok(Some(kind)),
            _ => Err(DecodeError::Unknown { what: "type", number: i64::from(number) }),
        }
    }

    fn inside(&self, depth: u32) -> Result<u32, DecodeError> {
        depth.checked_sub(1).ok_or(DecodeError::Depth(self.limits.depth))
    }

    fn structure(&mut self, depth: u32) -> Result<Struct, DecodeError> {
        let depth = self.inside(depth)?;
        let mut fields = Vec::new();
        while let Some(kind) = self.kind()? {
            let id = i16::from_be_bytes(self.array()?);
            fields.push((id, self.value(kind, depth)?));
        }
        Ok(Struct { fields })
    }

    fn value(&mut self, kind: Kind, depth: u32) -> Result<Value, DecodeError> {
        self.hold(size_of::<Value>())?;
        Ok(match kind {
            Kind::Bool => Value::Bool(self.array::<1>()? != [0]),
            Kind::I8 => Value::I8(i8::from_be_bytes(self.array()?)),
            Kind::I16 => Value::I16(i16::from_be_bytes(self.array()?)),
            Kind::I32 => Value::I32(i32::from_be_bytes(self.array()?)),
            Kind::I64 => Value::I64(i64::from_be_bytes(self.array()?)),
            Kind::F64 => Value::F64(f64::from_be_bytes(self.array()?)),
            Kind::Bytes => Value::Bytes(self.string()?),
            Kind::Struct => Value::Struct(self.structure(depth)?),
            Kind::List => Value::List(self.list(depth)?),
            Kind::Set => Value::Set(self.list(depth)?),
            Kind::Map => Value::Map(self.map(depth)?),
        })
    }

    fn list(&mut self, depth: u32) -> Result<List, DecodeError> {
        let depth = self.inside(depth)?;
        let kind = self
            .kind()?
            .ok_or(DecodeError::Unknown { what: "type of a list's items", number: 0 })?;
        let length = self.length("list", self.limits.items)?;
        let mut items = Vec::with_capacity(length.min(1 << 10));
        for _ in 0..length {
            items.push(self.value(kind, depth)?);
        }
        Ok(List { kind, items })
    }

    fn map(&mut self, depth: u32) -> Result<Map, DecodeError> {
        let depth = self.inside(depth)?;
        let kinds = self.kind()?.zip(self.kind()?);
        let length = self.length("map", self.limits.items)?;
        let mut entries = Vec::with_capacity(length.min(1 << 10));
        for _ in 0..length {
            let (key, value) =
                kinds.ok_or(DecodeError::Unknown { what: "type of a map's pairs", number: 0 })?;
            entries.push((self.value(key, depth)?, self.value(value, depth)?));
        }
        Ok(Map { kinds, entries })
    }
}
