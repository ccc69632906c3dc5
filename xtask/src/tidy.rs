//! `cargo xtask tidy`: rules of the house that neither rustc nor clippy knows.
//!
//! Each rule is a pure function from text to findings, with tests of its own beside it;
//! this file reads the checkout and prints what they find. It changes nothing.

mod arrows;
mod book;
mod sources;

use crate::{Result, VERBS, process, root};
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// Something that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    /// A path relative to the checkout, with a line where there is one; or a crate.
    place: String,
    /// Which rule, and how.
    message: String,
}

impl Finding {
    fn new(place: impl fmt::Display, message: impl Into<String>) -> Self {
        Finding { place: place.to_string(), message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// Text files of the checkout by their path relative to its top, in order.
type Files = BTreeMap<PathBuf, String>;

/// Runs the verb.
///
/// # Errors
/// On an option, and when a rule is broken.
pub(crate) fn run(options: &[String]) -> Result<()> {
    match options {
        [] => all(),
        _ => Err("usage: cargo xtask tidy".into()),
    }
}

/// Checks every rule.
///
/// # Errors
/// When a rule is broken; the findings are printed.
pub(crate) fn all() -> Result<()> {
    let mut files = Files::new();
    read_below(&root(), Path::new(""), &mut files)?;
    let verbs: Vec<&str> = VERBS.iter().map(|(name, _, _)| *name).collect();
    let mut findings = arrows::check(&process::metadata()?);
    let machine = machine_paths();
    findings.extend(files.iter().flat_map(|(path, text)| sources::check(path, text, &machine)));
    findings.extend(book::check(&files, &verbs));
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => Ok(()),
        1 => Err("one rule is broken".into()),
        many => Err(format!("{many} rules are broken").into()),
    }
}

/// Paths that exist on this machine and perhaps on no other: the checkout, and the home
/// directory of whoever runs this.
fn machine_paths() -> Vec<String> {
    let home = std::env::var("HOME").ok().filter(|home| home.len() > 1);
    let home = home.map(|home| format!("{}/", home.trim_end_matches('/')));
    home.into_iter().chain([root().display().to_string()]).collect()
}

/// Whether a file is text that somebody wrote here.
fn is_ours(path: &Path) -> bool {
    let known = ["rs", "md", "toml", "py", "sh", "yaml", "yml", "html", "css", "js"];
    match path.extension().and_then(|extension| extension.to_str()) {
        Some(extension) => known.contains(&extension),
        None => path == Path::new(".ci/run"),
    }
}

fn read_below(top: &Path, directory: &Path, files: &mut Files) -> Result<()> {
    for entry in fs::read_dir(top.join(directory))? {
        let entry = entry?;
        let path = directory.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            if !["target", ".git"].iter().any(|skipped| path == Path::new(skipped)) {
                read_below(top, &path, files)?;
            }
        } else if kind.is_file() && is_ours(&path) {
            let text = fs::read_to_string(entry.path())
                .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
            files.insert(path, text);
        }
    }
    Ok(())
}
