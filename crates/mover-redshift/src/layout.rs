//! Where clones lie below the target: one folder per family, and in it the source bucket
//! and the key as it is.
//!
//! The reference leaves the bucket out, so that equal keys of two buckets meet; its
//! arrangement is kept for those who read by it, and two sources of one clone are refused.

use crate::place::{LONGEST_KEY, Place};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a workload did with an object.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// COPY loaded it, or needed it to load: data files, manifests, JSONPaths, Avro schemas.
    Copy,
    /// Spectrum read it.
    Spectrum,
    /// UNLOAD wrote it.
    Unload,
}

impl Family {
    /// All families, in the order of their folders.
    pub const ALL: [Family; 3] = [Family::Copy, Family::Spectrum, Family::Unload];

    /// The folder of its clones below the target.
    #[must_use]
    pub fn folder(self) -> &'static str {
        match self {
            Family::Copy => "copyfiles",
            Family::Spectrum => "spectrumfiles",
            Family::Unload => "unloadfiles",
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Family::Copy => "COPY",
            Family::Spectrum => "Spectrum",
            Family::Unload => "UNLOAD",
        })
    }
}

/// How keys of clones are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// `copyfiles/BUCKET/KEY`: two sources never meet.
    #[default]
    ByBucket,
    /// `copyfiles/KEY`, as the reference has it.
    Reference,
}

/// A clone's key would be longer than S3 takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("its clone's key would have {bytes} bytes, more than the {LONGEST_KEY} that S3 takes")]
pub struct TooLong {
    /// Bytes of the key, the target's prefix included.
    pub bytes: usize,
}

impl Layout {
    /// The key of a clone, below the target.
    #[must_use]
    pub fn below(self, family: Family, source: &Place) -> String {
        let Place { bucket, key } = source;
        match self {
            Layout::ByBucket => format!("{}/{bucket}/{key}", family.folder()),
            Layout::Reference => format!("{}/{key}", family.folder()),
        }
    }

    /// Where the clone of `source` lies.
    ///
    /// # Errors
    /// [`TooLong`].
    pub fn clone_of(
        self,
        target: &Place,
        family: Family,
        source: &Place,
    ) -> Result<Place, TooLong> {
        let below = self.below(family, source);
        let between = if target.key.is_empty() || target.key.ends_with('/') { "" } else { "/" };
        let key = format!("{}{between}{below}", target.key);
        match key.len() {
            bytes if bytes > LONGEST_KEY => Err(TooLong { bytes }),
            _ => Ok(Place::new(target.bucket.clone(), key)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_keys_of_two_buckets_meet_only_in_the_reference() {
        let [one, other] = ["one", "other"].map(|bucket| Place::new(bucket, "a//b+c"));
        let keys = |layout: Layout| [&one, &other].map(|place| layout.below(Family::Copy, place));
        assert_eq!(keys(Layout::ByBucket), ["copyfiles/one/a//b+c", "copyfiles/other/a//b+c"]);
        assert_eq!(keys(Layout::Reference), ["copyfiles/a//b+c", "copyfiles/a//b+c"]);
    }

    #[test]
    fn a_clone_lies_below_the_target_whether_or_not_that_ends_in_a_slash() {
        let source = Place::new("b", "k");
        for (prefix, key) in
            [("", "spectrumfiles/b/k"), ("p", "p/spectrumfiles/b/k"), ("p/", "p/spectrumfiles/b/k")]
        {
            let target = Place::new("t", prefix);
            let clone = Layout::ByBucket.clone_of(&target, Family::Spectrum, &source);
            assert_eq!(clone, Ok(Place::new("t", key)));
        }
    }

    #[test]
    fn a_key_that_s3_does_not_take_is_refused() {
        let (target, longest) = (Place::new("t", ""), LONGEST_KEY - "copyfiles/b/".len());
        let clone = |bytes| {
            let source = Place::new("b", "k".repeat(bytes));
            Layout::ByBucket.clone_of(&target, Family::Copy, &source).map(|clone| clone.key.len())
        };
        assert_eq!(clone(longest), Ok(LONGEST_KEY));
        assert_eq!(clone(longest + 1), Err(TooLong { bytes: LONGEST_KEY + 1 }));
    }
}
