//! Servers that answer what a real one answers only when it is in trouble, and real ones.

use super::{DifferenceKind, Verb, WebHdfs, WebHdfsError, negotiate};
use crate::gssapi::Store;
use boatlift_testkit::services::kerberos::{Lifetimes, Realm, Security};
use boatlift_testkit::services::lower::{self, LowerOptions, LowerStack};
use boatlift_testkit::services::upper::{self, Part, UpperOptions, UpperStack};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::Command;
use std::sync::Arc;

/// A server that gives these answers, one per request, and tells the requests' heads.
fn serve(answers: Vec<String>) -> (String, std::thread::JoinHandle<Vec<String>>) {
    serve_at(|_| answers)
}

/// The same, where the answers depend on the server's own address.
fn serve_at(
    answers: impl FnOnce(&str) -> Vec<String>,
) -> (String, std::thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let answers = answers(&address);
    let serving = std::thread::spawn(move || {
        let answer = |answer: String| {
            let (mut connection, _) = listener.accept().expect("a connection");
            let mut head = String::new();
            let mut lines = BufReader::new(connection.try_clone().expect("a connection"));
            while !head.ends_with("\r\n\r\n") {
                if lines.read_line(&mut head).expect("a line") == 0 {
                    break;
                }
            }
            connection.write_all(answer.as_bytes()).expect("an answer");
            head
        };
        answers.into_iter().map(answer).collect()
    });
    (address, serving)
}

fn answer(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

fn exception(class: &str) -> String {
    let body = format!(
        r#"{{"RemoteException":{{"exception":"{class}","javaClassName":"a.{class}","message":"one\ntwo"}}}}"#
    );
    answer("403 Forbidden", &body)
}

fn redirect(to: &str) -> String {
    format!(
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
}

const CHECKSUM: &str = r#"{"FileChecksum":{"algorithm":"MD5-of-0MD5-of-512CRC32C","bytes":"00ff","length":28,"later":1}}"#;

#[test]
fn a_standby_sends_the_question_to_the_next_and_authorizes_no_datanode() {
    let (standby, first) = serve(vec![exception("StandbyException")]);
    let (datanode, third) = serve(vec![answer("200 OK", CHECKSUM)]);
    let (active, second) = serve(vec![redirect(&format!("{datanode}/webhdfs/v1/a?token=x"))]);
    let client = WebHdfs::new([standby, active], Some("hive")).expect("a client");
    let client = client.with_authorization(Box::new(|_| Some("Negotiate secret".into())));
    let checksum = client.file_checksum("/a b").expect("a checksum");
    assert_eq!((&*checksum.algorithm, &*checksum.bytes), ("MD5-of-0MD5-of-512CRC32C", "00ff"));
    let heads = [first, second, third].map(|served| served.join().expect("served").remove(0));
    let authorized = |head: &String| head.to_ascii_lowercase().contains("negotiate secret");
    assert_eq!(heads.each_ref().map(authorized), [true, true, false]);
    let line = "GET /webhdfs/v1/a%20b?op=GETFILECHECKSUM&user.name=hive HTTP/1.1";
    assert!(heads[0].starts_with(line), "{}", heads[0]);
    assert!(!format!("{client:?}").contains("secret"));
}

#[test]
fn what_a_server_throws_comes_back_as_it_was_said() {
    let (server, _serving) = serve(vec![exception("AccessControlException")]);
    let error = WebHdfs::new([server], None).expect("a client").quota("/a").expect_err("denied");
    assert!(error.is("AccessControlException"));
    assert_eq!(error.to_string(), "GETCONTENTSUMMARY of /a failed: one (AccessControlException)");
}

#[test]
fn answers_that_are_none_are_refused() {
    let difference = r#"{"SnapshotDiffReport":{"diffList":[{"sourcePath":"a","type":"SWAP"}]}}"#;
    for (given, expected) in [
        (answer("200 OK", "<html>"), "cannot read the answer"),
        (answer("200 OK", difference), "`SWAP` is no kind of difference"),
        (answer("401 Unauthorized", "log in"), "HTTP status 401"),
        (redirect("file:///etc/passwd"), "no HTTP address"),
    ] {
        let (server, _serving) = serve(vec![given]);
        let client = WebHdfs::new([server], None).expect("a client");
        let error = client.snapshot_difference("/a", "1", "2").expect_err(expected);
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn redirects_without_end_are_refused() {
    let (server, serving) = serve_at(|address| vec![redirect(&format!("{address}/again")); 4]);
    let client = WebHdfs::new([server], None).expect("a client");
    let error = client.file_checksum("/a").expect_err("no end");
    assert!(error.to_string().contains("redirects without end"), "{error}");
    assert_eq!(serving.join().expect("served").len(), 4);
}

#[test]
fn a_server_that_is_not_there_is_told_by_name() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let host = listener.local_addr().expect("an address").to_string();
    drop(listener);
    let client = WebHdfs::new([format!("http://{host}")], None).expect("a client");
    let error = client.file_checksum("/a").expect_err("nobody there");
    assert!(matches!(&error, WebHdfsError::Transport { host: asked, .. } if *asked == host));
}

#[test]
fn addresses_that_are_none_are_refused() {
    for bad in ["", "hdfs://a:1", "http://", "http://user@host:1", "http://a b"] {
        assert!(matches!(WebHdfs::new([bad], None), Err(WebHdfsError::Endpoint(_))), "{bad}");
    }
    assert!(matches!(WebHdfs::new([""; 0], None), Err(WebHdfsError::Endpoint(_))));
}

#[test]
fn hadoop_3_answers_every_question() {
    let options = UpperOptions::new().unwrap_or_else(|error| panic!("{error}"));
    let options = UpperOptions { hive_server2: Part::Absent, ..options };
    let stack = UpperStack::start(options).unwrap_or_else(|error| panic!("{error}"));
    let client = WebHdfs::new([stack.webhdfs_url()], Some(upper::SUPERUSER)).expect("a client");
    let directory = "/webhdfs";
    make(&client, directory);
    client.allow_snapshots(directory).expect("snapshots");
    assert_eq!(client.create_snapshot(directory, "one").expect("made"), "/webhdfs/.snapshot/one");
    make(&client, "/webhdfs/a b");
    let changed = client.snapshot_difference(directory, "one", "").expect("a difference");
    let created = changed.iter().find(|changed| changed.kind == DifferenceKind::Created);
    assert_eq!(created.map(|created| &*created.path), Some("a b"), "{changed:?}");
    client.delete_snapshot(directory, "one").expect("removed");
    assert!(client.delete_snapshot(directory, "one").is_err_and(|e| e.is("SnapshotException")));
    asks_what_both_have(&client, directory);
}

#[test]
fn hadoop_2_answers_all_that_it_has() {
    let options = LowerOptions::new().unwrap_or_else(|error| panic!("{error}"));
    let stack = LowerStack::start(options).unwrap_or_else(|error| panic!("{error}"));
    let client = WebHdfs::new([stack.webhdfs_url()], Some(lower::SUPERUSER)).expect("a client");
    make(&client, "/webhdfs/a b");
    asks_what_both_have(&client, "/webhdfs");
    let error = client.snapshot_difference("/webhdfs", "one", "").expect_err("since Hadoop 3");
    assert!(error.is("IllegalArgumentException"), "{error}");
}

fn make(client: &WebHdfs, path: &str) {
    client.tell(Verb::Put, path, "MKDIRS", &[]).unwrap_or_else(|error| panic!("{error}"));
}

/// Below `directory` there is one directory and nothing else.
fn asks_what_both_have(client: &WebHdfs, directory: &str) {
    for value in [&b"\x00\xff"[..], b"other"] {
        client.set_attribute(directory, "user.note", value).expect("an attribute");
        let found = client.attributes(directory).expect("attributes");
        assert_eq!(found.get("user.note").map(Vec::as_slice), Some(value));
    }
    client.remove_attribute(directory, "user.note").expect("removed");
    assert!(client.attributes(directory).expect("attributes").is_empty());
    let quota = client.quota(directory).expect("a quota");
    assert_eq!((quota.names, quota.names_allowed), (2, None));
    assert!(client.file_checksum(directory).is_err_and(|e| e.is("FileNotFoundException")));
    let file = format!("{directory}/file");
    client.tell(Verb::Put, &file, "CREATE", &[]).expect("an empty file");
    let checksum = client.file_checksum(&file).expect("a checksum");
    assert!(checksum.algorithm.contains("CRC32") && checksum.bytes.len() > 32, "{checksum:?}");
}

/// The Kerberos library reads its configuration from the environment: the questions are
/// asked by a child, which is this program, told to run a test that is ignored otherwise.
#[test]
fn a_secured_namenode_takes_a_ticket_and_nobody_without() {
    let realm = Realm::start(Lifetimes::LONG).unwrap_or_else(|error| panic!("{error}"));
    let realm = Arc::new(realm);
    let ticket = realm.ticket(&realm.user_principal("alice"));
    let ticket = ticket.unwrap_or_else(|error| panic!("{error}"));
    let options = LowerOptions::new().unwrap_or_else(|error| panic!("{error}"));
    let security = Security::Kerberos(Arc::clone(&realm));
    let stack = LowerStack::start(LowerOptions { security, ..options });
    let stack = stack.unwrap_or_else(|error| panic!("{error}"));
    let asked = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "webhdfs::tests::in_child_with_a_ticket", "--ignored"])
        .env("KRB5_CONFIG", realm.configuration())
        .env("BOATLIFT_TEST_TICKET", &ticket)
        .env("BOATLIFT_TEST_URL", stack.webhdfs_url())
        .output()
        .expect("a child");
    let said = String::from_utf8_lossy(&asked.stdout);
    assert!(asked.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
#[ignore = "run by a_secured_namenode_takes_a_ticket_and_nobody_without"]
fn in_child_with_a_ticket() {
    let variable = |name: &str| std::env::var(format!("BOATLIFT_TEST_{name}")).expect("set");
    let open = || WebHdfs::new([variable("URL")], None).expect("a client");
    let error = open().quota("/tmp").expect_err("no ticket");
    assert!(error.to_string().contains("401") || error.is("SecurityException"), "{error}");
    let cache = Some(format!("FILE:{}", variable("TICKET")));
    let store = Store { cache, ..Store::default() };
    let client = open().with_authorization(negotiate(store));
    make(&client, "/tmp/webhdfs/a b");
    asks_what_both_have(&client, "/tmp/webhdfs");
}
