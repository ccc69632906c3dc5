//! LOWER never needs a way to UPPER: its services live in a network of their own, from which
//! nothing of UPPER can be reached, and a move by the real `boatlift` binary goes through.
//! Before each stage `boatlift check` finds that UPPER's servers read what is there.
//!
//! Both clusters are started once, for one test.

mod binary;

use boatlift_testkit::services::lower::{LowerOptions, LowerStack};
use boatlift_testkit::services::namespace::Namespace;
use boatlift_testkit::services::network::Network;
use boatlift_testkit::services::upper::{UpperOptions, UpperStack};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Connects from where it runs to a URL's host and port; ends with 0 when that works.
const CONNECT: &str = "import socket, sys, urllib.parse as u; \
                       at = u.urlsplit(sys.argv[1].removeprefix('jdbc:')); \
                       socket.create_connection((at.hostname, at.port), 3)";

/// What LOWER's users made: a table of the warehouse and one beside it, in partitions.
const FILL: &[&str] = &[
    "CREATE DATABASE island",
    "CREATE TABLE island.people (id INT, name STRING)",
    "INSERT INTO island.people VALUES (1, 'ann'), (2, 'bob')",
    "GRANT SELECT ON TABLE island.people TO USER bob WITH GRANT OPTION",
    "CREATE EXTERNAL TABLE island.sales (id INT) PARTITIONED BY (day STRING) STORED AS ORC \
     LOCATION '/data/island sales'",
    "INSERT INTO island.sales PARTITION (day='1') VALUES (10)",
    "INSERT INTO island.sales PARTITION (day='a b') VALUES (20), (30)",
];

/// The rows of everything.
const ROWS: &[&str] = &[
    "SELECT id, name FROM island.people ORDER BY id",
    "SELECT id, day FROM island.sales ORDER BY id",
];

/// What they are.
const EXPECTED: &str = "1\tann\n2\tbob\n10\t1\n20\ta b\n30\ta b\n";

fn connects(namespace: &Namespace, url: &str) -> bool {
    let mut python = namespace.command("python3".as_ref());
    python.args(["-c", CONNECT, url]);
    python.output().expect("python3 runs").status.success()
}

/// The move file of a stage: `metadata` or `storage`.
fn write_move(directory: &Path, lower: &LowerStack, upper: &UpperStack, stage: &str) -> PathBuf {
    let side = |name: &str, metastore: String, hdfs: String, server: String| {
        format!(
            "\x20 {name}:\n\
             \x20   metastore: {{uris: [\"{metastore}\"]}}\n\
             \x20   namespace: {hdfs}\n\
             \x20   hive-server2: {{uri: \"{server}\"}}\n"
        )
    };
    let text = format!(
        "move: island\nmover: hive\nhive:\n{}\x20   legacy-hive: true\n{}\
         \x20 stage: {stage}\n\x20 scope: {{databases: [island]}}\n\x20 carry: {{grants: true}}\n",
        side("lower", lower.metastore_uri(), lower.hdfs_url(), lower.hive_server2_url()),
        side("upper", upper.metastore_uri(), upper.hdfs_url(), upper.hive_server2_url()),
    );
    let file = directory.join(format!("{stage}.yaml"));
    fs::write(&file, text).expect("a move file");
    file
}

/// Hides a directory from UPPER's HiveServer2 for a while: the superuser, who is the user of
/// the move, sees it all the time.
#[track_caller]
fn assert_denial_is_found(lower: &LowerStack, file: &Path, top: &Path) {
    let directory = "/data/island sales";
    lower.hdfs(&[&["-chown", "alice", directory], &["-chmod", "700", directory]]).expect("hidden");
    let said = binary::run("check", file, top, 2);
    let crosses: Vec<&str> = said.lines().filter(|line| line.starts_with('✗')).collect();
    assert!(matches!(crosses[..], [only] if only.contains(directory)), "{said}");
    lower.hdfs(&[&["-chmod", "755", directory]]).expect("shown");
}

/// What bob was granted on LOWER is among the policies for Ranger.
#[track_caller]
fn assert_granted(state: &Path) {
    let text = fs::read_to_string(state.join("reports/ranger-policies.json")).expect("policies");
    let policies: Value = serde_json::from_str(&text).expect("JSON");
    let policies = policies["policies"].as_array().expect("a list");
    let people = json!(["people"]);
    let mut of_table = policies.iter().filter(|p| p["resources"]["table"]["values"] == people);
    let items = of_table.next().expect("a policy")["policyItems"].as_array().expect("items");
    let of_bob = items.iter().find(|item| item["users"] == json!(["bob"])).expect("bob's rights");
    assert_eq!(of_bob["accesses"], json!([{"type": "select", "isAllowed": true}]));
    assert_eq!(of_bob["delegateAdmin"], true);
}

#[test]
fn lower_needs_no_way_to_upper() {
    let namespace = Arc::new(Namespace::new().expect("a namespace"));
    let mut options = LowerOptions::new().expect("ports");
    options.network = Network::Namespace(Arc::clone(&namespace));
    let lower = std::thread::spawn(|| {
        let lower = LowerStack::start(options).expect("LOWER starts");
        lower.hql("alice", FILL).expect("LOWER is filled");
        lower
    });
    let upper = UpperStack::start(UpperOptions::new().expect("ports")).expect("UPPER starts");
    let lower = lower.join().expect("LOWER starts");

    assert!(connects(&namespace, &lower.metastore_uri()), "LOWER reaches itself");
    for url in [upper.metastore_uri(), upper.hdfs_url(), upper.hive_server2_url()] {
        assert!(!connects(&namespace, &url), "LOWER reaches {url}");
    }

    let top = tempfile::tempdir().expect("a directory");
    let file = write_move(top.path(), &lower, &upper, "metadata");
    assert_denial_is_found(&lower, &file, top.path());
    for stage in ["metadata", "storage"] {
        let file = write_move(top.path(), &lower, &upper, stage);
        binary::run("check", &file, top.path(), 0);
        binary::run("run", &file, top.path(), 0);
        assert_eq!(upper.hql("alice", ROWS).expect("rows"), EXPECTED, "after {stage}");
    }
    assert_granted(&top.path().join("state"));
    // No table of UPPER reads LOWER any more.
    lower.stop();
    assert_eq!(upper.hql("alice", ROWS).expect("rows"), EXPECTED, "without LOWER");
}
