//! ACLs: read, hashed and set.
//!
//! HDFS tells an ACL's extra entries apart from the mode, and wants all of them together
//! when one is set: owner, group (or mask) and others come from the mode then.

use boatlift_core::digest::DIGEST_LEN;
use hdfs_native::acl::{AclEntry, AclEntryScope, AclEntryType, FsAction};

/// The extra entries of an item, sorted by what they say.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Acl(Vec<AclEntry>);

impl Acl {
    pub(crate) fn of(mut entries: Vec<AclEntry>) -> Acl {
        entries.sort_by_cached_key(word);
        Acl(entries)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A hash over the entries. That of no entries is what other stores say of an item
    /// without extended attributes.
    pub(crate) fn digest(&self) -> [u8; DIGEST_LEN] {
        let mut hasher = blake3::Hasher::new();
        for entry in &self.0 {
            let word = word(entry);
            hasher.update(&(word.len() as u64).to_le_bytes());
            hasher.update(word.as_bytes());
        }
        *hasher.finalize().as_bytes()
    }

    /// The whole list to set, given the mode, whose middle bits are the mask where there
    /// are access entries.
    pub(crate) fn with_mode(&self, mode: u32) -> Vec<AclEntry> {
        let access = self.0.iter().any(|entry| entry.scope == AclEntryScope::Access);
        let base = |of, bits| AclEntry {
            r#type: of,
            scope: AclEntryScope::Access,
            permissions: action(bits),
            name: None,
        };
        let mut entries = self.0.clone();
        entries.push(base(AclEntryType::User, mode >> 6));
        entries.push(base(AclEntryType::Other, mode));
        match access {
            true => entries.push(base(AclEntryType::Mask, mode >> 3)),
            false => entries.push(base(AclEntryType::Group, mode >> 3)),
        }
        entries
    }
}

fn word(entry: &AclEntry) -> String {
    let name = entry.name.as_deref().unwrap_or_default();
    format!("{:?}:{}:{name}:{}", entry.scope, entry.r#type, entry.permissions)
}

fn action(bits: u32) -> FsAction {
    match bits & 7 {
        0 => FsAction::None,
        1 => FsAction::Execute,
        2 => FsAction::Write,
        3 => FsAction::WriteExecute,
        4 => FsAction::Read,
        5 => FsAction::ReadExecute,
        6 => FsAction::ReadWrite,
        _ => FsAction::PermAll,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str) -> AclEntry {
        AclEntry::new("user", "access", "r--", Some(name.into()))
    }

    #[test]
    fn the_order_in_which_entries_are_told_does_not_matter() {
        let (one, other) =
            (Acl::of(vec![user("a"), user("b")]), Acl::of(vec![user("b"), user("a")]));
        assert_eq!(one.digest(), other.digest());
        assert_ne!(one.digest(), Acl::of(vec![user("a")]).digest());
        assert_eq!(Acl::default().digest(), *blake3::hash(b"").as_bytes());
    }

    #[test]
    fn the_mode_gives_what_an_acl_does_not_say() {
        let words = |acl: Acl| acl.with_mode(0o750).iter().map(word).collect::<Vec<_>>();
        let told = words(Acl::of(vec![user("a")]));
        assert!(told.contains(&"Access:mask::r-x".to_owned()), "{told:?}");
        let default = AclEntry::new("user", "default", "r--", Some("a".into()));
        let told = words(Acl::of(vec![default]));
        assert!(told.contains(&"Access:group::r-x".to_owned()), "{told:?}");
    }
}
