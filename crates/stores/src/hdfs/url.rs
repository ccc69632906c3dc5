//! Roots in HDFS as URLs: `hdfs://[user@]authority/path`.
//!
//! As in Hadoop's own tools the path is taken as it is: `%20` is three characters.

use boatlift_core::{Code, Error, Key, Result};
use std::fmt;

const SCHEME: &str = "hdfs://";

/// A directory in HDFS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HdfsUrl {
    /// For whom requests are made on a cluster without Kerberos.
    pub user: Option<String>,
    /// `host:port` of a NameNode, or a name service; empty means the default file system
    /// of the client's configuration.
    pub authority: String,
    /// Absolute and without a closing `/`; empty for the top.
    pub path: String,
}

impl HdfsUrl {
    /// Whether `text` is a URL of this kind.
    #[must_use]
    pub fn is_one(text: &str) -> bool {
        text.starts_with(SCHEME)
    }

    /// Reads a URL.
    ///
    /// # Errors
    /// [`Code::RootUnsupported`] when it is no `hdfs://` URL, or names no directory.
    pub fn parse(text: &str) -> Result<HdfsUrl> {
        let refuse =
            |why: &str| Err(Error::new(Code::RootUnsupported, "cannot open").on(text).because(why));
        let Some(rest) = text.strip_prefix(SCHEME) else { return refuse("it is no hdfs:// URL") };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, authority) = match authority.rsplit_once('@') {
            Some((user, authority)) => (Some(user), authority),
            None => (None, authority),
        };
        if user.is_some_and(|user| user.is_empty() || user.contains(':')) {
            return refuse("a user is a name; HDFS takes no password");
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-:[]".contains(c);
        if !authority.chars().all(plain) {
            return refuse("the host or name service holds characters that no host has");
        }
        let path = path.trim_end_matches('/');
        if !path.is_empty() && Key::checked(path.as_bytes()).is_err() {
            return refuse("the path has an empty component, `.` or `..`");
        }
        let path = if path.is_empty() { String::new() } else { format!("/{path}") };
        let (user, authority) = (user.map(str::to_owned), authority.to_ascii_lowercase());
        Ok(HdfsUrl { user, authority, path })
    }

    /// The cluster, without user and path.
    #[must_use]
    pub fn cluster(&self) -> String {
        format!("{SCHEME}{}", self.authority)
    }
}

impl fmt::Display for HdfsUrl {
    /// Without the user: the same root is the same root for everyone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "/" } else { &self.path };
        write!(f, "{SCHEME}{}{path}", self.authority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_and_written_alike() {
        for (text, user, authority, path, shown) in [
            ("hdfs://nn:8020/a/b/", None, "nn:8020", "/a/b", "hdfs://nn:8020/a/b"),
            ("hdfs://Name-Service", None, "name-service", "", "hdfs://name-service/"),
            ("hdfs:///a b%20c", None, "", "/a b%20c", "hdfs:///a b%20c"),
            ("hdfs://hive@nn/x?y#z", Some("hive"), "nn", "/x?y#z", "hdfs://nn/x?y#z"),
        ] {
            let url = HdfsUrl::parse(text).expect(text);
            assert_eq!((url.user.as_deref(), &*url.authority, &*url.path), (user, authority, path));
            assert_eq!(url.to_string(), shown);
        }
    }

    #[test]
    fn what_is_no_directory_in_hdfs_is_refused() {
        for text in [
            "s3://b/k",
            "/a",
            "hdfs://nn/a/../b",
            "hdfs://nn/a//b",
            "hdfs://nn//a",
            "hdfs://user:secret@nn/a",
            "hdfs://@nn/a",
            "hdfs://n n/a",
        ] {
            let error = HdfsUrl::parse(text).expect_err(text);
            assert_eq!(error.code, Code::RootUnsupported, "{text}");
        }
    }
}
