//! URIs as clusters' owners write them.

use super::*;
use crate::wire::{Auth, Authorities, Transport};

fn target(uri: &str) -> Target {
    Url::parse(uri).expect("a URI").target(Credentials::default()).expect("a target")
}

#[test]
fn a_plain_uri_has_the_defaults_of_hives_own_client() {
    let target = target("jdbc:hive2://lower");
    assert_eq!(target.endpoints, [Endpoint::new("lower", 10_000)]);
    assert_eq!(target.database, "default");
    let Auth::Plain { user, password } = target.wire.auth else { panic!("PLAIN") };
    assert_eq!((user.as_str(), password.reveal()), ("anonymous", "anonymous"));
    assert_eq!(target.wire.transport, Transport::Buffered);
    assert_eq!(target.wire.tls, None);
}

#[test]
fn every_part_is_put_to_use() {
    let uri = "jdbc:hive2://h1:10001,[::1],h3/sales;transportMode=http;httpPath=gateway/hive;\
               ssl=true;sslTrustStore=/etc/ca.pem;trustStorePassword=x;user=alice;password=a=b;\
               socketTimeout=30000;hive.server2.proxy.user=bob?tez.queue.name=q;hive.x=1#day=7";
    let target = target(uri);
    let endpoints: Vec<_> = target.endpoints.iter().map(Endpoint::to_string).collect();
    assert_eq!(endpoints, ["h1:10001", "[::1]:10000", "h3:10000"]);
    assert_eq!(target.wire.transport, Transport::Http { path: "gateway/hive".into() });
    let authorities = target.wire.tls.map(|tls| tls.authorities);
    assert_eq!(authorities, Some(Authorities::File("/etc/ca.pem".into())));
    assert_eq!(target.wire.read_timeout.as_secs(), 30);
    let Auth::Plain { user, password } = target.wire.auth else { panic!("PLAIN") };
    assert_eq!((user.as_str(), password.reveal()), ("alice", "a=b"));
    let sent: Vec<_> = target.configuration.iter().map(|(k, v)| format!("{k}={v}")).collect();
    let expected = [
        "hive.server2.proxy.user=bob",
        "set:hiveconf:hive.x=1",
        "set:hiveconf:tez.queue.name=q",
        "set:hivevar:day=7",
    ];
    assert_eq!(sent, expected);
}

#[test]
fn credentials_come_before_the_uri() {
    let url = Url::parse("jdbc:hive2://h/;user=alice;password=x").expect("a URI");
    let user = Some("carol".to_owned());
    let target = url.target(Credentials { user, ..Credentials::default() }).expect("a target");
    let Auth::Plain { user, password } = target.wire.auth else { panic!("PLAIN") };
    assert_eq!((user.as_str(), password.reveal()), ("carol", "x"));
}

#[test]
fn no_sasl_means_no_login() {
    let target = target("jdbc:hive2://h/;auth=noSasl;user=alice");
    assert!(matches!(target.wire.auth, Auth::None));
    assert_eq!(target.user, "alice");
}

#[test]
fn a_principal_needs_a_login() {
    let url =
        Url::parse("jdbc:hive2://h/;principal=hive/_HOST@R;saslQop=auth-conf").expect("a URI");
    assert_eq!(url.principal(), Some("hive/_HOST@R"));
    let error = url.target(Credentials::default()).expect_err("no login");
    assert_eq!(error, UrlError::Login);
}

#[test]
fn old_names_of_http_are_known() {
    let uri = "jdbc:hive2://h/db?hive.server2.transport.mode=http;hive.server2.thrift.http.path=p";
    let target = target(uri);
    assert_eq!(target.wire.transport, Transport::Http { path: "p".into() });
    assert!(target.configuration.is_empty());
}

#[test]
fn what_has_no_effect_is_named() {
    let url = Url::parse("jdbc:hive2://h/;retries=3;fetchSize=10;SSL=false;retries=4");
    assert_eq!(url.expect("a URI").ignored(), ["fetchSize", "retries"]);
}

#[test]
fn what_is_not_supported_is_refused_with_the_way_out() {
    for (uri, word) in [
        ("jdbc:hive2://z:2181/;serviceDiscoveryMode=zooKeeper;zooKeeperNamespace=h", "host1:10000"),
        ("jdbc:hive2://h/;ssl=true;sslTrustStore=/x/trust.jks", "keytool"),
        ("jdbc:hive2://h/;ssl=true;twoWay=true", "PEM"),
        ("jdbc:hive2://h/;auth=delegationToken", "keytab"),
        ("jdbc:hive2://h/;transportMode=udp", "binary or http"),
        ("jdbc:mysql://h/", "jdbc:hive2"),
        ("jdbc:hive2://h:x/", "no host"),
        ("jdbc:hive2:///db", "no host"),
        ("jdbc:hive2://h/;ssl", "key=value"),
    ] {
        let error = Url::parse(uri).expect_err(uri).to_string();
        assert!(error.contains(word), "{uri}: {error}");
    }
}

#[test]
fn passwords_are_not_printed() {
    let url = Url::parse("jdbc:hive2://h/;user=a;password=hunter2?x=hunter2").expect("a URI");
    assert_eq!(
        format!("{url} {url:?}"),
        "jdbc:hive2://h:10000/default jdbc:hive2://h:10000/default"
    );
    let target = url.target(Credentials::default()).expect("a target");
    assert!(!format!("{target:?}").contains("hunter2"));
    let error = Url::parse("jdbc:hive2://h/;hunter2").expect_err("no pair");
    assert!(!error.to_string().contains("hunter2"));
}
