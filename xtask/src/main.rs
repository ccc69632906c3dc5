//! `cargo xtask`: what developers and the build server run around the code.
//!
//! It stands alone: no crate of ours depends on it and it depends on none, so that it
//! builds in seconds and can judge the others. It drives `cargo` and the finished
//! binary as child processes only.

mod bench;
mod checks;
mod process;
mod provision;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The result of a verb. The error is printed once, as it is.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A verb: its name, what it does in one line, and what does it.
type Verb = (&'static str, &'static str, fn(&[String]) -> Result<()>);

/// Every verb.
const VERBS: &[Verb] = &[
    ("test", "[--quick]  install what is needed, then run every check and test", checks::run),
    ("provision", "install what the tests need, and no more", provision::provision),
    ("tidy", "check the rules of the house that no compiler knows", tidy::run),
    (
        "bench",
        "tree|hive|s3|pegasus [--only NAME] [--runs N] ...  compare with what a user would do instead",
        bench::run,
    ),
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, options)) = words.split_first() else {
        return usage();
    };
    let Some((_, _, verb)) = VERBS.iter().find(|(known, _, _)| known == name) else {
        return usage();
    };
    match verb(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: cargo xtask VERB");
    for (name, about, _) in VERBS {
        eprintln!("  {name:<9} {about}");
    }
    ExitCode::from(2)
}

/// The top of the checkout that cargo was called in: checkouts may share a target directory,
/// so where this program was compiled says nothing.
fn root() -> PathBuf {
    let compiled = || env!("CARGO_MANIFEST_DIR").into();
    let here = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(compiled));
    here.parent().map(Path::to_path_buf).unwrap_or(here)
}

/// Where tools that we install for ourselves stay between runs.
fn cache() -> Result<PathBuf> {
    if let Some(cache) = std::env::var_os("XDG_CACHE_HOME").filter(|dir| !dir.is_empty()) {
        return Ok(PathBuf::from(cache).join("boatlift"));
    }
    let home = std::env::var_os("HOME").ok_or("neither XDG_CACHE_HOME nor HOME is set")?;
    Ok(PathBuf::from(home).join(".cache/boatlift"))
}
