//! Digests: what content is, independent of where it lies.

use std::fmt;

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
        let digit = |nibble: u8| b"0123456789abcdef"[usize::from(nibble)];
        let mut hex = [0; 2 * DIGEST_LEN];
        for (pair, byte) in hex.chunks_exact_mut(2).zip(self.bytes()) {
            pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
        }
        f.write_str(std::str::from_utf8(&hex).expect("hexadecimal digits are ASCII"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_prints_its_rule_and_every_nibble() {
        let mut bytes = [0; DIGEST_LEN];
        bytes[0] = 0x0f;
        bytes[DIGEST_LEN - 1] = 0xa1;
        let text = Digest::Blake3Sparse(bytes).to_string();
        assert_eq!(text, format!("blake3-sparse:0f{}a1", "00".repeat(DIGEST_LEN - 2)));
    }
}
