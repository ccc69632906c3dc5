//! Keys in their one-piece form, and times of expiry.

use super::hash::crc64;
use super::wire::Blob;

/// Seconds from 1970 to the start of 2016, from where Pegasus counts.
const EPOCH_SECONDS: i64 = 1_451_606_400;

/// A record's key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    hash_key: Vec<u8>,
    sort_key: Vec<u8>,
}

/// Why two byte strings are no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The hash key is too long for its length's two bytes.
    #[error("a hash key of {0} bytes is longer than 65534")]
    LongHashKey(usize),
    /// The bytes of a whole key end before its hash key does.
    #[error("a key of {0} bytes ends before its hash key does")]
    Short(usize),
}

impl Key {
    /// The longest hash key in bytes: 65535 stands for the end of a scan.
    pub const LONGEST_HASH_KEY: usize = 65_534;

    /// A key of two parts.
    ///
    /// # Errors
    /// When the hash key is too long.
    pub fn new(
        hash_key: impl Into<Vec<u8>>,
        sort_key: impl Into<Vec<u8>>,
    ) -> Result<Self, KeyError> {
        let (hash_key, sort_key) = (hash_key.into(), sort_key.into());
        match hash_key.len() {
            0..=Self::LONGEST_HASH_KEY => Ok(Self { hash_key, sort_key }),
            longer => Err(KeyError::LongHashKey(longer)),
        }
    }

    /// Takes apart what scans give: the hash key's length in two bytes, then both parts.
    ///
    /// # Errors
    /// When the bytes are no key.
    pub fn from_blob(blob: &[u8]) -> Result<Self, KeyError> {
        let short = KeyError::Short(blob.len());
        let (length, parts) = blob.split_first_chunk().ok_or(short)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (hash_key, sort_key) = parts.split_at_checked(length).ok_or(short)?;
        Self::new(hash_key, sort_key)
    }

    /// The key in one piece.
    pub fn to_blob(&self) -> Blob {
        let length = u16::try_from(self.hash_key.len()).unwrap_or(u16::MAX);
        let mut blob = length.to_be_bytes().to_vec();
        blob.extend_from_slice(&self.hash_key);
        blob.extend_from_slice(&self.sort_key);
        Blob(blob)
    }

    /// What decides the partition.
    pub fn hash_key(&self) -> &[u8] {
        &self.hash_key
    }

    /// What orders the records of one hash key.
    pub fn sort_key(&self) -> &[u8] {
        &self.sort_key
    }

    /// The hash of the hash key; of the sort key where that is empty.
    /// Source: `pegasus_key_hash` of the servers.
    pub fn partition_hash(&self) -> u64 {
        match self.hash_key.is_empty() {
            true => crc64(&self.sort_key),
            false => crc64(&self.hash_key),
        }
    }
}

/// The partition of a hash among so many.
///
/// # Panics
/// When there is no partition.
pub fn partition_of(hash: u64, partitions: u32) -> u32 {
    assert!(partitions > 0, "a table has a partition");
    u32::try_from(hash % u64::from(partitions)).unwrap_or_default()
}

/// When a record expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Expiry(i32);

impl Expiry {
    /// Never.
    pub const NEVER: Expiry = Expiry(0);

    /// What travels: seconds since 2016, 0 for never.
    pub fn from_wire(seconds: i32) -> Self {
        Self(seconds)
    }

    /// What travels.
    pub fn to_wire(self) -> i32 {
        self.0
    }

    /// The Unix second; `None` for never. The number on the wire has no sign.
    pub fn unix_seconds(self) -> Option<i64> {
        (self.0 != 0).then(|| EPOCH_SECONDS + i64::from(self.0.cast_unsigned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_being_one_piece() {
        let long = vec![7; Key::LONGEST_HASH_KEY];
        for (hash_key, sort_key) in [(&b"h"[..], &b"s"[..]), (b"", b"s"), (b"h", b""), (&long, b"")]
        {
            let key = Key::new(hash_key, sort_key).expect("a key");
            assert_eq!(Key::from_blob(&key.to_blob().0), Ok(key));
        }
        assert_eq!(Key::new(vec![7; 65_535], b""), Err(KeyError::LongHashKey(65_535)));
        assert_eq!(Key::from_blob(&[0]), Err(KeyError::Short(1)));
        assert_eq!(Key::from_blob(&[0, 2, b'h']), Err(KeyError::Short(3)));
    }

    #[test]
    fn partitions_are_those_of_the_servers() {
        let of = |hash_key: &str, sort_key: &str| {
            Key::new(hash_key, sort_key).expect("a key").partition_hash()
        };
        assert_eq!(partition_of(of("a", ""), 8), 4);
        assert_eq!(of("", "a"), of("a", "b"));
    }

    #[test]
    fn expiry_counts_from_2016() {
        assert_eq!(Expiry::NEVER.unix_seconds(), None);
        assert_eq!(Expiry::from_wire(1).unix_seconds(), Some(1_451_606_401));
    }
}
