//! Keys that stand in each other's place: `a` on one side and `a/` on the other.
//!
//! The two keys need not be neighbours in key order (`a-b` lies between them), so the
//! names that may still turn out to be in the way are kept: each is a prefix of the
//! next, hence they are never more than a name is long.

use boatlift_core::key::Key;

/// The names without a directory's `/` that a later directory key may collide with.
#[derive(Debug, Default)]
pub(super) struct Prefixes {
    keys: Vec<Vec<u8>>,
    used: usize,
}

impl Prefixes {
    /// Remembers a key that is no directory's. Keys come in order.
    pub(super) fn push(&mut self, key: Key<'_>) {
        self.drop_unrelated(key.as_bytes());
        if self.used == self.keys.len() {
            self.keys.push(Vec::new());
        }
        let slot = &mut self.keys[self.used];
        slot.clear();
        slot.extend_from_slice(key.as_bytes());
        self.used += 1;
    }

    /// The remembered key that stands in the place of the directory key `directory`.
    pub(super) fn in_place_of(&mut self, directory: Key<'_>) -> Option<Key<'_>> {
        self.drop_unrelated(directory.path());
        let top = self.keys[..self.used].last()?;
        (top == directory.path()).then(|| Key::new(top))
    }

    fn drop_unrelated(&mut self, key: &[u8]) {
        while self.used > 0 && !key.starts_with(&self.keys[self.used - 1]) {
            self.used -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_behind_names_that_sort_between() {
        let mut prefixes = Prefixes::default();
        for key in ["a", "a-b", "a-c"] {
            prefixes.push(Key::new(key.as_bytes()));
        }
        assert_eq!(prefixes.in_place_of(Key::new(b"a/")), Some(Key::new(b"a")));
        assert_eq!(prefixes.in_place_of(Key::new(b"b/")), None);
    }

    #[test]
    fn a_longer_name_is_not_in_the_way() {
        let mut prefixes = Prefixes::default();
        prefixes.push(Key::new(b"ab"));
        assert_eq!(prefixes.in_place_of(Key::new(b"abc/")), None);
    }
}
