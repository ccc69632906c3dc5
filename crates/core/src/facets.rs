//! Facets: what one side says of one item.
//!
//! A facet that a side cannot know is absent, and an absent facet is never taken for
//! an equal one. The encoding is deterministic: equal facets are equal bytes, which
//! lets a survey pass an unchanged item without decoding it.

use crate::bytes::{Reader, Truncated, put_slice, put_varint};
use crate::digest::DIGEST_LEN;
use std::fmt;

/// What kind of thing an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A regular file, or an object.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A named pipe.
    Fifo,
    /// A unix socket's name.
    Socket,
    /// A character device.
    CharDevice,
    /// A block device.
    BlockDevice,
}

impl Kind {
    const ALL: [Kind; 7] = [
        Kind::File,
        Kind::Directory,
        Kind::Symlink,
        Kind::Fifo,
        Kind::Socket,
        Kind::CharDevice,
        Kind::BlockDevice,
    ];

    fn from_u8(number: u8) -> Option<Kind> {
        Kind::ALL.get(usize::from(number)).copied()
    }

    /// The word used in reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Kind::File => "file",
            Kind::Directory => "directory",
            Kind::Symlink => "symlink",
            Kind::Fifo => "fifo",
            Kind::Socket => "socket",
            Kind::CharDevice => "character device",
            Kind::BlockDevice => "block device",
        }
    }
}

/// A point in time as file systems keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp {
    /// Seconds since 1970, negative before.
    pub seconds: i64,
    /// Nanoseconds within the second.
    pub nanoseconds: u32,
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::new(self.seconds, self.nanoseconds.min(999_999_999) as i32) {
            Ok(time) => time.fmt(f),
            Err(_) => write!(f, "@{}.{:09}", self.seconds, self.nanoseconds),
        }
    }
}

/// Owner and group, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Owner {
    /// User id.
    pub user: u32,
    /// Group id.
    pub group: u32,
}

/// What one side says of one item, decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facets<'a> {
    /// What it is.
    pub kind: Kind,
    /// Bytes; absent for what has no size of its own (directories, devices).
    pub size: Option<u64>,
    /// Last change of content.
    pub mtime: Option<Timestamp>,
    /// Last change of anything, set by the system itself.
    pub ctime: Option<Timestamp>,
    /// Permission bits, with setuid, setgid and sticky.
    pub mode: Option<u32>,
    /// Owner and group.
    pub owner: Option<Owner>,
    /// Inode number: with `device` the identity on a file system.
    pub inode: Option<u64>,
    /// The device, where it is another than the root's.
    pub device: Option<u64>,
    /// Number of names, where there is more than one.
    pub links: Option<u64>,
    /// What a device node stands for.
    pub device_node: Option<u64>,
    /// Bytes that storage holds for it, where that is less than the size: it has holes.
    pub allocated: Option<u64>,
    /// Where a symbolic link points, verbatim.
    pub target: Option<&'a [u8]>,
    /// The first key, in key order, that names the same inode; absent on that one.
    pub linked: Option<&'a [u8]>,
    /// Hash over extended attributes and ACLs, where they were looked at.
    pub attributes: Option<[u8; DIGEST_LEN]>,
    /// A store's own version or entity tag.
    pub version: Option<&'a [u8]>,
}

mod bit {
    pub(super) const SIZE: u64 = 1 << 0;
    pub(super) const MTIME: u64 = 1 << 1;
    pub(super) const CTIME: u64 = 1 << 2;
    pub(super) const MODE: u64 = 1 << 3;
    pub(super) const OWNER: u64 = 1 << 4;
    pub(super) const INODE: u64 = 1 << 5;
    pub(super) const DEVICE: u64 = 1 << 6;
    pub(super) const LINKS: u64 = 1 << 7;
    pub(super) const DEVICE_NODE: u64 = 1 << 8;
    pub(super) const ALLOCATED: u64 = 1 << 9;
    pub(super) const TARGET: u64 = 1 << 10;
    pub(super) const LINKED: u64 = 1 << 11;
    pub(super) const ATTRIBUTES: u64 = 1 << 12;
    pub(super) const VERSION: u64 = 1 << 13;
    pub(super) const ALL: u64 = (1 << 14) - 1;
}

impl<'a> Facets<'a> {
    /// Facets of which only the kind is known.
    #[must_use]
    pub fn of(kind: Kind) -> Self {
        Facets {
            kind,
            size: None,
            mtime: None,
            ctime: None,
            mode: None,
            owner: None,
            inode: None,
            device: None,
            links: None,
            device_node: None,
            allocated: None,
            target: None,
            linked: None,
            attributes: None,
            version: None,
        }
    }

    /// Appends the encoding: kind, a bit mask of what is known, the known in mask order.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.kind as u8);
        put_varint(out, self.mask());
        put_number(out, self.size);
        put_time(out, self.mtime);
        put_time(out, self.ctime);
        put_number(out, self.mode.map(u64::from));
        if let Some(owner) = self.owner {
            put_varint(out, u64::from(owner.user));
            put_varint(out, u64::from(owner.group));
        }
        for number in [self.inode, self.device, self.links, self.device_node, self.allocated] {
            put_number(out, number);
        }
        for bytes in [self.target, self.linked].into_iter().flatten() {
            put_slice(out, bytes);
        }
        if let Some(hash) = &self.attributes {
            out.extend_from_slice(hash);
        }
        if let Some(version) = self.version {
            put_slice(out, version);
        }
    }

    fn mask(&self) -> u64 {
        let mut mask = 0;
        let mut set = |known: bool, bit: u64| mask |= if known { bit } else { 0 };
        set(self.size.is_some(), bit::SIZE);
        set(self.mtime.is_some(), bit::MTIME);
        set(self.ctime.is_some(), bit::CTIME);
        set(self.mode.is_some(), bit::MODE);
        set(self.owner.is_some(), bit::OWNER);
        set(self.inode.is_some(), bit::INODE);
        set(self.device.is_some(), bit::DEVICE);
        set(self.links.is_some(), bit::LINKS);
        set(self.device_node.is_some(), bit::DEVICE_NODE);
        set(self.allocated.is_some(), bit::ALLOCATED);
        set(self.target.is_some(), bit::TARGET);
        set(self.linked.is_some(), bit::LINKED);
        set(self.attributes.is_some(), bit::ATTRIBUTES);
        set(self.version.is_some(), bit::VERSION);
        mask
    }

    fn decode(bytes: &'a [u8]) -> Result<Facets<'a>, Truncated> {
        let mut from = Reader::new(bytes);
        let mut facets = Facets::of(Kind::from_u8(from.byte()?).ok_or(Truncated)?);
        let mask = from.varint()?;
        if mask & !bit::ALL != 0 {
            return Err(Truncated);
        }
        let has = |bit: u64| mask & bit != 0;
        let number = |bit: u64, from: &mut Reader<'a>| match has(bit) {
            true => from.varint().map(Some),
            false => Ok(None),
        };
        facets.size = number(bit::SIZE, &mut from)?;
        if has(bit::MTIME) {
            facets.mtime = Some(time(&mut from)?);
        }
        if has(bit::CTIME) {
            facets.ctime = Some(time(&mut from)?);
        }
        if has(bit::MODE) {
            facets.mode = Some(from.varint_u32()?);
        }
        if has(bit::OWNER) {
            facets.owner = Some(Owner { user: from.varint_u32()?, group: from.varint_u32()? });
        }
        facets.inode = number(bit::INODE, &mut from)?;
        facets.device = number(bit::DEVICE, &mut from)?;
        facets.links = number(bit::LINKS, &mut from)?;
        facets.device_node = number(bit::DEVICE_NODE, &mut from)?;
        facets.allocated = number(bit::ALLOCATED, &mut from)?;
        if has(bit::TARGET) {
            facets.target = Some(from.slice()?);
        }
        if has(bit::LINKED) {
            facets.linked = Some(from.slice()?);
        }
        if has(bit::ATTRIBUTES) {
            facets.attributes = Some(from.array()?);
        }
        if has(bit::VERSION) {
            facets.version = Some(from.slice()?);
        }
        if from.is_empty() { Ok(facets) } else { Err(Truncated) }
    }
}

fn put_number(out: &mut Vec<u8>, number: Option<u64>) {
    if let Some(number) = number {
        put_varint(out, number);
    }
}

fn put_time(out: &mut Vec<u8>, time: Option<Timestamp>) {
    if let Some(time) = time {
        out.extend_from_slice(&time.seconds.to_le_bytes());
        out.extend_from_slice(&time.nanoseconds.to_le_bytes());
    }
}

fn time(from: &mut Reader<'_>) -> Result<Timestamp, Truncated> {
    Ok(Timestamp {
        seconds: i64::from_le_bytes(from.array()?),
        nanoseconds: u32::from_le_bytes(from.array()?),
    })
}

/// Facets as encoded, known to be well-formed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct FacetsRef<'a>(&'a [u8]);

impl<'a> FacetsRef<'a> {
    /// Takes bytes that [`Facets::encode`] wrote, after checking them.
    #[must_use]
    pub fn checked(bytes: &'a [u8]) -> Option<Self> {
        Facets::decode(bytes).ok().map(|_| FacetsRef(bytes))
    }

    /// Takes bytes that were checked before, as part of a page.
    pub(crate) fn trusted(bytes: &'a [u8]) -> Self {
        FacetsRef(bytes)
    }

    /// What kind of thing it is, without decoding the rest.
    #[must_use]
    pub fn kind(self) -> Kind {
        self.head().0
    }

    /// The size, without decoding the rest.
    #[must_use]
    pub fn size(self) -> Option<u64> {
        let (_, mask, mut rest) = self.head();
        (mask & bit::SIZE != 0).then(|| rest.varint().expect("facets were checked"))
    }

    /// Whether the item has more than one name, without decoding the rest.
    #[must_use]
    pub fn has_links(self) -> bool {
        self.head().1 & bit::LINKS != 0
    }

    fn head(self) -> (Kind, u64, Reader<'a>) {
        let mut from = Reader::new(self.0);
        let kind = from.byte().ok().and_then(Kind::from_u8).expect("facets were checked");
        let mask = from.varint().expect("facets were checked");
        (kind, mask, from)
    }

    /// The encoded bytes: equal bytes are equal facets.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// What they say.
    ///
    /// # Panics
    /// Never: the bytes were checked when this was made.
    #[must_use]
    pub fn decode(self) -> Facets<'a> {
        Facets::decode(self.0).expect("facets were checked when they were taken in")
    }
}

impl fmt::Debug for FacetsRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.decode().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Facets<'static> {
        Facets {
            kind: Kind::Symlink,
            size: Some(7),
            mtime: Some(Timestamp { seconds: -1, nanoseconds: 999_999_999 }),
            ctime: Some(Timestamp { seconds: i64::MAX, nanoseconds: 0 }),
            mode: Some(0o6755),
            owner: Some(Owner { user: u32::MAX, group: 0 }),
            inode: Some(u64::MAX),
            device: Some(1),
            links: Some(3),
            device_node: Some(4),
            allocated: Some(0),
            target: Some(b"../else\nwhere"),
            linked: Some(b"a"),
            attributes: Some([9; DIGEST_LEN]),
            version: Some(b"etag"),
        }
    }

    #[test]
    fn every_facet_survives_its_encoding() {
        for facets in [full(), Facets::of(Kind::Directory)] {
            let mut bytes = Vec::new();
            facets.encode(&mut bytes);
            assert_eq!(FacetsRef::checked(&bytes).map(FacetsRef::decode), Some(facets));
        }
    }

    #[test]
    fn no_cut_or_stretched_encoding_is_taken() {
        let mut bytes = Vec::new();
        full().encode(&mut bytes);
        for len in 0..bytes.len() {
            assert!(FacetsRef::checked(&bytes[..len]).is_none(), "cut at {len}");
        }
        bytes.push(0);
        assert!(FacetsRef::checked(&bytes).is_none());
    }
}
