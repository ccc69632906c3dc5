//! The old cluster does what its release does.

use crate::metastore_calls::last_event;
use boatlift_testkit::services::http;
use boatlift_testkit::services::lower::{LowerOptions, LowerStack};
use boatlift_testkit::services::namespace::Namespace;
use boatlift_testkit::services::network::Network;
use std::fs;
use std::sync::{Arc, OnceLock};

/// The stack of all tests here; they use names of their own in it.
fn stack() -> &'static LowerStack {
    static STACK: OnceLock<LowerStack> = OnceLock::new();
    STACK.get_or_init(|| {
        LowerStack::start(LowerOptions::new().expect("ports")).expect("LOWER starts")
    })
}

#[test]
fn files_are_written_and_read_and_webhdfs_sees_them() {
    let stack = stack();
    let file = stack.directory().join("file");
    fs::write(&file, "content\n").expect("a file");
    let local = file.to_str().expect("a path");
    let printed = stack
        .hdfs(&[&["-put", local, "/data/file"], &["-cat", "/data/file"]])
        .expect("the commands run");
    assert_eq!(printed, "content\n");
    let url = stack.webhdfs_url();
    let address = url.strip_prefix("http://").and_then(|address| address.parse().ok());
    let address = address.expect("an address");
    let status = http::get(address, "/webhdfs/v1/data/file?op=GETFILESTATUS");
    assert!(status.is_some_and(|status| status.contains("\"length\":8,")));
}

#[test]
fn a_command_that_fails_says_why_and_ends_the_list() {
    let failure = stack()
        .hdfs(&[&["-ls", "/absent"], &["-mkdir", "/data/after"]])
        .expect_err("there is no such folder");
    assert!(failure.to_string().contains("No such file or directory"), "{failure}");
    stack().hdfs(&[&["-test", "-d", "/data/after"]]).expect_err("it was not made");
}

#[test]
fn statements_run_and_events_are_kept() {
    let stack = stack();
    let before = last_event(&stack.metastore_uri());
    let rows = stack.hql(
        "alice",
        &[
            "CREATE DATABASE shop",
            "CREATE TABLE shop.sales (id INT, what STRING) PARTITIONED BY (day STRING) STORED AS ORC",
            "INSERT INTO shop.sales PARTITION (day='1') VALUES (1, 'one'), (2, 'two')",
            "SELECT id, what, day FROM shop.sales ORDER BY id",
        ],
    );
    assert_eq!(rows.expect("the statements run"), "1\tone\t1\n2\ttwo\t1\n");
    assert!(last_event(&stack.metastore_uri()) >= before + 3, "database, table, partition");
}

#[test]
fn a_statement_that_fails_is_an_error() {
    let failure = stack().hql("alice", &["SELECT 1 FROM absent"]).expect_err("no such table");
    assert!(failure.to_string().contains("Table not found"), "{failure}");
}

#[test]
fn in_a_network_of_its_own_it_serves_the_machine() {
    let mut options = LowerOptions::new().expect("ports");
    let namespace = Arc::new(Namespace::new().expect("a namespace"));
    options.network = Network::Namespace(Arc::clone(&namespace));
    let stack = LowerStack::start(options).expect("LOWER starts");
    assert!(stack.metastore_uri().contains(&namespace.inside().to_string()));
    last_event(&stack.metastore_uri());
    let statements = ["CREATE TABLE t (a INT)", "INSERT INTO t VALUES (1)", "SELECT a FROM t"];
    assert_eq!(stack.hql("alice", &statements).expect("the statements run"), "1\n");
}
