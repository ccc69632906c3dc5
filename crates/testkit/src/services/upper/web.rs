//! The little HTTP that a stack's start needs: ask the NameNode and the ResourceManager how
//! they are, and make folders by WebHDFS. It keeps no connection and follows no redirect.

use super::hadoop_config::at;
use crate::services::condition::Condition;
use crate::services::error::ServiceError;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// The longest that one answer may take.
const LIMIT: Duration = Duration::from_secs(10);
/// The most bytes of an answer that are read.
const READ: u64 = 1 << 20;

/// True when a page holds every one of some words.
pub(super) fn page_with(
    port: u16,
    path: &'static str,
    words: &'static [&'static str],
) -> Condition {
    let told = format!("{words:?} in http://{}{path}", at(port));
    Condition::new(told, move || {
        ask("GET", port, path).is_ok_and(|page| words.iter().all(|word| page.contains(word)))
    })
}

/// Makes a folder of HDFS and its parents; nothing happens where it is.
pub(super) fn make_folder(
    port: u16,
    user: &str,
    path: &str,
    mode: &str,
) -> Result<(), ServiceError> {
    for operation in ["MKDIRS", "SETPERMISSION"] {
        let target = format!("/webhdfs/v1{path}?op={operation}&permission={mode}&user.name={user}");
        let answer = ask("PUT", port, &target)
            .map_err(|error| ServiceError::setup(format!("cannot ask for {target}: {error}")))?;
        let status = answer.lines().next().unwrap_or_default();
        if !status.contains(" 200 ") {
            return Err(ServiceError::setup(format!("{target} was answered by {answer}")));
        }
    }
    Ok(())
}

fn ask(method: &str, port: u16, target: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(at(port))?;
    stream.set_read_timeout(Some(LIMIT))?;
    let host = at(port);
    write!(stream, "{method} {target} HTTP/1.0\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(READ).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// A server that gives each caller the next answer.
    fn server(answers: &'static [&'static str]) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        std::thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().expect("a caller");
                let _request = stream.read(&mut [0; 4096]).expect("a request");
                stream.write_all(answer.as_bytes()).expect("answered");
            }
        });
        port
    }

    #[test]
    fn a_page_must_hold_every_word() {
        let port = server(&["HTTP/1.1 200 OK\r\n\r\none", "HTTP/1.1 200 OK\r\n\r\none two"]);
        let page = page_with(port, "/", &["one", "two"]);
        assert!(!page.holds());
        assert!(page.holds());
    }

    #[test]
    fn a_refused_folder_is_an_error_with_the_answer() {
        let port = server(&["HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 403 Forbidden\r\n\r\nno"]);
        let error = make_folder(port, "me", "/a", "755").expect_err("refused").to_string();
        assert!(error.contains("SETPERMISSION") && error.contains("403"), "{error}");
    }
}
