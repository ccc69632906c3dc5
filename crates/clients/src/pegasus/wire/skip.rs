//! Passing over fields that this program does not know.
//!
//! A field that says it is a struct may be bare bytes of one of four shapes, and nothing in
//! the bytes says which. So the shape is guessed, the same for that field in the whole
//! message, and the guess is believed when the message then ends where its frame does:
//! [`read_to_the_end`] goes through the guesses.

use super::raw::{Address, Blob, HostPort};
use super::reader::{CodecError, Reader};
use super::types::ThriftType;
use crate::thrift::Kind;

/// Unknown fields of a message whose shape is guessed. There are four guesses for each.
const MOST_GUESSED: usize = 3;

/// Shapes of the fields that are not known, as guessed for one reading of a message.
#[derive(Debug, Clone, Default)]
pub(super) struct Guess {
    /// Two bits for each field, in the order in which they are met.
    number: u32,
    /// The fields met so far: the struct's name and the field's id.
    met: Vec<(&'static str, i16)>,
}

/// What may hide behind the type of a struct.
#[derive(Debug, Clone, Copy)]
enum Shape {
    /// A host, a port and a type.
    Named,
    /// Fields, as it says.
    Struct,
    /// A length and bytes.
    Bytes,
    /// Eight bytes.
    Number,
}

impl Guess {
    fn shape(&mut self, structure: &'static str, id: i16) -> Result<Shape, CodecError> {
        let field = (structure, id);
        let at = self.met.iter().position(|met| *met == field).unwrap_or(self.met.len());
        if at >= MOST_GUESSED {
            return Err(CodecError::Unskippable(id));
        }
        if at == self.met.len() {
            self.met.push(field);
        }
        Ok(match self.number >> (2 * at) & 0b11 {
            0 => Shape::Named,
            1 => Shape::Struct,
            2 => Shape::Bytes,
            _ => Shape::Number,
        })
    }
}

/// Reads all of `bytes`, with every guess until one fits.
///
/// # Errors
/// What was wrong at the first guess.
pub(super) fn read_to_the_end<T>(
    bytes: &[u8],
    read: impl Fn(&mut Reader<'_>) -> Result<T, CodecError>,
) -> Result<T, CodecError> {
    let mut first = None;
    let mut most_met = 0;
    for number in 0.. {
        let mut from = Reader::guessing(bytes, Guess { number, met: Vec::new() });
        let error = match (read(&mut from), from.rest()) {
            (Ok(value), []) => return Ok(value),
            (Ok(_), _) => CodecError::Frame("bytes are left over after the message"),
            (Err(error), _) => error,
        };
        most_met = most_met.max(from.guess.met.len());
        first.get_or_insert(error);
        if number + 1 >= 1 << (2 * most_met) {
            break;
        }
    }
    Err(first.unwrap_or(CodecError::Ended { wanted: 0 }))
}

/// Passes over the value of a field of the struct of that name.
pub(super) fn skip(
    structure: &'static str,
    kind: Kind,
    id: i16,
    from: &mut Reader<'_>,
) -> Result<(), CodecError> {
    match kind {
        Kind::Bool | Kind::I8 => from.take(1).map(drop),
        Kind::I16 => from.take(2).map(drop),
        Kind::I32 => from.take(4).map(drop),
        Kind::I64 | Kind::F64 => from.take(8).map(drop),
        Kind::Bytes => from.bytes().map(drop),
        Kind::Struct => match from.guess.shape(structure, id)? {
            Shape::Named => HostPort::read(from).map(drop),
            Shape::Struct => from.inside(|from| {
                while let Some((kind, id)) = from.field()? {
                    skip("an unknown struct", kind, id, from)?;
                }
                Ok(())
            }),
            Shape::Bytes => Blob::read(from).map(drop),
            Shape::Number => Address::read(from).map(drop),
        },
        Kind::List | Kind::Set => {
            let item = from.kind()?.ok_or(CodecError::Kind(0))?;
            let length = from.length()?;
            from.inside(|from| (0..length).try_for_each(|_| skip(structure, item, id, from)))
        }
        Kind::Map => {
            let kinds = from.kind()?.zip(from.kind()?);
            let length = from.length()?;
            from.inside(|from| {
                (0..length).try_for_each(|_| {
                    let (of_key, of_value) = kinds.ok_or(CodecError::Kind(0))?;
                    skip(structure, of_key, id, from)?;
                    skip(structure, of_value, id, from)
                })
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pegasus::structs::{PartitionConfiguration, QueryConfigResponse};
    use crate::pegasus::wire::{ErrorCode, Gpid, decode_response, encode_response, wire_struct};

    wire_struct! {
        /// A partition as programs before 2.6 know it.
        OlderPartition {
            1 pid: Gpid,
            2 ballot: i64,
            3 max_replica_count: i32,
            4 primary: Address,
            5 secondaries: Vec<Address>,
            6 last_drops: Vec<Address>,
            7 last_committed_decree: i64,
            8 partition_flags: i32,
        }

        /// An answer without its code and what else stands before its partitions.
        OlderAnswer {
            5 partitions: Vec<OlderPartition>,
        }
    }

    fn answer(names: usize) -> QueryConfigResponse {
        let name = HostPort { host: "replica.example.org".to_owned(), port: 34801, kind: 1 };
        let partition = |partition_index| PartitionConfiguration {
            pid: Gpid { app_id: 7, partition_index },
            ballot: 3,
            max_replica_count: 3,
            primary: Address::new([200, 0, 0, 1].into(), 34801),
            secondaries: vec![Address::new([10, 0, 0, 2].into(), 34801)],
            last_drops: Vec::new(),
            last_committed_decree: 9,
            partition_flags: 0,
            hp_primary: Some(name.clone()),
            hp_secondaries: Some(vec![name.clone(); names]),
            hp_last_drops: Some(Vec::new()),
        };
        QueryConfigResponse {
            err: ErrorCode::from("ERR_OK"),
            app_id: 7,
            partition_count: 2,
            is_stateful: true,
            partitions: vec![partition(0), partition(1)],
        }
    }

    #[test]
    fn bare_bytes_that_say_they_are_structs_are_passed_over() {
        for names in 0..3 {
            let answer = answer(names);
            let frame = encode_response("ERR_OK", "A_ACK", 1, Some(&answer));
            let response = decode_response(&frame).expect("a response");
            let older: OlderAnswer = response.result().expect("reads");
            assert_eq!(older.partitions.len(), 2);
            for (older, newer) in older.partitions.iter().zip(&answer.partitions) {
                assert_eq!((older.pid, older.ballot), (newer.pid, newer.ballot));
                assert_eq!(older.secondaries, newer.secondaries);
            }
        }
    }

    #[test]
    fn endless_nesting_is_given_up() {
        let bytes = [12, 0, 9].repeat(100_000);
        let read = read_to_the_end(&bytes, OlderAnswer::read);
        assert!(read.is_err());
    }
}
