//! Reading from bytes that are all there: every length is checked before it is believed.

use super::skip::{Guess, skip};
use crate::thrift::Kind;

/// Structs, lists and maps inside each other that are followed.
const DEEPEST: u32 = 32;

/// Why bytes are not what they should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// They end early.
    #[error("the message ends early: {wanted} bytes more were promised")]
    Ended {
        /// How many were to come.
        wanted: u64,
    },
    /// A length below zero.
    #[error("a length of {0} in the message")]
    Length(i32),
    /// A type that the protocol does not know.
    #[error("unknown type {0} in the message")]
    Kind(u8),
    /// A field of another type than it should have.
    #[error("{what} is of type {found:?} in place of {expected:?}")]
    Type {
        /// What was read.
        what: &'static str,
        /// The type that it should have.
        expected: Kind,
        /// The type that it has.
        found: Kind,
    },
    /// A field that must be there is not.
    #[error("{structure} lacks its field {field}")]
    Missing {
        /// The struct.
        structure: &'static str,
        /// The field.
        field: &'static str,
    },
    /// Text that is not UTF-8.
    #[error("a text in the message is not UTF-8")]
    Text,
    /// Too many values inside each other.
    #[error("the message nests deeper than {DEEPEST} levels")]
    Depth,
    /// A field that is not known and cannot be passed over.
    #[error("field {0} is not known and its end cannot be found")]
    Unskippable(i16),
    /// The frame is not one of this protocol.
    #[error("{0}")]
    Frame(&'static str),
}

/// A place in a message.
#[derive(Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    depth: u32,
    pub(super) guess: Guess,
}

impl<'a> Reader<'a> {
    /// At the start of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self::guessing(bytes, Guess::default())
    }

    /// At the start of `bytes`, of which the shape of unknown fields is guessed.
    pub(super) fn guessing(bytes: &'a [u8], guess: Guess) -> Self {
        Self { bytes, depth: DEEPEST, guess }
    }

    /// What is left.
    pub fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    /// The next `count` bytes.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], CodecError> {
        let missing = || CodecError::Ended { wanted: (count - self.bytes.len()) as u64 };
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or_else(missing)?;
        self.bytes = rest;
        Ok(taken)
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], CodecError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// A length, then as many bytes.
    pub fn bytes(&mut self) -> Result<&'a [u8], CodecError> {
        let length = self.length()?;
        self.take(length)
    }

    /// A length that is not negative.
    pub fn length(&mut self) -> Result<usize, CodecError> {
        let length = i32::from_be_bytes(self.array()?);
        usize::try_from(length).map_err(|_| CodecError::Length(length))
    }

    /// The head of the next field of a struct; `None` at the struct's end.
    pub fn field(&mut self) -> Result<Option<(Kind, i16)>, CodecError> {
        match self.array()? {
            [0] => Ok(None),
            [number] => {
                let kind = Kind::from_wire(number).ok_or(CodecError::Kind(number))?;
                Ok(Some((kind, i16::from_be_bytes(self.array()?))))
            }
        }
    }

    /// A type; `None` where an empty map has none.
    pub fn kind(&mut self) -> Result<Option<Kind>, CodecError> {
        match self.array()? {
            [0] => Ok(None),
            [number] => Kind::from_wire(number).map(Some).ok_or(CodecError::Kind(number)),
        }
    }

    /// Passes over the value of a field that the struct of that name is not known to have.
    ///
    /// # Errors
    /// When its end cannot be found.
    pub fn skip(&mut self, structure: &'static str, kind: Kind, id: i16) -> Result<(), CodecError> {
        skip(structure, kind, id, self)
    }

    /// Reads something one level deeper.
    pub fn inside<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, CodecError>,
    ) -> Result<T, CodecError> {
        self.depth = self.depth.checked_sub(1).ok_or(CodecError::Depth)?;
        let value = read(self)?;
        self.depth += 1;
        Ok(value)
    }
}
