//! Answers that real metastores gave, kept byte for byte in `tests/golden`.

use boatlift_clients::metastore::{Partition, Stored, Table};
use boatlift_clients::thrift::{
    Header, Limits, MessageKind, Struct, Value, decode_message, encode_message,
};

fn decoded(bytes: &[u8]) -> (Header, Struct) {
    let mut rest = bytes;
    let message = decode_message(&mut rest, &Limits::default()).expect("decodes");
    assert!(rest.is_empty(), "{} bytes are left over", rest.len());
    message
}

fn encoded(header: &Header, body: &Struct) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_message(&mut bytes, header, body).expect("encodes");
    bytes
}

/// Every recorded answer: file name and bytes.
fn golden() -> Vec<(String, Vec<u8>)> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden");
    let entries = std::fs::read_dir(directory).expect("lists");
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|end| end == "bin"))
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy();
            (name.into_owned(), std::fs::read(&path).expect("reads"))
        })
        .collect();
    files.sort();
    assert!(files.len() > 10, "only {} answers", files.len());
    files
}

/// A value of every byte that lengths, types and texts are sensitive to.
const DAMAGE: [u8; 6] = [0x00, 0x01, 0x0c, 0x7f, 0x80, 0xff];

#[test]
fn damage_is_an_error_or_another_answer_within_the_limits() {
    let limits = Limits { held_bytes: 1 << 20, ..Limits::default() };
    for (name, bytes) in golden() {
        for at in 0..bytes.len() {
            for damage in DAMAGE {
                let mut damaged = bytes.clone();
                damaged[at] = damage;
                let mut rest = &damaged[..];
                if let Ok((header, body)) = decode_message(&mut rest, &limits) {
                    let read = damaged.len() - rest.len();
                    let again = encoded(&header, &body);
                    assert_eq!(again.len(), read, "{name} with {damage} at {at}");
                    drop(Table::from_raw(body));
                }
            }
        }
    }
}

fn tables_in(result: &Struct) -> Vec<Struct> {
    let value = match result.get(0).expect("a result") {
        Value::Struct(inner) => inner.get(1).expect("a list").clone(),
        value => value.clone(),
    };
    let items = value.into_items().expect("a list");
    items.into_iter().filter_map(Value::into_struct).collect()
}

#[test]
fn answers_encode_to_the_same_bytes() {
    for (name, bytes) in golden() {
        let (header, body) = decoded(&bytes);
        assert_eq!(encoded(&header, &body), bytes, "{name}");
    }
}

#[test]
fn every_cut_of_an_answer_is_an_error() {
    for (name, bytes) in golden() {
        for end in 0..bytes.len() {
            let cut = decode_message(&mut &bytes[..end], &Limits::default());
            assert!(cut.is_err(), "{name} cut at {end}");
        }
    }
}

#[test]
fn tables_are_read_as_they_were_made() {
    let mut seen = 0;
    for (name, bytes) in golden() {
        let (header, result) = decoded(&bytes);
        if !header.name.starts_with("get_table_objects") || header.kind != MessageKind::Reply {
            continue;
        }
        for raw in tables_in(&result) {
            let mut table = Table::from_raw(raw.clone()).expect("a table");
            assert_eq!(table.parameter("EXTERNAL"), Some("TRUE"), "{name}");
            assert_eq!(table.columns()[1].name, "name");
            assert_eq!(table.serde_parameters()[0].0, "field.delim");
            let location = table.location().expect("a location").to_owned();
            assert!(location.ends_with(&format!("{}_files", table.name())));
            table.set_location(Some("hdfs://upper/new"));
            assert_eq!(table.location(), Some("hdfs://upper/new"));
            table.set_location(Some(&location));
            assert_eq!(table.into_raw(), raw, "{name}: an edit and its undo");
            seen += 1;
        }
    }
    assert!(seen >= 4, "only {seen} tables");
}

#[test]
fn partitions_are_read_as_they_were_made() {
    let mut seen = 0;
    for (name, bytes) in golden() {
        let (header, result) = decoded(&bytes);
        if !header.name.starts_with("get_partitions_by_names") || header.kind != MessageKind::Reply
        {
            continue;
        }
        for raw in tables_in(&result) {
            let partition = Partition::from_raw(raw.clone()).expect("a partition");
            let path = partition.name(&["ds", "h"]);
            assert!(partition.location().expect("a location").ends_with(&path));
            assert_eq!(partition.parameter("made"), Some("by test"), "{name}");
            assert_eq!(partition.into_raw(), raw);
            seen += 1;
        }
    }
    assert!(seen >= 4, "only {seen} partitions");
}

#[test]
fn fields_of_later_versions_pass_through() {
    for (name, bytes) in golden() {
        let (header, result) = decoded(&bytes);
        if !header.name.starts_with("get_table_objects") || header.kind != MessageKind::Reply {
            continue;
        }
        for raw in tables_in(&result) {
            let unknown = Value::structs([Struct::new().with(7, Value::strings(["later"]))]);
            let raw = raw.with(1000, unknown.clone());
            let mut table = Table::from_raw(raw).expect("a table");
            table.set_parameter("boatlift", "was here");
            let bytes = encoded(&header, &table.into_raw());
            let (_, back) = decoded(&bytes);
            assert_eq!(back.get(1000), Some(&unknown), "{name}");
        }
    }
}

#[test]
fn a_field_of_another_type_is_refused() {
    let raw = Table::new("db", "t").into_raw();
    let wrong = raw.clone().with(9, Value::strings(["no map"]));
    let refused = Table::from_raw(wrong).expect_err("no map");
    assert_eq!(refused.to_string(), "a table's parameters is of another type");
    let wrong = raw.clone().with(10, Value::Bytes(vec![0xff]));
    let refused = Table::from_raw(wrong).expect_err("no text");
    assert_eq!(refused.to_string(), "a view's original text is not UTF-8");
    let mut without = raw;
    without.take(1);
    let refused = Table::from_raw(without).expect_err("no name");
    assert_eq!(refused.to_string(), "a table's name is missing");
}
