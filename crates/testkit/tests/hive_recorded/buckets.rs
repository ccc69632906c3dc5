//! Tables of LOWER that lie in a bucket, at a real gateway: brought into another bucket, and into
//! a directory. That Hive reads a bucket is shown elsewhere, by a real Hive.

use crate::fixtures::{DB, database, partition, partitioned, table};
use crate::harness::{Site, Stage};
use boatlift_clients::metastore::Stored;
use boatlift_testkit::fake_metastore::rows_at;
use boatlift_testkit::services::versitygw::{Versitygw, VersitygwOptions};
use std::fs;

/// A site whose move reaches two buckets of a gateway.
struct Ground {
    site: Site,
    server: Versitygw,
}

impl Ground {
    fn new() -> Ground {
        let server = Versitygw::start(&VersitygwOptions::default()).expect("it starts");
        let endpoint = server.endpoint();
        for bucket in ["old", "new"] {
            endpoint.make_bucket(bucket).expect("a bucket");
        }
        let mut site = Site::new();
        let credentials = site.top.path().join("credentials");
        let (key, secret) = (&endpoint.owner.access_key, &endpoint.owner.secret_key);
        let lines = "[test]\naws_access_key_id = KEY\naws_secret_access_key = SECRET\n";
        fs::write(&credentials, lines.replace("KEY", key).replace("SECRET", secret))
            .expect("credentials");
        let session = format!(
            "session: {{endpoint-url: \"{}\", region: {}, profile: test, credentials-file: {}}}",
            endpoint.url,
            endpoint.region,
            credentials.display()
        );
        site.beside = format!("s3: {{lower: {{{session}}}, upper: {{{session}}}}}\n");
        Ground { site, server }
    }

    fn put(&self, path: &str, content: &str) {
        let server = self.server.endpoint();
        server.call(&server.owner, "PUT", path, Some(content)).expect("it is put");
    }

    fn get(&self, path: &str) -> String {
        let server = self.server.endpoint();
        server.call(&server.owner, "GET", path, None).expect("it is there")
    }

    /// Where a table or partition of UPPER points.
    fn upper_place(&self, name: &str) -> String {
        self.site.upper.with(|world| world.places())[name].clone()
    }
}

#[test]
fn tables_in_a_bucket_come_into_another_bucket_and_into_a_directory() {
    let mut ground = Ground::new();
    let raw = format!("file:{}/raw", ground.site.top.path().display());
    ground.site.rules = format!(
        ", {{from: \"s3a://old/events\", to: \"s3a://new/hive/events\"}}, \
         {{from: \"s3n://old/raw\", to: \"{raw}\"}}"
    );
    let site = &ground.site;
    database(site);
    let mut events = partitioned("events", "ds");
    events.set_location(Some("s3a://old/events"));
    site.lower.create_table(&events);
    for (value, location) in [("1", "s3a://old/events/ds=1"), ("2", "s3n://old/events/odd place")] {
        site.lower.add_partitions(&[partition(&events, &[value], Some(location))]);
    }
    let mut raw_table = table("raw");
    raw_table.set_location(Some("s3://old/raw"));
    site.lower.create_table(&raw_table);
    ground.put("old/events/ds%3D1/part-0", "one");
    ground.put("old/events/odd%20place/sub/part-0", "two");
    ground.put("old/raw/part-0", "raw");

    site.run(Stage::Storage).expect(0);
    assert_eq!(ground.get("new/hive/events/ds%3D1/part-0"), "one");
    assert_eq!(ground.get("new/hive/events/odd%20place/sub/part-0"), "two");
    assert_eq!(ground.upper_place("sales.events/ds=2"), "s3a://new/hive/events/odd place");
    let rows: Vec<Vec<u8>> = rows_at(&raw).into_values().collect();
    assert_eq!(rows, [b"raw"]);
    let raw_table = site.upper.table(DB, "raw").expect("a table");
    assert_eq!(raw_table.location(), Some(&*raw));

    ground.put("old/events/ds%3D1/part-0", "other");
    site.run(Stage::Storage).expect(0);
    assert_eq!(ground.get("new/hive/events/ds%3D1/part-0"), "other");
    site.assert_lower_only_read();
}

#[test]
fn a_partition_of_which_the_bucket_has_nothing_is_reported_and_not_made() {
    let mut ground = Ground::new();
    ground.site.rules = ", {from: \"s3a://old/\", to: \"s3a://new/\"}".to_owned();
    let site = &ground.site;
    database(site);
    let mut events = partitioned("events", "ds");
    events.set_location(Some("s3a://old/events"));
    site.lower.create_table(&events);
    for value in ["1", "2", "3"] {
        let location = format!("s3a://old/events/ds={value}");
        site.lower.add_partitions(&[partition(&events, &[value], Some(&location))]);
    }
    ground.put("old/events/ds%3D1/part-0", "one");
    // An empty object stands for an empty directory.
    ground.put("old/events/ds%3D2/", "");
    site.run(Stage::Storage).expect(1).says("ds=3");
    assert_eq!(ground.upper_place("sales.events/ds=2"), "s3a://new/events/ds=2");
    let there = site.upper.with(|world| world.places());
    assert!(!there.contains_key("sales.events/ds=3"), "{there:?}");
}
