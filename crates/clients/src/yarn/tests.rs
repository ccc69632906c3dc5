//! Answers as real ResourceManagers gave them, and servers that are not active.

use super::{FinalStatus, ResourceManager, Stage, YarnError};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;

/// As Hadoop 3.4.3 answers, cut to a few of its fields.
const TWO: &str = r#"{"apps":{"app":[
 {"id":"application_1795237057373_0010","user":"root","name":"distcp: b","state":"ACCEPTED","finalStatus":"UNDEFINED",
  "progress":0.0,"diagnostics":"","applicationTags":"boatlift-aaa,boatlift-bbb","timeouts":{"timeout":[]}},
 {"id":"application_1795237057373_0002","user":"root","name":"distcp","state":"KILLED","finalStatus":"KILLED",
  "progress":12.5,"diagnostics":"Application application_1795237057373_0002 was killed by user root"}]}}"#;

/// A server that gives these answers, one per request, and tells each request's head and body.
fn serve(answers: Vec<(&'static str, String)>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let serving = std::thread::spawn(move || {
        let answer = |(status, body): (&str, String)| {
            let (mut connection, _) = listener.accept().expect("a connection");
            let mut request = String::new();
            let mut lines = BufReader::new(connection.try_clone().expect("a connection"));
            while !request.ends_with("\r\n\r\n") {
                assert_ne!(lines.read_line(&mut request).expect("a line"), 0, "{request}");
            }
            let head = request.to_ascii_lowercase();
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
            let mut sent = vec![0; length.map_or(0, |length| length.parse().expect("a length"))];
            lines.read_exact(&mut sent).expect("a body");
            request.push_str(&String::from_utf8(sent).expect("text"));
            let length = body.len();
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n");
            let all = format!("{head}Connection: close\r\n\r\n{body}");
            connection.write_all(all.as_bytes()).expect("an answer");
            request
        };
        answers.into_iter().map(answer).collect()
    });
    (address, serving)
}

#[test]
fn applications_with_a_tag_come_oldest_first() {
    let (address, served) = serve(vec![("200 OK", TWO.into())]);
    let yarn = ResourceManager::new(&address, Some("a b")).expect("an address");
    let found = yarn.tagged("boatlift-aaa").expect("an answer");
    let [killed, waiting] = &found[..] else { panic!("{found:?}") };
    assert_eq!(killed.id.to_string(), "application_1795237057373_0002");
    assert_eq!(killed.id.job(), "job_1795237057373_0002");
    assert_eq!((killed.stage, killed.ended), (Stage::Ended, FinalStatus::Killed));
    assert!(killed.diagnostics.contains("killed by user"), "{}", killed.diagnostics);
    assert_eq!((waiting.stage, waiting.ended), (Stage::Waiting, FinalStatus::Undefined));
    let asked = served.join().expect("served").concat();
    assert!(asked.contains("apps?applicationTags=boatlift-aaa&user.name=a%20b "), "{asked}");
}

#[test]
fn no_application_is_said_in_two_ways() {
    for none in [r#"{"apps":null}"#, r#"{"apps":{}}"#] {
        let (address, served) = serve(vec![("200 OK", none.into())]);
        let yarn = ResourceManager::new(&address, None).expect("an address");
        assert_eq!(yarn.tagged("boatlift-a").expect("an answer"), []);
        served.join().expect("served");
    }
}

#[test]
fn a_standby_sends_us_to_the_next_and_a_forgotten_one_is_none() {
    let (standby, first) = serve(vec![("307 Temporary Redirect", String::new())]);
    let (active, second) = serve(vec![("404 Not Found", "{}".into())]);
    let yarn = ResourceManager::new(&format!("{standby}, {active}/"), None).expect("addresses");
    let id = "job_1_7".parse().expect("an application");
    assert_eq!(yarn.application(&id).expect("an answer"), None);
    first.join().expect("served");
    let asked = second.join().expect("served").concat();
    assert!(asked.contains("/ws/v1/cluster/apps/application_1_0007 "), "{asked}");
}

#[test]
fn to_kill_is_to_put_a_state_and_a_refusal_is_told() {
    let answers = vec![
        ("202 Accepted", r#"{"state":"RUNNING"}"#.to_owned()),
        ("403 Forbidden", r#"{"RemoteException":{}}"#.to_owned()),
    ];
    let (address, served) = serve(answers);
    let yarn = ResourceManager::new(&address, None).expect("an address");
    let id = "application_1_0001".parse().expect("an application");
    yarn.kill(&id).expect("asked for");
    let refused = yarn.kill(&id).expect_err("refused");
    assert!(matches!(refused, YarnError::Status { status: 403, .. }), "{refused}");
    let asked = served.join().expect("served");
    assert!(asked[0].starts_with("PUT /ws/v1/cluster/apps/application_1_0001/state "));
    assert!(asked[0].ends_with(r#"{"state":"KILLED"}"#), "{}", asked[0]);
}

#[test]
fn what_is_no_address_no_tag_or_no_application_is_refused() {
    assert!(ResourceManager::new("yarn:8088", None).is_err());
    assert!(ResourceManager::new("http://a:8088,", None).is_err());
    let yarn = ResourceManager::new("http://127.0.0.1:1", None).expect("an address");
    for tag in ["", "a&b", "A", &"a".repeat(101)] {
        assert!(matches!(yarn.tagged(tag), Err(YarnError::Tag(_))), "{tag}");
    }
    for text in ["", "application_1", "application_a_1", "task_1_1", "application_1_2_3"] {
        assert!(text.parse::<super::ApplicationId>().is_err(), "{text}");
    }
}
