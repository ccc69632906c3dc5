//! Digests: what content is, independent of where it lies.

use std::fmt::{self, Write};

/// Length of every digest we keep, in bytes.
pub const DIGEST_LEN: usize = 32;

/// The hash of an item's content, with the rule by which it was computed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Digest {
    /// BLAKE3 of all bytes.
    Blake3([u8; DIGEST_LEN]),
    /// BLAKE3 of the size and of those 64 KiB blocks that are not all zero, each led by
    /// its offset: what a file with holes has, so that 1 TiB of nothing need not be read.
    /// A function of the content alone, not of how the holes are laid out.
    Blake3Sparse([u8; DIGEST_LEN]),
}

impl Digest {
    /// The rule's number on disk and on the wire.
    #[must_use]
    pub fn algorithm(&self) -> u8 {
        match self {
            Digest::Blake3(_) => 1,
            Digest::Blake3Sparse(_) => 2,
        }
    }

    /// The hash itself.
    #[must_use]
    pub fn bytes(&self) -> &[u8; DIGEST_LEN] {
        match self {
            Digest::Blake3(bytes) | Digest::Blake3Sparse(bytes) => bytes,
        }
    }

    /// The inverse of [`Digest::algorithm`] and [`Digest::bytes`].
    #[must_use]
    pub fn from_parts(algorithm: u8, bytes: [u8; DIGEST_LEN]) -> Option<Digest> {
        match algorithm {
            1 => Some(Digest::Blake3(bytes)),
            2 => Some(Digest::Blake3Sparse(bytes)),
            _ => None,
        }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Digest::Blake3(_) => "blake3:",
            Digest::Blake3Sparse(_) => "blake3-sparse:",
        })?;
        let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
        for byte in self.bytes() {
            f.write_char(digit(byte >> 4))?;
            f.write_char(digit(byte & 15))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
