//! Names that tools get wrong, from the views to the clone.

use crate::ground::{Ground, bucket, file, get, put};
use boatlift_testkit::services::redshift::{Views, Workload};
use std::collections::BTreeMap;

/// A key as a URL has it.
fn encoded(key: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-~".contains(byte);
    let bytes = key.bytes().map(|byte| match plain(&byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    bytes.collect()
}

#[test]
fn sharp_names_come_from_the_views_to_the_clones_as_they_are() {
    let ground = Ground::new(Views::Older);
    let [one, dotted, clones] = ["sharp", "sharp.with.dots", "sharp-clones"].map(bucket);
    let keys = [
        "a b",
        "a+b",
        "100%",
        "a%2Fb",
        "what?x=1",
        "a#b",
        "a&b",
        "it's",
        "say \"x\"",
        "tab\there",
        "line\nend",
        "/lead",
        "a//b",
        "up/../down",
        "folder/",
        "\u{1F6A2}",
        "\u{e9}",
        "e\u{301}",
        "empty",
        "data.manifest",
        "=1+1",
        "a,b",
    ];
    let content = |bucket: &str, key: &str| match key {
        "folder/" | "empty" => String::new(),
        key => format!("{bucket} {key}"),
    };
    let long = format!("long/{}", "k".repeat(900));
    let longest = "n".repeat(1024);
    let mut files = Vec::new();
    let others = [(&one, &*long), (&one, &*longest), (&dotted, "a b")];
    for (bucket, key) in keys.iter().map(|key| (&one, *key)).chain(others) {
        put(bucket, &encoded(key), &content(bucket, key));
        files.push(file(&format!("s3://{bucket}/{key}"), None));
    }
    put(&one, "a%20b2", "begins like a name that was loaded");
    let loads = vec![ground.load(1, "copy t from 's3://x/y'", "s3://x/y", &files)];
    ground.fill(&Workload { loads, ..Workload::default() });
    let move_file = ground.move_file(&format!("s3://{clones}"), "");
    let ran = ground.runs("run", &move_file, 1);

    let clone =
        |bucket: &str, key: &str| get(&clones, &encoded(&format!("copyfiles/{bucket}/{key}")));
    for (bucket, key) in
        keys.iter().map(|key| (&one, *key)).chain([(&one, &*long), (&dotted, "a b")])
    {
        assert_eq!(clone(bucket, key), Some(content(bucket, key)), "{key:?}\n{ran}");
    }
    assert_eq!(clone(&one, "a b2"), None);
    // Every name is in the list as it is; the longest has no room for its clone's.
    let lines = ground.report("copyfiles/Final_Copy_Objects.csv");
    let told: BTreeMap<_, _> = lines.iter().map(|line| (line[0].to_owned(), line)).collect();
    for key in keys {
        let line = told.get(&format!("s3://{one}/{key}")).unwrap_or_else(|| panic!("{key:?}"));
        assert_eq!(&line[5], "cloned", "{key:?}");
    }
    let failed: Vec<_> = lines.iter().filter(|line| &line[5] == "not cloned").collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert_eq!(failed[0][0], format!("s3://{one}/{longest}"));
}
