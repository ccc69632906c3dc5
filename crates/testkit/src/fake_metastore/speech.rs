//! How messages travel: one after the other, in frames, or as bodies of HTTP.

use std::io::{self, Read, Write};
use std::net::TcpStream;

/// The transport that a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Speech {
    /// One message after the other: Hive's default.
    #[default]
    Buffered,
    /// Each led by its length.
    Framed,
    /// Each the body of a POST.
    Http,
}

/// The longest message, as of a real server (`hive.metastore.server.max.message.size`).
const LONGEST: usize = 100 << 20;
/// The longest head of a POST.
const LONGEST_HEAD: usize = 16 << 10;

impl Speech {
    /// Reads a whole request where the transport tells its length; `None` where only the
    /// message itself does.
    pub(super) fn request(self, stream: &mut TcpStream) -> io::Result<Option<Vec<u8>>> {
        let length = match self {
            Speech::Buffered => return Ok(None),
            Speech::Framed => {
                let mut lead = [0; 4];
                stream.read_exact(&mut lead)?;
                u32::from_be_bytes(lead) as usize
            }
            Speech::Http => content_length(stream)?,
        };
        if length > LONGEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body)?;
        Ok(Some(body))
    }

    /// Sends an answer.
    pub(super) fn answer(self, stream: &mut TcpStream, message: &[u8]) -> io::Result<()> {
        let lead = match self {
            Speech::Buffered => Vec::new(),
            Speech::Framed => (message.len() as u32).to_be_bytes().to_vec(),
            Speech::Http => format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/x-thrift\r\n\
                 Content-Length: {}\r\n\r\n",
                message.len()
            )
            .into_bytes(),
        };
        stream.write_all(&[&lead[..], message].concat())
    }
}

/// Reads the head of a POST; whoever speaks something else hears so, as from Jetty.
fn content_length(stream: &mut TcpStream) -> io::Result<usize> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
        if head.len() > LONGEST_HEAD || !b"POST ".starts_with(&head[..head.len().min(5)]) {
            stream.write_all(
                b"HTTP/1.1 400 Illegal character\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            )?;
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
    let head = String::from_utf8_lossy(&head).to_lowercase();
    let mut lines = head.lines();
    let length = lines.find_map(|line| line.strip_prefix("content-length:"));
    length.and_then(|text| text.trim().parse().ok()).ok_or(io::ErrorKind::InvalidData.into())
}
