//! Extended attributes of a file or directory.

use super::answers::AttributesAnswer;
use super::request::Verb;
use super::{WebHdfs, WebHdfsError};
use std::collections::BTreeMap;

impl WebHdfs {
    /// The extended attributes that the user may see, by name (`user.note`).
    ///
    /// # Errors
    /// When it is not there or the cluster cannot be asked.
    pub fn attributes(&self, path: &str) -> Result<BTreeMap<String, Vec<u8>>, WebHdfsError> {
        const OPERATION: &str = "GETXATTRS";
        let parameters = [("encoding", "hex")];
        let answer: AttributesAnswer = self.ask(Verb::Get, path, OPERATION, &parameters)?;
        let read = answer.attributes.into_iter().map(|attribute| {
            let value = attribute.value.unwrap_or_default();
            bytes(&value).map(|bytes| (attribute.name, bytes)).ok_or(value)
        });
        read.collect::<Result<_, _>>().map_err(|value| WebHdfsError::Malformed {
            operation: OPERATION,
            why: format!("`{value}` is no value in hexadecimal digits"),
        })
    }

    /// Sets an extended attribute, in place of the one that has the name.
    ///
    /// # Errors
    /// When the cluster refuses or cannot be asked.
    pub fn set_attribute(&self, path: &str, name: &str, value: &[u8]) -> Result<(), WebHdfsError> {
        let exists = self.attributes(path)?.contains_key(name);
        let flag = if exists { "REPLACE" } else { "CREATE" };
        let value = value.iter().fold("0x".to_owned(), |hex, byte| format!("{hex}{byte:02x}"));
        let parameters = [("xattr.name", name), ("xattr.value", &value), ("flag", flag)];
        self.tell(Verb::Put, path, "SETXATTR", &parameters).map(drop)
    }

    /// Removes an extended attribute.
    ///
    /// # Errors
    /// When it is not there, the cluster refuses or cannot be asked.
    pub fn remove_attribute(&self, path: &str, name: &str) -> Result<(), WebHdfsError> {
        self.tell(Verb::Put, path, "REMOVEXATTR", &[("xattr.name", name)]).map(drop)
    }
}

/// The bytes of `0x…`; none of an empty text.
fn bytes(text: &str) -> Option<Vec<u8>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    let digits = text.strip_prefix("0x")?.as_bytes();
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.iter().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_bytes_in_hexadecimal_digits() {
        assert_eq!(bytes("0x00ff"), Some(vec![0, 255]));
        assert_eq!((bytes("0x"), bytes("")), (Some(vec![]), Some(vec![])));
        for bad in ["ff", "0xf", "0xzz", "\"text\""] {
            assert_eq!(bytes(bad), None, "{bad}");
        }
    }
}
