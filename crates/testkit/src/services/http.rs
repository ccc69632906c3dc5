//! One HTTP question to a service on loopback, to see how it is: no client for tests of HTTP.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long the answer may take.
const LIMIT: Duration = Duration::from_secs(5);
/// The most bytes of an answer that are read.
const MOST: u64 = 1 << 20;

/// The body of the answer to a GET; none when there is no answer with status 200.
pub fn get(address: SocketAddr, path_and_query: &str) -> Option<String> {
    let mut stream = TcpStream::connect_timeout(&address, LIMIT).ok()?;
    stream.set_read_timeout(Some(LIMIT)).ok()?;
    write!(stream, "GET {path_and_query} HTTP/1.0\r\nHost: {address}\r\n\r\n").ok()?;
    let mut answer = Vec::new();
    stream.take(MOST).read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?;
    (status == "200").then(|| body.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    fn answered(answer: &'static str) -> Option<String> {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            let mut asked = [0; 512];
            let _count = stream.read(&mut asked).expect("a question");
            stream.write_all(answer.as_bytes()).expect("an answer");
        });
        let body = get(address, "/jmx");
        server.join().expect("the server ends");
        body
    }

    #[test]
    fn only_the_body_of_a_good_answer_is_given() {
        assert_eq!(answered("HTTP/1.1 200 OK\r\nA: b\r\n\r\n{}").as_deref(), Some("{}"));
        assert_eq!(answered("HTTP/1.1 404 Not Found\r\n\r\nno"), None);
        assert_eq!(answered("nonsense"), None);
    }
}
