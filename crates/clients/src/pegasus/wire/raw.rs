//! Types that declare themselves structs and are bare bytes.

use std::fmt;
use std::net::Ipv4Addr;

use serde::{Serialize, Serializer};

use super::reader::{CodecError, Reader};
use super::types::{ThriftType, write_bytes};
use crate::thrift::Kind;

/// Bytes of a key or a value.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Blob(pub Vec<u8>);

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

impl Serialize for Blob {
    /// As hexadecimal digits.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digits: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        serializer.serialize_str(&digits)
    }
}

impl<B: Into<Vec<u8>>> From<B> for Blob {
    fn from(bytes: B) -> Self {
        Self(bytes.into())
    }
}

impl ThriftType for Blob {
    const KIND: Kind = Kind::Struct;

    fn write(&self, to: &mut Vec<u8>) {
        write_bytes(&self.0, to);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self(from.bytes()?.to_vec()))
    }
}

/// The name of a result, such as `ERR_OK`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorCode(pub String);

impl ErrorCode {
    /// A request that was carried out.
    pub const OK: &str = "ERR_OK";

    /// Whether it stands for success.
    pub fn is_ok(&self) -> bool {
        self.0 == Self::OK
    }
}

impl From<&str> for ErrorCode {
    fn from(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl PartialEq<str> for ErrorCode {
    fn eq(&self, name: &str) -> bool {
        self.0 == name
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl ThriftType for ErrorCode {
    const KIND: Kind = Kind::Struct;

    fn write(&self, to: &mut Vec<u8>) {
        write_bytes(self.0.as_bytes(), to);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, CodecError> {
        String::read(from).map(Self)
    }
}

/// A partition of a table; shown as `app.partition`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gpid {
    /// The table.
    pub app_id: i32,
    /// The partition, from 0.
    pub partition_index: i32,
}

impl Gpid {
    /// What the header of a request must have as thread hash.
    /// Source: `gpid::thread_hash` of the servers.
    pub fn thread_hash(self) -> i32 {
        self.app_id.wrapping_mul(7919).wrapping_add(self.partition_index)
    }
}

impl fmt::Display for Gpid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.app_id, self.partition_index)
    }
}

impl ThriftType for Gpid {
    const KIND: Kind = Kind::Struct;

    fn write(&self, to: &mut Vec<u8>) {
        to.extend(self.partition_index.to_be_bytes());
        to.extend(self.app_id.to_be_bytes());
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, CodecError> {
        let partition_index = i32::from_be_bytes(from.array()?);
        Ok(Self { app_id: i32::from_be_bytes(from.array()?), partition_index })
    }
}

/// A server's address of IPv4; shown as `ip:port/typeN`, or as `invalid` where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(u64);

impl Address {
    /// No address.
    pub const INVALID: Address = Address(0);

    /// An address of IPv4.
    pub fn new(ip: Ipv4Addr, port: u16) -> Self {
        Self(u64::from(u32::from(ip)) << 32 | u64::from(port) << 16 | 1)
    }

    /// Where it leads, if anywhere.
    pub fn target(self) -> Option<(Ipv4Addr, u16)> {
        (self.0 & 0b11 == 1).then(|| self.parts())
    }

    fn parts(self) -> (Ipv4Addr, u16) {
        let [a, b, c, d, high, low, _, _] = self.0.to_be_bytes();
        (Ipv4Addr::new(a, b, c, d), u16::from_be_bytes([high, low]))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ip, port) = self.parts();
        match self.0 & 0b11 {
            0 => f.write_str("invalid"),
            kind => write!(f, "{ip}:{port}/type{kind}"),
        }
    }
}

impl ThriftType for Address {
    const KIND: Kind = Kind::Struct;

    fn write(&self, to: &mut Vec<u8>) {
        to.extend(self.0.to_be_bytes());
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self(u64::from_be_bytes(from.array()?)))
    }
}

/// A server's address by name, from 2.6; shown as `host:port/typeN`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostPort {
    /// The name.
    pub host: String,
    /// The port.
    pub port: u16,
    /// 1 for a server, 0 for none.
    pub kind: i8,
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}/type{}", self.host, self.port, self.kind)
    }
}

impl ThriftType for HostPort {
    const KIND: Kind = Kind::Struct;

    fn write(&self, to: &mut Vec<u8>) {
        self.host.write(to);
        to.extend(self.port.to_be_bytes());
        self.kind.write(to);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, CodecError> {
        let host = String::read(from)?;
        let port = u16::from_be_bytes(from.array()?);
        Ok(Self { host, port, kind: i8::read(from)? })
    }
}

macro_rules! shown {
    ($($type:ty),*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )*};
}

shown!(Gpid, Address, HostPort);
