//! Roots in object stores as URLs: `s3://bucket/prefix`.
//!
//! As in Amazon's own tools the prefix is taken as it is: `%20` is three characters. A
//! prefix names a folder: `s3://bucket/a` is what lies below `a/`, never `ab`.

use boatlift_core::{Code, Error, Result};
use std::fmt;

const SCHEME: &str = "s3://";
/// The longest key, in bytes.
pub(crate) const KEY_BYTES: usize = 1024;

/// A bucket, or a folder of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Url {
    /// The bucket's name.
    pub bucket: String,
    /// What all keys begin with: it ends in `/`, or is empty for the whole bucket.
    pub prefix: String,
}

impl S3Url {
    /// Whether `text` is a URL of this kind.
    #[must_use]
    pub fn is_one(text: &str) -> bool {
        text.starts_with(SCHEME)
    }

    /// Whether `name` may be that of a bucket: old buckets have upper case and `_`, and an access
    /// point's name is an ARN.
    #[must_use]
    pub fn is_bucket(name: &str) -> bool {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        match name.contains(':') {
            true => {
                let parts = name.split(':');
                name.starts_with("arn:")
                    && parts.count() >= 6
                    && name.chars().all(|c| plain(c) || c == ':')
            }
            false => !name.is_empty() && name.len() <= 255 && name.chars().all(plain),
        }
    }

    /// Reads a URL.
    ///
    /// # Errors
    /// [`Code::RootUnsupported`] when it is no `s3://` URL, or names no bucket.
    pub fn parse(text: &str) -> Result<S3Url> {
        let refuse =
            |why: &str| Err(Error::new(Code::RootUnsupported, "cannot open").on(text).because(why));
        let Some(rest) = text.strip_prefix(SCHEME) else { return refuse("it is no s3:// URL") };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if !S3Url::is_bucket(bucket) {
            return refuse("it names no bucket");
        }
        let prefix = match prefix.strip_suffix('/').unwrap_or(prefix) {
            "" => String::new(),
            folder => format!("{folder}/"),
        };
        if prefix.len() >= KEY_BYTES {
            return refuse("no key has room for so long a prefix");
        }
        Ok(S3Url { bucket: bucket.to_owned(), prefix })
    }
}

impl fmt::Display for S3Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}/{}", self.bucket, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_and_written_alike() {
        for (text, bucket, prefix, shown) in [
            ("s3://b", "b", "", "s3://b/"),
            ("s3://b/", "b", "", "s3://b/"),
            ("s3://my.bucket/a b%20/c/", "my.bucket", "a b%20/c/", "s3://my.bucket/a b%20/c/"),
            ("s3://OLD_bucket/a//b", "OLD_bucket", "a//b/", "s3://OLD_bucket/a//b/"),
        ] {
            let url = S3Url::parse(text).expect(text);
            assert_eq!((&*url.bucket, &*url.prefix), (bucket, prefix));
            assert_eq!(url.to_string(), shown);
        }
    }

    #[test]
    fn access_points_are_named_by_arn_and_nothing_else_has_colons() {
        for (name, is_one) in [
            ("plain-1.x", true),
            ("OLD_bucket", true),
            ("arn:aws:s3:eu-west-1:123456789012:accesspoint", true),
            ("a:b", false),
            ("arn:aws", false),
            ("two words", false),
            ("caf\u{e9}", false),
            ("", false),
        ] {
            assert_eq!(S3Url::is_bucket(name), is_one, "{name}");
        }
    }

    #[test]
    fn what_names_no_bucket_is_refused() {
        let long = format!("s3://b/{}", "n".repeat(1024));
        for text in ["s3://", "s3:///a", "s3a://b/k", "/a", "s3://b?x/a", "s3://u@b/a", &long] {
            let error = S3Url::parse(text).expect_err(text);
            assert_eq!(error.code, Code::RootUnsupported, "{text}");
        }
    }
}
