//! Directories that are there because something lies below them.

/// Where a walk through the keys of a tree is.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// The key of the deepest directory that was handed out, and that the walk has not left.
    inside: Vec<u8>,
}

impl Walk {
    /// The directories above `key`, the top first, that have not been handed out yet. Keys
    /// come in order. A key that ends in `/` is a directory itself, and not among them.
    pub(super) fn above(&mut self, key: &[u8]) -> Vec<Vec<u8>> {
        while !key.starts_with(&self.inside) {
            self.inside.pop();
            let slash = self.inside.iter().rposition(|byte| *byte == b'/');
            self.inside.truncate(slash.map_or(0, |slash| slash + 1));
        }
        let known = self.inside.len();
        let slashes = key.iter().enumerate().skip(known).filter(|(_, byte)| **byte == b'/');
        let ends: Vec<usize> = slashes.map(|(at, _)| at + 1).collect();
        if let Some(deepest) = ends.last() {
            self.inside = key[..*deepest].to_vec();
        }
        let above = ends.into_iter().filter(|end| *end < key.len());
        above.map(|end| key[..end].to_vec()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_directory_is_handed_out_once_before_what_lies_in_it() {
        let mut walk = Walk::default();
        for (key, expected) in [
            ("Z", &[][..]),
            ("a-b", &[]),
            ("a/x/1", &["a/", "a/x/"]),
            ("a/x/2", &[]),
            ("a/y", &[]),
            ("b/", &[]),
            ("b/c", &[]),
            ("b0/d/", &["b0/"]),
            ("b0/d/e", &[]),
            ("c/d", &["c/"]),
        ] {
            let above = walk.above(key.as_bytes());
            let above: Vec<_> = above.iter().map(|key| String::from_utf8_lossy(key)).collect();
            assert_eq!(above, expected, "{key}");
        }
    }
}
