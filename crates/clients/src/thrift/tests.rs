//! The codec against bytes written out by hand, and against servers that lie.

use std::io::{self, Cursor, Read, Write};
use std::sync::{Arc, Mutex};

use super::*;

fn sample() -> Struct {
    Struct::new()
        .with(1, "näme")
        .with(2, true)
        .with(3, -1_i8)
        .with(4, 1.5)
        .with(5, -300_i16)
        .with(6, 7)
        .with(7, i64::MIN)
        .with(8, Value::strings(["a", ""]))
        .with(9, Map::strings([("k", "v")]))
        .with(10, Value::structs([Struct::new().with(-3, 1)]))
        .with(11, Value::Set(List { kind: Kind::Bool, items: vec![] }))
        .with(12, Map { kinds: None, entries: vec![] })
}

fn encoded(value: &Struct) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_struct(&mut bytes, value).expect("encodes");
    bytes
}

#[test]
fn bytes_are_those_of_the_specification() {
    let value = Struct::new().with(1, "hi").with(2, Value::numbers([5]));
    let expected = [
        11, 0, 1, 0, 0, 0, 2, b'h', b'i', // field 1, string
        15, 0, 2, 8, 0, 0, 0, 1, 0, 0, 0, 5, // field 2, list of i32
        0,
    ];
    assert_eq!(encoded(&value), expected);
}

#[test]
fn every_kind_survives_and_gives_the_same_bytes() {
    let bytes = encoded(&sample());
    let back = decode_struct(&mut &bytes[..], &Limits::default()).expect("decodes");
    assert_eq!(back, sample());
    assert_eq!(encoded(&back), bytes);
}

#[test]
fn every_cut_is_an_error() {
    let bytes = encoded(&sample());
    for end in 0..bytes.len() {
        let cut = decode_struct(&mut &bytes[..end], &Limits::default());
        assert!(matches!(cut, Err(DecodeError::Read(_))), "cut at {end}");
    }
}

#[test]
fn lies_about_lengths_are_refused_without_allocation() {
    let limits = Limits::default();
    for (body, what) in [
        (vec![11, 0, 1, 0xff, 0xff, 0xff, 0xff], "negative string"),
        (vec![11, 0, 1, 0x7f, 0xff, 0xff, 0xff], "long string"),
        (vec![15, 0, 1, 12, 0x7f, 0xff, 0xff, 0xff], "long list"),
        (vec![13, 0, 1, 11, 11, 0x80, 0, 0, 0], "negative map"),
    ] {
        let refused = decode_struct(&mut &body[..], &limits);
        assert!(matches!(refused, Err(DecodeError::Length { .. })), "{what}: {refused:?}");
    }
    let believable = [11, 0, 1, 0x0f, 0xff, 0xff, 0xff, b'x'];
    let short = decode_struct(&mut &believable[..], &limits);
    assert!(matches!(short, Err(DecodeError::Read(_))), "{short:?}");
}

#[test]
fn deep_and_large_answers_are_refused() {
    let mut deep = Vec::new();
    for _ in 0..65 {
        deep.extend([12, 0, 1]);
    }
    let refused = decode_struct(&mut &deep[..], &Limits::default());
    assert!(matches!(refused, Err(DecodeError::Depth(64))), "{refused:?}");

    // A list of structs without fields costs one byte each on the wire.
    let mut many = vec![15, 0, 1, 12, 0, 0, 0x10, 0];
    many.resize(many.len() + 0x1000 + 1, 0);
    let limits = Limits { held_bytes: 10_000, ..Limits::default() };
    let refused = decode_struct(&mut &many[..], &limits);
    assert!(matches!(refused, Err(DecodeError::Size(10_000))), "{refused:?}");
    assert!(decode_struct(&mut &many[..], &Limits::default()).is_ok());
}

#[test]
fn unknown_types_are_named() {
    let refused = decode_struct(&mut &[9_u8, 0, 1][..], &Limits::default());
    let message = refused.expect_err("type 9").to_string();
    assert_eq!(message, "unknown type 9 in the answer");
}

#[test]
fn a_collection_of_mixed_values_is_not_written() {
    let mixed = Struct::new().with(1, List { kind: Kind::I32, items: vec![Value::Bool(true)] });
    let refused = encode_struct(&mut Vec::new(), &mixed);
    assert_eq!(refused, Err(EncodeError::Mixed { expected: Kind::I32, found: Kind::Bool }));
}

/// A wire that has its answers ready and keeps what was sent.
struct Scripted {
    answers: Cursor<Vec<u8>>,
    sent: Arc<Mutex<Vec<u8>>>,
    turn: usize,
    ends: Vec<usize>,
}

impl Read for Scripted {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let end = self.ends.get(self.turn.wrapping_sub(1)).copied();
        let at = self.answers.position() as usize;
        let left = end.unwrap_or(at).saturating_sub(at).min(into.len());
        self.answers.read(&mut into[..left])
    }
}

impl Write for Scripted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.sent.lock().expect("not poisoned").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.turn += 1;
        Ok(())
    }
}

fn connection(answers: &[Vec<u8>]) -> (Connection, Arc<Mutex<Vec<u8>>>) {
    let sent = Arc::default();
    let ends = answers
        .iter()
        .scan(0, |end, answer| {
            *end += answer.len();
            Some(*end)
        })
        .collect();
    let wire =
        Scripted { answers: Cursor::new(answers.concat()), sent: Arc::clone(&sent), turn: 0, ends };
    (Connection::new(Box::new(wire)), sent)
}

fn message(kind: MessageKind, name: &str, sequence: i32, body: Struct) -> Vec<u8> {
    let header = Header { kind, name: name.to_owned(), sequence };
    let mut bytes = Vec::new();
    encode_message(&mut bytes, &header, &body).expect("encodes");
    bytes
}

#[test]
fn an_unknown_method_leaves_the_connection_usable() {
    let refusal = Struct::new().with(1, "Invalid method name: 'frob'").with(2, 1);
    let (mut connection, sent) = connection(&[
        message(MessageKind::Exception, "frob", 1, refusal),
        message(MessageKind::Reply, "name", 2, Struct::new().with(0, "hms")),
    ]);
    let refused = connection.call("frob", Struct::new()).expect_err("refused");
    assert!(refused.is_unknown_method());
    assert_eq!(refused.effect(), Effect::None);
    assert_eq!(
        refused.to_string(),
        "the server refused frob: unknown method (type 1): Invalid method name: 'frob'"
    );
    let result = connection.call("name", Struct::new()).expect("answers");
    assert_eq!(result.string(0), Some("hms"));
    let sent = sent.lock().expect("not poisoned");
    assert_eq!(sent[..17], *b"\x80\x01\x00\x01\x00\x00\x00\x04frob\x00\x00\x00\x01\x00");
}

#[test]
fn a_wrong_sequence_number_breaks_the_connection() {
    let (mut connection, _) = connection(&[message(MessageKind::Reply, "name", 9, Struct::new())]);
    let wrong = connection.call("name", Struct::new()).expect_err("number");
    assert!(matches!(wrong, CallError::Mismatched { number: 9, .. }));
    assert_eq!(wrong.effect(), Effect::Unknown);
    let after = connection.call("name", Struct::new()).expect_err("broken");
    assert!(matches!(after, CallError::Broken { .. }));
    assert_eq!(after.effect(), Effect::None);
}

#[test]
fn bytes_after_an_answer_break_the_connection() {
    let mut answer = message(MessageKind::Reply, "name", 1, Struct::new());
    answer.push(0);
    let (mut connection, _) = connection(&[answer]);
    connection.call("name", Struct::new()).expect_err("excess");
    assert!(connection.is_broken());
}

#[test]
fn strangers_are_named_and_break_the_connection() {
    let framed =
        [vec![0, 0, 0, 20], message(MessageKind::Reply, "name", 1, Struct::new())].concat();
    for (answer, expected) in [
        (b"HTTP/1.1 400 Bad Request\r\n".to_vec(), Stranger::Http),
        (vec![0x15, 3, 1, 0, 2, 2, 10], Stranger::Tls),
        (vec![4, 0, 0, 0, 3, b'b', b'a', b'd'], Stranger::Sasl),
        (framed, Stranger::Framed),
    ] {
        let (mut connection, _) = connection(&[answer]);
        let error = connection.call("name", Struct::new()).expect_err("no");
        match error {
            CallError::Receive { error: DecodeError::Stranger(stranger), .. } => {
                assert_eq!(stranger, expected)
            }
            other => panic!("{expected:?}: {other}"),
        }
        assert!(connection.is_broken());
    }
}

#[test]
fn silence_is_its_own_error() {
    let (mut connection, _) = connection(&[]);
    let error = connection.call("name", Struct::new()).expect_err("nothing");
    assert!(matches!(error, CallError::Receive { error: DecodeError::Nothing, .. }));
}

#[test]
fn fields_keep_their_order() {
    let mut value = Struct::new().with(5, 5).with(1, 1);
    assert_eq!(value.fields[0].0, 1);
    value.set(3, "c");
    value.set(5, "e");
    let ids: Vec<i16> = value.fields.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids, [1, 3, 5]);
    assert_eq!(value.string(5), Some("e"));
    value.set_or_take(3, None::<&str>);
    assert_eq!(value.get(3), None);
}

#[test]
fn maps_are_edited_in_place() {
    let mut map = Map::strings([("a", "1"), ("b", "2")]);
    map.set_text("a", "3");
    map.set_text("c", "4");
    assert!(map.remove_text("b"));
    assert!(!map.remove_text("b"));
    let pairs: Vec<_> = map.texts().collect();
    assert_eq!(pairs, [("a", "3"), ("c", "4")]);
    assert_eq!(map.text("c"), Some("4"));
}
