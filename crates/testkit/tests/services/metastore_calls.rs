//! The metastore's Thrift in bytes written by hand: no client of ours judges itself here.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// The longest wait for an answer.
const LIMIT: Duration = Duration::from_secs(20);

/// A call without arguments in the strict binary protocol: version 1, type call, name,
/// sequence 1, and the empty struct.
pub(crate) fn call(name: &str) -> Vec<u8> {
    let length = u32::try_from(name.len()).expect("a short name");
    let mut bytes = vec![0x80, 0x01, 0x00, 0x01];
    bytes.extend(length.to_be_bytes());
    bytes.extend(name.as_bytes());
    bytes.extend([0, 0, 0, 1, 0]);
    bytes
}

/// Sends a message and reads a number of bytes of the answer.
pub(crate) fn ask(uri: &str, message: &[u8], answer_bytes: usize) -> std::io::Result<Vec<u8>> {
    let address = uri.strip_prefix("thrift://").expect("a metastore URI");
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.write_all(message)?;
    let mut answer = vec![0; answer_bytes];
    stream.read_exact(&mut answer)?;
    Ok(answer)
}

/// The id of the metastore's last event.
pub(crate) fn last_event(uri: &str) -> i64 {
    const NAME: &str = "get_current_notificationEventId";
    // The head of the reply, then field 0 (a struct), then its field 1 (an i64).
    let before = 4 + 4 + NAME.len() + 4 + 3 + 3;
    let answer = ask(uri, &call(NAME), before + 8).expect("the metastore answers");
    assert_eq!(answer[..4], [0x80, 0x01, 0x00, 0x02], "a reply");
    assert_eq!(answer[before - 6..before], [12, 0, 0, 10, 0, 1], "its fields");
    i64::from_be_bytes(answer[before..].try_into().expect("eight bytes"))
}
