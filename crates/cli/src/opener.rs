//! The opener: which store answers to which root. This is the one place that knows them.

use boatlift_core::store::{Opener, Store};
use boatlift_core::{Code, Error, Result};
use boatlift_stores::PosixStore;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Opens paths and `file://` URLs.
pub(crate) struct Stores;

impl Opener for Stores {
    fn open(&self, url: &str) -> Result<Arc<dyn Store>> {
        Ok(PosixStore::open(&local_path(url)?)?)
    }

    fn make(&self, url: &str) -> Result<()> {
        let path = local_path(url)?;
        match std::fs::create_dir(&path) {
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
}

/// The directory that a root names.
///
/// # Errors
/// [`Code::RootUnsupported`] for URLs of other kinds of store.
pub(crate) fn local_path(root: &str) -> Result<PathBuf> {
    match root.split_once("://") {
        None => Ok(PathBuf::from(root)),
        Some(("file", path)) if path.starts_with('/') => unescape(path)
            .map(|bytes| PathBuf::from(OsString::from_vec(bytes)))
            .ok_or_else(|| refuse(root, "it holds a broken %-escape")),
        Some(("file", _)) => Err(refuse(root, "a file:// URL names no host: file:///path")),
        Some((kind, _)) if is_scheme(kind) => {
            Err(refuse(root, &format!("{kind}:// is not in this version")))
        }
        Some(_) => Ok(PathBuf::from(root)),
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
            assert_eq!(local_path(&root_of(path)).as_deref(), Ok(path), "{path:?}");
        }
    }

    #[test]
    fn stores_of_later_versions_are_refused_by_name() {
        for url in ["s3://bucket/key", "hdfs://name/path", "ssh://host/path"] {
            let error = local_path(url).expect_err(url);
            assert_eq!(error.code, Code::RootUnsupported);
            assert!(error.to_string().contains("not in this version"), "{error}");
        }
        for url in ["file://host/path", "file:///a%2", "file:///a%zz"] {
            assert_eq!(local_path(url).expect_err(url).code, Code::RootUnsupported, "{url}");
        }
    }
}
