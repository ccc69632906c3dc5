//! Looking at UPPER: whether it shows what LOWER said, as far as HDFS can show it. Times
//! are compared to the millisecond, modes without setuid and setgid.

use super::super::errors::{Part, failed};
use super::super::facets::{Look, MODE_BITS, milliseconds};
use super::super::remove::fits;
use super::hands::Hands;
use super::lower::Lower;
use boatlift_core::digest::DIGEST_LEN;
use boatlift_core::outcome::Receipt;
use boatlift_core::{Code, Entry, Error, Facets, Key, Kind, Outcome, Proof, Retry};

impl Hands<'_> {
    /// Compares UPPER's look with LOWER's in the entry. Without one, as after a removal,
    /// it tells what is there.
    pub(crate) async fn look(&self, entry: &Entry<'_>) -> Part<Outcome> {
        let key = entry.key;
        let there = self.upper_look(key).await?.filter(|there| fits(there, key));
        let lower = entry.lower.map(|lower| lower.decode());
        let there = match (there, &lower) {
            (Some(there), _) => there,
            (None, None) => return Ok(Outcome::Done(Receipt::of(Proof::Listed))),
            (None, Some(_)) => return Err(differs(key, "it is not there").into()),
        };
        let attributes = match lower.and_then(|lower| lower.attributes) {
            None => None,
            Some(_) => {
                let acl = self.upper.acl(&self.upper.path(key)?).await;
                let cannot = failed(Code::ReadFailed, "cannot read the ACL at UPPER of", key);
                Some(acl.map_err(cannot)?.digest())
            }
        };
        if let Some(because) = lower.and_then(|lower| self.difference(&lower, &there, attributes)) {
            return Err(differs(key, &because).into());
        }
        let upper = Some(there.encode(attributes).into());
        Ok(Outcome::Done(Receipt { upper, ..Receipt::of(Proof::Listed) }))
    }

    /// What is not as it should be, in words, or `None` when all is.
    fn difference(
        &self,
        lower: &Facets<'_>,
        upper: &Look,
        attributes: Option<[u8; DIGEST_LEN]>,
    ) -> Option<String> {
        if let Some(because) = told_apart(lower, upper) {
            return Some(because);
        }
        // Owners and ACLs of another kind of store are not HDFS'.
        let (Lower::Hdfs(_), Some(should)) = (self.lower, Look::told_by(lower)) else {
            return None;
        };
        let owner = |look: &Look| format!("{}:{}", look.owner, look.group);
        if self.owners && owner(&should) != owner(upper) {
            return Some(format!("owner {}, not {}", owner(upper), owner(&should)));
        }
        (attributes != lower.attributes).then(|| "another ACL".into())
    }
}

fn told_apart(lower: &Facets<'_>, upper: &Look) -> Option<String> {
    if lower.kind != upper.kind {
        return Some(format!("it is a {}, not a {}", upper.kind.word(), lower.kind.word()));
    }
    if let Some(should) = lower.size.filter(|should| *should != upper.size)
        && lower.kind == Kind::File
    {
        return Some(format!("size {}, not {should}", upper.size));
    }
    if let Some(should) = lower.mode.map(|mode| mode & MODE_BITS)
        && should != upper.mode
    {
        return Some(format!("mode {:04o}, not {should:04o}", upper.mode));
    }
    if let Some(should) = lower.mtime
        && milliseconds(should) != Some(upper.mtime)
    {
        let is = super::super::facets::timestamp(upper.mtime);
        return Some(format!("mtime {is}, not {should}"));
    }
    None
}

/// UPPER does not show what it should.
pub(crate) fn differs(key: Key<'_>, because: &str) -> Error {
    Error::new(Code::LookDiffers, "UPPER does not show what LOWER has as")
        .on(key)
        .because(because)
        .retry(Retry::Never)
}

#[cfg(test)]
mod tests {
    use super::*;
    use boatlift_core::Timestamp;

    fn upper() -> Look {
        Look {
            kind: Kind::File,
            size: 3,
            mtime: 1_002,
            mode: 0o755,
            owner: "hdfs".into(),
            group: "hdfs".into(),
            has_acl: false,
        }
    }

    fn lower() -> Facets<'static> {
        Facets {
            size: Some(3),
            mtime: Some(Timestamp { seconds: 1, nanoseconds: 2_999_999 }),
            mode: Some(0o4755),
            ..Facets::of(Kind::File)
        }
    }

    #[test]
    fn what_hdfs_cannot_keep_is_no_difference() {
        assert_eq!(told_apart(&lower(), &upper()), None);
    }

    #[test]
    fn every_difference_that_hdfs_can_show_is_told() {
        for (look, word) in [
            (Look { size: 4, ..upper() }, "size"),
            (Look { mtime: 1_003, ..upper() }, "mtime"),
            (Look { mode: 0o750, ..upper() }, "mode"),
            (Look { kind: Kind::Directory, ..upper() }, "directory"),
        ] {
            let told = told_apart(&lower(), &look).expect("a difference");
            assert!(told.contains(word), "{told}");
        }
    }
}
