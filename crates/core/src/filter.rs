//! Which names take part in a move.
//!
//! Rules are tried in order and the first that matches decides; a name that no rule
//! matches is in. A pattern with a `/` anywhere but at its end is anchored at the
//! root, another matches a name at any depth; one that ends in `/` matches
//! directories only. A directory that is out is not entered. `*` stops at `/`, `**`
//! does not.

use globset::{GlobBuilder, GlobMatcher};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// The rules of a move, compiled.
#[derive(Debug, Default)]
pub struct Filter {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    takes_in: bool,
    directories_only: bool,
    anchored: bool,
    glob: GlobMatcher,
}

impl Filter {
    /// Compiles rules of the form `+ PATTERN` and `- PATTERN`.
    ///
    /// # Errors
    /// Says which rule is wrong, and why.
    pub fn new<S: AsRef<str>>(rules: &[S]) -> Result<Filter, String> {
        let rules = rules.iter().map(|rule| Rule::new(rule.as_ref())).collect::<Result<_, _>>()?;
        Ok(Filter { rules })
    }

    /// Whether every name is in.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether `path`, relative to the root and without a closing `/`, is in. The caller
    /// has already asked about every directory above it.
    #[must_use]
    pub fn takes(&self, path: &[u8], is_directory: bool) -> bool {
        let name = path.rsplit(|b| *b == b'/').next().unwrap_or(path);
        for rule in &self.rules {
            if rule.directories_only && !is_directory {
                continue;
            }
            let subject = if rule.anchored { path } else { name };
            if rule.glob.is_match(OsStr::from_bytes(subject)) {
                return rule.takes_in;
            }
        }
        true
    }

    /// Whether `key` of a flat key space is in, and every folder above it. A closing `/` makes
    /// it a folder.
    #[must_use]
    pub fn takes_key(&self, key: &[u8]) -> bool {
        if self.is_empty() {
            return true;
        }
        let path = key.strip_suffix(b"/").unwrap_or(key);
        let mut slashes = path.iter().enumerate().filter(|(at, byte)| **byte == b'/' && *at > 0);
        slashes.all(|(at, _)| self.takes(&path[..at], true))
            && self.takes(path, path.len() < key.len())
    }
}

impl Rule {
    fn new(text: &str) -> Result<Rule, String> {
        let (takes_in, pattern) = match text.split_at_checked(2) {
            Some(("+ ", pattern)) => (true, pattern),
            Some(("- ", pattern)) => (false, pattern),
            _ => {
                return Err(format!("filter rule `{text}` begins with neither `+ ` nor `- `"));
            }
        };
        let directories_only = pattern.ends_with('/');
        let pattern = pattern.strip_suffix('/').unwrap_or(pattern);
        let anchored = pattern.contains('/');
        let pattern = pattern.strip_prefix('/').unwrap_or(pattern);
        if pattern.is_empty() {
            return Err(format!("filter rule `{text}` has no pattern"));
        }
        let glob = GlobBuilder::new(pattern)
            .literal_separator(true)
            .backslash_escape(true)
            .build()
            .map_err(|error| format!("filter rule `{text}`: {}", error.kind()))?;
        Ok(Rule { takes_in, directories_only, anchored, glob: glob.compile_matcher() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(rules: &[&str], path: &str, is_directory: bool) -> bool {
        Filter::new(rules).expect("rules").takes(path.as_bytes(), is_directory)
    }

    #[test]
    fn the_first_rule_that_matches_decides() {
        assert!(takes(&["+ keep.o", "- *.o"], "a/keep.o", false));
        assert!(!takes(&["- *.o", "+ keep.o"], "a/keep.o", false));
        assert!(takes(&["- *.o"], "a/x.c", false));
    }

    #[test]
    fn anchored_and_directory_patterns() {
        assert!(!takes(&["- /tmp"], "tmp", true));
        assert!(takes(&["- /tmp"], "a/tmp", true));
        assert!(!takes(&["- cache/"], "a/cache", true));
        assert!(takes(&["- cache/"], "a/cache", false));
        assert!(!takes(&["- a/**/z"], "a/b/c/z", false));
        assert!(takes(&["- a/*/z"], "a/b/c/z", false));
    }

    #[test]
    fn names_that_are_not_utf8_are_matched() {
        let filter = Filter::new(&["- *.tmp"]).expect("rules");
        assert!(!filter.takes(b"a/\xff.tmp", false));
    }

    #[test]
    fn broken_rules_say_which() {
        for bad in ["*.o", "- ", "- /", "- [a"] {
            let error = Filter::new(&[bad]).expect_err(bad);
            assert!(error.contains(bad), "{error}");
        }
    }
}
