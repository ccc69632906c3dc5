//! Names: a key's path in HDFS, and the names of our own.
//!
//! Keys are bytes and HDFS' names are text: a key that is not UTF-8 has no path.

use boatlift_core::key::{OWN_DIRECTORY, TEMPORARY_PREFIX};
use boatlift_core::{Code, Error, Key, Result};

/// A key that does not leave its root.
pub(crate) fn checked(key: Key<'_>) -> Result<Key<'_>> {
    Key::checked(key.as_bytes()).map_err(|refused| {
        Error::new(Code::KeyEscapes, "cannot use key").on(key).because(refused.why)
    })
}

/// The path of `key` below `top` (empty for HDFS' own top).
///
/// # Errors
/// [`Code::Unsupported`] when the key is not UTF-8.
pub(crate) fn path(top: &str, key: Key<'_>) -> Result<String> {
    match std::str::from_utf8(key.path()) {
        Ok(relative) => Ok(format!("{top}/{relative}")),
        Err(_) => Err(Error::new(Code::Unsupported, "cannot use the name of")
            .on(key)
            .because("HDFS takes names in UTF-8 only")),
    }
}

/// The directory that a path lies in.
pub(crate) fn parent(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((parent, _)) => parent,
    }
}

/// The temporary name beside `path`. It follows from the last component alone, so that
/// what a crash leaves is found again by the next turn.
pub(crate) fn temporary(path: &str) -> String {
    let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
    let hash = blake3::hash(name.as_bytes()).to_hex();
    let prefix = String::from_utf8_lossy(TEMPORARY_PREFIX);
    format!("{parent}/{prefix}{}", &hash[..16])
}

/// The name of a file by which a root is proved to be writable.
pub(crate) fn probe(top: &str) -> String {
    format!("{top}/{}probe", String::from_utf8_lossy(TEMPORARY_PREFIX))
}

/// The directory of our own.
pub(crate) fn own_directory(top: &str) -> String {
    format!("{top}/{}", String::from_utf8_lossy(OWN_DIRECTORY))
}

/// Whether no inventory lists this name.
pub(crate) fn is_own(name: &str, at_top: bool) -> bool {
    let name = name.as_bytes();
    name.starts_with(TEMPORARY_PREFIX) || (at_top && name == OWN_DIRECTORY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_stands_beside_its_destination() {
        let name = temporary("/a/b/c");
        assert!(name.starts_with("/a/b/.boatlift-tmp-"), "{name}");
        assert_eq!(name.len(), "/a/b/.boatlift-tmp-".len() + 16);
        assert_ne!(name, temporary("/a/b/d"));
        assert_eq!(parent(&name), "/a/b");
        assert_eq!(parent(&temporary("/c")), "/");
    }

    #[test]
    fn a_key_that_is_no_text_has_no_path() {
        assert_eq!(path("/top", Key::new(b"a/b/")).as_deref(), Ok("/top/a/b"));
        let error = path("", Key::new(b"\xff")).expect_err("no text");
        assert_eq!(error.code, Code::Unsupported);
    }

    #[test]
    fn our_directory_is_ours_only_at_the_top() {
        assert!(is_own(".boatlift", true) && !is_own(".boatlift", false));
        assert!(is_own(".boatlift-tmp-1", false) && !is_own(".boat", true));
    }
}
