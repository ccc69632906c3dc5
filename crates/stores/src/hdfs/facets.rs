//! What HDFS says of an item, and the facets that follow from it.
//!
//! HDFS keeps times in milliseconds and owners as names, and has neither a change time nor
//! an inode number that the client is told. Owner and group are the facet `version`: it
//! changes with them, and no other kind of store has one to compare it with. Whether there
//! is an ACL is part of it where the NameNode tells, which it does before Hadoop 3.

use boatlift_core::digest::DIGEST_LEN;
use boatlift_core::{Facets, Kind, Timestamp};
use hdfs_native::client::FileStatus;

/// The bits of a mode that HDFS keeps: no setuid, no setgid.
pub(crate) const MODE_BITS: u32 = 0o1777;
/// Set among the permission bits of what has an ACL, by NameNodes before Hadoop 3
/// (`FsPermissionExtension`).
const ACL_BIT: u16 = 1 << 12;
/// Between the parts of a version. No name has it.
const SEPARATOR: u8 = 0;
const ACL_MARK: &[u8] = b"+";

/// What the NameNode says of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) kind: Kind,
    /// Bytes; 0 for a directory.
    pub(crate) size: u64,
    /// Milliseconds since 1970.
    pub(crate) mtime: i64,
    pub(crate) mode: u32,
    pub(crate) owner: String,
    pub(crate) group: String,
    /// `false` where the NameNode does not tell.
    pub(crate) has_acl: bool,
}

impl Look {
    pub(crate) fn of(status: FileStatus) -> Look {
        let kind = if status.isdir { Kind::Directory } else { Kind::File };
        Look {
            kind,
            size: status.length as u64,
            mtime: status.modification_time as i64,
            mode: u32::from(status.permission) & MODE_BITS,
            has_acl: status.permission & ACL_BIT != 0,
            owner: status.owner,
            group: status.group,
        }
    }

    /// Owner, group and the ACL's mark in one.
    pub(crate) fn version(&self) -> Vec<u8> {
        let mut version = [self.owner.as_bytes(), self.group.as_bytes()].join(&SEPARATOR);
        if self.has_acl {
            version.push(SEPARATOR);
            version.extend_from_slice(ACL_MARK);
        }
        version
    }

    /// The facets, encoded. `attributes` is the hash of the ACL where it was asked for.
    pub(crate) fn encode(&self, attributes: Option<[u8; DIGEST_LEN]>) -> Vec<u8> {
        let version = self.version();
        let facets = Facets {
            size: (self.kind == Kind::File).then_some(self.size),
            mtime: Some(timestamp(self.mtime)),
            mode: Some(self.mode),
            attributes,
            version: Some(&version),
            ..Facets::of(self.kind)
        };
        let mut encoded = Vec::with_capacity(64);
        facets.encode(&mut encoded);
        encoded
    }

    /// The look that facets of such a store tell of; `None` when they are another store's.
    pub(crate) fn told_by(facets: &Facets<'_>) -> Option<Look> {
        let mut parts = facets.version?.split(|byte| *byte == SEPARATOR);
        let name = |part: Option<&[u8]>| String::from_utf8(part?.to_vec()).ok();
        Some(Look {
            kind: facets.kind,
            size: facets.size.unwrap_or_default(),
            mtime: milliseconds(facets.mtime?)?,
            mode: facets.mode?,
            owner: name(parts.next())?,
            group: name(parts.next())?,
            has_acl: parts.next() == Some(ACL_MARK),
        })
    }
}

/// A time as HDFS keeps it, as a point in time.
pub(crate) fn timestamp(milliseconds: i64) -> Timestamp {
    Timestamp {
        seconds: milliseconds.div_euclid(1000),
        nanoseconds: milliseconds.rem_euclid(1000) as u32 * 1_000_000,
    }
}

/// A point in time as HDFS keeps it: cut to the millisecond before. `None` beyond the
/// range of its numbers.
pub(crate) fn milliseconds(time: Timestamp) -> Option<i64> {
    time.seconds.checked_mul(1000)?.checked_add(i64::from(time.nanoseconds / 1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use boatlift_core::FacetsRef;

    #[test]
    fn a_look_survives_its_facets() {
        for has_acl in [false, true] {
            let look = Look {
                kind: Kind::File,
                size: 7,
                mtime: -1_500,
                mode: 0o1640,
                owner: "hive".into(),
                group: "hadoop".into(),
                has_acl,
            };
            let encoded = look.encode(None);
            let facets = FacetsRef::checked(&encoded).expect("facets").decode();
            assert_eq!(Look::told_by(&facets), Some(look));
        }
    }

    #[test]
    fn times_are_cut_to_the_millisecond_before() {
        for (seconds, nanoseconds, expected) in
            [(1, 2_999_999, 1_002), (-1, 999_999_999, -1), (-2, 1, -2_000)]
        {
            let time = Timestamp { seconds, nanoseconds };
            assert_eq!(milliseconds(time), Some(expected));
        }
        assert_eq!(milliseconds(Timestamp { seconds: i64::MAX, nanoseconds: 0 }), None);
        assert_eq!(milliseconds(timestamp(-1_001)), Some(-1_001));
    }
}
