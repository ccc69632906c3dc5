//! A realm of our own, and the old cluster behind it.

use boatlift_testkit::services::condition::Condition;
use boatlift_testkit::services::kerberos::{Lifetimes, Realm, Security};
use boatlift_testkit::services::lower::{LowerOptions, LowerStack};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

#[test]
fn tickets_end_when_they_should_and_renewed_ones_later() {
    let lifetimes =
        Lifetimes { ticket: Duration::from_secs(3), renewable: Duration::from_secs(3_600) };
    let realm = Arc::new(Realm::start(lifetimes).expect("a realm"));
    let ticket = realm.ticket(&realm.user_principal("alice")).expect("a ticket");
    assert!(realm.is_valid(&ticket));
    realm.renew(&ticket).expect("it is renewed");
    let (watched, file) = (Arc::clone(&realm), ticket.clone());
    let ended = Condition::new("the end of the ticket", move || !watched.is_valid(&file));
    assert!(ended.wait(Duration::from_secs(20)), "the ticket never ends");
    realm.ticket(&realm.user_principal("mallory")).expect_err("nobody knows her");
}

#[test]
fn the_old_cluster_serves_those_with_a_ticket_and_nobody_else() {
    let realm = Arc::new(Realm::start(Lifetimes::LONG).expect("a realm"));
    let mut options = LowerOptions::new().expect("ports");
    options.security = Security::Kerberos(Arc::clone(&realm));
    let stack = LowerStack::start(options).expect("LOWER starts");
    let statements = [
        "CREATE DATABASE vault",
        "CREATE TABLE vault.t (a INT) STORED AS ORC",
        "INSERT INTO vault.t VALUES (7)",
        "SELECT max(a) FROM vault.t",
    ];
    assert_eq!(stack.hql("alice", &statements).expect("the statements run"), "7\n");
    stack.hql("mallory", &["SHOW DATABASES"]).expect_err("nobody knows her");

    let status = format!("{}/webhdfs/v1/apps?op=GETFILESTATUS", stack.webhdfs_url());
    let ticket = realm.ticket(&realm.user_principal("alice")).expect("a ticket");
    assert_eq!(http_status(&realm, &status, Some(&ticket)), "200");
    assert_eq!(http_status(&realm, &status, None), "401");
}

/// What `curl` is answered, which speaks Kerberos by itself.
fn http_status(realm: &Realm, url: &str, ticket: Option<&std::path::Path>) -> String {
    let nothing = std::path::Path::new("/nonexistent/ticket");
    let output = Command::new("curl")
        .args(["--silent", "--negotiate", "--user", ":", "--output", "/dev/null"])
        .args(["--write-out", "%{http_code}", url])
        .env("KRB5_CONFIG", realm.configuration())
        .env("KRB5CCNAME", ticket.unwrap_or(nothing))
        .output()
        .expect("curl runs");
    String::from_utf8(output.stdout).expect("a number")
}
