//! The opener: which store answers to which root. This is the one place that knows them.

use crate::movefile::{MoveFile, S3Sides};
use boatlift_aws::s3::{Form, S3Options, S3Store, S3Url};
use boatlift_core::lane::Lane;
use boatlift_core::store::{Opener, Store};
use boatlift_core::{Code, Error, Result};
use boatlift_stores::{HdfsOptions, HdfsStore, HdfsUrl, PosixStore};
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Opens paths, and URLs of `file://`, `hdfs://` and `s3://`.
#[derive(Debug, Default)]
pub(crate) struct Stores {
    /// UPPER's root: what is not it is LOWER's.
    upper: String,
    /// How the buckets of the two sides are reached.
    s3: S3Sides,
    form: Keys,
}

/// What the keys of buckets mean.
#[derive(Debug, Default)]
enum Keys {
    /// Paths of a tree, since the other side has one.
    #[default]
    Paths,
    /// Whatever they are: both sides are buckets.
    Objects,
}

impl Stores {
    /// What opens the roots of a move of a tree.
    pub(crate) fn of(file: &MoveFile) -> Stores {
        let both = S3Url::is_one(&file.lower) && S3Url::is_one(&file.upper);
        Stores {
            upper: file.upper.clone(),
            s3: file.s3_sides(),
            form: if both { Keys::Objects } else { Keys::Paths },
        }
    }

    fn bucket(&self, root: &str, url: &S3Url) -> Result<Arc<S3Store>> {
        let options: &S3Options = if root == self.upper { &self.s3.upper } else { &self.s3.lower };
        let form = match self.form {
            Keys::Paths => Form::Tree,
            Keys::Objects => Form::Objects,
        };
        S3Store::open(url, options, form)
    }
}

/// What a root names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Root {
    /// A directory of this machine.
    Local(PathBuf),
    /// A directory in HDFS.
    Hdfs(HdfsUrl),
    /// A bucket, or a folder of one.
    S3(S3Url),
}

impl Opener for Stores {
    fn open(&self, url: &str) -> Result<Arc<dyn Store>> {
        match Root::of(url)? {
            Root::Local(path) => Ok(PosixStore::open(&path)?),
            Root::Hdfs(url) => Ok(HdfsStore::open(&url, &HdfsOptions::default())?),
            Root::S3(bucket) => Ok(self.bucket(url, &bucket)?),
        }
    }

    fn make(&self, url: &str) -> Result<()> {
        match Root::of(url)? {
            Root::Local(path) => make_directory(&path),
            Root::Hdfs(url) => HdfsStore::make(&url, &HdfsOptions::default()),
            // A folder is there with its first object; buckets are not made here.
            Root::S3(_) => Ok(()),
        }
    }

    fn lane(&self, lower: Arc<dyn Store>, upper: Arc<dyn Store>) -> Arc<dyn Lane> {
        boatlift_engine::transfer::lane(lower, upper)
    }
}

impl Root {
    /// What `root` names.
    ///
    /// # Errors
    /// [`Code::RootUnsupported`] for URLs of other kinds of store.
    pub(crate) fn of(root: &str) -> Result<Root> {
        match root.split_once("://") {
            None => Ok(Root::Local(PathBuf::from(root))),
            Some(("hdfs", _)) => HdfsUrl::parse(root).map(Root::Hdfs),
            Some(("s3", _)) => S3Url::parse(root).map(Root::S3),
            Some(("file", path)) if path.starts_with('/') => unescape(path)
                .map(|bytes| Root::Local(PathBuf::from(OsString::from_vec(bytes))))
                .ok_or_else(|| refuse(root, "it holds a broken %-escape")),
            Some(("file", _)) => Err(refuse(root, "a file:// URL names no host: file:///path")),
            Some((kind, _)) if is_scheme(kind) => {
                let why =
                    format!("{kind}:// is not supported yet; hdfs://, s3:// and local paths are");
                Err(refuse(root, &why))
            }
            Some(_) => Ok(Root::Local(PathBuf::from(root))),
        }
    }

    /// The directory of this machine that it names, if it is one.
    pub(crate) fn local(self) -> Option<PathBuf> {
        match self {
            Root::Local(path) => Some(path),
            Root::Hdfs(_) | Root::S3(_) => None,
        }
    }
}

fn make_directory(path: &Path) -> Result<()> {
    match std::fs::create_dir(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            let code = match error.kind() {
                std::io::ErrorKind::NotFound => Code::RootMissing,
                _ => Code::RootUnwritable,
            };
            Err(Error::new(code, "cannot make").on(path.display()).because(error))
        }
        _ => Ok(()),
    }
}

/// A local directory as a root: as it is where it is UTF-8 and reads as a path, else as a
/// `file://` URL.
pub(crate) fn root_of(path: &Path) -> String {
    match path.to_str() {
        Some(text) if !text.contains("://") => text.to_owned(),
        _ => {
            let mut url = String::from("file://");
            for byte in path.as_os_str().as_bytes() {
                match byte {
                    b'/' | b'.' | b'_' | b'-' => url.push(char::from(*byte)),
                    byte if byte.is_ascii_alphanumeric() => url.push(char::from(*byte)),
                    byte => url.push_str(&format!("%{byte:02X}")),
                }
            }
            url
        }
    }
}

fn refuse(root: &str, why: &str) -> Error {
    Error::new(Code::RootUnsupported, "cannot open").on(root).because(why)
}

fn is_scheme(text: &str) -> bool {
    let rest = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(rest)
}

fn unescape(path: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        if *first != b'%' {
            bytes.push(*first);
            rest = tail;
            continue;
        }
        let (hex, tail) = tail.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()?);
        rest = tail;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;

    #[test]
    fn every_path_survives_being_a_root() {
        for bytes in [&b"/data/old"[..], b"/a b/%41", b"/\xff/x", b"/odd://name", b"/new\nline"] {
            let path = Path::new(OsStr::from_bytes(bytes));
            assert_eq!(Root::of(&root_of(path)), Ok(Root::Local(path.to_owned())), "{path:?}");
        }
    }

    #[test]
    fn stores_of_later_versions_are_refused_by_name() {
        let others = ["s3a", "ssh", "sftp", "abfs", "gs", "ofs", "o3fs", "wasb", "viewfs"];
        for kind in others {
            let error = Root::of(&format!("{kind}://host/path")).expect_err(kind);
            assert_eq!(error.code, Code::RootUnsupported);
            let told =
                format!("{kind}:// is not supported yet; hdfs://, s3:// and local paths are");
            assert!(error.to_string().contains(&told), "{error}");
        }
        for url in ["file://host/path", "file:///a%2", "file:///a%zz", "hdfs://host/a/../b"] {
            assert_eq!(Root::of(url).expect_err(url).code, Code::RootUnsupported, "{url}");
        }
    }

    #[test]
    fn a_directory_in_hdfs_is_no_directory_of_this_machine() {
        let root = Root::of("hdfs://user@name:8020/a%20b/").expect("a root");
        let Root::Hdfs(url) = &root else { panic!("{root:?}") };
        assert_eq!((&*url.authority, &*url.path), ("name:8020", "/a%20b"));
        assert_eq!(root.local(), None);
    }
}
