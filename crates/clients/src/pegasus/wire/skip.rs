//! Passing over fields that this program does not know.
//!
//! A field that says it is a struct may be bare bytes of one of four shapes. Each shape is
//! tried, and the first after which the message goes on as a message does is believed.

use super::raw::{Address, Blob, HostPort};
use super::reader::{CodecError, Reader};
use super::types::ThriftType;
use crate::thrift::Kind;

/// Guesses at one unknown field and what is inside it: hostile bytes must not cost more.
const MOST_GUESSES: u32 = 10_000;

/// Passes over the value of field `id`.
pub(super) fn skip(kind: Kind, id: i16, from: &mut Reader<'_>) -> Result<(), CodecError> {
    pass(kind, id, from, &mut MOST_GUESSES.clone())
}

fn pass(kind: Kind, id: i16, from: &mut Reader<'_>, guesses: &mut u32) -> Result<(), CodecError> {
    for shape in [Shape::Struct, Shape::Named, Shape::Bytes, Shape::Number] {
        *guesses = guesses.checked_sub(1).ok_or(CodecError::Unskippable(id))?;
        let mut ahead = from.clone();
        if value(kind, shape, &mut ahead, guesses).is_ok() && goes_on(&ahead, id) {
            *from = ahead;
            return Ok(());
        }
    }
    Err(CodecError::Unskippable(id))
}

/// What may hide behind the type of a struct.
#[derive(Debug, Clone, Copy)]
enum Shape {
    /// Fields, as it says.
    Struct,
    /// A host, a port and a type.
    Named,
    /// A length and bytes.
    Bytes,
    /// Eight bytes.
    Number,
}

/// Whether a struct's end or a field with a higher id follows: servers write in order.
fn goes_on(after: &Reader<'_>, id: i16) -> bool {
    match after.clone().field() {
        Ok(None) => true,
        Ok(Some((_, next))) => next > id,
        Err(_) => false,
    }
}

fn value(
    kind: Kind,
    shape: Shape,
    from: &mut Reader<'_>,
    guesses: &mut u32,
) -> Result<(), CodecError> {
    match kind {
        Kind::Bool | Kind::I8 => from.take(1).map(drop),
        Kind::I16 => from.take(2).map(drop),
        Kind::I32 => from.take(4).map(drop),
        Kind::I64 | Kind::F64 => from.take(8).map(drop),
        Kind::Bytes => from.bytes().map(drop),
        Kind::Struct => structure(shape, from, guesses),
        Kind::List | Kind::Set => {
            let item = from.kind()?.ok_or(CodecError::Kind(0))?;
            let length = from.length()?;
            from.inside(|from| (0..length).try_for_each(|_| value(item, shape, from, guesses)))
        }
        Kind::Map => {
            let kinds = from.kind()?.zip(from.kind()?);
            let length = from.length()?;
            from.inside(|from| {
                (0..length).try_for_each(|_| {
                    let (of_key, of_value) = kinds.ok_or(CodecError::Kind(0))?;
                    value(of_key, shape, from, guesses)?;
                    value(of_value, shape, from, guesses)
                })
            })
        }
    }
}

fn structure(shape: Shape, from: &mut Reader<'_>, guesses: &mut u32) -> Result<(), CodecError> {
    match shape {
        Shape::Struct => from.inside(|from| {
            while let Some((kind, id)) = from.field()? {
                pass(kind, id, from, guesses)?;
            }
            Ok(())
        }),
        Shape::Named => HostPort::read(from).map(drop),
        Shape::Bytes => Blob::read(from).map(drop),
        Shape::Number => Address::read(from).map(drop),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pegasus::structs::{PartitionConfiguration, QueryConfigResponse};
    use crate::pegasus::wire::{ErrorCode, Gpid, wire_struct};

    wire_struct! {
        /// A partition as programs before 2.6 know it.
        OlderPartition {
            1 pid: Gpid,
            2 ballot: i64,
            5 secondaries: Vec<Address>,
        }

        /// An answer without what stands before and after its partitions.
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
            let mut bytes = Vec::new();
            answer.write(&mut bytes);
            let mut from = Reader::new(&bytes);
            let older = OlderAnswer::read(&mut from).expect("reads");
            assert_eq!(from.rest(), b"");
            assert_eq!(older.partitions.len(), 2);
            for (older, newer) in older.partitions.iter().zip(&answer.partitions) {
                assert_eq!((older.pid, older.ballot), (newer.pid, newer.ballot));
                assert_eq!(older.secondaries, newer.secondaries);
            }
        }
    }

    #[test]
    fn endless_nesting_is_given_up() {
        let field = [12, 0, 9];
        let bytes = field.repeat(100_000);
        let error = OlderAnswer::read(&mut Reader::new(&bytes)).expect_err("no end");
        assert_eq!(error, CodecError::Unskippable(9));
    }
}
