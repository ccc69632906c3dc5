//! Frames: each message is led by its length, four bytes, the highest first.

use std::io::{self, Read, Write};

use super::Wire;
use crate::thrift::Stranger;

/// The longest frame that is accepted.
pub(super) const LONGEST_FRAME: u32 = 1 << 30;

/// A wire whose requests and answers are frames.
pub(super) struct FramedWire {
    inner: Box<dyn Wire>,
    outgoing: Vec<u8>,
    /// Bytes of the current frame that were not read yet.
    remaining: u32,
}

impl FramedWire {
    pub(super) fn new(inner: Box<dyn Wire>) -> Self {
        Self { inner, outgoing: vec![0; 4], remaining: 0 }
    }
}

impl Read for FramedWire {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if to.is_empty() {
            return Ok(0);
        }
        while self.remaining == 0 {
            match read_length(&mut self.inner)? {
                Some(length) => self.remaining = length,
                None => return Ok(0),
            }
        }
        let most = to.len().min(usize::try_from(self.remaining).unwrap_or(usize::MAX));
        match self.inner.read(&mut to[..most])? {
            0 => Err(cut_short()),
            count => {
                self.remaining -= u32::try_from(count).unwrap_or(self.remaining);
                Ok(count)
            }
        }
    }
}

impl Write for FramedWire {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.outgoing.extend_from_slice(from);
        Ok(from.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let length = frame_length(self.outgoing.len() - 4)?;
        self.outgoing[..4].copy_from_slice(&length.to_be_bytes());
        let sent = self.inner.write_all(&self.outgoing).and_then(|()| self.inner.flush());
        self.outgoing.truncate(4);
        self.outgoing.shrink_to(1 << 20);
        sent
    }
}

/// The length that leads a frame of `bytes`.
pub(super) fn frame_length(bytes: usize) -> io::Result<u32> {
    match u32::try_from(bytes) {
        Ok(length) if length <= LONGEST_FRAME => Ok(length),
        _ => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("a request of {bytes} bytes is longer than a frame may be"),
        )),
    }
}

/// Reads the length of the next frame; none if the connection ended before it.
pub(super) fn read_length<R: Read>(from: &mut R) -> io::Result<Option<u32>> {
    let mut bytes = [0; 4];
    let mut have = 0;
    while have < bytes.len() {
        match from.read(&mut bytes[have..]) {
            Ok(0) if have == 0 => return Ok(None),
            Ok(0) => return Err(cut_short()),
            Ok(count) => have += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    match u32::from_be_bytes(bytes) {
        length if length <= LONGEST_FRAME => Ok(Some(length)),
        _ => Err(no_frame(bytes)),
    }
}

fn no_frame(bytes: [u8; 4]) -> io::Error {
    let what = match bytes {
        [0x80, 1, ..] => "it looks like a Thrift message without frames".to_owned(),
        _ => Stranger::of(&bytes).to_string(),
    };
    io::Error::new(io::ErrorKind::InvalidData, format!("the answer is no frame: {what}"))
}

fn cut_short() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the connection ended within a frame")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    struct Script {
        answers: Cursor<Vec<u8>>,
        sent: std::sync::Arc<std::sync::Mutex<Vec<u8>>>,
    }

    impl Read for Script {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            let most = to.len().min(3);
            self.answers.read(&mut to[..most])
        }
    }

    impl Write for Script {
        fn write(&mut self, from: &[u8]) -> io::Result<usize> {
            self.sent.lock().expect("unpoisoned").extend_from_slice(from);
            Ok(from.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn wire(answers: &[u8]) -> (FramedWire, std::sync::Arc<std::sync::Mutex<Vec<u8>>>) {
        let sent = std::sync::Arc::default();
        let script =
            Script { answers: Cursor::new(answers.to_vec()), sent: std::sync::Arc::clone(&sent) };
        (FramedWire::new(Box::new(script)), sent)
    }

    #[test]
    fn a_request_is_sent_as_one_frame_when_it_is_flushed() {
        let (mut wire, sent) = wire(&[]);
        wire.write_all(b"ab").expect("writes");
        wire.write_all(b"c").expect("writes");
        assert!(sent.lock().expect("unpoisoned").is_empty());
        wire.flush().expect("sends");
        wire.write_all(b"d").and_then(|()| wire.flush()).expect("sends");
        assert_eq!(*sent.lock().expect("unpoisoned"), b"\0\0\0\x03abc\0\0\0\x01d");
    }

    #[test]
    fn answers_are_read_over_frames_and_in_pieces() {
        let (mut wire, _) = wire(b"\0\0\0\x05hello\0\0\0\0\0\0\0\x01!");
        let mut text = String::new();
        wire.read_to_string(&mut text).expect("reads");
        assert_eq!(text, "hello!");
    }

    #[test]
    fn a_frame_that_ends_early_or_is_none_is_an_error() {
        let mut sink = Vec::new();
        let (mut cut, _) = wire(b"\0\0\0\x05hel");
        let error = cut.read_to_end(&mut sink).expect_err("ends early");
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        for (bytes, what) in
            [(b"HTTP/1.1 400", "HTTP"), (b"\x80\x01\0\x02\0\0\0\x01xxxx", "without")]
        {
            let (mut wire, _) = wire(bytes);
            let error = wire.read_to_end(&mut sink).expect_err("no frame");
            assert!(error.to_string().contains(what), "{error}");
        }
    }
}
