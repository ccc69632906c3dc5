//! Kerberos as it is: tickets of a real key distribution centre that end while a login lasts.
//!
//! The library reads `KRB5_CONFIG` of its own process, so that each test starts a centre and
//! then this program once more, with the `inner` test of its name.

mod inner;

use boatlift_testkit::services::kerberos::{Lifetimes, Realm, Security};
use boatlift_testkit::services::lower::{LowerOptions, LowerStack};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

/// Tickets that end soon.
const BRIEF: Lifetimes =
    Lifetimes { ticket: Duration::from_secs(20), renewable: Duration::from_secs(600) };

/// Runs an inner test in a realm.
fn within(realm: &Realm, test: &str, variables: &[(&str, &str)]) {
    let mut inner = Command::new(std::env::current_exe().expect("this program"));
    inner.args(["--ignored", "--exact", "--nocapture"]).arg(format!("inner::{test}"));
    inner.env("KRB5_CONFIG", realm.configuration()).env_remove("KRB5CCNAME");
    inner.env("BOATLIFT_TEST_KEYTAB", realm.keytab());
    let output = inner.envs(variables.iter().copied()).output().expect("runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{stderr}");
    assert!(said.contains("1 passed"), "no such test: {said}");
}

#[test]
fn a_login_outlives_its_first_ticket() {
    let realm = Realm::start(BRIEF).expect("a realm");
    within(&realm, "outlives_its_ticket", &[]);
}

#[test]
fn a_ticket_of_somebody_else_is_renewed() {
    let realm = Realm::start(BRIEF).expect("a realm");
    let ticket = realm.ticket(&realm.user_principal("alice")).expect("a ticket");
    let name = format!("FILE:{}", ticket.display());
    within(&realm, "renews_a_cache", &[("KRB5CCNAME", name.as_str())]);
}

#[test]
fn a_login_without_a_centre_says_why() {
    let realm = Realm::start(Lifetimes::LONG).expect("a realm");
    within(&realm, "refusals_say_why", &[]);
    realm.centre.stop();
    within(&realm, "an_absent_centre_is_named", &[]);
}

#[test]
fn hiveserver2_and_the_metastore_take_a_ticket_with_every_protection() {
    let realm = Arc::new(Realm::start(Lifetimes::LONG).expect("a realm"));
    for (offered, asked) in
        [("auth", "auth"), ("auth-int", "auth"), ("auth-conf", "auth"), ("auth-conf", "auth-conf")]
    {
        let lower = stack(&realm, &[("hive.server2.thrift.sasl.qop", offered)]);
        let metastore = lower.metastore_uri();
        let uri = uri(&lower, &realm, &format!("saslQop={asked}"));
        within(&realm, "a_session_by_ticket", &[("BOATLIFT_TEST_HIVESERVER2", &uri)]);
        within(&realm, "a_metastore_by_ticket", &[("BOATLIFT_TEST_METASTORE", &metastore)]);
    }
}

#[test]
fn a_server_that_protects_too_little_is_left() {
    let realm = Arc::new(Realm::start(Lifetimes::LONG).expect("a realm"));
    let lower = stack(&realm, &[("hive.server2.thrift.sasl.qop", "auth")]);
    let uri = uri(&lower, &realm, "saslQop=auth-conf");
    within(&realm, "too_little_protection", &[("BOATLIFT_TEST_HIVESERVER2", &uri)]);
}

#[test]
fn hiveserver2_takes_a_ticket_over_http() {
    let realm = Arc::new(Realm::start(Lifetimes::LONG).expect("a realm"));
    let (keytab, principal) = (realm.keytab(), realm.service_principal("HTTP"));
    let lower = stack(
        &realm,
        &[
            ("hive.server2.transport.mode", "http"),
            ("hive.server2.authentication.spnego.principal", &principal),
            ("hive.server2.authentication.spnego.keytab", &keytab.display().to_string()),
        ],
    );
    let uri = uri(&lower, &realm, "transportMode=http");
    within(&realm, "a_session_by_ticket", &[("BOATLIFT_TEST_HIVESERVER2", &uri)]);
}

fn stack(realm: &Arc<Realm>, hive_site: &[(&str, &str)]) -> LowerStack {
    let mut options = LowerOptions::new().expect("options");
    options.security = Security::Kerberos(Arc::clone(realm));
    let port = ("hive.server2.thrift.http.port".into(), options.ports.hive_server2.to_string());
    let given = hive_site.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    options.hive_site = given.chain([port]).collect();
    LowerStack::start(options).expect("a stack with Kerberos")
}

fn uri(lower: &LowerStack, realm: &Realm, settings: &str) -> String {
    let place = lower.hive_server2_url();
    format!("{place};principal=hive/_HOST@{};{settings}", realm.name())
}
