//! Frames that Kerberos signs or encrypts.

use std::io::{self, Read, Write};

use crate::gssapi::{Context, GssError, Sealing};
use crate::wire::Wire;
use crate::wire::framed::{frame_length, read_length};

/// A wire whose frames are protected messages of a context.
pub(super) struct ProtectedWire {
    inner: Box<dyn Wire>,
    context: Context,
    sealing: Sealing,
    /// The most bytes that go into one protected message.
    longest: usize,
    outgoing: Vec<u8>,
    /// An opened message, and how much of it was read.
    opened: io::Cursor<Vec<u8>>,
}

impl ProtectedWire {
    pub(super) fn new(
        inner: Box<dyn Wire>,
        context: Context,
        sealing: Sealing,
        longest: u32,
    ) -> Self {
        let longest = usize::try_from(longest).unwrap_or(usize::MAX);
        Self {
            inner,
            context,
            sealing,
            longest,
            outgoing: Vec::new(),
            opened: io::Cursor::default(),
        }
    }

    /// Reads one frame whole and opens it. Memory grows with the bytes that come.
    fn open_next(&mut self) -> io::Result<Option<Vec<u8>>> {
        let Some(length) = read_length(&mut self.inner)? else { return Ok(None) };
        let mut frame = Vec::new();
        let got = Read::by_ref(&mut self.inner).take(length.into()).read_to_end(&mut frame)?;
        if u32::try_from(got) != Ok(length) {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the connection ended within a protected frame",
            ));
        }
        self.context.unwrap(&frame, self.sealing).map(Some).map_err(broken)
    }

    fn send(&mut self, message: &[u8]) -> io::Result<()> {
        for part in message.chunks(self.longest.max(1)) {
            let frame = self.context.wrap(part, self.sealing).map_err(broken)?;
            self.inner.write_all(&frame_length(frame.len())?.to_be_bytes())?;
            self.inner.write_all(&frame)?;
        }
        self.inner.flush()
    }
}

impl Read for ProtectedWire {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.opened.read(to)?;
            if count > 0 || to.is_empty() {
                return Ok(count);
            }
            match self.open_next()? {
                Some(message) => self.opened = io::Cursor::new(message),
                None => return Ok(0),
            }
        }
    }
}

impl Write for ProtectedWire {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.outgoing.extend_from_slice(from);
        Ok(from.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let message = std::mem::take(&mut self.outgoing);
        self.send(&message)
    }
}

fn broken(error: GssError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
