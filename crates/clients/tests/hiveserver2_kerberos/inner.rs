//! What runs inside a realm: started by the tests of `main.rs`, not by hand.

use boatlift_clients::gssapi::{Context, Name};
use boatlift_clients::hiveserver2::{Credentials, Session, Unwatched, Url};
use boatlift_clients::kerberos::{Login, Source};
use boatlift_clients::thrift::{Connection, Struct};
use boatlift_clients::wire::{Auth, Endpoint, Kerberos, Options, Protection, dial, hint};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

const ALICE: &str = "alice@BOATLIFT.TEST";
const HIVE: &str = "hive/_HOST@BOATLIFT.TEST";

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is set"))
}

fn keytab(principal: &str) -> Source {
    let keytab = variable("BOATLIFT_TEST_KEYTAB").into();
    Source::Keytab { keytab, principal: Some(principal.to_owned()) }
}

/// Asks the centre for a ticket to Hive: the proof that the login is good.
fn proves(login: &Login) {
    let credential = login.credential().expect("a credential");
    let target = Name::service(HIVE, "localhost").expect("a name");
    let mut context = Context::new(credential, target).expect("a context");
    assert!(!context.step(&[]).expect("a ticket to Hive").token.is_empty());
}

/// Waits until something holds, half a minute at most.
fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what} takes too long");
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn klist(cache: &str) -> bool {
    Command::new("klist").args(["-s", "-c", cache]).status().expect("klist").success()
}

#[test]
#[ignore = "run by a_login_outlives_its_first_ticket"]
fn outlives_its_ticket() {
    let login = Login::start(keytab(ALICE)).expect("logs in");
    assert_eq!(login.principal(), ALICE);
    let first = login.status().expires;
    proves(&login);
    let cache = login.ccache().expect("a cache of its own").to_owned();
    wait_until("the end of the first ticket", || SystemTime::now() > first);
    assert!(login.status().expires > first, "{:?}", login.status());
    assert!(klist(&cache), "children of this process find a good ticket");
    proves(&login);
    assert_eq!(login.status().failure, None);
    drop(login);
    assert!(!klist(&cache), "the cache goes with its login");
}

#[test]
#[ignore = "run by a_ticket_of_somebody_else_is_renewed"]
fn renews_a_cache() {
    let login = Login::start(Source::Cache { name: None }).expect("takes the ticket");
    assert_eq!((login.principal(), login.ccache()), (ALICE, None));
    let first = login.status().expires;
    wait_until("the end of the first ticket", || SystemTime::now() > first);
    proves(&login);
    assert!(login.status().expires > first, "{:?}", login.status());
}

#[test]
#[ignore = "run by a_login_without_a_centre_says_why"]
fn refusals_say_why() {
    let error = Login::start(keytab("bob@BOATLIFT.TEST")).expect_err("bob has no key");
    let chain = format!("{error}: {}", std::error::Error::source(&error).expect("a cause"));
    eprintln!("{chain}");
    assert!(chain.contains("bob@BOATLIFT.TEST"), "{chain}");
    assert!(hint(&error).is_some_and(|hint| hint.contains("klist")));
    let nowhere = Source::Keytab { keytab: "/nowhere/x.keytab".into(), principal: None };
    let error = Login::start(nowhere).expect_err("no such file");
    assert!(error.to_string().contains("/nowhere/x.keytab"), "{error}");
    let empty = Source::Cache { name: Some("FILE:/nowhere/cache".into()) };
    let error = Login::start(empty).expect_err("no such cache");
    assert!(error.to_string().contains("FILE:/nowhere/cache"), "{error}");
    assert!(hint(&error).is_some_and(|hint| hint.contains("kinit")));
}

#[test]
#[ignore = "run by a_login_without_a_centre_says_why"]
fn an_absent_centre_is_named() {
    let error = Login::start(keytab(ALICE)).expect_err("nobody answers");
    let cause = std::error::Error::source(&error).expect("a cause").to_string();
    eprintln!("{cause}");
    assert!(cause.contains("KDC") || cause.contains("realm"), "{cause}");
}

#[test]
#[ignore = "run by hiveserver2_and_the_metastore_take_a_ticket_with_every_protection"]
fn a_session_by_ticket() {
    let url = Url::parse(&variable("BOATLIFT_TEST_HIVESERVER2")).expect("a URI");
    let login = Arc::new(Login::start(keytab(ALICE)).expect("logs in"));
    let target = url.target(Credentials { login: Some(login), ..Credentials::default() });
    let mut session = Session::open(&target.expect("a target")).unwrap_or_else(|error| {
        panic!("{error:?}: {:?}", hint(&error));
    });
    let long = "x".repeat(200_000);
    // Both ways more than fits into one protected frame.
    session.run(&format!("SET lift={long}"), &mut Unwatched).expect("a long statement");
    let rows = session.rows("SET lift", 1, &mut Unwatched).expect("a long answer");
    assert_eq!(rows[0].text(0), Some(format!("lift={long}")));
    let rows = session.rows("SHOW DATABASES", 100, &mut Unwatched).expect("lists");
    assert!(rows.iter().any(|row| row.text(0).as_deref() == Some("default")));
    session.close().expect("closes");
}

#[test]
#[ignore = "run by a_server_that_protects_too_little_is_left"]
fn too_little_protection() {
    let url = Url::parse(&variable("BOATLIFT_TEST_HIVESERVER2")).expect("a URI");
    let login = Arc::new(Login::start(keytab(ALICE)).expect("logs in"));
    let target = url.target(Credentials { login: Some(login), ..Credentials::default() });
    let error = Session::open(&target.expect("a target")).expect_err("auth is not enough");
    let said = format!("{error:?}");
    assert!(said.contains("Protection") && said.contains("\"auth\""), "{said}");
    assert!(hint(&error).is_some_and(|hint| hint.contains("sasl.qop")));
}

#[test]
#[ignore = "run by hiveserver2_and_the_metastore_take_a_ticket_with_every_protection"]
fn a_metastore_by_ticket() {
    let uri = variable("BOATLIFT_TEST_METASTORE");
    let endpoint: Endpoint =
        uri.strip_prefix("thrift://").expect("a URI").parse().expect("an endpoint");
    let login = Arc::new(Login::start(keytab(ALICE)).expect("logs in"));
    let kerberos = Kerberos { service: HIVE.into(), login, protection: Protection::Authentication };
    let options = Options { auth: Auth::Kerberos(kerberos), ..Options::default() };
    let mut connection = Connection::new(dial(&endpoint, &options).expect("a wire"));
    let answer = connection.call("get_all_databases", Struct::new()).expect("an answer");
    let names = answer.items(0).expect("names");
    assert!(names.iter().any(|name| name.as_str() == Some("default")));
}
