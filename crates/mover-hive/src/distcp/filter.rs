//! The filter of a job: an expression that every path matches but those that are to be
//! copied.
//!
//! DistCp takes no list of files below a directory: a list of sources loses the directories
//! between. What it takes are expressions of paths to leave out (`-filters`), matched by Java
//! against the whole path. One with a negative look-ahead leaves out all but a tree of names.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Names, and what is below each.
#[derive(Default)]
struct Tree<'a>(BTreeMap<&'a str, Tree<'a>>);

/// The expression that leaves out what is below `source`, except `files` and the directories
/// on the way to them. One line, whatever is in the names.
pub(super) fn all_but(source: &str, files: &BTreeSet<String>) -> String {
    let mut tree = Tree::default();
    for file in files {
        let mut at = &mut tree;
        for name in file.split('/') {
            at = at.0.entry(name).or_default();
        }
    }
    let path = source
        .split_once("://")
        .map_or(source, |(_, rest)| rest.find('/').map_or("", |slash| &rest[slash..]));
    // What a file system is called may differ: with and without a port. There is one only.
    let mut out = String::from("(?s)(?![a-z]+://[^/]*");
    push_path(&mut out, path);
    push_below(&mut out, &tree);
    out.push_str("\\z).*");
    out
}

/// A name's tree as a group that may be missing: each directory on the way is wanted too.
fn push_below(out: &mut String, tree: &Tree<'_>) {
    if tree.0.is_empty() {
        return;
    }
    let mut lead = "(?:/(?:";
    for (name, below) in &tree.0 {
        out.push_str(lead);
        push_literal(out, name);
        push_below(out, below);
        lead = "|";
    }
    out.push_str("))?");
}

fn push_path(out: &mut String, path: &str) {
    for name in path.split('/').filter(|name| !name.is_empty()) {
        out.push('/');
        push_literal(out, name);
    }
}

fn push_literal(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '=' | '%' => out.push(c),
            c => {
                let _ = write!(out, "\\x{{{:x}}}", u32::from(c));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_by_the_letter_and_directories_on_the_way_come_along() {
        let files = ["ds=1/h=1/a.b", "ds=1/h=1/c\n|d", "e"].map(str::to_owned).into();
        let expected = concat!(
            r"(?s)(?![a-z]+://[^/]*/w/t\x{2e}x(?:/(?:",
            r"ds=1(?:/(?:h=1(?:/(?:a\x{2e}b|c\x{a}\x{7c}d))?))?|e))?\z).*"
        );
        assert_eq!(all_but("hdfs://lower:8020/w/t.x", &files), expected);
    }

    #[test]
    fn the_expression_keeps_what_is_wanted_and_leaves_out_the_rest() {
        // The crate has no look-ahead: what is in it is taken alone, and turned round.
        let files = ["ds=1/000000_0", "ds=x y/[1]"].map(str::to_owned).into();
        let all = all_but("hdfs://lower/w/t", &files);
        let kept = all.strip_prefix("(?s)(?!").and_then(|rest| rest.strip_suffix(").*"));
        let kept = regex::Regex::new(&format!("(?s)^(?:{})", kept.expect("one look-ahead")));
        let kept = kept.expect("an expression");
        let path = |below: &str| format!("hdfs://lower:8020/w/t{below}");
        for wanted in ["", "/ds=1", "/ds=1/000000_0", "/ds=x y", "/ds=x y/[1]"] {
            assert!(kept.is_match(&path(wanted)), "{wanted}");
        }
        for other in ["/ds=2", "/ds=1/000000_01", "/ds=1/000000_0/a", "/ds=x y/1", "2", "/ds=1\n"] {
            assert!(!kept.is_match(&path(other)), "{other:?}");
        }
    }
}
