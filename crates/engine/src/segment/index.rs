//! Head, index and tail of a segment, as bytes.

use boatlift_core::{Key, KeyBuf};

/// The first bytes of every segment: magic, version, zero.
pub(super) const HEAD: [u8; 16] = *b"BOATSEG\n\x01\0\0\0\0\0\0\0";

/// Length of the tail.
pub(super) const TAIL_LEN: usize = 64;

/// Length of a page's checksum.
pub(super) const CHECKSUM_LEN: usize = 16;

const END: [u8; 8] = *b"BOATEND\n";

/// What the index says of one page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageMeta {
    /// Where it begins in the file.
    pub offset: u64,
    /// Bytes it takes in the file.
    pub stored_bytes: u32,
    /// Bytes it takes in memory.
    pub bytes: u32,
    /// Number of entries.
    pub entries: u32,
    /// What its writer marked it with.
    pub mask: u64,
    /// The key of its first entry.
    pub first_key: KeyBuf,
    pub(super) checksum: [u8; CHECKSUM_LEN],
}

/// The tail, taken apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tail {
    pub(super) index_bytes: u64,
    pub(super) entries: u64,
    pub(super) pages: u32,
    pub(super) hash: [u8; 32],
}

/// The checksum of a page as stored.
pub(super) fn checksum(stored: &[u8]) -> [u8; CHECKSUM_LEN] {
    let mut short = [0; CHECKSUM_LEN];
    short.copy_from_slice(&blake3::hash(stored).as_bytes()[..CHECKSUM_LEN]);
    short
}

/// Appends what the index says of one page.
pub(super) fn encode(meta: &PageMeta, out: &mut Vec<u8>) {
    out.extend_from_slice(&meta.offset.to_le_bytes());
    out.extend_from_slice(&meta.stored_bytes.to_le_bytes());
    out.extend_from_slice(&meta.bytes.to_le_bytes());
    out.extend_from_slice(&meta.entries.to_le_bytes());
    out.extend_from_slice(&meta.mask.to_le_bytes());
    out.extend_from_slice(&meta.checksum);
    let key = meta.first_key.as_key().as_bytes();
    out.extend_from_slice(&(key.len() as u32).to_le_bytes());
    out.extend_from_slice(key);
}

/// Reads what the index says of every page; nothing when it is malformed.
pub(super) fn decode(index: &[u8], pages: u32) -> Option<Vec<PageMeta>> {
    let mut from = Fields(index);
    let mut metas = Vec::new();
    for _ in 0..pages {
        metas.push(PageMeta {
            offset: from.u64()?,
            stored_bytes: from.u32()?,
            bytes: from.u32()?,
            entries: from.u32()?,
            mask: from.u64()?,
            checksum: from.array()?,
            first_key: {
                let len = from.u32()?;
                // The hash over the index vouches that it is the key of an entry.
                Key::new(from.take(len as usize)?).to_owned()
            },
        });
    }
    from.0.is_empty().then_some(metas)
}

impl Tail {
    /// The tail of a segment with this index.
    pub(super) fn of(index: &[u8], entries: u64, pages: u32) -> Tail {
        let mut tail = Tail { index_bytes: index.len() as u64, entries, pages, hash: [0; 32] };
        tail.hash = tail.hash_over(index);
        tail
    }

    /// The hash that this tail and this index should carry.
    pub(super) fn hash_over(&self, index: &[u8]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&HEAD).update(index).update(&self.fields());
        *hasher.finalize().as_bytes()
    }

    pub(super) fn encode(&self) -> [u8; TAIL_LEN] {
        let mut out = [0; TAIL_LEN];
        out[..24].copy_from_slice(&self.fields());
        out[24..56].copy_from_slice(&self.hash);
        out[56..].copy_from_slice(&END);
        out
    }

    /// Nothing when these bytes are no tail.
    pub(super) fn decode(bytes: &[u8; TAIL_LEN]) -> Option<Tail> {
        let mut from = Fields(bytes);
        let (index_bytes, entries) = (from.u64()?, from.u64()?);
        let (pages, zero) = (from.u32()?, from.u32()?);
        let (hash, end) = (from.array()?, from.array()?);
        (zero == 0 && end == END).then_some(Tail { index_bytes, entries, pages, hash })
    }

    fn fields(&self) -> [u8; 24] {
        let mut out = [0; 24];
        out[..8].copy_from_slice(&self.index_bytes.to_le_bytes());
        out[8..16].copy_from_slice(&self.entries.to_le_bytes());
        out[16..20].copy_from_slice(&self.pages.to_le_bytes());
        out
    }
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(head)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }
}
