//! Pages: sorted entries in one arena.
//!
//! A page is the one form of a list of items: in memory, in a segment on disk, in a
//! frame to a peer and in a queue's message. It holds at most [`PAGE_ITEMS`] entries
//! and about [`PAGE_BYTES`] encoded bytes. Depending on what the page is for, an entry
//! speaks of one side (an inventory) or of both (a difference, or AGREED).

use crate::bytes::{Reader, Truncated, put_slice};
use crate::compare::Verdict;
use crate::digest::Digest;
use crate::facets::FacetsRef;
use crate::key::Key;

/// The most entries a page may hold.
pub const PAGE_ITEMS: usize = 4096;
/// A page is closed when its encoding reaches this many bytes.
pub const PAGE_BYTES: usize = 1 << 20;
/// The longest key and the longest facets that a page takes, in bytes.
pub const ENTRY_BYTES: usize = 1 << 20;

mod present {
    pub(super) const LOWER: u8 = 1;
    pub(super) const UPPER: u8 = 2;
    pub(super) const DIGEST: u8 = 4;
    pub(super) const PARTNER: u8 = 8;
    pub(super) const ALL: u8 = 15;
}

/// One item, as a page tells it.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Its key.
    pub key: Key<'a>,
    /// What the comparison said; [`Verdict::Same`] in inventories and in AGREED.
    pub verdict: Verdict,
    /// What LOWER says of it.
    pub lower: Option<FacetsRef<'a>>,
    /// What UPPER says of it.
    pub upper: Option<FacetsRef<'a>>,
    /// Hash of the content that both sides held, where one was computed.
    pub digest: Option<Digest>,
    /// Another key that this entry is bound to. With [`Verdict::Moved`]: the key under
    /// which UPPER still has it. On a directory that LOWER has: the key of what is no
    /// directory on UPPER and stands in its place. On what only UPPER has: the key of the
    /// item, no directory, that LOWER has in place of a directory above it.
    pub partner: Option<Key<'a>>,
}

impl<'a> Entry<'a> {
    /// An entry of which only the key is known.
    #[must_use]
    pub fn new(key: Key<'a>) -> Self {
        Entry { key, verdict: Verdict::Same, lower: None, upper: None, digest: None, partner: None }
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_slice(out, self.key.as_bytes());
        out.push(self.verdict as u8);
        let flag = |known: bool, bit: u8| if known { bit } else { 0 };
        out.push(
            flag(self.lower.is_some(), present::LOWER)
                | flag(self.upper.is_some(), present::UPPER)
                | flag(self.digest.is_some(), present::DIGEST)
                | flag(self.partner.is_some(), present::PARTNER),
        );
        for facets in [self.lower, self.upper].into_iter().flatten() {
            put_slice(out, facets.as_bytes());
        }
        if let Some(digest) = &self.digest {
            out.push(digest.algorithm());
            out.extend_from_slice(digest.bytes());
        }
        if let Some(partner) = self.partner {
            put_slice(out, partner.as_bytes());
        }
    }

    /// Reads one entry. Facets are checked unless the page they come from was.
    fn decode(from: &mut Reader<'a>, trust: Trust) -> Result<Entry<'a>, Truncated> {
        let mut entry = Entry::new(Key::new(from.slice()?));
        entry.verdict = Verdict::from_u8(from.byte()?).ok_or(Truncated)?;
        let present = from.byte()?;
        if present & !present::ALL != 0 {
            return Err(Truncated);
        }
        if present & present::LOWER != 0 {
            entry.lower = Some(facets(from, trust)?);
        }
        if present & present::UPPER != 0 {
            entry.upper = Some(facets(from, trust)?);
        }
        if present & present::DIGEST != 0 {
            let algorithm = from.byte()?;
            let digest = Digest::from_parts(algorithm, from.array()?);
            entry.digest = Some(digest.ok_or(Truncated)?);
        }
        if present & present::PARTNER != 0 {
            entry.partner = Some(Key::new(from.slice()?));
        }
        Ok(entry)
    }
}

/// Whether bytes were checked before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    Checked,
    Unchecked,
}

fn facets<'a>(from: &mut Reader<'a>, trust: Trust) -> Result<FacetsRef<'a>, Truncated> {
    let bytes = from.slice()?;
    match trust {
        Trust::Checked => Ok(FacetsRef::trusted(bytes)),
        Trust::Unchecked => FacetsRef::checked(bytes).ok_or(Truncated),
    }
}

/// Sorted entries, encoded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    arena: Vec<u8>,
    offsets: Vec<u32>,
}

impl Page {
    /// Takes in bytes that [`Page::as_bytes`] gave, from a peer or a message.
    ///
    /// # Errors
    /// Refused when an entry is cut or malformed, a key would leave its root, or the
    /// keys are not strictly ascending.
    pub fn decode(arena: Vec<u8>) -> Result<Page, PageRefused> {
        Page::take_in(arena, Trust::Unchecked)
    }

    /// Takes in bytes that [`Page::as_bytes`] gave, from where a checksum vouches that they
    /// are the very bytes. Only where entries begin is looked at.
    ///
    /// # Errors
    /// Refused when an entry is cut.
    pub fn decode_vouched(arena: Vec<u8>) -> Result<Page, PageRefused> {
        Page::take_in(arena, Trust::Checked)
    }

    fn take_in(arena: Vec<u8>, trust: Trust) -> Result<Page, PageRefused> {
        let mut reader = Reader::new(&arena);
        let mut offsets = Vec::new();
        let mut previous: Option<Key<'_>> = None;
        while !reader.is_empty() {
            let at = arena.len() - reader.remaining();
            let refuse = |why| PageRefused { at, why };
            let entry =
                Entry::decode(&mut reader, trust).map_err(|_| refuse("an entry is malformed"))?;
            if trust == Trust::Unchecked {
                for key in [Some(entry.key), entry.partner].into_iter().flatten() {
                    Key::checked(key.as_bytes()).map_err(|e| refuse(e.why))?;
                }
                if previous.is_some_and(|previous| previous >= entry.key) {
                    return Err(refuse("the keys are not in order"));
                }
            }
            previous = Some(entry.key);
            offsets.push(u32::try_from(at).map_err(|_| refuse("the page is too long"))?);
        }
        Ok(Page { arena, offsets })
    }

    /// The encoding.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.arena
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.offsets.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.offsets.is_empty()
    }

    /// The entry at `index`.
    ///
    /// # Panics
    /// When `index` is not below [`Page::len`].
    #[must_use]
    pub fn get(&self, index: usize) -> Entry<'_> {
        let mut reader = Reader::new(&self.arena[self.offsets[index] as usize..]);
        Entry::decode(&mut reader, Trust::Checked)
            .expect("entries were checked when the page was made")
    }

    /// The entries in key order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Entry<'_>> + ExactSizeIterator {
        (0..self.len()).map(|index| self.get(index))
    }
}

/// Bytes that are no page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("malformed page at byte {at}: {why}")]
pub struct PageRefused {
    /// Offset of the entry that is wrong.
    pub at: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

/// Collects entries, in key order, into pages.
#[derive(Debug, Default)]
pub struct PageBuilder {
    page: Page,
}

impl PageBuilder {
    /// An empty builder.
    #[must_use]
    pub fn new() -> Self {
        PageBuilder::default()
    }

    /// Appends an entry.
    ///
    /// # Panics
    /// In debug builds, when the key does not follow the last one: the caller's order is
    /// wrong, and every comparison after it would be.
    pub fn push(&mut self, entry: &Entry<'_>) {
        debug_assert!(
            self.page.is_empty() || self.page.get(self.page.len() - 1).key < entry.key,
            "{} pushed out of order",
            entry.key
        );
        self.page.offsets.push(self.page.arena.len() as u32);
        entry.encode(&mut self.page.arena);
    }

    /// Whether the page has reached one of its two limits.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.page.len() >= PAGE_ITEMS || self.page.arena.len() >= PAGE_BYTES
    }

    /// Number of entries so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.page.len()
    }

    /// Whether there is no entry yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.page.is_empty()
    }

    /// The page so far; the builder starts over.
    pub fn take(&mut self) -> Page {
        let full = std::mem::take(&mut self.page);
        self.page.arena.reserve(full.arena.len());
        self.page.offsets.reserve(full.offsets.len());
        full
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facets::{Facets, Kind};

    fn page() -> Page {
        let mut facets = Vec::new();
        Facets::of(Kind::File).encode(&mut facets);
        let facets = FacetsRef::checked(&facets);
        let mut builder = PageBuilder::new();
        for name in [&b"a"[..], b"a/b", b"\xff"] {
            let key = Key::new(name);
            builder.push(&Entry {
                verdict: Verdict::Moved,
                lower: facets,
                upper: facets,
                digest: Some(Digest::Blake3([7; 32])),
                partner: Some(Key::new(b"old")),
                ..Entry::new(key)
            });
        }
        builder.take()
    }

    #[test]
    fn a_page_survives_the_disk() {
        assert_eq!(Page::decode(page().as_bytes().to_vec()), Ok(page()));
    }

    #[test]
    fn a_page_cut_anywhere_is_refused_or_shorter() {
        let whole = page();
        for len in 0..whole.as_bytes().len() {
            if let Ok(cut) = Page::decode(whole.as_bytes()[..len].to_vec()) {
                assert!(cut.len() < whole.len(), "cut at {len}");
            }
        }
    }

    #[test]
    fn hostile_keys_and_disorder_are_refused() {
        for names in [[&b"a"[..], b"../x"], [b"b", b"a"], [b"a", b"a"]] {
            let mut arena = Vec::new();
            for name in names {
                Entry::new(Key::new(name)).encode(&mut arena);
            }
            assert!(Page::decode(arena).is_err(), "{names:?}");
        }
    }
}
