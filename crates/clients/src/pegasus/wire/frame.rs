//! Frames: what stands around the message of a request and of a response.
//!
//! A request has a header of fixed size (version 0) or a struct (version 1) before it, a
//! response its length and the name of a result. All numbers are big-endian.
//! Source: `thrift_message_parser` of the servers.

use super::macros::wire_struct;
use super::reader::{CodecError, Reader};
use super::skip::read_to_the_end;
use super::types::{Field, ThriftType};

/// The longest frame that is read or sent, in bytes.
pub const LARGEST_FRAME: usize = 64 << 20;

const MAGIC: &[u8; 4] = b"THFT";
const HEAD_BYTES: u32 = 48;

wire_struct! {
    /// The head of a request in version 1.
    HeadOne {
        1 app_id: Option<i32>,
        2 partition_index: Option<i32>,
        3 client_timeout: Option<i32>,
        4 client_partition_hash: Option<i64>,
        5 is_backup_request: Option<bool>,
    }
}

/// How the head of a request is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadVersion {
    /// 48 bytes. This is what this program sends.
    Zero,
    /// A struct, as the newest clients send it.
    One,
}

/// The head of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// How it is written.
    pub version: HeadVersion,
    /// The table; 0 for requests that are about none.
    pub app_id: i32,
    /// The partition.
    pub partition_index: i32,
    /// How long the client waits, in milliseconds.
    pub timeout_milliseconds: i32,
    /// [`super::Gpid::thread_hash`], or 0; version 1 has none.
    pub thread_hash: i32,
    /// The hash of the key, or 0. A server ends itself when a write's hash is neither 0 nor
    /// that of its key.
    pub partition_hash: u64,
}

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    /// A request that is answered.
    Call,
    /// An answer.
    Reply,
    /// A request without an answer.
    OneWay,
}

/// A request, its argument still in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request<'a> {
    /// Its head.
    pub head: Head,
    /// Whether it is answered.
    pub kind: MessageKind,
    /// What is asked for.
    pub name: String,
    /// Pairs it with its answer.
    pub sequence: i32,
    arguments: &'a [u8],
}

impl Request<'_> {
    /// The argument.
    ///
    /// # Errors
    /// When it is not of that type.
    pub fn argument<T: ThriftType>(&self) -> Result<T, CodecError> {
        only_field(1, self.arguments)
    }
}

/// A response, its result still in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response<'a> {
    /// `ERR_OK`, or why there is no result.
    pub error: String,
    /// The request's name and `_ACK`.
    pub name: String,
    /// Pairs it with its request.
    pub sequence: i32,
    result: &'a [u8],
}

impl Response<'_> {
    /// The result; there is one only after `ERR_OK`.
    ///
    /// # Errors
    /// When it is not of that type.
    pub fn result<T: ThriftType>(&self) -> Result<T, CodecError> {
        only_field(0, self.result)
    }
}

/// A request with its head.
pub fn encode_request<T: ThriftType>(
    head: &Head,
    kind: MessageKind,
    name: &str,
    sequence: i32,
    argument: &T,
) -> Vec<u8> {
    let mut body = message_start(kind, name, sequence);
    argument.write_field(1, &mut body);
    body.push(0);
    let mut frame = encode_head(head, body.len());
    frame.append(&mut body);
    frame
}

/// A response with its length. Without a result it ends after the head of the message, as
/// those of the servers do.
pub fn encode_response<T: ThriftType>(
    error: &str,
    name: &str,
    sequence: i32,
    result: Option<&T>,
) -> Vec<u8> {
    let mut frame = vec![0; 4];
    error.to_owned().write(&mut frame);
    frame.append(&mut message_start(MessageKind::Reply, name, sequence));
    if let Some(result) = result {
        result.write_field(0, &mut frame);
        frame.push(0);
    }
    let length = length_of(frame.len());
    frame[..4].copy_from_slice(&length);
    frame
}

/// How long a request is, in bytes, told by its first twenty.
///
/// # Errors
/// When it is none of this protocol or too long.
pub fn request_length(start: &[u8; 20]) -> Result<usize, CodecError> {
    let word = |at: usize| {
        let bytes = [start[at], start[at + 1], start[at + 2], start[at + 3]];
        u64::from(u32::from_be_bytes(bytes))
    };
    let length = match (start.starts_with(MAGIC), word(4)) {
        (true, 0) => u64::from(HEAD_BYTES) + word(16),
        (true, 1) => 16 + word(8) + word(12),
        _ => return Err(CodecError::Frame("the request has no head of Pegasus")),
    };
    usize::try_from(length)
        .ok()
        .filter(|length| *length <= LARGEST_FRAME)
        .ok_or(CodecError::Frame("the request is longer than 64 MiB"))
}

/// Reads a whole request.
///
/// # Errors
/// When the bytes are none, or more than one.
pub fn decode_request(frame: &[u8]) -> Result<Request<'_>, CodecError> {
    let mut from = Reader::new(frame);
    if from.take(4)? != MAGIC {
        return Err(CodecError::Frame("the request has no head of Pegasus"));
    }
    let head = match u32::from_be_bytes(from.array()?) {
        0 => decode_head_zero(&mut from)?,
        1 => decode_head_one(&mut from)?,
        _ => return Err(CodecError::Frame("the head of the request has an unknown version")),
    };
    let (kind, name, sequence) = read_message_start(&mut from)?;
    Ok(Request { head, kind, name, sequence, arguments: from.rest() })
}

/// Reads a whole response.
///
/// # Errors
/// When the bytes are none.
pub fn decode_response(frame: &[u8]) -> Result<Response<'_>, CodecError> {
    let mut from = Reader::new(frame);
    if from.length()? != frame.len() {
        return Err(CodecError::Frame("the response has another length than it says"));
    }
    let error = String::read(&mut from)?;
    let (kind, name, sequence) = read_message_start(&mut from)?;
    match kind {
        MessageKind::Reply => Ok(Response { error, name, sequence, result: from.rest() }),
        _ => Err(CodecError::Frame("a request came in place of a response")),
    }
}

fn encode_head(head: &Head, body_bytes: usize) -> Vec<u8> {
    let mut to = MAGIC.to_vec();
    match head.version {
        HeadVersion::Zero => {
            let body_bytes = length_of(body_bytes);
            for word in [[0; 4], HEAD_BYTES.to_be_bytes(), [0; 4], body_bytes, [0; 4]] {
                to.extend(word);
            }
            let numbers =
                [head.app_id, head.partition_index, head.timeout_milliseconds, head.thread_hash];
            to.extend(numbers.into_iter().flat_map(i32::to_be_bytes));
            to.extend(head.partition_hash.to_be_bytes());
        }
        HeadVersion::One => {
            let mut meta = Vec::new();
            let one = HeadOne {
                app_id: Some(head.app_id),
                partition_index: Some(head.partition_index),
                client_timeout: Some(head.timeout_milliseconds),
                client_partition_hash: Some(head.partition_hash.cast_signed()),
                is_backup_request: Some(false),
            };
            one.write(&mut meta);
            for word in [1_u32.to_be_bytes(), length_of(meta.len()), length_of(body_bytes)] {
                to.extend(word);
            }
            to.append(&mut meta);
        }
    }
    to
}

fn decode_head_zero(from: &mut Reader<'_>) -> Result<Head, CodecError> {
    if u32::from_be_bytes(from.array()?) != HEAD_BYTES {
        return Err(CodecError::Frame("the head of the request has another size than 48 bytes"));
    }
    from.take(12)?;
    Ok(Head {
        version: HeadVersion::Zero,
        app_id: i32::read(from)?,
        partition_index: i32::read(from)?,
        timeout_milliseconds: i32::read(from)?,
        thread_hash: i32::read(from)?,
        partition_hash: u64::from_be_bytes(from.array()?),
    })
}

fn decode_head_one(from: &mut Reader<'_>) -> Result<Head, CodecError> {
    from.take(8)?;
    let one = HeadOne::read(from)?;
    Ok(Head {
        version: HeadVersion::One,
        app_id: one.app_id.unwrap_or(0),
        partition_index: one.partition_index.unwrap_or(0),
        timeout_milliseconds: one.client_timeout.unwrap_or(0),
        thread_hash: 0,
        partition_hash: one.client_partition_hash.unwrap_or(0).cast_unsigned(),
    })
}

fn message_start(kind: MessageKind, name: &str, sequence: i32) -> Vec<u8> {
    let word: u32 = match kind {
        MessageKind::Call => 0x8001_0001,
        MessageKind::Reply => 0x8001_0002,
        MessageKind::OneWay => 0x8001_0004,
    };
    let mut to = word.to_be_bytes().to_vec();
    name.to_owned().write(&mut to);
    to.extend(sequence.to_be_bytes());
    to
}

fn read_message_start(from: &mut Reader<'_>) -> Result<(MessageKind, String, i32), CodecError> {
    let kind = match u32::from_be_bytes(from.array()?) {
        0x8001_0001 => MessageKind::Call,
        0x8001_0002 => MessageKind::Reply,
        0x8001_0004 => MessageKind::OneWay,
        _ => return Err(CodecError::Frame("the frame holds no message of Thrift")),
    };
    Ok((kind, String::read(from)?, i32::read(from)?))
}

/// The value of the one field that a struct of arguments or of a result has.
fn only_field<T: ThriftType>(expected: i16, bytes: &[u8]) -> Result<T, CodecError> {
    read_to_the_end(bytes, |from| {
        let mut value = None;
        while let Some((kind, id)) = from.field()? {
            match id == expected {
                true => value = Some(T::read_field("the message's value", kind, from)?),
                false => from.skip("the message", kind, id)?,
            }
        }
        value.ok_or(CodecError::Missing { structure: "the message", field: "value" })
    })
}

/// A frame too long for the wire is refused by whoever sends it.
fn length_of(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes).unwrap_or(u32::MAX).to_be_bytes()
}
