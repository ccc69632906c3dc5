//! The ways to a Hive 4 metastore that have to be switched on: TLS, a password, HTTP.
//!
//! Each is a metastore of its own, with HDFS below and nothing else.

use crate::scratch::dial as plain;
use boatlift_clients::metastore::Metastore;
use boatlift_clients::wire::{
    Auth, Authorities, Endpoint, Options, Secret, Tls, Transport, WireError, dial,
};
use boatlift_testkit::services::upper::{Part, UpperOptions, UpperStack};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// The password of the key store, which guards nothing.
const STORE: &str = "changeit";

/// A metastore with more properties.
fn metastore(properties: Vec<(&str, String)>) -> UpperStack {
    let owned = properties.into_iter().map(|(name, value)| (name.to_owned(), value));
    let options = UpperOptions {
        hive_server2: Part::Absent,
        hive_site: owned.collect(),
        ..UpperOptions::new().expect("ports")
    };
    UpperStack::start(options).expect("UPPER starts")
}

fn endpoint(stack: &UpperStack) -> Endpoint {
    let uri = stack.metastore_uri();
    uri.strip_prefix("thrift://").expect("a URI").parse().expect("an endpoint")
}

/// Makes a key for this machine; gives the key store and the certificate.
fn key(folder: &Path) -> (PathBuf, PathBuf) {
    let (store, certificate) = (folder.join("store.p12"), folder.join("certificate.pem"));
    let keytool = |words: &[&str]| {
        let mut command = Command::new("keytool");
        command.args(words).args(["-alias", "metastore", "-storepass", STORE, "-keystore"]);
        let output = command.arg(&store).output().expect("keytool runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    };
    let subject = ["-dname", "CN=metastore", "-ext", "SAN=IP:127.0.0.1,DNS:localhost"];
    let kind = ["-genkeypair", "-keyalg", "RSA", "-storetype", "PKCS12", "-validity", "2"];
    keytool(&[&kind[..], &subject[..]].concat());
    keytool(&["-exportcert", "-rfc", "-file", certificate.to_str().expect("a path")]);
    (store, certificate)
}

/// The databases that a metastore tells of over a wire.
fn databases(endpoint: &Endpoint, options: &Options) -> Result<Vec<String>, WireError> {
    let wire = dial(endpoint, options)?;
    let mut metastore = Metastore::new(wire, "metastore", Arc::default());
    // A move says so in front of every call, whatever the wire has proved.
    metastore.set_user("alice", &["alice".to_owned()]).expect("it does not mind");
    Ok(metastore.database_names().expect("it tells"))
}

fn by_password(password: &str, authorities: Authorities) -> Options {
    let auth = Auth::Plain { user: "alice".into(), password: Secret::new(password) };
    let tls = Tls { authorities, ..Tls::default() };
    Options { auth, tls: Some(tls), ..Options::default() }
}

#[test]
fn a_metastore_takes_a_password_over_tls() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, certificate) = key(folder.path());
    let stack = metastore(vec![
        ("metastore.use.SSL", "true".into()),
        ("metastore.keystore.path", store.display().to_string()),
        ("metastore.keystore.password", STORE.into()),
        // Hive 4 does not start with both.
        ("metastore.execute.setugi", "false".into()),
        ("metastore.authentication", "CONFIG".into()),
        ("metastore.authentication.config.username", "alice".into()),
        ("metastore.authentication.config.password", "sesame".into()),
    ]);
    let endpoint = endpoint(&stack);
    let known = || Authorities::File(certificate.clone());
    let told = databases(&endpoint, &by_password("sesame", known())).expect("it takes her");
    assert_eq!(told, ["default"]);
    let refused = databases(&endpoint, &by_password("guess", known())).expect_err("it does not");
    assert!(matches!(refused, WireError::Refused { .. }), "{refused:?}");
    let unknown = databases(&endpoint, &by_password("sesame", Authorities::System));
    let unknown = unknown.expect_err("nobody vouches for it");
    assert!(matches!(unknown, WireError::Certificate { .. }), "{unknown:?}");
}

#[test]
fn a_metastore_answers_over_http_who_says_who_acts() {
    let stack = metastore(vec![("metastore.server.thrift.transport.mode", "http".into())]);
    let endpoint = endpoint(&stack);
    let http = |auth| Options {
        transport: Transport::Http { path: "/metastore".into() },
        auth,
        ..Options::default()
    };
    let claimed = http(Auth::Claimed { user: "alice".into() });
    assert_eq!(databases(&endpoint, &claimed).expect("it answers"), ["default"]);

    let wire = dial(&endpoint, &http(Auth::None)).expect("nothing is sent yet");
    let mut nobody = Metastore::new(wire, "metastore", Arc::default());
    let said = format!("{:?}", nobody.database_names().expect_err("who asks?"));
    assert!(said.contains("401"), "{said}");
    let mut binary =
        Metastore::new(plain(&stack.metastore_uri()).expect("a port"), "metastore", Arc::default());
    binary.database_names().expect_err("it speaks HTTP");
}
