//! HTTP against a scripted server: logins that are forgotten, and answers that are none.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::thread::JoinHandle;
use std::time::Duration;

use super::*;
use crate::wire::{Secret, Transport, Wire, dial, hint};

/// Answers one request after the other and gives back the requests' heads.
fn server(answers: Vec<&'static str>) -> (Endpoint, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("listens");
    let endpoint = Endpoint::new("127.0.0.1", listener.local_addr().expect("bound").port());
    let thread = std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("accepts");
        let mut reader = BufReader::new(&stream);
        let mut heads = Vec::new();
        for answer in answers {
            heads.push(read_request(&mut reader));
            (&stream).write_all(answer.as_bytes()).expect("answers");
        }
        heads
    });
    (endpoint, thread)
}

fn read_request(reader: &mut impl BufRead) -> String {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut head).expect("reads") > 0, "a request");
    }
    let head = head.to_ascii_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
    let length: usize = length.and_then(|text| text.trim().parse().ok()).expect("a length");
    reader.read_exact(&mut vec![0; length]).expect("the body");
    head
}

fn wire(endpoint: &Endpoint) -> Box<dyn Wire> {
    let transport = Transport::Http { path: "cliservice".into() };
    let auth = Auth::Plain { user: "alice".into(), password: Secret::new("word") };
    let read_timeout = Duration::from_secs(10);
    dial(endpoint, &Options { transport, auth, read_timeout, ..Options::default() })
        .expect("a wire")
}

fn exchange(wire: &mut Box<dyn Wire>) -> io::Result<String> {
    wire.write_all(b"request")?;
    wire.flush()?;
    let mut answer = [0; 4];
    let count = wire.read(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer[..count]).into_owned())
}

const FINE: &str = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfine";
const SETS: &str =
    "HTTP/1.1 200 OK\r\nset-cookie: hive.server2.auth=abc\r\ncontent-length: 4\r\n\r\nfine";
const DENIED: &str = "HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\n\r\nno";

#[test]
fn a_login_is_proved_once_and_again_when_the_server_forgot_it() {
    let (endpoint, server) = server(vec![SETS, FINE, DENIED, FINE]);
    let mut wire = wire(&endpoint);
    for _ in 0..3 {
        assert_eq!(exchange(&mut wire).expect("an answer"), "fine");
    }
    let heads = server.join().expect("served");
    assert!(heads[0].starts_with("post /cliservice http/1.1"), "{}", heads[0]);
    assert!(heads[0].contains("content-type: application/x-thrift"), "{}", heads[0]);
    let proved: Vec<_> = heads.iter().map(|head| head.contains("authorization: basic")).collect();
    let remembered: Vec<_> = heads.iter().map(|head| head.contains("server2.auth=abc")).collect();
    assert_eq!(proved, [true, false, false, true]);
    assert_eq!(remembered, [false, true, true, false]);
}

#[test]
fn a_refused_login_is_not_tried_again() {
    let (endpoint, server) = server(vec![DENIED]);
    let error = exchange(&mut wire(&endpoint)).expect_err("denied");
    assert!(error.to_string().contains("refused the login by Basic: no"), "{error}");
    assert!(hint(&error).is_some_and(|hint| hint.contains("password")));
    assert_eq!(server.join().expect("served").len(), 1);
}

#[test]
fn a_page_in_place_of_an_answer_is_shown_in_one_line() {
    let page = "HTTP/1.1 404 Not Found\r\ncontent-length: 16\r\n\r\n<p>\n Not here\n\n";
    let (endpoint, server) = server(vec![page]);
    let error = exchange(&mut wire(&endpoint)).expect_err("no answer");
    assert!(error.to_string().ends_with("with status 404: <p> Not here"), "{error}");
    assert!(hint(&error).is_some_and(|hint| hint.contains("httpPath")));
    server.join().expect("served");
}
