//! The three-way comparison: LOWER now, UPPER now, and what both held when they last
//! agreed.

use crate::facets::{Facets, FacetsRef, Kind};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What the comparison says of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Both sides hold the same.
    Same,
    /// LOWER has it; UPPER never had it.
    Added,
    /// LOWER changed it since the agreement; UPPER did not.
    Changed,
    /// LOWER renamed it since the agreement; UPPER still has it under the old key.
    Moved,
    /// LOWER removed it since the agreement; UPPER still has it as agreed.
    Gone,
    /// Only UPPER has it, and it was never agreed on.
    Foreign,
    /// UPPER changed or removed it since the agreement; LOWER did not.
    Drifted,
    /// Both sides changed it, or both have it, differing, without an agreement.
    Conflict,
    /// What is known does not suffice for the policy. Never counts as same.
    Unknown,
}

impl Verdict {
    /// All verdicts, in the order of their numbers on disk.
    pub const ALL: [Verdict; 9] = [
        Verdict::Same,
        Verdict::Added,
        Verdict::Changed,
        Verdict::Moved,
        Verdict::Gone,
        Verdict::Foreign,
        Verdict::Drifted,
        Verdict::Conflict,
        Verdict::Unknown,
    ];

    pub(crate) fn from_u8(number: u8) -> Option<Verdict> {
        Verdict::ALL.get(usize::from(number)).copied()
    }

    /// The word used in reports and in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Same => "same",
            Verdict::Added => "added",
            Verdict::Changed => "changed",
            Verdict::Moved => "moved",
            Verdict::Gone => "gone",
            Verdict::Foreign => "foreign",
            Verdict::Drifted => "drifted",
            Verdict::Conflict => "conflict",
            Verdict::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// What the last agreement recorded of one key.
#[derive(Debug, Clone, Copy)]
pub struct Agreed<'a> {
    /// What LOWER said then.
    pub lower: FacetsRef<'a>,
    /// What UPPER said then; absent when the run ended before UPPER was looked at.
    pub upper: Option<FacetsRef<'a>>,
}

/// How strictly to compare.
#[derive(Debug, Clone, Copy, Default)]
pub struct Comparison {
    /// Equal size and mtime do not suffice for a file: its content must be read.
    pub checksum: bool,
    /// Owner and group count. Off where we may not set them.
    pub owners: bool,
    /// Inode numbers of LOWER are of the same file system as at the agreement.
    pub lower_inodes: bool,
    /// The same of UPPER.
    pub upper_inodes: bool,
}

/// Compares the three states of one key. `None` means that there is nothing left to say
/// of it: both sides have removed it.
#[must_use]
pub fn compare(
    lower: Option<FacetsRef<'_>>,
    agreed: Option<Agreed<'_>>,
    upper: Option<FacetsRef<'_>>,
    how: Comparison,
) -> Option<Verdict> {
    let verdict = match (lower, agreed, upper) {
        (None, _, None) => return None,
        (None, None, Some(_)) => Verdict::Foreign,
        (None, Some(agreed), Some(upper)) => match upper_moved(agreed, upper, how) {
            Change::None => Verdict::Gone,
            Change::Seen | Change::Suspected => Verdict::Conflict,
        },
        (Some(_), None, None) => Verdict::Added,
        (Some(lower), Some(agreed), None) => match change(agreed.lower, lower, how.lower_inodes) {
            Change::None => Verdict::Drifted,
            Change::Seen | Change::Suspected => Verdict::Conflict,
        },
        (Some(lower), None, Some(upper)) => match agree(lower, upper, how) {
            true => Verdict::Same,
            false => Verdict::Conflict,
        },
        (Some(lower), Some(agreed), Some(upper)) => both_present(lower, agreed, upper, how),
    };
    Some(match verdict {
        Verdict::Same if how.checksum && has_content(lower) => Verdict::Unknown,
        other => other,
    })
}

fn both_present(
    lower: FacetsRef<'_>,
    agreed: Agreed<'_>,
    upper: FacetsRef<'_>,
    how: Comparison,
) -> Verdict {
    let lower_change = change(agreed.lower, lower, how.lower_inodes);
    let upper_change = upper_moved(agreed, upper, how);
    match (lower_change, upper_change) {
        (Change::None, Change::None) => Verdict::Same,
        (Change::Seen, Change::None) => Verdict::Changed,
        (Change::None, Change::Seen) => Verdict::Drifted,
        (Change::Seen, Change::Seen) if agree(lower, upper, how) => Verdict::Same,
        (Change::Seen, Change::Seen) => Verdict::Conflict,
        (Change::Seen, Change::Suspected) => Verdict::Changed,
        (Change::Suspected, Change::Seen) if !agree(lower, upper, how) => Verdict::Conflict,
        (Change::Suspected, _) | (_, Change::Suspected) => Verdict::Unknown,
    }
}

fn upper_moved(agreed: Agreed<'_>, upper: FacetsRef<'_>, how: Comparison) -> Change {
    match agreed.upper {
        Some(then) => change(then, upper, how.upper_inodes),
        None if agree(agreed.lower, upper, how) => Change::None,
        None => Change::Seen,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    None,
    /// Something that both states tell is different.
    Seen,
    /// A file's inode, or its ctime alone, is another under the same size and mtime: perhaps
    /// other content.
    Suspected,
}

/// Whether one side changed between two looks at it.
fn change(then: FacetsRef<'_>, now: FacetsRef<'_>, inodes: bool) -> Change {
    if then.as_bytes() == now.as_bytes() {
        return Change::None;
    }
    let (then, now) = (then.decode(), now.decode());
    let content = then.kind != now.kind
        || differ(then.size, now.size)
        || differ(then.mtime, now.mtime)
        || differ(then.device_node, now.device_node)
        || then.target != now.target
        || differ(then.version, now.version);
    if content {
        return Change::Seen;
    }
    // The system itself says that something happened. It may have been no more than a new
    // mode or name, but a file may as well have been rewritten and given its old mtime.
    let touched = inodes && (differ(then.inode, now.inode) || differ(then.ctime, now.ctime));
    if touched && now.kind == Kind::File && now.size != Some(0) {
        return Change::Suspected;
    }
    let attributes = differ(then.mode, now.mode)
        || differ(then.owner, now.owner)
        || then.linked != now.linked
        || differ(then.attributes, now.attributes);
    match touched || attributes {
        true => Change::Seen,
        false => Change::None,
    }
}

/// Whether the two sides hold the same, as far as both tell.
#[must_use]
pub fn agree(lower: FacetsRef<'_>, upper: FacetsRef<'_>, how: Comparison) -> bool {
    let (lower, upper) = (lower.decode(), upper.decode());
    same_content(&lower, &upper) && same_attributes(&lower, &upper, how.owners)
}

/// Whether size, times and kind give no reason to carry the content again.
#[must_use]
pub fn same_content(lower: &Facets<'_>, upper: &Facets<'_>) -> bool {
    lower.kind == upper.kind
        && lower.target == upper.target
        && lower.linked == upper.linked
        && !differ(lower.device_node, upper.device_node)
        && match lower.kind {
            Kind::File => {
                // Where neither side tells a time, a version is all that tells contents apart.
                let untimed = lower.mtime.is_none() && upper.mtime.is_none();
                lower.size == upper.size
                    && lower.mtime == upper.mtime
                    && !(untimed && differ(lower.version, upper.version))
            }
            _ => true,
        }
}

/// Whether mode, owner, mtime and extended attributes are the same, as far as both tell.
#[must_use]
pub fn same_attributes(lower: &Facets<'_>, upper: &Facets<'_>, owners: bool) -> bool {
    let mode = lower.kind != Kind::Symlink && differ(lower.mode, upper.mode);
    let owner = owners && differ(lower.owner, upper.owner);
    let attributes = differ(lower.attributes, upper.attributes);
    !(differ(lower.mtime, upper.mtime) || mode || owner || attributes)
}

fn differ<T: PartialEq>(one: Option<T>, other: Option<T>) -> bool {
    matches!((one, other), (Some(one), Some(other)) if one != other)
}

fn has_content(facets: Option<FacetsRef<'_>>) -> bool {
    facets.map(FacetsRef::decode).is_some_and(|f| f.kind == Kind::File && f.size != Some(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facets::Timestamp;

    /// A file of `size` bytes with the inode and ctime that the letter stands for.
    fn file(size: u64, life: u64) -> Vec<u8> {
        let mut out = Vec::new();
        let facets = Facets {
            size: Some(size),
            mtime: Some(Timestamp { seconds: size as i64, nanoseconds: 0 }),
            ctime: Some(Timestamp { seconds: life as i64, nanoseconds: 0 }),
            inode: Some(life / 10),
            ..Facets::of(Kind::File)
        };
        facets.encode(&mut out);
        out
    }

    fn verdict(lower: Option<u64>, agreed: Option<u64>, upper: Option<u64>) -> Option<Verdict> {
        let how = Comparison { lower_inodes: true, upper_inodes: true, ..Comparison::default() };
        let [lower, agreed, upper] =
            [lower, agreed, upper].map(|size| size.map(|size| file(size, 10)));
        let facets = |bytes: &'_ Option<Vec<u8>>| -> Option<Vec<u8>> { bytes.clone() };
        let (l, a, u) = (facets(&lower), facets(&agreed), facets(&upper));
        let as_ref = |bytes: &'static [u8]| FacetsRef::checked(bytes);
        let leak = |bytes: Option<Vec<u8>>| bytes.and_then(|b| as_ref(b.leak()));
        let (l, a, u) = (leak(l), leak(a), leak(u));
        compare(l, a.map(|a| Agreed { lower: a, upper: Some(a) }), u, how)
    }

    #[test]
    fn every_row_of_the_three_way_table() {
        let (one, two, three) = (Some(1), Some(2), Some(3));
        for (lower, agreed, upper, expected) in [
            (None, None, None, None),
            (None, one, None, None),
            (None, None, one, Some(Verdict::Foreign)),
            (None, one, one, Some(Verdict::Gone)),
            (None, one, two, Some(Verdict::Conflict)),
            (one, None, None, Some(Verdict::Added)),
            (one, one, None, Some(Verdict::Drifted)),
            (two, one, None, Some(Verdict::Conflict)),
            (one, None, one, Some(Verdict::Same)),
            (one, None, two, Some(Verdict::Conflict)),
            (one, one, one, Some(Verdict::Same)),
            (two, one, one, Some(Verdict::Changed)),
            (one, one, two, Some(Verdict::Drifted)),
            (two, one, two, Some(Verdict::Same)),
            (two, one, three, Some(Verdict::Conflict)),
        ] {
            assert_eq!(verdict(lower, agreed, upper), expected, "{lower:?} {agreed:?} {upper:?}");
        }
    }

    #[test]
    fn another_inode_or_ctime_alone_is_unknown_not_same() {
        let how = Comparison { lower_inodes: true, upper_inodes: true, ..Comparison::default() };
        for life in [11, 20] {
            another_life_is_unknown(life, how);
        }
    }

    fn another_life_is_unknown(life: u64, how: Comparison) {
        let (then, now) = (file(1, 10), file(1, life));
        let (then, now) = (FacetsRef::checked(&then), FacetsRef::checked(&now));
        let agreed = then.map(|then| Agreed { lower: then, upper: Some(then) });
        assert_eq!(compare(now, agreed, then, how), Some(Verdict::Unknown));
    }

    #[test]
    fn without_times_files_of_one_size_are_told_apart_by_their_versions() {
        let object = |version: &'static [u8]| Facets {
            size: Some(1),
            version: Some(version),
            ..Facets::of(Kind::File)
        };
        assert!(same_content(&object(b"a"), &object(b"a")));
        assert!(!same_content(&object(b"a"), &object(b"b")));
        let timed = |version| Facets { mtime: Some(Timestamp::default()), ..object(version) };
        assert!(same_content(&timed(b"a"), &timed(b"b")), "of two systems, each with its own");
        assert!(!same_content(&object(b"a"), &timed(b"a")));
    }

    #[test]
    fn checksum_makes_equal_files_unknown_but_not_empty_ones() {
        let how = Comparison { checksum: true, ..Comparison::default() };
        let (some, empty) = (file(1, 10), file(0, 10));
        let (some, empty) = (FacetsRef::checked(&some), FacetsRef::checked(&empty));
        assert_eq!(compare(some, None, some, how), Some(Verdict::Unknown));
        assert_eq!(compare(empty, None, empty, how), Some(Verdict::Same));
    }
}
