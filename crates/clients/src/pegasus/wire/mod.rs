//! Bytes of Pegasus: Thrift's binary protocol with types of its own, and the frames around
//! the messages.
//!
//! The protocol declares blobs, error codes, partition ids and addresses as structs and then
//! sends bare bytes, so that a value can be read only by whoever knows its type. That is why
//! this codec is built of types, not of trees of values as [`crate::thrift`] is.

mod frame;
mod macros;
mod raw;
mod reader;
mod skip;
mod types;

pub use frame::{
    Head, HeadVersion, LARGEST_FRAME, MessageKind, Request, Response, decode_request,
    decode_response, encode_request, encode_response, request_length,
};
pub(super) use macros::{wire_enum, wire_struct};
pub use raw::{Address, Blob, ErrorCode, Gpid, HostPort};
pub use reader::{CodecError, Reader};
pub use types::{Field, ThriftType};
