//! A secured cluster: with a keytab, without any ticket.
//!
//! The Kerberos library reads its configuration from the environment, so each question is
//! asked by a child: this very test program, told to run one test that is ignored otherwise.

use crate::ground::{read, write};
use boatlift_core::{Code, Store};
use boatlift_stores::hdfs::Kerberos;
use boatlift_stores::{HdfsOptions, HdfsStore, HdfsUrl};
use boatlift_testkit::services::kerberos::{Lifetimes, Realm, Security};
use boatlift_testkit::services::lower::{LowerOptions, LowerStack};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

#[test]
fn a_secured_cluster_takes_a_keytab_and_nobody_without() {
    let realm = Realm::start(Lifetimes::LONG).unwrap_or_else(|error| panic!("{error}"));
    let realm = Arc::new(realm);
    let options = LowerOptions::new().unwrap_or_else(|error| panic!("{error}"));
    let security = Security::Kerberos(Arc::clone(&realm));
    let stack = LowerStack::start(LowerOptions { security, ..options });
    let stack = stack.unwrap_or_else(|error| panic!("{error}"));
    let run = |test: &str| {
        let asked = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", test, "--ignored"])
            .env("KRB5_CONFIG", realm.configuration())
            .env("KRB5CCNAME", "FILE:/nonexistent/cache")
            .env("BOATLIFT_TEST_URL", format!("{}/tmp", stack.hdfs_url()))
            .env("BOATLIFT_TEST_CONF", stack.configuration())
            .env("BOATLIFT_TEST_KEYTAB", realm.keytab())
            .env("BOATLIFT_TEST_PRINCIPAL", realm.user_principal("alice"))
            .output()
            .expect("a child");
        let said = String::from_utf8_lossy(&asked.stdout);
        assert!(asked.status.success() && said.contains("1 passed"), "{said}");
    };
    run("kerberos::in_child_with_a_keytab");
    run("kerberos::in_child_without_a_ticket");
}

fn variable(name: &str) -> String {
    std::env::var(format!("BOATLIFT_TEST_{name}")).expect("set by the parent")
}

fn options(kerberos: Option<Kerberos>) -> HdfsOptions {
    HdfsOptions { conf_dir: Some(variable("CONF").into()), kerberos, ..HdfsOptions::default() }
}

#[test]
#[ignore = "run by a_secured_cluster_takes_a_keytab_and_nobody_without"]
fn in_child_with_a_keytab() {
    let kerberos = Kerberos {
        principal: variable("PRINCIPAL"),
        keytab: Some(Path::new(&variable("KEYTAB")).to_owned()),
        cache: None,
    };
    let url = HdfsUrl::parse(&variable("URL")).expect("a URL");
    let store = HdfsStore::open(&url, &options(Some(kerberos)));
    let store = store.unwrap_or_else(|error| panic!("{error}"));
    write(&*store, "kerberos/a", b"content");
    assert_eq!(read(&*store, "kerberos/a"), b"content");
    assert!(!store.facts().expect("facts").sets_owners, "alice is no superuser");
}

#[test]
#[ignore = "run by a_secured_cluster_takes_a_keytab_and_nobody_without"]
fn in_child_without_a_ticket() {
    let url = HdfsUrl::parse(&variable("URL")).expect("a URL");
    let error = HdfsStore::open(&url, &options(None)).expect_err("no ticket");
    assert_eq!(error.code, Code::ServerRefused, "{error}");
    assert!(error.to_string().contains("Kerberos"), "{error}");
}
