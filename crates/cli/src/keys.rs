//! Keys as people type them: the way that every list and report prints them.

use boatlift_core::{Code, Error, Key, KeyBuf, Result};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// The key that `text` names. Text is read with the escapes in which keys are printed;
/// what is no text is taken as it is.
///
/// # Errors
/// [`Code::Usage`] when it has an unknown escape, or cannot be a key.
pub(crate) fn read(text: &OsStr) -> Result<KeyBuf> {
    let refuse = |why: String| Error::new(Code::Usage, "cannot read key").because(why);
    let key = match text.to_str() {
        Some(text) => KeyBuf::unescape(text).map_err(refuse)?,
        None => KeyBuf::from(text.as_bytes()),
    };
    Key::checked(&key.0).map_err(|refused| refuse(refused.to_string()))?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_are_printed() {
        for bytes in [&b"a/b"[..], b"new\nline", b"\xff", b"back\\slash", b"dir/"] {
            let key = KeyBuf::from(bytes);
            assert_eq!(read(OsStr::new(&key.to_string())), Ok(key));
        }
        assert_eq!(read(OsStr::from_bytes(b"\xff")), Ok(KeyBuf::from(&b"\xff"[..])));
        for bad in ["", "/etc/passwd", "../up", "\\q"] {
            assert_eq!(read(OsStr::new(bad)).expect_err(bad).code, Code::Usage);
        }
    }
}
