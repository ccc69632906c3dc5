//! Tests of manifests: what they say, what is wrong with them, and what stays as it was.

use super::*;
use proptest::prelude::*;
use std::io::{BufReader, Read};

fn own() -> Place {
    Place::new("b", "m.manifest")
}

fn entries(text: &str) -> Result<(Vec<Entry>, Summary), ManifestError> {
    let mut entries = Vec::new();
    let summary = read(text.as_bytes(), &own(), |entry| {
        entries.push(entry);
        Ok::<(), ManifestError>(())
    })?;
    Ok((entries, summary))
}

fn refused(text: &[u8]) -> ManifestError {
    read(text, &own(), |_| Ok::<(), ManifestError>(())).expect_err("refused")
}

/// The manifest with every place in another bucket.
fn moved(text: &str) -> std::io::Result<String> {
    rewritten(text, |old| Some(Place::new("new", &*old.key)))
}

fn rewritten(text: &str, clone: impl Fn(&Place) -> Option<Place>) -> std::io::Result<String> {
    let own = own();
    let new = Rewritten::new(text.as_bytes(), &own, |old: &Place| Ok(clone(old)));
    let mut output = String::new();
    new.map_err(std::io::Error::other)?.read_to_string(&mut output).map(|_| output)
}

#[test]
fn entries_are_read_with_what_belongs_to_them() {
    let text = r#"{"entries": [
        {"url": "s3://b/a 1", "mandatory": true, "meta": {"content_length": 5956875}},
        {"mandatory": false, "url": "S3N://b\/x\u00e9"},
        {"url": "s3://b/last", "comment": {"url": "s3://not/this"}}]}"#;
    let (entries, summary) = entries(text).expect("a manifest");
    let places: Vec<_> = entries.iter().map(|entry| entry.place.to_string()).collect();
    assert_eq!(places, ["s3://b/a 1", "s3://b/xé", "s3://b/last"]);
    assert_eq!(entries[0].necessity, Necessity::Mandatory);
    assert_eq!(entries[0].content_length, Some(5_956_875));
    assert_eq!(
        (entries[1].necessity, entries[2].necessity),
        (Necessity::Optional, Necessity::Optional)
    );
    assert_eq!(summary, Summary { kind: Kind::Files, entries: 3 });
}

#[test]
fn manifests_of_unload_are_known() {
    let text = r#"{"entries":[{"url":"s3://b/u_0000","meta":{"content_length":9,"record_count":1}}],
        "schema":{"elements":[{"name":"url","type":{"base":"integer"}}]},
        "meta":{"content_length":9,"record_count":1},"author":{"name":"Redshift"}}"#;
    let (entries, summary) = entries(text).expect("a manifest");
    assert_eq!(summary, Summary { kind: Kind::Unloaded, entries: 1 });
    assert_eq!(entries[0].content_length, Some(9));
}

#[test]
fn manifests_of_hosts_name_no_files() {
    let text = r#"{"entries":[{"endpoint":"h","command":"cat s3://b/x","mandatory":true,
        "publickey":"k","username":"u"}]}"#;
    let (entries, summary) = entries(text).expect("a manifest");
    assert_eq!((entries.len(), summary.kind), (0, Kind::Hosts));
    assert_eq!(moved(text).expect("rewritten"), text);
}

#[test]
fn an_empty_list_is_a_manifest() {
    let (_, summary) = entries("{\"entries\":[]}\n").expect("a manifest");
    assert_eq!(summary, Summary { kind: Kind::Files, entries: 0 });
}

#[test]
fn only_urls_change() {
    let text = "\n{ \"other\" : [1.50e3, null],\t\"entries\":[\n  {\"url\":\"s3n://b/a\\u0020b\" ,\
        \"mandatory\":true, \"url2\":\"s3://b/k\"} , {\"url\":\"s3://new/same\"}\n] , \"z\":\"\\/\"}\r\n";
    let expected = text.replace("\"s3n://b/a\\u0020b\"", "\"s3://new/a b\"");
    assert_eq!(moved(text).expect("rewritten"), expected);
}

#[test]
fn a_place_without_a_clone_stays() {
    let text = r#"{"entries":[{"url":"s3://b/gone","mandatory":false}]}"#;
    assert_eq!(rewritten(text, |_| None).expect("rewritten"), text);
}

#[test]
fn each_fault_has_its_own_error() {
    use ManifestError as E;
    assert!(matches!(refused(b"\x1f\x8b\x08\x00rest"), E::Packed(Packing::Gzip)));
    assert!(matches!(refused(b"BZh91AY"), E::Packed(Packing::Bzip2)));
    assert!(matches!(refused(b""), E::Truncated(0)));
    assert!(matches!(refused(b"{\"entries\":[{\"url\":\"s3://b/k"), E::Truncated(28)));
    assert!(matches!(refused(b"{\"entries\":[{\"url\":\"s3://b/k\"}"), E::Truncated(_)));
    let own = br#"{"entries":[{"url":"s3://b/k"},{"url":"S3://b/m.manifest"}]}"#;
    assert!(matches!(refused(own), E::NamesItself(2)));
    assert!(matches!(refused(br#"{"entries":[{"url":"/b/k"}]}"#), E::NotS3(1)));
    assert!(matches!(refused(br#"{"entries":[{"url":7}]}"#), E::NotS3(1)));
    assert!(matches!(refused(br#"{"entries":[{"mandatory":true}]}"#), E::NoUrl(1)));
    let mixed = br#"{"entries":[{"url":"s3://b/k"},{"endpoint":"h","command":"c"}]}"#;
    assert!(matches!(refused(mixed), E::Mixed(2)));
}

#[test]
fn what_has_another_form_is_broken() {
    for text in [
        "[]",
        "7",
        "{}",
        "a,b\n1,2\n",
        r#"{"entries":{}}"#,
        r#"{"entries":"s3://b/k"}"#,
        r#"{"entries":["s3://b/k"]}"#,
        r#"{"entries":[["url"]]}"#,
        r#"{"entries":[],"entries":[]}"#,
        r#"{"entries":[{"url":"s3://b/k","url":"s3://b/l"}]}"#,
        r#"{"entries":[{"url":"s3://b/k","mandatory":"yes"}]}"#,
        r#"{"entries":[{"url":"s3://b/k","meta":{"content_length":-1}}]}"#,
        r#"{"entries":[]} {"entries":[]}"#,
        r#"{"entries":[,]}"#,
        r#"{"entries":[}]"#,
        r#"{"entries" []}"#,
        r#"{"entries":[{"url":"s3://b/k"},]}"#,
        "{\"entries\":[{\"url\":\"s3://b/\u{1}\"}]}",
        "\u{feff}{\"entries\":[]}",
    ] {
        let error = refused(text.as_bytes());
        assert!(matches!(error, ManifestError::Broken { .. }), "{text}: {error}");
    }
    assert!(matches!(
        refused(b"{\"entries\":[{\"url\":\"s3://b/\xff\"}]}"),
        ManifestError::Broken { .. }
    ));
}

#[test]
fn nesting_and_lengths_are_bounded() {
    let deep = format!("{{\"x\":{}", "[".repeat(1000));
    assert!(matches!(refused(deep.as_bytes()), ManifestError::Broken { .. }));
    let long = format!("{{\"x\":\"{}\"}}", "y".repeat(1 << 20));
    assert!(matches!(refused(long.as_bytes()), ManifestError::Broken { .. }));
}

/// A manifest of any number of entries that is nowhere in memory.
struct Endless {
    entry: &'static [u8],
    at: usize,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        for byte in buffer.iter_mut() {
            *byte = self.entry[self.at];
            self.at = (self.at + 1) % self.entry.len();
        }
        Ok(buffer.len())
    }
}

#[test]
fn one_without_end_is_given_up() {
    for entry in ["{\"url\":\"s3://b/k\"},".as_bytes(), b" "] {
        let head = "{\"entries\":[".as_bytes();
        let input = BufReader::new(head.chain(Endless { entry, at: 0 }));
        let own = own();
        let mut walk = Walk::new(input, &own, 1 << 20).expect("no packing");
        let error = loop {
            match walk.next() {
                Ok(piece) => assert!(piece.is_some(), "no end"),
                Err(error) => break error,
            }
        };
        assert!(matches!(error, ManifestError::TooLong(limit) if limit == 1 << 20), "{error}");
    }
}

#[test]
fn a_million_entries_pass_through() {
    const ENTRY: &[u8] = b"{\"url\":\"s3://bucket/part-000001\",\"mandatory\":true},";
    let head = "{\"entries\":[".as_bytes();
    let body = Endless { entry: ENTRY, at: 0 }.take(ENTRY.len() as u64 * 1_000_000 - 1);
    let input = BufReader::new(head.chain(body).chain("]}".as_bytes()));
    let mut seen = 0_u64;
    let summary = read(input, &own(), |_| {
        seen += 1;
        Ok::<(), ManifestError>(())
    });
    assert_eq!((summary.expect("a manifest").entries, seen), (1_000_000, 1_000_000));
}

proptest! {
    #[test]
    fn nothing_panics(text in "[\\[\\]{}:,\"a-z0-9\\\\ ]{0,64}", bytes in any::<Vec<u8>>()) {
        let _ = moved(&text);
        let _ = read(bytes.as_slice(), &own(), |_| Ok::<(), ManifestError>(()));
    }

    #[test]
    fn untouched_bytes_survive(value in json(3), pretty in any::<bool>()) {
        let document = serde_json::json!({ "entries": [], "rest": value });
        let text = if pretty { format!("{document:#}") } else { document.to_string() };
        prop_assert_eq!(moved(&text).expect("a manifest"), text);
    }
}

fn json(depth: u32) -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(depth, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}
