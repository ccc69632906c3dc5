//! Places in S3 as Redshift's texts and views write them. Nothing here asks S3.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The schemes that name S3, as Redshift and the tools around it write them.
const SCHEMES: [&str; 3] = ["s3", "s3n", "s3a"];

/// The longest key that S3 takes, in bytes of UTF-8.
pub const LONGEST_KEY: usize = 1024;

/// A bucket and a key, or the beginning of keys. Ordered by bytes, bucket first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The bucket, never empty.
    pub bucket: String,
    /// The key as it is: no escape in it means anything, and it may be empty.
    pub key: String,
}

/// Why a text names no place in S3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoPlace {
    /// Another scheme, or none.
    #[error("it does not begin with s3://")]
    Scheme,
    /// Nothing between the scheme and the first slash.
    #[error("it names no bucket")]
    Bucket,
}

impl Place {
    /// A place from its parts.
    #[must_use]
    pub fn new(bucket: impl Into<String>, key: impl Into<String>) -> Place {
        Place { bucket: bucket.into(), key: key.into() }
    }

    /// Reads `s3://bucket/key`, with the scheme in any case, also as `s3n` and `s3a`. The key
    /// is all that follows: `?`, `#`, `%` and `//` belong to it.
    ///
    /// # Errors
    /// The text names no place in S3.
    pub fn parse(text: &str) -> Result<Place, NoPlace> {
        let (scheme, rest) = text.split_once("://").ok_or(NoPlace::Scheme)?;
        if !SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
            return Err(NoPlace::Scheme);
        }
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(NoPlace::Bucket);
        }
        Ok(Place::new(bucket, key))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_kept_as_they_are() {
        for key in [
            "a b",
            "a+b",
            "a%2Fb",
            "100%",
            "what?x=1",
            "a#b",
            "a&b",
            "it's",
            "say \"x\"",
            "t\tb",
            "n\nl",
            "/lead",
            "a//b",
            "../up",
            "dir/",
            "é😀",
            "",
            "x.manifest",
        ] {
            let place = Place::parse(&format!("s3://b.with.dots/{key}")).expect("a place");
            assert_eq!(place, Place::new("b.with.dots", key));
            assert_eq!(Place::parse(&place.to_string()), Ok(place));
        }
    }

    #[test]
    fn schemes_come_in_any_case_and_three_forms() {
        for scheme in ["s3", "S3", "s3n", "S3N", "s3a"] {
            let place = Place::parse(&format!("{scheme}://Upper_Bucket/k"));
            assert_eq!(place, Ok(Place::new("Upper_Bucket", "k")), "{scheme}");
        }
        assert_eq!(Place::parse("s3://only"), Ok(Place::new("only", "")));
    }

    #[test]
    fn what_names_no_place_says_why() {
        for (text, why) in [
            ("tickit/users.txt", NoPlace::Scheme),
            ("emr://j-1/x", NoPlace::Scheme),
            ("gs://b/k", NoPlace::Scheme),
            ("", NoPlace::Scheme),
            ("s3:///k", NoPlace::Bucket),
            ("s3://", NoPlace::Bucket),
        ] {
            assert_eq!(Place::parse(text), Err(why), "{text}");
        }
    }
}
