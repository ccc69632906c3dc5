//! What can be wrong with a manifest: each its own status.

use std::fmt;
use std::io;

/// Why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// It is packed; COPY takes manifests as plain JSON only.
    #[error("it is packed with {0}, and COPY reads manifests as plain JSON only")]
    Packed(Packing),
    /// It is not JSON, or not in the form of a manifest.
    #[error("it is no manifest: {why} at byte {at}")]
    Broken {
        /// Where, in bytes from its beginning.
        at: u64,
        /// What is wrong there.
        why: &'static str,
    },
    /// It ends before it is complete.
    #[error("it breaks off after {0} bytes")]
    Truncated(u64),
    /// It is longer than any manifest.
    #[error("it is longer than {0} bytes")]
    TooLong(u64),
    /// It names itself as a file of data.
    #[error("entry {0} names the manifest itself")]
    NamesItself(u64),
    /// An entry names something that is not in S3.
    #[error("the url of entry {0} names no place in S3")]
    NotS3(u64),
    /// An entry names neither a file nor a host.
    #[error("entry {0} has neither url nor endpoint")]
    NoUrl(u64),
    /// Entries name files, and others hosts.
    #[error("entry {0} is of another kind than those before it")]
    Mixed(u64),
    /// It cannot be read, or the new one not be written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// How a manifest is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// gzip.
    Gzip,
    /// bzip2.
    Bzip2,
    /// Zstandard.
    Zstandard,
    /// lzop.
    Lzop,
}

impl Packing {
    /// Tells a packing by its first bytes.
    pub(super) fn of(first: &[u8]) -> Option<Packing> {
        let signatures: [(&[u8], Packing); 4] = [
            (&[0x1f, 0x8b], Packing::Gzip),
            (b"BZh", Packing::Bzip2),
            (&[0x28, 0xb5, 0x2f, 0xfd], Packing::Zstandard),
            (&[0x89, b'L', b'Z', b'O'], Packing::Lzop),
        ];
        signatures.into_iter().find(|(sign, _)| first.starts_with(sign)).map(|(_, packing)| packing)
    }
}

impl fmt::Display for Packing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Packing::Gzip => "gzip",
            Packing::Bzip2 => "bzip2",
            Packing::Zstandard => "Zstandard",
            Packing::Lzop => "lzop",
        })
    }
}
