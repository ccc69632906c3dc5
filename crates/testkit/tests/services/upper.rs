//! The new cluster does what its release does: translation, transactions, events, and DistCp
//! on YARN.

use crate::metastore_calls::last_event;
use boatlift_testkit::services::http;
use boatlift_testkit::services::lower::DoAs;
use boatlift_testkit::services::upper::{Part, UpperOptions, UpperStack};
use std::fs;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::OnceLock;

/// The stack of all tests here; they use names of their own in it.
fn stack() -> &'static UpperStack {
    static STACK: OnceLock<UpperStack> = OnceLock::new();
    STACK.get_or_init(|| {
        let options = UpperOptions { yarn: Part::Running, ..UpperOptions::new().expect("ports") };
        UpperStack::start(options).expect("UPPER starts")
    })
}

fn page(url: &str, path: &str) -> Option<String> {
    let address: SocketAddr = url.strip_prefix("http://")?.parse().ok()?;
    http::get(address, path)
}

#[test]
fn statements_run_in_every_format_and_events_are_kept() {
    let stack = stack();
    let before = last_event(&stack.metastore_uri());
    let rows = stack.hql(
        "alice",
        &[
            "CREATE DATABASE shop",
            "CREATE EXTERNAL TABLE shop.sales (id INT, what STRING) PARTITIONED BY (day STRING) STORED AS ORC",
            "INSERT INTO shop.sales PARTITION (day='1') VALUES (1, 'one'), (2, 'two')",
            "CREATE EXTERNAL TABLE shop.avro (id INT, what STRING, day STRING) STORED AS AVRO",
            "INSERT INTO shop.avro SELECT * FROM shop.sales",
            "INSERT OVERWRITE TABLE shop.sales PARTITION (day) SELECT id, what, what FROM shop.avro",
            "SELECT id, what, day FROM shop.sales ORDER BY id, day",
        ],
    );
    let expected = "1\tone\t1\n1\tone\tone\n2\ttwo\t1\n2\ttwo\ttwo\n";
    assert_eq!(rows.expect("the statements run"), expected);
    let events = last_event(&stack.metastore_uri()) - before;
    assert!(events >= 5, "a database, two tables, two additions of partitions, not {events}");
}

#[test]
fn a_plain_table_is_translated_and_a_transactional_one_is_managed() {
    let stack = stack();
    let told = stack.hql(
        "alice",
        &[
            "CREATE DATABASE kinds",
            "CREATE TABLE kinds.plain (id INT)",
            "CREATE TABLE kinds.acid (id INT) STORED AS ORC TBLPROPERTIES ('transactional'='true')",
            "INSERT INTO kinds.acid VALUES (1), (2)",
            "UPDATE kinds.acid SET id = 3 WHERE id = 1",
            "SHOW CREATE TABLE kinds.plain",
            "SHOW CREATE TABLE kinds.acid",
            "SELECT sum(id) FROM kinds.acid",
        ],
    );
    let told = told.expect("the statements run");
    assert!(told.contains("CREATE EXTERNAL TABLE `kinds`.`plain`"), "{told}");
    assert!(told.contains("'TRANSLATED_TO_EXTERNAL'='TRUE'"), "{told}");
    assert!(told.contains(&stack.options().external_warehouse()), "{told}");
    assert!(told.contains("CREATE TABLE `kinds`.`acid`"), "{told}");
    assert!(told.contains(&stack.options().managed_warehouse()), "{told}");
    assert!(told.ends_with("\n5\n"), "{told}");
}

#[test]
fn distcp_is_an_application_of_yarn() {
    let stack = stack();
    let file = stack.directory().join("file");
    fs::write(&file, "content\n").expect("a file");
    let local = file.to_str().expect("a path");
    let put: &[&[&str]] = &[&["-mkdir", "/data/from"], &["-put", local, "/data/from/file"]];
    stack.hdfs(put).expect("the file is put");
    let side = |path: &str| format!("{}{path}", stack.hdfs_url());
    let output = Command::new(stack.distcp_command())
        .args(["distcp", &side("/data/from"), &side("/data/to")])
        .output()
        .expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = stack.hdfs(&[&["-cat", "/data/to/file"]]).expect("the copy is there");
    assert_eq!(printed, "content\n");
    let url = stack.endpoints().resource_manager.expect("YARN runs");
    let applications = page(&url, "/ws/v1/cluster/apps").expect("the applications");
    assert!(applications.contains("\"name\":\"distcp\""), "{applications}");
    assert!(applications.contains("\"finalStatus\":\"SUCCEEDED\""), "{applications}");
}

#[test]
fn access_lists_and_webhdfs_are_on() {
    let stack = stack();
    let commands: &[&[&str]] = &[
        &["-mkdir", "/data/listed"],
        &["-setfacl", "-m", "user:alice:r-x", "/data/listed"],
        &["-getfacl", "/data/listed"],
    ];
    let printed = stack.hdfs(commands).expect("the commands run");
    assert!(printed.contains("user:alice:r-x"), "{printed}");
    let status = page(&stack.webhdfs_url(), "/webhdfs/v1/data/listed?op=GETFILESTATUS");
    assert!(status.is_some_and(|status| status.contains("\"aclBit\":true")));
}

#[test]
fn a_kept_folder_goes_on_with_its_data_under_other_options() {
    let kept = tempfile::tempdir().expect("a folder");
    let start = |hive_server2, do_as| {
        let directory = Some(kept.path().to_path_buf());
        let usual = UpperOptions::new().expect("ports");
        UpperStack::start(UpperOptions { directory, hive_server2, do_as, ..usual })
            .expect("UPPER starts")
    };
    let first = start(Part::Absent, DoAs::Server);
    assert!(first.hive_server2.is_none() && first.resource_manager.is_none());
    first.hdfs(&[&["-mkdir", "/data/kept"]]).expect("made");
    drop(first);
    let second = start(Part::Running, DoAs::User);
    let create = "CREATE EXTERNAL TABLE hers (id INT) LOCATION '/data/hers'";
    second.hql("alice", &[create]).expect("the statement runs");
    let both: &[&[&str]] = &[&["-test", "-d", "/data/kept"], &["-stat", "%u", "/data/hers"]];
    let owner = second.hdfs(both).expect("both are there");
    assert_eq!(owner, "alice\n");
}
