//! What answered, when it was no Thrift: a guess from the first bytes that names the setting
//! to look at. It decides nothing but the words of an error.

/// A speaker of another protocol, told by its first eight bytes or fewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stranger {
    /// An HTTP status line.
    Http,
    /// A TLS alert or handshake.
    Tls,
    /// A length and then a Thrift message.
    Framed,
    /// A status from 1 to 5 and a length, as Thrift's SASL negotiation sends.
    Sasl,
    /// Nothing known.
    Unknown([u8; 4]),
}

impl Stranger {
    /// Judges the bytes that came where a message header belongs.
    pub fn of(start: &[u8]) -> Self {
        match start {
            [b'H', b'T', b'T', b'P', ..] => Self::Http,
            [0x14..=0x17, 3, ..] => Self::Tls,
            [_, _, _, _, 0x80, 1, ..] => Self::Framed,
            [1..=5, 0, _, _, ..] => Self::Sasl,
            _ => {
                let mut bytes = [0; 4];
                for (to, from) in bytes.iter_mut().zip(start) {
                    *to = *from;
                }
                Self::Unknown(bytes)
            }
        }
    }
}

impl std::fmt::Display for Stranger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Http => f.write_str("it looks like HTTP"),
            Self::Tls => f.write_str("it looks like TLS"),
            Self::Framed => f.write_str("it looks like Thrift's framed transport"),
            Self::Sasl => f.write_str("it looks like Thrift's SASL negotiation"),
            Self::Unknown(bytes) => write!(f, "it begins with the bytes {bytes:02x?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_are_told_apart() {
        assert_eq!(Stranger::of(b"HTTP/1.1"), Stranger::Http);
        assert_eq!(Stranger::of(&[0x15, 3, 3, 0, 2]), Stranger::Tls);
        assert_eq!(Stranger::of(&[0, 0, 0, 40, 0x80, 1, 0, 2]), Stranger::Framed);
        assert_eq!(Stranger::of(&[4, 0, 0, 0, 19, b'I', b'n', b'v']), Stranger::Sasl);
        assert_eq!(
            Stranger::of(&[9, 9]),
            Stranger::Unknown([9, 9, 0, 0]),
            "a short start is padded"
        );
    }
}
