//! The cutover between real clusters: LOWER's users are refused by the file system itself,
//! which the site's own command made read-only, and UPPER's are served; then back again.

use crate::clusters::{Clusters, clusters};
use crate::move_file::Extent;
use crate::runs::HiveMove;
use boatlift_testkit::services::http;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// The database whose users are handed over.
const DATABASE: &str = "handed";
/// Who writes on both sides.
const USER: &str = "hive";

/// A command that gives every directory of the database a mode, by WebHDFS as the superuser.
const CHMOD: &str = r#"#!/usr/bin/env python3
import json, sys, urllib.parse, urllib.request

webhdfs, mode, top = sys.argv[1:4]

def ask(path, method, **query):
    query = urllib.parse.urlencode({**query, "user.name": "hdfs"})
    url = f"{webhdfs}/webhdfs/v1{urllib.parse.quote(path)}?{query}"
    with urllib.request.urlopen(urllib.request.Request(url, method=method)) as answer:
        return answer.read()

def walk(path):
    ask(path, "PUT", op="SETPERMISSION", permission=mode)
    for entry in json.loads(ask(path, "GET", op="LISTSTATUS"))["FileStatuses"]["FileStatus"]:
        if entry["type"] == "DIRECTORY":
            walk(f"{path}/{entry['pathSuffix']}")

walk(top)
"#;

/// The part of the move file: each side is fenced by its file system.
fn settings(lift: &HiveMove<'_>, clusters: &Clusters) -> String {
    let command = lift.path("chmod");
    fs::write(&command, CHMOD).expect("a command");
    fs::set_permissions(&command, fs::Permissions::from_mode(0o755)).expect("a mode");
    let fence = |webhdfs: String, top: &str| {
        let give = |mode| format!("[{}, {webhdfs}, \"{mode}\", {top}]", command.display());
        format!("{{raise: {}, lower: {}, seconds: 60}}", give("555"), give("777"))
    };
    let lower = fence(clusters.lower.webhdfs_url(), &format!("/{DATABASE}"));
    let upper = fence(clusters.upper.webhdfs_url(), &format!("/{DATABASE}"));
    format!("  cutover: {{fence: {lower}, reverse-window: 1h, reverse: {{fence: {upper}}}}}\n")
}

fn insert(number: u32) -> String {
    format!("INSERT INTO TABLE {DATABASE}.sales SELECT {number} FROM {DATABASE}.one")
}

/// A table with a row to insert from, and one to insert into.
fn fill(clusters: &Clusters) {
    let lower = &clusters.lower;
    let row = lower.directory().join("one");
    fs::write(&row, "1\n").expect("a file");
    let row = row.to_str().expect("a plain path");
    let table = |name| {
        format!("CREATE EXTERNAL TABLE {DATABASE}.{name} (id INT) LOCATION '/{DATABASE}/{name}'")
    };
    let database = format!("CREATE DATABASE {DATABASE}");
    let statements = [database, table("one"), table("sales")];
    lower.hql(USER, &statements.each_ref().map(String::as_str)).expect("LOWER is filled");
    let (top, one) = (format!("/{DATABASE}"), format!("/{DATABASE}/one/row"));
    let commands: [&[&str]; 2] = [&["-put", row, &one], &["-chmod", "-R", "777", &top]];
    lower.hdfs(&commands).expect("a row");
    lower.hql(USER, &[&insert(1)]).expect("users write on LOWER");
}

/// Whether the command of the site has taken users' rights on LOWER away.
fn is_fenced(clusters: &Clusters) -> bool {
    let address = clusters.lower.webhdfs_url();
    let address = address.trim_start_matches("http://").parse().expect("an address");
    let question = format!("/webhdfs/v1/{DATABASE}/sales?op=GETFILESTATUS&user.name=hdfs");
    http::get(address, &question).is_some_and(|told| told.contains("\"permission\":\"555\""))
}

/// The rows of a side, as its own HiveServer2 gives them.
fn rows(said: String) -> String {
    let mut rows: Vec<&str> = said.split_whitespace().collect();
    rows.sort_unstable();
    rows.join(" ")
}

#[test]
fn users_are_refused_on_lower_served_on_upper_and_led_back() {
    let clusters = &*clusters();
    let (lower, upper) = (&clusters.lower, &clusters.upper);
    let mut lift = HiveMove::new(clusters, &[DATABASE]);
    lift.more.hive = settings(&lift, clusters);
    fill(clusters);
    let select = format!("SELECT id FROM {DATABASE}.sales");
    lift.run(Extent::Storage).expect(&[0]);
    lower.hql(USER, &[&insert(2)]).expect("users write on LOWER");

    lift.verb_and_kill("cutover", || is_fenced(clusters));
    assert!(is_fenced(clusters), "it was not killed behind the fence");
    lower.hql(USER, &[&insert(0)]).expect_err("LOWER took a write");
    lift.run(Extent::Storage).expect(&[0]);
    lower.hql(USER, &[&insert(9)]).expect("LOWER accepts writes after a death");

    lift.verb("cutover", &["--dry-run"]).expect(&[0]);
    let handed = lift.verb("cutover", &[]).expect(&[0]);
    assert!(handed.stdout.contains("users follow UPPER"), "{}", handed.stdout);
    let refused = lower.hql(USER, &[&insert(3)]).expect_err("LOWER took a write").to_string();
    assert!(refused.contains("Permission denied"), "{refused}");
    let on_lower = rows(lower.hql(USER, &[&select]).expect("LOWER is read"));
    assert_eq!(rows(upper.hql(USER, &[&select]).expect("UPPER is read")), on_lower);
    lift.run(Extent::Storage).expect(&[2]);

    lift.verb("cutover", &["--reverse"]).expect(&[0]);
    lower.hql(USER, &[&insert(4)]).expect("LOWER accepts writes again");
    lift.run(Extent::Storage).expect(&[0]);
    lift.verb("cutover", &[]).expect(&[0]);
    lower.hql(USER, &[&insert(5)]).expect_err("LOWER took a write");
    upper.hql(USER, &[&insert(6)]).expect("UPPER accepts writes");
    let on_upper = rows(upper.hql(USER, &[&select]).expect("UPPER is read"));
    assert!(on_upper.contains('4') && on_upper.contains('6'), "{on_upper}");

    let refused = lift.verb("cutover", &["--reverse"]).expect(&[2]);
    assert!(refused.stderr.contains("BL-CUTOVER-007"), "{}", refused.stderr);
    upper.hql(USER, &[&insert(7)]).expect("UPPER accepts writes after the refusal");
    lift.verb("cutover", &["--reverse", "--discard-upper-writes"]).expect(&[0]);
    lower.hql(USER, &[&insert(8)]).expect("LOWER accepts writes again");
}
