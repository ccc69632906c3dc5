//! Paths and parameters in a URL.

use std::fmt::Write as _;

/// `path` as part of a URL: what is no plain character is escaped, `/` stays.
pub(crate) fn escaped_path(path: &str) -> String {
    escaped(path, b"/._-~")
}

/// `value` as a parameter.
pub(crate) fn escaped_value(value: &str) -> String {
    escaped(value, b"._-~")
}

fn escaped(text: &str, plain: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_that_means_something_in_a_url_is_escaped() {
        assert_eq!(escaped_path("/a b/%20?x#é+"), "/a%20b/%2520%3Fx%23%C3%A9%2B");
        assert_eq!(escaped_value("a/b&c=d"), "a%2Fb%26c%3Dd");
    }
}
