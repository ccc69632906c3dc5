//! Keys: the bytes by which an item is known under a route's root.
//!
//! Keys are bytes and compare as bytes. A directory's key ends in `/`, so that a
//! walk of a tree and a listing of an object store agree on the order.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// The name, at the top of UPPER, below which trash and state lie. No inventory
/// lists it, on either side.
pub const OWN_DIRECTORY: &[u8] = b".boatlift";

/// Every temporary name that we make beside a destination begins so; no inventory
/// lists them.
pub const TEMPORARY_PREFIX: &[u8] = b".boatlift-tmp-";

/// A key, borrowed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key<'a>(&'a [u8]);

impl<'a> Key<'a> {
    /// Names these bytes a key, unchecked. For keys from outside use [`Key::checked`].
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Key(bytes)
    }

    /// A key that names a place strictly below its root.
    ///
    /// # Errors
    /// A key is refused when it is empty or absolute, holds a NUL, or has a component
    /// that is empty, `.` or `..`.
    pub fn checked(bytes: &'a [u8]) -> Result<Self, KeyRefused> {
        let refuse = |why| Err(KeyRefused { key: KeyBuf(bytes.to_vec()), why });
        if bytes.is_empty() {
            return refuse("it is empty");
        }
        if bytes.contains(&0) {
            return refuse("it holds a NUL byte");
        }
        let trimmed = bytes.strip_suffix(b"/").unwrap_or(bytes);
        for component in trimmed.split(|b| *b == b'/') {
            match component {
                b"" => return refuse("it is absolute or has an empty component"),
                b"." | b".." => return refuse("it has a `.` or `..` component"),
                _ => {}
            }
        }
        Ok(Key(bytes))
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// Whether this is a directory's key.
    #[must_use]
    pub fn is_directory(self) -> bool {
        self.0.last() == Some(&b'/')
    }

    /// The key without a directory's closing `/`: a relative path.
    #[must_use]
    pub fn path(self) -> &'a [u8] {
        self.0.strip_suffix(b"/").unwrap_or(self.0)
    }

    /// The directory that holds this item: with its closing `/`, or empty at the top.
    #[must_use]
    pub fn parent(self) -> &'a [u8] {
        let path = self.path();
        match path.iter().rposition(|b| *b == b'/') {
            Some(slash) => &path[..=slash],
            None => &[],
        }
    }

    /// The last component, without a directory's closing `/`.
    #[must_use]
    pub fn name(self) -> &'a [u8] {
        let path = self.path();
        match path.iter().rposition(|b| *b == b'/') {
            Some(slash) => &path[slash + 1..],
            None => path,
        }
    }

    /// Whether `self` lies below the directory key `directory` (empty: the top).
    #[must_use]
    pub fn is_below(self, directory: &[u8]) -> bool {
        self.0.len() > directory.len() && self.0.starts_with(directory)
    }

    /// An owned copy.
    #[must_use]
    pub fn to_owned(self) -> KeyBuf {
        KeyBuf(self.0.to_vec())
    }
}

impl fmt::Display for Key<'_> {
    /// Printable, and unambiguous: what is not plain text is escaped as `\xNN`, `\n`, `\\`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            let valid = chunk.valid();
            let special = |b: u8| b == b'\\' || !matches!(b, b' '..=b'~');
            let (plain, rest) =
                valid.split_at(valid.bytes().position(special).unwrap_or(valid.len()));
            f.write_str(plain)?;
            for c in rest.chars() {
                match c {
                    '\\' => f.write_str("\\\\")?,
                    '\n' => f.write_str("\\n")?,
                    '\t' => f.write_str("\\t")?,
                    '\r' => f.write_str("\\r")?,
                    c if c.is_control() => {
                        let mut utf8 = [0; 4];
                        for byte in c.encode_utf8(&mut utf8).bytes() {
                            write!(f, "\\x{byte:02x}")?;
                        }
                    }
                    c => fmt::Write::write_char(f, c)?,
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

/// A key, owned.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct KeyBuf(pub Vec<u8>);

impl KeyBuf {
    /// The borrowed form.
    #[must_use]
    pub fn as_key(&self) -> Key<'_> {
        Key(&self.0)
    }

    /// Reads back what [`Key`]'s `Display` printed.
    ///
    /// # Errors
    /// The offending escape, when one is not ours.
    pub fn unescape(text: &str) -> Result<KeyBuf, String> {
        let mut out = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('\\') {
            out.extend_from_slice(&rest.as_bytes()[..at]);
            let escape = &rest[at + 1..];
            let (byte, len) = match escape.as_bytes().first() {
                Some(b'\\') => (b'\\', 1),
                Some(b'n') => (b'\n', 1),
                Some(b't') => (b'\t', 1),
                Some(b'r') => (b'\r', 1),
                Some(b'x') => {
                    let hex = escape.get(1..3).ok_or_else(|| format!("cut escape in `{text}`"))?;
                    let byte = u8::from_str_radix(hex, 16)
                        .map_err(|_| format!("`\\x{hex}` is not a byte"))?;
                    (byte, 3)
                }
                _ => return Err(format!("unknown escape in `{text}`")),
            };
            out.push(byte);
            rest = &escape[len..];
        }
        out.extend_from_slice(rest.as_bytes());
        Ok(KeyBuf(out))
    }
}

impl fmt::Display for KeyBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_key().fmt(f)
    }
}

impl fmt::Debug for KeyBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyBuf({self})")
    }
}

impl From<&[u8]> for KeyBuf {
    fn from(bytes: &[u8]) -> Self {
        KeyBuf(bytes.to_vec())
    }
}

impl Serialize for KeyBuf {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for KeyBuf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        KeyBuf::unescape(&text).map_err(serde::de::Error::custom)
    }
}

/// A key from outside that would leave its root or cannot be a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("key `{key}` is refused: {why}")]
pub struct KeyRefused {
    /// The key as it came.
    pub key: KeyBuf,
    /// The rule that it breaks.
    pub why: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_leave_their_root_are_refused() {
        for bad in ["", "/", "/etc", "a//b", "..", "a/../b", "a/.", "./a", "a\0b", "a/.."] {
            assert!(Key::checked(bad.as_bytes()).is_err(), "{bad:?}");
        }
        for good in ["a", "a/", "a/b", "..a", "a/...", "-", " "] {
            assert!(Key::checked(good.as_bytes()).is_ok(), "{good:?}");
        }
    }

    #[test]
    fn parent_and_name_of_files_and_directories() {
        let file = Key::new(b"a/b/c");
        assert_eq!((file.parent(), file.name()), (&b"a/b/"[..], &b"c"[..]));
        let directory = Key::new(b"a/b/");
        assert_eq!((directory.parent(), directory.name()), (&b"a/"[..], &b"b"[..]));
        let top = Key::new(b"a");
        assert_eq!((top.parent(), top.name()), (&b""[..], &b"a"[..]));
    }

    #[test]
    fn display_and_unescape_are_inverse() {
        for bytes in
            [&b"plain"[..], b"new\nline", b"\xff\xfe", b"back\\slash", "é\u{7f}".as_bytes()]
        {
            let key = KeyBuf::from(bytes);
            assert_eq!(KeyBuf::unescape(&key.to_string()), Ok(key));
        }
    }
}
