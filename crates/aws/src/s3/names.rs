//! Names: which key of the bucket an item has, and the names of our own.
//!
//! Keys of objects are text in UTF-8 of at most 1024 bytes, the prefix included. Any text is
//! a key: `//`, `..` and a `/` at either end mean nothing to the server.

use super::url::KEY_BYTES;
use boatlift_core::key::{OWN_DIRECTORY, TEMPORARY_PREFIX};
use boatlift_core::{Code, Error, Key, Result};

/// What keys mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Every key is an object, whatever it looks like, and there is nothing else. For moves
    /// between two buckets.
    Objects,
    /// Keys are paths of a tree with directories, as other stores have it: an object whose
    /// key ends in `/` is a directory, and so is what comes before any `/`.
    Tree,
}

impl Form {
    /// A key that this form can hold.
    ///
    /// # Errors
    /// [`Code::KeyEscapes`] when the key would leave the root of a tree.
    pub(crate) fn checked<'k>(self, key: Key<'k>) -> Result<Key<'k>> {
        let refuse = |why| Err(Error::new(Code::KeyEscapes, "cannot use key").on(key).because(why));
        match self {
            Form::Objects if key.as_bytes().is_empty() => refuse("it is empty"),
            Form::Objects => Ok(key),
            Form::Tree => match Key::checked(key.as_bytes()) {
                Ok(key) => Ok(key),
                Err(refused) => refuse(refused.why),
            },
        }
    }
}

/// The key of the object below `prefix`.
///
/// # Errors
/// [`Code::Unsupported`] when no object can have it.
pub(crate) fn object(prefix: &str, key: Key<'_>) -> Result<String> {
    let refuse =
        |why| Err(Error::new(Code::Unsupported, "cannot use the name of").on(key).because(why));
    match std::str::from_utf8(key.as_bytes()) {
        Err(_) => refuse("keys of objects are text in UTF-8"),
        Ok(text) if prefix.len() + text.len() > KEY_BYTES => {
            refuse("a key has at most 1024 bytes, the prefix included")
        }
        Ok(text) => Ok(format!("{prefix}{text}")),
    }
}

/// The key of a record of our own below `prefix`.
pub(crate) fn own(prefix: &str, name: &str) -> String {
    format!("{prefix}{}/{name}", String::from_utf8_lossy(OWN_DIRECTORY))
}

/// The key of the object by which a root is proved to be writable.
pub(crate) fn probe(prefix: &str) -> String {
    format!("{prefix}{}probe", String::from_utf8_lossy(TEMPORARY_PREFIX))
}

/// Whether no inventory lists this key, which is relative to the root.
pub(crate) fn is_own(key: &[u8]) -> bool {
    let top = key.strip_prefix(OWN_DIRECTORY).is_some_and(|rest| rest.starts_with(b"/"));
    top || key.split(|byte| *byte == b'/').any(|part| part.starts_with(TEMPORARY_PREFIX))
}

/// `text` for a header that names an object: all but unreserved characters and `/` is
/// escaped. The client leaves this to its callers.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Undoes the escapes of a listing. A space may come as `+`, a plus never does.
///
/// `None` when the escapes are broken or what they hold is no text.
pub(crate) fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let (hex, tail) = rest.split_at_checked(2)?;
                bytes.push(u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()?);
                rest = tail;
            }
            byte => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_survives_its_escapes() {
        for text in ["a b+c%25?#&'\"\t\n/é😀", "//..//", "~-_.", "\u{1}"] {
            let escaped = escaped(text);
            assert!(escaped.bytes().all(|byte| (b'!'..=b'~').contains(&byte)), "{escaped}");
            assert!(!escaped.contains(['+', '?', '#']), "{escaped}");
            assert_eq!(unescaped(&escaped).as_deref(), Some(text));
        }
        assert_eq!(unescaped("a+b%2Bc").as_deref(), Some("a b+c"));
        for broken in ["%", "%2", "%zz", "%ff"] {
            assert_eq!(unescaped(broken), None, "{broken}");
        }
    }

    #[test]
    fn between_buckets_every_text_is_a_key_and_in_a_tree_only_paths_are() {
        for key in [&b"//a"[..], b"/a", b"a/../b", b".."] {
            assert!(Form::Objects.checked(Key::new(key)).is_ok());
            let error = Form::Tree.checked(Key::new(key)).expect_err("refused");
            assert_eq!(error.code, Code::KeyEscapes);
        }
        assert!(Form::Objects.checked(Key::new(b"")).is_err());
    }

    #[test]
    fn a_key_is_text_and_not_too_long() {
        assert_eq!(object("p/", Key::new(b"a")).as_deref(), Ok("p/a"));
        assert!(object("", Key::new(&[b'n'; 1024])).is_ok());
        for key in [&[b'n'; 1023][..], b"\xff"] {
            assert_eq!(object("p/", Key::new(key)).expect_err("no").code, Code::Unsupported);
        }
    }

    #[test]
    fn our_own_names_are_known() {
        for own in [&b".boatlift/mark"[..], b".boatlift-tmp-1", b"a/.boatlift-tmp-1"] {
            assert!(is_own(own));
        }
        for other in [&b".boatlift"[..], b"a/.boatlift/mark", b".boatlifts/a"] {
            assert!(!is_own(other));
        }
    }
}
